package auth_test

import (
	"errors"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

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

// Of several requests at once only one costs hashes: it takes the number first.
func TestTheNumberOfASetIsTakenBeforeHashing(t *testing.T) {
	each(t, func(h *kit) {
		b, _, _ := withCodes(h)
		slower := b.caller() // read before the other request has begun
		b.generate()
		before := h.Hasher.Runs()
		_, err := h.ReplaceBackupCodes(h.ctx, slower, noSheet)
		h.refused(err, apperr.WrongState)
		if runs := h.Hasher.Runs() - before; runs != 0 {
			t.Errorf("the slower request has cost %d hashes", runs)
		}
	})
}

func TestGenerateOwesPasswordAndCode(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		_, err := h.ReplaceBackupCodes(h.ctx, b.caller(), noSheet)
		h.refused(err, apperr.WrongState)
		b.setUp()
		h.clock.move(5 * time.Minute)
		_, err = h.ReplaceBackupCodes(h.ctx, b.caller(), noSheet)
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 2 {
			t.Errorf("need is %v", e.Need)
		}
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
		for range 4 {
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
