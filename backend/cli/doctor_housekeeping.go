package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/throttle"
)

// checkHousekeeping tells what is deleted and when, when that was last looked at,
// and how large the tables are.
func (d *doctor) checkHousekeeping(ctx context.Context) {
	if !d.hasTables() {
		d.skip("housekeeping", "not checked without the database and its tables")
		d.skip("tables", "not checked without the database and its tables")
		return
	}
	last, err := audit.LastLook(ctx, d.db.Read(ctx))
	ran := "has not run yet"
	if !last.IsZero() {
		ran = "ran at " + last.UTC().Format(time.RFC3339)
	}
	if err != nil {
		d.problem("housekeeping", "%v", err)
	} else {
		d.ok("housekeeping", "%s; a server deletes events after %d days, sent mails after %d, counts of wrong passwords after %d, and what has expired within 10 minutes",
			ran, days(auth.AuditRetention), days(notify.MailRetention), days(throttle.BudgetMemory))
	}
	tables, err := d.db.TableSizes(ctx)
	if err != nil {
		d.problem("tables", "%v", err)
		return
	}
	texts := make([]string, len(tables))
	for i, t := range tables {
		texts[i] = fmt.Sprintf("%s %d (%s)", t.Name, t.Rows, size(t.Bytes))
	}
	d.ok("tables", "rows: %s", strings.Join(texts, ", "))
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }
