package auth

import (
	"context"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
)

// isPassword compares a normalized password with the caller's, in a hash slot.
func (s *Service) isPassword(ctx context.Context, c *Caller, typed string) (bool, error) {
	leave, err := s.enterQueue(ctx, c)
	if err != nil {
		return false, err
	}
	defer leave()
	return s.Hasher.Verify(typed, c.Account.PasswordHash)
}

// refusePassword counts a wrong password inside a session and returns its answer.
// session.MaxWrongStepUps in a row end the session.
func (s *Service) refusePassword(ctx context.Context, c *Caller) error {
	return s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return nil, err
		}
		failures, err := session.CountWrongPassword(ctx, tx, c.Session)
		if err := sessionEnded(err); err != nil {
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
		return apperr.Of(apperr.SignedOut), sessionEnded(session.End(ctx, tx, c.Account.ID, c.Session.ID))
	})
}

// hashNew hashes a password for an account, in a hash slot.
func (s *Service) hashNew(ctx context.Context, c *Caller, username, displayName, typed string) (string, error) {
	typed = password.Normalize(typed)
	if err := password.Check(typed, username, displayName, s.Issuer); err != nil {
		return "", err
	}
	leave, err := s.enterQueue(ctx, c)
	if err != nil {
		return "", err
	}
	defer leave()
	return s.Hasher.Hash(typed)
}
