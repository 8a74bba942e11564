package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/cli"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/listener"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

func TestMain(m *testing.M) {
	testserver.Main(func(ctx context.Context, stdin io.Reader, now func() time.Time) int {
		return Main(ctx, cli.Process{Args: os.Args[1:], Environ: testserver.Environ(), Stdin: stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			Now: now, Version: "test", Build: "test"}, Files{Web: os.DirFS("../../frontend/dist"), Examples: os.DirFS("../../docs/examples")})
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

// A second server is refused before it could bring the schema up to date below the
// first one.
func TestSecondServerChangesNothing(t *testing.T) {
	data := dataFolder(t)
	testserver.New(t, "--data", data).Start().Ready().Stop()
	testdb.Exec(t, database.Options{DataDir: data}, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
	first, err := database.LockServer(data, access.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	testserver.New(t, "--data", data).Refuses(1, "a server runs on the data folder")
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

// Audit events record when a server started, with which settings, and when it
// stopped.
func TestStartAndStopAreRecorded(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data, "--require-two-factor", "--trusted-proxies", "192.0.2.0/24",
		"--gate-listen", "/run/gate.sock", "--session-idle", "90m", "--session-lifetime", "2h").Start().Ready()
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
				Gate       string   `json:"gate_listen"`
				Idle       string   `json:"session_idle"`
				Lifetime   string   `json:"session_lifetime"`
			} `json:"details"`
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, event.Kind)
		d := event.Details
		if event.Kind == "server_started" &&
			(d.PublicURL != s.URL || !slices.Equal(d.Proxies, []string{"192.0.2.0/24"}) || !d.Required || !d.Embedded || d.MailServer != "" ||
				d.Gate != "unix:/run/gate.sock" || d.Idle != "1h30m0s" || d.Lifetime != "2h0m0s") {
			t.Errorf("the settings are %s", line)
		}
	}
	if !slices.Equal(kinds, []string{"server_started", "server_stopped"}) {
		t.Errorf("the events are %v", kinds)
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

// The operator says how long sessions last.
func TestSessionTimesOfTheOperator(t *testing.T) {
	for _, c := range []struct {
		options []string
		moves   []string // of the clock; after the last one the session is over
	}{
		{[]string{"--session-idle", "10m"}, []string{"9m", "9m", "11m"}},
		{[]string{"--session-idle", "50m", "--session-lifetime", "1h"}, []string{"40m", "21m"}},
		{[]string{"--session-idle", "3h", "--session-lifetime", "30h"}, []string{"2h", "181m"}},
	} {
		s := testserver.New(t, append(c.options, "--data", dataFolder(t))...).Start()
		s.SetUp()
		p := s.SignIn()
		for i, by := range c.moves {
			if _, err := fmt.Fprintln(s.Stdin, by); err != nil {
				t.Fatal(err)
			}
			s.Until("clock moved")
			want := "signed_in"
			if i == len(c.moves)-1 {
				want = "anonymous"
			}
			if got := p.Must(http.StatusOK, http.MethodGet, "/api/session", nil)["state"]; got != want {
				t.Errorf("%v: after %v the state is %v, want %v", c.options, c.moves[:i+1], got, want)
			}
		}
		s.Stop()
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
	cmd("user", "disable", testserver.GoodName, "--even-last").Succeeds("")
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
