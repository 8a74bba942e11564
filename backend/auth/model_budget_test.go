package auth_test

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"imagemaster/backend/throttle"
)

// The model of waits. budget is that of wrong codes of one kind and lane, and
// half of the one for passwords.
type budget struct {
	failures int
	until    time.Time
}

// waitAfter is 5 free tries, then 30 s doubling to 1 h.
func waitAfter(failures int) time.Duration {
	wait := 30 * time.Second
	for ; failures > 5 && wait < time.Hour; failures-- {
		wait *= 2
	}
	if failures < 5 {
		return 0
	}
	return min(wait, time.Hour)
}

// left is how much of a wait is left; a wait that seems to last much longer
// than it can was set by a clock that was ahead, and is over.
func left(until, now time.Time, longest time.Duration) time.Duration {
	rest := until.Sub(now)
	if rest > longest+time.Minute {
		return 0
	}
	return max(min(rest, longest), 0)
}

func (b *budget) wait(now time.Time) time.Duration { return left(b.until, now, waitAfter(b.failures)) }

func (b *budget) miss(now time.Time) {
	b.failures++
	b.until = now.Add(waitAfter(b.failures))
}

// stops are the failures that stop a lane.
var stops = map[throttle.Lane]int{throttle.Known: 40, throttle.Unknown: 60}

func (w *model) stopped(lane throttle.Lane, kind throttle.Method) bool {
	return w.budgets[lane][kind].failures >= stops[lane]
}

// dead says whether both lanes are stopped.
func (w *model) dead(kind throttle.Method) bool {
	return w.stopped(throttle.Known, kind) && w.stopped(throttle.Unknown, kind)
}

func (w *model) forgetFailures() {
	w.budgets = map[throttle.Lane]map[throttle.Method]*budget{throttle.Known: {}, throttle.Unknown: {}}
	w.forgetKind(throttle.App)
	w.forgetKind(throttle.BackupCode)
	w.forgetKind(throttle.HelpCode)
}

func (w *model) forgetKind(kind throttle.Method) {
	for _, lane := range w.budgets {
		lane[kind] = &budget{}
	}
}

// signInBudgets are those of passwords from browsers the account does not know.
type signInBudgets struct {
	names     map[string]*nameBudgets
	addresses map[netip.Addr]*passwordBudget
}

// nameBudgets are those of one name, whether or not an account has it.
type nameBudgets struct {
	pairs map[netip.Addr]*passwordBudget
	day   *passwordBudget
}

// passwordBudget is forgotten when it was not used for a day. The rules differ:
// a curve as for codes, 100 a day, and 30 then one in 20 s.
type passwordBudget struct {
	budget
	at time.Time
}

// forgetNames is what a lost ring key does: names are counted by a keyed hash.
func (b *signInBudgets) forgetNames() { b.names = map[string]*nameBudgets{} }

func (b *signInBudgets) of(name string) *nameBudgets {
	if b.names[name] == nil {
		b.names[name] = &nameBudgets{pairs: map[netip.Addr]*passwordBudget{}, day: &passwordBudget{}}
	}
	return b.names[name]
}

func (b *signInBudgets) from(name string, address netip.Addr) (pair, of *passwordBudget) {
	pairs := b.of(name).pairs
	if pairs[address] == nil {
		pairs[address] = &passwordBudget{}
	}
	if b.addresses[address] == nil {
		b.addresses[address] = &passwordBudget{}
	}
	return pairs[address], b.addresses[address]
}

const (
	addressSpan  = 10 * time.Minute
	addressSlice = 20 * time.Second
)

// passwordWaits says whether a visitor's password is not looked at now.
func (w *model) passwordWaits(v *visitor, name string) bool {
	now := w.now()
	if w.known(v) && name == w.name {
		return v.device.budget.wait(now) > 0
	}
	pair, address := w.sign.from(name, v.client.Address)
	day := w.sign.of(name).day
	return pair.wait(now) > 0 || day.failures >= 100 && left(day.until, now, 24*time.Hour) > 0 ||
		left(address.until, now, addressSpan)+addressSlice > addressSpan
}

// passwordTried counts a password that was looked at.
func (w *model) passwordTried(v *visitor, name string, right bool) {
	now := w.now()
	if w.known(v) && name == w.name {
		v.device.budget.tried(now, right)
		return
	}
	pair, address := w.sign.from(name, v.client.Address)
	pair.tried(now, right)
	if right {
		return
	}
	address.at, address.until = now, now.Add(left(address.until, now, addressSpan)+addressSlice)
	day := w.sign.of(name).day
	if left(day.until, now, 24*time.Hour) == 0 {
		day.failures, day.until = 0, now.Add(24*time.Hour)
	}
	day.at = now
	day.failures++
}

func (b *passwordBudget) tried(now time.Time, right bool) {
	switch {
	case !right:
		b.at = now
		b.miss(now)
	case b.failures > 0:
		*b = passwordBudget{at: now}
	}
}

// forgetOld is what the housekeeping does to them.
func (w *model) forgetOld() {
	old := w.now().Add(-24 * time.Hour)
	all := slices.Collect(maps.Values(w.sign.addresses))
	for _, d := range w.devices {
		all = append(all, &d.budget)
	}
	for _, of := range w.sign.names {
		all = append(append(all, of.day), slices.Collect(maps.Values(of.pairs))...)
	}
	for _, b := range all {
		if b.at.Before(old) {
			*b = passwordBudget{}
		}
	}
}
