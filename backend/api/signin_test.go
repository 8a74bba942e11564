package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// unknownCode is well-formed and in no set.
const unknownCode = "7K2M-Q9XA-4TBD-R8WK"

// TestPendingSignIn extends, cancels, completes and outlives a pending sign-in.
func TestPendingSignIn(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		owner := w.browser()
		owner.signIn("ada")
		secret := owner.enroll()

		b := w.browser()
		b.signIn("ada")
		if got := b.load(); got["expires_at"] != stamp(w.clock.now().Add(10*time.Minute)) || got["csrf"] != "" || got["level"] != 0.0 || len(got["notices"].([]any)) != 0 {
			t.Fatalf("pending: %v", got)
		}
		w.clock.move(9 * time.Minute)
		b.want(204, "POST", "/api/sign-in/extend", "")
		if got := b.load()["expires_at"]; got != stamp(w.clock.now().Add(10*time.Minute)) {
			t.Errorf("extended to %v", got)
		}
		thief := b.copy()
		b.want(204, "DELETE", "/api/sign-in", "")
		thief.refused(401, "pending_ended", "POST", "/api/sign-in/verify", object("code", w.code(secret, 30*time.Second)))
		thief.refused(401, "pending_ended", "POST", "/api/sign-in/extend", "")
		b.want(204, "DELETE", "/api/sign-in", "")

		b.signIn("ada")
		w.clock.move(10*time.Minute + time.Second)
		b.refused(401, "pending_ended", "POST", "/api/sign-in/verify", object("code", w.code(secret, 0)))
		if state := b.load()["state"]; state != "anonymous" {
			t.Errorf("state %v", state)
		}

		b.signIn("ada")
		late := b.copy()
		b.verify(secret)
		late.refused(401, "pending_ended", "POST", "/api/sign-in/verify", object("code", w.code(secret, 30*time.Second)))
		b.refused(401, "pending_ended", "POST", "/api/sign-in/verify", object("code", w.code(secret, 30*time.Second)))
	})
}

// TestExtensionsEnd: a sign-in can be extended ten times.
func TestExtensionsEnd(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	b.enroll()
	b.want(204, "DELETE", "/api/session", "")
	b.load()
	b.signIn("ada")
	for range 10 {
		w.clock.move(9 * time.Minute)
		b.want(204, "POST", "/api/sign-in/extend", "")
	}
	b.refused(409, "wrong_state", "POST", "/api/sign-in/extend", "")
	if state := b.load()["state"]; state != "pending" {
		t.Errorf("state %v: the sign-in itself goes on to its end", state)
	}
}

// TestCodes submits codes with everything that can be wrong about them.
func TestCodes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		owner := w.browser()
		owner.signIn("ada")
		secret := owner.enroll()
		const verify = "/api/sign-in/verify"

		b := w.browser()
		b.signIn("ada")
		b.refused(401, "code_used", "POST", verify, object("code", w.code(secret, 0)))
		for _, typed := range []string{"", "12345", "1234567", "12345a"} {
			a := b.refused(422, "invalid", "POST", verify, object("code", typed))
			if field := a.json["errors"].([]any)[0].(map[string]any); field["pointer"] != "#/code" || field["reason"] != "malformed" {
				t.Errorf("%q: %v", typed, field)
			}
		}
		for left := 3.0; left > 0; left-- {
			a := b.refused(401, "code_wrong", "POST", verify, object("code", w.wrongCode(secret)))
			if a.json["tries_left"] != left {
				t.Errorf("tries left %v, want %v", a.json["tries_left"], left)
			}
		}
		last := b.refused(401, "code_wrong", "POST", verify, object("code", w.wrongCode(secret)))
		if last.json["tries_left"] != 0.0 || last.json["wait_seconds"] != 30.0 {
			t.Errorf("the fifth failure: %s", last.body)
		}
		wait := b.refused(429, "code_wait", "POST", verify, object("code", w.code(secret, 30*time.Second)))
		if wait.json["wait_seconds"] != 30.0 || wait.header.Get("Retry-After") != "30" {
			t.Errorf("wait: %s %q", wait.body, wait.header.Get("Retry-After"))
		}
		// The person's own browser is in the known lane and does not wait.
		owner.want(204, "DELETE", "/api/session", "")
		owner.load()
		owner.signIn("ada")
		owner.verify(secret)
		if failed := owner.load()["failed_codes"]; failed != 5.0 {
			t.Errorf("wrong codes since the last sign-in: %v", failed)
		}
		spaced := w.code(secret, 30*time.Second)
		w.clock.move(31 * time.Second)
		b.want(200, "POST", verify, object("code", " "+spaced[:3]+"\u2009"+spaced[3:]+" "))
	})
}

