package auth_test

import (
	"fmt"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/passkey"
	"imagemaster/backend/testdb"
)

// A key that is added in the first session of an account counts at once, also as the second
// one, and not in any later session.
func TestAKeyOfTheFirstSessionCountsAtOnce(t *testing.T) {
	each(t, func(h *kit) {
		b := h.browser()
		token := h.invite("anna")
		r, err := h.UseLink(h.ctx, b.caller(), token, goodPassword)
		h.must(err)
		b.keep(r.Issued)
		b.setUp()
		first, next := b.add(passkey.Passkey), b.add(passkey.HardwareKey)
		if !h.counts(first) || !h.counts(next) {
			t.Error("a key of the first session does not count")
		}
		later := h.browser()
		later.signIn("anna", goodPassword)
		h.must(later.verifyKey(first))
		h.must(b.stepUpKey(goodPassword, first))
		h.must(b.removeKey())
		later.signIn("anna", goodPassword)
		if k := later.add(passkey.Passkey); h.counts(k) {
			t.Error("a key of a later session counts at once")
		}
	})
}

// A key counts after 72 hours, to the minute; until then the app ranks above it.
func TestAKeyCountsAfter72Hours(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		k := b.add(passkey.Passkey)
		h.clock.move(71*time.Hour + 59*time.Minute)
		b.enterKey(k)
		if h.counts(k) {
			t.Error("it counts after 71 hours and 59 minutes")
		}
		h.owes(b.takeAway(k), apperr.NeedAppCode)
		h.clock.move(time.Minute)
		if !h.counts(k) {
			t.Error("it does not count after 72 hours")
		}
		h.owes(b.takeAway(k), apperr.NeedKey) // the key was given a minute ago, when it did not count yet
		h.must(b.stepUp("", p.code(0)))
		h.owes(b.takeAway(k), apperr.NeedKey)
		h.must(b.stepUpKey("", k))
		h.must(b.takeAway(k))
	})
}

// A key that was confirmed with one that counts does so at once, and only then.
func TestAConfirmedKeyCountsAtOnce(t *testing.T) {
	each(t, func(h *kit) {
		b, first := keysOnly(h, passkey.Passkey)
		h.must(b.stepUpKey("", first))
		if k := b.add(passkey.HardwareKey); h.counts(k) { // by one that does not count
			t.Error("a new key makes others count")
		}
		h.clock.move(72 * time.Hour)
		b.enterKey(first)
		confirmed := b.add(passkey.HardwareKey)
		if !h.counts(confirmed) {
			t.Error("a confirmed key does not count")
		}
		// The confirmation is of when it was begun.
		b.signOut()
		b.enterKey(first)
		h.clock.move(5 * time.Minute)
		k := newOwnKey(passkey.Passkey)
		answer, err := b.make(k)
		h.must(err)
		h.clock.move(4 * time.Minute)
		added, err := b.sendMade(answer)
		h.must(err)
		if k.id = added.ID; !h.counts(k) {
			t.Error("it does not count")
		}
	})
}

// Its owner does each of them, with the key, or with a backup code where that is at hand.
func TestTheStrongestFactorChangesFactors(t *testing.T) {
	for way, give := range map[string]func(b *browser, k *ownKey, codes auth.NewCodes) error{
		"a key that counts":        func(b *browser, k *ownKey, _ auth.NewCodes) error { return b.stepUpKey("", k) },
		"a backup code in between": func(b *browser, _ *ownKey, codes auth.NewCodes) error { return b.stepUp("", codes.Codes[0]) },
	} {
		t.Run(way, func(t *testing.T) {
			for _, g := range guarded {
				h := newKit(t, testdb.New(t, testdb.SQLite)) // no statement differs
				b, _, k, codes := appAndKey(h)
				h.owes(g.act(b, k), apperr.NeedKey)
				h.must(give(b, k, codes))
				if err := g.act(b, k); err != nil {
					t.Errorf("%s: %v", g.name, err)
				}
			}
		})
	}
}

// A key that is younger than 72 hours does not outrank the app: who has phished one code
// could have added it. The app is asked for, and the young key does not do.
func TestAYoungKeyBesideTheApp(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		k := b.add(passkey.Passkey)
		h.clock.move(time.Hour)
		b.enterKey(k)
		for range 2 {
			for _, g := range guarded {
				if e := h.refused(g.act(b, k), apperr.StepUpOwed); fmt.Sprint(e.Need) != "[app_code]" {
					t.Errorf("%s needs %v", g.name, e.Need)
				}
			}
			h.must(b.stepUpKey(goodPassword, k))
		}
		h.must(b.stepUp("", p.code(0)))
		for _, g := range guarded[:5] {
			if err := g.act(b, k); err != nil {
				t.Errorf("%s: %v", g.name, err)
			}
		}
	})
}

// A young key alone is the strongest there is.
func TestAYoungKeyAlone(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.HardwareKey)
		h.clock.move(6 * time.Minute)
		h.must(b.stepUp(goodPassword, ""))
		h.owes(b.pause(0), apperr.NeedCode)
		h.must(b.stepUpKey("", k))
		b.generate()
	})
}

// What an act needs must each have been given within five minutes: the oldest one counts.
func TestTheOldestFactorCounts(t *testing.T) {
	each(t, func(h *kit) {
		b, p, k, _ := appAndKey(h)
		act := func() error { return second(b.make(newOwnKey(passkey.Passkey))) }
		h.clock.move(3 * time.Minute)
		h.must(b.stepUpKey("", k))
		h.must(act())
		h.clock.move(2 * time.Minute)
		h.must(act())
		h.clock.move(time.Second)
		h.owes(act(), apperr.NeedPassword)
		h.must(b.stepUp(goodPassword, ""))
		h.clock.move(2*time.Minute + 59*time.Second)
		h.must(act())
		h.must(b.stepUp("", p.code(0))) // a later code keeps no key fresh
		h.clock.move(time.Second)
		h.owes(act(), apperr.NeedKey)
		h.clock.move(2*time.Minute + time.Second)
		h.owes(act(), apperr.NeedPassword, apperr.NeedKey)
	})
}
