package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
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
		h.must(second(h.DisableAccount(h.ctx, "otto")))
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
		"after ten minutes": func(b *browser) { b.clock.move(session.PendingLifetime) },
		"when cancelled": func(b *browser) {
			_, err := b.CancelPending(b.ctx, b.caller())
			b.must(err)
		},
		"when the password is set by the operator": func(b *browser) {
			b.must(second(b.SetPassword(b.ctx, "anna", newPassword)))
		},
		"when the account is disabled": func(b *browser) { b.must(second(b.DisableAccount(b.ctx, "anna"))) },
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
		for range session.MaxExtensions {
			h.clock.move(9 * time.Minute)
			ends, err := h.ExtendPending(h.ctx, b.caller())
			h.must(err)
			if want := h.clock.Now().Add(session.PendingLifetime); !ends.Equal(want) {
				t.Fatalf("ends at %v, want %v", ends, want)
			}
		}
		_, err := h.ExtendPending(h.ctx, b.caller())
		h.refused(err, apperr.WrongState)
	})
}

func TestTokensOfOneKindAreNotTakenForAnother(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		b.setUp()
		b.signOut()
		b.signIn("anna", goodPassword)
		for _, forged := range []auth.Tokens{
			{Session: b.tokens.Pending}, {Session: b.tokens.Device}, {Pending: b.tokens.Device},
			{Session: "x"}, {Pending: "x", Device: "x"},
		} {
			c, err := h.Resolve(h.ctx, b.client, forged, false)
			h.must(err)
			if c.State != auth.Anonymous || c.Account != nil || c.Device != nil {
				t.Errorf("%+v resolves to %+v", forged, c)
			}
		}
	})
}

func TestSessionLimits(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		idle, busy := h.browser(), h.browser()
		idle.signIn("anna", goodPassword)
		busy.signIn("anna", goodPassword)
		for range 23 * 60 / 50 {
			h.clock.move(50 * time.Minute)
			if busy.caller().State != auth.SignedIn {
				t.Fatal("a session in use ended early")
			}
		}
		if idle.caller().State != auth.Anonymous {
			t.Error("an idle session must end after an hour")
		}
		h.clock.move(50 * time.Minute)
		busy.caller()
		h.clock.move(41 * time.Minute)
		if busy.caller().State != auth.Anonymous {
			t.Error("a session must end after 24 hours, however busy")
		}
	})
}

func TestBackgroundRequestsAreNoActivity(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		for range 5 {
			h.clock.move(11 * time.Minute)
			_, err := h.Resolve(h.ctx, b.client, b.tokens, true)
			h.must(err)
		}
		h.clock.move(5 * time.Minute)
		if b.caller().State != auth.Anonymous {
			t.Error("polling kept an idle session alive")
		}
	})
}

func TestTwentySessions(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		first := h.browser()
		first.signIn("anna", goodPassword)
		for range session.MaxSessions {
			h.clock.move(time.Second)
			b := h.browser()
			b.signIn("anna", goodPassword)
		}
		if first.caller().State != auth.Anonymous {
			t.Error("the 21st session must end the oldest")
		}
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

// A stranger must not learn from the work done whether a name exists.
func TestUnknownNameCostsTheSameWork(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		h.addUser("otto")
		h.must(second(h.DisableAccount(h.ctx, "otto")))
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

// countQueries returns a function that counts the statements a piece of work
// sends to the database.
func (h *kit) countQueries() func(work func()) int {
	h.Helper()
	count := 0
	watch := func(tx *database.Tx) {
		on, note := tx.Callback(), func(*database.Tx) { count++ }
		h.must(errors.Join(
			on.Query().Before("*").Register("count", note), on.Create().Before("*").Register("count", note),
			on.Update().Before("*").Register("count", note), on.Delete().Before("*").Register("count", note),
			on.Row().Before("*").Register("count", note), on.Raw().Before("*").Register("count", note)))
	}
	read := h.db.Read(h.ctx)
	watch(read)
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		if tx.Callback() != read.Callback() {
			watch(tx)
		}
		return nil
	}))
	return func(work func()) int {
		count = 0
		work()
		return count
	}
}

func TestOperatorPasswordMustBeChanged(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		h.must(second(h.SetPassword(h.ctx, "anna", newPassword)))
		b := h.browser()
		if next := b.signIn("anna", newPassword); next != auth.NextChangePassword {
			t.Fatalf("next is %q", next)
		}
		_, err := h.BeginEnrollment(h.ctx, b.caller())
		h.refused(err, apperr.PasswordChangeOwed)
		h.refused(b.changePassword(newPassword, newPassword), apperr.Invalid)
		h.must(b.changePassword(newPassword, goodPassword))
		if next := b.caller().Next; next != auth.NextDone {
			t.Errorf("next is %q", next)
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

// A password is good until there is a reason against it: no date makes it old
// (standards E4).
func TestNoPasswordGrowsOld(t *testing.T) {
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
// and only by its right password (standards E7).
func TestWeakHashIsRenewedAtSignIn(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		stored := func() string {
			users, err := h.ListUsers(h.ctx)
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

// Wherever a password is chosen, the block list and the names around it count
// (standards E5).
func TestBlockedPasswordsAreRefusedEverywhere(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("annabella")
		b := h.browser()
		b.signIn("annabella", goodPassword)
		for typed, reason := range map[string]string{
			"short": "too_short", "passwordpassword": "common", "Annabella-2026-annabella": "contains_name", "imagemaster imagemaster": "contains_name",
		} {
			for place, err := range map[string]error{
				"first start": h.setUpAdministrator(h.setupToken(), "annabella", typed),
				"user add":    h.CreateUser(h.ctx, auth.NewUser{Username: "annabella", Password: typed}),
				"operator":    second(h.SetPassword(h.ctx, "annabella", typed)),
				"change":      b.changePassword(goodPassword, typed),
			} {
				if e := h.refused(err, apperr.Invalid); len(e.Fields) != 1 || e.Fields[0] != (apperr.Field{Name: "password", Reason: reason}) {
					t.Errorf("%s, %q: %+v", place, typed, e.Fields)
				}
			}
		}
	})
}
