package server

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testserver"
)

// An operator backs up beside the server, is refused a restore beside it, and
// restores after it has stopped. The sessions of before are over.
func TestBackupAndRestoreByTheOperator(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "backup")
	server := testserver.New(t, "--data", folder).Start()
	server.SetUp()
	person := server.SignIn()
	testserver.New(t, "--data", folder).Refuses(1, "a server runs on the data folder")
	made := testserver.Command(t, "backup", file, "--data", folder).Succeeds("")
	if !strings.Contains(made, "is not in the backup") {
		t.Errorf("backup printed:\n%s", made)
	}
	testserver.Command(t, "backup", file, "--data", folder).Refuses(1, "exists already")
	testserver.Command(t, "restore", file, "--data", folder).Refuses(1, "stop it first")
	if said := testserver.Command(t, "restore", "--check", file, "--data", folder).Succeeds(""); !strings.Contains(said, "is genuine and whole") {
		t.Errorf("restore --check printed:\n%s", said)
	}
	person.Must(http.StatusOK, http.MethodGet, "/api/session", nil)
	server.Stop()
	said := testserver.Command(t, "restore", file, "--data", folder).Succeeds("")
	for _, want := range []string{"Restored the backup of", "The former database is kept as", "a backup code used or a key removed since works again"} {
		if !strings.Contains(said, want) {
			t.Errorf("restore did not print %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "audit resume") {
		t.Errorf("a young backup is called old:\n%s", said)
	}
	again := testserver.Command(t, "serve", "--data", folder, "--public-url", server.URL, "--listen", "127.0.0.1:"+strings.TrimPrefix(server.URL, "http://localhost:"))
	again.Start().Ready()
	if session := person.Must(http.StatusOK, http.MethodGet, "/api/session", nil); session["state"] != "anonymous" {
		t.Errorf("a session of before is valid: %v", session)
	}
	server.SignIn()
}

// Of servers that start at the same moment on one folder, exactly one serves.
func TestManyServersOnOneFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	var all []*testserver.Instance
	for range 5 {
		all = append(all, testserver.New(t, "--data", folder).Start())
	}
	serving := func() (ready []*testserver.Instance, decided int) {
		for _, s := range all {
			switch out := s.Output(); {
			case strings.Contains(out, " is ready at "):
				ready = append(ready, s)
				decided++
			case strings.HasPrefix(out, "imagemaster: "):
				decided++
			}
		}
		return ready, decided
	}
	ready, decided := serving()
	for deadline := time.Now().Add(testserver.GiveUp); decided < 5; ready, decided = serving() {
		if time.Now().After(deadline) {
			t.Fatalf("%d of 5 have started or been refused", decided)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(ready) != 1 {
		t.Fatalf("%d servers are ready, want 1", len(ready))
	}
	ready[0].SetUp()
	ready[0].Enroll()
	ready[0].Stop()
	testserver.New(t, "--data", folder).Start().Ready().Stop()
}

// A folder that a server has used, and a key file that has sealed something, need
// their database.
func TestALostDatabaseIsNotBegunAnew(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	key := filepath.Join(t.TempDir(), "key")
	testserver.Command(t, "key", "new", key).Succeeds("")
	args := []string{"--data", folder, "--key-file", key}
	testserver.New(t, args...).Start().Ready().Stop()
	for _, name := range []string{"imagemaster.db", "imagemaster.db-wal", "imagemaster.db-shm"} {
		_ = os.Remove(filepath.Join(folder, name))
	}
	testserver.New(t, args...).Refuses(1, "is gone")
	if _, err := os.Stat(filepath.Join(folder, "imagemaster.db")); !os.IsNotExist(err) {
		t.Errorf("a refused start has made a database: %v", err)
	}
	mark := filepath.Join(folder, "imagemaster.lock")
	if err := os.Rename(mark, mark+".old"); err != nil {
		t.Fatal(err)
	}
	testserver.New(t, args...).Refuses(1, "as "+key+" shows")
	if err := os.Rename(key, key+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(mark+".old", mark); err != nil {
		t.Fatal(err)
	}
	testserver.New(t, args...).Refuses(1, "as "+mark+" shows")
	if err := os.Remove(mark); err != nil {
		t.Fatal(err)
	}
	testserver.New(t, args...).Start().Ready().Stop()
}
