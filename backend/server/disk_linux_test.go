package server

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

// fill leaves so many bytes free on the file system of a folder.
func fill(t *testing.T, folder string, leave int64) (empty func()) {
	t.Helper()
	path := filepath.Join(folder, "others")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for page := make([]byte, 4096); ; {
		var s syscall.Statfs_t
		if err := syscall.Statfs(folder, &s); err != nil {
			t.Fatal(err)
		}
		if int64(s.Bavail)*s.Bsize <= leave {
			break
		}
		if _, err := file.Write(page); err != nil {
			break
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// On a disk that fills up the floor of 64 MiB keeps what gives space back, and the
// way of an administrator, open. On one without a free byte sessions can still be
// ended and accounts disabled. When there is space again everything goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel() // it waits for two checks of readiness
	data := testdb.SmallDisk(t, "96m")
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	testserver.Command(t, "user", "add", "berta", "--data", data).Succeeds(testserver.GoodPassword + "\n")
	first, second, other := s.SignIn(), s.SignIn(), s.SignIn()
	profile := map[string]string{"display_name": "Anna"}
	first.Must(http.StatusOK, http.MethodPatch, "/api/profile", profile)

	fill(t, data, 48<<20)
	s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
	refused := first.Must(http.StatusServiceUnavailable, http.MethodPatch, "/api/profile", profile)
	if refused["code"] != "no_space" {
		t.Errorf("refused with %v", refused)
	}
	berta := testserver.Visit(t, s.URL)
	berta.Must(http.StatusServiceUnavailable, http.MethodPost, "/api/sign-in", map[string]string{"username": "berta", "password": testserver.GoodPassword})
	berta.Must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", map[string]string{"username": "berta", "password": "wrong"})
	s.SignIn() // an administrator

	empty := fill(t, data, 0)
	// Strangers who send wrong passwords leave the reserve to those it is meant for.
	answers := map[int]int{}
	for range 60 {
		status, _ := testserver.Visit(t, s.URL).Send(http.MethodPost, "/api/sign-in", map[string]string{"username": "nobody", "password": "x"})
		answers[status]++
	}
	if answers[http.StatusServiceUnavailable] < 30 || answers[http.StatusUnauthorized]+answers[http.StatusServiceUnavailable] != 60 {
		t.Errorf("wrong passwords were answered with %v", answers)
	}
	// They could not be counted, so nobody may go on guessing.
	right := map[string]string{"username": testserver.GoodName, "password": testserver.GoodPassword}
	testserver.Visit(t, s.URL).Must(http.StatusServiceUnavailable, http.MethodPost, "/api/sign-in", right)
	if _, err := os.Stat(filepath.Join(data, "imagemaster.reserve")); err != nil {
		t.Errorf("wrong passwords have used up the reserve: %v", err)
	}
	first.Must(http.StatusOK, http.MethodGet, "/api/activity", nil)
	second.Must(http.StatusNoContent, http.MethodDelete, "/api/session", nil)
	first.Must(http.StatusNoContent, http.MethodDelete, "/api/sessions", nil)
	if state := other.Must(http.StatusOK, http.MethodGet, "/api/session", nil)["state"]; state != "anonymous" {
		t.Errorf("another session is %v", state)
	}
	testserver.Command(t, "user", "disable", "berta", "--data", data).Succeeds("")

	empty()
	s.UntilStatus(http.StatusOK, "/readyz")
	first.Must(http.StatusOK, http.MethodPatch, "/api/profile", map[string]string{"display_name": "Anna Ä."})

	// The instance says what is wrong, also when there is nothing left to give back.
	if err := os.Remove(filepath.Join(data, "imagemaster.reserve")); err != nil {
		t.Error(err)
	}
	empty = fill(t, data, 0)
	s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
	if check := testserver.Visit(t, s.URL).Must(http.StatusServiceUnavailable, http.MethodGet, "/readyz", nil)["check"]; check != "free_space" {
		t.Errorf("the failing check is %v", check)
	}
	empty()
	s.UntilStatus(http.StatusOK, "/readyz")
	if out := s.Stop(); strings.Contains(out, "panic") {
		t.Errorf("the log is\n%s", out)
	}

	// Without a server not even the side files of the database are there.
	testserver.Command(t, "user", "enable", "berta", "--data", data).Succeeds("")
	fill(t, data, 0)
	testserver.Command(t, "user", "disable", "berta", "--data", data).Succeeds("")
}
