package database_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by itself")
	db := testdb.Open(t, database.Options{DataDir: dir})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustCreateAccount(t, db, "anna")
	seen := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
		seen++
		return nil
	})
	if err != nil || seen != 4 {
		t.Errorf("saw %d entries (%v), want the folder, the database, its log and its index", seen, err)
	}
}

func TestWideFileModesAreNarrowed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, database.FileName)
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	testdb.Open(t, database.Options{DataDir: dir})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
}

func TestUnusableDataFolders(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	open := filepath.Join(dir, "open")
	group := filepath.Join(dir, "group")
	garbage := filepath.Join(dir, "garbage")
	err := errors.Join(
		os.WriteFile(file, nil, 0o600), os.Mkdir(open, 0o755), os.Chmod(open, 0o755), os.Mkdir(group, 0o700), os.Chmod(group, 0o710),
		os.Mkdir(garbage, 0o700), os.WriteFile(filepath.Join(garbage, database.FileName), []byte(strings.Repeat("no database\n", 100)), 0o600),
		os.MkdirAll(filepath.Join(dir, "folder", database.FileName), 0o700), os.Chmod(filepath.Join(dir, "folder"), 0o700),
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ dir, want string }{
		"a file":              {file, "cannot use the data folder " + file + ": not a directory"},
		"below a file":        {filepath.Join(file, "data"), "cannot use the data folder " + file + "/data: not a directory"},
		"open to others":      {open, "run chmod 700 " + open},
		"open to the group":   {group, "(mode 0710): run chmod 700 " + group},
		"not a database":      {garbage, "the file " + filepath.Join(garbage, database.FileName) + " is not a database"},
		"folder for the file": {filepath.Join(dir, "folder"), "is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := database.Open(t.Context(), database.Options{DataDir: c.dir})
			if err == nil {
				_ = db.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line with %q", err, c.want)
			}
		})
	}
}

func TestAnyFolderName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c=d&e#f%41;ü")
	db := testdb.Open(t, database.Options{DataDir: dir})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, database.FileName+"-wal")); err != nil {
		t.Errorf("the log is not beside the database: %v", err)
	}
}

func TestWritesAreStrict(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		mustCreateAccount(t, db, "anna")
		checkWritesAreStrict(t, db)
		checkRowsFound(t, db)
	})
}

func checkWritesAreStrict(t *testing.T, db *database.DB) {
	t.Helper()
	exec := func(query string, args ...any) error {
		return db.InTx(t.Context(), func(tx *gorm.DB) error { return tx.Exec(query, args...).Error })
	}
	if err := exec("UPDATE accounts SET username = ?", strings.Repeat("ü", 65)); err == nil {
		t.Error("65 letters fit into 64")
	}
	if err := exec("UPDATE accounts SET username = ?", strings.Repeat("ü", 64)); err != nil {
		t.Errorf("64 letters do not fit: %v", err)
	}
	if err := exec("UPDATE accounts SET backup_salt = ?", make([]byte, 17)); err == nil {
		t.Error("17 bytes fit into 16")
	}
	if err := exec("UPDATE accounts SET password_hash = NULL"); err == nil {
		t.Error("NULL is accepted")
	}
	if err := exec("INSERT INTO setup (id) VALUES (2)"); err == nil {
		t.Error("a second set-up row is accepted")
	}
	if err := exec("INSERT INTO setup (id) VALUES (1)"); !errors.Is(err, gorm.ErrDuplicatedKey) {
		t.Errorf("a duplicate gives %v", err)
	}
	if err := exec("INSERT INTO totp_keys (account_id, key_id, sealed_seed, ring_key_id, label, last_step, bound_at) VALUES (999, ?, ?, '', '', 0, 0)",
		make([]byte, 16), []byte{1}); !errors.Is(err, gorm.ErrForeignKeyViolated) {
		t.Errorf("a missing account gives %v", err)
	}
}

