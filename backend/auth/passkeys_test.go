package auth_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// sessionsOf says which browsers are signed in, by their order.
func signedIn(browsers ...*browser) (in []int) {
	for i, b := range browsers {
		if b.caller().State == auth.SignedIn {
			in = append(in, i)
		}
	}
	return in
}

func TestAddingAKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		k := newOwnKey(passkey.HardwareKey)
		k.Transports, k.AAGUID = []string{"nfc", "usb", "nfc", "<script>"}, [16]byte{0x2f, 0xc0, 0x57, 0x9f, 0x81, 0x13, 0x47, 0xea, 0xb1, 0x16, 0xbb, 0x5a, 0x8d, 0xb9, 0x20, 0x2a}
		token := b.tokens.Session
		added, err := b.tryAdd(k)
		h.must(err)
		if !added.First || added.Kind != passkey.HardwareKey || !strings.Contains(added.Name, "YubiKey") || b.tokens.Session == token {
			t.Errorf("added %+v", added)
		}
		stored := h.keys()[0]
		if !bytes.Equal(stored.CredentialID, k.ID()) || stored.RPID != "sign-in.example" || stored.Transports != "usb,nfc" || stored.Discoverable || stored.Verified ||
			stored.LastUsedAt != 0 || stored.CreatedAt != h.clock.Now().UnixMilli() || stored.ResistantAt != h.clock.Now().Add(72*time.Hour).UnixMilli() {
			t.Errorf("stored %+v", stored)
		}
		if c := b.caller(); c.Session.Level != session.LevelTwo || c.Session.Factor != "hardware_key" || c.Session.ResistantAt != 0 || stored.MadeIn != c.Session.ID {
			t.Errorf("the session is %+v", c.Session)
		}
		pass, err := b.tryAdd(newOwnKey(passkey.Passkey))
		h.must(err)
		if pass.First || pass.Name != "" || len(h.keys()) != 2 {
			t.Errorf("added %+v", pass)
		}
		said := h.acts()
		if want := []string{"passkey_added ok hardware_key", "passkey_added ok passkey"}; !slices.Equal(said[len(said)-2:], want) {
			t.Errorf("recorded %q", said)
		}
		if n := h.noticesOf(notify.PasskeyAdded); n != 2 {
			t.Errorf("%d notices", n)
		}
	})
}

// A passkey has to check who uses it, when it is made already.
func TestAnswersOfNewKeysThatAreRefused(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		for name, c := range map[string]struct {
			kind  passkey.Kind
			wrong func(k *ownKey)
			code  apperr.Code
		}{
			"another origin":      {passkey.Passkey, func(k *ownKey) { k.Origin = "https://evil.example" }, apperr.KeyRefused},
			"another RP ID":       {passkey.HardwareKey, func(k *ownKey) { k.RPID = "evil.example" }, apperr.KeyRefused},
			"a frame":             {passkey.Passkey, func(k *ownKey) { k.Framed = true }, apperr.KeyRefused},
			"nobody touches it":   {passkey.HardwareKey, func(k *ownKey) { k.Absent = true }, apperr.KeyRefused},
			"no PIN":              {passkey.Passkey, func(k *ownKey) { k.Unverified = true }, apperr.KeyUnverified},
			"copied, not allowed": {passkey.Passkey, func(k *ownKey) { k.BackupState = true }, apperr.KeyRefused},
		} {
			k := newOwnKey(c.kind)
			c.wrong(k)
			answer, err := b.make(k)
			h.must(err)
			events := len(h.acts())
			if _, err := b.sendMade(answer); apperr.CodeOf(err) != c.code {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
			if said := h.acts()[events:]; len(said) != 1 || !strings.HasPrefix(said[0], "passkey_added failed ") || !strings.HasSuffix(said[0], " "+string(c.kind)) {
				t.Errorf("%s: recorded %q", name, said)
			}
			h.refused(second(b.sendMade(answer)), apperr.CeremonyEnded)
		}
		if len(h.keys()) != 0 || b.refusedAnswers() != 0 {
			t.Errorf("%d keys, %d refused answers", len(h.keys()), b.refusedAnswers())
		}
	})
}

func TestANewKeyHasOneAnswerInFiveMinutes(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		first, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.must(second(b.sendMade(first)))
		h.refused(second(b.sendMade(first)), apperr.CeremonyEnded)
		late, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.clock.move(5 * time.Minute)
		h.refused(second(b.sendMade(late)), apperr.CeremonyEnded)
		h.must(b.stepUp(goodPassword, "")) // the first key is still fresh
		inTime, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.clock.move(5*time.Minute - time.Millisecond)
		h.must(second(b.sendMade(inTime)))
		if len(h.keys()) != 2 {
			t.Errorf("%d keys", len(h.keys()))
		}
	})
}

