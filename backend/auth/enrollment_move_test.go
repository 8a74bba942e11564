package auth_test

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
)

// A move that is given up leaves the key as it was.
func TestCancelledMove(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		moved := b.begin()
		h.must(h.CancelEnrollment(h.ctx, b.caller()))
		h.refused(b.confirm(moved.code(0)), apperr.PendingKeyEnded)
		b.signOut()
		h.clock.move(time.Minute)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(moved.code(0)), apperr.CodeWrong)
		h.must(b.verify(p.code(0)))
	})
}

func TestMoveKeepsTheOldKeyUntilTheNewOneIsConfirmed(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		old := b.setUp()
		h.must(b.stepUp(goodPassword, old.code(0)))
		fresh := b.begin()
		h.clock.move(time.Minute)

		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(old.code(0)))

		r, err := h.ConfirmEnrollment(h.ctx, b.caller(), fresh.code(0), "")
		h.must(err)
		b.keep(r.Issued)
		if r.OldLabel != "anna" {
			t.Errorf("the entry to delete is %q", r.OldLabel)
		}
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if want := "anna (2, 2026-11-23)"; view.KeyLabel != want {
			t.Errorf("label is %q, want %q", view.KeyLabel, want)
		}
		h.clock.move(time.Minute)
		other.signIn("anna", goodPassword)
		h.refused(other.verify(old.code(0)), apperr.CodeWrong)
		h.must(other.verify(fresh.code(0)))
	})
}

// Two moves at once: the second confirmation must not take over silently.
func TestTheSlowerOfTwoMovesIsRefused(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		old := b.setUp()
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(old.code(0)))
		theirs := other.begin()
		h.clock.move(time.Minute)
		h.must(b.stepUp(goodPassword, old.code(0)))
		ours := b.begin()
		h.must(b.confirm(ours.code(0)))
		h.refused(other.confirm(theirs.code(0)), apperr.SignedOut)
	})
}

func TestMoveOwesPasswordAndCode(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		h.clock.move(5 * time.Minute)
		_, err := h.BeginEnrollment(h.ctx, b.caller())
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 2 {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp(goodPassword, ""))
		_, err = h.BeginEnrollment(h.ctx, b.caller())
		if e := h.refused(err, apperr.StepUpOwed); len(e.Need) != 1 || e.Need[0] != apperr.NeedCode {
			t.Errorf("need is %v", e.Need)
		}
		h.must(b.stepUp("", p.code(0)))
		b.begin()
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
		h.clock.move(5*time.Minute + time.Second)
		h.must(b.stepUp(goodPassword, ""))
		if e := h.refused(b.removeKey(), apperr.StepUpOwed); e.Need[0] != apperr.NeedCode {
			t.Errorf("need is %v: removing wants a fresh code", e.Need)
		}
	})
}

func TestMoveEndsAPause(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(0))
		fresh := b.begin()
		h.must(b.confirm(fresh.code(0)))
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if !view.Enabled || view.Codes.Left != 10 {
			t.Errorf("view is %+v", view)
		}
		_ = p
	})
}

// The backup code that opened a session counts as the code for move and generate for
// 30 minutes, and not a moment longer.
func TestTheBackupCodeCountsForThirtyMinutes(t *testing.T) {
	each(t, func(h *kit) {
		b := backupSession(h)
		h.clock.move(30 * time.Minute)
		h.must(b.stepUp(goodPassword, ""))
		b.begin()
		b.generate()
		h.clock.move(time.Millisecond)
		b.mustOweACode()
	})
}

func TestTheBackupCodeDoesNotCountAfterAMove(t *testing.T) {
	each(t, func(h *kit) {
		b := backupSession(h)
		h.must(b.confirm(b.begin().code(0)))
		h.clock.move(5*time.Minute + time.Second)
		h.must(b.stepUp(goodPassword, ""))
		b.mustOweACode()
	})
}

func TestTheBackupCodeDoesNotCountAfterARemoval(t *testing.T) {
	each(t, func(h *kit) {
		b := backupSession(h)
		h.must(b.removeKey())
		if b.caller().Session.BackupAt != 0 {
			t.Error("the session still has the backup code")
		}
		b.setUp()
		h.clock.move(5*time.Minute + time.Second)
		h.must(b.stepUp(goodPassword, ""))
		b.mustOweACode()
	})
}

// backupSession returns a browser that a backup code has just signed in.
func backupSession(h *kit) *browser {
	h.Helper()
	b, _, codes := withCodes(h)
	b.signOut()
	b.signIn("anna", goodPassword)
	h.must(b.verify(codes.Codes[0]))
	return b
}

// mustOweACode checks that move and generate want a code.
func (b *browser) mustOweACode() {
	b.Helper()
	for name, err := range map[string]error{
		"move":     second(b.BeginEnrollment(b.ctx, b.caller())),
		"generate": second(b.ReplaceBackupCodes(b.ctx, b.caller(), noSheet)),
	} {
		if e := b.refused(err, apperr.StepUpOwed); !slices.Equal(e.Need, []apperr.Need{apperr.NeedCode}) {
			b.Errorf("%s: need is %v", name, e.Need)
		}
	}
}
