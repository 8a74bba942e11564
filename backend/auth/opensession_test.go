package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
)

func TestTwentySessions(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		first := h.browser()
		first.signIn("anna", goodPassword)
		for range 20 {
			h.clock.move(time.Second)
			b := h.browser()
			b.signIn("anna", goodPassword)
		}
		if first.caller().State != auth.Anonymous {
			t.Error("the 21st session must end the oldest")
		}
	})
}

// A sign-in with the password alone, during a pause, must not make a browser known.
func TestAPauseMakesNoBrowserKnown(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		h.must(own.pause(time.Hour))
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		if intruder.caller().Device != nil {
			t.Fatal("the intruder's browser is known")
		}
		if own.caller().Device == nil {
			t.Error("the person's own browser is not known any more")
		}
		h.refused(intruder.stepUp("", p.wrong()), apperr.CodeWrong)
		h.clock.move(time.Hour)
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		if n := count(own.noticeKinds(), "password_known"); n != 1 {
			t.Errorf("notified %d times of a wrong code in a session of the pause", n)
		}
	})
}

// A browser that signed in during a pause is known once it has given the code,
// too, and stays so when the session changes what the account owes.
func TestACodeAfterAPauseMakesTheBrowserKnown(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		h.must(own.pause(30 * time.Minute))
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.clock.move(30 * time.Minute)
		h.refused(other.verify(p.wrong()), apperr.CodeWrong)
		if other.caller().Device != nil {
			t.Fatal("a wrong code has made the browser known")
		}
		h.must(other.verify(p.code(0)))
		if other.caller().Device == nil {
			t.Error("the browser is not known")
		}
		h.clock.move(time.Minute)
		h.must(other.stepUp(goodPassword, p.code(0)))
		h.must(other.pause(time.Hour))
		if other.caller().Device == nil {
			t.Error("the browser is not known any more")
		}
	})
}

// Only a completed second factor clears the count of wrong codes: a sign-in during a
// pause, with the password alone, must not hide it.
func TestASignInDuringAPauseClearsNoCount(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		for range 3 {
			h.refused(intruder.verify(p.wrong()), apperr.CodeWrong)
		}
		h.must(own.pause(10 * time.Minute))
		intruder.signIn("anna", goodPassword)
		h.clock.move(10 * time.Minute)
		for _, want := range []int{3, 0} {
			own.signIn("anna", goodPassword)
			h.must(own.verify(p.code(0)))
			if n := own.caller().Session.FailedCodes; n != want {
				t.Errorf("the sign-in shows %d wrong codes, want %d", n, want)
			}
			h.clock.move(time.Minute)
		}
	})
}

// The person is notified when new sessions end older ones, once an hour.
func TestAnEvictionIsNotified(t *testing.T) {
	each(t, func(h *kit) {
		own, _, _ := withCodes(h)
		h.must(own.pause(0))
		later := func() *browser {
			h.clock.move(time.Second)
			b := h.unknownBrowser(1)
			b.signIn("anna", goodPassword)
			return b
		}
		for range 19 {
			later()
		}
		if n := count(later().noticeKinds(), "session_evicted"); n != 1 {
			t.Errorf("%d notices of the first eviction", n)
		}
		if own.caller().State != auth.Anonymous {
			t.Error("the oldest session goes on")
		}
		later()
		if n := count(later().noticeKinds(), "session_evicted"); n != 1 {
			t.Errorf("%d notices within the hour", n)
		}
	})
}

// Sessions of a clock that was ahead are over: they take nobody's place.
func TestSessionsOfAClockAheadEvictNobody(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		h.clock.move(48 * time.Hour)
		for n := range session.MaxSessions {
			h.unknownBrowser(n).signIn("anna", goodPassword)
		}
		h.clock.move(-47 * time.Hour)
		first, next := h.browser(), h.browser()
		first.signIn("anna", goodPassword)
		h.clock.move(time.Minute)
		next.signIn("anna", goodPassword)
		if first.caller().State != auth.SignedIn {
			t.Error("the session has ended")
		}
		if n := count(briefs(h.events()), "session_ended ok expired"); n != session.MaxSessions {
			t.Errorf("%d sessions were ended", n)
		}
	})
}

// A session that a code raises after a pause tells of the wrong codes, as a new one does.
func TestARaisedSessionTellsOfWrongCodes(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		h.must(own.pause(time.Hour))
		h.clock.move(50 * time.Minute)
		own.signIn("anna", goodPassword)
		h.clock.move(10 * time.Minute)
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		for range 3 {
			h.refused(intruder.verify(p.wrong()), apperr.CodeWrong)
		}
		h.must(own.verify(p.code(0)))
		if n := own.caller().Session.FailedCodes; n != 3 {
			t.Errorf("the session tells of %d wrong codes", n)
		}
	})
}
