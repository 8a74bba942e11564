package testdb

import (
	"os/exec"
	"testing"
)

// SmallDisk returns the folder of a file system of a size of its own, such as "96m".
// A user who may mount none skips the test.
func SmallDisk(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0700,size="+size, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("this user may mount no file system: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", folder).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return folder
}
