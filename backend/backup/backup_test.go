package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/backup"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

// killVariable makes the test binary do one job, which the test kills.
const killVariable = "IMAGEMASTER_TEST_BACKUP"

// job is a backup or a restore in a process of its own.
type job struct {
	Restore bool
	Keys    string
	File    string
	Data    database.Options
}

func TestMain(m *testing.M) {
	if text := os.Getenv(killVariable); text != "" {
		var j job
		err := json.Unmarshal([]byte(text), &j)
		if err == nil {
			fmt.Println("begin")
			err = j.run(context.Background())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testdb.Main(m)
}

func (j job) run(ctx context.Context) error {
	ring, err := secretbox.Load(j.Keys)
	if err != nil {
		return err
	}
	if j.Restore {
		_, err := restoration(j.File, ring, j.Data).Run(ctx)
		return err
	}
	db, err := database.Open(ctx, j.Data)
	if err != nil {
		return err
	}
	_, err = backup.Create(ctx, db, ring, j.File, "1.2.3", now)
	return errors.Join(err, db.Close())
}

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func restoration(file string, ring *secretbox.Keyring, to database.Options) backup.Restoration {
	return backup.Restoration{File: file, Ring: ring, Target: to, Now: now,
		Finish: func(context.Context, *database.DB, backup.Manifest) error { return nil }}
}

func newRing(t testing.TB) (path string, ring *secretbox.Keyring) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keys")
	if err := secretbox.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	return path, loadRing(t, path)
}

func loadRing(t testing.TB, path string) *secretbox.Keyring {
	t.Helper()
	ring, err := secretbox.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func addAccounts(t testing.TB, db *database.DB, from, to int) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *database.Tx) error {
		for i := from; i < to; i++ {
			if _, err := account.Create(t.Context(), tx, account.New{Username: fmt.Sprintf("user%06d", i), PasswordHash: "x"}, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func names(t testing.TB, db *database.DB) []string {
	t.Helper()
	all, err := account.ListAfter(t.Context(), db.Read(t.Context()), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Username)
	}
	return names
}

// made returns a backup of a database with some accounts.
func made(t *testing.T, engine string, ring *secretbox.Keyring, accounts int) (file string, want []string) {
	t.Helper()
	db := testdb.New(t, engine)
	addAccounts(t, db, 0, accounts)
	file = filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Create(t.Context(), db, ring, file, "1.2.3", now); err != nil {
		t.Fatal(err)
	}
	return file, names(t, db)
}

func onlyFile(t *testing.T, file string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the backup are %v, %v", entries, err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	for _, pair := range [][2]string{{testdb.SQLite, testdb.SQLite}, {testdb.SQLite, testdb.MariaDB}, {testdb.MariaDB, testdb.SQLite}, {testdb.MariaDB, testdb.MariaDB}} {
		t.Run(pair[0]+" to "+pair[1], func(t *testing.T) {
			_, ring := newRing(t)
			file, want := made(t, pair[0], ring, 300)
			onlyFile(t, file)
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			m, err := backup.Check(t.Context(), file, ring)
			engine := map[string]string{testdb.SQLite: "sqlite", testdb.MariaDB: "mysql"}[pair[0]]
			wanted := backup.Manifest{Version: "1.2.3", CreatedAt: now.UnixMilli(), Engine: engine, Schema: database.Schema(engine), RingKeyID: ring.CurrentID()}
			if err != nil || m != wanted {
				t.Errorf("got %+v, %v, want %+v", m, err, wanted)
			}
			o := testdb.Options(t, pair[1])
			done, err := restoration(file, ring, o).Run(t.Context())
			if err != nil || done.Manifest != wanted || done.Former != "" {
				t.Fatalf("got %+v, %v", done, err)
			}
			if got := names(t, testdb.Open(t, o)); !slices.Equal(got, want) {
				t.Errorf("%d accounts, want %d", len(got), len(want))
			}
		})
	}
}

func TestABackupOverwritesNothing(t *testing.T) {
	_, ring := newRing(t)
	db := testdb.New(t, testdb.SQLite)
	file := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Create(t.Context(), db, ring, file, "1", now); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("got %v", err)
	}
	onlyFile(t, file)
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// Every byte is protected, and so is the end.
func TestAnEditedBackupIsRefused(t *testing.T) {
	_, ring := newRing(t)
	file, _ := made(t, testdb.SQLite, ring, 50)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, text []byte) {
		t.Helper()
		forged := filepath.Join(t.TempDir(), "forged")
		if err := os.WriteFile(forged, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Check(t.Context(), forged, ring); err == nil {
			t.Errorf("%s is accepted", what)
		}
		to := database.Options{DataDir: filepath.Join(t.TempDir(), "data")}
		if _, err := restoration(forged, ring, to).Run(t.Context()); err == nil {
			t.Errorf("%s is restored", what)
		}
		if entries, err := os.ReadDir(to.DataDir); err != nil || len(entries) != 0 {
			t.Errorf("%s leaves %v, %v", what, entries, err)
		}
	}
	var places []int
	for at := 0; at < len(text)-512; at += len(text) / 40 {
		places = append(places, at)
	}
	for at := len(text) - 512; at < len(text); at += 7 {
		places = append(places, at)
	}
	for _, at := range append(places, len(text)-1) {
		forged := bytes.Clone(text)
		forged[at] ^= 1
		refused(fmt.Sprintf("a change of byte %d of %d", at, len(text)), forged)
	}
	for _, n := range []int{0, 1, 511, 512, 4096, len(text) - 512, len(text) - 1} {
		refused(fmt.Sprintf("the first %d bytes", n), text[:n])
	}
	refused("one more byte", append(bytes.Clone(text), '\n'))
	refused("a page less", append(bytes.Clone(text[:len(text)-512-4096]), text[len(text)-512:]...))
}

// A backup can be read with every key file that holds its key, also after rotations.
func TestTheKeyOfABackup(t *testing.T) {
	path, ring := newRing(t)
	file, _ := made(t, testdb.SQLite, ring, 1)
	old := ring.CurrentID()
	rotate := func(change func(f *secretbox.File) error) *secretbox.Keyring {
		t.Helper()
		if err := secretbox.Edit(path, change); err != nil {
			t.Fatal(err)
		}
		return loadRing(t, path)
	}
	rotated := rotate(func(f *secretbox.File) error { return f.Use(f.Add()) })
	if rotated.CurrentID() == old {
		t.Fatal("the key was not rotated")
	}
	if _, err := backup.Check(t.Context(), file, rotated); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
	retired := rotate(func(f *secretbox.File) error { return f.Remove(old) })
	if _, err := backup.Check(t.Context(), file, retired); err == nil || !strings.Contains(err.Error(), old) {
		t.Errorf("without the key: %v", err)
	}
	_, other := newRing(t)
	if _, err := backup.Check(t.Context(), file, other); err == nil || !strings.Contains(err.Error(), old) {
		t.Errorf("with another key file: %v", err)
	}
}

// With a clock that is behind, codes seen before the restore would be accepted.
func TestABackupOfTheFutureIsRefused(t *testing.T) {
	_, ring := newRing(t)
	file, _ := made(t, testdb.SQLite, ring, 1)
	for behind, ok := range map[time.Duration]bool{4 * time.Minute: true, 6 * time.Minute: false} {
		r := restoration(file, ring, database.Options{DataDir: filepath.Join(t.TempDir(), "data")})
		r.Now = now.Add(-behind)
		if _, err := r.Run(t.Context()); ok != (err == nil) {
			t.Errorf("%s behind: %v", behind, err)
		}
	}
}

func TestABackupOfANewerProgramIsRefused(t *testing.T) {
	_, ring := newRing(t)
	o := testdb.Options(t, testdb.SQLite)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, o, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	file := filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Create(t.Context(), db, ring, file, "9", now); err != nil {
		t.Fatal(err)
	}
	_, err := restoration(file, ring, database.Options{DataDir: filepath.Join(t.TempDir(), "data")}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "newer version of this program") {
		t.Errorf("got %v", err)
	}
}

// A server's newer tables cannot be copied into ones that this program knows.
func TestANewerServerIsNotBackedUp(t *testing.T) {
	_, ring := newRing(t)
	o := testdb.Options(t, testdb.MariaDB)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, o, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	_, err := backup.Create(t.Context(), db, ring, filepath.Join(t.TempDir(), "backup"), "9", now)
	if err == nil || !strings.Contains(err.Error(), "newer version of this program") {
		t.Errorf("got %v", err)
	}
}

// The former database is kept whole, with what is only in its log, and side files of
// another database do not reach the restored one.
func TestTheFormerDatabaseIsKept(t *testing.T) {
	_, ring := newRing(t)
	file, want := made(t, testdb.SQLite, ring, 20)
	o := testdb.Options(t, testdb.SQLite)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	addAccounts(t, db, 500, 503)
	if _, err := restoration(file, ring, o).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "stop it first") {
		t.Errorf("while it is open: %v", err)
	}
	path := filepath.Join(o.DataDir, database.FileName)
	wal, err := os.ReadFile(path + "-wal") // as a killed process leaves it
	if err != nil || len(wal) == 0 {
		t.Fatalf("no log: %v", err)
	}
	main, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	formerNames := names(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{path: main, path + "-wal": wal} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done, err := restoration(file, ring, o).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, testdb.Open(t, o)); !slices.Equal(got, want) {
		t.Errorf("restored %q, want %q", got, want)
	}
	kept := database.Options{DataDir: filepath.Join(t.TempDir(), "kept")}
	if err := os.Mkdir(kept.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(done.Former, filepath.Join(kept.DataDir, database.FileName)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, testdb.Open(t, kept)); !slices.Equal(got, formerNames) {
		t.Errorf("kept %q, want %q", got, formerNames)
	}
}

// A damaged database with a log is no obstacle, and both are kept.
func TestADamagedDatabaseIsReplaced(t *testing.T) {
	_, ring := newRing(t)
	file, want := made(t, testdb.SQLite, ring, 20)
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, database.FileName)
	for _, name := range []string{path, path + "-wal"} {
		if err := os.WriteFile(name, bytes.Repeat([]byte("damaged "), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := database.Options{DataDir: dir}
	done, err := restoration(file, ring, o).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, testdb.Open(t, o)); !slices.Equal(got, want) {
		t.Errorf("restored %q, want %q", got, want)
	}
	if text, err := os.ReadFile(done.Former); err != nil || !bytes.HasPrefix(text, []byte("damaged")) {
		t.Errorf("kept %.8q, %v", text, err)
	}
}

// A backup beside a busy server holds each transaction whole or not at all.
func TestABackupBesideWriters(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		_, ring := newRing(t)
		db := testdb.New(t, engine)
		addAccounts(t, db, 0, 10)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 10; ; i += 10 {
				select {
				case <-stop:
					return
				default:
					addAccounts(t, db, i, i+10)
				}
			}
		}()
		for range 5 {
			file := filepath.Join(t.TempDir(), "backup")
			if _, err := backup.Create(t.Context(), db, ring, file, "1", now); err != nil {
				t.Fatal(err)
			}
			o := database.Options{DataDir: filepath.Join(t.TempDir(), "data")}
			if _, err := restoration(file, ring, o).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			copy := testdb.Open(t, o)
			if n := len(names(t, copy)); n == 0 || n%10 != 0 {
				t.Errorf("%d accounts, want a multiple of 10", n)
			}
		}
		close(stop)
		<-stopped
	})
}