// A session adds the key that it has begun, no other one.
func TestANewKeyBelongsToItsSession(t *testing.T) {
	each(t, func(h *kit) {
		b, other := signedInAnna(h), h.browser()
		other.signIn("anna", goodPassword)
		answer, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.refused(second(other.sendMade(answer)), apperr.CeremonyEnded)
		h.must(second(other.make(newOwnKey(passkey.Passkey))))
		h.refused(second(other.sendMade(answer)), apperr.KeyRefused)
		h.must(second(b.sendMade(answer)))
	})
}

// A credential is one key of one account.
func TestAKeyThatExists(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.HardwareKey)
		h.refused(second(b.tryAdd(k.copy())), apperr.KeyExists)
		h.addUser("otto")
		other := h.browser()
		other.signIn("otto", goodPassword)
		h.refused(second(other.tryAdd(k.copy())), apperr.KeyRefused) // whose it is, is not told
		if len(h.keys()) != 1 {
			t.Errorf("%d keys", len(h.keys()))
		}
		if level := other.caller().Session.Level; level != session.LevelPassword {
			t.Errorf("a refused key raises a session to level %d", level)
		}
		k.Handle = nil // the copies were told another one
		h.must(b.stepUpKey("", k))
	})
}

func TestTwentyKeys(t *testing.T) {
	each(t, func(h *kit) {
		b, _ := keysOnly(h, passkey.Passkey)
		for range 18 {
			b.add(passkey.HardwareKey)
		}
		other := h.browser()
		answer, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		k := newOwnKey(passkey.HardwareKey)
		other.signIn("anna", goodPassword)
		h.refused(second(other.tryAdd(k)), apperr.SignedOut)
		h.must(second(b.sendMade(answer)))
		h.refused(second(b.make(k)), apperr.TooManyKeys)
		if len(h.keys()) != 20 {
			t.Fatalf("%d keys", len(h.keys()))
		}
		h.must(h.removeOldest(b))
		h.must(second(b.tryAdd(k)))
	})
}

// removeOldest removes anna's oldest key.
func (h *kit) removeOldest(b *browser) error {
	h.Helper()
	return b.takeAway(&ownKey{id: h.keys()[0].ID})
}

// Of two sessions that have begun the twentieth key, one adds it.
func TestTheTwentyFirstKeyIsRefusedAtItsAnswer(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		for range 18 {
			b.add(passkey.HardwareKey)
		}
		other := h.browser()
		other.enterKey(k)
		own, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		theirs, err := other.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.must(second(b.sendMade(own)))
		h.refused(second(other.sendMade(theirs)), apperr.TooManyKeys)
		if len(h.keys()) != 20 {
			t.Errorf("%d keys", len(h.keys()))
		}
	})
}

// Where the public URL has no host name, no key can be made, and nothing breaks.
func TestNoKeysAtAnIPAddress(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.refused(second(b.make(newOwnKey(passkey.Passkey))), apperr.KeysImpossible)
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if view.KeysPossible {
			t.Error("the page offers keys")
		}
		b.setUp()
		h.refused(second(h.AskKey(h.ctx, b.caller(), passkey.Passkey, false)), apperr.WrongState)
	}, func(d *auth.Deps) { d.PublicURL = "https://192.0.2.10" })
}

func TestAddingEndsNoSession(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		other := h.browser()
		other.enterCode(p)
		epoch := b.caller().Account.Epoch
		b.add(passkey.Passkey)
		b.add(passkey.HardwareKey)
		if in := signedIn(b, other); !slices.Equal(in, []int{0, 1}) || b.caller().Account.Epoch != epoch {
			t.Errorf("signed in: %v", in)
		}
	})
}

// The first key ends what the password alone has opened. A request of such a session that is
// in flight adds nothing.
func TestTheFirstKeyEndsOtherSessions(t *testing.T) {
	each(t, func(h *kit) {
		b, other := signedInAnna(h), h.browser()
		other.signIn("anna", goodPassword)
		answer, err := other.make(newOwnKey(passkey.HardwareKey))
		h.must(err)
		inFlight := other.caller()
		k := b.add(passkey.Passkey)
		if c := other.caller(); c.State != auth.Anonymous {
			t.Errorf("the state is %d", c.State)
		}
		_, err = h.AddKey(h.ctx, inFlight, []byte(answer))
		h.refused(err, apperr.SignedOut)
		other.enterKey(k)
		other.setUp()
		if in := signedIn(b, other); !slices.Equal(in, []int{0, 1}) {
			t.Errorf("an app beside a key ends sessions: %v", in)
		}
	})
}

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
		p := b.setUp()
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
		_ = p
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

