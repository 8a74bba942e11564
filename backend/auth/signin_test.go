package auth_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
)

func TestSignInWithoutAKey(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		if next := b.signIn("  ANNA ", goodPassword); next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
		c := b.caller()
		if c.State != auth.SignedIn || c.Session.Level != session.LevelPassword || c.Account.Username != "anna" {
			t.Errorf("caller is %+v", c)
		}
		if b.tokens.Device == "" {
			t.Error("a completed sign-in makes the browser known")
		}
	})
}

func TestRefusedSignIns(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		h.addUser("otto")
		h.must(second(h.DisableAccount(h.ctx, "otto", false)))
		for _, try := range []struct{ name, pw string }{
			{"anna", "not the right password"},
			{"anna", ""},
			{"anna", goodPassword + " "},
			{"nobody", goodPassword},
			{"", goodPassword},
			{"a name with spaces", goodPassword},
			{"otto", goodPassword},
		} {
			b := h.browser()
			_, err := b.trySignIn(try.name, try.pw)
			h.refused(err, apperr.CredentialsWrong)
			if b.tokens != (auth.Tokens{}) {
				t.Errorf("%q: a refused sign-in issues %+v", try.name, b.tokens)
			}
		}
	})
}

func TestSignInWithAKeyOwesACode(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		p := b.setUp()
		b.signOut()
		if next := b.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Fatalf("next is %q", next)
		}
		if b.tokens.Session != "" || b.caller().State != auth.PendingSecondFactor {
			t.Error("a right password alone must open nothing")
		}
		_, err := h.TwoFactor(h.ctx, b.caller())
		h.refused(err, apperr.SignedOut)
		h.must(b.verify(p.code(0)))
		c := b.caller()
		if c.State != auth.SignedIn || c.Session.Level != session.LevelTwo || b.tokens.Pending != "" {
			t.Errorf("caller is %+v", c)
		}
	})
}

func TestPendingSignInEnds(t *testing.T) {
	ends := map[string]func(b *browser){
		"after ten minutes": func(b *browser) { b.clock.move(10 * time.Minute) },
		"when cancelled": func(b *browser) {
			_, err := b.CancelPending(b.ctx, b.caller())
			b.must(err)
		},
		"when the password is set by the operator": func(b *browser) {
			b.must(second(b.SetPassword(b.ctx, "anna", newPassword)))
		},
		"when the account is disabled": func(b *browser) { b.must(second(b.DisableAccount(b.ctx, "anna", false))) },
		"when the browser signs in again": func(b *browser) {
			former := b.tokens.Pending
			b.signIn("anna", goodPassword)
			b.tokens.Pending = former
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				h.addUser("anna")
				b := h.browser()
				b.signIn("anna", goodPassword)
				p := b.setUp()
				b.signOut()
				b.signIn("anna", goodPassword)
				end(b)
				h.refused(b.verify(p.code(0)), apperr.PendingEnded)
			})
		})
	}
}

func TestPendingSignInIsExtendedTenTimes(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		b.setUp()
		b.signOut()
		b.signIn("anna", goodPassword)
		for range 10 {
			h.clock.move(9 * time.Minute)
			h.must(h.ExtendPending(h.ctx, b.caller()))
			ends := b.caller().Pending.Ends()
			if want := h.clock.Now().Add(10 * time.Minute); !ends.Equal(want) {
				t.Fatalf("ends at %v, want %v", ends, want)
			}
		}
		h.refused(h.ExtendPending(h.ctx, b.caller()), apperr.WrongState)
	})
}

func TestCancelInASessionThatOwesACode(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(time.Hour))
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.clock.move(59 * time.Minute)
		other.caller()
		h.clock.move(time.Minute)
		i, err := h.CancelPending(h.ctx, other.caller())
		h.must(err)
		other.keep(i)
		h.refused(other.verify(p.code(0)), apperr.PendingEnded)
	})
}

func TestSignInEndsWhatTheBrowserHadBefore(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		former := b.tokens
		b.signIn("anna", goodPassword)
		if former.Session == b.tokens.Session || former.Device == b.tokens.Device {
			t.Error("a sign-in must issue new tokens")
		}
		c, err := h.Resolve(h.ctx, b.client, former, false)
		h.must(err)
		if c.State != auth.Anonymous || c.Device != nil {
			t.Error("the former tokens still count")
		}
	})
}

