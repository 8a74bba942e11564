package api

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/throttle"
)

const (
	codesPath   = "/api/two-factor/backup-codes"
	confirmPath = codesPath + "/confirm"
	checkPath   = codesPath + "/check"
)

// TestLastCode: the phone is lost and one code is left. That code is enough to
// sign in and move to a new phone, at once or up to half an hour later.
func TestLastCode(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		for name, wait := range map[string]time.Duration{"at once": 0, "six minutes later": 6 * time.Minute} {
			p := w.personAt(name[:2], enabled)
			for range 9 {
				p.home.stepUp("code", p.backupCode())
			}
			b := w.browser()
			b.signIn(p.name)
			done := b.want(200, "POST", "/api/sign-in/verify", object("code", p.backupCode())).json
			if done["method"] != "backup" || done["backup_codes_left"] != 0.0 || done["next"] != "done" {
				t.Errorf("%s: verified %v", name, done)
			}
			b.load()
			w.clock.move(wait)
			if wait != 0 { // the code goes on counting for this, and for nothing else
				b.owes("POST", "/api/two-factor/disable", object("mode", "remove"), "password", "code")
				b.owes("PUT", "/api/notice-address", object("email", "ada@example.com"), "password", "code")
				b.owes("POST", "/api/two-factor/enrollment", "", "password")
				b.owes("POST", codesPath, object("paper", "a4", "language", "en"), "password")
				b.stepUp("password", rightPassword)
				b.owes("POST", "/api/two-factor/disable", object("mode", "remove"), "code")
			}
			p.home, p.offered = b, ""
			if got := beginAndConfirm(p); got != "200" {
				t.Fatalf("%s: the move is answered with %s", name, got)
			}
			if got := len(b.generate()); got != 10 {
				t.Errorf("%s: %d new codes", name, got)
			}
			if got := p.seen(); got != "on, 10 codes" {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// TestCodesAreSaved generates and confirms sets in two tabs: a tab cannot confirm
// a set that the other has replaced.
func TestCodesAreSaved(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b := w.browser()
		b.signIn("ada")
		b.enroll()
		tab := b.tab()

		first := b.want(200, "POST", codesPath, object("paper", "a4", "language", "en")).json
		if first["number"] != 1.0 || first["created_at"] != "2026-11-23T14:00:00.000Z" || len(first["codes"].([]any)) != 10 {
			t.Fatalf("set %v", first)
		}
		if got := b.load()["two_factor"].(map[string]any)["unconfirmed_set"]; got != 1.0 {
			t.Errorf("unconfirmed set %v", got)
		}
		second := tab.want(200, "POST", codesPath, object("paper", "letter", "language", "de")).json
		if second["number"] != 2.0 || second["check_word"] == first["check_word"] {
			t.Errorf("set %v", second)
		}
		b.refused(409, "wrong_state", "POST", confirmPath, object("number", 1))
		b.refused(409, "wrong_state", "POST", confirmPath, object("number", 3))
		b.refused(409, "wrong_state", "POST", confirmPath, object("number", -1))
		if got := b.load()["two_factor"].(map[string]any)["unconfirmed_set"]; got != 2.0 {
			t.Errorf("unconfirmed set %v", got)
		}
		w.clock.move(time.Minute)
		tab.want(204, "POST", confirmPath, object("number", 2))
		tab.refused(409, "wrong_state", "POST", confirmPath, object("number", 2))
		if got := b.load()["two_factor"].(map[string]any)["unconfirmed_set"]; got != nil {
			t.Errorf("unconfirmed set %v", got)
		}
		set := b.want(200, "GET", "/api/two-factor", "").json["backup_codes"].(map[string]any)
		if set["number"] != 2.0 || set["confirmed_at"] != "2026-11-23T14:01:00.000Z" || set["check_word"] != second["check_word"] ||
			set["created_at"] != "2026-11-23T14:00:00.000Z" || set["checked_at"] != nil || set["dead"] != false {
			t.Errorf("set %v", set)
		}
	})
}

// TestCodesAreShownOnce: only the answer to generate holds codes.
func TestCodesAreShownOnce(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	w.makes(p.name, account.Administrator)
	w.group("staff", p.name)
	w.application("wiki")
	for _, route := range routesIn(t) {
		if route.method != "GET" {
			continue
		}
		a := p.home.want(200, "GET", filled(route.path), "")
		for _, code := range p.codes {
			if strings.Contains(a.body, code) || strings.Contains(a.body, strings.ReplaceAll(code, "-", "")) {
				t.Errorf("%s shows a code: %s", route.path, a.body)
			}
		}
	}
}

// TestWaysToTypeACode: case, spaces, dashes and look-alikes do not matter; a
// typing error is told at once and costs no try.
func TestWaysToTypeACode(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	p.home.want(204, "DELETE", "/api/session", "")
	b := w.browser()
	for i, typed := range []func(string) string{
		strings.ToLower,
		func(s string) string { return strings.ReplaceAll(s, "-", "") },
		func(s string) string { return "  " + strings.ReplaceAll(s, "-", "\u2009") + "\n" },
		func(s string) string { return strings.ReplaceAll(s, "-", "\u2011") },
		func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "0", "o"), "1", "l") },
	} {
		b.signIn("ada")
		for _, wrong := range []string{p.codes[9][:18], p.codes[9] + "0", swap(p.codes[9]), strings.Replace(p.codes[9], "-", "_", 1)} {
			a := b.refused(422, "invalid", "POST", "/api/sign-in/verify", object("code", wrong))
			if pointer, reason := a.field(); pointer != "#/code" || reason != "malformed" {
				t.Errorf("%q: %s", wrong, a.body)
			}
		}
		done := b.want(200, "POST", "/api/sign-in/verify", object("code", typed(p.backupCode()))).json
		if done["backup_codes_left"] != float64(9-i) {
			t.Errorf("%v left, want %d", done["backup_codes_left"], 9-i)
		}
		b.load()
	}
	if failed := b.load()["failed_codes"]; failed != 0.0 {
		t.Errorf("%v failures", failed)
	}
}

