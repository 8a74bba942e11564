package api

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// bodies are complete requests for the routes.
var bodies = map[string]string{
	"POST /api/setup":                         object("token", "t", "username", "u", "password", "p", "display_name", ""),
	"POST /api/sign-in":                       object("username", "nobody", "password", "p"),
	"POST /api/sign-in/verify":                object("code", "123456"),
	"POST /api/sign-in/help-code":             object("code", "HELP-0000-0000-0000-0000"),
	"DELETE /api/help-code":                   "",
	"POST /api/session/step-up":               object("password", "p"),
	"PATCH /api/two-factor":                   object("phone_name", "Pixel"),
	"POST /api/two-factor/enrollment/confirm": object("code", "123456"),
	"PUT /api/password":                       passwords("p", "p"),
	"POST /api/two-factor/enrollment":         "",
	"POST /api/two-factor/enrollment/extend":  "",
	"POST /api/sign-in/extend":                "",
	"DELETE /api/notices/1":                   "",
	"DELETE /api/session":                     "",
	"DELETE /api/sign-in":                     "",
	"DELETE /api/two-factor/enrollment":       "",
	"GET /api/session":                        "",
	"GET /api/setup":                          "",
	"GET /api/two-factor":                     "",

	"POST /api/sign-in/key/ask":         object("kind", "passkey"),
	"POST /api/sign-in/key":             object("answer", "{}"),
	"POST /api/session/key/ask":         object("kind", "passkey"),
	"POST /api/two-factor/keys/make":    object("kind", "passkey"),
	"POST /api/two-factor/keys":         object("answer", "{}"),
	"PATCH /api/two-factor/keys/1":      object("name", "Blue key"),
	"DELETE /api/two-factor/keys/1":     "",
	"DELETE /api/two-factor/new-keys/1": "",
	"DELETE /api/two-factor/app":        "",

	"POST /api/two-factor/disable":              object("mode", "pause", "for", "hour"),
	"POST /api/two-factor/enable":               object("code", "123456"),
	"POST /api/two-factor/backup-codes":         object("paper", "a4", "language", "en"),
	"POST /api/two-factor/backup-codes/confirm": object("number", 1),
	"POST /api/two-factor/backup-codes/check":   object("code", unknownCode),
	"GET /api/sessions":                         "",
	"DELETE /api/sessions/1":                    "",
	"DELETE /api/sessions":                      "",
	"GET /api/activity":                         "",
	"GET /api/profile":                          "",
	"PATCH /api/profile":                        object("language", "de"),
	"PUT /api/notice-address":                   object("email", "ada@example.com"),
	"POST /api/notice-address/confirm":          object("code", "7K2M-Q9XA"),
	"PUT /api/profile/email":                    object("use_notice_address", true),

	"POST /api/welcome/look": object("token", "t"),
	"POST /api/welcome":      object("token", "t", "password", rightPassword),

	"GET /api/people":                         "",
	"POST /api/people/export":                 object("format", "csv", "search", "", "filter", "", "group", 0),
	"POST /api/people":                        invitation("carl"),
	"POST /api/people/import/check":           object("csv", "username\ndora\n"),
	"POST /api/people/import":                 object("csv", "username\ndora\n", "hours", 168, "language", "en"),
	"GET /api/people/1":                       "",
	"GET /api/people/1/activity":              "",
	"DELETE /api/people/1/sessions/1":         "",
	"DELETE /api/people/1/sessions":           "",
	"POST /api/people/1/password-link":        object("language", "en"),
	"POST /api/people/1/invitation":           object("hours", 168, "language", "en"),
	"POST /api/people/1/disable":              "",
	"POST /api/people/1/enable":               "",
	"POST /api/people/1/remove-second-factor": object("reason", "The phone is lost."),
	"PUT /api/people/1/name":                  object("username", "eva", "display_name", "Eva"),
	"PUT /api/people/1/email":                 object("email", "eva@example.org"),
	"PUT /api/people/1/role":                  object("role", "helper"),
	"PUT /api/people/1/groups":                object("groups", []string{}),
	"POST /api/people/1/delete":               object("username", "ada"),
	"POST /api/people/1/help-code":            object("reason", "The phone is lost.", "minutes", 15),
	"PUT /api/people/1/exception":             object("reason", "On leave.", "ends_at", "2026-12-01T00:00:00Z"),
	"DELETE /api/people/1/exception":          "",
	"GET /api/policies":                       "",
	"POST /api/policies":                      aPolicy(0),
	"POST /api/policies/try":                  aPolicy(0, "id", 0),
	"PUT /api/policies/1":                     aPolicy(14),
	"DELETE /api/policies/1":                  "",
	"GET /api/groups":                         "",
	"POST /api/groups":                        object("name", "staff", "description", ""),
	"PUT /api/groups/1":                       object("name", "crew", "description", ""),
	"DELETE /api/groups/1":                    "",
	"GET /api/groups/1/members":               "",
	"POST /api/groups/1/members":              object("usernames", []string{"ada"}),
	"DELETE /api/groups/1/members/1":          "",
	"GET /api/own-applications":               "",
	"POST /api/open":                          object("app", "https://wiki.example", "to", "/", "state", strings.Repeat("A", 43), "again", false),
	"GET /api/applications":                   "",
	"POST /api/applications":                  application("Wiki", 0),
	"POST /api/applications/try":              object("address", "https://wiki.example/", "method", "GET", "username", ""),
	"GET /api/applications/1":                 "",
	"PUT /api/applications/1":                 application("Wiki", 1),
	"DELETE /api/applications/1":              "",
	"GET /api/applications/1/proxy":           "",
	"GET /api/events":                         "",
	"POST /api/events/export":                 object("format", "csv", "by", "", "person", "", "kind", "", "address", "", "since", "", "until", ""),
	"GET /api/report":                         "",
	"POST /api/report/export":                 object("format", "json", "days", 90),
}

