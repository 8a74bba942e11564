package api

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
)

// secrets collects what must never be logged, by what it is.
type secrets map[string]string

func (s secrets) addCookies(b *browser) {
	for name, value := range b.cookies {
		s[name+" "+value[:4]] = value
	}
	if b.csrf != "" {
		s["csrf "+b.csrf[:4]] = b.csrf
	}
}

var requestIDs = regexp.MustCompile(`[0-9a-f]{32}`)

// in returns which of them a text holds. Random ids are left out: six digits
// can stand in one by chance.
func (s secrets) in(text string) []string {
	text = requestIDs.ReplaceAllString(text, "")
	var found []string
	for name, value := range s {
		if strings.Contains(text, value) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// TestNoSecretIsLogged does the whole job with known secrets, right and wrong,
// then calls every route with them in every place, then again with the database
// gone. The log, down to its finest level, holds none of them (OWASP ASVS 5.0
// 16.2.5), and no answer repeats what was typed.
func TestNoSecretIsLogged(t *testing.T) {
	db := testdb.New(t, testdb.SQLite)
	w := newWorld(t, db)
	const wrongPassword, newPassword = "canary wrong password", "canary new password umbrella"
	token, err := w.auth.NewSetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	typed := secrets{"password": rightPassword, "wrong password": wrongPassword, "new password": newPassword,
		"set-up token": token, "backup code": "7K2M-Q9XA-4TBD-R8WC", "token in a header": "canary-authorization"}
	kept := maps.Clone(typed)

	b := w.browser()
	b.want(204, "POST", "/api/setup", object("token", token, "username", "ada", "password", rightPassword, "display_name", ""))
	b.want(401, "POST", "/api/sign-in", object("username", "ada", "password", wrongPassword))
	b.signIn("ada")
	kept.addCookies(b)
	offer := b.want(200, "POST", "/api/two-factor/enrollment", "").json
	secret := offer["secret"].(string)
	kept["secret"], kept["key address"] = secret, offer["uri"].(string)
	kept["qr path"] = offer["qr"].(map[string]any)["path"].(string)
	wrong, right := w.wrongCode(secret), w.code(secret, 0)
	typed["wrong code"], typed["right code"] = wrong, right
	kept["wrong code"], kept["right code"] = wrong, right
	b.want(401, "POST", "/api/two-factor/enrollment/confirm", object("code", wrong))
	b.want(200, "POST", "/api/two-factor/enrollment/confirm", object("code", right))
	b.load()
	kept.addCookies(b)
	b.want(401, "POST", "/api/session/step-up", object("password", wrongPassword))
	b.want(204, "PUT", "/api/password", object("password", newPassword))
	half := w.browser()
	half.want(200, "POST", "/api/sign-in", object("username", "ada", "password", newPassword))
	kept.addCookies(half)
	half.want(401, "POST", "/api/sign-in/verify", object("code", right))

	callAll(t, w, []*browser{b, half, w.browser()}, typed)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	failures := callAll(t, w, []*browser{b, half, w.browser()}, typed)
	if failures == 0 || !strings.Contains(w.logs.String(), "request failed") {
		t.Error("nothing failed without a database, so nothing was shown")
	}
	if found := kept.in(w.logs.String()); len(found) > 0 {
		t.Errorf("the log holds: %v", found)
	}
	if !strings.Contains(w.logs.String(), `"level":"DEBUG"`) {
		t.Error("the finest level was not searched")
	}
}

// callAll calls every route as each browser with the secrets as members, as an
// unknown member's name, as the whole body, in the query and in headers. It
// returns how many requests failed inside.
func callAll(t *testing.T, w *world, browsers []*browser, typed secrets) int {
	t.Helper()
	failed := 0
	for _, route := range routesIn(t) {
		for name, value := range typed {
			for _, b := range browsers {
				for _, body := range []string{everyMember(route, value), object(value, value), value} {
					a := b.copy().send(route.method, strings.ReplaceAll(route.path, "{id}", "1")+"?q=secret", body, header("Authorization", "Bearer "+value))
					if found := typed.in(a.body); len(found) > 0 {
						t.Errorf("%s %s with %s repeats %v", route.method, route.path, name, found)
					}
					if a.status == 500 {
						failed++
					}
				}
			}
		}
		w.clock.move(time.Second)
	}
	return failed
}

// everyMember is the route's complete request with the value as every text.
func everyMember(route struct{ method, path string }, value string) string {
	op := operation(route.method, strings.ReplaceAll(route.path, "{id}", "1"))
	if op.RequestBody == nil {
		return ""
	}
	schema := documented().Components.Schemas.SchemaFromRef(op.RequestBody.Content["application/json"].Schema.Ref)
	var members []any
	for name, member := range schema.Properties {
		if member.Type == "string" {
			members = append(members, name, value)
		}
	}
	return object(members...)
}
