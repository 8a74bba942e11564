package auth_test

import (
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

func (h *kit) setUpAdministrator(token, name, pw string) error {
	_, err := h.CreateFirstAdministrator(h.ctx, h.browser().caller(),
		auth.SetupInput{Token: token, Username: name, Password: pw, DisplayName: "Anna Berger"})
	return err
}

func (h *kit) setupToken() string {
	h.Helper()
	token, err := h.NewSetupToken(h.ctx)
	h.must(err)
	return token
}

func TestFirstAdministrator(t *testing.T) {
	each(t, func(h *kit) {
		earlier, token := h.setupToken(), h.setupToken()
		h.refused(h.setUpAdministrator("", "anna", goodPassword), apperr.SetupTokenWrong)
		h.refused(h.setUpAdministrator(token+"x", "anna", goodPassword), apperr.SetupTokenWrong)
		h.refused(h.setUpAdministrator(token, "", goodPassword), apperr.Invalid)
		h.refused(h.setUpAdministrator(token, "anna", "short"), apperr.Invalid)
		h.must(h.setUpAdministrator(token, "anna", goodPassword))
		h.refused(h.setUpAdministrator(earlier, "otto", goodPassword), apperr.SetupClosed)
		if again := h.setupToken(); again != "" {
			t.Error("a finished set-up gave another link")
		}
		b := h.browser()
		b.signIn("anna", goodPassword)
		if !b.caller().Account.Admin {
			t.Error("the first account is no administrator")
		}
	})
}

func TestSetupLinkEndsAfterADay(t *testing.T) {
	each(t, func(h *kit) {
		token := h.setupToken()
		h.clock.move(24 * time.Hour)
		h.refused(h.setUpAdministrator(token, "anna", goodPassword), apperr.SetupTokenWrong)
	})
}

func TestOneFirstAdministrator(t *testing.T) {
	each(t, func(h *kit) {
		token := h.setupToken()
		var won, closed int
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			all.Go(func() {
				err := h.setUpAdministrator(token, name, goodPassword)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case apperr.CodeOf(err) == apperr.SetupClosed:
					closed++
				default:
					t.Errorf("unexpected: %v", err)
				}
			})
		}
		all.Wait()
		users, err := account.ListAfter(h.ctx, h.db.Read(h.ctx), 0, 10)
		h.must(err)
		if won != 1 || closed != 7 || len(users) != 1 {
			t.Errorf("%d won, %d refused, %d accounts", won, closed, len(users))
		}
	})
}

// The first administrator is signed in at once. A former session of that browser
// ends, and a second factor is required as of everybody.
func TestFirstAdministratorIsSignedIn(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("otto")
		b := h.browser()
		b.signIn("otto", goodPassword)
		former := b.caller().Session.ID
		h.RequireTwoFactor = true
		result, err := h.CreateFirstAdministrator(h.ctx, b.caller(),
			auth.SetupInput{Token: h.setupToken(), Username: "anna", Password: goodPassword})
		h.must(err)
		if result.Next != auth.NextSetUp {
			t.Errorf("next is %q", result.Next)
		}
		b.keep(result.Issued)
		c := b.caller()
		if c.State != auth.SignedIn || c.Account.Username != "anna" || c.Session.Level != 1 || c.Device == nil {
			t.Errorf("the caller is %+v", c)
		}
		if c.Session.ID == former {
			t.Error("it is the session of before")
		}
	})
}
