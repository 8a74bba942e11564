package auth

import (
	"context"
	"errors"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
)

// Sessions returns the account's live sessions, the one used last first.
func (s *Service) Sessions(ctx context.Context, c *Caller) ([]session.Session, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	return session.List(ctx, s.DB.Read(ctx), c.Account.ID, c.Account.Epoch, s.SessionLimits, s.Now())
}

// requirePassword is the step-up for ending other sessions: the password alone.
func (s *Service) requirePassword(c *Caller) error {
	if c.Session.PasswordFresh(s.Now()) {
		return nil
	}
	return errStepUpOwed(apperr.NeedPassword)
}

// EndSession ends one other session of the account.
func (s *Service) EndSession(ctx context.Context, c *Caller, id int64) error {
	if err := c.ready(); err != nil {
		return err
	}
	if id == c.Session.ID {
		return apperr.Of(apperr.WrongState)
	}
	if err := s.requirePassword(c); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		err := session.End(ctx, tx, c.Account.ID, id)
		if errors.Is(err, session.ErrNotFound) {
			return apperr.Of(apperr.NotFound)
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.SessionEnded)
	})
}

// EndOtherSessions ends all sessions of the account but this one, and all pending
// sign-ins: one of them may be about to become a session. Where there are none it
// records nothing.
func (s *Service) EndOtherSessions(ctx context.Context, c *Caller) error {
	if err := c.ready(); err != nil {
		return err
	}
	if err := s.requirePassword(c); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		count, err := s.endOpen(ctx, tx, c.Account, c.Session.ID)
		if errors.Is(err, ErrUnchanged) {
			return nil
		}
		if err != nil {
			return err
		}
		e := s.event(c, audit.OthersEnded, audit.OK)
		e.Count = count
		return audit.Record(ctx, tx, e)
	})
}

// EndOpen ends all sessions and pending sign-ins of an account that the caller has
// locked, and returns how many sessions that were, or ErrUnchanged. Its known browsers
// stay.
func (s *Service) EndOpen(ctx context.Context, tx *database.Tx, a *account.Account) (int, error) {
	return s.endOpen(ctx, tx, a, 0)
}

// endOpen is EndOpen, but keeps one session, 0 = none.
func (s *Service) endOpen(ctx context.Context, tx *database.Tx, a *account.Account, keep int64) (int, error) {
	if err := s.reportUnfinished(ctx, tx, a); err != nil {
		return 0, err
	}
	pending, err := session.EndAllPending(ctx, tx, a.ID)
	if err != nil {
		return 0, err
	}
	count, err := session.EndOthers(ctx, tx, a.ID, keep)
	if err == nil && count+pending == 0 {
		err = ErrUnchanged
	}
	return count, err
}
