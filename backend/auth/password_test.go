package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

func TestPasswordChange(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(p.code(0)))
		h.refused(b.changePassword(goodPassword, "short"), apperr.Invalid)
		h.must(b.changePassword(goodPassword, newPassword))
		if b.caller().State != auth.SignedIn || other.caller().State != auth.Anonymous {
			t.Error("only the acting session goes on")
		}
		_, err := other.trySignIn("anna", goodPassword)
		h.refused(err, apperr.CredentialsWrong)
		if next := other.signIn("anna", newPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q: a new password must not lift the second factor", next)
		}
		h.clock.move(5*time.Minute + time.Minute)
		// The request brings the password; the code is owed.
		if e := h.refused(b.changePassword(newPassword, goodPassword), apperr.StepUpOwed); !slices.Equal(e.Need, []apperr.Need{apperr.NeedCode}) {
			t.Errorf("need is %v", e.Need)
		}
	})
}

// The backup code that opened a session does not count for a change of the
// password that nobody demands: a code is owed as in any other session.
func TestABackupSessionOwesACodeForItsPassword(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		codes := b.generate().Codes
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes[0]))
		h.clock.move(5*time.Minute + time.Second)
		h.must(b.stepUp(goodPassword, ""))
		e := h.refused(b.changePassword(goodPassword, newPassword), apperr.StepUpOwed)
		if len(e.Need) != 1 || e.Need[0] != apperr.NeedCode {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp("", p.code(0)))
		h.must(b.changePassword(goodPassword, newPassword))
	})
}

// Wherever a password is chosen, the block list and the names around it count
// (E5).
func TestBlockedPasswordsAreRefusedEverywhere(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("annabella")
		b := h.browser()
		b.signIn("annabella", goodPassword)
		for typed, reason := range map[string]string{
			"short": "too_short", "passwordpassword": "common", "Annabella-2026-annabella": "contains_name", "imagemaster imagemaster": "contains_name",
		} {
			for place, err := range map[string]error{
				"first start": h.setUpAdministrator(h.setupToken(), "annabella", typed),
				"user add":    h.CreateUser(h.ctx, auth.NewUser{Username: "annabella", Password: typed}),
				"operator":    second(h.SetPassword(h.ctx, "annabella", typed)),
				"change":      b.changePassword(goodPassword, typed),
			} {
				if e := h.refused(err, apperr.Invalid); len(e.Fields) != 1 || e.Fields[0] != (apperr.Field{Name: "password", Reason: reason}) {
					t.Errorf("%s, %q: %+v", place, typed, e.Fields)
				}
			}
		}
	})
}

func TestFiveWrongPasswordsEndTheSession(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		for left := 4; left > 0; left-- {
			if e := h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong); *e.TriesLeft != left {
				t.Errorf("%d tries left, want %d", *e.TriesLeft, left)
			}
		}
		h.refused(b.stepUp("wrong", ""), apperr.SignedOut)
		if b.caller().State != auth.Anonymous {
			t.Error("the session goes on")
		}
	})
}

func TestARightPasswordStartsCountingAnew(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		for range 3 {
			for range 4 {
				h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
			}
			h.must(b.stepUp(goodPassword, ""))
		}
	})
}

// The last code must get a person to a new phone also when a new password is
// demanded on the way.
func TestTheLastCodeAndADemandedPassword(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		h.must(second(h.SetPassword(h.ctx, "anna", newPassword)))
		b.signIn("anna", newPassword)
		h.must(b.verify(codes.Codes[0]))
		h.clock.move(6 * time.Minute)
		h.must(b.stepUp(newPassword, ""))
		h.must(b.changePassword(newPassword, goodPassword))
		h.must(b.confirm(b.begin().code(0)))
	})
}

// A change of password carries the present one, also right after the sign-in (E12).
// A wrong one counts, and the fifth in a row ends the session.
func TestPasswordChangeCarriesThePresentPassword(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		for i, wrong := range []string{"", "wrong", newPassword, strings.ToUpper(goodPassword)} {
			if e := h.refused(b.changePassword(wrong, newPassword), apperr.PasswordWrong); *e.TriesLeft != 4-i {
				t.Errorf("%q: %d tries left, want %d", wrong, *e.TriesLeft, 4-i)
			}
		}
		h.refused(b.changePassword("wrong", newPassword), apperr.SignedOut)
		if b.caller().State != auth.Anonymous {
			t.Error("the session goes on")
		}
		_, err := b.trySignIn("anna", newPassword)
		h.refused(err, apperr.CredentialsWrong)
		b.signIn("anna", goodPassword)
		h.must(b.changePassword(goodPassword, newPassword))
		b.signIn("anna", newPassword)
	})
}

// Wrong passwords of a step-up and of a change count together, and a right one
// starts counting anew.
func TestWrongPasswordsInASessionCountTogether(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		for range 2 {
			h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
			h.refused(b.changePassword("wrong", newPassword), apperr.PasswordWrong)
		}
		h.must(b.changePassword(goodPassword, newPassword))
		if e := h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong); *e.TriesLeft != 4 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
	})
}

// A session with no live factor behind it is refused before the password is looked at:
// a code is owed in a session of level 1, during a pause too.
func TestPasswordChangeOwesACode(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		h.must(own.pause(0))
		b := h.unknownBrowser(1)
		b.signIn("anna", goodPassword)
		e := h.refused(b.changePassword(goodPassword, newPassword), apperr.StepUpOwed)
		if !slices.Equal(e.Need, []apperr.Need{apperr.NeedCode}) {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp("", p.code(0)))
		h.must(b.changePassword(goodPassword, newPassword))
	})
}
