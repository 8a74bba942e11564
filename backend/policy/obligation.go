package policy

import (
	"cmp"
	"slices"
	"time"
)

// Subject is the person of whom something is asked. Times are Unix milliseconds.
type Subject struct {
	ID         int64
	CreatedAt  int64
	Staff      bool // a helper or an administrator
	StaffSince int64
}

// Since says which time the grace of an obligation is counted from.
type Since string

// The times.
const (
	SinceStart     Since = "start"   // of the policy
	SinceCreated   Since = "created" // of the account
	SinceJoined    Since = "joined"  // of the group, or the group's of the policy
	SinceRole      Since = "role"    // since the person is a helper or an administrator
	SinceTightened Since = "changed" // the policy was changed
)

// Obligation is what the policies ask of one person: a second factor of any kind, and
// perhaps a key. The zero value asks nothing.
type Obligation struct {
	Audience Audience // of the policy that counts, "" = none does
	Minimum  Minimum  // of that policy
	Groups   []string // those of the policy that the person is in
	Since    Since
	SinceAt  time.Time // when that was, which may be ahead
	// Begins is when the first policy begins for the person.
	Begins time.Time
	// Ends is when the days of grace are over.
	Ends      time.Time
	Exception *Exception // nil = there is none; it may be over
	// Key is the obligation to have a passkey or hardware key, nil = there is none. It never
	// ends before the one above.
	Key *Obligation
}

