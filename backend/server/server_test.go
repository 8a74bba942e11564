package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagemaster/backend/cli"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/listener"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
	"imagemaster/backend/testserver"
)

func TestMain(m *testing.M) {
	testserver.Main(func(ctx context.Context, stdin io.Reader, now func() time.Time) int {
		return Main(ctx, cli.Process{Args: os.Args[1:], Environ: testserver.Environ(), Stdin: stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			Now: now, Version: "test", Build: "test"}, os.DirFS("../../frontend/dist"))
	})
	testdb.Main(m)
}

func dataFolder(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}

func TestFirstStartMakesFolderAndKey(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data).Start().Ready()
	if _, err := os.Stat(filepath.Join(data, "imagemaster.reserve")); err != nil {
		t.Errorf("there is no reserve for a full disk: %v", err)
	}
	if status, _ := testserver.Visit(t, s.URL).Send(http.MethodGet, "/livez", nil); status != http.StatusOK {
		t.Errorf("/livez gives %d", status)
	}
	if status, _ := testserver.Visit(t, s.URL).Send(http.MethodGet, "/readyz", nil); status != http.StatusOK {
		t.Errorf("/readyz gives %d", status)
	}
	checkModes(t, data)
	s.Stop()
	checkModes(t, data)
}

func checkModes(t *testing.T, data string) {
	t.Helper()
	for name, want := range map[string]fs.FileMode{"": 0o700, database.FileName: 0o600, config.KeyFileName: 0o600} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q has mode %v (%v), want %o", name, info.Mode().Perm(), err, want)
		}
	}
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := entry.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v, %v", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSecondStartKeepsEverything(t *testing.T) {
	data := dataFolder(t)
	first := testserver.New(t, "--data", data).Start()
	first.SetUp()
	key, err := os.ReadFile(filepath.Join(data, config.KeyFileName))
	if err != nil {
		t.Fatal(err)
	}
	first.Stop()

	second := testserver.New(t, "--data", data).Start().Ready()
	second.SignIn()
	if out := second.Stop(); strings.Contains(out, "/setup#") {
		t.Errorf("offers the set-up although there is an administrator:\n%s", out)
	}
	again, err := os.ReadFile(filepath.Join(data, config.KeyFileName))
	if err != nil || string(again) != string(key) {
		t.Error("the key file was replaced")
	}
}

func TestEachStartPrintsItsOwnSetupLink(t *testing.T) {
	data := dataFolder(t)
	links := map[string]bool{}
	for range 2 {
		s := testserver.New(t, "--data", data).Start()
		_, token, _ := strings.Cut(s.Until("/setup#"), "#")
		links[token] = len(token) >= 43
		s.Ready().Stop()
	}
	for token, long := range links {
		if !long {
			t.Errorf("%q holds less than 256 bits", token)
		}
	}
	if len(links) != 2 {
		t.Error("the same link twice")
	}
}

func TestSetupLinkWorksOnce(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t)).Start()
	link := s.Until("/setup#")
	s.Ready()
	_, token, _ := strings.Cut(link, "#")
	body := map[string]string{"token": "x" + token, "username": testserver.GoodName, "password": testserver.GoodPassword, "display_name": ""}
	testserver.Visit(t, s.URL).Must(http.StatusUnauthorized, http.MethodPost, "/api/setup", body)
	body["token"] = token
	testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodPost, "/api/setup", body)
	body["username"] = "mallory"
	testserver.Visit(t, s.URL).Must(http.StatusConflict, http.MethodPost, "/api/setup", body)
}

