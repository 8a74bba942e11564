package auth

import (
	"context"
	"slices"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
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
		if err := account.SetProfile(ctx, tx, a.ID, a.DisplayName, a.Language, a.Theme); err != nil {
			return err
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
