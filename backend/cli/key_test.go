package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

// TestRotation runs the commands in the order of the guide.
func TestRotation(t *testing.T) {
	eachKit(t, func(s *kit) {
		seeds := s.enroll(numbered(230)...)
		old := s.ring().CurrentID()
		const reload = "Give every instance this file, and restart each one or send it SIGHUP."
		added := s.cmd("key", "add").succeeds(s.T).stdout
		fresh := keyIDs.FindString(added)
		if !strings.Contains(added, "Give it to every instance, and restart each one or send it SIGHUP.") || !strings.Contains(added, "Then run: imagemaster key use "+fresh) {
			s.Errorf("add prints\n%s", added)
		}
		if got := s.ring().IDs(); len(got) != 2 || got[0] != old || got[1] != fresh {
			s.Fatalf("keys are %v", got)
		}
		s.cmd("key", "retire", old).fails(s.T, 1, "make another one seal first")
		if out := s.cmd("key", "use", fresh).succeeds(s.T).stdout; !strings.Contains(out, reload) || !strings.Contains(out, "Then run: imagemaster key reseal") {
			s.Errorf("use prints\n%s", out)
		}
		if again := s.cmd("key", "use", fresh).succeeds(s.T).stdout; !strings.Contains(again, "is first in "+s.keyFile+" already") {
			s.Errorf("again: %s", again)
		}
		s.cmd("key", "retire", old).fails(s.T, 1, "still seals secrets of 230")
		if s.sealedBy(old) != 230 {
			s.Error("something was resealed before its time")
		}
		out := s.cmd("key", "reseal").succeeds(s.T).stdout
		if !strings.Contains(out, "Resealed 100 of 230.") || !strings.Contains(out, "Resealed 230. The key "+fresh) || !strings.Contains(out, "key retire "+old) {
			s.Errorf("reseal prints\n%s", out)
		}
		if out := s.cmd("key", "reseal").succeeds(s.T).stdout; !strings.Contains(out, "Resealed 0.") {
			s.Errorf("a second reseal prints\n%s", out)
		}
		if out := s.cmd("key", "retire", old).succeeds(s.T).stdout; !strings.Contains(out, reload) {
			s.Errorf("retire prints\n%s", out)
		}
		if got := s.ring().IDs(); len(got) != 1 || got[0] != fresh {
			s.Errorf("keys are %v", got)
		}
		s.opens(s.ring(), seeds)
		s.cmd("user", "list").succeeds(s.T) // it starts
		s.cmd("key", "retire", fresh).fails(s.T, 1, "seals")
		s.cmd("key", "use", old).fails(s.T, 1, "does not hold the key")
		s.cmd("key", "lost", fresh).fails(s.T, 1, "is not lost, it is in "+s.keyFile)
		if info, err := os.Stat(s.keyFile); err != nil || info.Mode().Perm() != 0o600 {
			s.Errorf("mode is %v, %v", info.Mode(), err)
		}
	})
}

// A key that another instance retired must not come back with an old copy of the
// file.
func TestRetiredKeyStaysRetired(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna")
		old := s.ring().CurrentID()
		copied, err := os.ReadFile(s.keyFile)
		if err != nil {
			s.Fatal(err)
		}
		s.cmd("key", "use", s.add()).succeeds(s.T)
		used, err := os.ReadFile(s.keyFile)
		if err != nil {
			s.Fatal(err)
		}
		s.cmd("key", "reseal").succeeds(s.T)
		s.cmd("key", "retire", old).succeeds(s.T)
		s.write(used) // another instance's file, which still holds the key
		s.cmd("user", "list").succeeds(s.T)
		s.cmd("key", "use", old).fails(s.T, 1, "was retired")
		s.cmd("key", "retire", old).succeeds(s.T)
		if got := s.ring().IDs(); len(got) != 1 {
			s.Errorf("keys are %v", got)
		}
		s.write(copied)
		s.cmd("user", "list").fails(s.T, 1, "key lost")
		s.cmd("key", "add").fails(s.T, 1, "key lost")
		if after, err := os.ReadFile(s.keyFile); err != nil || !bytes.Equal(after, copied) {
			s.Errorf("a refused command changed the file: %v", err)
		}
	})
}

// A key whose line was deleted by hand can still be retired.
func TestRetireKeyAlreadyRemovedByHand(t *testing.T) {
	eachKit(t, func(s *kit) {
		seeds := s.enroll("anna")
		old := s.ring().CurrentID()
		s.cmd("key", "use", s.add()).succeeds(s.T)
		s.cmd("key", "reseal").succeeds(s.T)
		err := secretbox.Edit(s.keyFile, func(f *secretbox.File) error { return f.Remove(old) })
		if err != nil {
			s.Fatal(err)
		}
		s.cmd("user", "list").fails(s.T, 1, "does not hold the key "+old)
		s.cmd("key", "retire", old).succeeds(s.T)
		s.cmd("user", "list").succeeds(s.T)
		s.opens(s.ring(), seeds)
	})
}

