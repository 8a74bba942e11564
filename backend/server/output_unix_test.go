//go:build unix

package server

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagemaster/backend/testserver"
)

// The reader of the log may end, and the disk behind standard output may be full:
// neither ends the server.
func TestNobodyReadsTheOutput(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	pipe := filepath.Join(t.TempDir(), "log")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	s := testserver.New(t, "--data", dataFolder(t))
	s.Cmd.Args = append([]string{"sh", "-c", `exec "$0" "$@" >/dev/full 2>'` + pipe + `'`, s.Cmd.Path}, s.Cmd.Args[1:]...)
	s.Cmd.Path = "/bin/sh"
	s.Start()
	log, err := os.OpenFile(pipe, os.O_RDWR, 0) // does not wait for the server
	if err != nil {
		t.Fatal(err)
	}
	if err := log.SetReadDeadline(time.Now().Add(testserver.GiveUp)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(log).ReadString('\n'); err != nil || !strings.Contains(line, "level=") {
		t.Errorf("the log begins with %q, %v", line, err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	s.UntilStatus(http.StatusOK, "/readyz")
	b := testserver.Visit(t, s.URL)
	for range 3 { // each is a line that nobody reads
		b.Must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", map[string]string{"username": "x", "password": "y"})
	}
	b.Must(http.StatusOK, http.MethodGet, "/readyz", nil)
	s.Stop()
}