// aPolicy is a policy for everybody, from December on.
func aPolicy(grace int, more ...any) string {
	return object(append(more, "audience", "everybody", "minimum", "any", "groups", []string{}, "starts_at", "2026-12-01T00:00:00Z", "grace_days", grace)...)
}

// application is a request to store an application with one rule.
func application(name string, revision int64) string {
	return object("name", name, "addresses", []string{"https://" + strings.ToLower(name) + ".example"}, "revision", revision,
		"rules", []map[string]any{{"path": "/", "methods": "all", "who": "everybody", "groups": []string{}, "factor": "two", "max_age_minutes": 0, "origins": []string{}}})
}

// invitation is a request to let somebody in.
func invitation(username string) string {
	return object("username", username, "display_name", "", "email", "", "groups", []string{}, "hours", 168, "language", "en")
}

// filled is a path of the document with 1 for every id.
func filled(path string) string {
	return strings.NewReplacer("{id}", "1", "{session}", "1", "{account}", "1").Replace(path)
}

// open are the routes that need neither a session nor a pending sign-in.
var open = []string{"GET /api/setup", "POST /api/setup", "POST /api/sign-in", "DELETE /api/sign-in", "GET /api/session", "DELETE /api/session",
	"POST /api/welcome/look", "POST /api/welcome"}

// each calls fn for every route of the document with a complete request.
func each(t *testing.T, fn func(t *testing.T, method, path, body string)) {
	t.Helper()
	for _, route := range routesIn(t) {
		path := filled(route.path)
		body, listed := bodies[route.method+" "+path]
		if !listed {
			t.Fatalf("%s %s has no request in this test", route.method, path)
		}
		t.Run(route.method+" "+path, func(t *testing.T) { fn(t, route.method, path, body) })
	}
}

// TestNobody calls every route without a session.
func TestNobody(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	each(t, func(t *testing.T, method, path, body string) {
		a := b.send(method, path, body)
		switch {
		case slices.Contains(open, method+" "+path):
			if a.json["code"] == "signed_out" || a.json["code"] == "pending_ended" {
				t.Errorf("%s", a.body)
			}
		case strings.HasPrefix(path, "/api/sign-in/"):
			a.isProblem(t, 401, "pending_ended")
		default:
			a.isProblem(t, 401, "signed_out")
		}
	})
}

// TestHalfSignedIn calls every route with a pending sign-in, which can only submit
// a code, be extended or be cancelled.
func TestHalfSignedIn(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	b.enroll()
	b.want(204, "DELETE", "/api/session", "")
	b.load()
	b.signIn("ada")
	each(t, func(t *testing.T, method, path, body string) {
		if slices.Contains(open, method+" "+path) || strings.HasPrefix(path, "/api/sign-in/") {
			return
		}
		b.send(method, path, body).isProblem(t, 401, "signed_out")
	})
	if state := b.load()["state"]; state != "pending" {
		t.Errorf("state %v", state)
	}
}

