package database_test

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestInspect(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		db := testdb.Open(t, testdb.Options(t, engine))
		before, err := db.Inspect(t.Context())
		if err != nil || before.Schema != 0 || before.Current < 120 || before.BeforeBaseline {
			t.Errorf("before the first migration: %+v, %v", before, err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, err := db.Inspect(t.Context())
		if err != nil || after.Schema != after.Current || after.Current != before.Current || after.BeforeBaseline {
			t.Errorf("after it: %+v, %v", after, err)
		}
		want := map[string]string{testdb.SQLite: "SQLite 3.", testdb.MariaDB: "MariaDB "}[engine]
		if !strings.HasPrefix(after.Engine, want) {
			t.Errorf("the engine is %q, want %q", after.Engine, want)
		}
	})
}

func TestClockOffset(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		const hour = time.Hour
		for _, ours := range []time.Duration{0, hour, -hour} {
			offset, doubt, ok, err := db.ClockOffset(t.Context(), func() time.Time { return time.Now().Add(ours) })
			if err != nil || ok != (db.Engine() == database.MySQL) {
				t.Fatalf("%v, %v", ok, err)
			}
			if wrong := (offset + ours).Abs(); ok && (wrong > doubt+time.Second || doubt < 0) {
				t.Errorf("our clock is moved by %v: offset %v, doubt %v", ours, offset, doubt)
			}
		}
	})
}
