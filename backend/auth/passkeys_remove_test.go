package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
)

func TestRemovingAKeyEndsTheOthers(t *testing.T) {
	each(t, func(h *kit) {
		b, _, k, codes := appAndKey(h)
		h.must(b.stepUpKey(goodPassword, k))
		hard := b.add(passkey.HardwareKey)
		other, pending := h.browser(), h.browser()
		other.enterKey(k)
		pending.signIn("anna", goodPassword)
		former := *b
		h.must(b.takeAway(hard))
		h.clock.move(time.Minute)
		if in := signedIn(b, other, &former); !slices.Equal(in, []int{0}) {
			t.Errorf("signed in: %v", in)
		}
		h.refused(pending.verifyKey(k), apperr.SignedOut)
		if b.tokens.Device == former.tokens.Device {
			t.Error("the device keeps its token")
		}
		h.refused(b.takeAway(hard), apperr.NotFound)
		if said := h.acts(); said[len(said)-1] != "passkey_removed ok hardware_key" || h.noticesOf(notify.PasskeyRemoved) != 1 {
			t.Errorf("recorded %q", said)
		}
		h.must(b.stepUp("", codes.Codes[0])) // the codes are kept
		other.signIn("anna", goodPassword)
		h.refused(other.verifyKey(hard), apperr.WrongState)
		h.must(other.verifyKey(k))
	})
}

func TestTheLastKeyTakesTheBackupCodesAway(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.HardwareKey)
		b.generate()
		other := h.browser()
		other.enterKey(k)
		h.must(b.takeAway(k))
		if n := h.countOf("backup_codes") + h.countOf("passkeys"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if in := signedIn(b, other); !slices.Equal(in, []int{0}) {
			t.Errorf("signed in: %v", in)
		}
		if said := h.acts(); said[len(said)-1] != "key_removed ok" || h.noticesOf(notify.KeyRemoved) != 1 || h.noticesOf(notify.PasskeyRemoved) != 0 {
			t.Errorf("recorded %q", said)
		}
		if next := other.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	})
}

// The last key that works is the last one, also beside keys of another address: nothing but
// a backup code would open the account.
func TestTheLastKeyThatWorks(t *testing.T) {
	each(t, func(h *kit) {
		b, _ := keysOnly(h, passkey.Passkey)
		b.generate()
		h.moveHost()
		h.must(b.takeAway(b.add(passkey.Passkey)))
		if n := h.countOf("backup_codes") + h.countOf("passkeys"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		b.signOut()
		if next := b.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	})
}

// Where a second factor is demanded, only the last one stays: a lost key can be removed.
func TestWhereASecondFactorIsDemandedTheLastOneStays(t *testing.T) {
	each(t, func(h *kit) {
		b, lost := keysOnly(h, passkey.HardwareKey)
		k := b.add(passkey.Passkey)
		b.setUp()
		h.clock.move(73 * time.Hour)
		b.enterKey(k)
		h.must(b.takeAway(lost))
		h.must(b.removeApp())
		h.refused(b.takeAway(k), apperr.TwoFactorRequired)
		h.refused(b.removeKey(), apperr.TwoFactorRequired)
		h.refused(b.pause(0), apperr.TwoFactorRequired)
		if len(h.keys()) != 1 {
			t.Errorf("%d keys", len(h.keys()))
		}
	}, func(d *auth.Deps) { d.RequireTwoFactor = true })
}

func TestRemovingTheAppAlone(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.refused(b.removeApp(), apperr.WrongState)
		k := b.add(passkey.Passkey)
		h.moveHost()
		h.refused(b.removeApp(), apperr.WrongState)
		h.must(b.stepUp("", p.code(0)))
		h.clock.move(time.Minute)
		k = b.add(passkey.Passkey)
		h.refused(b.removeApp(), apperr.StepUpOwed) // one stolen code could have added the key
		h.clock.move(73 * time.Hour)
		b.enterKey(k)
		other := h.browser()
		other.enterCode(p)
		h.clock.move(time.Minute)
		h.must(b.removeApp())
		if in := signedIn(b, other); !slices.Equal(in, []int{0}) {
			t.Errorf("signed in: %v", in)
		}
		if said := h.acts(); said[len(said)-1] != "app_removed ok" || h.noticesOf(notify.AppRemoved) != 1 {
			t.Errorf("recorded %q", said)
		}
		h.refused(b.removeApp(), apperr.WrongState)
		other.signIn("anna", goodPassword)
		h.refused(other.verify(p.code(0)), apperr.WrongState)
		h.must(other.verify(codes.Codes[0]))
		other.signOut()
		other.enterKey(k)
		view, err := h.TwoFactor(h.ctx, other.caller())
		h.must(err)
		if view.Key != auth.KeyNone || !view.HasFactor || len(view.Keys) != 2 || view.Codes.Left != 9 {
			t.Errorf("the page says %+v", view)
		}
	})
}

func TestRemoveAllTakesTheKeysAway(t *testing.T) {
	each(t, func(h *kit) {
		b, _, k, _ := appAndKey(h)
		h.must(b.stepUpKey(goodPassword, k))
		h.must(b.removeKey())
		if n := h.countOf("backup_codes") + h.countOf("passkeys") + h.countOf("totp_keys"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// Nobody removes, renames or refuses a key of somebody else.
func TestKeysOfOthers(t *testing.T) {
	each(t, func(h *kit) {
		_, k := keysOnly(h, passkey.Passkey)
		h.addUser("otto")
		other := h.browser()
		other.signIn("otto", goodPassword)
		other.setUp()
		h.refused(other.takeAway(k), apperr.NotFound)
		h.refused(other.notMe(k), apperr.NotFound)
		h.refused(h.RenameKey(h.ctx, other.caller(), k.id, "mine"), apperr.NotFound)
		if len(h.keys()) != 1 {
			t.Error("it is removed")
		}
	})
}

func TestRenamingAKey(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		h.clock.move(time.Hour - time.Minute) // it wants no step-up
		rename := func(name string) error { return h.RenameKey(h.ctx, b.caller(), k.id, name) }
		h.must(rename("  On the\u00a0phone "))
		events := len(h.acts())
		h.must(rename("On the\u00a0phone"))
		if name := h.keys()[0].Name; name != "On the\u00a0phone" || len(h.acts()) != events {
			t.Errorf("called %q", name)
		}
		h.must(rename(strings.Repeat("ü", 40)))
		if e := h.refused(rename(strings.Repeat("ü", 41)), apperr.Invalid); e.Fields[0].Reason != "too_long" {
			t.Errorf("%+v", e)
		}
		h.refused(rename("a\u202eb"), apperr.Invalid)
		h.must(rename(""))
		if said := h.acts(); said[len(said)-1] != "passkey_renamed ok passkey" {
			t.Errorf("recorded %q", said)
		}
		h.must(b.stepUpKey(goodPassword, k))
		h.must(b.pause(0))
		paused := h.browser()
		paused.signIn("anna", goodPassword)
		h.owes(h.RenameKey(h.ctx, paused.caller(), k.id, "by the password alone"), apperr.NeedCode)
	})
}
