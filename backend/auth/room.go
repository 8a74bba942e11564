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
	if err := c.settled(); err != nil {
		return nil, err
	}
	return session.List(ctx, s.DB.Read(ctx), c.Account.ID, c.Account.Epoch, s.Now())
}

// passwordOwed is the step-up for ending other sessions: the password alone.
func (s *Service) passwordOwed(c *Caller) error {
	if c.Session.PasswordFresh(s.Now()) {
		return nil
	}
	return &apperr.Error{Code: apperr.StepUpOwed, Need: []apperr.Need{apperr.NeedPassword}, Message: "Confirm that it is you, then go on."}
}

// EndSession ends one other session of the account.
func (s *Service) EndSession(ctx context.Context, c *Caller, id int64) error {
	if err := c.settled(); err != nil {
		return err
	}
	if id == c.Session.ID {
		return apperr.New(apperr.WrongState, "This is the session you are in. Sign out instead.")
	}
	if err := s.passwordOwed(c); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if _, err := lockSame(ctx, tx, c); err != nil {
			return err
		}
		err := session.End(ctx, tx, c.Account.ID, id)
		if errors.Is(err, session.ErrNotFound) {
			return apperr.New(apperr.NotFound, "That session has ended already.")
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.SessionEnded)
	})
}

// EndOtherSessions ends all sessions of the account but this one.
func (s *Service) EndOtherSessions(ctx context.Context, c *Caller) error {
	if err := c.settled(); err != nil {
		return err
	}
	if err := s.passwordOwed(c); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if _, err := lockSame(ctx, tx, c); err != nil {
			return err
		}
		ended, err := session.EndOthers(ctx, tx, c.Account.ID, c.Session.ID)
		if err != nil {
			return err
		}
		e := s.event(c, audit.OthersEnded, audit.OK)
		e.Details = details(map[string]any{"count": ended})
		return audit.Record(ctx, tx, e)
	})
}

// ActivityPage is how many events one page holds.
const ActivityPage = 50

// Activity returns a page of the account's own events, the newest first, older
// than the event with the id before; 0 = from the newest. More says whether
// there is another page.
func (s *Service) Activity(ctx context.Context, c *Caller, before int64) (events []audit.Event, more bool, err error) {
	if err := c.settled(); err != nil {
		return nil, false, err
	}
	events, err = audit.List(ctx, s.DB.Read(ctx), c.Account.ID, before, ActivityPage+1)
	if err != nil || len(events) <= ActivityPage {
		return events, false, err
	}
	return events[:ActivityPage], true, nil
}

// ProfileInput changes what is not nil.
type ProfileInput struct {
	DisplayName, Language, Theme *string
}

// ChangeProfile stores what a person chooses about the pages and returns the
// account as it is then. Language and theme can be chosen at any time.
func (s *Service) ChangeProfile(ctx context.Context, c *Caller, in ProfileInput) (*account.Account, error) {
	if err := c.settled(NextSetUp, NextChangePassword); err != nil {
		return nil, err
	}
	var changed *account.Account
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		a, err := lockSame(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := in.apply(a); err != nil {
			return err
		}
		if err := account.SetProfile(ctx, tx, a.ID, a.DisplayName, a.Language, a.Theme); err != nil {
			return err
		}
		changed = a
		return s.recordOK(ctx, tx, c, audit.ProfileChanged)
	})
	return changed, err
}

func (in ProfileInput) apply(a *account.Account) (err error) {
	if in.DisplayName != nil {
		if a.DisplayName, err = account.ParseText("display_name", *in.DisplayName, account.MaxDisplayName); err != nil {
			return err
		}
	}
	if err := oneOf("language", in.Language, &a.Language, "", "en", "de"); err != nil {
		return err
	}
	return oneOf("theme", in.Theme, &a.Theme, "", "day", "night")
}

func oneOf(field string, from, to *string, allowed ...string) error {
	if from == nil {
		return nil
	}
	for _, value := range allowed {
		if *from == value {
			*to = value
			return nil
		}
	}
	return apperr.InvalidField(field, "not_allowed", "Choose one of the values offered.")
}
