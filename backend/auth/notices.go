package auth

import (
	"context"
	"errors"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// Notices returns what a signed-in person has yet to be told.
func (s *Service) Notices(ctx context.Context, c *Caller) ([]notify.Notice, error) {
	if err := c.signedIn(); err != nil {
		return nil, err
	}
	return notify.ListOpen(ctx, s.DB.Read(ctx), c.Account.ID, c.Session.ID, c.Session.Created())
}

// DismissNotice closes a notice. Where a key exists the session must have given
// the second factor, so that a pause hides nothing. The trail tells who did.
func (s *Service) DismissNotice(ctx context.Context, c *Caller, id int64) error {
	if err := c.settled(); err != nil {
		return err
	}
	if c.key != nil && c.Session.Level < session.LevelTwo {
		return errCodeOwed()
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if _, err := lockSame(ctx, tx, c); err != nil {
			return err
		}
		err := notify.Dismiss(ctx, tx, c.Account.ID, c.Session.ID, id, c.Session.Created(), s.Now())
		if errors.Is(err, notify.ErrNotFound) {
			return apperr.New(apperr.NotFound, "That notice is not there any more.")
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.NoticeDismissed)
	})
}
