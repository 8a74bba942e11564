package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// When the pause of an administrator ends, the open session owes a code. On a full
// disk that code is accepted. Other changes are refused.
func TestFullDisk(t *testing.T) {
	h := newKit(t, testdb.Open(t, database.Options{DataDir: testdb.SmallDisk(t, "48m")}))
	h.must(h.db.Migrate(h.ctx))
	h.must(h.CreateUser(h.ctx, auth.NewUser{Username: "anna", Password: "first password of the operator", Admin: true}))
	b := h.browser()
	b.signIn("anna", "first password of the operator")
	h.refused(second(h.RequireSpace(h.ctx, b.caller())), apperr.NoSpace)
	h.must(b.changePassword("first password of the operator", goodPassword))
	b.setUp()
	h.must(b.pause(time.Hour))
	b.signOut()
	b.signIn("anna", goodPassword)
	h.clock.move(59 * time.Minute)
	b.caller()
	h.clock.move(time.Minute)
	c := b.caller()
	if c.State != auth.PendingSecondFactor || c.Pending != nil {
		t.Fatalf("the state is %v with the pending sign-in %v", c.State, c.Pending)
	}
	h.must(second(h.RequireSpace(h.ctx, c)))
}