// A help code replaces everything: the new key is the only factor, and counts at once.
func TestAKeyByAHelpCodeReplacesAllFactors(t *testing.T) {
	each(t, func(h *kit) {
		b, p, k, codes := appAndKey(h)
		h.must(b.stepUpKey(goodPassword, k))
		b.add(passkey.HardwareKey)
		for range 18 {
			b.add(passkey.HardwareKey)
		}
		helped := h.browser()
		helped.helped()
		h.refused(helped.takeAway(k), apperr.SetUpOwed)
		h.refused(helped.notMe(k), apperr.SetUpOwed)
		h.refused(h.RenameKey(h.ctx, helped.caller(), k.id, "x"), apperr.SetUpOwed)
		h.refused(helped.removeApp(), apperr.SetUpOwed)
		h.refused(helped.sendStepUp("", k.Use(`{"challenge":"AAAA"}`)), apperr.WrongState)
		fresh := newOwnKey(passkey.Passkey)
		added, err := helped.tryAdd(fresh)
		h.must(err)
		if !added.First {
			t.Errorf("added %+v", added)
		}
		if keys := h.keys(); len(keys) != 1 || !h.counts(fresh) || h.countOf("totp_keys")+h.countOf("backup_codes") != 0 {
			t.Errorf("left are %+v", keys)
		}
		if in := signedIn(b, helped); !slices.Equal(in, []int{1}) {
			t.Errorf("signed in: %v", in)
		}
		c := helped.caller()
		if c.Session.Recovery || c.Session.Level != session.LevelTwo || c.Session.ResistantAt != h.clock.Now().UnixMilli() || c.Next != auth.NextDone {
			t.Errorf("the session is %+v, next %q", c.Session, c.Next)
		}
		if said := h.acts(); said[len(said)-1] != "passkey_added ok help_code passkey" {
			t.Errorf("recorded %q", said)
		}
		helped.generate() // it was given just now
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.refused(other.verify(p.code(0)), apperr.WrongState)
		h.refused(other.verify(codes.Codes[0]), apperr.CodeWrong)
		h.clock.move(time.Minute)
		h.must(other.verifyKey(fresh))
	})
}

// The same key may be added again with a help code: its row is new.
func TestTheSameKeyByAHelpCode(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		b.signOut()
		b.helped()
		h.must(second(b.tryAdd(k)))
		b.signOut()
		b.enterKey(k)
	})
}

// A help code that has ended meanwhile adds no key.
func TestAKeyByAHelpCodeThatHasEnded(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		helped := h.browser()
		helped.helped()
		answer, err := helped.make(newOwnKey(passkey.Passkey))
		h.must(err)
		late := helped.caller()
		h.must(h.RefuseHelp(h.ctx, b.caller()))
		h.refused(second(helped.sendMade(answer)), apperr.SignedOut)
		h.refused(second(h.AddKey(h.ctx, late, []byte(answer))), apperr.SignedOut)
		if keys := h.keys(); len(keys) != 1 || keys[0].ID != k.id {
			t.Errorf("left are %+v", keys)
		}
	})
}

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

// Keys of another address do not work. A person with no other factor signs in with a backup
// code, and must set one up.
func TestKeysOfAnotherAddress(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		codes := b.generate()
		b.signOut()
		b.signIn("anna", goodPassword)
		answer := b.answer(k)
		h.moveHost()
		h.refused(b.sendVerify(answer), apperr.WrongState)
		h.refused(b.verifyKey(k), apperr.WrongState)
		if got := b.ways(); got != "backup" {
			t.Errorf("the ways are %q", got)
		}
		r, err := h.VerifySecondFactor(h.ctx, b.caller(), codes.Codes[0])
		h.must(err)
		b.keep(r.Issued)
		if r.Next != auth.NextSetUp || b.caller().Next != auth.NextSetUp {
			t.Errorf("next is %q, then %q", r.Next, b.caller().Next)
		}
		h.refused(b.takeAway(k), apperr.SetUpOwed)
		h.refused(b.pause(0), apperr.SetUpOwed)
		h.clock.move(29 * time.Minute)
		h.must(b.stepUp(goodPassword, "")) // the code that opened the session counts for half an hour
		fresh := b.add(passkey.Passkey)
		if next := b.caller().Next; next == auth.NextSetUp {
			t.Errorf("next is %q", next)
		}
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if len(view.Keys) != 2 || view.Keys[0].Works || !view.Keys[1].Works {
			t.Errorf("the page says %+v", view.Keys)
		}
		h.must(b.stepUpKey("", fresh))
		h.must(b.takeAway(k))
	})
}

