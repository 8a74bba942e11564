package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/policy"
)

// add stores a policy for everybody that began long ago.
func (h *kit) addPolicy(least policy.Minimum) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		h.PoliciesChange(tx)
		return policy.Create(h.ctx, tx, &policy.Policy{Audience: policy.Everybody, Minimum: least, StartsAt: h.clock.Now().Add(-time.Hour).UnixMilli()})
	}))
}

// A check of somebody with a second factor is one statement, unless a policy demands keys
// and the person has none.
func TestPoliciesCostStatementsOnlyWhereTheyMatter(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		b.setUp()
		count := h.countQueries()
		check := func() (c *auth.Caller, statements int) {
			h.Helper()
			statements = count(func() {
				var err error
				c, err = h.Identify(h.ctx, b.tokens.Session)
				h.must(err)
			})
			return c, statements
		}
		if c, n := check(); n != 1 || c.Next != auth.NextDone {
			t.Errorf("without policies: %d statements, next %s", n, c.Next)
		}
		h.addPolicy(policy.AnyFactor)
		if c, n := check(); n != 1 || c.Next != auth.NextDone {
			t.Errorf("with a policy that is met: %d statements, next %s", n, c.Next)
		}
		h.addPolicy(policy.Resistant)
		if c, n := check(); n <= 1 || n > 3 || c.Next != auth.NextSetUp {
			t.Errorf("with one that demands a key: %d statements, next %s", n, c.Next)
		}
		h.refused(second(h.Sessions(h.ctx, b.caller())), apperr.SetUpOwed)
	})
}
