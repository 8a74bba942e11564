package auth_test

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

// A wrong password must not use up the code that came with it.
func TestThePasswordIsCheckedFirst(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		h.refused(b.stepUp("wrong", p.code(0)), apperr.PasswordWrong)
		h.must(b.stepUp(goodPassword, p.code(0)))
	})
}

func TestStepUpSpendsTheCode(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		code := p.code(0)
		h.must(b.stepUp("", code))
		h.refused(b.stepUp("", code), apperr.CodeUsed)
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verify(code), apperr.CodeUsed)
	})
}

// A step-up costs no try, but it does not forgive earlier failures either.
func TestStepUpNeitherCostsNorResets(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		for range 4 {
			h.refused(b.stepUp("", p.wrong()), apperr.CodeWrong)
		}
		for range 4 {
			h.must(b.stepUp("", p.code(0)))
			h.clock.move(30 * time.Second)
		}
		if e := h.refused(b.stepUp("", p.wrong()), apperr.CodeWrong); *e.TriesLeft != 0 || e.Wait != 30*time.Second {
			t.Errorf("%d tries left, wait %v", *e.TriesLeft, e.Wait)
		}
		h.refused(b.stepUp("", p.code(0)), apperr.CodeWait)
	})
}

func TestStepUpWithoutASession(t *testing.T) {
	each(t, func(h *kit) {
		b := h.browser()
		h.refused(b.stepUp(goodPassword, ""), apperr.SignedOut)
	})
}

func TestStepUpWithACodeWithoutAKey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.refused(b.stepUp("", "123456"), apperr.WrongState)
	})
}

// A token that was copied before a step-up is worth nothing after it (ASVS
// 7.2.4), whichever factors were given.
func TestAStepUpChangesTheToken(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		for name, step := range map[string]func() error{
			"password": func() error { return b.stepUp(goodPassword, "") },
			"code":     func() error { return b.stepUp("", p.code(0)) },
			"both":     func() error { return b.stepUp(goodPassword, p.code(1)) },
		} {
			copied := *b
			id := b.caller().Session.ID
			h.must(step())
			if copied.caller().State != auth.Anonymous {
				t.Errorf("%s: the old token counts", name)
			}
			if b.caller().Session.ID != id {
				t.Errorf("%s: another session", name)
			}
			h.clock.move(2 * time.Minute)
		}
	})
}

// A refusal comes without cookies, so it must leave the token as it was.
func TestARefusedStepUpKeepsTheToken(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		token := b.tokens.Session
		h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
		h.refused(b.stepUp(goodPassword, p.wrong()), apperr.CodeWrong)
		if b.tokens.Session != token || b.caller().State != auth.SignedIn {
			t.Error("the session is lost")
		}
	})
}

// A lost answer must not lock out a person who has used the last backup code.
func TestAStepUpKeepsTheTokenOfABackupSession(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		lost := *b
		h.must(b.stepUp(goodPassword, ""))
		if lost.caller().State != auth.SignedIn {
			t.Error("the session is lost with the answer")
		}
	})
}

// A request with password and code counts as a whole or not at all.
func TestAStepUpWithAWrongCodeFreshensNothing(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		h.clock.move(5*time.Minute + time.Second)
		for range 3 {
			h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
		}
		for _, wrong := range []string{p.wrong(), unknownCode()} {
			before := *b.caller().Session
			h.refused(b.stepUp(goodPassword, wrong), apperr.CodeWrong)
			if after := b.caller().Session; after.PasswordAt != before.PasswordAt || after.CodeAt != before.CodeAt {
				t.Errorf("the factors were given at %d and %d", after.PasswordAt, after.CodeAt)
			}
		}
		h.refused(h.EndOtherSessions(h.ctx, b.caller()), apperr.StepUpOwed)
		if e := h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong); *e.TriesLeft != 1 {
			t.Errorf("%d tries left: the right password counted", *e.TriesLeft)
		}
		h.must(b.stepUp(goodPassword, p.code(0)))
		h.must(h.EndOtherSessions(h.ctx, b.caller()))
	})
}

func TestAStepUpWithAWrongPasswordSpendsNoCode(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.refused(b.stepUp("wrong", codes.Codes[0]), apperr.PasswordWrong)
		h.refused(b.stepUp("wrong", p.wrong()), apperr.PasswordWrong)
		h.must(b.stepUp(goodPassword, codes.Codes[0]))
		if e := h.refused(b.stepUp("", p.wrong()), apperr.CodeWrong); *e.TriesLeft != 4 {
			t.Errorf("%d tries left: a code with a wrong password counted", *e.TriesLeft)
		}
	})
}

// A session that a backup code has opened keeps its token until another factor is given: a
// copy of the cookie does not get the power of that.
func TestABackupSessionGetsANewTokenWithAnotherFactor(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		copied := *b
		h.must(b.stepUp(goodPassword, ""))
		h.clock.move(31 * time.Minute)
		h.must(b.stepUp(goodPassword, codes.Codes[1]))
		if b.tokens != copied.tokens {
			t.Error("the tokens have changed")
		}
		h.must(b.stepUp("", p.code(0)))
		if in := signedIn(b, &copied); !slices.Equal(in, []int{0}) {
			t.Errorf("signed in: %v", in)
		}
	})
}
