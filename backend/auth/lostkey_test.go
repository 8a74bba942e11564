package auth_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/secretbox"
)

// starts reports why a server with a ring does not start.
func (h *kit) starts(ring *secretbox.Keyring) error { return h.rotation().Check(h.ctx, ring) }

// lose takes the key away and starts the server with a new one.
func (h *kit) lose() *kit {
	h.Helper()
	old := h.ring.CurrentID()
	other := h.withRing(h.T, ringFile(h.T))
	if err := other.starts(other.ring); err == nil || !strings.Contains(err.Error(), "imagemaster key lost "+old) {
		h.Errorf("a server without the key starts: %v", err)
	}
	if sealed, err := h.rotation().DeclareLost(h.ctx, old); err != nil || sealed == 0 {
		h.Fatalf("%d seeds lost: %v", sealed, err)
	}
	h.must(other.starts(other.ring))
	return other
}

// A person whose seed is lost with the operator's key signs in with a backup
// code and must move to a new key. After that everything is as before.
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
		h.must(b.kit.starts(b.ring))
	})
}

func TestLostKeyWithoutBackupCodes(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		b.kit = h.lose()
		p.kit = b.kit
		h.refused(b.verify(p.code(0)), apperr.KeyUnreadable)
		h.refused(b.verify(unknownCode()), apperr.CodeWrong)
		h.must(b.ResetTwoFactor(b.ctx, "anna"))
		b.tokens = auth.Tokens{}
		if next := b.signIn("anna", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
		b.setUp()
	})
}

// A pause weakens the sign-in and nothing else: while it lasts nobody must move,
// but no code of the lost key works either.
func TestLostKeyDuringAPause(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.must(b.Pause(b.ctx, b.caller(), time.Hour))
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

// A wrong key file on one instance is no loss: nobody has to move because of it.
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

// A key file that is found again is put back, or its line is added behind the
// new key.
func TestLostKeyIsFound(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		old := h.ring.CurrentID()
		other := h.lose()
		h.appendLine(h.ringPath, old, other.ringPath)
		b.kit = h.withRing(t, other.ringPath)
		h.must(b.starts(b.ring))
		h.must(b.verify(p.code(0)))
		if c := b.caller(); c.Next != auth.NextDone {
			t.Errorf("next is %q", c.Next)
		}
		if err := other.starts(h.ring); err == nil {
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
