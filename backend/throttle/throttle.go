// Package throttle stores the budgets of wrong second factors and of wrong
// passwords.
//
// A second factor that is a code has one budget for each account, method and
// lane. The lane Known is for requests that carry a live device token of the
// account, Unknown for all others. So the guesses of others never hold back the
// person's own browser, and a wait for one method never holds back another.
//
// A try is judged, compared and counted in one transaction that locks the row of
// the budget (RFC 4226 section 7.3). Nothing is answered before its commit, so
// parallel guesses cannot overshoot. The rows are made with the account, and each
// decision adds 1 to the row's serial: an unchanged row would not be written, and
// two instances of a cluster would not collide.
//
// Five tries are free, then each costs a wait of 30 s doubling to 1 h, which is at
// most 34 tries a day. 60 failures in the unknown lane and 40 in the known one
// stop the lane, together the 100 of NIST SP 800-63B-4 section 3.2.2. With a window
// of three steps a guesser has a chance of 3 × 100 ⁄ 10⁶ = 0.03 % between two
// resets (RFC 4226 section 6).
//
// Passwords have budgets by name and address (signin.go). They only ever wait:
// with a stop, others could lock the person out.
package throttle

import (
	"errors"
	"time"
)

// Method is a kind of second factor, as it is stored, answered and recorded.
type Method string

// The methods.
const (
	App        Method = "totp"   // a 6-digit code of the authenticator app
	BackupCode Method = "backup" // a code of the printed sheet
	HelpCode   Method = "help"   // a code that somebody else gave
)

// Lane says whether the try comes from a browser the account knows.
type Lane string

// The lanes.
const (
	Known   Lane = "known"
	Unknown Lane = "unknown"
)

// Numbers of the budget.
const (
	FreeTries   = 5
	FirstWait   = 30 * time.Second
	LongestWait = time.Hour
)

// Budget names one counter.
type Budget struct {
	AccountID int64
	Method    Method
	Lane      Lane
}

// Stop returns how many failures stop a lane until a new key or set is bound.
func (l Lane) Stop() int {
	if l == Known {
		return 40
	}
	return 60
}

// WaitError says how long the next try must wait.
type WaitError struct {
	Left time.Duration
}

func (e *WaitError) Error() string { return "throttle: wait " + e.Left.String() }

// ErrStopped says that the lane has no tries left.
var ErrStopped = errors.New("throttle: no tries left")

// waitAfter returns how long the next try must wait after that many failures.
func waitAfter(failures int) time.Duration {
	if failures < FreeTries {
		return 0
	}
	doublings := failures - FreeTries
	if doublings > 7 { // 30 s × 2^7 is over an hour
		return LongestWait
	}
	return min(FirstWait<<doublings, LongestWait)
}

// clockTolerance is how much longer than possible a wait may seem, after the
// clock was set back a little.
const clockTolerance = time.Minute

// remaining returns the rest of a wait of at most longest. One that seems to last
// much longer was set while the clock was ahead: it counts as over, or it would
// never end. The failures stay.
func remaining(until int64, now time.Time, longest time.Duration) time.Duration {
	left := time.Duration(until-now.UnixMilli()) * time.Millisecond
	if left > longest+clockTolerance {
		return 0
	}
	return max(min(left, longest), 0)
}

// State is how a budget stands.
type State struct {
	Budget
	failures  int
	waitUntil int64 // Unix ms
	serial    int64
}

// Refusal says why no try is allowed now: a *WaitError, ErrStopped, or nil.
func (s State) Refusal(now time.Time) error {
	if s.Stopped() {
		return ErrStopped
	}
	if left := remaining(s.waitUntil, now, waitAfter(s.failures)); left > 0 {
		return &WaitError{Left: left}
	}
	return nil
}

// TriesLeft returns how many more tries need no wait.
func (s State) TriesLeft() int { return max(FreeTries-s.failures, 0) }

// Wait returns how long the try after a failure must wait.
func (s State) Wait() time.Duration { return waitAfter(s.failures) }

// Stopped says whether the lane has no tries left.
func (s State) Stopped() bool { return s.failures >= s.Lane.Stop() }