// One-time updates are judged by the rows found, so an update to the same value
// counts too.
func checkRowsFound(t *testing.T, db *database.DB) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *gorm.DB) error {
		if n := tx.Exec("UPDATE accounts SET epoch = epoch").RowsAffected; n != 1 {
			t.Errorf("an update that changes nothing reports %d rows, want 1", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestBinaryValuesSurvive(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		mustCreateAccount(t, db, "anna")
		salt := []byte("\x00'\\\"\n\x1a\xff ?%_\x80\xc3(\x00")
		err := db.InTx(t.Context(), func(tx *gorm.DB) error {
			return tx.Exec("UPDATE accounts SET backup_salt = ?, display_name = ?", salt, `\' OR 1=1 -- "?`).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		var row struct {
			BackupSalt  []byte
			DisplayName string
		}
		if err := db.Read(t.Context()).Raw("SELECT backup_salt, display_name FROM accounts").Scan(&row).Error; err != nil {
			t.Fatal(err)
		}
		if string(row.BackupSalt) != string(salt) || row.DisplayName != `\' OR 1=1 -- "?` {
			t.Errorf("read back %q, %q", row.BackupSalt, row.DisplayName)
		}
	})
}

func TestDeletingAnAccountDeletesItsRows(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		mustCreateAccount(t, db, "anna")
		run := func(query string, args ...any) {
			t.Helper()
			if err := db.InTx(t.Context(), func(tx *gorm.DB) error { return tx.Exec(query, args...).Error }); err != nil {
				t.Fatal(err)
			}
		}
		run(`INSERT INTO sessions (account_id, token_hash, level, epoch, created_at, expires_at, last_seen_at, password_at, address, user_agent)
			SELECT id, ?, 1, 1, 0, 0, 0, 0, '', '' FROM accounts`, make([]byte, 32))
		run(`INSERT INTO pending_keys (session_id, account_id, key_id, sealed_seed, ring_key_id, label, created_at, expires_at, epoch)
			SELECT id, account_id, ?, ?, '', '', 0, 0, 1 FROM sessions`, make([]byte, 16), []byte{1})
		run("INSERT INTO audit_events (at, kind, outcome, account_id) SELECT 1, 'sign_in', 'ok', id FROM accounts")
		run("DELETE FROM accounts")
		for table, want := range map[string]int64{"sessions": 0, "pending_keys": 0, "audit_events": 1} {
			if n := count(t, db, "SELECT count(*) FROM "+table); n != want {
				t.Errorf("%s holds %d rows, want %d", table, n, want)
			}
		}
	})
}

// A seed is sealed for the id of its account, so an id is never given twice.
func TestIdsAreNotReused(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		mustCreateAccount(t, db, "anna")
		first := count(t, db, "SELECT id FROM accounts")
		if err := db.InTx(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM accounts").Error }); err != nil {
			t.Fatal(err)
		}
		mustCreateAccount(t, db, "anna")
		if second := count(t, db, "SELECT id FROM accounts"); second <= first {
			t.Errorf("id %d after %d", second, first)
		}
	})
}

func TestReadRefusesToWriteOnSQLite(t *testing.T) {
	db := testdb.New(t, testdb.SQLite)
	if err := db.Read(t.Context()).Exec("UPDATE setup SET completed_at = 1").Error; err == nil {
		t.Error("written through the reading handle")
	}
}

func TestReadWorksInsideATransaction(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		err := db.InTx(t.Context(), func(tx *gorm.DB) error {
			if err := tx.Exec("UPDATE setup SET completed_at = 1").Error; err != nil {
				return err
			}
			if n := count(t, db, "SELECT completed_at FROM setup"); n != 0 {
				t.Errorf("another reader sees uncommitted data: %d", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

const canary = "canary-value-of-a-secret"

// failWithSecret makes statements fail that carry a secret.
func failWithSecret(ctx context.Context, db *database.DB) error {
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	for range 2 {
		_ = db.InTx(ctx, func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO key_canaries (ring_key_id, sealed, created_at) VALUES ('a', ?, 0)", []byte(canary)).Error
		})
	}
	var nothing struct{ ID int64 }
	if err := db.Read(ctx).Table("accounts").Where("username = ?", canary).Take(&nothing).Error; !errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("unexpected: %w", err)
	}
	if err := db.Read(ctx).Exec("SELECT nothing FROM nowhere WHERE secret = ?", canary).Error; err == nil {
		return errors.New("the bad statement did not fail")
	}
	return nil
}

func TestStatementsAreNotPrinted(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		out, err := startJob(t, jobFail, testdb.Options(t, engine))()
		if err != nil || out != "" {
			t.Errorf("printed %q (%v), want nothing", out, err)
		}
	})
}