// TestPasswordAloneTellsNoNames: while the second factor is owed, at sign-in and
// after a pause, the answer tells only id, language and theme of the account, and no role.
func TestPasswordAloneTellsNoNames(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	owner := w.browser()
	owner.signIn("ada")
	secret := owner.enroll()
	owner.want(200, "PATCH", "/api/profile", object("display_name", "Ada Lovelace", "language", "de", "theme", "night"))
	whole := owner.load()["account"].(map[string]any)
	if whole["username"] != "ada" || whole["display_name"] != "Ada Lovelace" || whole["id"].(float64) < 1 {
		t.Fatalf("the owner gets %v", whole)
	}
	bare := map[string]any{"id": whole["id"], "username": "", "display_name": "", "role": "", "language": "de", "theme": "night"}

	b := w.browser()
	owed := func(when string, level float64) {
		t.Helper()
		if got := b.load(); got["state"] != "pending" || got["level"] != level || !reflect.DeepEqual(got["account"], bare) {
			t.Errorf("%s: %v, want the account %v", when, got, bare)
		}
	}
	told := func(when string) {
		t.Helper()
		if got := b.load(); got["state"] != "signed_in" || !reflect.DeepEqual(got["account"], whole) {
			t.Errorf("%s: %v, want the account %v", when, got, whole)
		}
	}
	b.signIn("ada")
	owed("after the password", 0)
	b.verify(secret)
	told("after the code")

	owner.want(204, "POST", "/api/two-factor/disable", object("mode", "pause", "for", "hour"))
	b.signIn("ada")
	w.clock.move(30 * time.Minute)
	told("during a pause")
	w.clock.move(30 * time.Minute)
	owed("after the pause", 1)
	b.verify(secret)
	told("after the code that was owed")
}

// TestSessionEnds: a session ends after an hour without activity and after a day.
// Polling is not activity.
func TestSessionEnds(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b := w.browser()
		b.signIn("ada")
		background := header("X-Background", "1")
		for range 3 {
			w.clock.move(15 * time.Minute)
			b.send("GET", "/api/session", "", background)
		}
		got := b.send("GET", "/api/session", "", background).json
		if got["expires_at"] != stamp(w.clock.now().Add(15*time.Minute)) || got["ends_at"] != stamp(w.clock.now().Add(24*time.Hour-45*time.Minute)) {
			t.Errorf("polling moved the end: %v", got)
		}
		w.clock.move(14 * time.Minute)
		b.want(200, "GET", "/api/two-factor", "")
		for range 25 {
			w.clock.move(55 * time.Minute)
			b.want(200, "GET", "/api/two-factor", "")
		}
		w.clock.move(30 * time.Minute)
		b.refused(401, "signed_out", "GET", "/api/two-factor", "")

		b.signIn("ada")
		w.clock.move(time.Hour + time.Second)
		b.refused(401, "signed_out", "GET", "/api/two-factor", "")
		if state := b.load()["state"]; state != "anonymous" {
			t.Errorf("state %v", state)
		}
	})
}

// TestStepUp: old factors have to be given again, the password before the code.
func TestStepUp(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b := w.browser()
		b.signIn("ada")
		w.clock.move(6 * time.Minute)
		owed := b.refused(403, "step_up_owed", "POST", "/api/two-factor/enrollment", "")
		if need := owed.json["need"].([]any); len(need) != 1 || need[0] != "password" {
			t.Errorf("need %v", need)
		}
		wrong := b.refused(401, "password_wrong", "POST", "/api/session/step-up", object("password", "wrong"))
		if wrong.json["tries_left"] != 4.0 {
			t.Errorf("tries left %v", wrong.json["tries_left"])
		}
		b.want(204, "POST", "/api/session/step-up", object("password", rightPassword))
		secret := b.enroll()

		w.clock.move(6 * time.Minute)
		owed = b.refused(403, "step_up_owed", "PUT", "/api/password", passwords(rightPassword, "seventeen purple umbrellas ~"))
		if need := owed.json["need"].([]any); len(need) != 1 || need[0] != "code" {
			t.Errorf("need %v although the present password came along", need)
		}
		owed = b.refused(403, "step_up_owed", "POST", "/api/two-factor/enrollment", "")
		if need := owed.json["need"].([]any); len(need) != 2 || need[0] != "password" || need[1] != "code" {
			t.Errorf("need %v", need)
		}
		b.refused(422, "invalid", "POST", "/api/session/step-up", "{}")
		b.want(204, "POST", "/api/session/step-up", object("password", rightPassword))
		owed = b.refused(403, "step_up_owed", "POST", "/api/two-factor/enrollment", "")
		if need := owed.json["need"].([]any); len(need) != 1 || need[0] != "code" {
			t.Errorf("need %v", need)
		}
		b.refused(401, "code_wrong", "POST", "/api/session/step-up", object("code", w.wrongCode(secret)))
		code := w.code(secret, 0)
		b.want(204, "POST", "/api/session/step-up", object("code", code))
		b.refused(401, "code_used", "POST", "/api/session/step-up", object("code", code))
		b.want(200, "POST", "/api/two-factor/enrollment", "")
	})
}

