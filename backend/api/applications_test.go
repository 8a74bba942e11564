package api

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
)

// TestOpenApplication: the answer leads to the application's own host, or says what has
// to be done first.
func TestOpenApplication(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	w.application("wiki")
	state := strings.Repeat("A", 43)
	ask := func(app, to, state string) string {
		return object("app", app, "to", to, "state", state, "again", false)
	}
	a := p.home.want(200, "POST", "/api/open", ask("https://wiki.example", "/page?x=1", state))
	u, err := url.Parse(a.json["url"].(string))
	if err != nil || u.Scheme != "https" || u.Host != "wiki.example" || u.Path != "/.imagemaster/done" || len(u.Query().Get("ticket")) != 43 ||
		u.Query().Get("to") != "/page?x=1" || u.Query().Has("again") || a.json["state"] != "open" || a.json["application"] != "wiki" {
		t.Errorf("answered with %s", a.body)
	}
	again := p.home.want(200, "POST", "/api/open", strings.Replace(ask("https://wiki.example", "/", state), `"again":false`, `"again":true`, 1))
	if u, err := url.Parse(again.json["url"].(string)); err != nil || u.Query().Get("again") != "1" {
		t.Errorf("the second try leads to %v", again.json["url"])
	}
	for _, to := range []string{"//evil.example/", "https://evil.example/", "/\\evil.example"} {
		a := p.home.want(200, "POST", "/api/open", ask("https://wiki.example", to, state))
		if u, err := url.Parse(a.json["url"].(string)); err != nil || u.Host != "wiki.example" || u.Query().Get("to") != "/" {
			t.Errorf("%s leads to %v", to, a.json["url"])
		}
	}
	for _, other := range []string{"https://nobody.example", "http://wiki.example", "https://wiki.example:8443", publicURL, "wiki.example"} {
		p.home.refused(404, "not_found", "POST", "/api/open", ask(other, "/", state))
	}
	for _, wrong := range []string{strings.Repeat("!", 43), strings.Repeat("A", 42), strings.Repeat("A", 44)} {
		p.home.refused(422, "invalid", "POST", "/api/open", ask("https://wiki.example", "/", wrong))
	}
	if logs := w.logs.String(); strings.Contains(logs, u.Query().Get("ticket")) {
		t.Error("the ticket is in the log")
	}
	off := w.personAt("bert", off)
	if a := off.home.want(200, "POST", "/api/open", ask("https://wiki.example", "/", state)); a.json["state"] != "needs" || a.json["url"] != "" ||
		len(a.json["needs"].([]any)) != 1 || a.json["needs"].([]any)[0] != "set_up" {
		t.Errorf("without a factor: %s", a.body)
	}
}

// TestOwnApplications: Home lists what the person may open, and the list of administrators
// says when each was opened.
func TestOwnApplications(t *testing.T) {
	w := sqlite(t, func(d *Deps) { d.GateListen = "127.0.0.1:8081" })
	p := w.personAt("ada", enabled)
	w.makes("ada", account.Administrator)
	w.application("wiki")
	own := p.home.want(200, "GET", "/api/own-applications", "").json["applications"].([]any)
	if len(own) != 1 || own[0].(map[string]any)["address"] != "https://wiki.example/" || own[0].(map[string]any)["name"] != "wiki" {
		t.Errorf("the own ones are %v", own)
	}
	opened := func() any {
		t.Helper()
		list := p.home.want(200, "GET", "/api/applications", "").json
		if list["gate"] != true {
			t.Errorf("the gate is %v", list["gate"])
		}
		return list["applications"].([]any)[0].(map[string]any)["opened_at"]
	}
	if at := opened(); at != nil {
		t.Errorf("opened at %v", at)
	}
	w.clock.move(time.Minute)
	now := stamp(w.clock.now())
	p.home.want(200, "POST", "/api/open", object("app", "https://wiki.example", "to", "/", "state", strings.Repeat("A", 43), "again", false))
	if at := opened(); at != now {
		t.Errorf("opened at %v, want %s", at, now)
	}
}

// TestProxySettings: the finished settings name the address of the application.
func TestProxySettings(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	w.makes("ada", account.Administrator)
	w.application("files")
	settings := p.home.want(200, "GET", "/api/applications/1/proxy", "").json
	for _, proxy := range []string{"nginx", "caddy", "traefik"} {
		if text := settings[proxy].(string); !strings.Contains(text, "files.example") || strings.Contains(text, "wiki.example.com") {
			t.Errorf("%s gets\n%s", proxy, text)
		}
	}
}
