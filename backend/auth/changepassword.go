package auth

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// ChangePassword stores a new password. The request carries the present one, always (E12);
// where there is a second factor, the strongest one is given by step-up. All other sessions
// end; this one gets a new token.
func (s *Service) ChangePassword(ctx context.Context, c *Caller, present, typed string) (Issued, error) {
	if err := c.ready(NextChangePassword); err != nil {
		return Issued{}, err
	}
	present, typed = password.Normalize(present), password.Normalize(typed)
	if err := password.Check(typed, c.Account.Username, c.Account.DisplayName, s.Issuer); err != nil {
		return Issued{}, err
	}
	// Where the change is required the backup code that opened the session counts:
	// it may have been the last one.
	which := strongest
	if c.Next == NextChangePassword {
		which = strongestOrOpening
	}
	if factor := c.owesFactor(s.Now(), which); factor != "" {
		return Issued{}, errStepUpOwed(factor)
	}
	right, phc, err := s.compareAndHash(ctx, c, present, typed)
	if err != nil {
		return Issued{}, err
	}
	if !right {
		return Issued{}, s.refusePassword(ctx, c)
	}
	var issued Issued
	err = s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		issued, err = s.storePassword(ctx, tx, c, phc)
		return err
	})
	return issued, err
}

// compareAndHash compares the present password and hashes a new one, in one hash
// slot. phc is "" when both are the same.
func (s *Service) compareAndHash(ctx context.Context, c *Caller, present, typed string) (right bool, phc string, err error) {
	leave, err := s.enterQueue(ctx, c)
	if err != nil {
		return false, "", err
	}
	defer leave()
	right, err = s.Hasher.Verify(present, c.Account.PasswordHash)
	if err != nil || !right {
		return right, "", err
	}
	if present == typed {
		return true, "", nil
	}
	phc, err = s.Hasher.Hash(typed)
	return true, phc, err
}

func (s *Service) storePassword(ctx context.Context, tx *database.Tx, c *Caller, phc string) (Issued, error) {
	now := s.Now()
	if err := lock(ctx, tx, c, now); err != nil {
		return Issued{}, err
	}
	if phc == "" { // a change must be a change (E13)
		return Issued{}, apperr.OfField("password", "unchanged")
	}
	if err := account.SetPasswordHash(ctx, tx, c.Account.ID, phc, false, now); err != nil {
		return Issued{}, err
	}
	if c.Session.Level == session.LevelTwo {
		if err := throttle.ResetAll(ctx, tx, c.Account.ID); err != nil {
			return Issued{}, err
		}
	}
	issued, err := s.endOthers(ctx, tx, c, session.Change{PasswordAt: now})
	if err != nil {
		return Issued{}, err
	}
	return issued, s.recordAndNotify(ctx, tx, c, audit.PasswordChanged, notify.PasswordChanged)
}