func TestWrongOrMissingKeyIsRefused(t *testing.T) {
	data := dataFolder(t)
	keyFile := filepath.Join(data, config.KeyFileName)
	kept := filepath.Join(t.TempDir(), "kept")
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	s.Enroll()
	s.Stop()
	if err := os.Rename(keyFile, kept); err != nil {
		t.Fatal(err)
	}

	testserver.New(t, "--data", data).Refuses(1, "is missing, and the database uses the key")
	testserver.Command(t, "user", "list", "--data", data).Refuses(1, "is missing, and the database uses the key")
	if _, err := os.Stat(keyFile); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a new key file was made for sealed data")
	}

	testserver.Command(t, "key", "new", keyFile).Succeeds("")
	out := testserver.New(t, "--data", data).Refuses(1, "`imagemaster key lost ")
	testserver.Command(t, "user", "list", "--data", data).Refuses(1, "`imagemaster key lost ")

	// Declaring another key lost does not help, declaring this one does.
	testserver.Command(t, "key", "lost", "0123456789abcdef", "--data", data).Refuses(1, "No key of that id")
	_, rest, _ := strings.Cut(out, "`imagemaster key lost ")
	id, _, _ := strings.Cut(rest, "`")
	testserver.Command(t, "key", "lost", id, "--data", data).Succeeds("")
	testserver.New(t, "--data", data).Start().Ready().Stop()
}

func TestKeyFileComesBack(t *testing.T) {
	data := dataFolder(t)
	keyFile := filepath.Join(data, config.KeyFileName)
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	s.Enroll()
	s.Stop()
	if err := os.Rename(keyFile, keyFile+".kept"); err != nil {
		t.Fatal(err)
	}
	testserver.New(t, "--data", data).Refuses(1, "put the file back")
	if err := os.Rename(keyFile+".kept", keyFile); err != nil {
		t.Fatal(err)
	}
	testserver.New(t, "--data", data).Start().Ready().Stop()
	if err := os.Chmod(keyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	testserver.New(t, "--data", data).Refuses(1, "chmod 600")
}

func TestTakenPort(t *testing.T) {
	first := testserver.New(t, "--data", dataFolder(t)).Start().Ready()
	second := testserver.New(t, "--data", dataFolder(t))
	second.Cmd.Args = append(second.Cmd.Args, "--listen", strings.TrimPrefix(first.URL, "http://"))
	second.Refuses(1, "is in use by another program: stop that one, or choose another address with --listen and --public-url")
	testserver.Visit(t, first.URL).Must(http.StatusOK, http.MethodGet, "/livez", nil)
}

// With --listen alone the printed address does not answer; the server says why.
func TestUnreachableAddressIsReported(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	s.Cmd.Args = append(s.Cmd.Args, "--public-url", "http://localhost")
	s.Start().Until("people open port 80, the server listens on " + port + ". Make --public-url and --listen agree.")
	s.Stop()
}

func TestAddressOfAnotherMachineIsRefused(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t))
	s.Cmd.Args = append(s.Cmd.Args, "--listen", "192.0.2.1:8080")
	s.Refuses(1, "192.0.2.1:8080 is not an address of this machine")
}

func TestUnusableOptions(t *testing.T) {
	const secret = "hunter2-in-the-DSN"
	key := filepath.Join(t.TempDir(), "key")
	testserver.Command(t, "key", "new", key).Succeeds("")
	testserver.Command(t, "key", "new", key).Refuses(1, "was left as it is")
	testserver.Command(t, "serve", "--data", "/dev/null/data").Refuses(1, "cannot use the data folder /dev/null/data: not a directory")
	testserver.Command(t, "serve", "--public-url", "http://login.example.org").Refuses(2, "--public-url: must begin with https")
	testserver.Command(t, "--lisen", "x").Refuses(2, "unknown flag --lisen")
	testserver.Command(t, "user", "password", "anna", "--data", dataFolder(t)).Refuses(1, "there is no database in")
	for _, c := range []struct {
		dsn  string
		code int
		want string
	}{
		{"user:" + secret + "/name", 1, "the database DSN cannot be read"},
		{"user:" + secret + "@unix(/nowhere/socket)/name", 1, "cannot reach the database server at /nowhere/socket"},
	} {
		s := testserver.Command(t, "serve", "--key-file", key)
		s.Cmd.Env = append(s.Cmd.Env, "IMAGEMASTER_DATABASE="+c.dsn)
		if out := s.Refuses(c.code, c.want); strings.Contains(out, secret) {
			t.Errorf("the password is in %q", out)
		}
	}
	misspelt := testserver.Command(t, "serve")
	misspelt.Cmd.Env = append(misspelt.Cmd.Env, "IMAGEMASTER_LISTN=x")
	misspelt.Refuses(2, "no option has the variable IMAGEMASTER_LISTN")
}

