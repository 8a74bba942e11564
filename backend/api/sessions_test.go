package api

import (
	"net/http"
	"testing"
	"time"

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

// TestSessionList: each session says its browser, address, times and second factor.
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
		if mine["factor"] != "totp" || other["factor"] != "" {
			t.Errorf("factors %v and %v", mine["factor"], other["factor"])
		}
		if other["address"] == "" || other["created_at"] != stamp(w.clock.now().Add(-2*time.Minute)) || other["last_seen_at"] != other["created_at"] {
			t.Errorf("the other session %v", other)
		}
	})
}

// TestEndSessions ends one session, then all others, with the password alone.
// Sessions of other accounts stay.
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
		p.home.want(204, "DELETE", "/api/sessions", "") // none is left
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

// TestTwentySessions: the session that was used longest ago is evicted.
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
