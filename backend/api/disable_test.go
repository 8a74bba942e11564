package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

const (
	disablePath = "/api/two-factor/disable"
	enablePath  = "/api/two-factor/enable"
	enrollPath  = "/api/two-factor/enrollment"
)

// TestPauseEnds: a session opened during a pause owes a code from the moment
// the pause ends. After a code of either kind it goes on.
func TestPauseEnds(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		for kind, code := range map[string]func(p *person) string{"totp": (*person).appCode, "backup": (*person).backupCode} {
			p := w.personAt(kind, enabled)
			p.pause("hour")
			ends := w.clock.now().Add(time.Hour)
			w.clock.move(30 * time.Minute)
			b := w.browser()
			if next := b.signIn(p.name); next != "done" {
				t.Fatalf("next %q during a pause", next)
			}
			got := b.want(200, "GET", "/api/two-factor", "").json
			if got["status"] != "disabled" || got["paused"] != true || got["key"] != "live" || got["paused_until"] != stamp(ends) {
				t.Errorf("two-factor %v", got)
			}
			w.clock.move(30*time.Minute - time.Millisecond)
			if got := b.load(); got["state"] != "signed_in" || got["two_factor"].(map[string]any)["paused"] != true {
				t.Errorf("a moment before: %v", got)
			}
			w.clock.move(time.Millisecond)
			if got := b.load(); got["state"] != "pending" || got["level"] != 1.0 || got["csrf"] == "" || got["two_factor"] != nil || len(got["notices"].([]any)) != 0 {
				t.Errorf("session %v", got)
			}
			each(t, func(t *testing.T, method, path, body string) {
				if slices.Contains(open, method+" "+path) || strings.HasPrefix(path, "/api/sign-in/") {
					return
				}
				b.send(method, path, body).isProblem(t, 403, "second_factor_owed")
			})
			forged := b.copy()
			forged.csrf = ""
			forged.refused(403, "csrf", "POST", "/api/sign-in/verify", object("code", code(p)))

			before := b.cookies["__Host-im_session"]
			done := b.want(200, "POST", "/api/sign-in/verify", object("code", code(p))).json
			if done["method"] != kind || done["next"] != "done" {
				t.Errorf("verified %v", done)
			}
			if b.cookies["__Host-im_session"] == before {
				t.Error("the token stayed the same when the level rose")
			}
			b.want(200, "GET", "/api/sessions", "") // with the token it had
			if got := b.load(); got["state"] != "signed_in" || got["level"] != 2.0 {
				t.Errorf("session %v", got)
			}
		}
	})
}

// TestEndedPauseIsLeft: a person who has no code at the end of a pause can still
// sign out.
func TestEndedPauseIsLeft(t *testing.T) {
	for _, way := range [][2]string{{"DELETE", "/api/session"}, {"DELETE", "/api/sign-in"}} {
		w := sqlite(t)
		p := w.personAt("ada", enabled)
		p.pause("hour")
		w.clock.move(time.Hour - time.Second)
		b := w.browser()
		b.signIn("ada")
		w.clock.move(time.Minute)
		b.want(204, way[0], way[1], "")
		if got := b.load(); got["state"] != "anonymous" {
			t.Errorf("%s: %v", way[1], got)
		}
		b.refused(401, "pending_ended", "POST", "/api/sign-in/verify", object("code", p.appCode()))
	}
}

// TestPauseWeakensOnlySignIn: a session opened during a pause still needs a code
// for each act that needs one.
func TestPauseWeakensOnlySignIn(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		p.pause("open")
		b := w.browser()
		b.signIn("ada")
		if got := b.load(); got["level"] != 1.0 || got["two_factor"].(map[string]any)["paused_until"] != nil {
			t.Errorf("session %v", got)
		}
		for _, c := range [][3]string{
			{"POST", enrollPath, ""},
			{"POST", codesPath, object("paper", "a4", "language", "en")},
			{"POST", checkPath, object("code", p.codes[0])},
			{"POST", codesPath + "/confirm", object("number", 1)},
			{"PATCH", "/api/two-factor", object("phone_name", "thief")},
			{"PATCH", "/api/two-factor/keys/1", object("name", "thief")},
			{"POST", disablePath, object("mode", "pause", "for", "hour")},
			{"POST", disablePath, object("mode", "remove")},
			{"PUT", "/api/notice-address", object("email", "thief@example.com")},
			{"PUT", "/api/password", passwords(rightPassword, "seventeen purple umbrellas ~")},
		} {
			b.owes(c[0], c[1], c[2], "code")
		}
		notice := b.load()["notices"].([]any)[0].(map[string]any)
		b.owes("DELETE", "/api/notices/"+number(notice["id"]), "", "code")
		if got := p.seen(); got != "paused, 10 codes" {
			t.Error(got)
		}
		b.stepUp("code", p.appCode())
		if got := b.load(); got["level"] != 2.0 {
			t.Errorf("session %v", got)
		}
		b.want(200, "POST", checkPath, object("code", p.codes[0]))
		b.want(204, "DELETE", "/api/notices/"+number(notice["id"]), "")
	})
}

// TestPauseLengths: each pause replaces the end of the earlier one, and ends by
// itself at the time it says; the open one does not end.
func TestPauseLengths(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	for _, c := range []struct {
		asked string
		lasts time.Duration
	}{{"week", 7 * 24 * time.Hour}, {"hour", time.Hour}, {"day", 24 * time.Hour}} {
		p.pause("open")
		p.pause(c.asked)
		got := p.home.want(200, "GET", "/api/two-factor", "").json
		if got["paused"] != true || got["paused_until"] != stamp(w.clock.now().Add(c.lasts)) || got["status"] != "disabled" {
			t.Errorf("%s: %v", c.asked, got)
		}
		w.clock.move(c.lasts - time.Millisecond)
		if next := w.browser().signIn("ada"); next != "done" {
			t.Errorf("%s: next %q before the end", c.asked, next)
		}
		w.clock.move(time.Millisecond)
		if next := w.browser().signIn("ada"); next != "second_factor" {
			t.Errorf("%s: next %q at the end", c.asked, next)
		}
		p.enter(p.home)
	}
	p.pause("open")
	w.clock.move(365 * 24 * time.Hour)
	if next := w.browser().signIn("ada"); next != "done" {
		t.Errorf("open: next %q a year later", next)
	}
}

