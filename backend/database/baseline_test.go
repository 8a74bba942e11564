package database_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// A migration that has landed never changes. With it come two files, written by
//
//	go test ./backend/database -run 'Landed|FilledBaseline' -update
//
// The hash list only grows: -update adds the files that are new. Before the
// baseline has landed, delete the list to have all of it written anew.
const (
	hashList     = "testdata/migrations.sha256"
	baselineRows = "testdata/baseline/rows.txt" // testdata/baseline/fill.sql, read after the last migration
	baseline     = 121                          // the last migration of the baseline
)

var update = flag.Bool("update", false, "add new migrations to "+hashList+" and write "+baselineRows+" anew")

func TestLandedMigrationsNeverChange(t *testing.T) {
	landed := readHashes(t)
	last := ""
	for name := range landed {
		last = max(last, path.Base(name))
	}
	files, err := filepath.Glob("migrations/*/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	hashes := maps.Clone(landed)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, hash := filepath.ToSlash(file), fmt.Sprintf("%x", sha256.Sum256(text))
		switch known, found := landed[name]; {
		case found && known != hash:
			t.Errorf("%s has changed, but databases have run it as it was: restore it, and add a new file that makes the change", name)
		case !found && path.Base(name) <= last:
			t.Errorf("%s is new and has no higher number than %s: give it the next one", name, last)
		case !found && !*update:
			t.Errorf("%s is not in %s: run the test with -update when the file is finished", name, hashList)
		case !found:
			hashes[name] = hash
		}
	}
	for name := range landed {
		if !slices.Contains(files, filepath.FromSlash(name)) {
			t.Errorf("%s is gone, but databases have run it: restore it, and add a new file that makes the change", name)
		}
	}
	if *update && !t.Failed() {
		writeHashes(t, hashes)
	}
}

// readHashes reads the list, which has the format of sha256sum.
func readHashes(t *testing.T) map[string]string {
	t.Helper()
	hashes := map[string]string{}
	text, err := os.ReadFile(hashList)
	if *update && errors.Is(err, fs.ErrNotExist) {
		return hashes
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		hash, name, found := strings.Cut(strings.TrimSpace(line), "  ")
		if !found {
			t.Fatalf("%s: %q", hashList, line)
		}
		hashes[name] = hash
	}
	return hashes
}

func writeHashes(t *testing.T, hashes map[string]string) {
	t.Helper()
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(hashes)) {
		fmt.Fprintf(&list, "%s  %s\n", hashes[name], name)
	}
	if err := os.WriteFile(hashList, []byte(list.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A database that was filled under the baseline keeps its rows through every later
// migration. Where one changes rows on purpose, -update writes them anew, and the
// difference is reviewed with it.
func TestAFilledBaselineIsUpgraded(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.MigrateTo(t.Context(), baseline); err != nil {
			t.Fatal(err)
		}
		fill, err := os.ReadFile("testdata/baseline/fill.sql")
		if err != nil {
			t.Fatal(err)
		}
		testdb.Exec(t, o, strings.Split(strings.TrimSpace(string(fill)), ";\n")...)
		for _, column := range emptyColumns(t, db) {
			t.Errorf("testdata/baseline/fill.sql gives %s no value other than its default", column)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if *update && engine == testdb.SQLite {
			if err := os.WriteFile(baselineRows, []byte(strings.Join(allRows(t, db), "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(baselineRows)
		if err != nil {
			t.Fatal(err)
		}
		got, want := allRows(t, db), strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		for _, line := range want {
			if !slices.Contains(got, line) {
				t.Errorf("missing:  %s", line)
			}
		}
		for _, line := range got {
			if !slices.Contains(want, line) {
				t.Errorf("not in %s:  %s", baselineRows, line)
			}
		}
	})
}

// emptyColumns lists the columns without a value that says something.
func emptyColumns(t *testing.T, db *database.DB) (empty []string) {
	t.Helper()
	for name, values := range allValues(t, db) {
		if !slices.ContainsFunc(values, func(v []byte) bool {
			return len(v) > 0 && !bytes.Equal(v, []byte("0")) && !bytes.Equal(v, []byte("{}"))
		}) {
			empty = append(empty, name)
		}
	}
	return empty
}

// allRows lists each column with its values, in the order of the rows.
func allRows(t *testing.T, db *database.DB) (lines []string) {
	t.Helper()
	for name, values := range allValues(t, db) {
		line := name
		for _, v := range values {
			if v == nil {
				line += " NULL"
				continue
			}
			line += fmt.Sprintf(" %q", v)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// allValues reads every table by plain SQL. The names are table.column.
func allValues(t *testing.T, db *database.DB) map[string][][]byte {
	t.Helper()
	values := map[string][][]byte{}
	for _, column := range columns(t, db) {
		values[column] = nil
	}
	for _, table := range tables(values) {
		readTable(t, db, table, values)
	}
	return values
}

func tables(values map[string][][]byte) []string {
	var all []string
	for column := range values {
		table, _, _ := strings.Cut(column, ".")
		all = append(all, table)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func readTable(t *testing.T, db *database.DB, table string, values map[string][][]byte) {
	t.Helper()
	rows, err := db.Read(t.Context()).Raw("SELECT * FROM " + table + " ORDER BY 1, 2").Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	row, into := make([][]byte, len(names)), make([]any, len(names))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			values[table+"."+name] = append(values[table+"."+name], row[i])
			row[i] = nil
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
