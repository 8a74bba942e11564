package people_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// found returns the ids of all pages of events, one after the other.
func (h *kit) found(q people.EventQuery) (ids []int64) {
	h.Helper()
	for range 1000 {
		page, err := h.Events(h.ctx, auth.Operator, q)
		h.must(err)
		for _, e := range page.Events {
			ids = append(ids, e.ID)
		}
		if q.Before = page.Before; q.Before == "" {
			return ids
		}
	}
	h.Fatalf("%+v: the pages have no end", q)
	return nil
}

// plain returns the ids of all events that a plain rule chooses, the newest first.
func (h *kit) plain(choose func(e *audit.Event) bool) (ids []int64) {
	h.Helper()
	all := h.events()
	slices.Reverse(all)
	for i := range all {
		if choose(&all[i]) {
			ids = append(ids, all[i].ID)
		}
	}
	return ids
}

// Every filter finds what a plain look at all events finds: by the name of now, the one
// of before, that of somebody who is deleted, and the id.
func TestEventsByEveryFilter(t *testing.T) {
	each(t, func(h *kit) {
		ada, otto := h.protected("ada", account.Administrator), h.person("otto")
		gone := h.person("gone")
		h.must(h.Rename(h.ctx, ada.by(), otto.id, people.Names{Username: "ottokar", DisplayName: "Otto"}))
		h.must(h.Service.Delete(h.ctx, ada.by(), gone.id, "gone", false))
		ada.prove()
		h.must(h.Disable(h.ctx, ada.by(), otto.id))
		since, until := h.clock.Now().Add(-40*time.Second), h.clock.Now()
		of := func(id int64) func(e *audit.Event) bool {
			return func(e *audit.Event) bool { return e.AccountID != nil && *e.AccountID == id }
		}
		for name, c := range map[string]struct {
			q      people.EventQuery
			choose func(e *audit.Event) bool
		}{
			"all":               {people.EventQuery{}, func(*audit.Event) bool { return true }},
			"name":              {people.EventQuery{Person: " Ottokar "}, of(otto.id)},
			"former name":       {people.EventQuery{Person: "otto"}, of(otto.id)},
			"deleted":           {people.EventQuery{Person: "gone"}, of(gone.id)},
			"id":                {people.EventQuery{Person: fmt.Sprint(gone.id)}, of(gone.id)},
			"by":                {people.EventQuery{By: "ADA"}, func(e *audit.Event) bool { return e.Facts().By == "ada" }},
			"by, of a kind":     {people.EventQuery{By: fmt.Sprint(ada.id), Kind: audit.Renamed}, func(e *audit.Event) bool { return e.Kind == audit.Renamed }},
			"by the operator":   {people.EventQuery{By: "ottokar"}, func(*audit.Event) bool { return false }},
			"kind":              {people.EventQuery{Kind: audit.Renamed}, func(e *audit.Event) bool { return e.Kind == audit.Renamed }},
			"no such kind":      {people.EventQuery{Kind: "nothing"}, func(*audit.Event) bool { return false }},
			"address":           {people.EventQuery{Address: "192.0.2.7"}, func(e *audit.Event) bool { return e.Address == "192.0.2.7" }},
			"mapped address":    {people.EventQuery{Address: "::ffff:192.0.2.7"}, func(e *audit.Event) bool { return e.Address == "192.0.2.7" }},
			"network":           {people.EventQuery{Address: "192.0.2.200/24"}, func(e *audit.Event) bool { return e.Address != "" }},
			"other network":     {people.EventQuery{Address: "2001:db8::/32"}, func(*audit.Event) bool { return false }},
			"since":             {people.EventQuery{Since: since}, func(e *audit.Event) bool { return !e.Time().Before(since) }},
			"until":             {people.EventQuery{Until: until}, func(e *audit.Event) bool { return e.Time().Before(until) }},
			"kind of a person":  {people.EventQuery{Person: "ottokar", Kind: audit.AccountDisabled}, func(e *audit.Event) bool { return e.Kind == audit.AccountDisabled }},
			"all of the filter": {people.EventQuery{Person: "ottokar", Kind: audit.AccountDisabled, Address: "192.0.0.0/8", Since: since, Until: until.Add(time.Hour)}, func(e *audit.Event) bool { return e.Kind == audit.AccountDisabled }},
		} {
			if got, want := h.found(c.q), h.plain(c.choose); !slices.Equal(got, want) {
				h.Errorf("%s: %d events, want %d", name, len(got), len(want))
			} else if len(want) == 0 && name != "no such kind" && name != "by the operator" && name != "other network" {
				h.Errorf("%s: there is nothing to find", name)
			}
		}
		page, err := h.Events(h.ctx, auth.Operator, people.EventQuery{Kind: audit.Renamed})
		h.must(err)
		if e := page.Events[0]; e.Username != "ottokar" || e.DisplayName != "Otto" || e.Facts().By != "ada" {
			h.Errorf("the event is %+v", e)
		}
		page, err = h.Events(h.ctx, auth.Operator, people.EventQuery{Kind: audit.AccountDeleted})
		h.must(err)
		if e := page.Events[0]; e.Username != "" || e.AccountID == nil {
			h.Errorf("the event of a deleted account is %+v", e)
		}
	})
}

