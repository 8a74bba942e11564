package audit_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// many is more events than one query looks at, with few of some kinds.
const many = 2600

// somewhere are the addresses of events. Events that sum up others have a network.
var somewhere = []string{"192.0.2.7", "192.0.2.70", "192.0.3.7", "198.51.100.1", "2001:db8::1", "2001:db8:1::1", "192.0.2.0/24", "2001:db8::/48", "", "unknown"}

// newMany stores events, many of them at the same moment and not in the order of time.
func newMany(t *testing.T, db *database.DB) []audit.Event {
	t.Helper()
	accounts := []int64{7, 8, 9}
	var all []audit.Event
	for i := range many {
		e := audit.Event{At: start.Add(time.Duration(i*7919%500) * time.Second).UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK, Actor: audit.Person,
			Address: somewhere[i%len(somewhere)], Details: "{}", Version: fmt.Sprint(i)}
		switch {
		case i%1300 == 17:
			e.Kind, e.Actor, e.ActorID = audit.KeyRemoved, audit.Administrator, int64(5+i%2)
		case i%3 == 0:
			e.Kind = audit.SecondFactor
		}
		if i%5 == 0 {
			e.Reason = audit.ReasonWait
		}
		if i%4 != 3 {
			e.AccountID = &accounts[i%4]
		}
		all = append(all, e)
	}
	err := db.InTx(t.Context(), func(tx *database.Tx) error { return tx.CreateInBatches(all, 200).Error })
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b audit.Event) int {
		if a.At != b.At {
			return int(b.At - a.At)
		}
		return int(b.ID - a.ID)
	})
	return all
}

// wanted says in plain words what a filter asks.
func wanted(f audit.Filter, e *audit.Event) bool {
	switch {
	case f.AccountID != 0 && (e.AccountID == nil || *e.AccountID != f.AccountID), f.Kind != "" && e.Kind != f.Kind,
		f.Reason != "" && e.Reason != f.Reason, f.ActorID != 0 && e.ActorID != f.ActorID, e.At < f.Since, f.Until != 0 && e.At >= f.Until, f.ByOther && e.Actor == audit.Person:
		return false
	}
	return !f.Address.IsValid() || slices.Contains(strings.Fields(inNetwork[f.Address.String()]), e.Address)
}

// inNetwork are those of somewhere that are in a network.
var inNetwork = map[string]string{
	"192.0.2.7/32": "192.0.2.7", "192.0.2.0/24": "192.0.2.7 192.0.2.70 192.0.2.0/24", "192.0.2.0/25": "192.0.2.7 192.0.2.70",
	"192.0.0.0/16": "192.0.2.7 192.0.2.70 192.0.3.7 192.0.2.0/24", "0.0.0.0/0": "192.0.2.7 192.0.2.70 192.0.3.7 198.51.100.1 192.0.2.0/24",
	"2001:db8::/32": "2001:db8::1 2001:db8:1::1 2001:db8::/48", "2001:db8::1/128": "2001:db8::1", "203.0.113.0/24": "",
}

// All pages of each filter together hold exactly the events that fit, each once, the
// newest first, whether or not a page may take its time.
func TestEveryPageOfEverySearch(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		all := newMany(t, db)
		networks := []netip.Prefix{{}}
		for text := range inNetwork {
			networks = append(networks, netip.MustParsePrefix(text))
		}
		middle := start.Add(250 * time.Second).UnixMilli()
		tried := 0
		for _, account := range []int64{0, 8, 99} {
			for _, kind := range []audit.Kind{"", audit.SecondFactor, audit.KeyRemoved} {
				for _, times := range [][2]int64{{}, {middle, 0}, {0, middle}, {middle, middle + 60_000}} {
					for _, network := range networks {
						for _, other := range []audit.Filter{{}, {Reason: audit.ReasonWait}, {ByOther: true}, {ActorID: 5}} {
							f := audit.Filter{AccountID: account, Kind: kind, Since: times[0], Until: times[1], Address: network, Reason: other.Reason, ByOther: other.ByOther, ActorID: other.ActorID}
							tried++
							within := time.Duration(tried%2) * time.Minute
							comparePages(t, db, f, all, within)
						}
					}
				}
			}
		}
	})
}

func comparePages(t *testing.T, db *database.DB, f audit.Filter, all []audit.Event, within time.Duration) {
	t.Helper()
	var want, got []int64
	for i := range all {
		if wanted(f, &all[i]) {
			want = append(want, all[i].ID)
		}
	}
	var after audit.Place
	for range many {
		events, next, err := audit.Search(t.Context(), db.Read(t.Context()), f, after, 400, within)
		if err != nil || len(events) > 400 {
			t.Fatalf("%+v: %d events, %v", f, len(events), err)
		}
		for _, e := range events {
			got = append(got, e.ID)
		}
		if after = next; after.IsZero() {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v: found %d events, want %d", f, len(got), len(want))
	}
}

// A search is read in the order of an index on the embedded database: it sorts nothing.
// BenchmarkSearch measures MariaDB.
func TestNoSearchIsSorted(t *testing.T) {
	db := testdb.New(t, testdb.SQLite)
	newMany(t, db)
	var asked []string
	err := db.Read(t.Context()).Callback().Query().After("gorm:query").Register("test:asked", func(tx *database.Tx) {
		if text := tx.Statement.SQL.String(); strings.Contains(text, "LIMIT") {
			asked = append(asked, tx.Dialector.Explain(text, tx.Statement.Vars...))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []audit.Filter{{}, {AccountID: 8}, {Kind: audit.SignIn}, {Reason: audit.ReasonWait}, {Address: netip.MustParsePrefix("192.0.2.7/32")},
		{AccountID: 8, Kind: audit.SignIn, Since: 1, Until: 1 << 60}} {
		_, next, err := audit.Search(t.Context(), db.Read(t.Context()), f, audit.Place{}, 50, time.Minute)
		if err == nil {
			_, _, err = audit.Search(t.Context(), db.Read(t.Context()), f, next, 50, time.Minute)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(asked) < 12 {
		t.Fatalf("%d queries", len(asked))
	}
	for _, query := range asked {
		var steps []struct{ Detail string }
		if err := db.Read(t.Context()).Raw("EXPLAIN QUERY PLAN " + query).Scan(&steps).Error; err != nil {
			t.Fatal(err)
		}
		if plan := fmt.Sprint(steps); strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, "USING INDEX") && !strings.Contains(plan, "USING COVERING INDEX") {
			t.Errorf("%s\n%s", query, plan)
		}
	}
}

func TestCountWithReason(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		err := db.InTx(t.Context(), func(tx *database.Tx) error {
			return tx.Create([]audit.Event{{At: 5, Reason: "wait", Count: 7}, {At: 6, Reason: "stopped"}, {At: 4, Reason: "wait"}, {At: 6, Reason: "wrong"}}).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		tries, err := audit.CountWithReason(t.Context(), db.Read(t.Context()), []string{"wait", "stopped"}, time.UnixMilli(5))
		if err != nil || tries != 8 {
			t.Errorf("%d tries, %v", tries, err)
		}
	})
}
