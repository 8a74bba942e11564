// Package throttle keeps the budgets of wrong second-factor codes and of wrong
// passwords.
//
// Codes have one budget for each account, kind of code and lane. The lane Known
// is for requests that carry a live device token of the account, Unknown for
// all others, so a stranger's guesses never hold back the person's own browser,
// and a wait for one kind of code never holds back the other.
//
// A try is reserved before the code is compared, in a transaction that commits
// alone (RFC 4226 section 7.3): parallel guesses cannot overshoot, and a
// failure cannot be rolled back. Five tries are free, then each costs a wait of
// 30 s doubling to 1 h, which is at most 34 tries a day; 60 failures in the
// unknown lane and 40 in the known one stop the lane, together the 100 of NIST
// SP 800-63B-4 section 3.2.2. With a window of three steps a guesser has a
// chance of 3 × 100 ⁄ 10⁶ = 0.03 % between two resets (RFC 4226 section 6).
//
// Passwords have budgets by name and address (signin.go). They only ever wait:
// a stop would be a weapon against the person.
package throttle

import (
	"errors"
	"time"
)

// Kind is a kind of code.
type Kind string

// The kinds of codes.
const (
	TOTP   Kind = "totp"
	Backup Kind = "backup"
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
	Kind      Kind
	Lane      Lane
}

// Stop returns how many failures stop a lane until a new key or set is bound.
func (l Lane) Stop() int {
	if l == Known {
		return 40
	}
	return 60
}

// WaitError says that the next try is not allowed before Until.
type WaitError struct {
	Left time.Duration
}

func (e *WaitError) Error() string { return "throttle: wait " + e.Left.String() }

// ErrStopped says that the lane is out of tries for good.
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

// remaining returns the rest of a wait of at most longest. One that seems to
// last much longer was set while the clock was ahead and would never run out
// for whoever waits: it counts as over. The failures are kept.
func remaining(until int64, now time.Time, longest time.Duration) time.Duration {
	left := time.Duration(until-now.UnixMilli()) * time.Millisecond
	if left > longest+clockTolerance {
		return 0
	}
	return max(min(left, longest), 0)
}

// Reservation is a try that counts as a failure until it is released.
type Reservation struct {
	Budget
	failures  int   // including this try
	priorWait int64 // the wait that had run out when it was taken, Unix ms
	wait      time.Duration
}

// TriesLeft returns how many more failures cost no wait.
func (r *Reservation) TriesLeft() int { return max(FreeTries-r.failures, 0) }

// Wait returns how long the next try must wait if this one fails.
func (r *Reservation) Wait() time.Duration { return r.wait }

// Stopped says whether this was the last try of its lane.
func (r *Reservation) Stopped() bool { return r.failures >= r.Lane.Stop() }
