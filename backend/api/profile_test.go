package api

import (
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// TestProfile: only the members of the request change, and no session ends.
func TestProfile(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b, other := w.browser(), w.browser()
		b.signIn("ada")
		other.signIn("ada")
		if got := b.want(200, "GET", "/api/profile", "").json; got["username"] != "ada" || got["display_name"] != "" || got["language"] != "" || got["theme"] != "" {
			t.Errorf("profile %v", got)
		}
		b.want(200, "PATCH", "/api/profile", object("language", "de"))
		b.want(200, "PATCH", "/api/profile", object("theme", "night", "display_name", "Ada Lovelace \U0001F469\u200D\U0001F52C"))
		got := b.want(200, "PATCH", "/api/profile", "{}").json
		if got["display_name"] != "Ada Lovelace \U0001F469\u200D\U0001F52C" || got["language"] != "de" || got["theme"] != "night" {
			t.Errorf("profile %v", got)
		}
		if account := other.load()["account"].(map[string]any); account["language"] != "de" || account["theme"] != "night" {
			t.Errorf("account %v", account)
		}
		got = b.want(200, "PATCH", "/api/profile", object("language", "", "theme", "", "display_name", "")).json
		if got["display_name"] != "" || got["language"] != "" || got["theme"] != "" {
			t.Errorf("profile %v", got)
		}
	})
}

// TestProfileRequests: a refused change changes nothing.
func TestProfileRequests(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	for _, c := range []struct{ body, pointer, reason string }{
		{object("language", "fr", "theme", "night"), "#/language", "not_allowed"},
		{object("language", "DE"), "#/language", "not_allowed"},
		{object("theme", "dark", "language", "de"), "#/theme", "not_allowed"},
		{object("display_name", strings.Repeat("ä", 101), "language", "de"), "#/display_name", "too_long"},
		{object("display_name", "a\nb", "language", "de"), "#/display_name", "not_allowed"},
		{object("display_name", nil), "#/display_name", "wrong_type"},
		{object("username", "eve"), "#", "unknown"},
		{object("admin", true), "#", "unknown"},
	} {
		a := b.refused(422, "invalid", "PATCH", "/api/profile", c.body)
		if pointer, reason := a.field(); pointer != c.pointer || reason != c.reason {
			t.Errorf("%s: %s %s, want %s %s", c.body, pointer, reason, c.pointer, c.reason)
		}
	}
	if got := b.want(200, "GET", "/api/profile", "").json; got["display_name"] != "" || got["language"] != "" || got["theme"] != "" {
		t.Errorf("profile %v", got)
	}
	b.want(200, "PATCH", "/api/profile", object("display_name", strings.Repeat("ä", 100)))
}
