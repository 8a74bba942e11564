//go:build unix

package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagemaster/backend/access"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
)

// sharedFolder returns a folder as Kubernetes makes one with fsGroup: of another
// user where this test may give it away, and of a group of this process.
func sharedFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	owner := -1
	if os.Geteuid() == 0 {
		owner = 54321
	}
	if err := os.Chown(folder, owner, os.Getegid()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, fs.ModeSetgid|0o770); err != nil {
		t.Fatal(err)
	}
	return folder
}

// mount does what Kubernetes does to a volume with fsGroup at each mount.
func mount(t *testing.T, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		path := filepath.Join(folder, file.Name())
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, info.Mode().Perm()|0o660); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDataFolderOfAGroup(t *testing.T) {
	folder := sharedFolder(t)
	at := func(args ...string) call {
		return call{args: append(args, "--data", folder, "--data-group"), stdin: good}
	}
	at("user", "add", "anna").succeeds(t)
	for _, name := range []string{database.FileName, config.KeyFileName} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != 0o660 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	mount(t, folder)
	at("user", "list").succeeds(t)
	at("key", "add").succeeds(t)
	at("key", "reseal").succeeds(t)
	found, o := findings(t, at("doctor"))
	if o.err != nil || found["data folder"] != "ok: "+folder+" and its files are for their owner and group only" || !strings.HasPrefix(found["key file"], "ok: ") {
		t.Errorf("%v: %v", o.err, found)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	at("backup", copied).succeeds(t)
	at("restore", copied).succeeds(t)
	lock, err := database.LockServer(folder, access.Group)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{database.FileName, database.ServerLockName} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != 0o660 {
			t.Errorf("%s after a restore: %v, %v", name, info.Mode(), err)
		}
	}
	byVariable := call{args: []string{"user", "list", "--data", folder}, environ: []string{"IMAGEMASTER_DATA_GROUP=true"}}
	byVariable.succeeds(t)
}

func TestDataFolderOfAGroupWithoutTheOption(t *testing.T) {
	folder := sharedFolder(t)
	add := call{args: []string{"user", "add", "anna", "--data", folder}, stdin: good}
	if os.Geteuid() == 0 {
		add.fails(t, 1, "belongs to user #54321: run this command as that user, or if its group shall work with it, use --data-group")
	}
	if err := os.Chown(folder, os.Geteuid(), -1); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, fs.ModeSetgid|0o770); err != nil {
		t.Fatal(err)
	}
	want := "the data folder " + folder + " can be opened by its group (mode 0770): run chmod 700 " + folder + ", or if its group shall work with it, use --data-group"
	add.fails(t, 1, want)
}

// Others are never let in, and neither is a group of other people.
func TestDataFolderOfStrangers(t *testing.T) {
	folder := sharedFolder(t)
	add := call{args: []string{"user", "add", "anna", "--data", folder, "--data-group"}, stdin: good}
	add.succeeds(t)
	key := filepath.Join(folder, config.KeyFileName)
	if err := os.Chmod(key, 0o664); err != nil {
		t.Fatal(err)
	}
	list := call{args: []string{"user", "list", "--data", folder, "--data-group"}}
	list.fails(t, 1, "can be read or changed by other users of this machine (mode 0664): run chmod 600 "+key)
	if err := os.Chmod(key, 0o660); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(folder, os.Geteuid(), -1); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o771); err != nil {
		t.Fatal(err)
	}
	list.fails(t, 1, "can be opened by other users of this machine (mode 0771): run chmod 700 "+folder)
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder to a group that it does not belong to")
	}
	if err := os.Chown(folder, 0, 54321); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, fs.ModeSetgid|0o770); err != nil {
		t.Fatal(err)
	}
	list.fails(t, 1, "can be opened by its group, to which this process does not belong (mode 0770)")
	if err := os.Chown(folder, 54321, 54321); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, fs.ModeSetgid|0o770); err != nil {
		t.Fatal(err)
	}
	list.fails(t, 1, "belongs to user #54321 and is not shared with a group of this process (mode 0770)")
}
