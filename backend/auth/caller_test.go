package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

// A request that is in flight when its session ends changes nothing.
func TestARequestOfAnEndedSessionChangesNothing(t *testing.T) {
	each(t, func(h *kit) {
		intruder, p, codes := withCodes(h)
		owner := h.browser()
		owner.signIn("anna", goodPassword)
		h.must(owner.verify(p.code(0)))
		h.clock.move(time.Minute)
		inFlight, session := intruder.caller(), owner.caller().Session.ID
		notices, err := h.Notices(h.ctx, owner.caller())
		h.must(err)
		h.must(h.EndOtherSessions(h.ctx, owner.caller()))
		for name, act := range map[string]func() error{
			"password": func() error { return second(h.ChangePassword(h.ctx, inFlight, goodPassword, newPassword)) },
			"pause":    func() error { return second(h.Pause(h.ctx, inFlight, 0)) },
			"remove":   func() error { return second(h.RemoveFactors(h.ctx, inFlight)) },
			"generate": func() error { return second(h.ReplaceBackupCodes(h.ctx, inFlight, noSheet)) },
			"move":     func() error { return second(h.BeginEnrollment(h.ctx, inFlight)) },
			"profile":  func() error { return second(h.ChangeProfile(h.ctx, inFlight, auth.ProfileInput{})) },
			"address": func() error {
				return h.SetNoticeAddress(h.ctx, inFlight, auth.AddressInput{Email: "intruder@example.com"})
			},
			"end":        func() error { return h.EndSession(h.ctx, inFlight, session) },
			"end others": func() error { return h.EndOtherSessions(h.ctx, inFlight) },
			"rename":     func() error { return h.RenamePhone(h.ctx, inFlight, "intruder") },
			"save":       func() error { return h.ConfirmBackupCodes(h.ctx, inFlight, codes.Number) },
			"check":      func() error { return second(h.CheckBackupCode(h.ctx, inFlight, codes.Codes[0])) },
			"dismiss":    func() error { return h.DismissNotice(h.ctx, inFlight, notices[0].ID) },
		} {
			if err := act(); apperr.CodeOf(err) != apperr.SignedOut {
				t.Errorf("%s: got %v, want %s", name, err, apperr.SignedOut)
			}
		}
		if owner.caller().State != auth.SignedIn {
			t.Error("the owner's session has ended")
		}
	})
}

func TestRequiredTwoFactorLeavesOnlySetUpOpen(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		if next := b.signIn("anna", goodPassword); next != auth.NextSetUp {
			t.Fatalf("next is %q", next)
		}
		h.refused(h.RenamePhone(h.ctx, b.caller(), "x"), apperr.SetUpOwed)
		h.refused(b.changePassword(goodPassword, newPassword), apperr.SetUpOwed)
		b.setUp()
		if next := b.caller().Next; next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	}, func(d *auth.Deps) { d.RequireTwoFactor = true })
}
