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

// Facts of an event are columns. In an exported line they stand among the details,
// where readers of the log look for them; what says nothing is left out.
func TestRecordKeepsItsColumns(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		full := audit.Event{At: start.UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK, Details: `{"level":2}`,
			Proxy: "192.0.2.1", NameHash: strings.Repeat("h", 32), Count: 3, ClockOffsetSeconds: -90}
		err := db.InTx(t.Context(), func(tx *database.Tx) error {
			return audit.Record(t.Context(), tx, full, audit.Event{At: start.UnixMilli(), Kind: audit.SignOut, Outcome: audit.OK})
		})
		if err != nil {
			t.Fatal(err)
		}
		got := exported(t, db, time.Time{})
		if len(got) != 2 {
			t.Fatalf("recorded %+v", got)
		}
		if e := got[0]; e.Proxy != full.Proxy || e.NameHash != full.NameHash || e.Count != 3 || e.ClockOffsetSeconds != -90 || e.Details != full.Details {
			t.Errorf("recorded %+v", e)
		}
		for i, want := range []string{
			`"details":{"clock_offset_seconds":-90,"count":3,"level":2,"name_hash":"` + full.NameHash + `","proxy":"192.0.2.1"}}`, `"details":{}}`,
		} {
			var line bytes.Buffer
			if err := audit.WriteLine(&line, got[i], ""); err != nil || !strings.HasSuffix(line.String(), want+"\n") {
				t.Errorf("%s, %v\nwant at its end %s", line.String(), err, want)
			}
		}
	})
}

// The twentieth wrong code of unknown browsers says that the password is known to
// somebody. Wrong codes of other browsers, accounts, times and acts do not count.
func TestNthUnknownFailure(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		anna, otto := int64(7), int64(8)
		wrong := func(minute int, kind audit.Kind) audit.Event {
			return audit.Event{At: start.Add(time.Duration(minute) * time.Minute).UnixMilli(), Kind: kind, Outcome: audit.Failed, AccountID: &anna, Lane: "unknown"}
		}
		store := func(e audit.Event) {
			t.Helper()
			if err := db.InTx(t.Context(), func(tx *database.Tx) error { return audit.Record(t.Context(), tx, e) }); err != nil {
				t.Fatal(err)
			}
		}
		nth := func(n int, since time.Time) time.Time {
			t.Helper()
			at, err := audit.NthUnknownFailure(t.Context(), db.Read(t.Context()), anna, n, since)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		kinds := []audit.Kind{audit.SecondFactor, audit.StepUpCode, audit.Resumed}
		for i := range 19 {
			store(wrong(19-i, kinds[i%3])) // stored in another order than that of their times
		}
		known, foreign, denied := wrong(30, audit.SecondFactor), wrong(31, audit.SecondFactor), wrong(32, audit.SecondFactor)
		known.Lane, foreign.AccountID, denied.Outcome = "known", &otto, audit.Denied
		for _, e := range []audit.Event{known, foreign, denied, wrong(33, audit.Password), wrong(34, audit.EnrollmentCode)} {
			store(e)
		}
		if at := nth(20, start); !at.IsZero() {
			t.Errorf("19 are as good as 20: %v", at)
		}
		store(wrong(40, audit.SecondFactor))
		first := start.Add(time.Minute)
		if at := nth(20, first); !at.Equal(first) {
			t.Errorf("the 20th newest is of %v, want %v", at, first)
		}
		if at := nth(20, first.Add(time.Millisecond)); !at.IsZero() {
			t.Errorf("since later, the 20th newest is of %v", at)
		}
		if at := nth(1, start); !at.Equal(start.Add(40 * time.Minute)) {
			t.Errorf("the newest is of %v", at)
		}
	})
}

// The tries that were held back in an hour become one event when it is over.
func TestHeldBackTriesBecomeOneEvent(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		id := int64(7)
		held := audit.Event{At: start.UnixMilli(), Kind: audit.SecondFactor, Factor: "totp", Reason: audit.ReasonWait, AccountID: &id}
		nobody := audit.Event{At: start.UnixMilli(), Kind: audit.Password, Factor: "password", Reason: audit.ReasonWait}
		flush := func(at time.Time) (n int) {
			t.Helper()
			err := db.InTx(t.Context(), func(tx *database.Tx) (err error) {
				n, err = audit.FlushThrottled(t.Context(), tx, audit.Event{At: at.UnixMilli(), Version: "1", Host: "h"}, 10)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for i := range 12 {
			e := held
			e.At += int64(i) * 5 * time.Minute.Milliseconds()
			err := db.InTx(t.Context(), func(tx *database.Tx) error {
				return errors.Join(audit.CountThrottled(t.Context(), tx, e), audit.CountThrottled(t.Context(), tx, nobody))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := flush(start.Add(time.Hour - time.Millisecond)); n != 0 {
			t.Errorf("%d events before the hour is over", n)
		}
		if a, b := flush(start.Add(time.Hour)), flush(start.Add(time.Hour)); a != 2 || b != 0 {
			t.Errorf("%d events, and then %d", a, b)
		}
		for _, e := range exported(t, db, time.Time{}) {
			if e.Count != 12 || e.Outcome != audit.Denied || e.Reason != audit.ReasonWait || e.At != start.Add(time.Hour).UnixMilli()-1 || e.Version != "1" || e.Host != "h" ||
				(e.Kind == audit.SecondFactor) != (e.AccountID != nil && *e.AccountID == id && e.Factor == "totp") {
				t.Errorf("event is %+v", e)
			}
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
			ClockOffsetSeconds: -60},
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