func TestMistakesInEventQueries(t *testing.T) {
	h := newKit(t, testdb.New(t, testdb.SQLite))
	for _, c := range []struct {
		q             people.EventQuery
		field, reason string
	}{
		{people.EventQuery{Person: "nobody"}, "person", "unknown"},
		{people.EventQuery{By: "nobody"}, "by", "unknown"},
		{people.EventQuery{Person: "-1"}, "person", "unknown"},
		{people.EventQuery{Address: "192.0.2"}, "address", "not_allowed"},
		{people.EventQuery{Address: "192.0.2.0/33"}, "address", "not_allowed"},
		{people.EventQuery{Address: "fe80::1%eth0"}, "address", "not_allowed"},
		{people.EventQuery{Address: "::ffff:192.0.2.0/120"}, "address", "not_allowed"},
		{people.EventQuery{Before: "x"}, "before", "malformed"},
		{people.EventQuery{Before: "5"}, "before", "malformed"},
		{people.EventQuery{Before: "5-0"}, "before", "malformed"},
		{people.EventQuery{Before: "-5-1"}, "before", "malformed"},
	} {
		h.refusedField(second(h.Events(h.ctx, auth.Operator, c.q)), c.field, c.reason)
	}
}

// An export holds what the pages hold, is recorded with how many events it held, and no
// cell is a formula.
func TestExportOfEvents(t *testing.T) {
	each(t, func(h *kit) {
		ada, otto := h.protected("ada", account.Administrator), h.protected("otto", account.Person)
		h.must(h.RemoveSecondFactor(h.ctx, ada.by(), otto.id, "=HYPERLINK(1)"))
		ada.prove()
		want := h.found(people.EventQuery{Person: "otto"})
		var e people.Export
		recorded := h.eventsOf(func() { e = first(h.ExportEvents(h.ctx, ada.by(), "csv", people.EventQuery{Person: "otto"})) })
		if len(recorded) != 1 || recorded[0].Kind != "events_exported" || recorded[0].Count != len(want) || recorded[0].Facts().By != "ada" {
			h.Errorf("recorded %+v", recorded)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(e.Content, people.ByteOrderMark))).ReadAll()
		h.must(err)
		if len(rows) != len(want)+1 || e.Filename != "activity-2026-11-23.csv" || !strings.Contains(e.Content, "'=HYPERLINK(1)") {
			h.Errorf("%s holds %d rows, want %d\n%s", e.Filename, len(rows), len(want)+1, e.Content)
		}
		for i, row := range rows[1:] {
			if row[1] != fmt.Sprint(want[i]) || row[5] != "otto" {
				h.Errorf("row %d is %q", i, row)
			}
		}
		e, err = h.ExportEvents(h.ctx, ada.by(), "json", people.EventQuery{Kind: audit.KeyRemoved})
		h.must(err)
		var lines []map[string]any
		h.must(json.Unmarshal([]byte(e.Content), &lines))
		if len(lines) != 1 || lines[0]["account"] != "otto" || lines[0]["details"].(map[string]any)["by"] != "ada" {
			h.Errorf("the export is %s", e.Content)
		}
		h.refusedField(second(h.ExportEvents(h.ctx, ada.by(), "xml", people.EventQuery{})), "format", "not_allowed")
	})
}

// More than 50,000 events are refused, and nothing is recorded.
func TestExportOfTooManyEvents(t *testing.T) {
	h := newKit(t, testdb.New(t, testdb.SQLite))
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		return tx.Exec("INSERT INTO audit_events (at, kind, outcome) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50001) SELECT i, 'sign_in', 'ok' FROM n").Error
	}))
	err := second(h.ExportEvents(h.ctx, auth.Operator, "csv", people.EventQuery{Until: time.UnixMilli(60_000)}))
	h.refusedField(err, "since", "too_many")
	if text := h.refused(err, apperr.Invalid).Message; !strings.Contains(text, "imagemaster audit export") {
		h.Errorf("it says %q", text)
	}
	if n := len(h.events()); n != 50_001 {
		h.Errorf("there are %d events", n)
	}
	e, err := h.ExportEvents(h.ctx, auth.Operator, "json", people.EventQuery{Since: time.UnixMilli(2), Until: time.UnixMilli(60_000)})
	h.must(err)
	if n := strings.Count(e.Content, `"kind"`); n != 50_000 {
		h.Errorf("it holds %d events", n)
	}
}
