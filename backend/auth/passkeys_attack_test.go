package auth_test

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
)

// What somebody may try who knows the password and has had one code.

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
		theirs := again.generate()
		h.clock.move(4 * time.Minute)
		planted = again.add(passkey.Passkey)
		h.must(checked.stepUp(goodPassword, ""))
		h.must(checked.notMe(planted))
		again.signIn("anna", goodPassword)
		h.refused(again.verify(theirs.Codes[0]), apperr.CodeWrong)
		if n := h.countOf("backup_codes"); n != 0 {
			t.Errorf("%d codes are left", n)
		}
	})
}

// A session that a new key has opened dismisses no notice: the person would not learn of it.
func TestANewKeyHidesNoNotice(t *testing.T) {
	each(t, func(h *kit) {
		owner := signedInAnna(h)
		p := owner.setUp()
		thief := h.browser()
		thief.enterCode(p)
		planted := thief.add(passkey.Passkey)
		h.clock.move(time.Minute)
		second := h.browser()
		second.enterKey(planted)
		shown, err := h.Notices(h.ctx, second.caller())
		h.must(err)
		if len(shown) == 0 {
			t.Fatal("no notice is shown")
		}
		h.owes(h.DismissNotice(h.ctx, second.caller(), shown[0].ID), apperr.NeedAppCode)
		if n := h.noticesOf(notify.PasskeyAdded); n != 1 {
			t.Errorf("%d notices are open", n)
		}
		h.clock.move(time.Minute)
		h.must(second.stepUp("", p.code(0)))
		h.must(h.DismissNotice(h.ctx, second.caller(), shown[0].ID))
	})
}

// A key whose making was begun with a code is not added once another one counts.
func TestAKeyThatWasBegunBeforeAnotherCounts(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		b.add(passkey.Passkey)
		h.clock.move(72*time.Hour - 2*time.Minute)
		thief := h.browser()
		thief.enterCode(p)
		answer, err := thief.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.clock.move(2 * time.Minute)
		_, err = thief.sendMade(answer)
		h.refused(err, apperr.CeremonyEnded)
		if n := len(h.keys()); n != 1 {
			t.Errorf("there are %d keys", n)
		}
	})
}

// With a key that counts a code of the app changes no password, which would shut the owner
// out. Beside the app a new key does not either.
func TestAPhishedCodeChangesNoPassword(t *testing.T) {
	each(t, func(h *kit) {
		owner := signedInAnna(h)
		p := owner.setUp()
		k := owner.add(passkey.Passkey)
		thief := h.browser()
		thief.enterKey(k)
		h.owes(thief.changePassword(goodPassword, newPassword), apperr.NeedAppCode)
		h.clock.move(72 * time.Hour)
		thief.enterCode(p)
		owner.enterKey(k)
		h.owes(thief.changePassword(goodPassword, newPassword), apperr.NeedKey)
		if in := signedIn(owner, thief); !slices.Equal(in, []int{0, 1}) {
			t.Errorf("signed in: %v", in)
		}
		h.must(owner.changePassword(goodPassword, newPassword))
	})
}
