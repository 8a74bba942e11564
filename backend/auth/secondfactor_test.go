package auth_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// withKey returns a browser that owes a code and the phone that has it.
func withKey(h *kit) (*browser, *phone) {
	h.Helper()
	h.addUser("anna")
	b := h.browser()
	b.signIn("anna", goodPassword)
	p := b.setUp()
	b.signOut()
	b.signIn("anna", goodPassword)
	return b, p
}

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

func TestACodeIsAcceptedOnce(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		code := p.code(0)
		h.must(b.verify(code))
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verify(code), apperr.CodeUsed)
		h.refused(b.verify(p.code(-1)), apperr.CodeUsed) // older, never used, still refused
		h.must(b.verify(p.code(1)))
	})
}

func TestTheConfirmingCodeIsSpent(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		p := b.begin()
		code := p.code(0)
		h.must(b.confirm(code))
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verify(code), apperr.CodeUsed)

		// So is the one that confirms the key of another phone.
		h.clock.move(time.Minute)
		h.must(b.verify(p.code(0)))
		moved := b.begin()
		h.clock.move(time.Minute)
		code = moved.code(0)
		h.must(b.confirm(code))
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verify(code), apperr.CodeUsed)
	})
}

func TestMalformedCodesSpendNoTry(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		for range 3 {
			for _, code := range []string{"", "12345", "1234567", "12345a", "１２３４５６", "٣٤٥٦٧٨", "12.456"} {
				h.refused(b.verify(code), apperr.Invalid)
			}
		}
		if e := h.refused(b.verify(p.wrong()), apperr.CodeWrong); *e.TriesLeft != throttle.FreeTries-1 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		code := p.code(0)
		h.must(b.verify(" " + code[:3] + " – " + code[3:] + "\t"))
	})
}

func TestWrongCodesWaitAndTellHowMany(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		b.tokens.Device = "" // a browser nobody knows
		for left := throttle.FreeTries - 1; left >= 0; left-- {
			e := h.refused(b.verify(p.wrong()), apperr.CodeWrong)
			if *e.TriesLeft != left {
				t.Errorf("%d tries left, want %d", *e.TriesLeft, left)
			}
		}
		if e := h.refused(b.verify(p.code(0)), apperr.CodeWait); e.Wait != throttle.FirstWait {
			t.Errorf("wait is %v", e.Wait)
		}
		h.clock.move(throttle.FirstWait)
		e := h.refused(b.verify(p.wrong()), apperr.CodeWrong)
		if e.Wait != 2*throttle.FirstWait || *e.TriesLeft != 0 {
			t.Errorf("wait is %v, tries left %d", e.Wait, *e.TriesLeft)
		}
		h.clock.move(2 * throttle.FirstWait)
		h.must(b.verify(p.code(0)))
		if n := b.caller().Session.FailedCodes; n != throttle.FreeTries+1 {
			t.Errorf("the sign-in tells of %d wrong codes", n)
		}
	})
}

// A stranger's guesses must not hold back the person's own browser, and a right
// password must not give the stranger new tries.
func TestLanesAreApart(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		stranger := h.browser()
		stranger.signIn("anna", goodPassword)
		for range throttle.FreeTries {
			h.refused(stranger.verify(p.wrong()), apperr.CodeWrong)
		}
		stranger.signIn("anna", goodPassword)
		h.refused(stranger.verify(p.wrong()), apperr.CodeWait)
		h.must(b.verify(p.code(0)))
		h.refused(stranger.verify(p.wrong()), apperr.CodeWait)
	})
}

// guess spends every try a lane has.
func guess(b *browser, p *phone, tries int) {
	b.Helper()
	for range tries {
		b.clock.move(throttle.LongestWait)
		b.signIn("anna", goodPassword)
		err := b.verify(p.wrong())
		if code := apperr.CodeOf(err); code != apperr.CodeWrong && code != apperr.CodeStopped && code != apperr.KeyDead {
			b.Fatalf("unexpected: %v", err)
		}
	}
}

