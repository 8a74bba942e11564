package database_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// code is how SQLite's numbers look in its own errors.
var code = regexp.MustCompile(`\(\d+\)`)

// wantTrouble checks that an error says what is wrong, in one line and without a
// number of SQLite.
func wantTrouble(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range words {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if code.MatchString(err.Error()) || strings.ContainsAny(err.Error(), "\n;") {
		t.Errorf("%q repeats a number of SQLite, or has two lines", err)
	}
}

// madeIn makes a database in a folder, and returns its file.
func madeIn(t *testing.T, dir string) string {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, database.FileName)
}

// use opens a database, brings it up to date and writes into it, until that fails.
func use(t *testing.T, dir string) error {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{DataDir: dir})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		return err
	}
	return grow(t, db, 100)
}

// grow writes so many MiB.
func grow(t *testing.T, db *database.DB, mebibytes int) error {
	t.Helper()
	for range mebibytes {
		err := db.InTx(t.Context(), func(tx *database.Tx) error {
			return tx.Exec("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) " +
				"INSERT INTO audit_events (at, kind, outcome, details) SELECT i, 'x', 'ok', printf('%1000d', i) FROM n").Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func TestTroubleOfADatabaseFile(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(t *testing.T, file string)
		want []string
	}{
		"not a database": {func(t *testing.T, file string) { overwrite(t, file, 0, 100) }, []string{"is not a database", "imagemaster restore"}},
		"damaged": {func(t *testing.T, file string) {
			for page := range int64(6) {
				overwrite(t, file, 4096*(1+page), 4096)
			}
		}, []string{"is damaged", "side files", "imagemaster restore"}},
		"a folder in place of the log": {func(t *testing.T, file string) {
			if err := os.MkdirAll(filepath.Join(file+"-wal", "x"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"cannot be opened", "-wal", "this user must own"}},
		"a folder in place of the shared memory": {func(t *testing.T, file string) {
			if err := os.MkdirAll(filepath.Join(file+"-shm", "x"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"cannot be written", "-shm"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			file := madeIn(t, dir)
			c.harm(t, file)
			wantTrouble(t, use(t, dir), append(c.want, file)...)
		})
	}
}

// overwrite damages bytes of a file.
func overwrite(t *testing.T, path string, at int64, length int) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteAt([]byte(strings.Repeat("\xa5", length)), at); err != nil {
		t.Fatal(err)
	}
}

func TestTroubleOfADisk(t *testing.T) {
	for _, size := range []string{"4k", "16k", "40k", "80k", "4m"} {
		t.Run("full, "+size, func(t *testing.T) {
			dir := testdb.SmallDisk(t, size)
			err := use(t, dir)
			wantTrouble(t, err, "is full: make room on it", dir)
		})
	}
	t.Run("full below the copy", func(t *testing.T) {
		dir, to := filepath.Join(t.TempDir(), "data"), filepath.Join(testdb.SmallDisk(t, "40k"), "copy")
		madeIn(t, dir)
		db := testdb.Open(t, database.Options{DataDir: dir})
		_, err := db.CopyTo(t.Context(), to)
		wantTrouble(t, err, "is full: make room on it", to)
	})
	t.Run("read-only", func(t *testing.T) {
		dir := testdb.SmallDisk(t, "16m")
		db := testdb.Open(t, database.Options{DataDir: dir})
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
			t.Skipf("this user may not do that: %s", out)
		}
		wantTrouble(t, use(t, dir), "cannot use the data folder "+dir, "read-only file system")
	})
}
