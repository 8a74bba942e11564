package auth

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// Pause stops the sign-in from asking for codes for a time, 0 = until it is
// enabled again. Key and codes are kept, and whatever else wants a code goes on
// wanting it. A pause that is going on gets the new end.
func (s *Service) Pause(ctx context.Context, c *Caller, length time.Duration) error {
	return s.relax(ctx, c, func(tx *database.Tx, a *account.Account) error {
		now, until := s.Now(), time.Time{}
		if length != 0 {
			until = now.Add(length)
		}
		if err := bound(totp.Pause(ctx, tx, c.key, until, now)); err != nil {
			return err
		}
		if err := s.endOthers(ctx, tx, c, a); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, audit.Paused, notify.Paused)
	})
}

// RemoveKey deletes the key, the backup codes and their salt. To use
// two-factor authentication again it must be set up anew.
func (s *Service) RemoveKey(ctx context.Context, c *Caller) error {
	return s.relax(ctx, c, func(tx *database.Tx, a *account.Account) error {
		if err := removeFactor(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := s.endOthers(ctx, tx, c, a); err != nil {
			return err
		}
		return s.tell(ctx, tx, c, audit.KeyRemoved, notify.KeyRemoved)
	})
}

// relax makes a change that asks for less at the sign-in: only where the
// operator allows it, after password and code.
func (s *Service) relax(ctx context.Context, c *Caller, change func(tx *database.Tx, a *account.Account) error) error {
	if err := c.settled(); err != nil {
		return err
	}
	if s.RequireTwoFactor {
		return apperr.New(apperr.TwoFactorRequired, "Two-factor authentication is required here and cannot be disabled.")
	}
	if c.key == nil {
		return errWrongState()
	}
	if err := s.stepUpOwed(c, codeFreshOnly); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		a, err := lockSame(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := s.noteUnfinished(ctx, tx, a); err != nil {
			return err
		}
		return change(tx, a)
	})
}

// Enable ends a pause. It wants a 6-digit code: proof that the phone is at hand
// before the sign-in asks for it again. The session is of level 2 after it.
func (s *Service) Enable(ctx context.Context, c *Caller, typed string) (Issued, error) {
	if err := c.settled(); err != nil {
		return Issued{}, err
	}
	code, err := parseAppCode(typed)
	if err != nil {
		return Issued{}, err
	}
	if c.key == nil || !s.paused(c.key, s.Now()) {
		return Issued{}, errWrongState()
	}
	var issued Issued
	err = s.useCode(ctx, c, code, audit.Resumed, func(tx *database.Tx, try *codeTry) (err error) {
		issued, err = s.acceptEnable(ctx, tx, c, try)
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

func (s *Service) acceptEnable(ctx context.Context, tx *database.Tx, c *Caller, try *codeTry) (Issued, error) {
	now := s.Now()
	a, err := lockSame(ctx, tx, c)
	if err != nil {
		return Issued{}, err
	}
	if err := try.spend(ctx, tx, now); err != nil {
		return Issued{}, err
	}
	if err := throttle.Release(ctx, tx, try.reserved); err != nil {
		return Issued{}, err
	}
	if err := bound(totp.Resume(ctx, tx, c.key)); err != nil {
		return Issued{}, err
	}
	token, err := session.Promote(ctx, tx, c.Session, now)
	if err := ended(err); err != nil {
		return Issued{}, err
	}
	if err := s.endOthers(ctx, tx, c, a); err != nil {
		return Issued{}, err
	}
	return Issued{Session: &token}, s.tell(ctx, tx, c, audit.Resumed, notify.Resumed)
}
