//go:build unix

package access

import (
	"path/filepath"
	"testing"
)

func TestOwnAndMissingFoldersAreFine(t *testing.T) {
	own := t.TempDir()
	for _, folder := range []string{own, filepath.Join(own, "missing"), filepath.Join(own, "missing", "below")} {
		if err := CheckOwner("data folder", folder, Owner); err != nil {
			t.Error(err)
		}
	}
}

func TestNamesOfUsers(t *testing.T) {
	if name := userName(0); name != "root" {
		t.Errorf("user 0 is %q", name)
	}
	if name := userName(54321); name != "#54321" {
		t.Errorf("an unknown user is %q", name)
	}
}