// kill runs a job and kills it after a time. It reports whether the job was done
// before that.
func (j job) kill(t *testing.T, after time.Duration) (done bool) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killVariable+"="+string(text))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); cmd.ProcessState.Exited() && err != nil {
		t.Fatalf("the job fails: %v\n%s", err, errs.String())
	}
	return cmd.ProcessState.Success()
}

// killedAt are moments from at once until after the end of a job, longer and longer.
func killedAt(t *testing.T, do func(after time.Duration) (done bool)) {
	t.Helper()
	killed := 0
	for after := time.Millisecond; ; after = after*5/4 + time.Millisecond {
		if do(after) {
			if killed < 3 {
				t.Errorf("only %d jobs were killed", killed)
			}
			return
		}
		killed++
	}
}

func TestAKilledBackupLeavesNoFile(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		keys, ring := newRing(t)
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		addAccounts(t, db, 0, 3000)
		file := filepath.Join(t.TempDir(), "backup")
		killedAt(t, func(after time.Duration) bool {
			done := job{Keys: keys, File: file, Data: o}.kill(t, after)
			if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) && !done {
				return false
			}
			if _, err := backup.Check(t.Context(), file, ring); err != nil {
				t.Errorf("killed after %s: %v", after, err)
			}
			if !done { // killed after the file had its name
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
			return done
		})
		onlyFile(t, file) // the next backup deletes what killed ones have left
	})
}

