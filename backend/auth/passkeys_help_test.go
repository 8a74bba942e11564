package auth_test

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
)

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
