package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
)

// Events are kept for 400 days, and what is older goes in several batches.
func TestAuditRetention(t *testing.T) {
	each(t, func(h *kit) {
		if auth.AuditRetention != 400*24*time.Hour {
			t.Errorf("events are kept for %v", auth.AuditRetention)
		}
		edge := h.clock.Now().Add(-auth.AuditRetention)
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
			for i := range 450 {
				at := edge.Add(-time.Millisecond - time.Duration(i)*time.Hour)
				if i >= 447 {
					at = edge.Add(time.Duration(i-447) * time.Hour)
				}
				if err := audit.Record(h.ctx, tx, audit.Event{At: at.UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK}); err != nil {
					return err
				}
			}
			return nil
		}))
		h.must(h.Housekeep(h.ctx))
		left := 0
		h.must(audit.Export(h.ctx, h.db.Read(h.ctx), time.Time{}, func(e audit.Event) error {
			if e.Time().Before(edge) {
				t.Errorf("an event of %v is left", e.Time())
			}
			left++
			return nil
		}))
		if left != 3 {
			t.Errorf("%d events are left, want 3", left)
		}
	})
}
