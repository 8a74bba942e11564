package auth_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// stranger is a browser at an address of its own.
func (h *kit) stranger(n int) *browser {
	b := h.browser()
	b.client.Address = netip.MustParseAddr(fmt.Sprintf("198.51.%d.%d", n/250, n%250+1))
	return b
}

func TestWrongPasswordsOfStrangersDoNotHoldBackTheKnownBrowser(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		own := h.browser()
		own.signIn("anna", goodPassword)
		own.signOut()
		for n := range throttle.DailyTries {
			_, err := h.stranger(n).trySignIn("anna", "wrong")
			h.refused(err, apperr.CredentialsWrong)
		}
		_, err := h.stranger(900).trySignIn("anna", goodPassword)
		if e := h.refused(err, apperr.SignInWait); e.Wait <= 0 {
			t.Errorf("wait is %v", e.Wait)
		}
		own.signIn("anna", goodPassword)
	})
}

// A wait must not tell whether a name exists either.
func TestUnknownNamesWaitAlike(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.stranger(1)
		for _, name := range []string{"anna", "nobody", "no_other"} {
			for range throttle.FreeTries {
				_, err := b.trySignIn(name, "wrong")
				h.refused(err, apperr.CredentialsWrong)
			}
			_, err := b.trySignIn(name, "wrong")
			if e := h.refused(err, apperr.SignInWait); e.Wait != throttle.FirstWait {
				t.Errorf("%s: wait is %v", name, e.Wait)
			}
		}
	})
}

func TestRightPasswordsUseUpNoLimit(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		for range throttle.AddressTries + throttle.FreeTries {
			h.browser().signIn("anna", goodPassword)
		}
	})
}

func (b *browser) noticeKinds() []string {
	b.Helper()
	notices, err := b.Notices(b.ctx, b.caller())
	b.must(err)
	kinds := make([]string, len(notices))
	for i, n := range notices {
		kinds[i] = string(n.Kind)
	}
	return kinds
}

func count(all []string, want string) (n int) {
	for _, one := range all {
		if one == want {
			n++
		}
	}
	return n
}

func TestRightPasswordWithoutTheSecondFactorIsTold(t *testing.T) {
	ways := map[string]func(h *kit, thief *browser, p *phone){
		"a wrong code": func(h *kit, thief *browser, p *phone) { h.refused(thief.verify(p.wrong()), apperr.CodeWrong) },
		"cancelled": func(h *kit, thief *browser, _ *phone) {
			_, err := h.CancelPending(h.ctx, thief.caller())
			h.must(err)
		},
		"signed out": func(_ *kit, thief *browser, _ *phone) { thief.signOut() },
		"signed in as somebody else": func(h *kit, thief *browser, _ *phone) {
			if _, err := h.SignIn(h.ctx, h.browser().caller(), "otto", goodPassword); err != nil {
				h.addUser("otto")
			}
			thief.signIn("otto", goodPassword)
		},
		"run out before the next sign-in": func(h *kit, _ *browser, _ *phone) {
			h.clock.move(session.PendingLifetime)
			again := h.stranger(99)
			again.signIn("anna", goodPassword)
			again.tokens.Pending = "" // closed without a word
			h.must(h.Housekeep(h.ctx))
		},
		"left alone": func(h *kit, _ *browser, _ *phone) {
			h.clock.move(session.PendingLifetime)
			h.must(h.Housekeep(h.ctx))
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				own, p := withKey(h)
				for n := range 3 { // within the hour: told once
					thief := h.stranger(n)
					thief.signIn("anna", goodPassword)
					way(h, thief, p)
				}
				own.signIn("anna", goodPassword)
				h.must(own.verify(p.code(0)))
				if n := count(own.noticeKinds(), "password_known"); n != 1 {
					t.Errorf("told %d times", n)
				}
			})
		})
	}
}

// Nobody keeps a right password secret by never letting a sign-in run out.
func TestSigningInAgainAndAgainIsTold(t *testing.T) {
	ways := map[string]func(h *kit, own *browser, p *phone){
		"in one browser": func(h *kit, _ *browser, _ *phone) {
			thief := h.stranger(1)
			for range 3 {
				thief.signIn("anna", goodPassword)
				h.clock.move(session.PendingLifetime - time.Minute)
			}
		},
		"extended before": func(h *kit, _ *browser, _ *phone) {
			thief := h.stranger(1)
			thief.signIn("anna", goodPassword)
			h.clock.move(session.PendingLifetime - time.Minute)
			second(h.ExtendPending(h.ctx, thief.caller()))
			h.clock.move(session.PendingLifetime - time.Minute)
			thief.signIn("anna", goodPassword)
		},
		"in ever new browsers": func(h *kit, _ *browser, _ *phone) {
			for range session.MaxPending + 1 {
				h.stranger(1).signIn("anna", goodPassword)
			}
		},
		"until a pause": func(h *kit, own *browser, p *phone) {
			h.stranger(1).signIn("anna", goodPassword)
			own.signIn("anna", goodPassword)
			h.must(own.verify(p.code(0)))
			h.must(own.pause(time.Hour))
			h.clock.move(time.Hour)
		},
		"until a move": func(h *kit, own *browser, p *phone) {
			h.stranger(1).signIn("anna", goodPassword)
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
					t.Errorf("told %d times", n)
				}
			})
		})
	}
}

