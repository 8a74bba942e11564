package auth_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// noSheet stands for the printer where the sheet is not what is tested.
func noSheet(*account.Account, auth.NewCodes) ([]byte, error) { return []byte("%PDF"), nil }

func (b *browser) generate() auth.NewCodes {
	b.Helper()
	codes, err := b.ReplaceBackupCodes(b.ctx, b.caller(), noSheet)
	b.must(err)
	return codes
}

// withCodes returns a browser signed in at level 2, its phone and a set.
func withCodes(h *kit) (*browser, *phone, auth.NewCodes) {
	h.Helper()
	b := signedInAnna(h)
	p := b.setUp()
	return b, p, b.generate()
}

// unknownCode is well-formed and belongs to nobody.
func unknownCode() string { return backupcode.Generate()[0] }

func TestGenerate(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		if codes.Number != 1 || len(codes.Codes) != 10 || len(codes.CheckWord) != 4 {
			t.Errorf("codes are %+v", codes)
		}
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if view.Codes == nil || view.Codes.Left != 10 || view.Codes.Number != 1 || view.Codes.CheckWord != codes.CheckWord || !view.Codes.ConfirmedAt.IsZero() {
			t.Errorf("view is %+v", view.Codes)
		}
		h.refused(h.ConfirmBackupCodes(h.ctx, b.caller(), 2), apperr.WrongState)
		h.must(h.ConfirmBackupCodes(h.ctx, b.caller(), 1))
		h.refused(h.ConfirmBackupCodes(h.ctx, b.caller(), 1), apperr.WrongState)
		b.generate()
		h.refused(h.ConfirmBackupCodes(h.ctx, b.caller(), 1), apperr.WrongState)
	})
}

// A sheet that cannot be printed must not cost the person the former set.
func TestAFailedSheetChangesNothing(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		broken := errors.New("no ink")
		_, err := h.ReplaceBackupCodes(h.ctx, b.caller(), func(*account.Account, auth.NewCodes) ([]byte, error) { return nil, broken })
		if !errors.Is(err, broken) {
			t.Fatalf("got %v", err)
		}
		r, err := h.CheckBackupCode(h.ctx, b.caller(), codes.Codes[0])
		h.must(err)
		if r.Result != auth.CheckValid {
			t.Errorf("a code of the former set is %q", r.Result)
		}
	})
}

func TestGenerateOwesPasswordAndCode(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		_, err := h.ReplaceBackupCodes(h.ctx, b.caller(), noSheet)
		h.refused(err, apperr.WrongState)
		b.setUp()
		h.clock.move(session.FactorFreshness)
		_, err = h.ReplaceBackupCodes(h.ctx, b.caller(), noSheet)
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 2 {
			t.Errorf("need is %v", e.Need)
		}
	})
}

func TestSignInWithABackupCode(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		b.signOut()
		b.signIn("anna", goodPassword)
		typed := strings.ToLower(strings.ReplaceAll(codes.Codes[3], "-", " "))
		r, err := h.VerifySecondFactor(h.ctx, b.caller(), typed)
		h.must(err)
		b.keep(r.Issued)
		if r.Method != throttle.BackupCode || r.BackupCodesLeft == nil || *r.BackupCodesLeft != 9 {
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
		if e := h.refused(b.verify(unknownCode()), apperr.CodeWrong); *e.TriesLeft != throttle.FreeTries-2 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		for range throttle.FreeTries - 2 {
			h.refused(b.verify(unknownCode()), apperr.CodeWrong)
		}
		h.refused(b.verify(fresh.Codes[0]), apperr.CodeWait)
		h.must(b.verify(p.code(1))) // a wait of one kind never holds back the other
	})
}

