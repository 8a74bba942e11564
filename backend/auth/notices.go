package auth

import (
	"context"
	"errors"

	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// Notices returns the notices that a session shows.
func (s *Service) Notices(ctx context.Context, c *Caller) ([]notify.Notice, error) {
	if err := c.RequireSession(); err != nil {
		return nil, err
	}
	if c.Session.Recovery { // they are for the person, who may be somebody else
		return nil, nil
	}
	return notify.ListOpen(ctx, s.DB.Read(ctx), c.Account.ID, c.Session.ID, c.Session.Created())
}

// DismissNotice closes a notice. If the account has a key, the session must have
// given the second factor, so that nobody can dismiss one during a pause without
// it. Dismissing is no security event and is not recorded.
func (s *Service) DismissNotice(ctx context.Context, c *Caller, id int64) error {
	if err := c.ready(); err != nil {
		return err
	}
	if c.factors.Any() && c.Session.Level < session.LevelTwo {
		return errStepUpOwed(apperr.NeedCode)
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		err := notify.Dismiss(ctx, tx, c.Account.ID, c.Session.ID, id, c.Session.Created(), s.Now())
		if errors.Is(err, notify.ErrNotFound) {
			return apperr.Of(apperr.NotFound)
		}
		return err
	})
}
