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
