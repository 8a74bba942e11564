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
	return h.CreateFirstAdministrator(h.ctx, h.browser().caller(),
		auth.SetupInput{Token: token, Username: name, Password: pw, DisplayName: "Anna Berger"})
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
		h.clock.move(account.SetupTokenLifetime)
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
		users, err := h.ListUsers(h.ctx)
		h.must(err)
		if won != 1 || closed != 7 || len(users) != 1 {
			t.Errorf("%d won, %d refused, %d accounts", won, closed, len(users))
		}
	})
}

func TestOperatorCommands(t *testing.T) {
	each(t, func(h *kit) {
		token := h.setupToken()
		h.must(h.CreateUser(h.ctx, auth.NewUser{Username: "root", Password: goodPassword, Admin: true}))
		h.refused(h.setUpAdministrator(token, "anna", goodPassword), apperr.SetupClosed)
		h.refused(h.CreateUser(h.ctx, auth.NewUser{Username: "ROOT", Password: goodPassword}), apperr.Invalid)
		h.refused(h.SetPassword(h.ctx, "nobody", goodPassword), apperr.NotFound)
		h.refused(h.EnableAccount(h.ctx, "root"), apperr.WrongState)

		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		h.must(h.ResetTwoFactor(h.ctx, "Anna"))
		if c := b.caller(); c.State != auth.Anonymous || c.Device != nil {
			t.Error("recovery must end all sessions and devices")
		}
		if next := b.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
		notices, err := h.Notices(h.ctx, b.caller())
		h.must(err)
		if len(notices) == 0 || notices[0].Kind != "operator_reset" {
			t.Errorf("notices are %+v", notices)
		}
		h.must(h.DisableAccount(h.ctx, "anna"))
		if b.caller().State != auth.Anonymous {
			t.Error("a disabled account is still signed in")
		}
		_, err = b.trySignIn("anna", goodPassword)
		h.refused(err, apperr.CredentialsWrong)
		h.must(h.EnableAccount(h.ctx, "anna"))
		b.signIn("anna", goodPassword)
	})
}

// A password that the operator sets signs nobody in and lifts no second factor
// (standards D13).
func TestOperatorPasswordKeepsTheSecondFactor(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		h.must(h.SetPassword(h.ctx, "anna", newPassword))
		if c := b.caller(); c.State != auth.Anonymous || c.Device != nil {
			t.Errorf("after the reset the browser is %+v", c)
		}
		if next := b.signIn("anna", newPassword); next != auth.NextSecondFactor {
			t.Fatalf("next is %q", next)
		}
		h.clock.move(time.Minute)
		h.must(b.verify(p.code(0)))
		if next := b.caller().Next; next != auth.NextChangePassword {
			t.Errorf("next is %q", next)
		}
		if n := count(b.noticeKinds(), "operator_password"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}
