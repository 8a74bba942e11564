package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

// What was obtained before a factor changed must not count after it.
func TestActivationEndsEverythingElse(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		other := h.browser()
		other.signIn("anna", goodPassword)
		elsewhere := other.begin()
		b.setUp()
		if c := other.caller(); c.State != auth.Anonymous || c.Device != nil {
			t.Errorf("the other browser is %+v", c)
		}
		h.refused(other.confirm(elsewhere.code(0)), apperr.SignedOut)
		if c := b.caller(); c.State != auth.SignedIn || c.Device == nil {
			t.Error("the acting session and its device must go on")
		}
		notices, err := h.Notices(h.ctx, b.caller())
		h.must(err)
		for _, n := range notices {
			if n.Kind == "key_bound" {
				t.Error("the acting session shows a notice of its own change")
			}
		}
	})
}

// A pause and a removal end every other session and leave the acting one.
func TestPauseAndRemovalEndOtherSessions(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		for _, weaken := range []func() error{
			func() error { return b.pause(time.Hour) },
			func() error { return b.removeKey() },
		} {
			h.clock.move(time.Minute)
			other := h.browser()
			if other.signIn("anna", goodPassword) == auth.NextSecondFactor {
				h.must(other.verify(p.code(0)))
			}
			h.must(weaken())
			if c := other.caller(); c.State != auth.Anonymous {
				t.Errorf("the other session is in the state %v", c.State)
			}
			if c := b.caller(); c.State != auth.SignedIn {
				t.Errorf("the acting session is in the state %v", c.State)
			}
		}
	})
}
