package api

import (
	"testing"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
)

// TestGuards: the guard closes a route even if its use case forgot to check.
func TestGuards(t *testing.T) {
	row := &session.Session{ID: 1}
	anonymous := &auth.Caller{}
	pending := &auth.Caller{State: auth.PendingSecondFactor}
	raised := &auth.Caller{State: auth.PendingSecondFactor, Session: row}
	in := &auth.Caller{State: auth.SignedIn, Session: row}
	for _, c := range []struct {
		guard  guard
		caller *auth.Caller
		want   apperr.Code // "" = may pass
	}{
		{anyone, anonymous, ""}, {anyone, pending, ""}, {anyone, raised, ""}, {anyone, in, ""},
		{pendingSignIn, anonymous, apperr.PendingEnded}, {pendingSignIn, pending, ""},
		{pendingSignIn, raised, ""}, {pendingSignIn, in, apperr.PendingEnded},
		{signedIn, anonymous, apperr.SignedOut}, {signedIn, pending, apperr.SignedOut},
		{signedIn, raised, apperr.SecondFactorOwed}, {signedIn, in, ""},
	} {
		err := c.guard.refuse(c.caller)
		if (err == nil) != (c.want == "") || err != nil && apperr.CodeOf(err) != c.want {
			t.Errorf("guard %d, state %d: %v, want %q", c.guard, c.caller.State, err, c.want)
		}
	}
}
