package auth_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// signedInAnna returns a browser in which anna has just signed in.
func signedInAnna(h *kit) *browser {
	h.Helper()
	h.addUser("anna")
	b := h.browser()
	b.signIn("anna", goodPassword)
	return b
}

func TestSetUp(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		e, err := h.BeginEnrollment(h.ctx, b.caller())
		h.must(err)
		if len(e.Secret) != 32 || e.Label != "anna" || e.Replaces || !strings.Contains(e.URI, e.Secret) {
			t.Errorf("enrollment is %+v", e)
		}
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if view.Enabled || view.Key != auth.KeyNone || !view.PendingEnds.Equal(e.EndsAt) {
			t.Errorf("before the code: %+v", view)
		}
		former := b.tokens.Session
		p := &phone{kit: h, secret: e.Secret}
		r, err := h.ConfirmEnrollment(h.ctx, b.caller(), p.code(0), " My phone ")
		h.must(err)
		b.keep(r.Issued)
		if b.tokens.Session == former || b.caller().Session.Level != session.LevelTwo {
			t.Error("the confirming code must raise the session under a new token")
		}
		view, err = h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if !view.Enabled || view.Key != auth.KeyLive || view.PhoneName != "My phone" || !view.PendingEnds.IsZero() || r.OldLabel != "" {
			t.Errorf("after the code: %+v", view)
		}
	})
}

func TestAKeyIsNotLiveBeforeItsCode(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		b.begin()
		other := h.browser()
		if next := other.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	})
}

func TestReloadKeepsTheKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		first := b.begin()
		h.refused(b.confirm(first.wrong()), apperr.CodeWrong)
		h.clock.move(5 * time.Minute)
		if again := b.begin(); again.secret != first.secret {
			t.Error("a reload gave another key")
		}
		h.clock.move(5 * time.Minute)
		h.refused(b.confirm(first.code(0)), apperr.PendingKeyEnded)
		h.must(b.stepUp(goodPassword, ""))
		if again := b.begin(); again.secret == first.secret {
			t.Error("an ended key was offered again")
		}
	})
}

func TestExtendedKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.begin()
		for range totp.MaxExtensions {
			h.clock.move(9 * time.Minute)
			ends, err := h.ExtendEnrollment(h.ctx, b.caller())
			h.must(err)
			if want := h.clock.Now().Add(10 * time.Minute); !ends.Equal(want) {
				t.Fatalf("the key ends at %v, want %v", ends, want)
			}
		}
		h.refused(second(h.ExtendEnrollment(h.ctx, b.caller())), apperr.WrongState)
		h.must(b.confirm(p.code(0)))
	})
}

func TestTenWrongCodesDiscardTheKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.begin()
		for left := totp.MaxPendingFailures - 1; left > 0; left-- {
			if e := h.refused(b.confirm(p.wrong()), apperr.CodeWrong); *e.TriesLeft != left {
				t.Errorf("%d tries left, want %d", *e.TriesLeft, left)
			}
		}
		h.refused(b.confirm(p.wrong()), apperr.PendingKeyEnded)
		h.refused(b.confirm(p.code(0)), apperr.PendingKeyEnded)
	})
}

func TestMalformedConfirmingCodesSpendNoTry(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.begin()
		for range totp.MaxPendingFailures + 1 {
			h.refused(b.confirm("12345"), apperr.Invalid)
		}
		h.must(b.confirm(p.code(0)))
	})
}

func TestCancelledSetUp(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.begin()
		h.must(h.CancelEnrollment(h.ctx, b.caller()))
		h.must(h.CancelEnrollment(h.ctx, b.caller()))
		h.refused(b.confirm(p.code(0)), apperr.PendingKeyEnded)
	})
}

// A move that is given up leaves the key as it was.
func TestCancelledMove(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		moved := b.begin()
		h.must(h.CancelEnrollment(h.ctx, b.caller()))
		h.refused(b.confirm(moved.code(0)), apperr.PendingKeyEnded)
		b.signOut()
		h.clock.move(time.Minute)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(moved.code(0)), apperr.CodeWrong)
		h.must(b.verify(p.code(0)))
	})
}

func TestSetUpNeedsAFreshPassword(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.clock.move(session.FactorFreshness + time.Second)
		_, err := h.BeginEnrollment(h.ctx, b.caller())
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 1 || e.Need[0] != apperr.NeedPassword {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp(goodPassword, ""))
		b.begin()
	})
}

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
				t.Error("the acting session is told of its own change")
			}
		}
	})
}

func TestMoveKeepsTheOldKeyUntilTheNewOneIsConfirmed(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		old := b.setUp()
		h.must(b.stepUp(goodPassword, old.code(0)))
		fresh := b.begin()
		h.clock.move(time.Minute)

		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(old.code(0)))

		r, err := h.ConfirmEnrollment(h.ctx, b.caller(), fresh.code(0), "")
		h.must(err)
		b.keep(r.Issued)
		if r.OldLabel != "anna" {
			t.Errorf("the entry to delete is %q", r.OldLabel)
		}
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if want := "anna (2, 2026-11-23)"; view.KeyLabel != want {
			t.Errorf("label is %q, want %q", view.KeyLabel, want)
		}
		h.clock.move(time.Minute)
		other.signIn("anna", goodPassword)
		h.refused(other.verify(old.code(0)), apperr.CodeWrong)
		h.must(other.verify(fresh.code(0)))
	})
}

// Two moves at once: the second confirmation must not take over silently.
func TestTheSlowerOfTwoMovesIsRefused(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		old := b.setUp()
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(old.code(0)))
		theirs := other.begin()
		h.clock.move(time.Minute)
		h.must(b.stepUp(goodPassword, old.code(0)))
		ours := b.begin()
		h.must(b.confirm(ours.code(0)))
		h.refused(other.confirm(theirs.code(0)), apperr.SignedOut)
	})
}

func TestMoveOwesPasswordAndCode(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		h.clock.move(session.FactorFreshness)
		_, err := h.BeginEnrollment(h.ctx, b.caller())
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 2 {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp(goodPassword, ""))
		_, err = h.BeginEnrollment(h.ctx, b.caller())
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 1 || e.Need[0] != apperr.NeedCode {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp("", p.code(0)))
		b.begin()
	})
}

// A double click or two tabs: whichever key was scanned must be the right one.
func TestParallelBeginningsOfferOneKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		c := b.caller()
		secrets := make([]string, 8)
		var all sync.WaitGroup
		for i := range secrets {
			all.Go(func() {
				e, err := h.BeginEnrollment(h.ctx, c)
				if err != nil {
					t.Error(err)
				}
				secrets[i] = e.Secret
			})
		}
		all.Wait()
		for _, secret := range secrets {
			if secret != secrets[0] {
				t.Fatal("two different keys were offered")
			}
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
