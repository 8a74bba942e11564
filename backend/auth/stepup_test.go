package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

func TestFiveWrongPasswordsEndTheSession(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		for left := session.MaxWrongStepUps - 1; left > 0; left-- {
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
			for range session.MaxWrongStepUps - 1 {
				h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
			}
			h.must(b.stepUp(goodPassword, ""))
		}
	})
}

// A wrong password must not use up the code that came with it.
func TestThePasswordIsCheckedFirst(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		h.refused(b.stepUp("wrong", p.code(0)), apperr.PasswordWrong)
		h.must(b.stepUp(goodPassword, p.code(0)))
	})
}

func TestStepUpSpendsTheCode(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		code := p.code(0)
		h.must(b.stepUp("", code))
		h.refused(b.stepUp("", code), apperr.CodeUsed)
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verify(code), apperr.CodeUsed)
	})
}

// A step-up costs no try, but it does not forgive earlier failures either.
func TestStepUpNeitherCostsNorResets(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		for range throttle.FreeTries - 1 {
			h.refused(b.stepUp("", p.wrong()), apperr.CodeWrong)
		}
		for range 4 {
			h.must(b.stepUp("", p.code(0)))
			h.clock.move(30 * time.Second)
		}
		if e := h.refused(b.stepUp("", p.wrong()), apperr.CodeWrong); *e.TriesLeft != 0 || e.Wait != throttle.FirstWait {
			t.Errorf("%d tries left, wait %v", *e.TriesLeft, e.Wait)
		}
		h.refused(b.stepUp("", p.code(0)), apperr.CodeWait)
	})
}

func TestStepUpWithoutASession(t *testing.T) {
	each(t, func(h *kit) {
		b := h.browser()
		h.refused(b.stepUp(goodPassword, ""), apperr.SignedOut)
	})
}

func TestStepUpWithACodeWithoutAKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.refused(b.stepUp("", "123456"), apperr.WrongState)
	})
}

func TestPasswordChange(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(p.code(0)))
		h.refused(h.ChangePassword(h.ctx, b.caller(), "short"), apperr.Invalid)
		h.must(h.ChangePassword(h.ctx, b.caller(), newPassword))
		if b.caller().State != auth.SignedIn || other.caller().State != auth.Anonymous {
			t.Error("only the acting session goes on")
		}
		_, err := other.trySignIn("anna", goodPassword)
		h.refused(err, apperr.CredentialsWrong)
		if next := other.signIn("anna", newPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q: a new password must not lift the second factor", next)
		}
		h.clock.move(session.FactorFreshness + time.Minute)
		if e := h.refused(h.ChangePassword(h.ctx, b.caller(), goodPassword), apperr.StepUpOwed); len(e.Need) != 2 {
			t.Errorf("need is %v", e.Need)
		}
	})
}

func TestNoticesWaitForALaterSession(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		notices, err := h.Notices(h.ctx, b.caller())
		h.must(err)
		if len(notices) == 0 || notices[0].Kind != "key_bound" {
			t.Fatalf("notices are %+v", notices)
		}
		stranger := h.browser()
		h.refused(h.DismissNotice(h.ctx, stranger.caller(), notices[0].ID), apperr.SignedOut)
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		h.refused(h.DismissNotice(h.ctx, otto.caller(), notices[0].ID), apperr.NotFound)
		before := len(h.trail())
		h.must(h.DismissNotice(h.ctx, b.caller(), notices[0].ID))
		h.refused(h.DismissNotice(h.ctx, b.caller(), notices[0].ID), apperr.NotFound)
		if news := h.trail()[before:]; len(news) != 0 {
			t.Errorf("dismissing a notice is recorded: %v", briefs(news))
		}
	})
}

