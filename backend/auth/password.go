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

// ChangePassword stores a new password. The request carries the present one,
// always (E12), and a code by step-up where there is a second factor. All other
// sessions end; this one gets a new token.
func (s *Service) ChangePassword(ctx context.Context, c *Caller, present, typed string) (Issued, error) {
	if err := c.ready(NextChangePassword); err != nil {
		return Issued{}, err
	}
	present, typed = password.Normalize(present), password.Normalize(typed)
	if err := password.Check(typed, c.Account.Username, s.Issuer); err != nil {
		return Issued{}, err
	}
	// Where the change is required the backup code that opened the session counts:
	// it may have been the last one.
	backup := c.Next == NextChangePassword
	if s.codeOwed(c, backup) {
		return Issued{}, errStepUpOwed(apperr.NeedCode)
	}
	right, phc, err := s.replacePassword(ctx, c, present, typed)
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

// replacePassword compares the present password and hashes a new one, in one hash
// slot. A change that the operator or an event requires must be a change (E13).
func (s *Service) replacePassword(ctx context.Context, c *Caller, present, typed string) (right bool, phc string, err error) {
	leave, err := s.Hasher.Enter(ctx, c.addressKey(), true)
	if err != nil {
		return false, "", err
	}
	defer leave()
	right, err = s.Hasher.Verify(present, c.Account.PasswordHash)
	if err != nil || !right {
		return right, "", err
	}
	if present == typed {
		return true, "", apperr.OfField("password", "unchanged")
	}
	phc, err = s.Hasher.Hash(typed)
	return true, phc, err
}

func (s *Service) storePassword(ctx context.Context, tx *database.Tx, c *Caller, phc string) (Issued, error) {
	now := s.Now()
	if err := lock(ctx, tx, c, now); err != nil {
		return Issued{}, err
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

// isPassword compares a normalized password with the caller's, in a hash slot.
func (s *Service) isPassword(ctx context.Context, c *Caller, typed string) (bool, error) {
	leave, err := s.Hasher.Enter(ctx, c.addressKey(), true)
	if err != nil {
		return false, err
	}
	defer leave()
	return s.Hasher.Verify(typed, c.Account.PasswordHash)
}

// refusePassword counts a wrong password inside a session and returns its answer.
// session.MaxWrongStepUps in a row end the session.
func (s *Service) refusePassword(ctx context.Context, c *Caller) error {
	return s.inTx(ctx, func(tx *database.Tx) (refused, err error) {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return nil, err
		}
		failures, err := session.CountWrongPassword(ctx, tx, c.Session)
		if err := ended(err); err != nil {
			return nil, err
		}
		e := s.event(c, audit.StepUpPassword, audit.Failed)
		e.Reason, e.Factor = audit.ReasonWrong, "password"
		if err := audit.Record(ctx, tx, e); err != nil {
			return nil, err
		}
		left := session.MaxWrongStepUps - failures
		if left > 0 {
			return &apperr.Error{Code: apperr.PasswordWrong, TriesLeft: &left}, nil
		}
		tooMany := s.event(c, audit.SessionEnded, audit.OK)
		tooMany.Reason = audit.ReasonTooMany
		if err := audit.Record(ctx, tx, tooMany); err != nil {
			return nil, err
		}
		return apperr.Of(apperr.SignedOut), ended(session.End(ctx, tx, c.Account.ID, c.Session.ID))
	})
}

// hashNew hashes a password for an account, in a hash slot.
func (s *Service) hashNew(ctx context.Context, c *Caller, username, typed string) (string, error) {
	typed = password.Normalize(typed)
	if err := password.Check(typed, username, s.Issuer); err != nil {
		return "", err
	}
	leave, err := s.Hasher.Enter(ctx, c.addressKey(), true)
	if err != nil {
		return "", err
	}
	defer leave()
	return s.Hasher.Hash(typed)
}
