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

// ChangePassword stores a new password. The proof is the step-up: the present
// password and, whenever a key exists, a code. All other sessions end.
func (s *Service) ChangePassword(ctx context.Context, c *Caller, typed string) error {
	if err := c.settled(NextChangePassword); err != nil {
		return err
	}
	if err := s.stepUpOwed(c, passwordRule(c)); err != nil {
		return err
	}
	typed = password.Normalize(typed)
	if err := password.Check(typed, c.Account.Username, s.Issuer); err != nil {
		return err
	}
	phc, err := s.newHash(ctx, c, typed)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		a, err := lockSame(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := account.SetPasswordHash(ctx, tx, a.ID, phc, false, s.Now()); err != nil {
			return err
		}
		if c.Session.Level == session.LevelTwo {
			if err := throttle.ResetAll(ctx, tx, a.ID); err != nil {
				return err
			}
		}
		if err := s.endOthers(ctx, tx, c, a); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, audit.PasswordChanged, notify.PasswordChanged)
	})
}

// passwordRule lets the backup code that opened the session count for a change
// that is demanded: it may have been the last one, and stands between the
// person and a new phone.
func passwordRule(c *Caller) codeRule {
	if c.Next == NextChangePassword {
		return backupCounts
	}
	return codeFreshOnly
}

// newHash hashes a password that differs from the present one: a change that
// the operator or an event demands must be a change (standards E13).
func (s *Service) newHash(ctx context.Context, c *Caller, typed string) (string, error) {
	leave, err := s.Hasher.Enter(ctx, addressKey(c.Address), true)
	if err != nil {
		return "", err
	}
	defer leave()
	same, err := s.Hasher.Verify(typed, c.Account.PasswordHash)
	if err != nil {
		return "", err
	}
	if same {
		return "", apperr.InvalidField("password", "unchanged", "That is your present password. Choose a new one.")
	}
	return s.Hasher.Hash(typed)
}
