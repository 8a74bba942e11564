package api

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// TestWholeJob is the main scenario, from the first start on.
func TestWholeJob(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		b := w.browser()

		if needed := b.want(200, "GET", "/api/setup", "").json["needed"]; needed != true {
			t.Fatalf("set-up needed: %v", needed)
		}
		token, err := w.auth.NewSetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if needed := b.load()["setup_needed"]; needed != true {
			t.Fatalf("the session says that set-up is needed: %v", needed)
		}
		made := b.want(200, "POST", "/api/setup", object("token", token, "username", "Ada", "password", rightPassword, "display_name", "Ada Lovelace"))
		if needed := b.want(200, "GET", "/api/setup", "").json["needed"]; needed != false {
			t.Fatalf("set-up needed after it was done: %v", needed)
		}
		if next := made.json["next"]; next != "done" {
			t.Fatalf("next %q", next)
		}
		if s := b.load(); s["state"] != "signed_in" || s["level"] != 1.0 || s["setup_needed"] != false {
			t.Fatalf("after the first start: %v", s)
		}
		if s := w.browser().load(); s["state"] != "anonymous" || s["setup_needed"] != false {
			t.Fatalf("another browser: %v", s)
		}
		secret := w.wholeEnrollment(b)

		out := b.want(204, "DELETE", "/api/session", "")
		if got := out.header.Get("Clear-Site-Data"); got != `"cache"` {
			t.Errorf("Clear-Site-Data %q", got)
		}
		if state := b.load()["state"]; state != "anonymous" {
			t.Fatalf("state after sign-out %v", state)
		}

		if next := b.signIn("ADA"); next != "second_factor" {
			t.Fatalf("next %q", next)
		}
		if state := b.load()["state"]; state != "pending" {
			t.Fatalf("state %v", state)
		}
		w.clock.move(31 * time.Second)
		done := b.want(200, "POST", "/api/sign-in/verify", object("code", w.code(secret, 0)))
		if done.json["next"] != "done" || done.json["method"] != "totp" || done.json["backup_codes_left"] != nil {
			t.Fatalf("verified: %s", done.body)
		}
		session := b.load()
		if session["state"] != "signed_in" || session["level"] != 2.0 || session["account"].(map[string]any)["username"] != "Ada" {
			t.Fatalf("session: %v", session)
		}
		w.dismissAll(b, session)
	})
}

// wholeEnrollment checks every answer of a set-up and returns the secret.
func (w *kit) wholeEnrollment(b *browser) string {
	w.t.Helper()
	if got := b.want(200, "GET", "/api/two-factor", "").json; got["status"] != "disabled" || got["key"] != "none" || got["backup_codes"] != nil {
		w.t.Fatalf("two-factor: %v", got)
	}
	offer := b.want(200, "POST", "/api/two-factor/enrollment", "{}").json
	secret := offer["secret"].(string)
	if len(secret) != 32 || !strings.Contains(offer["uri"].(string), "secret="+secret) || offer["replaces"] != false {
		w.t.Fatalf("offer: %v", offer)
	}
	if qr := offer["qr"].(map[string]any); qr["modules"].(float64) < 29 || !strings.HasPrefix(qr["path"].(string), "M") {
		w.t.Fatalf("qr: %v", qr)
	}
	if again := b.want(200, "POST", "/api/two-factor/enrollment", "").json["secret"]; again != secret {
		w.t.Fatal("a reload offered another key")
	}
	wrong := b.refused(401, "code_wrong", "POST", "/api/two-factor/enrollment/confirm", object("code", w.wrongCode(secret)))
	if wrong.json["tries_left"] != 9.0 {
		w.t.Errorf("tries left %v", wrong.json["tries_left"])
	}
	before := b.cookies["__Host-im_session"]
	confirmed := b.want(200, "POST", "/api/two-factor/enrollment/confirm", object("code", w.code(secret, 0), "phone_name", "Pixel")).json
	if confirmed["old_label"] != nil {
		w.t.Errorf("confirmed: %v", confirmed)
	}
	if before := b.csrf; b.load()["csrf"] != before {
		w.t.Error("the CSRF token is another one, so other tabs stop working")
	}
	if b.cookies["__Host-im_session"] == before {
		w.t.Error("the session's token stayed the same when its level rose")
	}
	got := b.want(200, "GET", "/api/two-factor", "").json
	if got["status"] != "enabled" || got["key"] != "live" || got["phone_name"] != "Pixel" || got["enabled_at"] != "2026-11-23T14:00:00.000Z" {
		w.t.Fatalf("two-factor: %v", got)
	}
	return secret
}

// dismissAll dismisses every notice of a session and checks that they are gone.
func (w *kit) dismissAll(b *browser, session map[string]any) {
	w.t.Helper()
	notices := session["notices"].([]any)
	if len(notices) == 0 {
		w.t.Fatal("the new key left no notice")
	}
	for _, n := range notices {
		notice := n.(map[string]any)
		client := notice["client"].(map[string]any)
		if notice["kind"] != "key_bound" || notice["at"] != "2026-11-23T14:00:00.000Z" || client["browser"] != "Firefox" || client["system"] != "Linux" {
			w.t.Errorf("notice: %v", notice)
		}
		b.want(204, "DELETE", "/api/notices/"+number(notice["id"]), "")
	}
	if left := b.load()["notices"].([]any); len(left) != 0 {
		w.t.Errorf("notices after dismissing: %v", left)
	}
}

