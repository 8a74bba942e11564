package api

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
)

const (
	lookPath    = "/api/welcome/look"
	welcomePath = "/api/welcome"
)

// passwordLink is the token of a password link that the operator gives.
func (w *kit) passwordLink(name string) string {
	w.t.Helper()
	link, err := w.deps.People.GivePasswordLink(w.t.Context(), auth.Operator, w.id(name), "en")
	if err != nil {
		w.t.Fatal(err)
	}
	return link.Token
}

// TestInvitation: the link shows whose it is, and chooses the password once. It signs in
// at level 1, from where the person sets up the second factor at once.
func TestInvitation(t *testing.T) {
	for _, required := range []bool{false, true} {
		w := sqlite(t, func(d *Deps) { d.RequireTwoFactor = required })
		token := w.invite("carl")
		b := w.browser()
		for range 3 { // looking uses nothing up
			a := b.want(200, "POST", lookPath, object("token", token))
			if a.json["kind"] != "invitation" || a.json["username"] != "carl" || a.json["display_name"] != "" ||
				a.json["expires_at"] != stamp(w.clock.now().Add(7*24*time.Hour)) {
				t.Errorf("the link is %s", a.body)
			}
		}
		if len(b.cookies) != 0 {
			t.Errorf("looking sets the cookies %v", b.cookies)
		}
		for typed, reason := range map[string]string{"short": "too_short", strings.Repeat("long ", 52): "too_long", "carl carl carl carl": "contains_name",
			"password password": "common"} {
			a := b.refused(422, "invalid", "POST", welcomePath, object("token", token, "password", typed))
			if pointer, why := a.field(); pointer != "#/password" || why != reason {
				t.Errorf("%q: %s", typed, a.body)
			}
		}
		a := b.want(200, "POST", welcomePath, object("token", token, "password", rightPassword))
		next := map[bool]string{false: "done", true: "set_up"}[required]
		if a.json["next"] != next || a.json["signed_in"] != true || b.cookies["__Host-im_session"] == "" {
			t.Errorf("the answer is %s, the cookies %v", a.body, b.cookies)
		}
		s := b.load()
		if s["state"] != "signed_in" || s["level"] != 1.0 || s["next"] != next || s["account"].(map[string]any)["role"] != "person" {
			t.Errorf("the session is %v", s)
		}
		for _, again := range []*browser{b, w.browser()} {
			again.refused(401, "link_ended", "POST", lookPath, object("token", token))
			again.refused(401, "link_ended", "POST", welcomePath, object("token", token, "password", rightPassword))
		}
		b.enroll() // without another step-up
		if s := b.load(); s["level"] != 2.0 || s["next"] != "done" {
			t.Errorf("the session is %v", s)
		}
		b.generate()
	}
}

// TestPasswordLinkOpensNoSession: nobody is signed in by it, the second factor stays
// owed, and all that was open ends.
func TestPasswordLinkOpensNoSession(t *testing.T) {
	const fresh = "seventeen purple umbrellas ~"
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	token := w.passwordLink("ada")
	b := w.browser()
	if kind := b.want(200, "POST", lookPath, object("token", token)).json["kind"]; kind != "password" {
		t.Errorf("kind %v", kind)
	}
	a := b.want(200, "POST", welcomePath, object("token", token, "password", fresh))
	if a.json["next"] != "done" || a.json["signed_in"] != false || len(a.header.Values("Set-Cookie")) != 0 || b.load()["state"] != "anonymous" {
		t.Errorf("the answer is %s with %v", a.body, a.header.Values("Set-Cookie"))
	}
	if state := p.home.load()["state"]; state != "anonymous" {
		t.Errorf("the session is %v", state)
	}
	b.refused(401, "credentials_wrong", "POST", "/api/sign-in", object("username", "ada", "password", rightPassword))
	if next := b.want(200, "POST", "/api/sign-in", object("username", "ada", "password", fresh)).json["next"]; next != "second_factor" {
		t.Errorf("next %v", next)
	}
	b.load()
	b.refused(401, "signed_out", "GET", "/api/profile", "")
	b.verify(p.secret)
	b.want(200, "GET", "/api/profile", "")
}