func TestManyProcessesOnAnEmptyDatabase(t *testing.T) {
	o := testdb.Options(t, testdb.MariaDB)
	key := filepath.Join(t.TempDir(), "key")
	testserver.Command(t, "key", "new", key).Succeeds("")
	args := []string{"--database", o.DSN, "--key-file", key}
	var all []*testserver.Instance
	for range 5 {
		all = append(all, testserver.New(t, args...).Start())
	}
	for _, s := range all[1:] {
		s.Ready()
	}
	// One instance creates the account, all know it.
	all[0].SetUp()
	for _, s := range all {
		testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodGet, "/readyz", nil)
		s.Enroll()
	}
	for _, s := range all {
		s.Stop()
	}
	testserver.New(t, args...).Start().Ready().Stop()
}

// Behind a load balancer each request may reach another instance.
func TestInstancesShareSessions(t *testing.T) {
	o := testdb.Options(t, testdb.MariaDB)
	key := filepath.Join(t.TempDir(), "key")
	testserver.Command(t, "key", "new", key).Succeeds("")
	first := testserver.New(t, "--database", o.DSN, "--key-file", key).Start()
	first.SetUp()
	second := testserver.New(t, "--database", o.DSN, "--key-file", key)
	second.Cmd.Args = append(second.Cmd.Args, "--public-url", first.URL) // the same for both
	second.Start().Ready()
	p := first.SignIn()
	p.Must(http.StatusOK, http.MethodPost, "/api/two-factor/enrollment", map[string]bool{})
	transport := http.DefaultTransport.(*http.Transport).Clone()
	target := strings.TrimPrefix(second.URL, "http://localhost")
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1"+target)
	}
	p.HTTP.Transport = transport
	first.Stop()
	if answer := p.Must(http.StatusOK, http.MethodGet, "/api/session", nil); answer["state"] != "signed_in" {
		t.Errorf("state is %v at the second instance", answer["state"])
	}
	p.Must(http.StatusNoContent, http.MethodDelete, "/api/two-factor/enrollment", nil)
	second.Stop()
}

// begin sends the header of a request. The server's answer to Expect proves that
// it waits for the body.
func begin(t *testing.T, s *testserver.Instance, body string) (net.Conn, *bufio.Reader) {
	t.Helper()
	host := strings.TrimPrefix(s.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(testserver.GiveUp)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /api/sign-in HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: application/json\r\n"+
		"X-Requested-With: imagemaster\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", host, s.URL, len(body))
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return conn, answers
}

func TestRequestsUnderWayAreFinished(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t)).Start()
	s.SetUp()
	body := fmt.Sprintf(`{"username":%q,"password":%q}`, testserver.GoodName, testserver.GoodPassword)
	conn, answers := begin(t, s, body)
	s.Signal(syscall.SIGTERM)
	untilClosed(t, s)
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, err := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || err != nil {
		t.Errorf("got %d %s, %v", response.StatusCode, text, err)
	}
	if code, out := s.End(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, out)
	}
}

// untilClosed waits until the port takes no new connection.
func untilClosed(t *testing.T, s *testserver.Instance) {
	t.Helper()
	for deadline := time.Now().Add(testserver.GiveUp); ; {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			_ = conn.Close()
		}
		if time.Now().After(deadline) {
			t.Fatal("still accepts connections")
		}
	}
}

func TestSilentClientDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, "--data", dataFolder(t)).Start().Ready()
	begin(t, s, `{"username":"x","password":"y"}`)
	began := time.Now()
	s.Signal(syscall.SIGTERM)
	code, out := s.End()
	if took := time.Since(began); code != 0 || took > 5*time.Second+busyMachine {
		t.Errorf("ended with code %d after %v:\n%s", code, took, out)
	}
}

// busyMachine is added to limits of time, because the tests share the processor.
const busyMachine = 5 * time.Second

// Connections without a request do not delay the end at all: one that has sent
// nothing, and one that is kept open after an answer.
func TestIdleConnectionsAreClosedAtTheEnd(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t)).Start().Ready()
	silent, kept := connect(t, s), connect(t, s)
	if _, err := io.WriteString(kept, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(kept)
	response, err := http.ReadResponse(answers, nil)
	if err != nil || response.StatusCode != http.StatusOK || response.Close {
		t.Fatalf("%v, %+v", err, response)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	if out := s.Stop(); strings.Contains(out, "cut off") {
		t.Errorf("the server waited for idle connections:\n%s", out)
	}
	for _, conn := range []net.Conn{silent, kept} {
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("an idle connection got an answer")
		}
	}
}

