package auth_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
)

func TestRefusedBackupCodes(t *testing.T) {
	each(t, func(h *kit) {
		b, p, old := withCodes(h)
		h.must(b.stepUp(goodPassword, p.code(0)))
		fresh := b.generate()
		b.signOut()
		b.tokens.Device = ""
		b.signIn("anna", goodPassword)
		typo := []byte(fresh.Codes[0])
		typo[0] = map[bool]byte{true: '8', false: '7'}[typo[0] == '7']
		h.refused(b.verify(string(typo)), apperr.Invalid)
		h.refused(b.verify(old.Codes[0]), apperr.CodeReplaced)
		if e := h.refused(b.verify(unknownCode()), apperr.CodeWrong); *e.TriesLeft != 3 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		for range 3 {
			h.refused(b.verify(unknownCode()), apperr.CodeWrong)
		}
		h.refused(b.verify(fresh.Codes[0]), apperr.CodeWait)
		h.must(b.verify(p.code(1))) // a wait of one kind never holds back the other
	})
}

// A caller who has to wait cannot make the server hash.
func TestAHeldBackCodeCostsNoHash(t *testing.T) {
	each(t, func(h *kit) {
		own, _, _ := withCodes(h)
		b := h.browser()
		b.signIn("anna", goodPassword)
		for range 5 {
			h.refused(b.verify(unknownCode()), apperr.CodeWrong)
			h.refused(own.stepUp("", unknownCode()), apperr.CodeWrong)
		}
		before := h.Hasher.Runs()
		h.refused(b.verify(unknownCode()), apperr.CodeWait)
		h.refused(second(h.CheckBackupCode(h.ctx, own.caller(), unknownCode())), apperr.CodeWait)
		if after := h.Hasher.Runs(); after != before {
			t.Errorf("%d hashes", after-before)
		}
	})
}

func TestAnotherAccountsBackupCodeIsWrong(t *testing.T) {
	each(t, func(h *kit) {
		_, _, theirs := withCodes(h)
		h.addUser("otto")
		b := h.browser()
		b.signIn("otto", goodPassword)
		b.setUp()
		b.generate()
		b.signOut()
		b.signIn("otto", goodPassword)
		h.refused(b.verify(theirs.Codes[0]), apperr.CodeWrong)
	})
}

// What is stored of a code is Argon2id under a salt of its account, and one
// guess costs one run, however many codes there are (C2, C3).
func TestCodesAreSaltedPerAccountAndCostOneRun(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.must(b.stepUp("", p.code(0)))
		codes = b.generate() // a second set, under the same salt
		salt := b.caller().Account.BackupSalt
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		otto.setUp()
		otto.generate()
		if theirs := otto.caller().Account.BackupSalt; len(salt) != 16 || len(theirs) != 16 || bytes.Equal(salt, theirs) {
			t.Errorf("salts are %x and %x", salt, theirs)
		}
		for i, code := range codes.Codes {
			canonical, _ := backupcode.Parse(code)
			c, err := backupcode.Find(h.ctx, h.db.Read(h.ctx), b.caller().Account.ID, h.Hasher.Key([]byte(canonical), salt))
			if err != nil || c.SetNumber != 2 {
				t.Errorf("code %d is not stored as Argon2id makes it: %+v, %v", i+1, c, err)
			}
		}
		b.signOut()
		b.signIn("anna", goodPassword)
		for _, c := range []struct {
			code string
			want apperr.Code
		}{{unknownCode(), apperr.CodeWrong}, {codes.Codes[9], ""}} {
			before := h.Hasher.Runs()
			if err := b.verify(c.code); (err == nil) != (c.want == "") || err != nil && apperr.CodeOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if runs := h.Hasher.Runs() - before; runs != 1 {
				t.Errorf("%q costs %d runs", c.want, runs)
			}
		}
	})
}

// A code stands for the phone and never for the password: not one and not two
// of them open anything, and none is used up by trying (C12, D11).
func TestCodesAloneOpenNothing(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		b.signOut()
		intruder := h.unknownBrowser(1)
		for _, code := range codes.Codes[:2] {
			h.refused(intruder.verify(code), apperr.PendingEnded)
			_, err := intruder.trySignIn("anna", code)
			h.refused(err, apperr.CredentialsWrong)
		}
		if intruder.tokens != (auth.Tokens{}) {
			t.Errorf("the tries issued %+v", intruder.tokens)
		}
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		h.clock.move(5*time.Minute + time.Second)
		h.must(b.stepUp("", codes.Codes[1])) // a second code is still no password
		for what, err := range map[string]error{
			"move": second(h.BeginEnrollment(h.ctx, b.caller())), "generate": second(h.ReplaceBackupCodes(h.ctx, b.caller(), noSheet)),
			"remove": b.removeKey(),
		} {
			if e := h.refused(err, apperr.StepUpOwed); !slices.Contains(e.Need, apperr.NeedPassword) {
				t.Errorf("%s needs %v", what, e.Need)
			}
		}
		h.refused(b.changePassword(codes.Codes[3], newPassword), apperr.PasswordWrong)
	})
}

// Each use of a code is recorded and notifies the person, at a sign-in and inside a
// session, and the app still works (C13).
func TestUseOfABackupCodeNotifiesAndIsRecorded(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.must(b.stepUp("", codes.Codes[0]))
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[1]))
		b.signOut()
		if next := b.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Fatalf("next is %q", next)
		}
		h.must(b.verify(p.code(0)))
		if n := count(b.noticeKinds(), "backup_code_used"); n != 2 {
			t.Errorf("notified %d times", n)
		}
		events, _, err := h.Activity(h.ctx, b.caller(), 0)
		h.must(err)
		got := briefs(events)
		if count(got, "step_up_code ok backup") != 1 || count(got, "second_factor ok backup") != 1 {
			t.Errorf("events are %v", got)
		}
	})
}
