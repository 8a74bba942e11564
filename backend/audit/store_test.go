package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// record stores events at these seconds after start, in this order.
func record(t *testing.T, db *database.DB, seconds ...int) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *database.Tx) error {
		for i, s := range seconds {
			e := audit.Event{At: start.Add(time.Duration(s) * time.Second).UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK, Reason: fmt.Sprint(i)}
			if err := audit.Record(t.Context(), tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exported(t *testing.T, db *database.DB, since time.Time) []audit.Event {
	t.Helper()
	var events []audit.Event
	err := audit.Export(t.Context(), db.Read(t.Context()), since, func(e audit.Event) error {
		events = append(events, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// Events are stored in another order than that of their times: the hour of held
// back tries is told when it is over.
func TestExportIsOldestFirst(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		record(t, db, 5, 1, 5, 3, 3, 9, 0)
		var got []string
		for _, e := range exported(t, db, time.Time{}) {
			got = append(got, e.Reason)
		}
		if want := "6 1 3 4 0 2 5"; strings.Join(got, " ") != want {
			t.Errorf("order is %v, want %s", got, want)
		}
		if n := len(exported(t, db, start.Add(5*time.Second))); n != 3 {
			t.Errorf("since the fifth second there are %d events, want 3", n)
		}
		if n := len(exported(t, db, start.Add(time.Minute))); n != 0 {
			t.Errorf("%d events are from later", n)
		}
	})
}

func TestExportOfManyMissesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		for _, count := range []int{1000, 3} { // two whole batches at the same moments, then some more
			seconds := make([]int, count)
			for i := range seconds {
				seconds[i] = i / 700
			}
			record(t, db, seconds...)
		}
		seen := map[int64]bool{}
		for _, e := range exported(t, db, time.Time{}) {
			if seen[e.ID] {
				t.Fatalf("event %d comes twice", e.ID)
			}
			seen[e.ID] = true
		}
		if len(seen) != 1003 {
			t.Errorf("exported %d events, want 1003", len(seen))
		}
	})
}

func TestExportStopsWhenWritingFails(t *testing.T) {
	db := testdb.New(t, testdb.SQLite)
	record(t, db, 1, 2, 3)
	broken, calls := errors.New("broken pipe"), 0
	err := audit.Export(t.Context(), db.Read(t.Context()), time.Time{}, func(audit.Event) error { calls++; return broken })
	if !errors.Is(err, broken) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestPruneTakesTheOldInBatches(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		record(t, db, 9, 1, 5, 3, 3, 4, 0)
		var taken []int64
		for range 4 {
			err := db.InTx(t.Context(), func(tx *database.Tx) error {
				n, err := audit.Prune(t.Context(), tx, start.Add(5*time.Second), 2)
				taken = append(taken, n)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if fmt.Sprint(taken) != "[2 2 1 0]" {
			t.Errorf("pruned %v", taken)
		}
		if left := exported(t, db, time.Time{}); len(left) != 2 || left[0].Reason != "2" {
			t.Errorf("left are %+v", left)
		}
	})
}

// The proxy a request came through stands among the details.
func TestRecordNamesTheProxy(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		for _, details := range []string{"", `{"count":2}`} {
			err := db.InTx(t.Context(), func(tx *database.Tx) error {
				return audit.Record(t.Context(), tx, audit.Event{At: start.UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK, Details: details, Proxy: "192.0.2.1"})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		got := exported(t, db, time.Time{})
		if len(got) != 2 || got[0].Details != `{"proxy":"192.0.2.1"}` || got[1].Details != `{"count":2,"proxy":"192.0.2.1"}` {
			t.Errorf("recorded %+v", got)
		}
	})
}

// Each event is one line with all members, whatever a client has sent.
func TestLine(t *testing.T) {
	id := int64(7)
	var out bytes.Buffer
	events := []audit.Event{
		{ID: 3, At: start.UnixMilli() + 42, Kind: audit.SecondFactor, Outcome: audit.Failed, Reason: "wrong", AccountID: &id, Actor: audit.Person,
			SessionID: 9, Factor: "totp", Lane: "known", Address: "2001:db8::1", UserAgent: "a\n{\"kind\":\"x\"}\r\u2028\x1b[31m\"", RequestID: "r", Version: "1", Host: "h",
			Details: `{"clock_offset_seconds": -60}`},
		{ID: 4, At: start.UnixMilli(), Kind: audit.Refused, Outcome: audit.Denied, Details: "{damaged"},
	}
	for _, e := range events {
		if err := audit.WriteLine(&out, e, "anna"); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(events) || strings.ContainsAny(out.String(), "\r\u2028\x1b") {
		t.Fatalf("%d lines: %q", len(lines), out.String())
	}
	want := `{"time":"2026-11-23T09:00:00.042Z","id":3,"kind":"second_factor","outcome":"failed","reason":"wrong","actor":"person",` +
		`"account_id":7,"account":"anna","session_id":9,"factor":"totp","lane":"known","address":"2001:db8::1",` +
		`"user_agent":"a\n{\"kind\":\"x\"}\r\u2028\u001b[31m\"","request_id":"r","version":"1","host":"h","details":{"clock_offset_seconds":-60}}`
	if lines[0] != want {
		t.Errorf("got  %s\nwant %s", lines[0], want)
	}
	var second map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil || len(second) != 17 || second["account_id"] != nil || second["session_id"] != nil {
		t.Errorf("%v, %v", second, err)
	}
}
