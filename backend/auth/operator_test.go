package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

func TestOperatorCommands(t *testing.T) {
	each(t, func(h *kit) {
		token := h.setupToken()
		h.must(h.CreateUser(h.ctx, auth.NewUser{Username: "root", Password: goodPassword, Admin: true}))
		h.refused(h.setUpAdministrator(token, "anna", goodPassword), apperr.SetupClosed)
		h.refused(h.CreateUser(h.ctx, auth.NewUser{Username: "ROOT", Password: goodPassword}), apperr.Invalid)
		h.refused(second(h.SetPassword(h.ctx, "nobody", goodPassword)), apperr.NotFound)
		h.refused(second(h.EnableAccount(h.ctx, "root")), apperr.WrongState)

		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		h.must(second(h.ResetTwoFactor(h.ctx, "Anna", auth.Reset{})))
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
		h.must(second(h.DisableAccount(h.ctx, "anna")))
		if b.caller().State != auth.Anonymous {
			t.Error("a disabled account is still signed in")
		}
		_, err = b.trySignIn("anna", goodPassword)
		h.refused(err, apperr.CredentialsWrong)
		h.must(second(h.EnableAccount(h.ctx, "anna")))
		b.signIn("anna", goodPassword)
	})
}

// A password that the operator sets signs nobody in and lifts no second factor
// (D13).
func TestOperatorPasswordKeepsTheSecondFactor(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		h.must(second(h.SetPassword(h.ctx, "anna", newPassword)))
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
			t.Errorf("notified %d times", n)
		}
	})
}

func TestOperatorPasswordMustBeChanged(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		h.must(second(h.SetPassword(h.ctx, "anna", newPassword)))
		b := h.browser()
		if next := b.signIn("anna", newPassword); next != auth.NextChangePassword {
			t.Fatalf("next is %q", next)
		}
		_, err := h.BeginEnrollment(h.ctx, b.caller())
		h.refused(err, apperr.PasswordChangeOwed)
		h.refused(b.changePassword(newPassword, newPassword), apperr.Invalid)
		h.must(b.changePassword(newPassword, goodPassword))
		if next := b.caller().Next; next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	})
}

func TestOperatorPasswordIsNotHeldBack(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		for n := range 100 {
			_, err := h.unknownBrowser(n).trySignIn("anna", "wrong")
			h.refused(err, apperr.CredentialsWrong)
		}
		h.must(second(h.SetPassword(h.ctx, "anna", newPassword)))
		h.unknownBrowser(900).signIn("anna", newPassword)
	})
}
