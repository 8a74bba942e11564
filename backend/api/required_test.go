package api

import (
	"strings"
	"testing"
)

// TestRequiredTwoFactor: if two-factor authentication is required, a person
// without a key can only set it up, sign out, and use language and help.
func TestRequiredTwoFactor(t *testing.T) {
	w := sqlite(t, func(d *Deps) { d.RequireTwoFactor = true })
	w.addUser("ada")
	b := w.browser()
	if next := b.signIn("ada"); next != "set_up" {
		t.Fatalf("next %q", next)
	}
	if got := b.load(); got["next"] != "set_up" || got["require_two_factor"] != true || got["two_factor"] != nil || got["help_contact"] != "help@sign-in.example" {
		t.Errorf("session %v", got)
	}
	opened := map[string]int{
		"GET /api/setup":                          200,
		"GET /api/session":                        200,
		"POST /api/session/step-up":               401, // the password in this test is wrong
		"GET /api/two-factor":                     200,
		"POST /api/two-factor/enrollment":         200,
		"POST /api/two-factor/enrollment/extend":  204,
		"POST /api/two-factor/enrollment/confirm": 401, // so is the code
		"DELETE /api/two-factor/enrollment":       204,
		"POST /api/session/key/ask":               409, // there is no key
		"POST /api/two-factor/keys/make":          200,
		"POST /api/two-factor/keys":               422, // the answer is none
		"DELETE /api/two-factor/new-keys/1":       404,
		"GET /api/profile":                        200,
		"PATCH /api/profile":                      200,
		"PUT /api/notice-address":                 204,
		"POST /api/notice-address/confirm":        409, // no code was mailed
		"DELETE /api/session":                     204,
		"DELETE /api/help-code":                   409, // none was given
	}
	each(t, func(t *testing.T, method, path, body string) {
		route := method + " " + path
		switch {
		case route == "POST /api/setup" || strings.HasPrefix(path, "/api/sign-in") || strings.HasPrefix(path, "/api/welcome"):
			return // these ignore the session
		case opened[route] != 0 && (strings.HasSuffix(path, "/confirm") || strings.HasSuffix(path, "/extend")):
			b.want(200, "POST", enrollPath, "")
		}
		tab := b.copy() // so that a route may end this session
		a := tab.send(method, path, body)
		if opened[route] == 0 {
			a.isProblem(t, 403, "set_up_owed")
		} else if a.status != opened[route] {
			t.Errorf("%d %s, want %d", a.status, a.body, opened[route])
		}
		if b.load()["state"] == "anonymous" {
			b.signIn("ada")
		}
	})
	b.enroll()
	if next := b.load()["next"]; next != "done" {
		t.Errorf("next %v", next)
	}
	b.refused(409, "two_factor_required", "POST", disablePath, object("mode", "pause", "for", "hour"))
	b.refused(409, "two_factor_required", "POST", disablePath, object("mode", "remove"))
	b.generate()
}

// TestRequiredLater: the operator requires the second factor while two people are
// signed in, one of them in a pause.
func TestRequiredLater(t *testing.T) {
	w := sqlite(t)
	w.addUser("bob")
	without := w.browser()
	without.signIn("bob")
	p := w.personAt("ada", paused)
	inPause := p.elsewhere()

	strict := w.restarted(func(d *Deps) { d.RequireTwoFactor = true })
	for _, b := range []*browser{without, inPause, p.home} {
		b.w = strict
	}
	p.w = strict
	if got := without.load(); got["state"] != "signed_in" || got["next"] != "set_up" {
		t.Errorf("without a key: %v", got)
	}
	without.refused(403, "set_up_owed", "GET", "/api/sessions", "")
	inPause.refused(403, "second_factor_owed", "GET", "/api/sessions", "")
	inPause.want(200, "POST", "/api/sign-in/verify", object("code", p.appCode()))
	inPause.want(200, "GET", "/api/sessions", "")
	if got := inPause.want(200, "GET", "/api/two-factor", "").json; got["status"] != "enabled" || got["paused"] != false || got["paused_until"] != nil {
		t.Errorf("the pages still show a pause: %v", got)
	}
	if next := strict.browser().signIn("ada"); next != "second_factor" {
		t.Errorf("next %q: a pause does not count here", next)
	}
}
