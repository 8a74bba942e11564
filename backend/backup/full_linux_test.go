package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"imagemaster/backend/backup"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// fill writes until there is no space.
func fill(t *testing.T, name string) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestABackupOnAFullDisk(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		disk := testdb.SmallDisk(t, "200k")
		_, ring := newRing(t)
		db := testdb.New(t, engine)
		addAccounts(t, db, 0, 2000)
		if _, err := backup.Create(t.Context(), db, ring, filepath.Join(disk, "backup"), "1", now); err == nil {
			t.Error("a backup without space succeeds")
		}
		if left, err := os.ReadDir(disk); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

func TestARestoreOnAFullDisk(t *testing.T) {
	_, ring := newRing(t)
	file, _ := made(t, testdb.SQLite, ring, 3000)
	disk := testdb.SmallDisk(t, "4m")
	o := database.Options{DataDir: disk}
	db, err := database.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	addAccounts(t, db, 9000, 9003)
	want := names(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	if _, err := restoration(file, ring, o).Run(t.Context()); err == nil {
		t.Error("a restore without space succeeds")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(disk); err != nil || len(left) != 1 {
		t.Errorf("in the folder are %v, %v", left, err)
	}
	db, err = database.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, db); !slices.Equal(got, want) {
		t.Errorf("the database holds %d accounts, want %d", len(got), len(want))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Opening a pipe would wait for somebody who writes into it.
func TestAPipeIsNoBackup(t *testing.T) {
	_, ring := newRing(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Check(t.Context(), pipe, ring); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("check: %v", err)
	}
}
