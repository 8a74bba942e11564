package api

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// TestNoticesAtNextSignIn: the next sign-in shows a notice of each change until it
// is dismissed there. The session that made the change does not show it.
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

// TestNoticeNamesTheBrowser: a notice names the browser as the list of sessions
// does, so that a person recognises it.
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