// TestWrongCredentials: the answers to a wrong name, a wrong password and a
// disabled account differ in nothing but the request id.
func TestWrongCredentials(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	if err := w.auth.CreateUser(t.Context(), auth.NewUser{Username: "bob", Password: rightPassword}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.auth.DisableAccount(t.Context(), "bob", false); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, who := range [][2]string{{"nobody", "wrong"}, {"ada", "wrong"}, {"bob", rightPassword}, {"", ""}, {strings.Repeat("x", 200), "wrong"}, {"a\u0000b", "wrong"}} {
		a := w.browser().refused(401, "credentials_wrong", "POST", "/api/sign-in", object("username", who[0], "password", who[1]))
		id := a.header.Get("X-Request-Id")
		a.header.Del("X-Request-Id")
		a.header.Del("Date")
		var headers []string
		for name, values := range a.header {
			headers = append(headers, name+strings.Join(values, ","))
		}
		slices.Sort(headers)
		seen[strings.ReplaceAll(a.body, id, "")+strings.Join(headers, "\n")] = true
	}
	if len(seen) != 1 {
		t.Errorf("%d different answers: %v", len(seen), seen)
	}
}

// TestWrongPasswords: an unrecognised browser waits, the person's own does not,
// and an unknown name gets the same wait as a known one.
func TestWrongPasswords(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		home := w.browser()
		home.signIn("ada")
		home.want(204, "DELETE", "/api/session", "")
		home.load()
		for _, name := range []string{"ada", "nobody"} {
			guesser := w.browser()
			for range 5 {
				guesser.refused(401, "credentials_wrong", "POST", "/api/sign-in", object("username", name, "password", "wrong"))
			}
			for _, typed := range []string{"wrong", rightPassword} {
				a := guesser.refused(429, "sign_in_wait", "POST", "/api/sign-in", object("username", name, "password", typed))
				if a.json["wait_seconds"] != 30.0 || a.header.Get("Retry-After") != "30" {
					t.Errorf("%s: %s", name, a.body)
				}
			}
		}
		if next := home.signIn("ada"); next != "done" {
			t.Errorf("next %q", next)
		}
		w.clock.move(30 * time.Second)
		if next := w.browser().signIn("ada"); next != "done" {
			t.Errorf("next %q after the wait", next)
		}
	})
}

// TestPasswordKnownToSomeone: after twenty wrong codes from unrecognised browsers,
// which had the password, the person has to change it before anything else.
func TestPasswordKnownToSomeone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		p.home.want(204, "DELETE", "/api/session", "")
		p.home.load()
		for range 20 {
			p.miss(w.browser(), time.Hour, false, "")
		}
		p.home.signIn("ada")
		done := p.home.want(200, "POST", "/api/sign-in/verify", object("code", p.appCode())).json
		if got := p.home.load(); done["next"] != "change_password" || got["next"] != "change_password" || got["failed_codes"] != 20.0 || got["two_factor"] != nil {
			t.Errorf("verified %v, session %v", done, got)
		}
		p.home.refused(403, "password_change_owed", "POST", "/api/two-factor/disable", object("mode", "remove"))
		p.home.want(204, "PUT", "/api/password", passwords(rightPassword, "seventeen purple umbrellas ~"))
		if got := p.seen(); got != "on, 10 codes" {
			t.Errorf("afterwards %s", got)
		}
	})
}

// TestForcedPasswordChange: an account that the operator made has to change its
// password first.
func TestForcedPasswordChange(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	if err := w.auth.CreateUser(t.Context(), auth.NewUser{Username: "bob", Password: rightPassword}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if next := b.signIn("bob"); next != "change_password" || b.load()["next"] != "change_password" {
		t.Fatalf("next %q", next)
	}
	allowed := append(slices.Clone(open), "POST /api/session/step-up", "PUT /api/password", "GET /api/profile", "PATCH /api/profile",
		"DELETE /api/help-code", "DELETE /api/two-factor/new-keys/1", // whatever comes first, a person can refuse help and keys
		"POST /api/session/key/ask")
	each(t, func(t *testing.T, method, path, body string) {
		if strings.HasPrefix(path, "/api/sign-in") || slices.Contains(allowed, method+" "+path) {
			return
		}
		b.send(method, path, body).isProblem(t, 403, "password_change_owed")
	})
	b.want(200, "PATCH", "/api/profile", object("language", "de"))
	b.refused(422, "invalid", "PUT", "/api/password", passwords(rightPassword, rightPassword))
	b.want(204, "PUT", "/api/password", passwords(rightPassword, "seventeen purple umbrellas ~"))
	if next := b.load()["next"]; next != "done" {
		t.Errorf("next %v", next)
	}
	b.want(200, "GET", "/api/two-factor", "")
}

// TestDisabledAccount: disabling ends sessions and pending sign-ins at once.
func TestDisabledAccount(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	if _, err := w.auth.DisableAccount(t.Context(), "ada", true); err != nil { // the only administrator
		t.Fatal(err)
	}
	b.refused(401, "signed_out", "GET", "/api/two-factor", "")
	if got := b.load(); got["state"] != "anonymous" || got["account"] != nil {
		t.Errorf("session %v", got)
	}
}
