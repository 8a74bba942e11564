package throttle

import (
	"crypto/sha256"
	"strconv"
	"time"
)

// Numbers of the password budgets.
const (
	DailyTries      = 100 // per name, from browsers the account does not know
	dailyWindow     = 24 * time.Hour
	AddressTries    = 30 // per address, then one in each AddressInterval
	AddressInterval = 20 * time.Second
	// BudgetMemory is how long a password budget is kept after its last failure.
	BudgetMemory = 24 * time.Hour
)

// SignInAttempt says where a password comes from. A browser the account knows
// has a budget of its own, which nobody else can use up. All others share one
// per name and address, one per name and day, and one per address. Names that
// do not exist are counted exactly like those that do, so no wait tells one
// from the other. There is no hard stop: it would be a weapon against the
// person.
type SignInAttempt struct {
	DeviceID int64  // 0 = a browser the account does not know
	NameKey  string // keyed hash of the folded name
	Address  string // of IPv6 the /64
}

// signInBudget is one counter an attempt is held against.
type signInBudget struct {
	key  []byte
	rule signInRule
}

// signInRule computes what follows a failure. It returns the row after one more
// failure, or how long to wait, and undoes it.
type signInRule interface {
	next(r signInRow, now time.Time) (signInRow, time.Duration)
	undo(r signInRow) signInRow
}

// budgets lists what an attempt counts against, always in the same order of
// kinds, so that two attempts never wait for each other crosswise.
func (a SignInAttempt) budgets() []signInBudget {
	if a.DeviceID != 0 {
		return []signInBudget{{budgetKey("device", strconv.FormatInt(a.DeviceID, 10)), curve{}}}
	}
	return []signInBudget{
		{budgetKey("pair", a.NameKey, a.Address), curve{}},
		{budgetKey("day", a.NameKey), daily{}},
		{budgetKey("address", a.Address), paced{}},
	}
}

func budgetKey(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return h.Sum(nil)
}

// curve is FreeTries free, then FirstWait doubling to LongestWait. A right
// password forgets its failures.
type curve struct{}

func (curve) next(r signInRow, now time.Time) (signInRow, time.Duration) {
	if left := remaining(r.UntilAt, now, waitAfter(r.Failures)); left > 0 {
		return r, left
	}
	r.Failures++
	r.UntilAt = now.Add(waitAfter(r.Failures)).UnixMilli()
	return r, 0
}

func (curve) undo(r signInRow) signInRow {
	r.Failures, r.UntilAt = 0, 0
	return r
}

// daily is DailyTries in 24 hours from the first of them.
type daily struct{}

func (daily) next(r signInRow, now time.Time) (signInRow, time.Duration) {
	left := remaining(r.UntilAt, now, dailyWindow)
	if left == 0 {
		r.Failures, r.UntilAt = 0, now.Add(dailyWindow).UnixMilli()
	}
	if r.Failures >= DailyTries {
		return r, left
	}
	r.Failures++
	return r, 0
}

func (daily) undo(r signInRow) signInRow {
	r.Failures = max(r.Failures-1, 0)
	return r
}

// paced is AddressTries at once, then one in each AddressInterval: the generic
// cell rate algorithm, with UntilAt as its theoretical arrival time.
type paced struct{}

func (paced) next(r signInRow, now time.Time) (signInRow, time.Duration) {
	behind := remaining(r.UntilAt, now, AddressTries*AddressInterval)
	if wait := behind + AddressInterval - AddressTries*AddressInterval; wait > 0 {
		return r, wait
	}
	r.Failures++
	r.UntilAt = now.Add(behind + AddressInterval).UnixMilli()
	return r, 0
}

func (paced) undo(r signInRow) signInRow {
	r.Failures = max(r.Failures-1, 0)
	r.UntilAt -= AddressInterval.Milliseconds()
	return r
}
