package auth_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

func TestPauseRelaxesTheSignInAndNothingElse(t *testing.T) {
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
			"address":  h.SetNoticeAddress(h.ctx, other.caller(), auth.AddressInput{Email: "thief@example.com"}),
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

func second[T any](_ T, err error) error { return err }

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

// When the time ends it is on again, without a job; a session of level 1 that
// is still open owes the code from that moment.
func TestThePauseEndsInAnOpenSession(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(time.Hour))
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.clock.move(30 * time.Minute)
		other.caller()
		h.clock.move(30 * time.Minute)
		c := other.caller()
		if c.State != auth.PendingSecondFactor || c.Session == nil {
			t.Fatalf("caller is %+v", c)
		}
		h.refused(second(h.TwoFactor(h.ctx, c)), apperr.SecondFactorOwed)
		h.refused(second(h.Activity2(c)), apperr.SecondFactorOwed)
		former := other.tokens.Session
		h.refused(other.verify(p.wrong()), apperr.CodeWrong)
		h.must(other.verify(p.code(0)))
		if c := other.caller(); c.State != auth.SignedIn || c.Session.Level != session.LevelTwo || other.tokens.Session == former {
			t.Errorf("caller is %+v", c)
		}
		if b.caller().State != auth.Anonymous {
			t.Error("an idle session lasts an hour") // b was idle for the hour
		}
	})
}

// Activity2 drops what the test does not look at.
func (h *kit) Activity2(c *auth.Caller) (bool, error) {
	_, more, err := h.Activity(h.ctx, c, 0)
	return more, err
}

func TestCancelInASessionThatOwesACode(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(time.Hour))
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.clock.move(59 * time.Minute)
		other.caller()
		h.clock.move(time.Minute)
		i, err := h.CancelPending(h.ctx, other.caller())
		h.must(err)
		other.keep(i)
		h.refused(other.verify(p.code(0)), apperr.PendingEnded)
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

func TestMoveEndsAPause(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(0))
		fresh := b.begin()
		h.must(b.confirm(fresh.code(0)))
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if !view.Enabled || view.Codes.Left != 10 {
			t.Errorf("view is %+v", view)
		}
		_ = p
	})
}

// Neither enabling nor a sign-in during a pause may forgive earlier failures.
func TestAPauseResetsNoFailures(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(0))
		for range throttle.FreeTries - 1 {
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

func TestSessionsListAndEnd(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		other, third := h.browser(), h.browser()
		other.signIn("anna", goodPassword)
		third.signIn("anna", goodPassword)
		all, err := h.Sessions(h.ctx, b.caller())
		h.must(err)
		if len(all) != 3 {
			t.Fatalf("%d sessions", len(all))
		}
		h.refused(h.EndSession(h.ctx, b.caller(), b.caller().Session.ID), apperr.WrongState)
		h.must(h.EndSession(h.ctx, b.caller(), other.caller().Session.ID))
		if other.caller().State != auth.Anonymous || other.caller().Device == nil {
			t.Error("ending a session ends it, and nothing else")
		}
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		h.refused(h.EndSession(h.ctx, b.caller(), otto.caller().Session.ID), apperr.NotFound)
		h.clock.move(session.FactorFreshness + time.Second)
		h.refused(h.EndOtherSessions(h.ctx, b.caller()), apperr.StepUpOwed)
		h.must(b.stepUp(goodPassword, ""))
		h.must(h.EndOtherSessions(h.ctx, b.caller()))
		if third.caller().State != auth.Anonymous || otto.caller().State != auth.SignedIn || b.caller().State != auth.SignedIn {
			t.Error("all others of this account end, and nobody else's")
		}
	})
}

func TestActivityIsOnesOwnAndPaged(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.addUser("otto")
		for range 50 {
			h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
			h.must(b.stepUp(goodPassword, ""))
		}
		seen, before := 0, int64(0)
		for {
			events, more, err := h.Activity(h.ctx, b.caller(), before)
			h.must(err)
			for _, e := range events {
				if *e.AccountID != b.caller().Account.ID || before != 0 && e.ID >= before {
					t.Fatalf("event is %+v", e)
				}
				before = e.ID
			}
			seen += len(events)
			if !more {
				break
			}
		}
		if seen <= 2*50 {
			t.Errorf("%d events", seen)
		}
	})
}

