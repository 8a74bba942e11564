package auth_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
)

// statement is one statement that was sent to the database.
type statement struct {
	sql    string
	locked bool // the rows that it reads are locked
}

// watchStatements returns a function that returns the statements a piece of work
// sends to the database.
func (h *kit) watchStatements() func(work func()) []statement {
	h.Helper()
	var sent []statement
	var mu sync.Mutex
	add := func(tx *database.Tx) {
		mu.Lock()
		defer mu.Unlock()
		_, locked := tx.Statement.Clauses["FOR"]
		sent = append(sent, statement{tx.Statement.SQL.String(), locked})
	}
	watch := func(tx *database.Tx) {
		on := tx.Callback()
		h.must(errors.Join(
			on.Query().After("*").Register("watch", add), on.Create().After("*").Register("watch", add),
			on.Update().After("*").Register("watch", add), on.Delete().After("*").Register("watch", add),
			on.Row().After("*").Register("watch", add), on.Raw().After("*").Register("watch", add)))
	}
	read := h.db.Read(h.ctx)
	watch(read)
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		if tx.Callback() != read.Callback() {
			watch(tx)
		}
		return nil
	}))
	return func(work func()) []statement {
		sent = nil
		work()
		return sent
	}
}

// countQueries returns a function that counts the statements a piece of work
// sends to the database.
func (h *kit) countQueries() func(work func()) int {
	h.Helper()
	statements := h.watchStatements()
	return func(work func()) int { return len(statements(work)) }
}

// readsAccount says whether a statement reads the columns of an account, not only
// which account a name belongs to, and does not lock its row.
func (s statement) readsAccount() bool {
	return !s.locked && regexp.MustCompile("(?s)^SELECT .*((accounts|`accounts`)\\.`?password_hash|\\* FROM [`\"]?accounts\\b)").MatchString(s.sql)
}

// A request reads its account once, together with what identifies the caller.
// Whatever it decides later it decides on the row that it has locked.
func TestARequestReadsItsAccountOnce(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		statements := h.watchStatements()
		once := func(name string, request func() error) {
			h.Helper()
			reads := 0
			for _, s := range statements(func() { h.must(request()) }) {
				if s.readsAccount() {
					reads++
				}
			}
			if reads != 1 {
				t.Errorf("%s reads the account %d times without a lock", name, reads)
			}
		}
		var p *phone
		once("begin", func() error { p = b.begin(); return nil })
		once("confirm", func() error { return b.confirm(p.code(0)) })
		once("generate", func() error { return second(h.ReplaceBackupCodes(h.ctx, b.caller(), noSheet)) })
		once("the page", func() error { return second(h.TwoFactor(h.ctx, b.caller())) })
		once("sessions", func() error { return second(h.Sessions(h.ctx, b.caller())) })
		once("end others", func() error { return h.EndOtherSessions(h.ctx, b.caller()) })
		once("profile", func() error { return second(h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{})) })
		once("step-up", func() error { return b.stepUp(goodPassword, p.code(1)) })
		once("password", func() error { return b.changePassword(goodPassword, newPassword) })
		once("sign-out", func() error { b.signOut(); return nil })
		h.clock.move(90 * time.Second)
		once("sign-in", func() error { b.signIn("anna", newPassword); return nil })
		once("second factor", func() error { return b.verify(p.code(0)) })
		once("pause", func() error { return b.pause(0) })
		once("enable", func() error { return b.enable(p.code(1)) })
		k := newOwnKey(passkey.Passkey)
		var answer string
		once("make a key", func() (err error) { answer, err = b.make(k); return err })
		once("add it", func() error {
			added, err := b.sendMade(answer)
			k.id = added.ID
			return err
		})
		once("ask for it", func() (err error) { answer, err = b.ask(k); return err })
		once("step-up with it", func() error { return b.sendStepUp("", answer) })
		once("the ways", func() error { return second(h.Ways(h.ctx, b.caller())) })
		once("rename it", func() error { return h.RenameKey(h.ctx, b.caller(), k.id, "blue") })
		h.clock.move(73 * time.Hour)
		b.signIn("anna", newPassword)
		h.must(b.verifyKey(k))
		once("remove the app", b.removeApp)
		once("remove", func() error { return b.removeKey() })
	})
}

// What a refused password costs in the database does not depend on whether the
// name exists (E11): not the first time, not when the hour's events are too many to
// be kept, and not while the address has to wait.
func TestARefusedPasswordSendsTheSameStatements(t *testing.T) {
	each(t, func(h *kit) {
		for _, name := range []string{"anna", "otto"} {
			h.addUser(name)
		}
		h.must(second(h.DisableAccount(h.ctx, "otto", false)))
		h.invite("ida")
		statements := h.watchStatements()
		kinds := func(b *browser, name string, want apperr.Code) (sent []string) {
			h.Helper()
			for _, s := range statements(func() { h.refused(second(b.trySignIn(name, "not the right password")), want) }) {
				sent = append(sent, s.sql)
			}
			return sent
		}
		networks := 0
		same := func(what string, want apperr.Code, site func(name string) *browser) {
			h.Helper()
			first := kinds(site("anna"), "anna", want)
			for _, name := range []string{"nobody", "otto", "ida", "nobody else"} {
				if got := kinds(site(name), name, want); len(first) == 0 || !slices.Equal(got, first) {
					t.Errorf("%s: %q costs %q, anna costs %q", what, name, got, first)
				}
			}
		}
		fresh := func(string) *browser { networks++; return h.unknownBrowser(networks * 250) }
		same("the first refusal", apperr.CredentialsWrong, fresh)
		crowded := h.unknownBrowser(250 * 100)
		for i := range 20 {
			h.refused(second(crowded.trySignIn(fmt.Sprint("nobody", i), "not the right password")), apperr.CredentialsWrong)
		}
		same("one too many to be kept", apperr.CredentialsWrong, func(string) *browser { return crowded })

		waiting := h.unknownBrowser(250 * 101)
		for i := range 30 {
			h.refused(second(waiting.trySignIn(fmt.Sprint("nobody", i), "not the right password")), apperr.CredentialsWrong)
		}
		for hour := range 2 { // the first that is held back in an hour, and the next one
			same(fmt.Sprint("held back, ", hour), apperr.SignInWait, func(string) *browser { return waiting })
		}
	})
}
