package auth_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

// lose takes the key away and starts the server with a new one.
func (h *kit) lose() *kit {
	h.Helper()
	old := h.ring.CurrentID()
	other := h.withRing(h.T, ringFile(h.T))
	if err := other.fits(other.ring); err == nil || !strings.Contains(err.Error(), "imagemaster key lost "+old) {
		h.Errorf("a server without the key starts: %v", err)
	}
	if sealed, err := h.keeper().DeclareKeyLost(h.ctx, old); err != nil || sealed == 0 {
		h.Fatalf("%d seeds lost: %v", sealed, err)
	}
	h.must(other.fits(other.ring))
	return other
}

// Who has lost the seed with the operator's key gets in by a backup code, must
// move, and is like before afterwards.
func TestLostKey(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		b.kit = h.lose()
		p.kit = b.kit
		b.tokens = auth.Tokens{}
		h.clock.move(time.Minute)
		if next := b.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Fatalf("an unreadable key counts as off: %q", next)
		}
		h.refused(b.verify(p.code(0)), apperr.KeyUnreadable)
		h.must(b.verify(codes.Codes[0]))
		if c := b.caller(); c.State != auth.SignedIn || c.Next != auth.NextSetUp {
			t.Errorf("state %v, next %q", c.State, c.Next)
		}
		_, err := b.ReplaceBackupCodes(b.ctx, b.caller(), noSheet)
		h.refused(err, apperr.SetUpOwed)
		view, err := b.TwoFactor(b.ctx, b.caller())
		h.must(err)
		if view.Key != auth.KeyUnreadable || !view.Enabled {
			t.Errorf("view is %+v", view)
		}
		p = b.setUp()
		if c := b.caller(); c.Next != auth.NextDone {
			t.Errorf("after the move next is %q", c.Next)
		}
		b.tokens = auth.Tokens{}
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		h.must(b.kit.fits(b.ring))
	})
}

func TestLostKeyWithoutBackupCodes(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		b.kit = h.lose()
		p.kit = b.kit
		h.refused(b.verify(p.code(0)), apperr.KeyUnreadable)
		h.refused(b.verify(unknownCode()), apperr.CodeWrong)
		h.must(second(b.ResetTwoFactor(b.ctx, "anna", auth.Reset{})))
		b.tokens = auth.Tokens{}
		if next := b.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
		b.setUp()
	})
}

// A pause relaxes the sign-in and nothing else: while it lasts nobody is made
// to move, but no code of the lost key works either.
func TestLostKeyDuringAPause(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.must(b.pause(time.Hour))
		b.kit = h.lose()
		p.kit = b.kit
		b.tokens = auth.Tokens{}
		if next := b.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
		h.clock.move(2 * time.Hour)
		b.tokens = auth.Tokens{}
		if next := b.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("after the pause next is %q", next)
		}
		h.refused(b.verify(p.code(0)), apperr.KeyUnreadable)
		h.must(b.verify(codes.Codes[0]))
		if c := b.caller(); c.Next != auth.NextSetUp {
			t.Errorf("next is %q", c.Next)
		}
	})
}

// One instance with a wrong key file is no loss: nobody has to move for it.
func TestUnreadableIsNotLost(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		right := b.kit
		b.kit = h.withRing(t, ringFile(t))
		b.tokens = auth.Tokens{}
		b.signIn("anna", goodPassword)
		h.refused(b.verify(p.code(0)), apperr.KeyUnreadable)
		h.must(b.verify(codes.Codes[0]))
		if c := b.caller(); c.Next != auth.NextDone {
			t.Errorf("next is %q", c.Next)
		}
		b.kit = right
		b.tokens = auth.Tokens{}
		h.clock.move(time.Minute)
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
	})
}

// A key file that turns up again is put back, or its line behind the new key.
func TestLostKeyIsFound(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		old := h.ring.CurrentID()
		other := h.lose()
		h.appendLine(h.ringPath, old, other.ringPath)
		b.kit = h.withRing(t, other.ringPath)
		h.must(b.fits(b.ring))
		h.must(b.verify(p.code(0)))
		if c := b.caller(); c.Next != auth.NextDone {
			t.Errorf("next is %q", c.Next)
		}
		if err := other.fits(h.ring); err == nil {
			t.Error("a ring without the newer key is accepted")
		}
	})
}

// appendLine puts the line of a key behind those of another file.
func (h *kit) appendLine(from, id, to string) {
	h.Helper()
	text, err := os.ReadFile(from)
	h.must(err)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, id) {
			f, err := os.OpenFile(to, os.O_APPEND|os.O_WRONLY, 0)
			h.must(err)
			_, err = f.WriteString(line)
			h.must(errors.Join(err, f.Close()))
		}
	}
}

func TestUnreadableAccountsAreNamed(t *testing.T) {
	each(t, func(h *kit) {
		withKey(h)
		h.addUser("bert")
		bert := h.browser()
		bert.signIn("bert", goodPassword)
		h.useKey(h.ringPath, h.addKey(h.ringPath))
		bert.setUp()
		found, err := h.keeper().UnreadableAccounts(h.ctx, h.ring)
		h.must(err)
		if len(found) != 0 {
			t.Errorf("found %+v", found)
		}
		old := h.ring.IDs()[1]
		h.edit(h.ringPath, func(f *secretbox.File) error { return f.Remove(old) })
		found, err = h.keeper().UnreadableAccounts(h.ctx, h.load(h.ringPath))
		h.must(err)
		if len(found) != 1 || found[0] != (auth.Unreadable{Username: "anna", RingKeyID: old}) {
			t.Errorf("found %+v", found)
		}
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error { return canary.DeclareLost(h.ctx, tx, old, h.clock.Now()) }))
		found, err = h.keeper().UnreadableAccounts(h.ctx, h.load(h.ringPath))
		h.must(err)
		if len(found) != 1 || !found[0].Lost {
			t.Errorf("found %+v", found)
		}
		duties, err := h.keeper().CountDuties(h.ctx, h.ring.IDs())
		h.must(err)
		if duties[h.ring.CurrentID()] != 1 {
			t.Errorf("duties are %v", duties)
		}
	})
}
