package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
)

func TestRightPasswordWithoutTheSecondFactorNotifies(t *testing.T) {
	ways := map[string]func(h *kit, intruder *browser, p *phone){
		"a wrong code": func(h *kit, intruder *browser, p *phone) { h.refused(intruder.verify(p.wrong()), apperr.CodeWrong) },
		"cancelled": func(h *kit, intruder *browser, _ *phone) {
			_, err := h.CancelPending(h.ctx, intruder.caller())
			h.must(err)
		},
		"signed out": func(_ *kit, intruder *browser, _ *phone) { intruder.signOut() },
		"signed in as somebody else": func(h *kit, intruder *browser, _ *phone) {
			if _, err := h.SignIn(h.ctx, h.browser().caller(), "otto", goodPassword); err != nil {
				h.addUser("otto")
			}
			intruder.signIn("otto", goodPassword)
		},
		"run out before the next sign-in": func(h *kit, _ *browser, _ *phone) {
			h.clock.move(10 * time.Minute)
			again := h.unknownBrowser(99)
			again.signIn("anna", goodPassword)
			again.tokens.Pending = "" // closed without a word
			h.must(h.Housekeep(h.ctx))
		},
		"left alone": func(h *kit, _ *browser, _ *phone) {
			h.clock.move(10 * time.Minute)
			h.must(h.Housekeep(h.ctx))
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				own, p := withKey(h)
				for n := range 3 { // within the hour: notified once
					intruder := h.unknownBrowser(n)
					intruder.signIn("anna", goodPassword)
					way(h, intruder, p)
				}
				own.signIn("anna", goodPassword)
				h.must(own.verify(p.code(0)))
				if n := count(own.noticeKinds(), "password_known"); n != 1 {
					t.Errorf("notified %d times", n)
				}
			})
		})
	}
}

// Keeping a pending sign-in from expiring does not keep the notice away.
func TestPostponedSecondFactorNotifies(t *testing.T) {
	ways := map[string]func(h *kit, own *browser, p *phone){
		"in one browser": func(h *kit, _ *browser, _ *phone) {
			intruder := h.unknownBrowser(1)
			for range 3 {
				intruder.signIn("anna", goodPassword)
				h.clock.move(10*time.Minute - time.Minute)
			}
		},
		"extended before": func(h *kit, _ *browser, _ *phone) {
			intruder := h.unknownBrowser(1)
			intruder.signIn("anna", goodPassword)
			h.clock.move(10*time.Minute - time.Minute)
			h.must(h.ExtendPending(h.ctx, intruder.caller()))
			h.clock.move(10*time.Minute - time.Minute)
			intruder.signIn("anna", goodPassword)
		},
		"in ever new browsers": func(h *kit, _ *browser, _ *phone) {
			for range 21 {
				h.unknownBrowser(1).signIn("anna", goodPassword)
			}
		},
		"until a pause": func(h *kit, own *browser, p *phone) {
			h.unknownBrowser(1).signIn("anna", goodPassword)
			own.signIn("anna", goodPassword)
			h.must(own.verify(p.code(0)))
			h.must(own.pause(time.Hour))
			h.clock.move(time.Hour)
		},
		"until a move": func(h *kit, own *browser, p *phone) {
			h.unknownBrowser(1).signIn("anna", goodPassword)
			own.signIn("anna", goodPassword)
			h.must(own.verify(p.code(0)))
			*p = *own.setUp()
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				own, p := withKey(h)
				way(h, own, p)
				h.must(h.Housekeep(h.ctx)) // what has ended is not found any more
				own.signIn("anna", goodPassword)
				h.must(own.verify(p.code(0)))
				if n := count(own.noticeKinds(), "password_known"); n != 1 {
					t.Errorf("notified %d times", n)
				}
			})
		})
	}
}

