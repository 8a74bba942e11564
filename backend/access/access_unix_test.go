//go:build unix

package access

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// file makes a file with a mode. Its group is one of this process.
func file(t *testing.T, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, -1, os.Getegid()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func stat(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestRules(t *testing.T) {
	for mode, want := range map[fs.FileMode]struct{ owner, group, reading, shares bool }{
		0o600: {true, true, true, false},
		0o400: {true, true, true, false},
		0o640: {false, true, true, false},
		0o660: {false, true, false, true},
		0o620: {false, true, false, false},
		0o661: {false, false, false, false},
		0o606: {false, false, false, false},
		0o666: {false, false, false, false},
	} {
		info := stat(t, file(t, mode))
		if got := Owner.Allows(info); got != want.owner {
			t.Errorf("%o: Owner allows it: %v", mode, got)
		}
		if got := Group.Allows(info); got != want.group {
			t.Errorf("%o: Group allows it: %v", mode, got)
		}
		if got := Owner.AllowsBeside(info, 0o040); got != want.reading {
			t.Errorf("%o: Owner allows it beside reading by the group: %v", mode, got)
		}
		if got := Group.Shares(info); got != want.shares || Owner.Shares(info) {
			t.Errorf("%o: Group shares it: %v; Owner: %v", mode, got, Owner.Shares(info))
		}
	}
}

// A group of other people is no better than everybody.
func TestAForeignGroupIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to a group that it does not belong to")
	}
	path := file(t, 0o660)
	if err := os.Chown(path, -1, 54321); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		t.Fatal(err)
	}
	if info := stat(t, path); Group.Allows(info) || Group.Shares(info) {
		t.Error("the rule lets strangers in")
	} else if got := Group.Others(info); got != "its group, to which this process does not belong" {
		t.Errorf("strangers are %q", got)
	}
}

func TestOf(t *testing.T) {
	if Of(nil) != Owner || Of([]Rule{Owner}) != Owner || Of([]Rule{Group}) != Group {
		t.Error("the rule given is not the rule")
	}
	if Owner.Mode() != 0o600 || Group.Mode() != 0o660 {
		t.Errorf("new files have the modes %o and %o", Owner.Mode(), Group.Mode())
	}
}
