package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestEventsOfEverybody: pages follow each other by their cursor and hold each event once,
// with the account it is about; a malformed filter is refused by its name.
func TestEventsOfEverybody(t *testing.T) {
	o := newOffice(t)
	for i := range 30 {
		o.group(fmt.Sprintf("group-%d", i), "person")
	}
	fresh := o.as("fresh")
	seen, pages, before := map[float64]bool{}, 0, ""
	last := "9999"
	for pages == 0 || before != "" {
		page := fresh.want(200, "GET", "/api/events?before="+before, "").json
		for _, one := range page["events"].([]any) {
			e := one.(map[string]any)
			if id := e["id"].(float64); seen[id] {
				t.Fatalf("event %v comes twice", id)
			} else {
				seen[id] = true
			}
			if at := e["at"].(string); at > last {
				t.Errorf("%s comes behind %s", at, last)
			} else {
				last = at
			}
		}
		before, _ = page["before"].(string)
		pages++
	}
	if len(seen) < 60 || pages < 2 {
		t.Errorf("%d events on %d pages", len(seen), pages)
	}
	joined := fresh.want(200, "GET", "/api/events?"+url.Values{"person": {"person"}, "kind": {"group_joined"}, "since": {"2026-01-01T00:00:00Z"}}.Encode(), "").json
	all := joined["events"].([]any)
	if e := all[0].(map[string]any); len(all) != 30 || joined["before"] != nil || e["username"] != "person" || e["account_id"] != float64(o.id("person")) || e["group"] != "group-29" {
		t.Errorf("%d events, the newest %v", len(all), all[0])
	}
	for query, field := range map[string]string{"since=yesterday": "since", "until=2026-11-23": "until", "person=nobody": "person", "address=x": "address", "before=x": "before"} {
		a := fresh.refused(422, "invalid", "GET", "/api/events?"+query, "")
		if !strings.Contains(a.body, field) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	for _, wrong := range []string{"0", "401", "x"} {
		fresh.refused(422, "invalid", "GET", "/api/report?days="+wrong, "")
		fresh.refused(422, "invalid", "POST", "/api/report/export", `{"format":"csv","days":`+strings.Replace(wrong, "x", `"x"`, 1)+`}`)
	}
}

// TestReportOverHTTP: the report has all its parts, and its export holds everybody.
func TestReportOverHTTP(t *testing.T) {
	o := newOffice(t)
	fresh := o.as("fresh")
	r := fresh.want(200, "GET", "/api/report", "").json
	if n := r["people"].(map[string]any); n["total"] != 6.0 || n["with_factor"] != 4.0 || n["paused"] != 1.0 || n["without_factor"] != 1.0 {
		t.Errorf("people: %v", n)
	}
	if c := r["coverage"].([]any)[0].(map[string]any); c["audience"] != "everybody" || c["percent"] != 66.6 {
		t.Errorf("coverage: %v", c)
	}
	for _, list := range []string{"coverage", "exceptions", "recoveries"} {
		if _, ok := r[list].([]any); !ok {
			t.Errorf("%s is %v", list, r[list])
		}
	}
	e := fresh.want(200, "POST", "/api/report/export", object("format", "json", "days", 7)).json
	if text := e["content"].(string); strings.Count(text, `"display_name"`) != 6 || e["type"] != "application/json" {
		t.Errorf("the export is %s", text)
	}
	if a := fresh.want(200, "GET", "/api/events?kind=report_exported", "").json["events"].([]any); len(a) != 1 {
		t.Errorf("it is recorded as %v", a)
	}
}
