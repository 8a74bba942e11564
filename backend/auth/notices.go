package auth

import (
	"context"
	"errors"

	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
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

// DismissNotice closes a notice. If there is a second factor, the session must have given
// it: during a pause the password alone dismisses nothing. Beside the app a new key is not
// enough. A thief may have added it, and could sign in with it once more to hide the notice
// that tells of it. Dismissing is no security event and is not recorded.
func (s *Service) DismissNotice(ctx context.Context, c *Caller, id int64) error {
	if err := c.readyWithFactor(); err != nil {
		return err
	}
	if c.factors.strongest(s.Now()) == apperr.NeedAppCode && c.Session.CodeAt == 0 {
		return errStepUpOwed(apperr.NeedAppCode)
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
