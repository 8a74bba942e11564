package auth_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
)

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
		for range 10 {
			h.clock.move(9 * time.Minute)
			h.must(h.ExtendEnrollment(h.ctx, b.caller()))
			view, err := h.TwoFactor(h.ctx, b.caller())
			h.must(err)
			ends := view.PendingEnds
			if want := h.clock.Now().Add(10 * time.Minute); !ends.Equal(want) {
				t.Fatalf("the key ends at %v, want %v", ends, want)
			}
		}
		h.refused(h.ExtendEnrollment(h.ctx, b.caller()), apperr.WrongState)
		h.must(b.confirm(p.code(0)))
	})
}

func TestTenWrongCodesDiscardTheKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.begin()
		for left := 9; left > 0; left-- {
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
		for range 11 {
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

func TestSetUpNeedsAFreshPassword(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.clock.move(5*time.Minute + time.Second)
		_, err := h.BeginEnrollment(h.ctx, b.caller())
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 1 || e.Need[0] != apperr.NeedPassword {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp(goodPassword, ""))
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

// A pending key whose seed is unreadable is recorded like a live one.
func TestUnreadableSeedIsRecordedAtSetUp(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		p := b.begin()
		other := newKit(t, h.db) // another key ring on the same database
		other.clock.now = h.clock.Now()
		there := &browser{kit: other, client: b.client, tokens: b.tokens}
		_, err := other.BeginEnrollment(h.ctx, there.caller())
		h.refused(err, apperr.KeyUnreadable)
		h.refused(there.confirm(p.code(0)), apperr.KeyUnreadable)
		recorded := 0
		for _, brief := range briefs(h.events()) {
			if brief == "enrollment_code denied unreadable totp" {
				recorded++
			}
		}
		if recorded != 2 {
			t.Errorf("%d events, want 2", recorded)
		}
		h.must(b.confirm(p.code(0)))
	})
}

func TestClockDiagnosisInSetUpNamesBothDirections(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.begin()
		for steps, want := range map[int64]any{-8: -240, 8: 240, 119: 3570, 130: nil} {
			e := h.refused(b.confirm(p.code(steps)), apperr.CodeWrong)
			if got := e.Facts["clock_offset_seconds"]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("a code %d steps away: offset %v, want %v", steps, got, want)
			}
		}
	})
}

// A pending key is shown again only while the step-up it began with is fresh: a copy
// of the session must not see a key that the person is about to confirm.
func TestAPendingKeyIsShownWhileItsStepUpIsFresh(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		first := b.begin()
		h.clock.move(5 * time.Minute)
		if b.begin().secret != first.secret {
			t.Error("a fresh step-up shows another key")
		}
		h.clock.move(time.Millisecond)
		h.refused(second(h.BeginEnrollment(h.ctx, b.caller())), apperr.StepUpOwed)
		h.must(b.confirm(first.code(0))) // the person has seen it, and may confirm it
	})
}

// Factors that are given later begin anew, with a new seed. The former key is dead.
func TestALaterStepUpOffersANewKey(t *testing.T) {
	for _, late := range []time.Duration{time.Second, 6 * time.Minute} {
		t.Run(late.String(), func(t *testing.T) {
			each(t, func(h *kit) {
				b := signedInAnna(h)
				former := b.begin()
				h.clock.move(late)
				h.must(b.stepUp(goodPassword, ""))
				fresh := b.begin()
				if fresh.secret == former.secret {
					t.Fatal("the former key is shown")
				}
				if again := b.begin(); again.secret != fresh.secret {
					t.Error("a reload shows a third key")
				}
				h.refused(b.confirm(former.code(0)), apperr.CodeWrong)
				h.must(b.confirm(fresh.code(0)))
			})
		})
	}
}

// Extending a pending key needs no fresh step-up, and shows nothing of the key.
func TestExtendingShowsNoKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.refused(h.ExtendEnrollment(h.ctx, b.caller()), apperr.PendingKeyEnded)
		former := b.begin()
		h.clock.move(9 * time.Minute)
		h.must(h.ExtendEnrollment(h.ctx, b.caller()))
		h.refused(second(h.BeginEnrollment(h.ctx, b.caller())), apperr.StepUpOwed)
		h.must(b.stepUp(goodPassword, ""))
		if b.begin().secret == former.secret {
			t.Error("the extended key is shown after a later step-up")
		}
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.refused(h.ExtendEnrollment(h.ctx, other.caller()), apperr.PendingKeyEnded)
	})
}