// The work that is done must not show whether a name exists.
func TestUnknownNameCostsTheSameWork(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		h.addUser("otto")
		h.must(second(h.DisableAccount(h.ctx, "otto", false)))
		hashes := func(name string) uint64 {
			before := h.Hasher.Runs()
			_, err := h.browser().trySignIn(name, "not the right password")
			h.refused(err, apperr.CredentialsWrong)
			return h.Hasher.Runs() - before
		}
		for _, name := range []string{"anna", "nobody", "otto", ""} {
			if n := hashes(name); n != 1 {
				t.Errorf("%q costs %d hashes, want 1", name, n)
			}
		}
		queries := h.countQueries()
		want := queries(func() { hashes("anna") })
		if want == 0 {
			t.Fatal("no query was counted")
		}
		for _, name := range []string{"nobody", "otto", ""} {
			if got := queries(func() { hashes(name) }); got != want {
				t.Errorf("%q costs %d queries, want %d", name, got, want)
			}
		}
	})
}

// A password is good until there is a reason against it: no date makes it old
// (E4).
func TestPasswordsDoNotExpire(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		for range 3 {
			h.clock.move(5 * 365 * 24 * time.Hour)
			h.must(h.Housekeep(h.ctx))
			if next := h.browser().signIn("anna", goodPassword); next != auth.NextDone {
				t.Errorf("next is %q", next)
			}
		}
	})
}

// A password hashed for less than today's cost is hashed anew at the sign-in,
// and only by its right password (E7).
func TestWeakHashIsRenewedAtSignIn(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		stored := func() string {
			users, err := account.ListAfter(h.ctx, h.db.Read(h.ctx), 0, 10)
			h.must(err)
			return users[0].PasswordHash
		}
		weak := stored()
		stronger := password.Cost{MemoryKiB: 128, Iterations: 2}
		h.Hasher = password.NewHasher(1, stronger)
		_, err := h.browser().trySignIn("anna", "not the right password")
		h.refused(err, apperr.CredentialsWrong)
		if stored() != weak {
			t.Fatal("a wrong password was hashed")
		}
		b := h.browser()
		b.signIn("anna", goodPassword)
		if got := stored(); got == weak || !strings.Contains(got, "m=128,t=2,") {
			t.Errorf("stored is %s", got)
		}
		if b.caller().State != auth.SignedIn {
			t.Error("hashing anew has ended the session")
		}
		renewed := stored()
		b.signIn("anna", goodPassword)
		if stored() != renewed {
			t.Error("hashed again without a reason")
		}
	})
}

func TestWrongPasswordsElsewhereDoNotDelayTheKnownBrowser(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		own := h.browser()
		own.signIn("anna", goodPassword)
		own.signOut()
		for n := range 100 {
			_, err := h.unknownBrowser(n).trySignIn("anna", "wrong")
			h.refused(err, apperr.CredentialsWrong)
		}
		_, err := h.unknownBrowser(900).trySignIn("anna", goodPassword)
		if e := h.refused(err, apperr.SignInWait); e.Wait <= 0 {
			t.Errorf("wait is %v", e.Wait)
		}
		own.signIn("anna", goodPassword)
	})
}

// A wait must not show whether a name exists.
func TestUnknownNamesWaitAlike(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.unknownBrowser(1)
		for _, name := range []string{"anna", "nobody", "no_other"} {
			for range 5 {
				_, err := b.trySignIn(name, "wrong")
				h.refused(err, apperr.CredentialsWrong)
			}
			_, err := b.trySignIn(name, "wrong")
			if e := h.refused(err, apperr.SignInWait); e.Wait != 30*time.Second {
				t.Errorf("%s: wait is %v", name, e.Wait)
			}
		}
	})
}

func TestRightPasswordsCountAsNoFailure(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		for range 35 {
			h.browser().signIn("anna", goodPassword)
		}
	})
}

// The owner of one IPv6 address has a whole /64 of them: they count as one (G16).
func TestAnIPv6NetworkIsOneAddress(t *testing.T) {
	each(t, func(h *kit) {
		from := func(address string) *browser {
			b := h.browser()
			b.client.Address = netip.MustParseAddr(address)
			return b
		}
		for n := range 30 {
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

func TestUnknownBrowsersDoNotEvictTheKnownOne(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		for n := range 21 {
			h.unknownBrowser(n).signIn("anna", goodPassword)
		}
		h.must(own.verify(p.code(0)))
	})
}
