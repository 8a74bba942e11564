package auth_test

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

func TestSignInWithABackupCode(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		b.signOut()
		b.signIn("anna", goodPassword)
		typed := strings.ToLower(strings.ReplaceAll(codes.Codes[3], "-", " "))
		r, err := h.VerifySecondFactor(h.ctx, b.caller(), typed)
		h.must(err)
		b.keep(r.Issued)
		if r.Factor != string(throttle.BackupCode) || r.BackupCodesLeft == nil || *r.BackupCodesLeft != 9 {
			t.Errorf("result is %+v", r)
		}
		if s := b.caller().Session; s.Level != session.LevelTwo || s.BackupAt == 0 {
			t.Errorf("session is %+v", s)
		}
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verify(codes.Codes[3]), apperr.CodeUsed)
		h.must(b.verify(codes.Codes[9])) // any order
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

// A pause overruled by the operator's option must not come back without it.
func TestAnOverruledPauseIsOver(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(0))
		h.RequireTwoFactor = true
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		h.RequireTwoFactor = false
		if next := b.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q", next)
		}
	})
}