// Whoever has to wait cannot make the server hash meanwhile.
func TestAHeldBackCodeCostsNoHash(t *testing.T) {
	each(t, func(h *kit) {
		own, _, _ := withCodes(h)
		b := h.browser()
		b.signIn("anna", goodPassword)
		for range throttle.FreeTries {
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

func TestCheckASavedCode(t *testing.T) {
	each(t, func(h *kit) {
		b, p, old := withCodes(h)
		h.must(b.stepUp(goodPassword, p.code(0)))
		fresh := b.generate()
		h.must(b.stepUp("", fresh.Codes[5])) // used up
		for _, c := range []struct {
			code string
			want auth.Check
			set  int
		}{
			{fresh.Codes[0], auth.CheckValid, 2}, {fresh.Codes[0], auth.CheckValid, 2},
			{fresh.Codes[5], auth.CheckUsed, 2}, {old.Codes[0], auth.CheckReplaced, 1}, {unknownCode(), auth.CheckUnknown, 0},
		} {
			r, err := h.CheckBackupCode(h.ctx, b.caller(), c.code)
			h.must(err)
			if r.Result != c.want || r.Set != c.set {
				t.Errorf("got %+v, want %v of set %d", r, c.want, c.set)
			}
		}
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if view.Codes.CheckedAt.IsZero() || view.Codes.Left != 9 {
			t.Errorf("view is %+v", view.Codes)
		}
		for range throttle.FreeTries - 1 {
			_, err := h.CheckBackupCode(h.ctx, b.caller(), unknownCode())
			h.must(err)
		}
		_, err = h.CheckBackupCode(h.ctx, b.caller(), fresh.Codes[0])
		h.refused(err, apperr.CodeWait)
	})
}

func TestCheckNeedsLevelTwo(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		h.must(b.stepUp(goodPassword, p.code(0)))
		h.must(b.pause(0))
		other := h.browser()
		other.signIn("anna", goodPassword)
		_, err := h.CheckBackupCode(h.ctx, other.caller(), codes.Codes[0])
		h.refused(err, apperr.StepUpOwed)
		h.must(other.stepUp("", p.code(1)))
		_, err = h.CheckBackupCode(h.ctx, other.caller(), codes.Codes[0])
		h.must(err)
	})
}

// The phone is gone and one code is left; six minutes pass before *Move*.
func TestOneLastCodeIsEnoughForANewPhone(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		for _, code := range codes.Codes[:9] {
			h.must(b.stepUp("", code))
		}
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[9]))
		h.clock.move(6 * time.Minute)
		_, err := h.BeginEnrollment(h.ctx, b.caller())
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 1 || e.Need[0] != apperr.NeedPassword {
			t.Fatalf("need is %v: the code that opened the session counts", e.Need)
		}
		h.must(b.stepUp(goodPassword, ""))
		fresh := b.begin()
		h.must(b.confirm(fresh.code(0)))
		b.generate()
		h.clock.move(session.FactorFreshness + time.Second)
		h.must(b.stepUp(goodPassword, ""))
		if e := h.refused(b.removeKey(), apperr.StepUpOwed); e.Need[0] != apperr.NeedCode {
			t.Errorf("need is %v: removing wants a fresh code", e.Need)
		}
	})
}

func TestDeadSet(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		for range throttle.Unknown.Stop() {
			h.clock.move(throttle.LongestWait)
			stranger := h.browser()
			stranger.signIn("anna", goodPassword)
			if err := stranger.verify(unknownCode()); err == nil {
				t.Fatal("an unknown code was accepted")
			}
		}
		h.clock.move(31 * 24 * time.Hour) // long enough ago to demand no new password
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		for range throttle.Known.Stop() {
			h.clock.move(throttle.LongestWait)
			b.signIn("anna", goodPassword)
			if err := b.verify(unknownCode()); err == nil {
				t.Fatal("an unknown code was accepted")
			}
		}
		b.signIn("anna", goodPassword)
		h.clock.move(throttle.LongestWait)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(codes.Codes[1]), apperr.KeyDead)
		h.must(b.verify(p.code(0)))
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if !view.Codes.Dead || view.Key != auth.KeyLive {
			t.Errorf("view is %+v", view)
		}
		fresh := b.generate()
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(fresh.Codes[0]))
	})
}

// The last code must get a person to a new phone also when a new password is
// demanded on the way.
func TestTheLastCodeAndADemandedPassword(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		h.must(second(h.SetPassword(h.ctx, "anna", newPassword)))
		b.signIn("anna", newPassword)
		h.must(b.verify(codes.Codes[0]))
		h.clock.move(6 * time.Minute)
		h.must(b.stepUp(newPassword, ""))
		h.must(b.changePassword(newPassword, goodPassword))
		h.must(b.confirm(b.begin().code(0)))
	})
}

// What is stored of a code is Argon2id under a salt of its account, and one
// guess costs one run, however many codes there are (standards C2, C3).
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
// of them open anything, and none is used up by trying (standards C12, D11).
func TestCodesAloneOpenNothing(t *testing.T) {
	each(t, func(h *kit) {
		b, _, codes := withCodes(h)
		b.signOut()
		thief := h.stranger(1)
		for _, code := range codes.Codes[:2] {
			h.refused(thief.verify(code), apperr.PendingEnded)
			_, err := thief.trySignIn("anna", code)
			h.refused(err, apperr.CredentialsWrong)
		}
		if thief.tokens != (auth.Tokens{}) {
			t.Errorf("the tries issued %+v", thief.tokens)
		}
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		h.clock.move(session.FactorFreshness + time.Second)
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

// Each use of a code is told and recorded, at a sign-in and inside a session,
// and the app goes on counting (standards C13).
func TestUseOfABackupCodeIsToldAndRecorded(t *testing.T) {
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
			t.Errorf("told %d times", n)
		}
		events, _, err := h.Activity(h.ctx, b.caller(), 0)
		h.must(err)
		got := briefs(events)
		if count(got, "step_up_code ok backup") != 1 || count(got, "second_factor ok backup") != 1 {
			t.Errorf("events are %v", got)
		}
	})
}
