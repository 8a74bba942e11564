package auth_test

import (
	"testing"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

// An act that finds nothing to do changes nothing: it records no event, sends no
// notice, and ends no session.
func TestOperatorActsThatAreDoneAlready(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		notices := len(b.noticeKinds())
		before := len(h.events())
		for name, act := range map[string]func() error{
			"reset":                 func() error { return second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})) },
			"reset with a password": func() error { return second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{Password: newPassword})) },
			"enable":                func() error { return second(h.EnableAccount(h.ctx, "anna")) },
		} {
			h.refused(act(), apperr.WrongState)
			if b.caller().State != auth.SignedIn {
				t.Errorf("%s has ended the session", name)
			}
		}
		if n := len(h.events()); n != before {
			t.Errorf("%d events more", n-before)
		}
		if kinds := b.noticeKinds(); len(kinds) != notices {
			t.Errorf("notices: %v", kinds)
		}
		h.must(second(h.DisableAccount(h.ctx, "anna", false)))
		before = len(h.events())
		h.refused(second(h.DisableAccount(h.ctx, "anna", false)), apperr.WrongState)
		if n := len(h.events()); n != before {
			t.Errorf("disabling twice makes %d events more", n-before)
		}
	})
}

// Of two that remove the same second factor at once, one does.
func TestParallelResets(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		results := make(chan error)
		for range 2 {
			go func() { results <- second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})) }()
		}
		one, two := <-results, <-results
		if one == nil {
			one, two = two, one
		}
		h.refused(one, apperr.WrongState)
		h.must(two)
		if n := count(briefs(h.events()), "key_removed ok"); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}