// TestDisableRequests: only the listed modes and lengths, in the right
// combination, are taken.
func TestDisableRequests(t *testing.T) {
	p := sqlite(t).personAt("ada", enabled)
	for _, c := range []struct{ body, pointer, reason string }{
		{object(), "#/mode", "missing"},
		{object("mode", "pause"), "#/for", "missing"},
		{object("mode", "remove", "for", "hour"), "#/for", "not_allowed"},
		{object("mode", "off"), "#/mode", "not_allowed"},
		{object("mode", "pause", "for", "year"), "#/for", "not_allowed"},
		{object("mode", "pause", "for", ""), "#/for", "not_allowed"},
		{object("mode", "pause", "for", 3600), "#/for", "wrong_type"},
	} {
		a := p.home.refused(422, "invalid", "POST", disablePath, c.body)
		if pointer, reason := a.field(); pointer != c.pointer || reason != c.reason {
			t.Errorf("%s: %s %s, want %s %s", c.body, pointer, reason, c.pointer, c.reason)
		}
	}
	if got := p.seen(); got != "on, 10 codes" {
		t.Error(got)
	}
}

// TestEnable: only a code of the app ends a pause, and each code once.
func TestEnable(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		bystander := p.elsewhere()
		p.pause("week")
		bystander.refused(401, "signed_out", "GET", "/api/two-factor", "")
		bystander.signIn("ada")

		for _, typed := range []string{p.codes[0], "12345", ""} {
			a := bystander.refused(422, "invalid", "POST", enablePath, object("code", typed))
			if pointer, reason := a.field(); pointer != "#/code" || reason != "malformed" {
				t.Errorf("%q: %s", typed, a.body)
			}
		}
		wrong := bystander.refused(401, "code_wrong", "POST", enablePath, object("code", w.wrongCode(p.secret)))
		if wrong.json["tries_left"] != 4.0 {
			t.Errorf("wrong: %s", wrong.body)
		}
		code := p.appCode()
		p.home.stepUp("code", code)
		bystander.refused(401, "code_used", "POST", enablePath, object("code", code))

		tab := bystander.tab()
		before := bystander.cookies["__Host-im_session"]
		bystander.want(204, "POST", enablePath, object("code", p.appCode()))
		if bystander.cookies["__Host-im_session"] == before {
			t.Error("the token stayed the same when the level rose")
		}
		if got := bystander.load(); got["level"] != 2.0 || got["two_factor"].(map[string]any)["status"] != "enabled" {
			t.Errorf("session %v", got)
		}
		tab.refused(409, "wrong_state", "POST", enablePath, object("code", p.appCode()))
		p.home.refused(401, "signed_out", "POST", enablePath, object("code", p.appCode()))
		if next := w.browser().signIn("ada"); next != "second_factor" {
			t.Errorf("next %q", next)
		}
	})
}

// TestRemovedForGood: after the removal neither the phone nor the codes count. A
// new set-up starts anew; the numbers of keys and sets go on.
func TestRemovedForGood(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		label := p.home.want(200, "GET", "/api/two-factor", "").json["key_label"]
		oldSecret, oldCodes := p.secret, p.codes
		p.home.want(204, "POST", disablePath, object("mode", "remove"))
		p.home.refused(409, "wrong_state", "POST", "/api/session/step-up", object("code", oldCodes[0]))
		p.home.refused(409, "wrong_state", "POST", confirmPath, object("number", 1))

		p.secret = p.home.enroll()
		if got := p.home.want(200, "GET", "/api/two-factor", "").json; got["key_label"] == label || got["backup_codes"] != nil {
			t.Errorf("two-factor %v", got)
		}
		if set := p.home.want(200, "POST", codesPath, object("paper", "a4", "language", "en")).json; set["number"] != 2.0 {
			t.Errorf("set %v", set["number"])
		}
		b := w.browser()
		b.signIn("ada")
		w.clock.move(31 * time.Second)
		b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", w.code(oldSecret, 0)))
		b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", oldCodes[0]))
		b.want(200, "POST", "/api/sign-in/verify", object("code", w.code(p.secret, 0)))
	})
}

// TestStaleFactors: every sensitive change needs password and code of the last
// five minutes; without them nothing changes.
func TestStaleFactors(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	w.clock.move(5*time.Minute + time.Millisecond)
	for _, c := range [][3]string{
		{"POST", enrollPath, ""},
		{"POST", codesPath, object("paper", "a4", "language", "en")},
		{"POST", disablePath, object("mode", "pause", "for", "hour")},
		{"POST", disablePath, object("mode", "remove")},
		{"PUT", "/api/notice-address", object("email", "thief@example.com")},
	} {
		p.home.owes(c[0], c[1], c[2], "password", "code")
	}
	p.home.owes("PUT", "/api/password", passwords(rightPassword, "seventeen purple umbrellas ~"), "code")
	p.home.owes("DELETE", "/api/sessions", "", "password")
	if got := p.seen(); got != "on, 10 codes" {
		t.Error(got)
	}
	p.home.stepUp("password", rightPassword, "code", p.backupCode())
	p.home.want(204, "POST", disablePath, object("mode", "remove"))
}
