//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"

	"imagemaster/backend/access"
	"imagemaster/backend/database"
)

// foreignFolder returns a folder of another user. Root can change the owner of a
// folder; any other user takes the root folder.
func foreignFolder(t *testing.T) (folder, owner string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return "/", "root"
	}
	folder = filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, database.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const nobodyKnown = 54321
	if err := os.Chown(folder, nobodyKnown, nobodyKnown); err != nil {
		t.Fatal(err)
	}
	return folder, "#54321"
}

func TestForeignDataFolderIsRefused(t *testing.T) {
	folder, owner := foreignFolder(t)
	err := access.CheckOwner("data folder", folder, access.Owner)
	want := "the data folder " + folder + " belongs to user " + owner + ": run this command as that user, for example with sudo -u " + owner
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	call{args: []string{"user", "add", "anna", "--data", folder}, stdin: good}.fails(t, 1, "belongs to user "+owner)
	if os.Geteuid() == 0 {
		call{args: []string{"user", "list", "--data", folder}}.fails(t, 1, "belongs to user "+owner)
		call{args: []string{"key", "lost", "x", "--data", folder}}.fails(t, 1, "belongs to user "+owner)
	}
}