// TestMove moves the key to another phone: the old one works until the new one
// is confirmed and not afterwards.
func TestMove(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b := w.browser()
		b.signIn("ada")
		old := b.enroll()

		oldLabel := b.want(200, "GET", "/api/two-factor", "").json["key_label"]
		offer := b.want(200, "POST", "/api/two-factor/enrollment", "").json
		fresh := offer["secret"].(string)
		if fresh == old || offer["replaces"] != true {
			t.Fatalf("offer: %v", offer)
		}
		other := w.browser()
		other.signIn("ada")
		other.verify(old)

		confirmed := b.want(200, "POST", "/api/two-factor/enrollment/confirm", object("code", w.code(fresh, 0))).json
		freshLabel := b.want(200, "GET", "/api/two-factor", "").json["key_label"]
		if confirmed["old_label"] != oldLabel || oldLabel == "" || freshLabel == oldLabel {
			t.Errorf("confirmed: %v, the labels were %v and are %v", confirmed, oldLabel, freshLabel)
		}
		other.refused(401, "signed_out", "GET", "/api/two-factor", "")

		again := w.browser()
		again.signIn("ada")
		w.clock.move(31 * time.Second)
		again.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", w.code(old, 0)))
		again.verify(fresh)
	})
}

// TestChangePassword ends the other sessions and keeps this one.
func TestChangePassword(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b, other := w.browser(), w.browser()
		b.signIn("ada")
		other.signIn("ada")
		const fresh = "seventeen purple umbrellas ~"
		for _, c := range []struct{ body, missing string }{
			{object("password", fresh), "#/current_password"},
			{object("current_password", rightPassword), "#/password"},
		} {
			a := b.refused(422, "invalid", "PUT", "/api/password", c.body)
			if pointer, reason := a.field(); pointer != c.missing || reason != "missing" {
				t.Errorf("%s: %s %s", c.body, pointer, reason)
			}
		}
		b.want(204, "PUT", "/api/password", passwords(rightPassword, fresh))
		if state := b.load()["state"]; state != "signed_in" {
			t.Errorf("the acting session is %v", state)
		}
		if state := other.load()["state"]; state != "anonymous" {
			t.Errorf("the other session is %v", state)
		}
		other.refused(401, "credentials_wrong", "POST", "/api/sign-in", object("username", "ada", "password", rightPassword))
		other.want(200, "POST", "/api/sign-in", object("username", "ada", "password", fresh))
	})
}

// TestProfileIsNotAChoice: several apps silently compute wrong codes for another
// algorithm, length or period, so no request can choose them.
func TestProfileIsNotAChoice(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	for _, choice := range []string{object("algorithm", "SHA256"), object("digits", 8), object("period", 60)} {
		a := b.refused(422, "invalid", "POST", enrollPath, choice)
		if pointer, reason := a.field(); pointer != "#" || reason != "unknown" {
			t.Errorf("%s: %s", choice, a.body)
		}
	}
	uri := b.want(200, "POST", enrollPath, "").json["uri"].(string)
	if !strings.HasSuffix(uri, "&algorithm=SHA1&digits=6&period=30") {
		t.Errorf("key address %s", uri)
	}
}

// TestClientTimeDoesNotCount: the time that a client sends has no effect.
func TestClientTimeDoesNotCount(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	owner := w.browser()
	owner.signIn("ada")
	secret := owner.enroll()
	b := w.browser()
	b.signIn("ada")
	const verify = "/api/sign-in/verify"
	then := w.clock.now().Add(-10 * time.Minute)
	body := object("code", w.code(secret, -10*time.Minute))
	for _, name := range []string{"Date", "If-Modified-Since", "X-Timestamp", "X-Request-Start"} {
		b.send("POST", verify, body, header(name, then.Format(http.TimeFormat))).isProblem(t, 401, "code_wrong")
		w.clock.move(time.Hour)
		then = then.Add(time.Hour)
		body = object("code", w.code(secret, -10*time.Minute))
		b = w.browser()
		b.signIn("ada")
	}
	for _, member := range []string{"time", "now", "step", "timestamp"} {
		a := b.refused(422, "invalid", "POST", verify, object("code", w.code(secret, -10*time.Minute), member, then.Unix()))
		if pointer, reason := a.field(); pointer != "#" || reason != "unknown" {
			t.Errorf("%s: %s", member, a.body)
		}
	}
	b.want(200, "POST", verify, object("code", w.code(secret, 0)))
}

// TestASeedIsNeverShownAgain: no answer holds the seed of a key in use, and a new
// set-up offers another seed.
func TestASeedIsNeverShownAgain(t *testing.T) {
	p := sqlite(t).personAt("ada", enabled)
	seed, err := base32.StdEncoding.DecodeString(p.secret)
	if err != nil {
		t.Fatal(err)
	}
	forms := []string{p.secret, strings.ToLower(p.secret), base64.StdEncoding.EncodeToString(seed), hex.EncodeToString(seed)}
	each(t, func(t *testing.T, method, path, body string) {
		if p.home.load()["state"] == "anonymous" { // the earlier route has ended it
			p.enter(p.home)
		}
		if path == enrollPath { // an earlier route may have paused the sign-in's second factor
			p.home.stepUp("password", rightPassword, "code", p.appCode())
		}
		a := p.home.copy().send(method, path, body)
		for _, form := range forms {
			if strings.Contains(a.body, form) {
				t.Errorf("the answer holds the seed: %s", a.body)
			}
		}
		if path == enrollPath && method == "POST" && (a.status != 200 || a.json["secret"] == p.secret) {
			t.Errorf("%d %v %v", a.status, a.json["code"], a.json["need"])
		}
	})
}
