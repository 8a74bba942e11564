package auth

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/policy"
)

// SubjectOf is an account as policies judge it.
func SubjectOf(a *account.Account) policy.Subject {
	return policy.Subject{ID: a.ID, CreatedAt: a.CreatedAt, Staff: a.Role() != account.Person, StaffSince: a.StaffSince}
}

// addObligation reads what policies ask of the person.
func (s *Service) addObligation(ctx context.Context, tx *database.Tx, f *Factors) error {
	asked, err := policy.Of(ctx, tx, s.Now(), SubjectOf(f.account))
	f.obligation = asked[f.account.ID]
	return err
}

// seeObligation is addObligation by policies that are at most MaxStale old. Without any it
// sends no statement.
func (s *Service) seeObligation(ctx context.Context, f *Factors) error {
	all, err := s.policies.get(ctx, s.DB, s.policyChanges.Load, func(ctx context.Context, tx *database.Tx, _ *[]policy.Policy) ([]policy.Policy, error) {
		return policy.List(ctx, tx)
	})
	if err != nil || len(all) == 0 {
		return err
	}
	asked, err := policy.Under(ctx, s.DB.Read(ctx), all, s.Now(), SubjectOf(f.account))
	f.obligation = asked[f.account.ID]
	return err
}

// PoliciesChange makes this instance read the policies again when a transaction that
// changes them has committed.
func (s *Service) PoliciesChange(tx *database.Tx) {
	database.AfterCommit(tx, func() { s.policyChanges.Add(1) })
}

// requireFree refuses to weaken the second factor of the caller where the operator or a
// policy demands one.
func (s *Service) requireFree(ctx context.Context, tx *database.Tx, c *Caller) error {
	if s.RequireTwoFactor {
		return apperr.Of(apperr.TwoFactorRequired)
	}
	if err := s.addObligation(ctx, tx, &c.factors); err != nil {
		return err
	}
	if c.factors.obligation.Binds(s.Now()) {
		return apperr.New(apperr.TwoFactorRequired, "A policy demands two-factor authentication of you. It cannot be disabled.")
	}
	return nil
}

// Obligation is what policies ask of the caller, where it matters to the sign-in: without
// a second factor, or during a pause. The zero value asks nothing.
func (c *Caller) Obligation() policy.Obligation { return c.factors.obligation }
