package database_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/access"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// filled returns a database with rows in every table.
func filled(t *testing.T, engine string) (*database.DB, database.Options) {
	t.Helper()
	o := testdb.Options(t, engine)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fill, err := os.ReadFile("testdata/baseline/fill.sql")
	if err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, o, strings.Split(strings.TrimSpace(string(fill)), ";\n")...)
	return db, o
}

// copied copies a database and opens the copy.
func copied(t *testing.T, db *database.DB) *database.DB {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "it's a copy")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, database.FileName)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	schema, err := db.CopyTo(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if want := database.Schema(database.SQLite); schema != want {
		t.Errorf("the schema of the copy is %d, want %d", schema, want)
	}
	return testdb.Open(t, database.Options{DataDir: dir})
}

func sameRows(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(want) < 50 {
		t.Fatalf("%s: only %d columns are compared", what, len(want))
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s: missing %s", what, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d columns, want %d", what, len(got), len(want))
	}
}

// Every column of every table arrives as it was: from either engine in the copy, and
// from the copy in a database server.
func TestCopiesAreEqual(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		db, o := filled(t, engine)
		var values []string // more rows than one statement takes
		for i := range 450 {
			values = append(values, fmt.Sprintf("(%d, %d, 'x', 'ok', '%d '' 🔑', '{}')", 5000+i, i, i))
		}
		testdb.Exec(t, o, "INSERT INTO audit_events (id, at, kind, outcome, actor, details) VALUES "+strings.Join(values, ", "))
		want := allRows(t, db)
		copy := copied(t, db)
		sameRows(t, "the copy", allRows(t, copy), want)
		t.Run("to a server", func(t *testing.T) {
			target := testdb.Open(t, testdb.Options(t, testdb.MariaDB))
			if err := target.CopyFrom(t.Context(), copy); err != nil {
				t.Fatal(err)
			}
			sameRows(t, "the server", allRows(t, target), want)
			if err := target.CopyFrom(t.Context(), copy); !errors.Is(err, database.ErrNotEmpty) {
				t.Errorf("a second time: %v", err)
			}
			sameRows(t, "the server, after the refusal", allRows(t, target), want)
		})
	})
}

// The id of a deleted account is not given again: its audit events are kept.
func TestCopiesGoOnWithTheIDs(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		db, o := filled(t, engine)
		const add = "INSERT INTO accounts (%susername, username_folded, display_name, password_hash, admin, must_change_password, created_at) VALUES (%s'%s', '%[3]s', '', '', 0, 0, 1)"
		testdb.Exec(t, o, fmt.Sprintf(add, "id, ", "70, ", "gone"), "DELETE FROM accounts WHERE id = 70")
		copy := copied(t, db)
		check := func(what string, db *database.DB, o database.Options) {
			t.Helper()
			testdb.Exec(t, o, fmt.Sprintf(add, "", "", "next"))
			var id int64
			if err := db.Read(t.Context()).Raw("SELECT id FROM accounts WHERE username = 'next'").Scan(&id).Error; err != nil || id != 71 {
				t.Errorf("%s: the next account has the id %d (%v), want 71", what, id, err)
			}
		}
		t.Run("to a server", func(t *testing.T) {
			to := testdb.Options(t, testdb.MariaDB)
			target := testdb.Open(t, to)
			if err := target.CopyFrom(t.Context(), copy); err != nil {
				t.Fatal(err)
			}
			check("the server", target, to)
		})
		check("the copy", copy, database.Options{DataDir: copy.Dir()})
	})
}

// A database that holds anything is not overwritten. One that an interrupted restore
// has left is empty.
func TestOnlyAnEmptyServerIsFilled(t *testing.T) {
	db, _ := filled(t, testdb.SQLite)
	for name, c := range map[string]struct {
		migrate    bool
		statements []string
		ok         bool
	}{
		"empty":                   {ok: true},
		"tables without rows":     {migrate: true, ok: true},
		"another program's table": {statements: []string{"CREATE TABLE shop (id INT PRIMARY KEY)"}},
		"a server has started":    {migrate: true, statements: []string{"INSERT INTO key_canaries (ring_key_id, sealed, created_at) VALUES ('a', 'b', 1)"}},
		"an event":                {migrate: true, statements: []string{"INSERT INTO audit_events (at, kind, outcome, details) VALUES (1, 'x', 'ok', '{}')"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := testdb.Options(t, testdb.MariaDB)
			target := testdb.Open(t, o)
			if c.migrate {
				if err := target.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			testdb.Exec(t, o, c.statements...)
			if err := target.CopyFrom(t.Context(), db); c.ok != (err == nil) || err != nil && !errors.Is(err, database.ErrNotEmpty) {
				t.Errorf("got %v, want success %v", err, c.ok)
			}
		})
	}
}

// Who copies a backup over the database by hand is sent to the command.
func TestABackupInPlaceOfTheDatabaseIsRefused(t *testing.T) {
	o := testdb.Options(t, testdb.SQLite)
	if err := os.Mkdir(o.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	trailer := "\nimagemaster backup 1\n" + strings.Repeat(" ", 512-22)
	path := filepath.Join(o.DataDir, "imagemaster.db")
	if err := os.WriteFile(path, []byte("SQLite format 3"+trailer), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := database.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "run imagemaster restore") {
		t.Errorf("got %v", err)
	}
}

// Any number of processes share the folder. A restore has it alone.
func TestTheFolderIsLocked(t *testing.T) {
	o := testdb.Options(t, testdb.SQLite)
	first, second := testdb.Open(t, o), testdb.Open(t, o)
	if _, err := database.LockFolder(o.DataDir); !errors.Is(err, database.ErrLocked) {
		t.Errorf("two use it: %v", err)
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}
	lock, err := database.LockFolder(o.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "is being restored") {
		t.Errorf("during a restore: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	testdb.Open(t, o)
	server, err := database.LockServer(o.DataDir, access.Owner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.LockServer(o.DataDir, access.Owner); err == nil || !strings.Contains(err.Error(), "a server runs on the data folder") {
		t.Errorf("a second server: %v", err)
	}
	if err := errors.Join(server.Close(), server.Close()); err != nil {
		t.Error(err)
	}
}
