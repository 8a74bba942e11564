package auth_test

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
)

// *Not me*: a key that somebody else has added goes, with all other sessions.
func TestNotMe(t *testing.T) {
	each(t, func(h *kit) {
		owner := signedInAnna(h)
		p := owner.setUp()
		thief := h.browser()
		thief.enterCode(p)
		h.clock.move(6 * time.Minute)
		h.must(thief.stepUp(goodPassword, p.code(0)))
		k := thief.add(passkey.Passkey)
		shown := func(b *browser) int {
			h.Helper()
			keys, err := h.NewKeys(h.ctx, b.caller())
			h.must(err)
			return len(keys)
		}
		if shown(owner) != 1 || shown(thief) != 0 {
			t.Errorf("the owner sees %d new keys, the one who added it %d", shown(owner), shown(thief))
		}
		h.refused(thief.notMe(k), apperr.WrongState)
		h.owes(owner.notMe(k), apperr.NeedPassword) // a copied session is not enough
		h.must(owner.stepUp(goodPassword, ""))
		epoch, token := owner.caller().Account.Epoch, owner.tokens.Session
		h.must(owner.notMe(k)) // without a code
		if in := signedIn(owner, thief); !slices.Equal(in, []int{0}) || owner.caller().Account.Epoch != epoch+1 || owner.tokens.Session == token {
			t.Errorf("signed in: %v", in)
		}
		if said := h.acts(); len(h.keys()) != 0 || said[len(said)-1] != "passkey_refused ok passkey" || h.noticesOf(notify.PasskeyRefused) != 1 {
			t.Errorf("recorded %q", said)
		}
		h.refused(owner.notMe(k), apperr.NotFound)
		thief.signIn("anna", goodPassword)
		h.refused(thief.verifyKey(k), apperr.WrongState)
	})
}

// It can be said for 72 hours, in every session but the one that added the key, and only
// after the second factor.
func TestWhenNotMeCanBeSaid(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		k := b.add(passkey.Passkey)
		h.clock.move(6 * time.Minute)
		h.must(b.stepUp(goodPassword, p.code(0)))
		h.must(b.pause(0))
		paused := h.browser()
		paused.signIn("anna", goodPassword)
		h.owes(paused.notMe(k), apperr.NeedCode)
		if keys, err := h.NewKeys(h.ctx, paused.caller()); err != nil || len(keys) != 0 {
			t.Errorf("the password alone shows %d keys: %v", len(keys), err)
		}
		h.clock.move(time.Minute)
		h.must(paused.enable(p.code(0)))
		h.refused(h.browser().notMe(k), apperr.SignedOut)
		h.clock.move(71*time.Hour + 52*time.Minute) // of 72
		late := h.browser()
		late.enterCode(p)
		if keys, err := h.NewKeys(h.ctx, late.caller()); err != nil || len(keys) != 1 {
			t.Errorf("after 71 hours and 59 minutes %d keys are shown: %v", len(keys), err)
		}
		h.clock.move(time.Minute)
		if keys, err := h.NewKeys(h.ctx, late.caller()); err != nil || len(keys) != 0 {
			t.Errorf("after 72 hours %d keys are shown: %v", len(keys), err)
		}
		h.refused(late.notMe(k), apperr.WrongState)
		h.clock.move(-time.Minute)
		h.must(late.notMe(k))
	})
}

// The last factor stays: a session must not take two-factor authentication away like this.
func TestNotMeLeavesAFactor(t *testing.T) {
	each(t, func(h *kit) {
		first, k := keysOnly(h, passkey.Passkey)
		b := h.browser()
		b.enterKey(k)
		shown := func(want int) {
			h.Helper()
			if keys, err := h.NewKeys(h.ctx, b.caller()); err != nil || len(keys) != want {
				t.Errorf("%d keys are shown: %v, want %d", len(keys), err, want)
			}
		}
		shown(0)
		h.refused(b.notMe(k), apperr.WrongState)
		h.moveHost()
		working := first.add(passkey.HardwareKey)
		h.refused(b.notMe(working), apperr.WrongState)
		shown(1) // the one of another address may go
		h.must(b.notMe(k))
		shown(0)
		if keys := h.keys(); len(keys) != 1 || keys[0].ID != working.id {
			t.Errorf("left are %+v", keys)
		}
	})
}

// A key that counts already outranks the app, and a phished code of the app must not change
// that.
func TestAPhishedCodeRefusesNoKeyThatCounts(t *testing.T) {
	each(t, func(h *kit) {
		b := h.browser()
		r, err := h.UseLink(h.ctx, b.caller(), h.invite("anna"), goodPassword)
		h.must(err)
		b.keep(r.Issued)
		p := b.setUp()
		k, codes := b.add(passkey.Passkey), b.generate()
		thief := h.browser()
		thief.enterCode(p)
		h.owes(thief.notMe(k), apperr.NeedKey)
		h.owes(second(thief.make(newOwnKey(passkey.Passkey))), apperr.NeedKey)
		if in := signedIn(b, thief); len(h.keys()) != 1 || len(in) != 2 {
			t.Errorf("%d keys, signed in: %v", len(h.keys()), in)
		}
		h.must(thief.stepUp("", codes.Codes[0])) // who has this may
		h.must(thief.notMe(k))
	})
}

// Backup codes outrank every key. Those that were made with a refused key go with it.
func TestNotMeTakesBackupCodesAway(t *testing.T) {
	each(t, func(h *kit) {
		owner := signedInAnna(h)
		p := owner.setUp()
		own := owner.generate()
		h.clock.move(61 * time.Minute)
		owner.enterCode(p)
		h.clock.move(time.Minute)
		thief := h.browser()
		thief.enterCode(p)
		planted := thief.add(passkey.Passkey)
		h.must(owner.notMe(planted))
		checked := h.browser()
		checked.signIn("anna", goodPassword)
		h.must(checked.verify(own.Codes[0])) // they are older, and stay
		h.clock.move(time.Minute)

		again := h.browser()
		again.enterCode(p)
		planted = again.add(passkey.Passkey)
		h.clock.move(4 * time.Minute)
		theirs := again.generate()
		h.must(checked.stepUp(goodPassword, ""))
		h.must(checked.notMe(planted))
		again.signIn("anna", goodPassword)
		h.refused(again.verify(theirs.Codes[0]), apperr.CodeWrong)
		if n := h.countOf("backup_codes"); n != 0 {
			t.Errorf("%d codes are left", n)
		}
	})
}
