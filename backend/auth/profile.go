package auth

import (
	"context"
	"slices"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/notify"
)

// ProfileInput changes what is not nil.
type ProfileInput struct {
	DisplayName, Language, Theme *string
}

// ChangeProfile stores what a person chooses about the pages and returns the
// account as it is then. Language and theme can be chosen at any time. A request
// that changes nothing records nothing.
func (s *Service) ChangeProfile(ctx context.Context, c *Caller, in ProfileInput) (*account.Account, error) {
	if err := c.ready(NextSetUp, NextChangePassword); err != nil {
		return nil, err
	}
	if in.DisplayName != nil {
		if err := c.requireOrdinary(); err != nil {
			return nil, err
		}
	}
	var changed *account.Account
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		a := *c.Account
		if err := in.apply(&a); err != nil {
			return err
		}
		changed = &a
		if a.DisplayName == c.Account.DisplayName && a.Language == c.Account.Language && a.Theme == c.Account.Theme {
			return nil
		}
		if err := account.SetPages(ctx, tx, a.ID, a.Language, a.Theme); err != nil {
			return err
		}
		if a.DisplayName != c.Account.DisplayName {
			if err := account.SetNames(ctx, tx, &a, a.Username, a.DisplayName); err != nil {
				return err
			}
		}
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
	if !slices.Contains(allowed, *from) {
		return apperr.OfField(field, "not_allowed")
	}
	*to = *from
	return nil
}

// ProfileMore is what a profile shows beside the account itself.
type ProfileMore struct {
	Groups        []string // by name
	NoticeAddress string   // confirmed, "" = none
	Email         string   // that applications see, "" = none
}

// ProfileOf returns the groups of the caller's account, as it is by now, and its addresses.
// A session that can only enrol sees none of them.
func (s *Service) ProfileOf(ctx context.Context, c *Caller, a *account.Account) (ProfileMore, error) {
	more := ProfileMore{Groups: []string{}}
	if c.Session.Recovery {
		return more, nil
	}
	more.Email = a.Email
	memberships, err := group.Of(ctx, s.DB.Read(ctx), a.ID)
	if err != nil {
		return more, err
	}
	for _, m := range memberships {
		more.Groups = append(more.Groups, m.Name)
	}
	address, err := notify.FindAddress(ctx, s.DB.Read(ctx), a.ID)
	if address.Confirmed() {
		more.NoticeAddress = address.Address
	}
	return more, err
}

// dropChosenEmail takes away the e-mail address that the person has chosen, because it is
// no longer the address for notices: links must not go where the person has left.
func dropChosenEmail(ctx context.Context, tx *database.Tx, a *account.Account) error {
	if !a.EmailOwn {
		return nil
	}
	if err := account.SetEmail(ctx, tx, a, "", true); err != nil {
		return err
	}
	return EndHelp(ctx, tx, a.ID)
}

// ChooseEmail lets applications see the confirmed address for notices, or no address
// any more. It is refused where an administrator has set one: applications may know
// the person by it.
func (s *Service) ChooseEmail(ctx context.Context, c *Caller, use bool) error {
	if err := c.ready(); err != nil {
		return err
	}
	if err := c.requireFresh(s.Now(), strongest); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		address, err := notify.FindAddress(ctx, tx, c.Account.ID)
		if err != nil {
			return err
		}
		if c.Account.Email != "" && !c.Account.EmailOwn || use && !address.Confirmed() {
			return apperr.Of(apperr.WrongState)
		}
		email := ""
		if use {
			email = address.Address
		}
		if email == c.Account.Email {
			return nil
		}
		if err := account.SetEmail(ctx, tx, c.Account, email, true); err != nil {
			return err
		}
		if err := EndHelp(ctx, tx, c.Account.ID); err != nil {
			return err
		}
		e := s.event(c, audit.EmailChanged, audit.OK)
		e.Details = details(map[string]any{"detail": email})
		return audit.Record(ctx, tx, e)
	})
}