// A request that was on its way when its session ended changes nothing more.
func TestAnEndedSessionDoesNothingMore(t *testing.T) {
	each(t, func(h *kit) {
		thief, p, codes := withCodes(h)
		owner := h.browser()
		owner.signIn("anna", goodPassword)
		h.must(owner.verify(p.code(0)))
		h.clock.move(time.Minute)
		onItsWay, session := thief.caller(), owner.caller().Session.ID
		notices, err := h.Notices(h.ctx, owner.caller())
		h.must(err)
		h.must(h.EndOtherSessions(h.ctx, owner.caller()))
		for name, act := range map[string]func() error{
			"password": func() error { return h.ChangePassword(h.ctx, onItsWay, newPassword) },
			"pause":    func() error { return h.Pause(h.ctx, onItsWay, 0) },
			"remove":   func() error { return h.RemoveKey(h.ctx, onItsWay) },
			"generate": func() error { return second(h.ReplaceBackupCodes(h.ctx, onItsWay, noSheet)) },
			"move":     func() error { return second(h.BeginEnrollment(h.ctx, onItsWay, false)) },
			"profile":  func() error { return second(h.ChangeProfile(h.ctx, onItsWay, auth.ProfileInput{})) },
			"address": func() error {
				return h.SetNoticeAddress(h.ctx, onItsWay, auth.AddressInput{Email: "thief@example.com"})
			},
			"end":        func() error { return h.EndSession(h.ctx, onItsWay, session) },
			"end others": func() error { return h.EndOtherSessions(h.ctx, onItsWay) },
			"rename":     func() error { return h.RenamePhone(h.ctx, onItsWay, "thief") },
			"save":       func() error { return h.ConfirmBackupCodes(h.ctx, onItsWay, codes.Number) },
			"check":      func() error { return second(h.CheckBackupCode(h.ctx, onItsWay, codes.Codes[0])) },
			"dismiss":    func() error { return h.DismissNotice(h.ctx, onItsWay, notices[0].ID) },
		} {
			if err := act(); apperr.CodeOf(err) != apperr.SignedOut {
				t.Errorf("%s: got %v, want %s", name, err, apperr.SignedOut)
			}
		}
		if owner.caller().State != auth.SignedIn {
			t.Error("the owner's session has ended")
		}
	})
}

// A token that was copied before a step-up is worth nothing after it (ASVS
// 7.2.4), whichever factors were given.
func TestAStepUpChangesTheToken(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		for name, step := range map[string]func() error{
			"password": func() error { return b.stepUp(goodPassword, "") },
			"code":     func() error { return b.stepUp("", p.code(0)) },
			"both":     func() error { return b.stepUp(goodPassword, p.code(1)) },
		} {
			copied := *b
			id := b.caller().Session.ID
			h.must(step())
			if copied.caller().State != auth.Anonymous {
				t.Errorf("%s: the old token counts", name)
			}
			if b.caller().Session.ID != id {
				t.Errorf("%s: another session", name)
			}
			h.clock.move(2 * time.Minute)
		}
	})
}

// A refusal comes without cookies, so it must leave the token as it was.
func TestARefusedStepUpKeepsTheToken(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		token := b.tokens.Session
		h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
		h.refused(b.stepUp(goodPassword, p.wrong()), apperr.CodeWrong)
		if b.tokens.Session != token || b.caller().State != auth.SignedIn {
			t.Error("the session is lost")
		}
	})
}

// Whoever has used the last backup code must not be locked out by an answer
// that is lost on its way.
func TestAStepUpKeepsTheTokenOfABackupSession(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		lost := *b
		h.must(b.stepUp(goodPassword, ""))
		if lost.caller().State != auth.SignedIn {
			t.Error("the session is lost with the answer")
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
		h.clock.move(session.FactorFreshness + time.Second)
		h.must(b.stepUp(goodPassword, ""))
		e := h.refused(h.ChangePassword(h.ctx, b.caller(), newPassword), apperr.StepUpOwed)
		if len(e.Need) != 1 || e.Need[0] != apperr.NeedCode {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp("", p.code(0)))
		h.must(h.ChangePassword(h.ctx, b.caller(), newPassword))
	})
}
