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
	// siteAddresses is how many addresses of one site, an IPv6 /48, count in full:
	// 480 tries at once, then one in each 1.25 seconds. A site has 65536 addresses.
	siteAddresses = 16
	// BudgetMemory is how long a password budget is kept after its last failure.
	BudgetMemory = 24 * time.Hour
)

// SignInAttempt says where a password comes from. A browser the account knows
// has a budget of its own, which nobody else can use up. All others share one
// per name and address, one per name and day, one per address, and one per site
// of IPv6. Names that do not exist are counted exactly like those that do, so no
// wait tells one from the other. There is no hard stop: with one, others could
// lock the person out.
type SignInAttempt struct {
	DeviceID int64  // 0 = a browser the account does not know
	NameKey  string // keyed hash of the folded name
	Address  string // of IPv6 the /64
	Site     string // of IPv6 the /48, "" = none
}

// signInBudget is one counter an attempt is held against.
type signInBudget struct {
	key  []byte
	rule signInRule
}

// signInRule judges one counter: how long the next try must wait, and how the row
// stands after a failure and after a right password.
type signInRule interface {
	wait(r signInRow, now time.Time) time.Duration
	fail(r signInRow, now time.Time) signInRow
	pass(r signInRow) signInRow
}

// budgets lists what an attempt counts against. FailSignIn creates missing rows in
// this order, so that two attempts never wait for each other crosswise.
func (a SignInAttempt) budgets() []signInBudget {
	if a.DeviceID != 0 {
		return []signInBudget{{budgetKey("device", strconv.FormatInt(a.DeviceID, 10)), curve{}}}
	}
	all := []signInBudget{
		{budgetKey("pair", a.NameKey, a.Address), curve{}},
		{budgetKey("day", a.NameKey), daily{}},
		{budgetKey("address", a.Address), paced{AddressTries, AddressInterval}},
	}
	if a.Site != "" {
		all = append(all, signInBudget{budgetKey("site", a.Site), paced{siteAddresses * AddressTries, AddressInterval / siteAddresses}})
	}
	return all
}

func budgetKey(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return h.Sum(nil)
}

// curve is FreeTries free, then FirstWait doubling to LongestWait. A right
// password sets it back.
type curve struct{}

func (curve) wait(r signInRow, now time.Time) time.Duration {
	return remaining(r.UntilAt, now, waitAfter(r.Failures))
}

func (curve) fail(r signInRow, now time.Time) signInRow {
	r.Failures++
	r.UntilAt = now.Add(waitAfter(r.Failures)).UnixMilli()
	return r
}

func (curve) pass(r signInRow) signInRow {
	r.Failures, r.UntilAt = 0, 0
	return r
}

// daily is DailyTries in 24 hours from the first of them.
type daily struct{}

func (daily) wait(r signInRow, now time.Time) time.Duration {
	if r.Failures < DailyTries {
		return 0
	}
	return remaining(r.UntilAt, now, dailyWindow)
}

func (daily) fail(r signInRow, now time.Time) signInRow {
	if remaining(r.UntilAt, now, dailyWindow) == 0 {
		r.Failures, r.UntilAt = 0, now.Add(dailyWindow).UnixMilli()
	}
	r.Failures++
	return r
}

func (daily) pass(r signInRow) signInRow { return r }

// paced is a number of tries at once, then one in each interval: the generic cell
// rate algorithm, with UntilAt as its theoretical arrival time.
type paced struct {
	tries    time.Duration
	interval time.Duration
}

func (p paced) behind(r signInRow, now time.Time) time.Duration {
	return remaining(r.UntilAt, now, p.tries*p.interval)
}

func (p paced) wait(r signInRow, now time.Time) time.Duration {
	return max(p.behind(r, now)+p.interval-p.tries*p.interval, 0)
}

func (p paced) fail(r signInRow, now time.Time) signInRow {
	r.Failures++
	r.UntilAt = now.Add(p.behind(r, now) + p.interval).UnixMilli()
	return r
}

func (paced) pass(r signInRow) signInRow { return r }
