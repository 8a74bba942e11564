package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
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
