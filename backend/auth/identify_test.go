package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
)

func TestTokensOfOneKindAreNotTakenForAnother(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		b.setUp()
		b.signOut()
		b.signIn("anna", goodPassword)
		for _, forged := range []auth.Tokens{
			{Session: b.tokens.Pending}, {Session: b.tokens.Device}, {Pending: b.tokens.Device},
			{Session: "x"}, {Pending: "x", Device: "x"},
		} {
			c, err := h.Resolve(h.ctx, b.client, forged, false)
			h.must(err)
			if c.State != auth.Anonymous || c.Account != nil || c.Device != nil {
				t.Errorf("%+v resolves to %+v", forged, c)
			}
		}
	})
}

func TestSessionLimits(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		idle, busy := h.browser(), h.browser()
		idle.signIn("anna", goodPassword)
		busy.signIn("anna", goodPassword)
		for range 23 * 60 / 50 {
			h.clock.move(50 * time.Minute)
			if busy.caller().State != auth.SignedIn {
				t.Fatal("a session in use ended early")
			}
		}
		if idle.caller().State != auth.Anonymous {
			t.Error("an idle session must end after an hour")
		}
		h.clock.move(50 * time.Minute)
		busy.caller()
		h.clock.move(41 * time.Minute)
		if busy.caller().State != auth.Anonymous {
			t.Error("a session must end after 24 hours, however busy")
		}
	})
}

func TestBackgroundRequestsAreNoActivity(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		for range 5 {
			h.clock.move(11 * time.Minute)
			_, err := h.Resolve(h.ctx, b.client, b.tokens, true)
			h.must(err)
		}
		h.clock.move(5 * time.Minute)
		if b.caller().State != auth.Anonymous {
			t.Error("polling kept an idle session alive")
		}
	})
}

// The clock was wrong when a session began: its limits would not hold.
func TestASessionFromTheFutureDoesNotCount(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		h.clock.move(30 * 24 * time.Hour)
		b := h.browser()
		b.signIn("anna", goodPassword)
		h.clock.move(-20 * 24 * time.Hour)
		if b.caller().State != auth.Anonymous {
			t.Error("the session counts")
		}
	})
}

// A pause ends by its time, without a job: an open session of level 1 owes the code
// from that moment.
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
		h.refused(second(h.activity(c)), apperr.SecondFactorOwed)
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

func (h *kit) activity(c *auth.Caller) (bool, error) {
	_, more, err := h.Activity(h.ctx, c, 0)
	return more, err
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

// The end of a pause is stored by the first request or job that sees it, and is
// recorded once. A clock that is set back then brings nothing back.
func TestTheEndOfAPauseIsStored(t *testing.T) {
	for name, see := range map[string]func(h *kit, open *browser){
		"by a request": func(_ *kit, open *browser) { open.caller() },
		"by a sign-in": func(h *kit, _ *browser) { h.browser().signIn("anna", goodPassword) },
		"by the housekeeping": func(h *kit, _ *browser) {
			h.must(h.Housekeep(h.ctx))
			h.must(h.Housekeep(h.ctx))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				own, _, _ := withCodes(h)
				h.must(own.pause(30 * time.Minute))
				open := h.browser()
				open.signIn("anna", goodPassword)
				h.clock.move(30*time.Minute - time.Millisecond)
				see(h, open)
				if next := h.browser().signIn("anna", goodPassword); next != auth.NextDone {
					t.Fatalf("before the end next is %q", next)
				}
				h.clock.move(time.Millisecond)
				see(h, open)
				h.clock.move(-20 * time.Minute)
				if next := h.browser().signIn("anna", goodPassword); next != auth.NextSecondFactor {
					t.Errorf("the pause has come back: next is %q", next)
				}
				if n := count(briefs(h.events()), "resumed ok expired"); n != 1 {
					t.Errorf("%d events of the end", n)
				}
			})
		})
	}
}

// An open end is no end.
func TestAPauseWithAnOpenEndStays(t *testing.T) {
	each(t, func(h *kit) {
		own, _, _ := withCodes(h)
		h.must(own.pause(0))
		h.clock.move(365 * 24 * time.Hour)
		h.must(h.Housekeep(h.ctx))
		if next := h.browser().signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	})
}

// Identify is one statement, whatever the token is.
func TestIdentifyIsOneStatement(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		own, p, _ := withCodes(h)
		paused := h.browser()
		paused.signIn("anna", goodPassword)
		h.must(paused.verify(p.code(0)))
		ended := paused.tokens.Session
		paused.signOut()
		queries := h.countQueries()
		identify := func(name, token string, state auth.State, want int) {
			h.Helper()
			var c *auth.Caller
			var err error
			got := queries(func() { c, err = h.Identify(h.ctx, token) })
			h.must(err)
			// The policies are read again after a second, for somebody without a second factor or in a pause.
			if (name == "the password alone" || name == "a pause") && got == want+1 {
				got = want
			}
			if got != want || c.State != state || (c.Account != nil) != (state != auth.Anonymous) {
				t.Errorf("%s: %d statements, caller %+v", name, got, c)
			}
		}
		identify("no token", "", auth.Anonymous, 0)
		identify("an unknown token", "x", auth.Anonymous, 1)
		identify("the token of an ended session", ended, auth.Anonymous, 1)
		identify("a pending sign-in", paused.tokens.Pending, auth.Anonymous, 0)
		identify("the password alone", otto.tokens.Session, auth.SignedIn, 1)
		identify("both factors", own.tokens.Session, auth.SignedIn, 1)
		h.must(own.pause(10 * time.Minute))
		identify("a pause", own.tokens.Session, auth.SignedIn, 1)
		level1 := h.browser()
		level1.signIn("anna", goodPassword)
		h.clock.move(10 * time.Minute)
		own.caller() // stores the end of the pause
		identify("a session that owes a code", level1.tokens.Session, auth.PendingSecondFactor, 1)
		h.clock.move(time.Hour)
		identify("an idle session", own.tokens.Session, auth.Anonymous, 1)
	})
}