// Exception is one row of policy_exceptions.
type Exception struct {
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	Reason    string
	EndsAt    int64 // Unix ms
	GivenBy   int64 // account of its giver, 0 = the operator
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

// TableName implements gorm's naming.
func (Exception) TableName() string { return "policy_exceptions" }

// Ends returns when the exception ends.
func (e *Exception) Ends() time.Time { return time.UnixMilli(e.EndsAt).UTC() }

// Counts says whether the exception holds at a time. One from a clock that was ahead, or
// longer than allowed, does not.
func (e *Exception) Counts(now time.Time) bool {
	return e != nil && now.UnixMilli() < e.EndsAt && e.EndsAt-now.UnixMilli() <= (MaxException+clockTolerance).Milliseconds()
}

// Asks says whether any policy is for the person.
func (o *Obligation) Asks() bool { return o.Audience != "" }

// Begun says whether the person has been asked by that time.
func (o *Obligation) Begun(now time.Time) bool { return o.Asks() && !now.Before(o.Begins) }

// Exempt says whether an exception holds.
func (o *Obligation) Exempt(now time.Time) bool { return o.Exception.Counts(now) }

// Due says whether the person has to have a second factor at that time.
func (o *Obligation) Due(now time.Time) bool {
	return o.Asks() && !now.Before(o.Ends) && !o.Exempt(now)
}

// Binds says whether the person may not weaken a second factor at that time.
func (o *Obligation) Binds(now time.Time) bool { return o.Begun(now) && !o.Exempt(now) }

// KeyDue says whether the person has to have a passkey or hardware key at that time.
func (o *Obligation) KeyDue(now time.Time) bool { return o.Key != nil && o.Key.Due(now) }

// KeyBinds says whether the person may not remove the last key at that time.
func (o *Obligation) KeyBinds(now time.Time) bool { return o.Key != nil && o.Key.Binds(now) }

// Next is the obligation that somebody has to meet next, or the strictest one that is met.
// has says whether there is a second factor that the sign-in asks for.
func (o *Obligation) Next(has bool) *Obligation {
	if has && o.Key != nil {
		return o.Key
	}
	return o
}

// except sets the exception of the person.
func (o *Obligation) except(e *Exception) {
	o.Exception = e
	if o.Key != nil {
		o.Key.Exception = e
	}
}

// Deadline is when a second factor is due, as it stands at that time.
func (o *Obligation) Deadline(now time.Time) time.Time {
	if o.Exempt(now) && o.Exception.Ends().After(o.Ends) {
		return o.Exception.Ends()
	}
	return o.Ends
}

// membership is since when an account is in a group.
type membership struct {
	AccountID, GroupID, JoinedAt int64
}

// begun is a time that grace may be counted from.
type begun struct {
	at    int64
	since Since
}

// For returns what the policies ask of a person with these memberships.
func For(policies []Policy, s Subject, joined []membership, now time.Time) Obligation {
	o := strictest(policies, AnyFactor, s, joined, now)
	if key := strictest(policies, Resistant, s, joined, now); key.Asks() {
		o.Key = &key
	}
	return o
}

// strictest returns the obligation that ends first, of the policies that demand at least a
// minimum.
func strictest(policies []Policy, least Minimum, s Subject, joined []membership, now time.Time) Obligation {
	var strictest Obligation
	for i := range policies {
		p := &policies[i]
		o, ok := p.of(s, joined, now)
		if !ok || !p.Minimum.includes(least) {
			continue
		}
		for j := range p.Former {
			rule := p.Former[j].asPolicy()
			before, ok := rule.of(s, joined, now)
			if ok && rule.Minimum.includes(least) && before.Ends.Before(o.Ends) {
				o.Minimum, o.Ends, o.Since, o.SinceAt, o.Begins = before.Minimum, before.Ends, before.Since, before.SinceAt, earlier(o.Begins, before.Begins)
			}
		}
		if !strictest.Asks() || o.Ends.Before(strictest.Ends) || o.Ends.Equal(strictest.Ends) && !strictest.Minimum.includes(o.Minimum) {
			o.Begins = earlier(o.Begins, strictest.Begins)
			strictest = o
			continue
		}
		strictest.Begins = earlier(o.Begins, strictest.Begins)
	}
	return strictest
}

func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// of returns what one policy asks of a person, false = nothing.
func (p *Policy) of(s Subject, joined []membership, now time.Time) (Obligation, bool) {
	o := Obligation{Audience: p.Audience, Minimum: p.Minimum}
	times := []begun{{p.StartsAt, SinceStart}, {past(s.CreatedAt, now), SinceCreated}, {past(p.TightenedAt, now), SinceTightened}}
	switch p.Audience {
	case Everybody:
	case Staff:
		if !s.Staff {
			return o, false
		}
		times = append(times, begun{past(s.StaffSince, now), SinceRole})
	case Groups:
		first := int64(-1)
		for _, g := range p.Groups {
			at := slices.IndexFunc(joined, func(m membership) bool { return m.GroupID == g.ID })
			if at < 0 {
				continue
			}
			o.Groups = append(o.Groups, g.Name)
			since := max(past(joined[at].JoinedAt, now), past(g.AddedAt, now))
			if first < 0 || since < first {
				first = since
			}
		}
		if first < 0 {
			return o, false
		}
		times = append(times, begun{first, SinceJoined})
	default: // of a newer version of this program: asked of nobody here
		return o, false
	}
	if o.Minimum != Resistant { // "" is of a former rule
		o.Minimum = AnyFactor
	}
	latest := slices.MaxFunc(times, func(a, b begun) int { return cmp.Compare(a.at, b.at) })
	o.Since, o.SinceAt = latest.since, time.UnixMilli(latest.at).UTC()
	o.Begins = o.SinceAt
	o.Ends = o.Begins.Add(time.Duration(p.GraceDays) * day)
	return o, true
}

// past leaves out a time that a wrong clock has put into the future: it would put a
// deadline off.
func past(at int64, now time.Time) int64 {
	if at > now.Add(clockTolerance).UnixMilli() {
		return 0
	}
	return at
}

// Stage is a mail about a deadline.
type Stage string

// The stages.
const (
	StageStart Stage = "start"
	StageWeek  Stage = "7"
	StageThree Stage = "3"
	StageLast  Stage = "1"
)

// StageAt returns which mail is due by a time, "" = none. Somebody who is asked late gets
// the one that is due, and not those before it. While an exception holds, the first mail
// is the one a week before its end.
func (o *Obligation) StageAt(now time.Time) Stage {
	deadline := o.Deadline(now)
	if !o.Begun(now) || !now.Before(deadline) {
		return ""
	}
	for _, s := range []struct {
		stage Stage
		days  time.Duration
	}{{StageLast, 1}, {StageThree, 3}, {StageWeek, 7}} {
		if !now.Before(deadline.Add(-s.days * day)) {
			if !o.Exempt(now) && !deadline.Add(-s.days*day).After(o.Begins) {
				return StageStart // grace is shorter than that
			}
			return s.stage
		}
	}
	if o.Exempt(now) {
		return ""
	}
	return StageStart
}
