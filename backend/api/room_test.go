package api

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

const phoneBrowser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"

// sessions lists the account's sessions as a browser sees them.
func (b *browser) sessions() []map[string]any {
	b.w.t.Helper()
	var list []map[string]any
	for _, item := range b.want(200, "GET", "/api/sessions", "").json["sessions"].([]any) {
		list = append(list, item.(map[string]any))
	}
	return list
}

// sessionID is the id of the browser's own session.
func (b *browser) sessionID() string {
	b.w.t.Helper()
	for _, item := range b.sessions() {
		if item["current"] == true {
			return number(item["id"])
		}
	}
	b.w.t.Fatal("no session is the browser's own")
	return ""
}

// TestSessionList shows what a person looks for: which, from where, since when.
func TestSessionList(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", paused)
		w.clock.move(2 * time.Minute)
		phone := w.browser()
		phone.send("POST", "/api/sign-in", object("username", "ada", "password", rightPassword), func(r *http.Request) {
			r.Header.Set("User-Agent", phoneBrowser)
			r.RemoteAddr = "203.0.113.9:4711"
		})
		w.clock.move(2 * time.Minute)
		list := p.home.sessions()
		if len(list) != 2 {
			t.Fatalf("%d sessions", len(list))
		}
		mine, other := list[0], list[1] // used last first
		if mine["current"] != true || mine["last_seen_at"] != stamp(w.clock.now()) ||
			mine["created_at"] != stamp(w.clock.now().Add(-4*time.Minute)) {
			t.Errorf("this session %v", mine)
		}
		client := other["client"].(map[string]any)
		if other["current"] != false || client["browser"] != "Safari" || client["system"] != "iPhone" || client["user_agent"] != phoneBrowser {
			t.Errorf("the other session %v", other)
		}
		if other["address"] == "" || other["created_at"] != stamp(w.clock.now().Add(-2*time.Minute)) || other["last_seen_at"] != other["created_at"] {
			t.Errorf("the other session %v", other)
		}
	})
}

// TestEndSessions ends one, then all others: with the password alone, and never
// somebody else's.
func TestEndSessions(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		second, third := p.elsewhere(), p.elsewhere()
		bob := w.personAt("bob", off)
		bobs := bob.home.sessionID()

		p.home.refused(409, "wrong_state", "DELETE", "/api/sessions/"+p.home.sessionID(), "")
		for _, wrong := range []string{bobs, "0", "-1", "999999", "x", "1e3", "9223372036854775808"} {
			p.home.refused(404, "not_found", "DELETE", "/api/sessions/"+wrong, "")
		}
		ended := second.sessionID()
		p.home.want(204, "DELETE", "/api/sessions/"+ended, "")
		p.home.refused(404, "not_found", "DELETE", "/api/sessions/"+ended, "")
		second.refused(401, "signed_out", "GET", "/api/sessions", "")
		third.want(200, "GET", "/api/sessions", "")

		w.clock.move(6 * time.Minute)
		p.home.owes("DELETE", "/api/sessions/"+third.sessionID(), "", "password")
		p.home.owes("DELETE", "/api/sessions", "", "password")
		third.want(200, "GET", "/api/sessions", "")
		p.home.stepUp("password", rightPassword)
		p.home.want(204, "DELETE", "/api/sessions", "")
		p.home.want(204, "DELETE", "/api/sessions", "") // there is nothing left to end
		third.refused(401, "signed_out", "GET", "/api/sessions", "")
		if got := len(p.home.sessions()); got != 1 {
			t.Errorf("%d sessions left", got)
		}
		bob.home.want(200, "GET", "/api/sessions", "")
		if got := p.seen(); got != "on, 10 codes" {
			t.Errorf("afterwards %s", got)
		}
	})
}

// TestTwentySessions: the one that was seen longest ago gives way.
func TestTwentySessions(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	first := w.browser()
	first.signIn("ada")
	var last *browser
	for range 20 {
		w.clock.move(time.Second)
		last = w.browser()
		last.signIn("ada")
	}
	if got := len(last.sessions()); got != 20 {
		t.Errorf("%d sessions", got)
	}
	first.refused(401, "signed_out", "GET", "/api/sessions", "")
}

