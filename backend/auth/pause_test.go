package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
)

func TestPauseWeakensTheSignInOnly(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.must(b.pause(24 * time.Hour))
		other := h.browser()
		if next := other.signIn("anna", goodPassword); next != auth.NextDone {
			t.Fatalf("next is %q", next)
		}
		if other.caller().Session.Level != session.LevelPassword {
			t.Error("a sign-in during a pause is of level 1")
		}
		view, err := h.TwoFactor(h.ctx, other.caller())
		h.must(err)
		if view.Enabled || !view.Paused || !view.PausedUntil.Equal(h.clock.Now().Add(24*time.Hour)) || view.Codes.Left != 10 {
			t.Errorf("view is %+v", view)
		}
		for name, err := range map[string]error{
			"remove":   other.removeKey(),
			"longer":   other.pause(0),
			"password": other.changePassword(goodPassword, newPassword),
			"address":  h.SetNoticeAddress(h.ctx, other.caller(), auth.AddressInput{Email: "intruder@example.com"}),
			"move":     second(h.BeginEnrollment(h.ctx, other.caller())),
			"generate": second(h.ReplaceBackupCodes(h.ctx, other.caller(), noSheet)),
		} {
			if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 1 || e.Need[0] != apperr.NeedCode {
				t.Errorf("%s: need is %v", name, e.Need)
			}
		}
		h.must(other.stepUp("", codes.Codes[0]))
		if other.caller().Session.Level != session.LevelTwo {
			t.Error("a code in a session of level 1 raises it")
		}
		_ = p
	})
}

func TestEnable(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.refused(b.enable(p.code(0)), apperr.WrongState)
		h.must(b.pause(0))
		bystander := h.browser()
		bystander.signIn("anna", goodPassword)
		h.refused(b.enable(codes.Codes[0]), apperr.Invalid)
		h.refused(b.enable(p.wrong()), apperr.CodeWrong)
		h.must(b.enable(p.code(0)))
		if c := b.caller(); c.State != auth.SignedIn || c.Session.Level != session.LevelTwo {
			t.Errorf("caller is %+v", c)
		}
		if bystander.caller().State != auth.Anonymous {
			t.Error("enabling ends all other sessions")
		}
		if next := bystander.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q", next)
		}
		h.refused(bystander.verify(p.code(0)), apperr.CodeUsed)
	})
}

func TestRemove(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		h.must(b.removeKey())
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if view.Enabled || view.Key != auth.KeyNone || view.Codes != nil {
			t.Errorf("view is %+v", view)
		}
		if b.caller().Account.BackupSalt != nil {
			t.Error("the salt is kept")
		}
		b.signOut()
		if next := b.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
		b.setUp()
		fresh := b.generate()
		if fresh.Number != 2 {
			t.Errorf("set number is %d: numbers go on counting", fresh.Number)
		}
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verify(codes.Codes[0]), apperr.CodeWrong)
	})
}

func TestRequiredTwoFactorForbidsPauseAndRemove(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(0))
		h.RequireTwoFactor = true // the operator starts the server anew
		other := h.browser()
		if next := other.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q: a pause does not count any more", next)
		}
		h.must(other.verify(p.code(0)))
		h.refused(other.pause(time.Hour), apperr.TwoFactorRequired)
		h.refused(other.removeKey(), apperr.TwoFactorRequired)
	})
}

// Neither enabling nor a sign-in during a pause may forgive earlier failures.
func TestAPauseResetsNoFailures(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(0))
		for range 4 {
			h.refused(b.enable(p.wrong()), apperr.CodeWrong)
		}
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.enable(p.code(0)))
		if e := h.refused(b.stepUp("", p.wrong()), apperr.CodeWrong); *e.TriesLeft != 0 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
	})
}

// A pause that a clock ahead began would last until that time and longer.
func TestAPauseOfAClockAheadIsOver(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		h.clock.move(48 * time.Hour)
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		h.must(own.pause(0))
		h.clock.move(-5 * time.Minute)
		if next := h.unknownBrowser(1).signIn("anna", goodPassword); next == auth.NextSecondFactor {
			t.Errorf("after five minutes next is %q", next)
		}
		h.clock.move(-time.Second)
		if next := h.unknownBrowser(2).signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q", next)
		}
		h.clock.move(48 * time.Hour)
		if next := h.unknownBrowser(3).signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("later next is %q: the pause is back", next)
		}
	})
}
