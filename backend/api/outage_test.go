package api

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
)

// TestDatabaseAway: while the database server is down every request that needs it
// is answered with 503 and Retry-After, and nothing is half done. When the server
// is back, the same sessions work.
func TestDatabaseAway(t *testing.T) {
	server := testdb.NewServer(t)
	db := testdb.Open(t, server.Options())
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newKit(t, db)
	typed := secrets{}
	in, half := wholeJob(w, typed, secrets{})

	server.Stop()
	away := time.Now()
	answered := map[int]int{}
	for _, route := range routesIn(t) {
		path := filled(route.path)
		for _, b := range []*browser{in, half} {
			body := ""
			if route.method != "GET" {
				body, _ = everyMember(route.method, path, typed["new password"])
			}
			a := b.copy().send(route.method, path, body)
			answered[a.status]++
			if a.status == 503 {
				a.isProblem(t, 503, "unavailable")
			} else if a.status < 400 || a.status == 500 {
				t.Errorf("%s %s: status %d: %s", route.method, path, a.status, a.body)
			}
		}
	}
	if answered[503] < 60 {
		t.Errorf("the answers are %v", answered)
	}
	// Strangers cannot fill a disk with lines about it: one in a second is told.
	for range 200 {
		in.copy().send("GET", "/api/session", "")
	}
	lines := 0
	for line := range strings.Lines(w.logs.String()) {
		if strings.Contains(line, `"level":"ERROR"`) && strings.Contains(line, `"code":"unavailable"`) {
			lines++
		}
	}
	if most := int(time.Since(away).Seconds()) + 2; lines < 1 || lines > most {
		t.Errorf("%d lines, want at most %d", lines, most)
	}

	server.Start()
	if state := in.load()["state"]; state != "signed_in" {
		t.Errorf("the session is %v", state)
	}
	if state := half.load()["state"]; state != "pending" {
		t.Errorf("the sign-in that owes its code is %v", state)
	}
	in.want(200, "PATCH", "/api/profile", object("display_name", "Ada"))
}