// swap changes the last symbol, the one that checks the others.
func swap(code string) string {
	last := map[bool]string{true: "3", false: "2"}[strings.HasSuffix(code, "2")]
	return code[:len(code)-1] + last
}

// TestSpentAndReplacedCodes: the answer says which it is; either costs a try.
func TestSpentAndReplacedCodes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		old := p.codes
		p.codes, p.next = p.home.generate(), 0
		spent := p.backupCode()
		p.home.stepUp("code", spent)

		b := w.browser()
		b.signIn("ada")
		for i, c := range []struct{ code, want string }{{spent, "code_used"}, {old[3], "code_replaced"}, {unknownCode, "code_wrong"}} {
			a := b.refused(401, c.want, "POST", "/api/sign-in/verify", object("code", c.code))
			if a.json["tries_left"] != float64(4-i) {
				t.Errorf("%s: tries left %v, want %d", c.want, a.json["tries_left"], 4-i)
			}
		}
		b.want(200, "POST", "/api/sign-in/verify", object("code", p.backupCode()))
	})
}

// TestKindsWaitApart: a wait for one kind of code never holds back the other.
func TestKindsWaitApart(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	b := w.browser()
	b.signIn("ada")
	for range throttle.FreeTries {
		b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", unknownCode))
	}
	wait := b.refused(429, "code_wait", "POST", "/api/sign-in/verify", object("code", p.backupCode()))
	if wait.json["wait_seconds"] != 30.0 {
		t.Errorf("wait %s", wait.body)
	}
	b.want(200, "POST", "/api/sign-in/verify", object("code", p.appCode()))
}

