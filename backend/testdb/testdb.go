// Package testdb gives each test a database of its own on the real engines.
//
// SQLite is always there. MariaDB is a private server in a temporary folder
// which listens on a Unix socket only; it starts with the first test that
// wants it, serves one test process and ends with it, also when that process
// is killed. Durability is switched off, because a crash of a test loses
// nothing; a benchmark switches it on with Durable.
//
// A package with such tests calls Main from its TestMain.
package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagemaster/backend/database"
)

// The engines.
const (
	SQLite  = "sqlite"
	MariaDB = "mariadb"
)

// RequireMariaDB is the variable with which a test fails where MariaDB is
// missing, instead of being skipped.
const RequireMariaDB = "IMAGEMASTER_TEST_REQUIRE_MARIADB"

// Main runs a package's tests, stops the private server and exits. In a process
// that Race has started it runs the claim instead.
func Main(m *testing.M, claims ...Claim) {
	if name := os.Getenv(claimVariable); name != "" {
		if err := runClaim(claims, name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	private.stop()
	os.Exit(code)
}

// Each runs fn once per engine, each time on a fresh migrated database.
func Each(t *testing.T, fn func(t *testing.T, db *database.DB)) {
	t.Helper()
	EachEngine(t, func(t *testing.T, engine string) { fn(t, New(t, engine)) })
}

// EachEngine runs fn as one subtest per engine, for tests that need more than
// one handle or process on the same database.
func EachEngine(t *testing.T, fn func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range []string{SQLite, MariaDB} {
		t.Run(engine, func(t *testing.T) { fn(t, engine) })
	}
}

// New returns a fresh migrated database, closed when the test ends.
func New(t testing.TB, engine string) *database.DB {
	t.Helper()
	db := Open(t, Options(t, engine))
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return db
}

// Open opens a database, closed when the test ends.
func Open(t testing.TB, o database.Options) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return db
}

// Options names a fresh empty database without tables. Other processes may
// open it too.
func Options(t testing.TB, engine string) database.Options {
	t.Helper()
	switch engine {
	case SQLite:
		return database.Options{DataDir: filepath.Join(t.TempDir(), "data")}
	case MariaDB:
		return database.Options{DSN: private.newDatabase(t)}
	}
	t.Fatalf("no engine %q", engine)
	return database.Options{}
}

// newDatabase makes an empty database, dropped when the test ends.
func (s *server) newDatabase(t testing.TB) string {
	t.Helper()
	s.need(t)
	name := "t_" + strings.ToLower(rand.Text())
	run := func(statement string) {
		if _, err := s.admin.ExecContext(context.Background(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	run("CREATE DATABASE " + name + " CHARACTER SET latin1") // the tables must not depend on the default
	t.Cleanup(func() { run("DROP DATABASE " + name) })
	return s.dsn(name)
}

// Exec runs statements directly on a database, beside the product's code.
func Exec(t testing.TB, o database.Options, statements ...string) {
	t.Helper()
	pool, err := sql.Open(driver(o))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	for _, statement := range statements {
		if _, err := pool.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func driver(o database.Options) (name, dsn string) {
	if o.DSN != "" {
		return "mysql", o.DSN
	}
	return "sqlite", filepath.Join(o.DataDir, database.FileName)
}
