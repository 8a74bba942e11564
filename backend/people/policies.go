package people

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/notify"
	"imagemaster/backend/policy"
)

// Policy is a policy with the names of its groups.
type Policy struct {
	ID        int64
	Audience  policy.Audience
	Minimum   policy.Minimum
	Groups    []string // names, sorted
	StartsAt  time.Time
	GraceDays int
	ChangedAt time.Time
}

func policyOf(p *policy.Policy) Policy {
	return Policy{ID: p.ID, Audience: p.Audience, Minimum: p.Minimum, Groups: p.Names(), StartsAt: time.UnixMilli(p.StartsAt).UTC(), GraceDays: p.GraceDays,
		ChangedAt: time.UnixMilli(p.ChangedAt).UTC()}
}

// Policies returns all policies.
func (s *Service) Policies(ctx context.Context, by auth.Actor) ([]Policy, error) {
	if err := by.Require(account.Administrator); err != nil {
		return nil, err
	}
	stored, err := policy.List(ctx, s.DB.Read(ctx))
	if err != nil {
		return nil, err
	}
	all := make([]Policy, len(stored))
	for i := range stored {
		all[i] = policyOf(&stored[i])
	}
	return all, nil
}

// parsePolicy checks a policy and finds its groups.
func (s *Service) parsePolicy(ctx context.Context, tx *database.Tx, typed Policy) (policy.Policy, error) {
	p := policy.Policy{ID: typed.ID, Audience: typed.Audience, Minimum: typed.Minimum, StartsAt: typed.StartsAt.UnixMilli(), GraceDays: typed.GraceDays}
	names := slices.Sorted(slices.Values(typed.Groups))
	names = slices.Compact(names)
	ids, err := groupsByName(ctx, tx, names)
	if err != nil {
		return policy.Policy{}, err
	}
	for _, name := range names {
		p.Groups = append(p.Groups, policy.Group{ID: ids[name], Name: name})
	}
	return p, p.Check(s.Now())
}

// changePolicies runs a change to policies. All of them wait for each other: each tells the
// administrators, whose guard is locked first.
func (s *Service) changePolicies(ctx context.Context, by auth.Actor, change func(tx *database.Tx, all []policy.Policy) error) error {
	if err := s.RequireFresh(by, account.Administrator); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := account.LockAdministrators(ctx, tx); err != nil {
			return err
		}
		if err := s.LockActor(ctx, tx, by, account.Administrator); err != nil {
			return err
		}
		all, err := policy.List(ctx, tx)
		if err != nil {
			return err
		}
		s.PoliciesChange(tx)
		return change(tx, all)
	})
}

// CreatePolicy stores a new policy and returns its id.
func (s *Service) CreatePolicy(ctx context.Context, by auth.Actor, typed Policy) (id int64, err error) {
	err = s.changePolicies(ctx, by, func(tx *database.Tx, all []policy.Policy) error {
		if len(all) >= policy.MaxPolicies {
			return apperr.New(apperr.WrongState, "There are 50 policies already. Delete one first.")
		}
		p, err := s.preparePolicy(ctx, tx, by, typed, nil)
		if err != nil {
			return err
		}
		if err := s.tellOfPolicy(ctx, tx, by, audit.PolicyAdded, notify.PolicyAdded, &p, nil); err != nil {
			return err
		}
		err = policy.Create(ctx, tx, &p)
		id = p.ID
		return err
	})
	return id, err
}

// preparePolicy checks a policy that is to be stored in the place of another one, nil = it
// is new. An administrator whom it would keep out must not make it.
func (s *Service) preparePolicy(ctx context.Context, tx *database.Tx, by auth.Actor, typed Policy, old *policy.Policy) (policy.Policy, error) {
	p, err := s.parsePolicy(ctx, tx, typed)
	if err != nil {
		return policy.Policy{}, err
	}
	for _, g := range p.Groups { // nobody deletes it meanwhile
		_, err := group.Lock(ctx, tx, g.ID)
		if errors.Is(err, group.ErrNotFound) {
			return policy.Policy{}, errNoGroup()
		}
		if err != nil {
			return policy.Policy{}, err
		}
	}
	if p.Minimum == policy.Resistant && !s.KeysPossible() {
		return policy.Policy{}, apperr.Of(apperr.KeysImpossible)
	}
	if !by.Meets(p.Minimum, s.Now()) {
		return policy.Policy{}, apperr.Of(apperr.PolicyNotMet)
	}
	p.Follows(old, s.Now())
	return p, nil
}

