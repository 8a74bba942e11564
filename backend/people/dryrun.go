package people

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/policy"
)

// DryRun says what a policy alone would do. Somebody may be due earlier by another one.
type DryRun struct {
	Affected      int // people whom the policy is for and who are not disabled
	WithoutFactor int // of these, and so on
	WithoutKey    int // with a second factor, and without the key that the policy demands
	Paused        int
	WithoutCodes  int
	NeverSignedIn int
	Excepted      int
	FirstDeadline time.Time // of those who do not have what the policy demands, zero = there are none
	People        []Affected
	More          bool // there are more than People
}

// Affected is somebody who does not have what a policy demands.
type Affected struct {
	Person
	Deadline time.Time
}

// maxAffected is how many people a dry run names.
const maxAffected = 50

// TryPolicy says what a policy would do. Nothing is changed.
func (s *Service) TryPolicy(ctx context.Context, by auth.Actor, typed Policy) (DryRun, error) {
	if err := by.Require(account.Administrator); err != nil {
		return DryRun{}, err
	}
	leave, err := s.enter(ctx, by)
	if err != nil {
		return DryRun{}, err
	}
	defer leave()
	tx, now := s.DB.Read(ctx), s.Now()
	all, err := policy.List(ctx, tx)
	if err != nil {
		return DryRun{}, err
	}
	var old *policy.Policy
	if typed.ID != 0 {
		if old, err = policyIn(all, typed.ID); err != nil {
			return DryRun{}, err
		}
	}
	p, err := s.parsePolicy(ctx, tx, typed)
	if err != nil {
		return DryRun{}, err
	}
	p.Follows(old, now)
	var run DryRun
	for last := int64(0); ; {
		ids, err := account.IDsAfter(ctx, tx, last, reportBatch)
		if err != nil || len(ids) == 0 {
			return run, err
		}
		people, err := s.findColumns(ctx, tx, reportColumns, ids)
		if err != nil {
			return run, err
		}
		subjects := make([]policy.Subject, len(people))
		for i := range people {
			subjects[i] = auth.SubjectOf(&people[i].Account)
		}
		asked, err := policy.Under(ctx, tx, []policy.Policy{p}, now, subjects...)
		if err != nil {
			return run, err
		}
		keys, err := s.KeyHolders(ctx, tx, ids)
		if err != nil {
			return run, err
		}
		for i := range people {
			o := asked[people[i].ID]
			run.count(&people[i], keys[people[i].ID], &o, now)
		}
		last = ids[len(ids)-1]
	}
}

// count adds a person to a dry run, who may have a key that works.
func (r *DryRun) count(p *Person, hasKey bool, o *policy.Obligation, now time.Time) {
	if !o.Asks() || p.State == Disabled {
		return
	}
	r.Affected++
	if o.Exempt(now) {
		r.Excepted++
	}
	if p.LastSignInAt == 0 {
		r.NeverSignedIn++
	}
	has := p.HasFactor()
	switch {
	case !has:
		r.WithoutFactor++
	case o.Key != nil && !hasKey:
		r.WithoutKey++
	}
	if p.SecondFactor == FactorPaused {
		r.Paused++
	}
	if has && p.CodesLeft == 0 {
		r.WithoutCodes++
	}
	if has && (hasKey || o.Key == nil) {
		return
	}
	deadline := o.Next(has).Deadline(now)
	if r.FirstDeadline.IsZero() || deadline.Before(r.FirstDeadline) {
		r.FirstDeadline = deadline
	}
	if len(r.People) == maxAffected {
		r.More = true
		return
	}
	r.People = append(r.People, Affected{*p, deadline})
}
