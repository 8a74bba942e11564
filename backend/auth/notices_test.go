package auth_test

import (
	"strings"
	"testing"

	"imagemaster/backend/apperr"
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
		for _, e := range events {
			if strings.Contains(string(e.Kind), "dismiss") {
				t.Errorf("the dismissal is an event: %+v", e)
			}
		}
	})
}