// At every moment the folder holds the former database or the restored one.
func TestAKilledRestoreIntoAFolder(t *testing.T) {
	keys, ring := newRing(t)
	file, want := made(t, testdb.SQLite, ring, 3000)
	o := testdb.Options(t, testdb.SQLite)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	addAccounts(t, db, 9000, 9003)
	former := names(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	killedAt(t, func(after time.Duration) bool {
		done := job{Restore: true, Keys: keys, File: file, Data: o}.kill(t, after)
		db, err := database.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		got := names(t, db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) && (done || !slices.Equal(got, former)) {
			t.Errorf("killed after %s: %d accounts", after, len(got))
		}
		kept, _ := filepath.Glob(filepath.Join(o.DataDir, "*.before-restore-*"))
		for _, name := range kept { // the clock of the test stands still
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
		return done
	})
	if left, _ := filepath.Glob(filepath.Join(o.DataDir, ".imagemaster-*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A server's database stays empty until all of it is there.
func TestAKilledRestoreIntoAServer(t *testing.T) {
	keys, ring := newRing(t)
	file, want := made(t, testdb.SQLite, ring, 3000)
	o := testdb.Options(t, testdb.MariaDB)
	work := t.TempDir()
	t.Setenv("TMPDIR", work)
	killedAt(t, func(after time.Duration) (done bool) {
		done = job{Restore: true, Keys: keys, File: file, Data: o}.kill(t, after)
		db, err := database.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		// The killed process may have been about to commit.
		empty := db.RequireEmpty(t.Context()) == nil
		if !empty {
			if got := names(t, db); !slices.Equal(got, want) {
				t.Errorf("killed after %s: %d accounts, want %d", after, len(got), len(want))
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return done || !empty
	})
	next := restoration(file, ring, testdb.Options(t, testdb.MariaDB)) // deletes what killed ones have left
	if _, err := next.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(work); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
