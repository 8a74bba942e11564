package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/audit"
)

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func without(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(name) }
}

// TestForgedChanges sends the changes that another page, or a program, could make
// with the cookies of a signed-in browser. None has an effect.
func TestForgedChanges(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	other := w.browser()
	other.signIn("ada")

	cases := []struct {
		name   string
		status int
		code   string
		change []func(*http.Request)
	}{
		{"another site", 403, "cross_site", []func(*http.Request){header("Sec-Fetch-Site", "cross-site")}},
		{"a sibling subdomain", 403, "cross_site", []func(*http.Request){header("Sec-Fetch-Site", "same-site")}},
		{"an invented word", 403, "cross_site", []func(*http.Request){header("Sec-Fetch-Site", "same-origin, cross-site")}},
		{"another origin", 403, "cross_site", []func(*http.Request){without("Sec-Fetch-Site"), header("Origin", "https://evil.example")}},
		{"another scheme", 403, "cross_site", []func(*http.Request){without("Sec-Fetch-Site"), header("Origin", "http://sign-in.example")}},
		{"another port", 403, "cross_site", []func(*http.Request){without("Sec-Fetch-Site"), header("Origin", "https://sign-in.example:8443")}},
		{"a longer host", 403, "cross_site", []func(*http.Request){without("Sec-Fetch-Site"), header("Origin", "https://sign-in.example.evil.example")}},
		{"an opaque origin", 403, "cross_site", []func(*http.Request){without("Sec-Fetch-Site"), header("Origin", "null")}},
		{"an opaque origin that calls itself same-origin", 403, "cross_site", []func(*http.Request){header("Origin", "null")}},
		{"two headers that differ", 403, "cross_site", []func(*http.Request){header("Origin", "https://evil.example")}},
		{"neither header", 403, "cross_site", []func(*http.Request){without("Sec-Fetch-Site")}},
		{"no fixed header", 403, "cross_site", []func(*http.Request){without("X-Requested-With")}},
		{"another fixed header", 403, "cross_site", []func(*http.Request){header("X-Requested-With", "XMLHttpRequest")}},
		{"a form", 415, "unsupported_media", []func(*http.Request){header("Content-Type", "application/x-www-form-urlencoded")}},
		{"plain text", 415, "unsupported_media", []func(*http.Request){header("Content-Type", "text/plain")}},
		{"no type", 415, "unsupported_media", []func(*http.Request){without("Content-Type")}},
		{"JSON in another charset", 415, "unsupported_media", []func(*http.Request){header("Content-Type", "application/json; charset=utf-16")}},
		{"two types", 415, "unsupported_media", []func(*http.Request){header("Content-Type", "application/json, text/plain")}},
		{"a compressed body", 415, "unsupported_media", []func(*http.Request){header("Content-Encoding", "gzip")}},
		{"no token", 403, "csrf", []func(*http.Request){without("X-CSRF-Token")}},
		{"a wrong token", 403, "csrf", []func(*http.Request){header("X-CSRF-Token", strings.Repeat("A", 43))}},
		{"another session's token", 403, "csrf", []func(*http.Request){header("X-CSRF-Token", other.csrf)}},
		{"two tokens", 403, "csrf", []func(*http.Request){header("X-CSRF-Token", b.csrf+","+b.csrf)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, route := range [][2]string{{"PUT", "/api/password"}, {"POST", "/api/two-factor/enrollment"}, {"PATCH", "/api/two-factor"}} {
				a := b.send(route[0], route[1], `{}`, c.change...)
				a.isProblem(t, c.status, c.code)
			}
		})
	}
	if pending := b.want(200, "GET", "/api/two-factor", "").json["pending_expires_at"]; pending != nil {
		t.Errorf("a forged request began an enrollment: %v", pending)
	}
	if state := b.load()["state"]; state != "signed_in" {
		t.Errorf("a forged request ended the session: %v", state)
	}
}

// TestForgedSignIn: another site cannot sign a browser in or out, although no
// token exists before the session (login CSRF).
func TestForgedSignIn(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	body := object("username", "ada", "password", rightPassword)
	for name, change := range map[string]func(*http.Request){
		"cross-site":      header("Sec-Fetch-Site", "cross-site"),
		"opaque origin":   header("Origin", "null"),
		"no fixed header": without("X-Requested-With"),
	} {
		a := b.send("POST", "/api/sign-in", body, change)
		a.isProblem(t, 403, "cross_site")
		if a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: a cookie was set", name)
		}
	}
	a := b.send("DELETE", "/api/session", "", header("Sec-Fetch-Site", "same-site"))
	a.isProblem(t, 403, "cross_site")
}

// TestOwnPage lists the headers with which our own page is recognised.
func TestOwnPage(t *testing.T) {
	w := sqlite(t)
	for name, change := range map[string][]func(*http.Request){
		"fetch metadata":          nil,
		"both":                    {header("Origin", publicURL)},
		"origin only":             {without("Sec-Fetch-Site"), header("Origin", publicURL)},
		"origin with its port":    {without("Sec-Fetch-Site"), header("Origin", publicURL+":443")},
		"started by the person":   {header("Sec-Fetch-Site", "none")},
		"a type with its charset": {header("Content-Type", "application/json; charset=UTF-8")},
	} {
		a := w.browser().send("POST", "/api/sign-in", object("username", name, "password", "x"), change...)
		if a.status != 401 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// TestTokenSurvivesLevelChange: a second tab goes on working when the first
// one raises the session's level, with the new cookie and its old CSRF token.
func TestTokenSurvivesLevelChange(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	before := b.csrf
	b.enroll()
	if b.csrf != before {
		t.Error("the CSRF token changed with the level")
	}
	b.want(204, "PATCH", "/api/two-factor", object("phone_name", "Pixel"))
}

// TestForgedChangesAreRecorded: an hour's refusals of one kind become one
// event when the hour is over (H11).
func TestForgedChangesAreRecorded(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	for range 3 {
		b.send("PATCH", "/api/profile", `{}`, header("Sec-Fetch-Site", "same-site")).isProblem(t, 403, "cross_site")
		b.send("PATCH", "/api/profile", `{}`, without("X-CSRF-Token")).isProblem(t, 403, "csrf")
	}
	w.clock.move(2 * time.Hour)
	if err := w.auth.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	reasons := map[string]int{}
	err := audit.Export(t.Context(), w.db.Read(t.Context()), time.Time{}, func(e audit.Event) error {
		if e.Kind == audit.Refused && e.Outcome == audit.Denied {
			reasons[e.Reason]++
		}
		return nil
	})
	if err != nil || reasons["cross_site"] != 1 || reasons["csrf"] != 1 {
		t.Errorf("noted %v, %v", reasons, err)
	}
}
