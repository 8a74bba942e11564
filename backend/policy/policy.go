// Package policy keeps who has to have a second factor, which one, and from when.
//
// A policy names its audience, the least that it demands, a start, and days of grace. What it asks of one person is
// an Obligation: it begins at the latest of the start, the person's account, the joining
// of the group and the last change that asks more of people, and is due when the days of
// grace are over. These times are stored; the deadline is computed from them each time, so
// a change of a policy needs no work on accounts.
//
// Of several policies the one with the earliest deadline counts, and of those that demand a
// passkey or hardware key again the one with the earliest deadline: somebody may have to
// have a second factor now and a key later. While somebody has an exception, nothing is due.
//
// Only administrators change policies and exceptions, in package people. Package auth asks
// on each request of a person without a second factor, or with a pause, what is due; while
// a policy demands keys, also of one without a key, or with a key and an app.
// An attacker could try to put a deadline off: nothing that the person does moves it. A
// time that a wrong clock has stored in the future is left out.
package policy

import (
	"slices"
	"time"

	"imagemaster/backend/apperr"
)

// Audience says whom a policy is for.
type Audience string

// The audiences.
const (
	Everybody Audience = "everybody"
	Groups    Audience = "groups" // members of any of its groups
	Staff     Audience = "staff"  // helpers and administrators
)

// Minimum says what a policy demands.
type Minimum string

// The minimums.
const (
	AnyFactor Minimum = "any"       // a second factor of any kind
	Resistant Minimum = "resistant" // a passkey or hardware key
)

// Limits.
const (
	MaxPolicies     = 50
	maxGroups       = 100 // of one policy
	MaxGraceDays    = 365
	MaxException    = 90 * 24 * time.Hour
	MaxReason       = 200 // code points
	maxStartsAhead  = 3 * 365 * 24 * time.Hour
	clockTolerance  = 5 * time.Minute
	day             = 24 * time.Hour
	earliestStartMs = 946684800000 // the year 2000: an earlier start is a mistake
)

// MetBy says whether a second factor of any kind, or a working passkey or hardware key, is
// what is demanded. A new key is good enough where a key is demanded: it counts as
// phishing-resistant only later, and the person could do nothing meanwhile.
func (m Minimum) MetBy(hasAny, hasKey bool) bool {
	if m == Resistant {
		return hasKey
	}
	return hasAny
}

// includes says whether who meets m meets other, too.
func (m Minimum) includes(other Minimum) bool { return m == Resistant || other != Resistant }

// Policy is one row of policies, with its groups. Times are Unix milliseconds.
type Policy struct {
	ID          int64
	Audience    Audience
	Minimum     Minimum
	StartsAt    int64
	GraceDays   int
	ChangedAt   int64
	TightenedAt int64   // the last change that asks more of people
	Groups      []Group `gorm:"-"` // sorted by name
	// Former is what the policy asked before its changes, as far as somebody is due by it
	// earlier than by the policy as it is now. It is for those of whom the policy asks
	// something.
	Former []Former `gorm:"serializer:json"`
}

// Group is a group that a policy is for.
type Group struct {
	ID      int64  `json:"id"`
	Name    string `json:"-"`
	AddedAt int64  `json:"added_at"` // to the policy, Unix ms
}

// Names returns the names of the policy's groups.
func (p *Policy) Names() []string {
	names := make([]string, len(p.Groups))
	for i, g := range p.Groups {
		names[i] = g.Name
	}
	return names
}

// Check refuses a policy that cannot be stored.
func (p *Policy) Check(now time.Time) error {
	switch {
	case p.Audience != Everybody && p.Audience != Groups && p.Audience != Staff:
		return apperr.OfField("audience", "not_allowed")
	case p.Minimum != AnyFactor && p.Minimum != Resistant:
		return apperr.OfField("minimum", "not_allowed")
	case p.Audience == Groups && len(p.Groups) == 0:
		return apperr.InvalidField("groups", "empty", "Name at least one group.")
	case len(p.Groups) > maxGroups:
		return apperr.InvalidField("groups", "too_many", "A policy is for at most 100 groups.")
	case p.Audience != Groups && len(p.Groups) > 0:
		return apperr.InvalidField("groups", "not_allowed", "Only a policy for groups names groups.")
	case p.StartsAt < earliestStartMs || p.StartsAt > now.Add(maxStartsAhead).UnixMilli():
		return apperr.InvalidField("starts_at", "not_allowed", "The start is at most three years ahead.")
	case p.GraceDays < 0 || p.GraceDays > MaxGraceDays:
		return apperr.InvalidField("grace_days", "not_allowed", "The days of grace are 0 to 365.")
	}
	return nil
}

// Follows sets the times of a policy that takes the place of another one, nil = it is new.
// A group that it is for already keeps its time.
func (p *Policy) Follows(old *Policy, now time.Time) {
	p.ChangedAt, p.TightenedAt = now.UnixMilli(), now.UnixMilli()
	for i := range p.Groups {
		p.Groups[i].AddedAt = now.UnixMilli()
	}
	if old == nil {
		return
	}
	p.ID = old.ID
	for i := range p.Groups {
		at := slices.IndexFunc(old.Groups, func(g Group) bool { return g.ID == p.Groups[i].ID })
		if at >= 0 {
			p.Groups[i].AddedAt = old.Groups[at].AddedAt
		}
	}
	if !p.asksMore(old) {
		p.TightenedAt = old.TightenedAt
	}
	for _, f := range append(slices.Clone(old.Former), old.asFormer()) {
		// Time that the change gives, it gives to everybody; so it does what it does not demand any more.
		if p.Minimum == AnyFactor {
			f.Minimum = AnyFactor
		}
		f.GraceDays += max(0, p.GraceDays-old.GraceDays)
		if p.StartsAt > old.StartsAt {
			f.StartsAt = max(f.StartsAt, p.StartsAt)
		}
		p.keep(f)
	}
}

// asksMore says whether a change of a policy asks more of the people whom it is for. A
// group that is added is no such change: its members have the time at which it was.
func (p *Policy) asksMore(old *Policy) bool {
	return p.Audience != old.Audience && old.Audience != Everybody || !old.Minimum.includes(p.Minimum) || p.StartsAt < old.StartsAt || p.GraceDays < old.GraceDays
}

// Same says whether a policy asks the same of the same people as another one.
func (p *Policy) Same(other *Policy) bool {
	return p.Audience == other.Audience && p.Minimum == other.Minimum && p.StartsAt == other.StartsAt && p.GraceDays == other.GraceDays &&
		slices.EqualFunc(p.Groups, other.Groups, func(a, b Group) bool { return a.ID == b.ID })
}
