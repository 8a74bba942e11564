package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestTraceID(t *testing.T) {
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for header, want := range map[string]string{
		"00-" + id + "-" + parent + "-01":                       id,
		"00-" + id + "-" + parent + "-00":                       id,
		"01-" + id + "-" + parent + "-01-more":                  id,
		"00-" + id + "-" + parent + "-01-more":                  "",
		"ff-" + id + "-" + parent + "-01":                       "",
		"00-00000000000000000000000000000000-" + parent + "-01": "",
		"00-" + id + "-0000000000000000-01":                     "",
		"00-" + strings.ToUpper(id) + "-" + parent + "-01":      "",
		"00-" + id + "-" + parent:                               "",
		"00-" + id + "-" + parent + "-01\n":                     "",
		"x":                                                     "", "": "",
	} {
		if got := traceID(header); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}

// lines returns the lines of the log with a message, without what differs each
// time.
func (j *journal) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(j.String()) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		if members["msg"] == message {
			found = append(found, members)
		}
	}
	return found
}

// TestEventsAreLogged: each event is one line, with who, from where, why, and
// which request. A name that belongs to nobody stands there only as a hash.
func TestEventsAreLogged(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		w.logs.reset()
		const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
		traced := header("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
		unknown := w.browser().send("POST", "/api/sign-in", object("username", "name in the wrong field", "password", "x"), traced)
		wrong := w.browser().send("POST", "/api/sign-in", object("username", "Ada", "password", "x"), traced)
		right := w.browser().send("POST", "/api/sign-in", object("username", "Ada", "password", rightPassword))

		lines := w.logs.lines(t, "security event")
		var got []string
		for _, line := range lines {
			if line["address"] == "" || line["name_hash"] == "" {
				t.Errorf("the line is %v", line)
			}
			got = append(got, fmt.Sprint(line["level"], line["event"], line["outcome"], line["reason"], line["username"], line["account_id"], line["trace_id"]))
		}
		want := []string{
			fmt.Sprint("WARN", "password", "failed", "unknown_name", nil, nil, trace),
			fmt.Sprint("WARN", "password", "failed", "wrong", "ada", 1.0, trace),
			fmt.Sprint("INFO", "sign_in", "ok", nil, "ada", 1.0, nil),
		}
		if !slices.Equal(got, want) {
			t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for i, a := range []answer{unknown, wrong, right} {
			if i < len(lines) && lines[i]["request_id"] != a.header.Get("X-Request-Id") {
				t.Errorf("line %d is of another request: %v", i, lines[i])
			}
		}
		if strings.Contains(w.logs.String(), "wrong field") {
			t.Error("the log holds a name that belongs to nobody")
		}
		if len(lines) > 0 && lines[0]["name_hash"] == nil {
			t.Errorf("no hash of the name in %v", slices.Sorted(maps.Keys(lines[0])))
		}
	})
}

// TestNothingIsLoggedBeforeTheCommit: an act that is rolled back has no line.
func TestNothingIsLoggedBeforeTheCommit(t *testing.T) {
	options := testdb.Options(t, testdb.SQLite)
	db := testdb.Open(t, options)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newKit(t, db)
	w.addUser("ada")
	testdb.Exec(t, options, "CREATE TRIGGER fail BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'no'); END")
	w.logs.reset()
	w.browser().want(500, "POST", "/api/sign-in", object("username", "ada", "password", rightPassword))
	if lines := w.logs.lines(t, "security event"); len(lines) != 0 {
		t.Errorf("the log tells of %v", lines)
	}
}
