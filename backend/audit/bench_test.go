package audit_test

import (
	"fmt"
	"net/netip"
	"path"
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// BenchmarkSearch searches 1,024,000 events on both engines. It reports the slowest page,
// which must take no longer than 50 ms. The searches that find nearly nothing end by the
// time of a page.
func BenchmarkSearch(b *testing.B) {
	testdb.Durable(b)
	for _, engine := range []string{testdb.SQLite, testdb.MariaDB} {
		b.Run(engine, benchmarkSearches)
	}
}

func benchmarkSearches(b *testing.B) {
	db := testdb.New(b, path.Base(b.Name()))
	fillMillion(b, db)
	one, none := int64(7), int64(999)
	middle := start.UnixMilli() + 512_000_000
	for _, search := range []struct {
		name string
		f    audit.Filter
	}{
		{"all", audit.Filter{}},
		{"from the middle", audit.Filter{Until: middle}},
		{"account", audit.Filter{AccountID: one}},
		{"no account", audit.Filter{AccountID: none}},
		{"kind", audit.Filter{Kind: audit.SignIn}},
		{"rare kind", audit.Filter{Kind: audit.KeyRemoved}},
		{"address", audit.Filter{Address: netip.MustParsePrefix("192.0.2.7/32")}},
		{"network", audit.Filter{Address: netip.MustParsePrefix("192.0.2.0/28")}},
		{"other network", audit.Filter{Address: netip.MustParsePrefix("203.0.113.0/24")}},
		{"account and rare kind", audit.Filter{AccountID: one, Kind: audit.KeyRemoved}},
		{"kind and other network until the middle", audit.Filter{Kind: audit.SignIn, Address: netip.MustParsePrefix("203.0.113.0/24"), Until: middle}},
		{"reason", audit.Filter{Reason: audit.ReasonWait}},
	} {
		b.Run(search.name, func(b *testing.B) {
			slowest := time.Duration(0)
			var after audit.Place
			pages := 0
			for b.Loop() {
				began := time.Now()
				_, next, err := audit.Search(b.Context(), db.Read(b.Context()), search.f, after, 50, 30*time.Millisecond)
				if err != nil {
					b.Fatal(err)
				}
				if slowest, after = max(slowest, time.Since(began)), next; pages > 200 {
					after = audit.Place{}
				}
				pages++
			}
			if slowest > 50*time.Millisecond {
				b.Errorf("a page took %v", slowest)
			}
			b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-page-ms")
		})
	}
}

// fillMillion stores a thousand events and doubles them ten times.
func fillMillion(b *testing.B, db *database.DB) {
	b.Helper()
	err := db.InTx(b.Context(), func(tx *database.Tx) error {
		var all []audit.Event
		for i := range 1000 {
			id := int64(i % 200)
			e := audit.Event{At: start.UnixMilli() + int64(i)*1000, Kind: audit.SignIn, Outcome: audit.OK, Actor: audit.Person, AccountID: &id,
				Address: fmt.Sprintf("192.0.2.%d", i%250), UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", Details: "{}"}
			if i%2 == 0 {
				e.Kind = audit.SecondFactor
			}
			all = append(all, e)
		}
		return tx.CreateInBatches(all, 200).Error
	})
	for i := 0; i < 10 && err == nil; i++ {
		err = db.InTx(b.Context(), func(tx *database.Tx) error {
			return tx.Exec("INSERT INTO audit_events (at, kind, outcome, reason, account_id, actor, address, user_agent, details)"+
				" SELECT at + ?, kind, outcome, CASE WHEN id % 997 = 0 THEN 'wait' ELSE reason END, account_id, actor, address, user_agent, details FROM audit_events", int64(1000_000)<<i).Error
		})
	}
	if err == nil {
		err = db.InTx(b.Context(), func(tx *database.Tx) error {
			return tx.Exec("UPDATE audit_events SET kind = ? WHERE id % 100003 = 0", audit.KeyRemoved).Error
		})
	}
	if err != nil {
		b.Fatal(err)
	}
}
