package auth

import (
	"context"
	"errors"
	"fmt"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/notify"
)

// OpenHelp is a help code that can still be used, or that has opened a session which may
// still enrol.
type OpenHelp struct {
	*helpcode.Code
	By string // user name of its giver, "" = the operator
}

// OpenHelpOf returns the open help code of an account, nil = none.
func (s *Service) OpenHelpOf(ctx context.Context, tx *database.Tx, a *account.Account) (*OpenHelp, error) {
	code, err := helpcode.Find(ctx, tx, a.ID)
	if errors.Is(err, helpcode.ErrNotFound) {
		return nil, nil
	}
	if err != nil || !code.Open(a.Epoch, s.Now()) {
		return nil, err
	}
	open := &OpenHelp{Code: code}
	if code.GivenBy == 0 {
		return open, nil
	}
	giver, err := account.Find(ctx, tx, code.GivenBy)
	switch {
	case errors.Is(err, account.ErrNotFound):
		open.By = fmt.Sprint("#", code.GivenBy) // deleted since
	case err != nil:
		return nil, err
	default:
		open.By = giver.Username
	}
	return open, nil
}

// mayRefuse allows a session to see a help code or a new key, and to refuse it. Every session
// of the person may, also one that must first set up a second factor or change the password. The
// session that was opened with the help code may not. A session of a person with a second
// factor must have given it: otherwise the password alone, during a pause, would be enough
// to keep help away.
func (c *Caller) mayRefuse() error {
	if err := c.ready(NextSetUp, NextChangePassword); err != nil {
		return err
	}
	if err := c.requireOrdinary(); err != nil {
		return err
	}
	return c.requireFactorGiven()
}

// Help returns the open help code of the caller's account, nil = there is none that the
// caller may refuse.
func (s *Service) Help(ctx context.Context, c *Caller) (*OpenHelp, error) {
	if c.mayRefuse() != nil {
		return nil, nil
	}
	return s.OpenHelpOf(ctx, s.DB.Read(ctx), c.Account)
}

// RefuseHelp ends the open help code of the caller's account and the session that it has
// opened: the person did not ask for it. An open link ends, too, and nobody may help for
// account.HelpStop. It wants no step-up, since it takes power away and has to be quick.
func (s *Service) RefuseHelp(ctx context.Context, c *Caller) error {
	if err := c.mayRefuse(); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := account.LockAdministrators(ctx, tx); err != nil { // they are told
			return err
		}
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		open, err := s.OpenHelpOf(ctx, tx, c.Account)
		if err != nil {
			return err
		}
		if open == nil {
			return apperr.Of(apperr.WrongState)
		}
		if err := errors.Join(EndHelp(ctx, tx, c.Account.ID), account.StopHelp(ctx, tx, c.Account.ID, now)); err != nil {
			return err
		}
		e := s.event(c, audit.HelpRefused, audit.OK)
		e.Details = details(map[string]any{"detail": open.By, "giver_id": open.GivenBy})
		if err := audit.Record(ctx, tx, e); err != nil {
			return err
		}
		if err := s.notify(ctx, tx, c, notify.HelpStopped, c.Session.ID); err != nil {
			return err
		}
		return s.tellOfRefusal(ctx, tx, c.Account, open)
	})
}

// tellOfRefusal notifies all administrators that help was refused, and its giver.
func (s *Service) tellOfRefusal(ctx context.Context, tx *database.Tx, about *account.Account, refused *OpenHelp) error {
	readers, err := account.Administrators(ctx, tx)
	if err != nil {
		return err
	}
	giver, err := account.Find(ctx, tx, refused.GivenBy)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return err
	}
	if err == nil && (!giver.Admin || giver.Disabled()) {
		readers = append(readers, *giver)
	}
	for _, reader := range readers {
		if reader.ID == about.ID {
			continue
		}
		n := notify.Notice{AccountID: reader.ID, Kind: notify.HelpRefused, At: s.Now().UnixMilli(), Subject: about.Username, Detail: refused.By}
		if err := notify.Notify(ctx, tx, n, notify.Reader{Username: reader.Username, Language: reader.Language}); err != nil {
			return err
		}
	}
	return nil
}