// Whoever reads the log may end, and the disk behind standard output may be full:
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

// With --log json both outputs are lines of JSON.
func TestOutputInJSON(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t), "--log", "json", "--log-level", "debug").Start()
	link := s.Until(`"link":"` + s.URL + `/setup#`)
	if !strings.Contains(link, "first administrator") {
		t.Errorf("the link is printed as %s", link)
	}
	s.Until(`"msg":"ready"`)
	testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodGet, "/livez", nil)
	again := testserver.New(t, "--data", dataFolder(t), "--log", "json", "--listen", strings.TrimPrefix(s.URL, "http://")).Start()
	code, failed := again.End()
	if code != 1 || !strings.Contains(failed, "is in use by another program") {
		t.Errorf("a server on the same port ended with code %d: %s", code, failed)
	}
	for line := range strings.Lines(s.Stop() + failed) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func connect(t *testing.T, s *testserver.Instance) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// More connections than the process may have files: the server keeps running, and
// a person still signs in.
func TestMoreConnectionsThanFiles(t *testing.T) {
	if runtime.GOOS == "windows" || listener.MostFiles() < 1500 {
		t.Skip("this test may not open 1,200 connections itself")
	}
	s := testserver.New(t, "--data", dataFolder(t))
	s.Cmd.Args = append([]string{"sh", "-c", `ulimit -n 1024 && exec "$0" "$@"`, s.Cmd.Path}, s.Cmd.Args[1:]...)
	s.Cmd.Path = "/bin/sh"
	s.Start()
	s.SetUp()
	for range 1200 {
		connect(t, s)
	}
	s.SignIn()
	testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodGet, "/readyz", nil)
	s.Stop()
}

func TestInterruptStopsToo(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t)).Start().Ready()
	s.Signal(os.Interrupt)
	if code, out := s.End(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, out)
	}
}

// Audit events record when a server started, with which settings, and when it
// stopped.
func TestStartAndStopAreRecorded(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data, "--require-two-factor", "--trusted-proxies", "192.0.2.0/24").Start().Ready()
	s.Stop()
	var kinds []string
	for line := range strings.Lines(testserver.Command(t, "audit", "export", "--data", data).Succeeds("")) {
		var event struct {
			Kind    string `json:"kind"`
			Details struct {
				PublicURL  string   `json:"public_url"`
				Proxies    []string `json:"trusted_proxies"`
				Required   bool     `json:"require_two_factor"`
				Embedded   bool     `json:"embedded_database"`
				MailServer string   `json:"mail_server"`
			} `json:"details"`
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, event.Kind)
		d := event.Details
		if event.Kind == "server_started" &&
			(d.PublicURL != s.URL || !slices.Equal(d.Proxies, []string{"192.0.2.0/24"}) || !d.Required || !d.Embedded || d.MailServer != "") {
			t.Errorf("the settings are %s", line)
		}
	}
	if !slices.Equal(kinds, []string{"server_started", "server_stopped"}) {
		t.Errorf("the events are %v", kinds)
	}
}

func TestKilledServerStartsAgain(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	s.Signal(os.Kill)
	s.End()
	again := testserver.New(t, "--data", data).Start().Ready()
	again.SignIn()
	again.Stop()
}

func TestNothingSecretIsPrinted(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t))
	s.Cmd.Env = append(s.Cmd.Env, "QRCODE_DEBUG=1")
	s.Start().SetUp()
	secret := s.Enroll()
	testserver.Visit(t, s.URL).Send(http.MethodPost, "/api/sign-in", map[string]string{"username": testserver.GoodName, "password": "wrong-" + testserver.GoodPassword})
	testserver.Visit(t, s.URL).Send(http.MethodPost, "/api/sign-in", map[string]string{"username": testserver.GoodName, "pass": testserver.GoodPassword})
	out := s.Stop()
	for _, canary := range []string{testserver.GoodPassword, secret, "otpauth"} {
		if strings.Contains(out, canary) {
			t.Errorf("%q was printed:\n%s", canary, out)
		}
	}
}

