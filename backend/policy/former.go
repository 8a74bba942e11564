package policy

import (
	"cmp"
	"slices"
)

// Former is what a policy asked before a change. Members are those of Policy. A change that
// asks more counts grace anew; without the former rule it would give time again to those
// who are due already.
type Former struct {
	Audience    Audience `json:"audience"`
	Minimum     Minimum  `json:"minimum,omitempty"` // "" = any, of an earlier version of this program
	StartsAt    int64    `json:"starts_at"`
	GraceDays   int      `json:"grace_days"`
	TightenedAt int64    `json:"tightened_at"`
	Groups      []Group  `json:"groups,omitempty"` // without names, sorted by id
}

// maxFormer is how many former rules a policy keeps. There are more than a few only if the
// days of grace were made fewer again and again.
const maxFormer = 20

// keep keeps a former rule, unless the policy or another rule that is kept makes everybody
// due as early.
func (p *Policy) keep(f Former) {
	now := p.asFormer()
	if p.Audience == Everybody {
		now.Audience, now.Groups = f.Audience, f.Groups // it is for the people of the rule, too
	}
	if now.covers(f) || slices.ContainsFunc(p.Former, func(kept Former) bool { return kept.covers(f) }) {
		return
	}
	p.Former = append(slices.DeleteFunc(p.Former, f.covers), f)
	if len(p.Former) > maxFormer {
		mildest := slices.MaxFunc(p.Former, func(a, b Former) int { return cmp.Compare(a.ends(), b.ends()) })
		p.Former = slices.DeleteFunc(p.Former, mildest.covers)
	}
}

// covers says whether everybody who is due by another rule is due by this one as early, and
// for as much: those who are asked from the beginning, and those who come later.
func (f Former) covers(other Former) bool {
	return f.Audience == other.Audience && f.Minimum.includes(other.Minimum) && slices.Equal(f.Groups, other.Groups) && f.GraceDays <= other.GraceDays && f.ends() <= other.ends()
}

// ends is when those are due who are asked from the beginning, in Unix ms.
func (f Former) ends() int64 {
	return max(f.StartsAt, f.TightenedAt) + int64(f.GraceDays)*day.Milliseconds()
}

func (p *Policy) asFormer() Former {
	f := Former{Audience: p.Audience, Minimum: p.Minimum, StartsAt: p.StartsAt, GraceDays: p.GraceDays, TightenedAt: p.TightenedAt}
	for _, g := range p.Groups {
		f.Groups = append(f.Groups, Group{ID: g.ID, AddedAt: g.AddedAt})
	}
	slices.SortFunc(f.Groups, func(a, b Group) int { return cmp.Compare(a.ID, b.ID) })
	return f
}

// asPolicy is the former rule as a policy of its own.
func (f *Former) asPolicy() *Policy {
	return &Policy{Audience: f.Audience, Minimum: f.Minimum, StartsAt: f.StartsAt, GraceDays: f.GraceDays, TightenedAt: f.TightenedAt, Groups: f.Groups}
}