// guarded are the acts that a phished code must not do.
var guarded = []struct {
	name string
	act  func(b *browser, k *ownKey) error
}{
	{"add a passkey", func(b *browser, _ *ownKey) error { return second(b.make(newOwnKey(passkey.Passkey))) }},
	{"add a hardware key", func(b *browser, _ *ownKey) error { return second(b.make(newOwnKey(passkey.HardwareKey))) }},
	{"move the app", func(b *browser, _ *ownKey) error {
		if _, err := b.BeginEnrollment(b.ctx, b.caller()); err != nil {
			return err
		}
		return b.CancelEnrollment(b.ctx, b.caller())
	}},
	{"new backup codes", func(b *browser, _ *ownKey) error { return second(b.ReplaceBackupCodes(b.ctx, b.caller(), noSheet)) }},
	{"the notice address", func(b *browser, _ *ownKey) error { return b.setAddress("thief@example.org") }},
	{"the e-mail address", func(b *browser, _ *ownKey) error { return b.ChooseEmail(b.ctx, b.caller(), false) }},
	{"pause", func(b *browser, _ *ownKey) error { return b.pause(time.Hour) }},
	{"remove the app", func(b *browser, _ *ownKey) error { return b.removeApp() }},
	{"remove a key", (*browser).takeAway},
	{"remove all", func(b *browser, _ *ownKey) error { return b.removeKey() }},
}

// A person who was phished has typed password and code into somebody else's page. With both
// just given, the thief can change nothing of what guards the account.
func TestAPhishedCodeChangesNoFactor(t *testing.T) {
	each(t, func(h *kit) {
		thief, p, k, _ := appAndKey(h)
		if c := thief.caller(); c.Session.Level != session.LevelTwo || !c.Session.PasswordFresh(h.clock.Now()) || !c.Session.FactorFresh(h.clock.Now()) {
			t.Fatalf("the session is %+v", c.Session)
		}
		h.clock.move(time.Minute)
		thief.caller() // which keeps when the session was last used
		for round := range 2 {
			for _, g := range guarded {
				before := testdb.Dump(t, h.db)
				err := g.act(thief, k)
				if e := h.refused(err, apperr.StepUpOwed); fmt.Sprint(e.Need) != "[key]" {
					t.Errorf("%s needs %v", g.name, e.Need)
				}
				if !bytes.Equal(testdb.Dump(t, h.db), before) {
					t.Errorf("%s, which was refused, has changed something", g.name)
				}
			}
			if round == 0 { // one more code of the same person is no more
				h.must(thief.stepUp(goodPassword, p.code(0)))
			}
		}
		h.must(h.RenameKey(h.ctx, thief.caller(), k.id, "harmless"))
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

// A request that is in flight when its session ends changes no key.
func TestAKeyRequestOfAnEndedSessionChangesNothing(t *testing.T) {
	each(t, func(h *kit) {
		owner, k := keysOnly(h, passkey.Passkey)
		b := h.browser()
		b.enterKey(k)
		spare := b.add(passkey.HardwareKey)
		used, madeBy := b.answer(k), b.caller()
		late := *madeBy
		made, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.must(h.EndOtherSessions(h.ctx, owner.caller()))
		before := testdb.Dump(t, h.db)
		for name, err := range map[string]error{
			"ask":     second(h.AskKey(h.ctx, &late, passkey.Passkey, false)),
			"step up": second(h.StepUp(h.ctx, &late, auth.StepUpInput{Key: []byte(used)})),
			"make":    second(h.MakeKey(h.ctx, &late, passkey.Passkey)),
			"add":     second(h.AddKey(h.ctx, &late, []byte(made))),
			"rename":  h.RenameKey(h.ctx, &late, k.id, "late"),
			"remove":  second(h.RemoveKey(h.ctx, &late, spare.id)),
			"not me":  second(h.RefuseKey(h.ctx, &late, k.id)),
		} {
			if apperr.CodeOf(err) != apperr.SignedOut {
				t.Errorf("%s: got %v, want %s", name, err, apperr.SignedOut)
			}
		}
		if !bytes.Equal(testdb.Dump(t, h.db), before) {
			t.Error("something was changed")
		}
	})
}