func TestProfileAndAddress(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		name, german, odd := "Anna Ölmüller", "de", "xx"
		a, err := h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{DisplayName: &name, Language: &german})
		h.must(err)
		if a.DisplayName != name || a.Language != german || a.Theme != "" {
			t.Errorf("account is %+v", a)
		}
		_, err = h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{Theme: &odd})
		h.refused(err, apperr.Invalid)
		for _, address := range []string{"x", "a b@example.com", "Anna <a@example.com>", "a@example.com\r\nBcc: b@example.com"} {
			h.refused(h.SetNoticeAddress(h.ctx, b.caller(), auth.AddressInput{Email: address}), apperr.Invalid)
		}
		h.must(h.SetNoticeAddress(h.ctx, b.caller(), auth.AddressInput{Email: " a@example.com "}))
		h.clock.move(session.FactorFreshness + time.Second)
		h.refused(h.SetNoticeAddress(h.ctx, b.caller(), auth.AddressInput{}), apperr.StepUpOwed)
	})
}

// A pause overruled by the operator's option must not come back without it.
func TestAnOverruledPauseIsOver(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(0))
		h.RequireTwoFactor = true
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		h.RequireTwoFactor = false
		if next := b.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q", next)
		}
	})
}

// A pause whose time is over must not come back with a clock that is set back.
func TestAPauseThatIsOverStaysOver(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(time.Hour))
		h.clock.move(2 * time.Hour)
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		h.clock.move(-90 * time.Minute)
		if next := h.browser().signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q", next)
		}
	})
}

// Binding, moving, pausing, enabling and removing are recorded with their time
// and place, and told in every other session (standards D5, D6).
func TestLifeOfAKeyIsToldAndRecorded(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		began := h.clock.Now()
		b.client.Address, b.client.UserAgent = netip.MustParseAddr("203.0.113.5"), "Safari on iPhone"
		p := b.setUp()
		b.generate()
		p = b.setUp()
		h.must(b.pause(time.Hour))
		h.must(b.enable(p.code(0)))
		h.must(b.removeKey())
		want := "key_removed resumed paused key_moved codes_generated key_bound"
		var recorded []string
		for _, e := range h.trail() {
			if !strings.Contains(want, string(e.Kind)) {
				continue
			}
			recorded = append([]string{string(e.Kind)}, recorded...)
			if e.Time().Before(began) || e.Time().After(h.clock.Now()) || e.Address != "203.0.113.5" || e.UserAgent != "Safari on iPhone" || e.SessionID == 0 {
				t.Errorf("event %+v", e)
			}
		}
		if got := strings.Join(recorded, " "); got != want {
			t.Errorf("recorded %s", got)
		}
		later := h.browser()
		later.signIn("anna", goodPassword)
		if got := strings.Join(later.noticeKinds(), " "); !strings.HasPrefix(got, want) {
			t.Errorf("told %s", got)
		}
		notices, err := h.Notices(h.ctx, later.caller())
		h.must(err)
		if n := notices[0]; n.Address != "203.0.113.5" || n.UserAgent != "Safari on iPhone" || !n.Time().Equal(h.clock.Now()) {
			t.Errorf("notice %+v", n)
		}
	})
}

// A pause and a removal end every other session and leave the acting one.
func TestAskingForLessEndsOtherSessions(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		for _, relax := range []func() error{
			func() error { return b.pause(time.Hour) },
			func() error { return b.removeKey() },
		} {
			h.clock.move(time.Minute)
			other := h.browser()
			if other.signIn("anna", goodPassword) == auth.NextSecondFactor {
				h.must(other.verify(p.code(0)))
			}
			h.must(relax())
			if c := other.caller(); c.State != auth.Anonymous {
				t.Errorf("the other session is in the state %v", c.State)
			}
			if c := b.caller(); c.State != auth.SignedIn {
				t.Errorf("the acting session is in the state %v", c.State)
			}
		}
	})
}