// TestTheTokenOfALinkStaysInTheBody: it counts nowhere else.
func TestTheTokenOfALinkStaysInTheBody(t *testing.T) {
	w := sqlite(t)
	token := w.invite("carl")
	b := w.browser()
	for _, path := range []string{lookPath, welcomePath} {
		b.refused(422, "invalid", "POST", path+"?token="+token, object("password", rightPassword))
		b.refused(405, "method_not_allowed", "GET", path+"?token="+token, "")
		b.refused(404, "not_found", "POST", path+"/"+token, object("password", rightPassword))
		a := b.send("POST", path, object("password", rightPassword), header("Authorization", "Bearer "+token), header("Cookie", "token="+token))
		a.isProblem(t, 422, "invalid")
		for _, wrong := range []any{nil, 7, true, []string{token}, map[string]string{"token": token}} {
			b.refused(422, "invalid", "POST", path, object("token", wrong, "password", rightPassword))
		}
	}
	for _, wrong := range []string{"", token[1:], token + "=", url.QueryEscape("#" + token), "https://sign-in.example/welcome#" + token} {
		b.refused(401, "link_ended", "POST", lookPath, object("token", wrong))
		b.refused(401, "link_ended", "POST", welcomePath, object("token", wrong, "password", rightPassword))
	}
	b.want(200, "POST", welcomePath, object("token", token, "password", rightPassword))
	if strings.Contains(w.logs.String(), token) || strings.Contains(w.logs.String(), token[1:]) {
		t.Error("the token is in the log")
	}
}

// TestForgedWelcome: another site uses no link, and signs nobody in with one.
func TestForgedWelcome(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	token := w.invite("carl")
	in := w.browser()
	in.signIn("ada")
	for _, b := range []*browser{w.browser(), in} {
		for _, path := range []string{lookPath, welcomePath} {
			body := object("token", token, "password", rightPassword)
			if path == lookPath {
				body = object("token", token)
			}
			a := b.send("POST", path, body, header("Sec-Fetch-Site", "cross-site"))
			a.isProblem(t, 403, "cross_site")
			b.send("POST", path, body, without("X-Requested-With")).isProblem(t, 403, "cross_site")
			b.send("POST", path, body, header("Content-Type", "text/plain")).isProblem(t, 415, "unsupported_media")
			if a.header.Get("Set-Cookie") != "" {
				t.Error("a cookie was set")
			}
		}
	}
	in.send("POST", welcomePath, object("token", token, "password", rightPassword), without("X-CSRF-Token")).isProblem(t, 403, "csrf")
	in.want(200, "POST", welcomePath, object("token", token, "password", rightPassword)) // the page of ada's browser
	if got := in.load()["account"].(map[string]any)["username"]; got != "carl" {
		t.Errorf("the browser is signed in as %v", got)
	}
}

// TestAnInvitedNameIsUnknown: before the password is chosen, the answer to a sign-in is
// the same as for a name that nobody has.
func TestAnInvitedNameIsUnknown(t *testing.T) {
	w := sqlite(t)
	w.invite("carl")
	for _, typed := range []string{"", rightPassword} {
		invited := w.browser().refused(401, "credentials_wrong", "POST", "/api/sign-in", object("username", "carl", "password", typed))
		unknown := w.browser().refused(401, "credentials_wrong", "POST", "/api/sign-in", object("username", "nobody", "password", typed))
		for _, a := range []answer{invited, unknown} {
			delete(a.json, "request_id")
			a.header.Del("X-Request-Id")
			a.header.Del("Date")
		}
		if encode(invited.json) != encode(unknown.json) || len(invited.header) != len(unknown.header) {
			t.Errorf("%s %v, an unknown name %s %v", invited.body, invited.header, unknown.body, unknown.header)
		}
	}
}

// TestProfileEmail: the person's own confirmed address for notices, and no other, may
// become the one that applications see.
func TestProfileEmail(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	w.group("staff", "ada")
	const path = "/api/profile/email"
	p.home.refused(409, "wrong_state", "PUT", path, object("use_notice_address", true)) // there is none
	v := p.home.want(200, "GET", "/api/profile", "").json
	if v["email"] != "" || v["email_own"] != false || v["notice_address_confirmed"] != "" || v["role"] != "person" || len(v["groups"].([]any)) != 1 {
		t.Errorf("the profile is %v", v)
	}
	if err := w.deps.People.SetEmail(t.Context(), auth.Operator, w.id("ada"), "ada@work.example"); err != nil {
		t.Fatal(err)
	}
	p.home.refused(409, "wrong_state", "PUT", path, object("use_notice_address", false)) // an administrator has set it
	if v := p.home.want(200, "GET", "/api/profile", "").json; v["email"] != "ada@work.example" || v["email_own"] != false {
		t.Errorf("the profile is %v", v)
	}
	w.clock.move(6 * time.Minute)
	p.home.owes("PUT", path, object("use_notice_address", true), "password", "code")
	p.home.refused(422, "invalid", "PUT", path, object("use_notice_address", "ada@work.example"))
	p.home.refused(422, "invalid", "PUT", path, object("email", "ada@work.example"))
	w.makes("ada", account.Helper)
	if v := p.home.want(200, "GET", "/api/profile", "").json; v["role"] != "helper" {
		t.Errorf("the profile is %v", v)
	}
}
