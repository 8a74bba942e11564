package auth_test

import (
	"errors"
	"regexp"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
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

// readsAccount says whether a statement reads the columns of an account and does
// not lock its row.
func (s statement) readsAccount() bool {
	return !s.locked && regexp.MustCompile("(?s)^SELECT .*((accounts|`accounts`)\\.`?password_hash|FROM [`\"]?accounts\\b)").MatchString(s.sql)
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
		once("remove", func() error { return b.removeKey() })
	})
}
