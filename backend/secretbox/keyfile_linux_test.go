package secretbox

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Opening a pipe would wait for somebody who writes into it.
func TestAPipeIsNoKeyFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(pipe); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("load: %v", err)
	}
	if err := Edit(pipe, func(*File) error { return nil }); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("edit: %v", err)
	}
}