// A person who signs in anew within the ten minutes is not told of herself.
func TestSigningInTwiceIsNotTold(t *testing.T) {
	each(t, func(h *kit) {
		_, p := withKey(h)
		b := h.stranger(1)
		b.signIn("anna", goodPassword)
		h.clock.move(session.PendingLifetime - time.Minute)
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		if n := count(b.noticeKinds(), "password_known"); n != 0 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestOnesOwnSlipIsNotTold(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		h.refused(own.verify(p.wrong()), apperr.CodeWrong)
		h.must(own.verify(p.code(0)))
		if n := count(own.noticeKinds(), "password_known"); n != 0 {
			t.Error("a wrong code in a known browser was taken for a stranger's")
		}
	})
}

func TestTwentyStrangeFailuresDemandANewPassword(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		fail := func(times int) {
			for range times {
				h.clock.move(throttle.LongestWait)
				thief := h.stranger(1)
				thief.signIn("anna", goodPassword)
				h.refused(thief.verify(p.wrong()), apperr.CodeWrong)
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

// Thousands of tries that were held back become one event an hour.
func TestHeldBackTriesAreOneEventAnHour(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		thief := h.stranger(1)
		thief.signIn("anna", goodPassword)
		for range throttle.FreeTries {
			h.refused(thief.verify(p.wrong()), apperr.CodeWrong)
		}
		for range 50 {
			h.refused(thief.verify(p.wrong()), apperr.CodeWait)
		}
		h.must(h.Housekeep(h.ctx))
		h.clock.move(time.Hour)
		h.must(h.Housekeep(h.ctx))
		h.must(h.Housekeep(h.ctx))
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		events, _, err := h.Activity(h.ctx, own.caller(), 0)
		h.must(err)
		var held []audit.Event
		for _, e := range events {
			if e.Outcome == audit.Denied {
				held = append(held, e)
			}
		}
		if len(held) != 1 || held[0].Count != 50 || held[0].Reason != audit.ReasonWait {
			t.Errorf("events are %+v", held)
		}
	})
}

func TestHousekeepingEndsWhatIsOver(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		b.begin()
		h.clock.move(auth.AuditRetention + time.Hour)
		h.must(h.Housekeep(h.ctx))
		b.signIn("anna", goodPassword)
		events, more, err := h.Activity(h.ctx, b.caller(), 0)
		h.must(err)
		// What ran out is told; everything from before is gone.
		want := []audit.Kind{audit.SignIn, audit.SessionEnded, audit.EnrollmentCancelled}
		if more || len(events) != len(want) {
			t.Fatalf("events are %+v", events)
		}
		for i, e := range events {
			if e.Kind != want[i] {
				t.Errorf("event %d is %s, want %s", i, e.Kind, want[i])
			}
		}
	})
}

// A sign-in during a pause must not make a stranger's browser a known one.
func TestAPauseMakesNoBrowserKnown(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		h.must(own.pause(time.Hour))
		thief := h.stranger(1)
		thief.signIn("anna", goodPassword)
		if thief.caller().Device != nil {
			t.Fatal("the stranger's browser is known")
		}
		if own.caller().Device == nil {
			t.Error("the person's own browser is not known any more")
		}
		h.refused(thief.stepUp("", p.wrong()), apperr.CodeWrong)
		h.clock.move(time.Hour)
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		if n := count(own.noticeKinds(), "password_known"); n != 1 {
			t.Errorf("told %d times of a wrong code in a session of the pause", n)
		}
	})
}

// A browser that signed in during a pause is known once it has given the code,
// too, and stays so when the session changes what the account owes.
func TestACodeAfterAPauseMakesTheBrowserKnown(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		h.must(own.pause(30 * time.Minute))
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.clock.move(30 * time.Minute)
		h.refused(other.verify(p.wrong()), apperr.CodeWrong)
		if other.caller().Device != nil {
			t.Fatal("a wrong code has made the browser known")
		}
		h.must(other.verify(p.code(0)))
		if other.caller().Device == nil {
			t.Error("the browser is not known")
		}
		h.clock.move(time.Minute)
		h.must(other.stepUp(goodPassword, p.code(0)))
		h.must(other.pause(time.Hour))
		if other.caller().Device == nil {
			t.Error("the browser is not known any more")
		}
	})
}

func TestStrangersDoNotPushOutOnesOwnSignIn(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		for n := range session.MaxPending + 1 {
			h.stranger(n).signIn("anna", goodPassword)
		}
		h.must(own.verify(p.code(0)))
	})
}

func TestTheOperatorsPasswordMeetsNoWaitOfStrangers(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		for n := range throttle.DailyTries {
			_, err := h.stranger(n).trySignIn("anna", "wrong")
			h.refused(err, apperr.CredentialsWrong)
		}
		h.must(second(h.SetPassword(h.ctx, "anna", newPassword)))
		h.stranger(900).signIn("anna", newPassword)
	})
}

// Who has one IPv6 address has a whole /64 of them: they count as one
// (standards G16).
func TestAnIPv6NetworkIsOneAddress(t *testing.T) {
	each(t, func(h *kit) {
		from := func(address string) *browser {
			b := h.browser()
			b.client.Address = netip.MustParseAddr(address)
			return b
		}
		for n := range throttle.AddressTries {
			_, err := from(fmt.Sprintf("2001:db8:1:2:%x::%x", n+1, n)).trySignIn(fmt.Sprint("name", n), "wrong")
			h.refused(err, apperr.CredentialsWrong)
		}
		_, err := from("2001:db8:1:2:ffff::1").trySignIn("another", "wrong")
		h.refused(err, apperr.SignInWait)
		for _, neighbour := range []string{"2001:db8:1:3::1", "192.0.2.1"} {
			_, err := from(neighbour).trySignIn("another", "wrong")
			h.refused(err, apperr.CredentialsWrong)
		}
	})
}
