package auth

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
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

// KeysPossible says whether people can have passkeys and hardware keys at the address of
// this server. Commands that are not told the address assume it.
func (s *Service) KeysPossible() bool { return s.PublicURL == "" || s.relyingParty != nil }

// KeyHolders says which of some accounts have a passkey or hardware key that works at this
// address; for a command that is not told the address, any.
func (s *Service) KeyHolders(ctx context.Context, tx *database.Tx, ids []int64) (map[int64]bool, error) {
	if !s.KeysPossible() {
		return nil, nil
	}
	return passkey.Holders(ctx, tx, s.rpID(), ids)
}

// PoliciesChange makes this instance read the policies again when a transaction that
// changes them has committed.
func (s *Service) PoliciesChange(tx *database.Tx) {
	database.AfterCommit(tx, func() { s.policyChanges.Add(1) })
}

// requireFree refuses to take the second factor of the caller away where the operator or a
// policy demands one.
func (s *Service) requireFree(ctx context.Context, tx *database.Tx, c *Caller) error {
	if c.factors.required {
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

// requireNoKey refuses to take the last key of the caller away where a policy demands one.
func (s *Service) requireNoKey(ctx context.Context, tx *database.Tx, c *Caller) error {
	if err := s.addObligation(ctx, tx, &c.factors); err != nil {
		return err
	}
	if c.factors.obligation.KeyBinds(s.Now()) {
		return apperr.New(apperr.TwoFactorRequired, "A policy demands a passkey or hardware key of you. Add another one before you remove the last one.")
	}
	return nil
}

// Obligation is what policies ask of the caller that the account does not have, or has
// paused. The zero value asks nothing.
func (c *Caller) Obligation() policy.Obligation {
	f := c.factors
	switch o := f.obligation; {
	case !f.Any() || f.account.PausedAt != 0:
		return o
	case o.Key != nil && !f.HasKey():
		return *o.Key
	}
	return policy.Obligation{}
}