// ChangePolicy replaces a policy.
func (s *Service) ChangePolicy(ctx context.Context, by auth.Actor, typed Policy) error {
	return s.onePolicy(ctx, by, typed.ID, func(tx *database.Tx, old *policy.Policy) error {
		p, err := s.preparePolicy(ctx, tx, by, typed, old)
		if err != nil || p.Same(old) {
			return err
		}
		if err := s.tellOfPolicy(ctx, tx, by, audit.PolicyChanged, notify.PolicyChanged, &p, old); err != nil {
			return err
		}
		return policy.Set(ctx, tx, &p)
	})
}

// DeletePolicy deletes a policy.
func (s *Service) DeletePolicy(ctx context.Context, by auth.Actor, id int64) error {
	return s.onePolicy(ctx, by, id, func(tx *database.Tx, old *policy.Policy) error {
		if err := s.tellOfPolicy(ctx, tx, by, audit.PolicyDeleted, notify.PolicyDeleted, old, nil); err != nil {
			return err
		}
		return policy.Delete(ctx, tx, id)
	})
}

func (s *Service) onePolicy(ctx context.Context, by auth.Actor, id int64, change func(tx *database.Tx, old *policy.Policy) error) error {
	return s.changePolicies(ctx, by, func(tx *database.Tx, all []policy.Policy) error {
		old, err := policyIn(all, id)
		if err != nil {
			return err
		}
		return change(tx, old)
	})
}

func policyIn(all []policy.Policy, id int64) (*policy.Policy, error) {
	at := slices.IndexFunc(all, func(p policy.Policy) bool { return p.ID == id })
	if at < 0 {
		return nil, apperr.Of(apperr.NotFound)
	}
	return &all[at], nil
}

// maxNames is how long the names of groups may be in an event or a notice.
const maxNames = 150

// audienceOf says whom a policy is for, as events and notices keep it.
func audienceOf(p *policy.Policy) string {
	if p.Audience != policy.Groups {
		return string(p.Audience)
	}
	return notify.GroupsDetail + joinNames(p.Names())
}

// joinNames lists names of groups, as many as fit.
func joinNames(names []string) string {
	all := strings.Join(names, ", ") // ASCII
	if len(all) > maxNames {
		all = all[:maxNames] + "…"
	}
	return all
}

// without returns the names of those groups of a policy that another one does not have.
func without(p, other *policy.Policy) []string {
	return slices.DeleteFunc(p.Names(), func(name string) bool { return slices.Contains(other.Names(), name) })
}

// tellOfPolicy records a change to a policy and notifies all administrators. old is
// the policy before the change; nil when the policy is new or deleted.
func (s *Service) tellOfPolicy(ctx context.Context, tx *database.Tx, by auth.Actor, event audit.Kind, notice notify.Kind, p, old *policy.Policy) error {
	if err := s.TellOfChange(ctx, tx, by, notice, audienceOf(p)); err != nil {
		return err
	}
	facts := map[string]any{"detail": audienceOf(p), "minimum": p.Minimum, "starts_at": time.UnixMilli(p.StartsAt).UTC().Format(time.RFC3339), "grace_days": p.GraceDays}
	if old != nil {
		facts["before"] = map[string]any{"audience": audienceOf(old), "minimum": old.Minimum, "starts_at": time.UnixMilli(old.StartsAt).UTC().Format(time.RFC3339),
			"grace_days": old.GraceDays}
		facts["groups_added"], facts["groups_removed"] = joinNames(without(p, old)), joinNames(without(old, p))
	}
	return audit.Record(ctx, tx, s.EventBy(by, nil, event, facts))
}

// groupInPolicy refuses to delete a group that a policy is for: otherwise its members would
// be free, unseen.
func groupInPolicy(ctx context.Context, tx *database.Tx, g *group.Group) error {
	named, err := policy.NamesGroup(ctx, tx, g.ID)
	if err == nil && named {
		err = apperr.New(apperr.GroupInUse, "A policy is for the group. Take it out of the policy first.")
	}
	return err
}
