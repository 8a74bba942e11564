package auth_test

import (
	"testing"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
)

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
		other := h.browser()
		h.refused(h.DismissNotice(h.ctx, other.caller(), notices[0].ID), apperr.SignedOut)
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		h.refused(h.DismissNotice(h.ctx, otto.caller(), notices[0].ID), apperr.NotFound)
		h.must(h.DismissNotice(h.ctx, b.caller(), notices[0].ID))
		h.refused(h.DismissNotice(h.ctx, b.caller(), notices[0].ID), apperr.NotFound)
		events, _, err := h.Activity(h.ctx, b.caller(), 0)
		h.must(err)
		dismissed := 0
		for _, e := range events {
			if e.Kind == audit.NoticeDismissed && e.SessionID == b.caller().Session.ID {
				dismissed++
			}
		}
		if dismissed != 1 {
			t.Errorf("%d dismissals are recorded, want 1", dismissed)
		}
	})
}
