package api

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// TestActivity pages through the events: the newest first, each once, and only
// those of the own account.
func TestActivity(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("bob")
		bob := w.browser()
		bob.signIn("bob")
		p := w.personAt("ada", off)
		const changes = 2*50 + 7
		for i := range changes {
			w.clock.move(3 * time.Minute) // of what is alike 20 events are kept in an hour
			languages := []string{"de", "en"}
			p.home.want(200, "PATCH", "/api/profile", object("language", languages[i%2]))
			p.home.want(200, "PATCH", "/api/profile", object("language", languages[i%2])) // changes nothing
			bob.want(200, "PATCH", "/api/profile", object("language", languages[(i+1)%2]))
		}
		pages, kinds, last := 0, map[string]int{}, 1e18
		for before := ""; ; pages++ {
			page := p.home.want(200, "GET", "/api/activity"+before, "").json
			events := page["events"].([]any)
			for _, item := range events {
				event := item.(map[string]any)
				if event["id"].(float64) >= last {
					t.Fatalf("event %v after %v", event["id"], last)
				}
				last = event["id"].(float64)
				kinds[event["kind"].(string)]++
			}
			if page["before"] == nil {
				break
			}
			if len(events) != 50 || page["before"] != last {
				t.Fatalf("a page of %d, the next before %v", len(events), page["before"])
			}
			before = "?before=" + number(page["before"])
		}
		if kinds["profile_changed"] != changes || kinds["account_created"] != 1 || kinds["password_changed"] != 1 || pages != 2 {
			t.Errorf("%d further pages of %v", pages, kinds)
		}
	})
}

// TestActivityWords: each event says what happened, with which factor, by whom
// and from where.
func TestActivityWords(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	b := w.browser()
	b.want(401, "POST", "/api/sign-in", object("username", "ada", "password", "wrong"))
	b.signIn("ada")
	b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", unknownCode))
	b.want(200, "POST", "/api/sign-in/verify", object("code", p.appCode()))
	if _, err := w.auth.DisableAccount(t.Context(), "ada", false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.auth.EnableAccount(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	p.enter(p.home)
	var got []string
	for _, item := range p.home.want(200, "GET", "/api/activity", "").json["events"].([]any)[:8] {
		e := item.(map[string]any)
		got = append(got, fmt.Sprintf("%v %v %v %v %v %v", e["kind"], e["outcome"], e["reason"], e["factor"], e["actor"], e["client"].(map[string]any)["browser"]))
		if e["actor"] == "person" && e["address"] == "" {
			t.Errorf("no address in %v", e)
		}
	}
	want := []string{
		"sign_in ok   person Firefox",
		"second_factor ok  totp person Firefox",
		"password ok  password person Firefox",
		"account_enabled ok   operator ",
		"account_disabled ok   operator ",
		"sign_in ok   person Firefox",
		"second_factor ok  totp person Firefox",
		"second_factor failed wrong backup person Firefox",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("events:\n%s", strings.Join(got, "\n"))
	}
}

// TestActivityFacts: an event says how far the clock of a phone is off, how many
// tries were refused, or how many sessions ended.
func TestActivityFacts(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	b := w.browser()
	b.signIn("ada")
	b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", w.code(p.secret, -4*time.Minute)))
	for range 4 {
		b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", w.wrongCode(p.secret)))
	}
	for range 3 {
		b.refused(429, "code_wait", "POST", "/api/sign-in/verify", object("code", w.wrongCode(p.secret)))
	}
	w.clock.move(2 * time.Hour)
	if err := w.auth.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.enter(p.home)
	p.elsewhere()
	p.elsewhere()
	p.home.want(204, "DELETE", "/api/sessions", "")
	facts := map[string][2]any{}
	for _, item := range p.home.want(200, "GET", "/api/activity", "").json["events"].([]any) {
		e := item.(map[string]any)
		key := fmt.Sprint(e["kind"], " ", e["outcome"])
		if e["count"] != nil || e["clock_offset_seconds"] != nil {
			facts[key] = [2]any{e["count"], e["clock_offset_seconds"]}
		}
	}
	want := map[string][2]any{"second_factor denied": {3.0, nil}, "second_factor failed": {nil, -240.0}, "other_sessions_ended ok": {2.0, nil}}
	if !maps.Equal(facts, want) {
		t.Errorf("got %v, want %v", facts, want)
	}
}

// TestActivityRequests: only the id of an event names a page.
func TestActivityRequests(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	for _, wrong := range []string{"-1", "x", "1.5", "9223372036854775808", "1%20OR%201=1"} {
		b.refused(422, "invalid", "GET", "/api/activity?before="+wrong, "")
	}
	if got := len(b.want(200, "GET", "/api/activity?before=1", "").json["events"].([]any)); got != 0 {
		t.Errorf("%d events before the first", got)
	}
}