// TestWrongStepUpPasswords: the fifth wrong one in a row ends the session.
func TestWrongStepUpPasswords(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	tab := b.copy()
	for range 4 {
		b.refused(401, "password_wrong", "POST", "/api/session/step-up", object("password", "wrong"))
	}
	b.refused(401, "signed_out", "POST", "/api/session/step-up", object("password", "wrong"))
	tab.refused(401, "signed_out", "POST", "/api/session/step-up", object("password", rightPassword))
	tab.refused(401, "signed_out", "GET", "/api/two-factor", "")
}

// TestEnrollmentStates makes every mistake that is possible in a set-up.
func TestEnrollmentStates(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b, other := w.browser(), w.browser()
		b.signIn("ada")
		other.signIn("ada")
		const begin, confirm = "/api/two-factor/enrollment", "/api/two-factor/enrollment/confirm"

		b.refused(409, "pending_key_ended", "POST", confirm, object("code", "123456"))
		b.refused(409, "wrong_state", "PATCH", "/api/two-factor", object("phone_name", "Pixel"))
		b.want(204, "DELETE", begin, "")

		offer := b.want(200, "POST", begin, "").json
		secret := offer["secret"].(string)
		if offer["expires_at"] != stamp(w.clock.now().Add(10*time.Minute)) {
			t.Errorf("expires at %v", offer["expires_at"])
		}
		other.refused(409, "pending_key_ended", "POST", confirm, object("code", w.code(secret, 0)))
		if theirs := other.want(200, "POST", begin, "").json["secret"]; theirs == secret {
			t.Error("two sessions were offered the same key")
		}
		b.refused(422, "invalid", "POST", confirm, object("code", "12345"))
		long := b.refused(422, "invalid", "POST", confirm, object("code", w.code(secret, 0), "phone_name", strings.Repeat("x", 41)))
		if field := long.json["errors"].([]any)[0].(map[string]any); field["pointer"] != "#/phone_name" || field["reason"] != "too_long" {
			t.Errorf("field %v", field)
		}

		w.clock.move(9 * time.Minute)
		if longer := b.want(204, "POST", begin+"/extend", ""); longer.body != "" {
			t.Errorf("the extension shows %s", longer.body)
		}
		if ends := b.want(200, "GET", "/api/two-factor", "").json["pending_expires_at"]; ends != stamp(w.clock.now().Add(10*time.Minute)) {
			t.Errorf("extended to %v", ends)
		}
		b.owes("POST", begin, "", "password") // the key is not shown again
		w.clock.move(10*time.Minute + time.Second)
		b.refused(409, "pending_key_ended", "POST", confirm, object("code", w.code(secret, 0)))
		b.want(204, "POST", "/api/session/step-up", object("password", rightPassword))
		fresh := b.want(200, "POST", begin, "").json["secret"].(string)
		if fresh == secret {
			t.Error("an ended key was offered again")
		}
		b.want(204, "DELETE", begin, "")
		b.refused(409, "pending_key_ended", "POST", confirm, object("code", w.code(fresh, 0)))

		tries := b.want(200, "POST", begin, "").json["secret"].(string)
		for range 9 {
			b.refused(401, "code_wrong", "POST", confirm, object("code", w.wrongCode(tries)))
		}
		b.refused(409, "pending_key_ended", "POST", confirm, object("code", w.wrongCode(tries)))
		b.refused(409, "pending_key_ended", "POST", confirm, object("code", w.code(tries, 0)))

		b.enroll()
		other.refused(401, "signed_out", "POST", confirm, object("code", "123456"))
	})
}

// TestNotices: another person's notice and an unknown one get the same answer, and
// the session that made a change cannot dismiss its notice.
func TestNotices(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	if err := w.auth.CreateUser(t.Context(), auth.NewUser{Username: "bob", Password: rightPassword}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn("ada")
	secret := b.enroll()
	if shown := b.load()["notices"].([]any); len(shown) != 0 {
		t.Errorf("the session that made the change shows its notice: %v", shown)
	}
	other := w.browser()
	other.signIn("ada")
	other.verify(secret)
	id := number(other.load()["notices"].([]any)[0].(map[string]any)["id"])
	b.refused(404, "not_found", "DELETE", "/api/notices/"+id, "")

	bob := w.browser()
	bob.signIn("bob")
	bob.want(204, "PUT", "/api/password", passwords(rightPassword, "seventeen purple umbrellas ~"))
	for _, wrong := range []string{id, "0", "-1", "999999", "x", "1e3", "9223372036854775808", "%2e%2e"} {
		bob.refused(404, "not_found", "DELETE", "/api/notices/"+wrong, "")
	}
	other.want(204, "DELETE", "/api/notices/"+id, "")
	other.refused(404, "not_found", "DELETE", "/api/notices/"+id, "")
}
