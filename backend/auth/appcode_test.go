package auth_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/totp"
)

func TestCodesOfTheWindow(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		for _, steps := range []int64{-1, 0, 1} {
			h.must(b.verify(p.code(steps)))
			b.signOut()
			b.signIn("anna", goodPassword)
		}
		for _, steps := range []int64{-2, 2} {
			h.clock.move(5 * time.Minute)
			b.signIn("anna", goodPassword)
			h.refused(b.verify(p.code(steps)), apperr.CodeWrong)
		}
	})
}

func TestServerClockSetBack(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		b.signOut()
		h.clock.move(-time.Hour)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(p.code(0)), apperr.ClockChanged)
	})
}

func TestUnreadableSeedDenies(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		other := newKit(t, h.db) // another key ring on the same database
		other.clock.now = h.clock.Now()
		intruder := &browser{kit: other, client: b.client, tokens: b.tokens}
		for range 5 + 2 { // and costs no try
			h.refused(intruder.verify(p.code(0)), apperr.KeyUnreadable)
		}
		h.must(b.verify(p.code(0)))
	})
}

// A spent code that comes again later is no sign of a slow phone: the answer and the
// event say that it was used.
func TestASpentCodeIsRecognisedLater(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		spent := p.code(0)
		h.must(b.verify(spent))
		h.clock.move(10 * time.Minute)
		b.signIn("anna", goodPassword)
		if e := h.refused(b.verify(spent), apperr.CodeUsed); e.Facts != nil || *e.TriesLeft != 4 {
			t.Errorf("the answer has %v and %d tries", e.Facts, *e.TriesLeft)
		}
		h.must(b.verify(p.code(0)))
		events, _, err := h.Activity(h.ctx, b.caller(), 0)
		h.must(err)
		replayed := 0
		for _, e := range events {
			if e.Kind == audit.SecondFactor && e.Reason == audit.ReasonReplayed {
				replayed++
			}
		}
		if replayed != 1 {
			t.Errorf("%d events of the reuse, want 1", replayed)
		}
	})
}

// The answer names the offset of a slow phone. It never names a code still to come:
// a guesser would learn when to use it.
func TestClockDiagnosis(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		for steps, want := range map[int64]any{-8: -240, -120: -3600, -121: nil, 2: nil, 3: nil, 100: nil} {
			h.clock.move(time.Hour)
			b.signIn("anna", goodPassword)
			e := h.refused(b.verify(p.code(steps)), apperr.CodeWrong)
			if got := e.Facts["clock_offset_seconds"]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("a code %d steps away: offset %v, want %v", steps, got, want)
			}
		}
	})
}

// An empty seed makes codes that a library accepts. A row with one denies, does
// not count as no second factor, and costs no try (A16).
func TestShortSeedDenies(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		k, err := totp.Find(h.ctx, h.db.Read(h.ctx), b.caller().Account.ID)
		h.must(err)
		whole := k.SealedSeed
		store := func(sealed []byte) {
			h.Helper()
			h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
				return tx.Exec("UPDATE totp_keys SET sealed_seed = ? WHERE account_id = ?", sealed, k.AccountID).Error
			}))
		}
		for _, seed := range [][]byte{{}, make([]byte, 10), make([]byte, 15)} {
			store(totp.Seal(h.ring, k.AccountID, k.KeyID, seed).SealedSeed)
			short := &phone{kit: h, secret: totp.Secret(seed)}
			for range 5 {
				h.refused(b.verify(short.code(0)), apperr.KeyUnreadable)
			}
			if next := h.browser().signIn("anna", goodPassword); next != auth.NextSecondFactor {
				t.Errorf("with %d bytes next is %q", len(seed), next)
			}
		}
		store(whole)
		if e := h.refused(b.verify(p.wrong()), apperr.CodeWrong); *e.TriesLeft != 4 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		h.must(b.verify(p.code(0)))
	})
}

// A spent code that comes again from another browser may have been watched: it is
// recorded as such, and open sessions show a notice (A17).
func TestReplayNotifiesAndIsRecorded(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		code := p.code(0)
		h.must(own.verify(code))
		if n := count(own.noticeKinds(), "password_known"); n != 0 {
			t.Fatalf("notified %d times before", n)
		}
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		h.refused(intruder.verify(code), apperr.CodeUsed)
		if n := count(own.noticeKinds(), "password_known"); n != 1 {
			t.Errorf("an open session shows %d notices", n)
		}
		events, _, err := h.Activity(h.ctx, own.caller(), 0)
		h.must(err)
		got := briefs(events[:2])
		if !slices.Equal(got, []string{"second_factor failed replayed totp", "password_known ok"}) || events[0].Address != intruder.client.Address.String() {
			t.Errorf("the newest events are %q, one of them from %s", got, events[0].Address)
		}
	})
}