// A person who signs in again within ten minutes is not notified of it.
func TestSigningInTwiceDoesNotNotify(t *testing.T) {
	each(t, func(h *kit) {
		_, p := withKey(h)
		b := h.unknownBrowser(1)
		b.signIn("anna", goodPassword)
		h.clock.move(10*time.Minute - time.Minute)
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		if n := count(b.noticeKinds(), "password_known"); n != 0 {
			t.Errorf("notified %d times", n)
		}
	})
}

func TestWrongCodeInAKnownBrowserDoesNotNotify(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		h.refused(own.verify(p.wrong()), apperr.CodeWrong)
		h.must(own.verify(p.code(0)))
		if n := count(own.noticeKinds(), "password_known"); n != 0 {
			t.Error("a wrong code in a known browser notifies the person")
		}
	})
}

func TestTwentyFailuresOfUnknownBrowsersDemandANewPassword(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		fail := func(times int) {
			for range times {
				h.clock.move(time.Hour)
				intruder := h.unknownBrowser(1)
				intruder.signIn("anna", goodPassword)
				h.refused(intruder.verify(p.wrong()), apperr.CodeWrong)
			}
		}
		fail(19)
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		if own.caller().Next != auth.NextDone {
			t.Fatal("a new password is demanded too early")
		}
		fail(1)
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		if own.caller().Next != auth.NextChangePassword {
			t.Fatal("no new password is demanded")
		}
		h.must(own.changePassword(goodPassword, newPassword))
		own.signOut()
		h.clock.move(time.Minute)
		own.signIn("anna", newPassword)
		h.must(own.verify(p.code(0)))
		if own.caller().Next != auth.NextDone {
			t.Error("failures before the change still count")
		}
	})
}

// A notice about the former password says nothing of the new one.
func TestANewPasswordIsReportedAnew(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		alarm(h, p)
		h.clock.move(time.Minute)
		h.must(own.changePassword(goodPassword, newPassword))
		h.clock.move(time.Minute)
		intruder := h.unknownBrowser(2)
		intruder.signIn("anna", newPassword)
		intruder.signOut()
		if n := count(briefs(h.events()), "password_known ok"); n != 2 {
			t.Errorf("reported %d times", n)
		}
		h.refused(second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})), apperr.PasswordChangeOwed)
	})
}

// What a clock stored that was ahead, a notice or a change of password, hides no
// notice.
func TestAClockAheadHidesNoNotice(t *testing.T) {
	each(t, func(h *kit) {
		_, p, _ := withCodes(h)
		h.clock.move(48 * time.Hour)
		alarm(h, p)
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
			return tx.Exec("UPDATE accounts SET password_changed_at = ?", h.clock.Now().UnixMilli()).Error
		}))
		h.clock.move(-47 * time.Hour)
		intruder := h.unknownBrowser(2)
		intruder.signIn("anna", goodPassword)
		intruder.signOut()
		if n := count(briefs(h.events()), "password_known ok"); n != 2 {
			t.Errorf("reported %d times", n)
		}
		if known, err := h.PasswordKnown(h.ctx, "anna"); err != nil || !known {
			t.Errorf("the password is known: %v, %v", known, err)
		}
	})
}

// Extending a pending sign-in hides it for ten minutes at most.
func TestAnExtendedPendingSignInIsReported(t *testing.T) {
	each(t, func(h *kit) {
		withCodes(h)
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		for range 2 {
			h.clock.move(9 * time.Minute)
			h.must(h.ExtendPending(h.ctx, intruder.caller()))
		}
		if n := count(briefs(h.events()), "password_known ok"); n != 1 {
			t.Errorf("reported %d times", n)
		}
	})
}

// Who signs out of a session of a pause had all that was asked for.
func TestSigningOutInAPauseIsNoAlarm(t *testing.T) {
	each(t, func(h *kit) {
		own, _, _ := withCodes(h)
		h.must(own.pause(0))
		other := h.unknownBrowser(1)
		other.signIn("anna", goodPassword)
		other.signOut()
		if known, err := h.PasswordKnown(h.ctx, "anna"); err != nil || known {
			t.Errorf("the password is known: %v, %v", known, err)
		}
	})
}