// TestCheck checks valid, used, replaced and unknown codes and uses none up.
func TestCheck(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		old := p.codes
		p.codes, p.next = p.home.generate(), 0
		spent := p.backupCode()
		p.home.stepUp("code", spent)
		w.clock.move(30 * time.Minute) // any session of level 2 may check, at any time

		for range 2 {
			valid := p.home.want(200, "POST", checkPath, object("code", strings.ToLower(p.codes[5]))).json
			if valid["result"] != "valid" || valid["set"] != 2.0 || valid["used_at"] != nil || valid["tries_left"] != nil {
				t.Errorf("valid: %v", valid)
			}
		}
		set := p.home.want(200, "GET", "/api/two-factor", "").json["backup_codes"].(map[string]any)
		if set["checked_at"] != stamp(w.clock.now()) || set["left"] != 9.0 {
			t.Errorf("set %v", set)
		}
		used := p.home.want(200, "POST", checkPath, object("code", spent)).json
		if used["result"] != "used" || used["set"] != 2.0 || used["used_at"] != stamp(w.clock.now().Add(-30*time.Minute)) {
			t.Errorf("used: %v", used)
		}
		replaced := p.home.want(200, "POST", checkPath, object("code", old[0])).json
		if replaced["result"] != "replaced" || replaced["set"] != 1.0 {
			t.Errorf("replaced: %v", replaced)
		}
		malformed := p.home.refused(422, "invalid", "POST", checkPath, object("code", "123456"))
		if pointer, reason := malformed.field(); pointer != "#/code" || reason != "malformed" {
			t.Errorf("six digits: %s", malformed.body)
		}
		// None of these cost a try; only an unknown code does.
		for left := throttle.FreeTries - 1; left >= 0; left-- {
			unknown := p.home.want(200, "POST", checkPath, object("code", unknownCode)).json
			if unknown["result"] != "unknown" || unknown["set"] != nil || unknown["tries_left"] != float64(left) {
				t.Errorf("unknown with %d left: %v", left, unknown)
			}
		}
		p.home.refused(429, "code_wait", "POST", checkPath, object("code", p.codes[5]))
	})
}

// TestDeadSet: a set that is blocked after too many wrong codes says so, and a new
// set replaces it.
func TestDeadSet(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	for try := 1; try < throttle.Known.Stop(); try++ {
		p.home.want(200, "POST", checkPath, object("code", unknownCode))
		w.clock.move(time.Hour)
		p.enter(p.home)
	}
	p.home.refused(409, "code_stopped", "POST", checkPath, object("code", unknownCode))
	for try := 1; try < throttle.Unknown.Stop(); try++ {
		b := w.browser()
		b.signIn("ada")
		b.refused(401, "code_wrong", "POST", "/api/sign-in/verify", object("code", unknownCode))
		w.clock.move(2 * 24 * time.Hour)
	}
	b := w.browser()
	b.signIn("ada")
	b.refused(409, "key_dead", "POST", "/api/sign-in/verify", object("code", unknownCode))
	b.refused(409, "key_dead", "POST", "/api/sign-in/verify", object("code", p.backupCode()))
	b.want(200, "POST", "/api/sign-in/verify", object("code", p.appCode()))
	b.load()
	if set := b.want(200, "GET", "/api/two-factor", "").json["backup_codes"].(map[string]any); set["dead"] != true {
		t.Errorf("set %v", set)
	}
	fresh := b.generate()
	if set := b.want(200, "GET", "/api/two-factor", "").json["backup_codes"].(map[string]any); set["dead"] != false {
		t.Errorf("set %v", set)
	}
	b.want(204, "POST", "/api/session/step-up", object("code", fresh[0]))
}

// TestGenerateRequests: paper and language are words from a list.
func TestGenerateRequests(t *testing.T) {
	p := sqlite(t).personAt("ada", enabled)
	for _, c := range []struct{ body, pointer, reason string }{
		{object("paper", "a4"), "#/language", "missing"},
		{object("language", "en"), "#/paper", "missing"},
		{object("paper", "a5", "language", "en"), "#/paper", "not_allowed"},
		{object("paper", "A4", "language", "en"), "#/paper", "not_allowed"},
		{object("paper", "", "language", "en"), "#/paper", "not_allowed"},
		{object("paper", "a4", "language", "fr"), "#/language", "not_allowed"},
		{object("paper", nil, "language", "en"), "#/paper", "wrong_type"},
		{object("paper", "a4", "language", "en", "codes", "10"), "#", "unknown"},
	} {
		a := p.home.refused(422, "invalid", "POST", codesPath, c.body)
		if pointer, reason := a.field(); pointer != c.pointer || reason != c.reason {
			t.Errorf("%s: %s %s, want %s %s", c.body, pointer, reason, c.pointer, c.reason)
		}
	}
	if got := p.seen(); got != "on, 10 codes" {
		t.Error(got)
	}
}
