package api

import (
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// TestHealthWithoutDatabase: without its database the process is alive and not
// ready. The answer says no more than that.
func TestHealthWithoutDatabase(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, testdb.Open(t, optionsLike(t, db)))
		b := w.browser()
		b.want(200, "GET", "/livez", "")
		if a := b.refused(503, "unavailable", "GET", "/readyz", ""); a.json["check"] != "schema" { // there are no tables
			t.Errorf("the answer is %s", a.body)
		}
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
		b.want(200, "GET", "/livez", "")
		a := b.refused(503, "unavailable", "GET", "/readyz", "")
		if strings.Contains(a.body, "closed") || a.header.Get("Retry-After") == "" {
			t.Errorf("the answer is %s, %v", a.body, a.header)
		}
	})
}

// optionsLike names another empty database on the same engine.
func optionsLike(t *testing.T, db *database.DB) database.Options {
	t.Helper()
	return testdb.Options(t, map[string]string{database.SQLite: testdb.SQLite, database.MySQL: testdb.MariaDB}[db.Engine()])
}