// TestProfile: what is named changes, and nothing ends with it.
func TestProfile(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b, other := w.browser(), w.browser()
		b.signIn("ada")
		other.signIn("ada")
		if got := b.want(200, "GET", "/api/profile", "").json; got["username"] != "ada" || got["display_name"] != "" || got["language"] != "" || got["theme"] != "" {
			t.Errorf("profile %v", got)
		}
		b.want(200, "PATCH", "/api/profile", object("language", "de"))
		b.want(200, "PATCH", "/api/profile", object("theme", "night", "display_name", "Ada Lovelace \U0001F469\u200D\U0001F52C"))
		got := b.want(200, "PATCH", "/api/profile", "{}").json
		if got["display_name"] != "Ada Lovelace \U0001F469\u200D\U0001F52C" || got["language"] != "de" || got["theme"] != "night" {
			t.Errorf("profile %v", got)
		}
		if account := other.load()["account"].(map[string]any); account["language"] != "de" || account["theme"] != "night" {
			t.Errorf("account %v", account)
		}
		got = b.want(200, "PATCH", "/api/profile", object("language", "", "theme", "", "display_name", "")).json
		if got["display_name"] != "" || got["language"] != "" || got["theme"] != "" {
			t.Errorf("profile %v", got)
		}
	})
}

// TestProfileRequests: a refused change changes nothing.
func TestProfileRequests(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	for _, c := range []struct{ body, pointer, reason string }{
		{object("language", "fr", "theme", "night"), "#/language", "not_allowed"},
		{object("language", "DE"), "#/language", "not_allowed"},
		{object("theme", "dark", "language", "de"), "#/theme", "not_allowed"},
		{object("display_name", strings.Repeat("ä", 101), "language", "de"), "#/display_name", "too_long"},
		{object("display_name", "a\nb", "language", "de"), "#/display_name", "not_allowed"},
		{object("display_name", nil), "#/display_name", "wrong_type"},
		{object("username", "eve"), "#", "unknown"},
		{object("admin", true), "#", "unknown"},
	} {
		a := b.refused(422, "invalid", "PATCH", "/api/profile", c.body)
		if pointer, reason := a.field(); pointer != c.pointer || reason != c.reason {
			t.Errorf("%s: %s %s, want %s %s", c.body, pointer, reason, c.pointer, c.reason)
		}
	}
	if got := b.want(200, "GET", "/api/profile", "").json; got["display_name"] != "" || got["language"] != "" || got["theme"] != "" {
		t.Errorf("profile %v", got)
	}
	b.want(200, "PATCH", "/api/profile", object("display_name", strings.Repeat("ä", 100)))
}

// TestNoticeAddress: whoever changes it must prove who it is, and the others
// are told.
func TestNoticeAddress(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		other := p.elsewhere()
		const path = "/api/notice-address"
		p.home.want(204, "PUT", path, object("email", " ada@example.com "))
		if got := p.home.want(200, "GET", "/api/two-factor", "").json["notice_address"]; got != "ada@example.com" {
			t.Errorf("address %v", got)
		}
		if notice := other.load()["notices"].([]any)[0].(map[string]any); notice["kind"] != "notice_address_changed" {
			t.Errorf("the other session is told %v", notice)
		}
		for _, wrong := range []string{"ada", "ada@", "@example.com", "Ada <ada@example.com>", "ada@example.com, eve@example.com",
			"ada@example.com\r\nBcc: eve@example.com", strings.Repeat("a", 250) + "@example.com"} {
			a := p.home.refused(422, "invalid", "PUT", path, object("email", wrong))
			if pointer, reason := a.field(); pointer != "#/email" || reason != "not_allowed" {
				t.Errorf("%q: %s", wrong, a.body)
			}
		}
		w.clock.move(6 * time.Minute)
		p.home.want(204, "PUT", path, object("email", "ada@example.com")) // as it is
		p.home.owes("PUT", path, object("email", "eve@example.com"), "password", "code")
		p.home.owes("PUT", path, object("email", ""), "password", "code")
		p.home.stepUp("password", rightPassword, "code", p.backupCode())
		p.home.want(204, "PUT", path, object("email", ""))
		if got := p.home.want(200, "GET", "/api/two-factor", "").json["notice_address"]; got != "" {
			t.Errorf("address %v", got)
		}
	})
}

