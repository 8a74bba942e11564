package api

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// TestSetUpOnce: the link works once, within a day.
func TestSetUpOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		b := w.browser()
		token, err := w.auth.NewSetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		person := func(token, name, password string) string {
			return object("token", token, "username", name, "password", password, "display_name", "")
		}
		b.refused(401, "setup_token_wrong", "POST", "/api/setup", person("wrong", "ada", rightPassword))
		for _, c := range []struct{ name, password, pointer, reason string }{
			{"", rightPassword, "#/username", "empty"},
			{strings.Repeat("x", 65), rightPassword, "#/username", "too_long"},
			{"a b", rightPassword, "#/username", "not_allowed"},
			{"ada", "short", "#/password", "too_short"},
			{"ada", strings.Repeat("mixed words ", 30), "#/password", "too_long"},
			{"ada", "passwordpassword", "#/password", "common"},
		} {
			a := b.refused(422, "invalid", "POST", "/api/setup", person(token, c.name, c.password))
			if field := a.json["errors"].([]any)[0].(map[string]any); field["pointer"] != c.pointer || field["reason"] != c.reason {
				t.Errorf("%v, want %s %s", field, c.pointer, c.reason)
			}
		}
		w.clock.move(24*time.Hour + time.Second)
		b.refused(401, "setup_token_wrong", "POST", "/api/setup", person(token, "ada", rightPassword))
		w.addUser("ada")
		b.refused(409, "setup_closed", "POST", "/api/setup", person(token, "eve", rightPassword))
	})
}