// runServer leaves the traces of a running server until stop is called.
func (s *kit) runServer() (stop func()) {
	s.Helper()
	var err error
	var release func() error
	if s.options.DSN == "" {
		var lock *database.Lock
		lock, err = database.LockServer(s.options.DataDir, access.Owner)
		release = lock.Close
	} else {
		db, running := testdb.Open(s.T, s.options), database.NewInstance("the-other-machine")
		err = db.Beat(s.Context(), running, time.Now())
		release = func() error { return db.Leave(s.Context(), running) }
	}
	if err != nil {
		s.Fatal(err)
	}
	return func() {
		if err := release(); err != nil {
			s.Error(err)
		}
	}
}

func TestServerRunsWithoutALostKey(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna", "bert")
		old := s.ring().CurrentID()
		if err := os.Rename(s.keyFile, s.keyFile+".gone"); err != nil {
			s.Fatal(err)
		}
		s.cmd("key", "add").fails(s.T, 1, "there is no key file")
		s.cmd("user", "list").fails(s.T, 1, "declare the key lost with `imagemaster key lost "+old+"`")
		stop := s.runServer()
		s.cmd("key", "lost", old).fails(s.T, 1, "and may hold the key")
		stop()
		out := s.cmd("key", "lost", old).succeeds(s.T).stdout
		if !strings.Contains(out, "that it seals: 2.") || !strings.Contains(out, "reset-two-factor") {
			s.Errorf("lost prints\n%s", out)
		}
		s.cmd("key", "lost", old).fails(s.T, 1, "declared lost before")
		if s.options.DSN != "" {
			s.cmd("user", "list").fails(s.T, 1, "make a new one with `imagemaster key new "+s.keyFile+"`")
			call{args: []string{"key", "new", s.keyFile}}.succeeds(s.T)
		}
		s.cmd("user", "list").succeeds(s.T)
		out = s.cmd("key", "reseal").succeeds(s.T).stdout
		if !strings.Contains(out, "cannot be opened: the keys of anna, bert.") {
			s.Errorf("reseal prints\n%s", out)
		}
		s.cmd("key", "retire", old).fails(s.T, 1, "still seals secrets of 2")
		s.cmd("user", "reset-two-factor", "anna").succeeds(s.T)
		s.cmd("user", "reset-two-factor", "bert").succeeds(s.T)
		s.cmd("key", "retire", old).succeeds(s.T)
	})
}

func TestKeyFilesThatAreNotChanged(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.keyFile, link); err != nil {
		t.Fatal(err)
	}
	id := s.ring().CurrentID()
	for _, args := range [][]string{{"add"}, {"use", id}, {"retire", "0123456789abcdef"}} {
		s.cmd(append(append([]string{"key"}, args...), "--key-file", link)...).fails(t, 1, "is a link")
		s.cmd(append(append([]string{"key"}, args...), "--key-file", filepath.Join(t.TempDir(), "x"))...).fails(t, 1, "there is no key file")
	}
	if err := os.Chmod(s.keyFile, 0o660); err != nil {
		t.Fatal(err)
	}
	s.cmd("key", "add").fails(t, 1, "chmod 600")
	if err := os.Chmod(s.keyFile, 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(s.keyFile, 54321, -1); err != nil {
			t.Fatal(err)
		}
		s.cmd("key", "add").fails(t, 1, "the key file "+s.keyFile+" belongs to user #54321")
	}
}

func TestKeyMistakes(t *testing.T) {
	missing := t.TempDir()
	for _, args := range [][]string{{"add"}, {"use", "x"}, {"reseal"}, {"retire", "x"}} {
		call{args: append(append([]string{"key"}, args...), "--data", missing)}.fails(t, 1, "there is no database in "+missing)
		call{args: append(append([]string{"key"}, args...), "--database", "u:p@/x")}.fails(t, 2, "--key-file: needed")
	}
	call{args: []string{"key", "use"}}.fails(t, 2, "<id>")
	call{args: []string{"key", "retire"}}.fails(t, 2, "<id>")
	call{args: []string{"key", "add", "x"}}.fails(t, 2, "key add takes options only")
	s := newKit(t, testdb.SQLite)
	s.cmd("key", "use", "0123456789abcdef").fails(t, 1, "it holds "+s.ring().CurrentID())
	s.cmd("key", "use", "../../etc/passwd").fails(t, 1, "does not hold the key")
	s.cmd("key", "retire", "0123456789abcdef").fails(t, 1, "No key of that id")
	if _, err := os.Stat(filepath.Join(missing, database.FileName)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a database was made")
	}
}