// TestActivity pages through the trail: the newest first, each event once, and
// only one's own.
func TestActivity(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("bob")
		bob := w.browser()
		bob.signIn("bob")
		p := w.personAt("ada", off)
		const changes = 2*auth.ActivityPage + 7
		for range changes {
			w.clock.move(time.Second)
			p.home.want(200, "PATCH", "/api/profile", object("language", "de"))
			bob.want(200, "PATCH", "/api/profile", object("language", "en"))
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
			if len(events) != auth.ActivityPage || page["before"] != last {
				t.Fatalf("a page of %d, the next before %v", len(events), page["before"])
			}
			before = "?before=" + number(page["before"])
		}
		if kinds["profile_changed"] != changes || kinds["account_created"] != 1 || kinds["password_changed"] != 1 || pages != 2 {
			t.Errorf("%d further pages of %v", pages, kinds)
		}
	})
}

// TestActivityWords: each event says what, how, by whom and from where.
func TestActivityWords(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	b := w.browser()
	b.want(401, "POST", "/api/sign-in", object("username", "ada", "password", "wrong"))
	b.signIn("ada")
	b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", unknownCode))
	b.want(200, "POST", "/api/sign-in/verify", object("code", p.appCode()))
	if err := w.auth.DisableAccount(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if err := w.auth.EnableAccount(t.Context(), "ada"); err != nil {
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

// TestActivityFacts: how far the clock of a phone is off, how many tries were
// held back and how many sessions ended stands with the event.
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

// TestActivityRequests: a page is asked for with the number of an event.
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

// TestNoticesAtNextSignIn: what was changed is told at the next sign-in, until
// it is dismissed there, and not where it was changed.
func TestNoticesAtNextSignIn(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		p.pause("day")
		if got := p.home.load()["notices"].([]any); len(got) != 1 || kindsOf(got) != "password_changed" {
			t.Errorf("at home: %v", got) // the first password, changed in another session
		}
		p.home.want(204, "POST", enablePath, object("code", p.appCode()))
		p.home.want(204, "DELETE", "/api/session", "")

		b := w.browser()
		b.signIn("ada")
		b.want(200, "POST", "/api/sign-in/verify", object("code", p.backupCode()))
		notices := b.load()["notices"].([]any)
		if got := kindsOf(notices); got != "resumed paused codes_generated key_bound password_changed" {
			t.Errorf("at the next sign-in: %s", got)
		}
		for _, n := range notices[1:] {
			b.want(204, "DELETE", "/api/notices/"+number(n.(map[string]any)["id"]), "")
		}
		if got := kindsOf(b.load()["notices"].([]any)); got != "resumed" {
			t.Errorf("after dismissing: %s", got)
		}
		p.enter(p.home)
		if got := kindsOf(p.home.load()["notices"].([]any)); got != "backup_code_used resumed" {
			t.Errorf("at the sign-in after that: %s", got)
		}
	})
}

// TestNoticeNamesTheBrowser: a notice names the browser it came from as the list
// of sessions does, so that a person knows it again.
func TestNoticeNamesTheBrowser(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	const vivaldi = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5"
	for userAgent, want := range map[string]map[string]any{
		phoneBrowser: {"browser": "Safari", "system": "iPhone"},
		vivaldi:      {"browser": "Vivaldi", "system": "Linux"},
		"curl/8.5.0": {"browser": "", "system": ""},
	} {
		w.clock.move(2 * time.Minute)
		b := w.browser()
		b.signIn("ada")
		b.send("POST", "/api/sign-in/verify", object("code", p.backupCode()), func(r *http.Request) {
			r.Header.Set("User-Agent", userAgent)
		})
		client := b.sessions()[0]["client"].(map[string]any)
		if client["user_agent"] != userAgent {
			t.Errorf("the session's client %v", client)
		}
		delete(client, "user_agent")
		if !reflect.DeepEqual(client, want) {
			t.Errorf("the session's client %v, want %v", client, want)
		}
		notice := p.elsewhere().load()["notices"].([]any)[0].(map[string]any)
		if got := notice["client"]; notice["kind"] != "backup_code_used" || !reflect.DeepEqual(got, want) {
			t.Errorf("the notice %v, want client %v", notice, want)
		}
	}
}

func kindsOf(notices []any) string {
	var kinds []string
	for _, n := range notices {
		kinds = append(kinds, n.(map[string]any)["kind"].(string))
	}
	return strings.Join(kinds, " ")
}
