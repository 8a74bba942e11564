package auth_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
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