func TestClockOfTheTestServerMoves(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t)).Start()
	s.SetUp()
	p := s.SignIn()
	state := func() any { return p.Must(http.StatusOK, http.MethodGet, "/api/session", nil)["state"] }
	for _, c := range []struct {
		by   string
		want any
	}{{"50m", "signed_in"}, {"50m", "signed_in"}, {"61m", "anonymous"}} {
		if _, err := fmt.Fprintln(s.Stdin, c.by); err != nil {
			t.Fatal(err)
		}
		s.Until("clock moved")
		if got := state(); got != c.want {
			t.Errorf("%s later the state is %v, want %v", c.by, got, c.want)
		}
	}
}

func TestOperatorCommands(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	p := s.SignIn()
	cmd := func(args ...string) *testserver.Instance {
		return testserver.Command(t, append(args, "--data", data)...)
	}

	if out := cmd("user", "list").Succeeds(""); !strings.Contains(out, testserver.GoodName) || !strings.Contains(out, "administrator") {
		t.Errorf("list prints\n%s", out)
	}
	cmd("user", "disable", testserver.GoodName).Succeeds("")
	if answer := p.Must(http.StatusOK, http.MethodGet, "/api/session", nil); answer["state"] != "anonymous" {
		t.Errorf("a disabled account is %v", answer["state"])
	}
	credentials := map[string]string{"username": testserver.GoodName, "password": testserver.GoodPassword}
	testserver.Visit(t, s.URL).Must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", credentials)
	cmd("user", "enable", testserver.GoodName).Succeeds("")
	s.SignIn()

	const other = "purple-kettle-walks-17"
	cmd("user", "password", testserver.GoodName).Succeeds(other + "\n")
	testserver.Visit(t, s.URL).Must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", credentials)
	credentials["password"] = other
	if answer := testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodPost, "/api/sign-in", credentials); answer["next"] != "change_password" {
		t.Errorf("next is %v, want change_password", answer["next"])
	}

	cmd("user", "add", "bob").Succeeds(other + "\r\n")
	if answer := testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodPost, "/api/sign-in", map[string]string{"username": "BOB", "password": other}); answer["next"] != "change_password" {
		t.Errorf("next is %v, want change_password", answer["next"])
	}
	cmd("user", "reset-two-factor", "bob").Succeeds("")
}

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
	testserver.Command(t, "user", "disable", "--data", data, testserver.GoodName).Succeeds("")
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

// shuttingDown is an HTTP server that records when it is shut down.
type shuttingDown struct{ asked func(ctx context.Context) }

func (shuttingDown) Listener(net.Listener) error { return nil }

func (s shuttingDown) ShutdownWithContext(ctx context.Context) error {
	s.asked(ctx)
	return nil
}

// While the last requests finish, the server is not ready, so that the load
// balancer sends new requests to other instances.
func TestReadinessEndsFirst(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler)}
	asked := 0
	err := s.stop(shuttingDown{func(ctx context.Context) {
		asked++
		if err := s.ready(); !errors.Is(err, errStopping) {
			t.Errorf("while the server stops, it reports %v", err)
		}
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > drainTime {
			t.Error("the shutdown has no deadline")
		}
	}}, listener.New(nil, 1, s.log))
	if err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

// A server that stops closes its database. SQLite then deletes its log; a killed
// process leaves it.
func TestDatabaseIsClosedAtTheEnd(t *testing.T) {
	data := dataFolder(t)
	log := filepath.Join(data, database.FileName+"-wal")
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	if _, err := os.Stat(log); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	s.Stop()
	if _, err := os.Stat(log); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end: %v", err)
	}
}

// While a newer program has changed the tables, an instance of the older one goes on,
// so that instances can be replaced one after the other. It does not start again.
func TestNewerSchema(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	testdb.Exec(t, database.Options{DataDir: data}, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	s.SignIn()
	s.Stop()
	testserver.New(t, "--data", data).Refuses(1, "the database was made by a newer version of this program (schema 99999, this program knows 1")
}