func TestStoppedLanesAndADeadKey(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		stranger := h.browser()
		guess(stranger, p, throttle.Unknown.Stop())
		stranger.signIn("anna", goodPassword)
		h.clock.move(throttle.LongestWait)
		stranger.signIn("anna", goodPassword)
		h.refused(stranger.verify(p.code(0)), apperr.CodeStopped)

		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0))) // the known browser is not concerned
		b.signOut()
		guess(b, p, throttle.Known.Stop())
		b.signIn("anna", goodPassword)
		h.clock.move(throttle.LongestWait)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(p.code(0)), apperr.KeyDead)
	})
}

// The device is forgotten at 40 misses of its own, and is a stranger then.
func TestADeviceIsForgotten(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		guess(b, p, session.MaxDeviceFailures)
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
		if compared != throttle.FreeTries || waited != len(callers)-throttle.FreeTries {
			t.Errorf("%d guesses compared, %d held back", compared, waited)
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
		thief := &browser{kit: other, client: b.client, tokens: b.tokens}
		for range throttle.FreeTries + 2 { // and costs no try
			h.refused(thief.verify(p.code(0)), apperr.KeyUnreadable)
		}
		h.must(b.verify(p.code(0)))
	})
}

// The same goes for the seed of a key that is being set up.
func TestUnreadableSeedIsNoticedAtSetUp(t *testing.T) {
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
		noticed := 0
		for _, brief := range briefs(h.trail()) {
			if brief == "enrollment_code denied unreadable totp" {
				noticed++
			}
		}
		if noticed != 2 {
			t.Errorf("%d events tell of it, want 2", noticed)
		}
		h.must(b.confirm(p.code(0)))
	})
}

// A code that was spent and comes again later is no sign of a slow phone: it is
// told, and kept in the trail, as one that was used.
func TestASpentCodeComesAgainLater(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		spent := p.code(0)
		h.must(b.verify(spent))
		h.clock.move(10 * time.Minute)
		b.signIn("anna", goodPassword)
		if e := h.refused(b.verify(spent), apperr.CodeUsed); e.Facts != nil || *e.TriesLeft != throttle.FreeTries-1 {
			t.Errorf("told %v and %d tries", e.Facts, *e.TriesLeft)
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
			t.Errorf("%d events tell of the reuse, want 1", replayed)
		}
	})
}

// A slow phone is told; a code still to come is never named, so that guessing
// one and waiting teaches nothing.
func TestClockDiagnosis(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		for steps, want := range map[int64]any{-8: -240, -120: -3600, -121: nil, 2: nil, 3: nil, 100: nil} {
			h.clock.move(throttle.LongestWait)
			b.signIn("anna", goodPassword)
			e := h.refused(b.verify(p.code(steps)), apperr.CodeWrong)
			if got := e.Facts["clock_offset_seconds"]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("a code %d steps away: offset %v, want %v", steps, got, want)
			}
		}
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

// An empty seed makes codes that a library accepts. A row with one denies, does
// not count as no second factor, and costs no try (standards A16).
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
			for range throttle.FreeTries {
				h.refused(b.verify(short.code(0)), apperr.KeyUnreadable)
			}
			if next := h.browser().signIn("anna", goodPassword); next != auth.NextSecondFactor {
				t.Errorf("with %d bytes next is %q", len(seed), next)
			}
		}
		store(whole)
		if e := h.refused(b.verify(p.wrong()), apperr.CodeWrong); *e.TriesLeft != throttle.FreeTries-1 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		h.must(b.verify(p.code(0)))
	})
}

// A spent code that comes again from another browser may have been watched: it
// is an event of its own, and sessions that are open are told (standards A17).
func TestReplayIsToldAndRecorded(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		code := p.code(0)
		h.must(own.verify(code))
		if n := count(own.noticeKinds(), "password_known"); n != 0 {
			t.Fatalf("told %d times before", n)
		}
		thief := h.stranger(1)
		thief.signIn("anna", goodPassword)
		h.refused(thief.verify(code), apperr.CodeUsed)
		if n := count(own.noticeKinds(), "password_known"); n != 1 {
			t.Errorf("an open session is told %d times", n)
		}
		events, _, err := h.Activity(h.ctx, own.caller(), 0)
		h.must(err)
		got := briefs(events[:2])
		if !slices.Equal(got, []string{"password_known ok", "second_factor failed replayed totp"}) || events[1].Address != thief.client.Address.String() {
			t.Errorf("the newest events are %q, one of them from %s", got, events[1].Address)
		}
	})
}
