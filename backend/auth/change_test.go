package auth_test

import (
	"context"
	"strings"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// guardSerial says how often the guard of administrators was locked.
func (h *kit) guardSerial() (serial int) {
	h.Helper()
	h.must(h.db.Read(h.ctx).Raw("SELECT serial FROM administrators_guard WHERE id = 1").Scan(&serial).Error)
	return serial
}

// A change that administrators are told of locks their guard, also where the person
// became one of them after the account was read.
func TestChangesOfAdministratorsLockTheGuard(t *testing.T) {
	for what, c := range map[string]struct {
		before, meanwhile account.Role
		told              string
		want              int
	}{
		"of an administrator":                  {account.Administrator, account.Administrator, notify.DidGiveLink, 1},
		"of a person who became one":           {account.Person, account.Administrator, notify.DidGiveLink, 1},
		"of somebody who was one":              {account.Administrator, account.Person, notify.DidGiveLink, 1},
		"of a person":                          {account.Person, account.Person, notify.DidGiveLink, 0},
		"of a person who became one, not told": {account.Person, account.Administrator, "", 0},
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *kit) {
				h.addUser("anna")
				a, err := account.ByFoldedName(h.ctx, h.db.Read(h.ctx), "anna")
				h.must(err)
				setRole := func(role account.Role) {
					h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error { return account.SetRole(h.ctx, tx, a, role, h.Now()) }))
				}
				setRole(c.before)
				f, err := h.Target(h.ctx, a.ID)
				h.must(err)
				setRole(c.meanwhile)
				before, done := h.guardSerial(), 0
				h.must(second(h.ChangeFor(h.ctx, auth.Operator, f, auth.Change{Told: c.told,
					Do: func(context.Context, *database.Tx) error { done++; return nil }})))
				if got := h.guardSerial() - before; got != c.want || done != 1 {
					t.Errorf("the guard was locked %d times, want %d; the change was made %d times", got, c.want, done)
				}
			})
		})
	}
}

// An administrator whom the operator makes is told to all others, so the guard is locked
// before anything else.
func TestANewAdministratorLocksTheGuardFirst(t *testing.T) {
	each(t, func(h *kit) {
		statements := h.watchStatements()
		for name, admin := range map[string]bool{"root": true, "anna": false} {
			var first string // statement that writes
			for _, s := range statements(func() {
				h.must(h.CreateUser(h.ctx, auth.NewUser{Username: name, Password: goodPassword, Admin: admin}))
			}) {
				if first == "" && (s.locked || !strings.HasPrefix(s.sql, "SELECT")) {
					first = s.sql
				}
			}
			if got := strings.HasPrefix(first, "UPDATE administrators_guard"); first == "" || got != admin {
				t.Errorf("for %s the first statement is %q", name, first)
			}
		}
	})
}
