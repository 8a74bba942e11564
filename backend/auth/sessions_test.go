package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

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
		h.clock.move(5*time.Minute + time.Second)
		h.refused(h.EndOtherSessions(h.ctx, b.caller()), apperr.StepUpOwed)
		h.must(b.stepUp(goodPassword, ""))
		h.must(h.EndOtherSessions(h.ctx, b.caller()))
		if third.caller().State != auth.Anonymous || otto.caller().State != auth.SignedIn || b.caller().State != auth.SignedIn {
			t.Error("all others of this account end, and nobody else's")
		}
	})
}

// A pending sign-in may be about to become a session: it ends with the others. One of
// an unrecognised browser is reported.
func TestEndOtherSessionsEndsPendingSignIns(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		h.must(h.EndOtherSessions(h.ctx, own.caller()))
		h.refused(intruder.verify(p.code(0)), apperr.PendingEnded)
		if own.caller().State != auth.SignedIn {
			t.Error("the acting session has ended")
		}
		h.clock.move(time.Minute)
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		if n := count(own.noticeKinds(), "password_known"); n != 1 {
			t.Errorf("%d notices", n)
		}
	})
}

// A pending sign-in of a browser that the account knows is no reason for an alarm.
func TestEndOtherSessionsWithoutAnAlarm(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(p.code(0)))
		other.signOut()
		other.signIn("anna", goodPassword)
		h.must(h.EndOtherSessions(h.ctx, own.caller()))
		h.refused(other.verify(p.code(1)), apperr.PendingEnded)
		other.signIn("anna", goodPassword)
		h.must(other.verify(p.code(1)))
		if n := count(other.noticeKinds(), "password_known"); n != 0 {
			t.Errorf("%d notices", n)
		}
	})
}
