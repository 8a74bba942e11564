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
		h.must(second(h.DisableAccount(h.ctx, "anna", false)))
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

// Each act of the operator ends what the account has open, and reports the pending
// sign-in of an unrecognised browser before it ends: somebody has the password.
func TestOperatorActsReportAPendingSignIn(t *testing.T) {
	for name, act := range map[string]func(h *kit) (auth.Recovery, error){
		"password": func(h *kit) (auth.Recovery, error) { return h.SetPassword(h.ctx, "anna", newPassword) },
		"reset with a password": func(h *kit) (auth.Recovery, error) {
			return h.ResetTwoFactor(h.ctx, "anna", auth.Reset{Password: newPassword})
		},
		"reset": func(h *kit) (auth.Recovery, error) {
			return h.ResetTwoFactor(h.ctx, "anna", auth.Reset{KeepPassword: true})
		},
		"disable": func(h *kit) (auth.Recovery, error) { return h.DisableAccount(h.ctx, "anna", false) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				withKey(h)
				intruder := h.unknownBrowser(1)
				intruder.signIn("anna", goodPassword)
				if known, err := h.PasswordKnown(h.ctx, "anna"); err != nil || !known {
					t.Errorf("the password is known: %v, %v", known, err)
				}
				recovery, err := act(h)
				h.must(err)
				if !recovery.PasswordKnown {
					t.Error("the operator is not warned")
				}
				if intruder.caller().State != auth.Anonymous {
					t.Error("the pending sign-in goes on")
				}
				if n := count(briefs(h.events()), "password_known ok"); n != 1 {
					t.Errorf("%d events", n)
				}
			})
		})
	}
}

// Neither a pending sign-in in a known browser nor one that was completed is an alarm.
func TestOperatorActsWithoutAnAlarm(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h) // a pending sign-in
		other := h.unknownBrowser(1)
		other.signIn("anna", goodPassword)
		h.must(other.verify(p.code(0)))
		recovery, err := h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})
		h.must(err)
		if recovery.PasswordKnown || recovery.CouldRecover {
			t.Errorf("recovery is %+v", recovery)
		}
		own.signIn("anna", goodPassword)
		if n := count(own.noticeKinds(), "password_known"); n != 0 {
			t.Errorf("%d notices of a known password", n)
		}
	})
}

// alarm lets somebody without the second factor use the password.
func alarm(h *kit, p *phone) {
	h.Helper()
	intruder := h.unknownBrowser(1)
	intruder.signIn("anna", goodPassword)
	h.refused(intruder.verify(p.wrong()), apperr.CodeWrong)
	h.must(second(h.CancelPending(h.ctx, intruder.caller())))
}

// After a recent alarm the password would open the account to the wrong person once
// the second factor is gone.
func TestResetAfterAnAlarmWantsANewPassword(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		alarm(h, p)
		h.clock.move(2 * time.Minute)
		known, err := h.PasswordKnown(h.ctx, "ANNA")
		h.must(err)
		if !known {
			t.Error("the password is not said to be known")
		}
		h.refused(second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})), apperr.PasswordChangeOwed)
		if c := own.caller(); c.State != auth.SignedIn || c.Account.BackupSalt == nil {
			t.Error("a refused reset has changed the account")
		}
		h.refused(second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{Password: "short"})), apperr.Invalid)
		recovery, err := h.ResetTwoFactor(h.ctx, "anna", auth.Reset{Password: newPassword})
		h.must(err)
		if !recovery.PasswordKnown || !recovery.CouldRecover {
			t.Errorf("recovery is %+v", recovery)
		}
		_, err = own.trySignIn("anna", goodPassword)
		h.refused(err, apperr.CredentialsWrong)
		if next := own.signIn("anna", newPassword); next != auth.NextChangePassword {
			t.Errorf("next is %q", next)
		}
		kinds := own.noticeKinds()
		if count(kinds, "operator_recovery") != 1 || count(kinds, "operator_reset") != 0 || count(kinds, "operator_password") != 0 {
			t.Errorf("notices are %v: one act is one notice", kinds)
		}
	})
}

func TestResetKeepsThePasswordOnDemand(t *testing.T) {
	each(t, func(h *kit) {
		_, p, _ := withCodes(h)
		alarm(h, p)
		recovery, err := h.ResetTwoFactor(h.ctx, "anna", auth.Reset{KeepPassword: true})
		h.must(err)
		if !recovery.PasswordKnown || !recovery.CouldRecover {
			t.Errorf("recovery is %+v", recovery)
		}
		if next := h.browser().signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	})
}

// An alarm is about one password: it says nothing of the next one. After 30 days it
// holds back no reset.
func TestAnAlarmIsOver(t *testing.T) {
	for name, end := range map[string]func(own *browser){
		"after a change of password":       func(own *browser) { own.must(own.changePassword(goodPassword, newPassword)) },
		"after a password by the operator": func(own *browser) { own.must(second(own.SetPassword(own.ctx, "anna", newPassword))) },
		"after 30 days":                    func(own *browser) { own.clock.move(30 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				own, p, _ := withCodes(h)
				alarm(h, p)
				h.clock.move(time.Second)
				end(own)
				recovery, err := h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})
				h.must(err)
				if recovery.PasswordKnown {
					t.Error("the password is said to be known")
				}
			})
		})
	}
	each(t, func(h *kit) {
		_, p, _ := withCodes(h)
		alarm(h, p)
		h.clock.move(30*24*time.Hour - time.Second)
		h.refused(second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})), apperr.PasswordChangeOwed)
	})
}
