package server

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagemaster/backend/config"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
	"imagemaster/backend/testserver"
)

// The server sends the mails that it and the operator's commands have queued.
func TestNoticesAreMailed(t *testing.T) {
	const secret = "canary-password-at-the-mail-server"
	mails := testmail.Start(t, testmail.Options{NoTLS: true, User: "sign-in", Password: secret})
	data := dataFolder(t)
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := testserver.New(t, "--data", data, "--brand-name", "Bildmeister", "--help-contact", "room 7", "--smtp-host", "127.0.0.1",
		"--smtp-port", strconv.Itoa(mails.Port), "--smtp-user", "sign-in", "--smtp-from", "sign-in@example.org")
	s.Cmd.Env = append(s.Cmd.Env, "IMAGEMASTER_SMTP_PASSWORD_FILE="+password)
	s.Start().SetUp()
	p := s.SignIn()
	p.Must(http.StatusNoContent, http.MethodPut, "/api/notice-address", map[string]string{"email": "anna@example.org", "language": "de"})
	view := p.Must(http.StatusOK, http.MethodGet, "/api/two-factor", nil)
	if view["mail"] != true || view["notice_address"] != "" || view["notice_address_pending"] != "anna@example.org" {
		t.Errorf("two-factor: %v", view)
	}
	first := mails.WaitMails(1)[0]
	code := regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`).FindString(first.Text)
	p.Must(http.StatusNoContent, http.MethodPost, "/api/notice-address/confirm", map[string]string{"code": code})
	if view = p.Must(http.StatusOK, http.MethodGet, "/api/two-factor", nil); view["notice_address"] != "anna@example.org" || view["notice_address_pending"] != "" {
		t.Errorf("two-factor: %v", view)
	}
	mails.WaitMails(2)
	testserver.Command(t, "user", "disable", "--even-last", "--data", data, testserver.GoodName).Succeeds("")
	last := mails.WaitMails(3)[2]
	if last.Subject != "Bildmeister: Der Betreiber hat Ihr Konto gesperrt" || last.To != "anna@example.org" ||
		!strings.Contains(last.Text, s.URL) || !strings.Contains(last.Text, "room 7") {
		t.Errorf("%q to %s:\n%s", last.Subject, last.To, last.Text)
	}
	if out := s.Stop(); strings.Contains(out, secret) || strings.Contains(out, code) {
		t.Errorf("a secret is printed:\n%s", out)
	}
}

// A rotation in the order of the manual beside a running server, which reads its
// key file at SIGHUP and at no other time.
func TestKeyRotationBesideARunningServer(t *testing.T) {
	data := dataFolder(t)
	keyFile := filepath.Join(data, config.KeyFileName)
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	secret := s.Enroll()
	key := func(args ...string) string {
		return testserver.Command(t, append(append([]string{"key"}, args...), "--data", data)...).Succeeds("")
	}
	ids := func() []string {
		ring, err := secretbox.Load(keyFile)
		if err != nil {
			t.Fatal(err)
		}
		return ring.IDs()
	}
	reads := 0
	reload := func() {
		t.Helper()
		reads++
		s.Signal(syscall.SIGHUP)
		s.UntilLogged("was read again", reads)
		if status, _ := testserver.Visit(t, s.URL).Send(http.MethodGet, "/readyz", nil); status != http.StatusOK {
			t.Errorf("/readyz gives %d after read %d", status, reads)
		}
	}
	old := ids()[0]
	key("add")
	fresh := ids()[1]
	reload()
	key("use", fresh)
	reload()
	key("reseal")
	key("retire", old)
	reload()
	if again := s.Enroll(); again == secret {
		t.Error("two set-ups got the same key")
	}
	testserver.Command(t, "doctor", "--data", data, "--listen", strings.TrimPrefix(s.URL, "http://"), "--public-url", s.URL).Succeeds("")

	right, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"nonsense", "0123456789abcdef AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"} {
		if err := os.WriteFile(keyFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.Signal(syscall.SIGHUP)
		s.UntilLogged("the key file was not used, the keys stay as they were", i+1)
		s.Enroll()
		s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
	}
	if err := os.WriteFile(keyFile, right, 0o600); err != nil {
		t.Fatal(err)
	}
	out := s.Stop()
	for line := range strings.Lines(string(right)) {
		if words := strings.Fields(line); len(words) == 2 && strings.Contains(out, words[1]) {
			t.Error("a key was logged")
		}
	}
	testserver.New(t, "--data", data).Start().Ready().Stop()
}

// An instance that has not read the file with the key in use is not ready, so
// that no request is sent to it. Once its own key is retired it refuses to set
// up keys. It is ready after it has read the file.
func TestNotReadyWithoutTheKeyInUse(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	s.Enroll()
	keyFile, elsewhere := filepath.Join(data, config.KeyFileName), filepath.Join(t.TempDir(), "elsewhere.key")
	first, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(elsewhere, first, 0o600); err != nil {
		t.Fatal(err)
	}
	key := func(args ...string) {
		t.Helper()
		testserver.Command(t, append(append([]string{"key"}, args...), "--data", data, "--key-file", elsewhere)...).Succeeds("")
	}
	key("add")
	ring, err := secretbox.Load(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodGet, "/readyz", nil)
	key("use", ring.IDs()[1])
	s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
	answer := testserver.Visit(t, s.URL).Must(http.StatusServiceUnavailable, http.MethodGet, "/readyz", nil)
	if answer["check"] != "key_file" {
		t.Errorf("the failing check is %v", answer["check"])
	}
	if strings.Contains(fmt.Sprint(answer), ring.IDs()[1]) {
		t.Errorf("anybody is told the id of a key: %v", answer)
	}
	testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodGet, "/livez", nil)
	key("reseal")
	key("retire", ring.IDs()[0])
	refused := s.SignIn().Must(http.StatusServiceUnavailable, http.MethodPost, "/api/two-factor/enrollment", map[string]bool{})
	if refused["code"] != "unavailable" {
		t.Errorf("a set-up with a retired key is refused with %v", refused)
	}
	second, err := os.ReadFile(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(keyFile+".new", second, 0o600), os.Rename(keyFile+".new", keyFile)); err != nil {
		t.Fatal(err)
	}
	s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
	s.Signal(syscall.SIGHUP)
	s.UntilLogged("was read again", 1)
	s.UntilStatus(http.StatusOK, "/readyz")
	s.Enroll()
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
	s.Stop()
}

// While the database server is away the program says so in every way, and it goes
// on by itself when it is back. A stop does not wait for it.
func TestDatabaseServerAway(t *testing.T) {
	t.Parallel() // it waits for checks of readiness
	server := testdb.NewServer(t)
	key, address := filepath.Join(t.TempDir(), "key"), "127.0.0.1:"+freePort(t)
	testserver.Command(t, "key", "new", key).Succeeds("")
	s := testserver.New(t, "--database", server.Options().DSN, "--key-file", key, "--metrics-listen", address).Start()
	s.SetUp()
	p := s.SignIn()

	server.Stop()
	if answer := p.Must(http.StatusServiceUnavailable, http.MethodGet, "/api/session", nil); answer["code"] != "unavailable" {
		t.Errorf("answered with %v", answer)
	}
	s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
	if check := p.Must(http.StatusServiceUnavailable, http.MethodGet, "/readyz", nil)["check"]; check != "database" {
		t.Errorf("the failing check is %v", check)
	}
	p.Must(http.StatusOK, http.MethodGet, "/livez", nil)
	_, text := scrape(t, address, "")
	for _, line := range []string{"imagemaster_ready 0\n", "imagemaster_sessions -1\n", "imagemaster_mails_queued -1\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}

	server.Start()
	s.UntilStatus(http.StatusOK, "/readyz")
	if state := p.Must(http.StatusOK, http.MethodGet, "/api/session", nil)["state"]; state != "signed_in" {
		t.Errorf("the session is %v", state)
	}

	server.Stop()
	began := time.Now()
	out := s.Stop()
	took := time.Since(began)
	server.Start() // the tests drop their database at the end
	if took > 5*time.Second+busyMachine || !strings.Contains(out, "the stop could not be recorded") {
		t.Errorf("the stop took %v:\n%s", took, out)
	}
}
