package auth_test

import (
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

func TestWrongCodesWaitAndTellHowMany(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		b.tokens.Device = "" // a browser nobody knows
		for left := 4; left >= 0; left-- {
			e := h.refused(b.verify(p.wrong()), apperr.CodeWrong)
			if *e.TriesLeft != left {
				t.Errorf("%d tries left, want %d", *e.TriesLeft, left)
			}
		}
		if e := h.refused(b.verify(p.code(0)), apperr.CodeWait); e.Wait != 30*time.Second {
			t.Errorf("wait is %v", e.Wait)
		}
		h.clock.move(30 * time.Second)
		e := h.refused(b.verify(p.wrong()), apperr.CodeWrong)
		if e.Wait != time.Minute || *e.TriesLeft != 0 {
			t.Errorf("wait is %v, tries left %d", e.Wait, *e.TriesLeft)
		}
		h.clock.move(2 * 30 * time.Second)
		h.must(b.verify(p.code(0)))
		if n := b.caller().Session.FailedCodes; n != 6 {
			t.Errorf("the session has %d wrong codes", n)
		}
	})
}

// Guesses from an unrecognised browser must not hold back the person's own one, and
// a right password must not give new tries.
func TestLanesAreApart(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		other := h.browser()
		other.signIn("anna", goodPassword)
		for range 5 {
			h.refused(other.verify(p.wrong()), apperr.CodeWrong)
		}
		other.signIn("anna", goodPassword)
		h.refused(other.verify(p.wrong()), apperr.CodeWait)
		h.must(b.verify(p.code(0)))
		h.refused(other.verify(p.wrong()), apperr.CodeWait)
	})
}

func TestStoppedLanesAndADeadKey(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		other := h.browser()
		guess(other, p, 60)
		other.signIn("anna", goodPassword)
		h.clock.move(time.Hour)
		other.signIn("anna", goodPassword)
		h.refused(other.verify(p.code(0)), apperr.CodeStopped)

		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0))) // the known browser is not concerned
		b.signOut()
		guess(b, p, 40)
		b.signIn("anna", goodPassword)
		h.clock.move(time.Hour)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(p.code(0)), apperr.KeyDead)
	})
}

// A device is deleted at 40 failures of its own; the browser is an unrecognised one
// then.
func TestADeviceIsDeletedAfterFortyFailures(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		guess(b, p, 40)
		if b.caller().Device != nil {
			t.Error("the device still counts as known")
		}
	})
}

func TestParallelGuessesDoNotOvershoot(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		wrong := p.wrong()
		callers := make([]*auth.Caller, 60)
		for i := range callers {
			callers[i] = b.caller()
		}
		var compared, waited int
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, c := range callers {
			all.Go(func() {
				_, err := h.VerifySecondFactor(h.ctx, c, wrong)
				mu.Lock()
				defer mu.Unlock()
				switch apperr.CodeOf(err) {
				case apperr.CodeWrong:
					compared++
				case apperr.CodeWait:
					waited++
				default:
					t.Errorf("unexpected: %v", err)
				}
			})
		}
		all.Wait()
		if compared != 5 || waited != len(callers)-5 {
			t.Errorf("%d guesses compared, %d held back", compared, waited)
		}
	})
}

func TestDeadSet(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		for range 60 {
			h.clock.move(time.Hour)
			other := h.browser()
			other.signIn("anna", goodPassword)
			if err := other.verify(unknownCode()); err == nil {
				t.Fatal("an unknown code was accepted")
			}
		}
		h.clock.move(31 * 24 * time.Hour) // long enough ago to demand no new password
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		for range 40 {
			h.clock.move(time.Hour)
			b.signIn("anna", goodPassword)
			if err := b.verify(unknownCode()); err == nil {
				t.Fatal("an unknown code was accepted")
			}
		}
		b.signIn("anna", goodPassword)
		h.clock.move(time.Hour)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(codes.Codes[1]), apperr.KeyDead)
		h.must(b.verify(p.code(0)))
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if !view.Codes.Dead || view.Key != auth.KeyLive {
			t.Errorf("view is %+v", view)
		}
		fresh := b.generate()
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(fresh.Codes[0]))
	})
}
