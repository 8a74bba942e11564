package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"imagemaster/backend/cli"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
)

// With this variable the test binary is the product, but for its clock: a line
// on standard input such as 1h30m moves it forward, and a line on standard
// output says that it was moved. End-to-end tests use it too.
const testServerVariable = "IMAGEMASTER_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(testServerVariable) == "1" {
		os.Exit(runWithMovableClock())
	}
	testdb.Main(m)
}

func runWithMovableClock() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := process{os.Args[1:], productEnviron(), os.Stdin, os.Stdout, os.Stderr, time.Now}
	if len(p.args) == 0 || p.args[0] == "serve" {
		var offset atomic.Int64
		p.now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
		p.stdin = strings.NewReader("")
		go moveClock(&offset)
	}
	err := run(ctx, p)
	if err != nil {
		fmt.Fprintln(os.Stderr, "imagemaster:", err)
	}
	return cli.ExitCode(err)
}

func moveClock(offset *atomic.Int64) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		by, err := time.ParseDuration(lines.Text())
		if err != nil {
			fmt.Println("no duration:", lines.Text())
			continue
		}
		fmt.Println("clock moved to", time.Now().Add(time.Duration(offset.Add(int64(by)))).UTC().Format(time.RFC3339))
	}
}

// productEnviron leaves out the variables of tests, which the product refuses.
func productEnviron() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "IMAGEMASTER_TEST_") })
}

// giveUp bounds every wait for another process.
const giveUp = 30 * time.Second

// instance is one running product.
type instance struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string
	stdin io.WriteCloser
	lines chan string // standard output
	ended chan struct{}
	code  int
	mu    sync.Mutex
	out   bytes.Buffer // both outputs
}

func (i *instance) Write(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.out.Write(p)
}

// output is what was printed so far; all of it once the process has ended.
func (i *instance) output() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.out.String()
}

// newCommand prepares the product with arguments; environment variables may be
// added before it is started.
func newCommand(t *testing.T, args ...string) *instance {
	t.Helper()
	i := &instance{t: t, cmd: exec.Command(os.Args[0], args...), lines: make(chan string, 100), ended: make(chan struct{})}
	i.cmd.Env = append(productEnviron(), testServerVariable+"=1")
	return i
}

// newServer prepares a server on a free port.
func newServer(t *testing.T, args ...string) *instance {
	t.Helper()
	port := freePort(t)
	url := fmt.Sprintf("http://localhost:%d", port)
	i := newCommand(t, append([]string{"serve", "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--public-url", url}, args...)...)
	i.url = url
	return i
}

func freePort(t *testing.T) int {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = probe.Close() }()
	return probe.Addr().(*net.TCPAddr).Port
}

func (i *instance) start() *instance {
	i.t.Helper()
	stdout, err := i.cmd.StdoutPipe()
	if err != nil {
		i.t.Fatal(err)
	}
	if i.cmd.Stdin == nil {
		if i.stdin, err = i.cmd.StdinPipe(); err != nil {
			i.t.Fatal(err)
		}
	}
	i.cmd.Stderr = i
	if err := i.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	go i.follow(stdout)
	i.t.Cleanup(func() {
		_ = i.cmd.Process.Kill()
		<-i.ended
	})
	return i
}

func (i *instance) follow(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(i, lines.Text())
		i.lines <- lines.Text()
	}
	close(i.lines)
	_ = i.cmd.Wait()
	i.code = i.cmd.ProcessState.ExitCode()
	close(i.ended)
}

// until returns the first line of standard output that holds a text.
func (i *instance) until(text string) string {
	i.t.Helper()
	timeout := time.After(giveUp)
	for {
		select {
		case line, open := <-i.lines:
			if !open {
				<-i.ended
				i.t.Fatalf("ended with code %d before it printed %q:\n%s", i.code, text, i.output())
			}
			if strings.Contains(line, text) {
				return line
			}
		case <-timeout:
			i.t.Fatalf("did not print %q:\n%s", text, i.output())
		}
	}
}

func (i *instance) ready() *instance {
	i.t.Helper()
	i.until(" is ready at ")
	return i
}

// end waits for the process and returns exit code and output.
func (i *instance) end() (int, string) {
	i.t.Helper()
	for {
		select {
		case _, open := <-i.lines:
			if open {
				continue
			}
			<-i.ended
			return i.code, i.output()
		case <-time.After(giveUp):
			i.t.Fatalf("did not end:\n%s", i.output())
		}
	}
}

func (i *instance) signal(s os.Signal) {
	i.t.Helper()
	if err := i.cmd.Process.Signal(s); err != nil {
		i.t.Fatal(err)
	}
}

// stop ends a server as an operator does.
func (i *instance) stop() string {
	i.t.Helper()
	i.signal(syscall.SIGTERM)
	code, out := i.end()
	if code != 0 {
		i.t.Errorf("stopped with code %d:\n%s", code, out)
	}
	return out
}

// refuses runs the product and checks that it ends with one clear sentence.
func (i *instance) refuses(code int, want string) string {
	i.t.Helper()
	got, out := i.start().end()
	if got != code || !strings.Contains(out, want) || !strings.HasPrefix(out, "imagemaster: ") || strings.Count(out, "\n") != 1 {
		i.t.Errorf("ended with code %d, want %d and one line with %q:\n%s", got, code, want, out)
	}
	return out
}

// succeeds runs a command with a password on standard input.
func (i *instance) succeeds(stdin string) string {
	i.t.Helper()
	i.cmd.Stdin = strings.NewReader(stdin)
	code, out := i.start().end()
	if code != 0 {
		i.t.Fatalf("ended with code %d:\n%s", code, out)
	}
	return out
}

// person is a browser.
type person struct {
	t    *testing.T
	url  string
	csrf string
	http *http.Client
}

func visit(t *testing.T, url string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, url: url, http: &http.Client{Jar: jar, Timeout: giveUp}}
}

// send asks for a route and returns status and decoded answer.
func (p *person) send(method, path string, body any) (int, map[string]any) {
	p.t.Helper()
	status, answer, err := p.try(method, path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	return status, answer
}

func (p *person) try(method, path string, body any) (int, map[string]any, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, p.url+path, content)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Origin", p.url)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Requested-With", "imagemaster")
	request.Header.Set("X-CSRF-Token", p.csrf)
	response, err := p.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	err = json.NewDecoder(response.Body).Decode(&answer)
	var syntax *json.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) {
		err = nil // no content, or a text such as that of /readyz
	}
	return response.StatusCode, answer, err
}

func (p *person) must(status int, method, path string, body any) map[string]any {
	p.t.Helper()
	got, answer := p.send(method, path, body)
	if got != status {
		p.t.Fatalf("%s %s: %d, want %d: %v", method, path, got, status, answer)
	}
	return answer
}

const (
	goodPassword = "green-ladder-sings-42"
	goodName     = "anna"
)

// setUp makes the first administrator with the link a server has printed.
func (i *instance) setUp() {
	i.t.Helper()
	link := i.until("/setup#")
	i.ready()
	_, token, _ := strings.Cut(link, "#")
	visit(i.t, i.url).must(http.StatusNoContent, http.MethodPost, "/api/setup",
		map[string]string{"token": token, "username": goodName, "password": goodPassword, "display_name": ""})
}

// signIn returns a browser with a session.
func (i *instance) signIn() *person {
	i.t.Helper()
	p := visit(i.t, i.url)
	answer := p.must(http.StatusOK, http.MethodPost, "/api/sign-in", map[string]string{"username": goodName, "password": goodPassword})
	if answer["next"] != "done" {
		i.t.Fatalf("signed in, next is %v", answer["next"])
	}
	session := p.must(http.StatusOK, http.MethodGet, "/api/session", nil)
	p.csrf, _ = session["csrf"].(string)
	return p
}

func dataFolder(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data")
}

func TestFirstStartMakesFolderAndKey(t *testing.T) {
	data := dataFolder(t)
	s := newServer(t, "--data", data).start().ready()
	if status, _ := visit(t, s.url).send(http.MethodGet, "/livez", nil); status != http.StatusOK {
		t.Errorf("/livez gives %d", status)
	}
	if status, _ := visit(t, s.url).send(http.MethodGet, "/readyz", nil); status != http.StatusOK {
		t.Errorf("/readyz gives %d", status)
	}
	checkModes(t, data)
	s.stop()
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
	first := newServer(t, "--data", data).start()
	first.setUp()
	key, err := os.ReadFile(filepath.Join(data, config.KeyFileName))
	if err != nil {
		t.Fatal(err)
	}
	first.stop()

	second := newServer(t, "--data", data).start().ready()
	second.signIn()
	if out := second.stop(); strings.Contains(out, "/setup#") {
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
		s := newServer(t, "--data", data).start()
		_, token, _ := strings.Cut(s.until("/setup#"), "#")
		links[token] = len(token) >= 43
		s.ready().stop()
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
	s := newServer(t, "--data", dataFolder(t)).start()
	link := s.until("/setup#")
	s.ready()
	_, token, _ := strings.Cut(link, "#")
	body := map[string]string{"token": "x" + token, "username": goodName, "password": goodPassword, "display_name": ""}
	visit(t, s.url).must(http.StatusUnauthorized, http.MethodPost, "/api/setup", body)
	body["token"] = token
	visit(t, s.url).must(http.StatusNoContent, http.MethodPost, "/api/setup", body)
	body["username"] = "mallory"
	visit(t, s.url).must(http.StatusConflict, http.MethodPost, "/api/setup", body)
}

// enroll leaves a sealed seed in the database and returns the secret key.
func (i *instance) enroll() string {
	i.t.Helper()
	answer := i.signIn().must(http.StatusOK, http.MethodPost, "/api/two-factor/enrollment", map[string]bool{})
	secret, _ := answer["secret"].(string)
	if len(secret) != 32 {
		i.t.Fatalf("no secret key in %v", answer)
	}
	return secret
}

func TestWrongOrMissingKeyIsRefused(t *testing.T) {
	data := dataFolder(t)
	keyFile := filepath.Join(data, config.KeyFileName)
	kept := filepath.Join(t.TempDir(), "kept")
	s := newServer(t, "--data", data).start()
	s.setUp()
	s.enroll()
	s.stop()
	if err := os.Rename(keyFile, kept); err != nil {
		t.Fatal(err)
	}

	newServer(t, "--data", data).refuses(1, "is missing, and the database uses the key")
	newCommand(t, "user", "list", "--data", data).refuses(1, "is missing, and the database uses the key")
	if _, err := os.Stat(keyFile); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a new key file was made for sealed data")
	}

	newCommand(t, "key", "new", keyFile).succeeds("")
	out := newServer(t, "--data", data).refuses(1, "`imagemaster key lost ")
	newCommand(t, "user", "list", "--data", data).refuses(1, "`imagemaster key lost ")

	// Declaring another key lost does not help, declaring this one does.
	newCommand(t, "key", "lost", "0123456789abcdef", "--data", data).refuses(1, "No key of that id")
	_, rest, _ := strings.Cut(out, "`imagemaster key lost ")
	id, _, _ := strings.Cut(rest, "`")
	newCommand(t, "key", "lost", id, "--data", data).succeeds("")
	newServer(t, "--data", data).start().ready().stop()
}

func TestKeyFileComesBack(t *testing.T) {
	data := dataFolder(t)
	keyFile := filepath.Join(data, config.KeyFileName)
	s := newServer(t, "--data", data).start()
	s.setUp()
	s.enroll()
	s.stop()
	if err := os.Rename(keyFile, keyFile+".kept"); err != nil {
		t.Fatal(err)
	}
	newServer(t, "--data", data).refuses(1, "put the file back")
	if err := os.Rename(keyFile+".kept", keyFile); err != nil {
		t.Fatal(err)
	}
	newServer(t, "--data", data).start().ready().stop()
	if err := os.Chmod(keyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	newServer(t, "--data", data).refuses(1, "chmod 600")
}

func TestTakenPort(t *testing.T) {
	first := newServer(t, "--data", dataFolder(t)).start().ready()
	second := newServer(t, "--data", dataFolder(t))
	second.cmd.Args = append(second.cmd.Args, "--listen", strings.TrimPrefix(first.url, "http://"))
	second.refuses(1, "is in use by another program: stop that one or choose another address with --listen")
	visit(t, first.url).must(http.StatusOK, http.MethodGet, "/livez", nil)
}

// Who gives --listen alone is told why the printed address does not answer.
func TestAddressNobodyReachesIsNamed(t *testing.T) {
	s := newServer(t, "--data", dataFolder(t))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Args = append(s.cmd.Args, "--public-url", "http://localhost")
	s.start().until("people open port 80, the server listens on " + port + ". Make --public-url and --listen agree.")
	s.stop()
}

func TestForeignAddress(t *testing.T) {
	s := newServer(t, "--data", dataFolder(t))
	s.cmd.Args = append(s.cmd.Args, "--listen", "192.0.2.1:8080")
	s.refuses(1, "192.0.2.1:8080 is not an address of this machine")
}

func TestUnusableOptions(t *testing.T) {
	const secret = "hunter2-in-the-DSN"
	key := filepath.Join(t.TempDir(), "key")
	newCommand(t, "key", "new", key).succeeds("")
	newCommand(t, "key", "new", key).refuses(1, "was left as it is")
	newCommand(t, "serve", "--data", "/dev/null/data").refuses(1, "cannot use the data folder /dev/null/data: not a directory")
	newCommand(t, "serve", "--public-url", "http://login.example.org").refuses(2, "--public-url: must begin with https")
	newCommand(t, "--lisen", "x").refuses(2, "unknown flag --lisen")
	newCommand(t, "user", "password", "anna", "--data", dataFolder(t)).refuses(1, "there is no database in")
	for _, c := range []struct {
		dsn  string
		code int
		want string
	}{
		{"user:" + secret + "/name", 1, "the database DSN cannot be read"},
		{"user:" + secret + "@unix(/nowhere/socket)/name", 1, "cannot reach the database server at /nowhere/socket"},
	} {
		s := newCommand(t, "serve", "--key-file", key)
		s.cmd.Env = append(s.cmd.Env, "IMAGEMASTER_DATABASE="+c.dsn)
		if out := s.refuses(c.code, c.want); strings.Contains(out, secret) {
			t.Errorf("the password is in %q", out)
		}
	}
	misspelt := newCommand(t, "serve")
	misspelt.cmd.Env = append(misspelt.cmd.Env, "IMAGEMASTER_LISTN=x")
	misspelt.refuses(2, "no option has the variable IMAGEMASTER_LISTN")
}

func TestManyProcessesOnAnEmptyDatabase(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		args := []string{"--data", o.DataDir}
		if o.DSN != "" {
			key := filepath.Join(t.TempDir(), "key")
			newCommand(t, "key", "new", key).succeeds("")
			args = []string{"--database", o.DSN, "--key-file", key}
		}
		var all []*instance
		for range 5 {
			all = append(all, newServer(t, args...).start())
		}
		for _, s := range all[1:] {
			s.ready()
		}
		// Made by one, known to all.
		all[0].setUp()
		for _, s := range all {
			visit(t, s.url).must(http.StatusOK, http.MethodGet, "/readyz", nil)
			s.enroll()
		}
		for _, s := range all {
			s.stop()
		}
		newServer(t, args...).start().ready().stop()
	})
}

// Behind a load balancer each request may reach another instance.
func TestInstancesShareSessions(t *testing.T) {
	o := testdb.Options(t, testdb.MariaDB)
	key := filepath.Join(t.TempDir(), "key")
	newCommand(t, "key", "new", key).succeeds("")
	first := newServer(t, "--database", o.DSN, "--key-file", key).start()
	first.setUp()
	second := newServer(t, "--database", o.DSN, "--key-file", key)
	second.cmd.Args = append(second.cmd.Args, "--public-url", first.url) // one address for both
	second.start().ready()
	p := first.signIn()
	p.must(http.StatusOK, http.MethodPost, "/api/two-factor/enrollment", map[string]bool{})
	transport := http.DefaultTransport.(*http.Transport).Clone()
	target := strings.TrimPrefix(second.url, "http://localhost")
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1"+target)
	}
	p.http.Transport = transport
	first.stop()
	if answer := p.must(http.StatusOK, http.MethodGet, "/api/session", nil); answer["state"] != "signed_in" {
		t.Errorf("state is %v at the second instance", answer["state"])
	}
	p.must(http.StatusNoContent, http.MethodDelete, "/api/two-factor/enrollment", nil)
	second.stop()
}

// begin sends the head of a request and half of its body. The server's answer
// to Expect proves that the request is under way.
func begin(t *testing.T, s *instance, body string) (net.Conn, *bufio.Reader) {
	t.Helper()
	host := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(giveUp)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /api/sign-in HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: application/json\r\n"+
		"X-Requested-With: imagemaster\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", host, s.url, len(body))
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
	s := newServer(t, "--data", dataFolder(t)).start()
	s.setUp()
	body := fmt.Sprintf(`{"username":%q,"password":%q}`, goodName, goodPassword)
	conn, answers := begin(t, s, body)
	s.signal(syscall.SIGTERM)
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
	if code, out := s.end(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, out)
	}
}

// untilClosed waits until the port takes no new connection.
func untilClosed(t *testing.T, s *instance) {
	t.Helper()
	for deadline := time.Now().Add(giveUp); ; {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
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
	s := newServer(t, "--data", dataFolder(t)).start().ready()
	begin(t, s, `{"username":"x","password":"y"}`)
	began := time.Now()
	s.signal(syscall.SIGTERM)
	code, out := s.end()
	if took := time.Since(began); code != 0 || took > drainTime+2*time.Second {
		t.Errorf("ended with code %d after %v:\n%s", code, took, out)
	}
}

func TestInterruptStopsToo(t *testing.T) {
	s := newServer(t, "--data", dataFolder(t)).start().ready()
	s.signal(os.Interrupt)
	if code, out := s.end(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, out)
	}
}

// The trail says when a server began, with which settings, and when it ended.
func TestStartAndStopAreInTheTrail(t *testing.T) {
	data := dataFolder(t)
	s := newServer(t, "--data", data, "--require-two-factor", "--trusted-proxies", "192.0.2.0/24").start().ready()
	s.stop()
	var kinds []string
	for line := range strings.Lines(newCommand(t, "audit", "export", "--data", data).succeeds("")) {
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
			(d.PublicURL != s.url || !slices.Equal(d.Proxies, []string{"192.0.2.0/24"}) || !d.Required || !d.Embedded || d.MailServer != "") {
			t.Errorf("the settings are %s", line)
		}
	}
	if !slices.Equal(kinds, []string{"server_started", "server_stopped"}) {
		t.Errorf("the events are %v", kinds)
	}
}

func TestKilledServerStartsAgain(t *testing.T) {
	data := dataFolder(t)
	s := newServer(t, "--data", data).start()
	s.setUp()
	s.signal(os.Kill)
	s.end()
	again := newServer(t, "--data", data).start().ready()
	again.signIn()
	again.stop()
}

func TestNothingSecretIsPrinted(t *testing.T) {
	s := newServer(t, "--data", dataFolder(t))
	s.cmd.Env = append(s.cmd.Env, "QRCODE_DEBUG=1")
	s.start().setUp()
	secret := s.enroll()
	visit(t, s.url).send(http.MethodPost, "/api/sign-in", map[string]string{"username": goodName, "password": "wrong-" + goodPassword})
	visit(t, s.url).send(http.MethodPost, "/api/sign-in", map[string]string{"username": goodName, "pass": goodPassword})
	out := s.stop()
	for _, canary := range []string{goodPassword, secret, "otpauth"} {
		if strings.Contains(out, canary) {
			t.Errorf("%q was printed:\n%s", canary, out)
		}
	}
}

func TestClockOfTheTestServerMoves(t *testing.T) {
	s := newServer(t, "--data", dataFolder(t)).start()
	s.setUp()
	p := s.signIn()
	state := func() any { return p.must(http.StatusOK, http.MethodGet, "/api/session", nil)["state"] }
	for _, c := range []struct {
		by   string
		want any
	}{{"50m", "signed_in"}, {"50m", "signed_in"}, {"61m", "anonymous"}} {
		if _, err := fmt.Fprintln(s.stdin, c.by); err != nil {
			t.Fatal(err)
		}
		s.until("clock moved")
		if got := state(); got != c.want {
			t.Errorf("%s later the state is %v, want %v", c.by, got, c.want)
		}
	}
}

func TestOperatorCommands(t *testing.T) {
	data := dataFolder(t)
	s := newServer(t, "--data", data).start()
	s.setUp()
	p := s.signIn()
	cmd := func(args ...string) *instance { return newCommand(t, append(args, "--data", data)...) }

	if out := cmd("user", "list").succeeds(""); !strings.Contains(out, goodName) || !strings.Contains(out, "administrator") {
		t.Errorf("list prints\n%s", out)
	}
	cmd("user", "disable", goodName).succeeds("")
	if answer := p.must(http.StatusOK, http.MethodGet, "/api/session", nil); answer["state"] != "anonymous" {
		t.Errorf("a disabled account is %v", answer["state"])
	}
	credentials := map[string]string{"username": goodName, "password": goodPassword}
	visit(t, s.url).must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", credentials)
	cmd("user", "enable", goodName).succeeds("")
	s.signIn()

	const other = "purple-kettle-walks-17"
	cmd("user", "password", goodName).succeeds(other + "\n")
	visit(t, s.url).must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", credentials)
	credentials["password"] = other
	if answer := visit(t, s.url).must(http.StatusOK, http.MethodPost, "/api/sign-in", credentials); answer["next"] != "change_password" {
		t.Errorf("next is %v, want change_password", answer["next"])
	}

	cmd("user", "add", "bob").succeeds(other + "\r\n")
	if answer := visit(t, s.url).must(http.StatusOK, http.MethodPost, "/api/sign-in", map[string]string{"username": "BOB", "password": other}); answer["next"] != "change_password" {
		t.Errorf("next is %v, want change_password", answer["next"])
	}
	cmd("user", "reset-two-factor", "bob").succeeds("")
}

// The server mails what it and the operator's commands queue.
func TestNoticesAreMailed(t *testing.T) {
	const secret = "canary-password-at-the-mail-server"
	mails := testmail.Start(t, testmail.Options{NoTLS: true, User: "sign-in", Password: secret})
	data := dataFolder(t)
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, "--data", data, "--brand-name", "Bildmeister", "--help-contact", "room 7", "--smtp-host", "127.0.0.1",
		"--smtp-port", strconv.Itoa(mails.Port), "--smtp-user", "sign-in", "--smtp-from", "sign-in@example.org")
	s.cmd.Env = append(s.cmd.Env, "IMAGEMASTER_SMTP_PASSWORD_FILE="+password)
	s.start().setUp()
	p := s.signIn()
	p.must(http.StatusNoContent, http.MethodPut, "/api/notice-address", map[string]string{"email": "anna@example.org", "language": "de"})
	view := p.must(http.StatusOK, http.MethodGet, "/api/two-factor", nil)
	if view["mail"] != true || view["notice_address"] != "" || view["notice_address_pending"] != "anna@example.org" {
		t.Errorf("two-factor: %v", view)
	}
	first := mails.WaitMails(1)[0]
	code := regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`).FindString(first.Text)
	p.must(http.StatusNoContent, http.MethodPost, "/api/notice-address/confirm", map[string]string{"code": code})
	if view = p.must(http.StatusOK, http.MethodGet, "/api/two-factor", nil); view["notice_address"] != "anna@example.org" || view["notice_address_pending"] != "" {
		t.Errorf("two-factor: %v", view)
	}
	mails.WaitMails(2)
	newCommand(t, "user", "disable", "--data", data, goodName).succeeds("")
	last := mails.WaitMails(3)[2]
	if last.Subject != "Bildmeister: Der Betreiber hat Ihr Konto gesperrt" || last.To != "anna@example.org" ||
		!strings.Contains(last.Text, s.url) || !strings.Contains(last.Text, "room 7") {
		t.Errorf("%q to %s:\n%s", last.Subject, last.To, last.Text)
	}
	if out := s.stop(); strings.Contains(out, secret) || strings.Contains(out, code) {
		t.Errorf("a secret is printed:\n%s", out)
	}
}

// A rotation beside a running server: it goes on, follows the key file by
// itself, and tells at a hangup signal what it finds there.
func TestServerFollowsItsKeyFile(t *testing.T) {
	data := dataFolder(t)
	keyFile := filepath.Join(data, config.KeyFileName)
	s := newServer(t, "--data", data).start()
	s.setUp()
	secret := s.enroll()
	key := func(args ...string) string {
		return newCommand(t, append(append([]string{"key"}, args...), "--data", data)...).succeeds("")
	}
	ids := func() []string {
		ring, err := secretbox.Load(keyFile)
		if err != nil {
			t.Fatal(err)
		}
		return ring.IDs()
	}
	old := ids()[0]
	key("add")
	s.signal(syscall.SIGHUP)
	s.untilLogged("was read again", 1)
	fresh := ids()[1]
	key("use", fresh)
	key("reseal")
	key("retire", old)
	if again := s.enroll(); again == secret {
		t.Error("two set-ups got the same key")
	}
	if status, _ := visit(t, s.url).send(http.MethodGet, "/readyz", nil); status != http.StatusOK {
		t.Errorf("/readyz gives %d", status)
	}
	newCommand(t, "doctor", "--data", data, "--listen", strings.TrimPrefix(s.url, "http://"), "--public-url", s.url).succeeds("")

	right, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"nonsense", "0123456789abcdef AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"} {
		if err := os.WriteFile(keyFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.signal(syscall.SIGHUP)
		s.untilLogged("does not fit", i+1)
		s.enroll()
	}
	if err := os.WriteFile(keyFile, right, 0o600); err != nil {
		t.Fatal(err)
	}
	out := s.stop()
	for line := range strings.Lines(string(right)) {
		if words := strings.Fields(line); len(words) == 2 && strings.Contains(out, words[1]) {
			t.Error("a key was logged")
		}
	}
	newServer(t, "--data", data).start().ready().stop()
}

// untilLogged waits until a text was logged so often.
func (i *instance) untilLogged(text string, times int) {
	i.t.Helper()
	for deadline := time.Now().Add(giveUp); strings.Count(i.output(), text) < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			i.t.Fatalf("did not log %q %d times:\n%s", text, times, i.output())
		}
	}
}

// An instance whose key file lacks the key that seals is not ready, so that no
// request is sent to it; it lives on, and is ready once the file is there.
func TestNotReadyWithoutTheKeyInUse(t *testing.T) {
	data := dataFolder(t)
	s := newServer(t, "--data", data).start()
	s.setUp()
	s.enroll()
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
		newCommand(t, append(append([]string{"key"}, args...), "--data", data, "--key-file", elsewhere)...).succeeds("")
	}
	key("add")
	ring, err := secretbox.Load(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	visit(t, s.url).must(http.StatusOK, http.MethodGet, "/readyz", nil)
	key("use", ring.IDs()[1])
	answer := visit(t, s.url).must(http.StatusServiceUnavailable, http.MethodGet, "/readyz", nil)
	if strings.Contains(fmt.Sprint(answer), ring.IDs()[1]) {
		t.Errorf("a stranger is told %v", answer)
	}
	visit(t, s.url).must(http.StatusOK, http.MethodGet, "/livez", nil)
	second, err := os.ReadFile(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(keyFile+".new", second, 0o600), os.Rename(keyFile+".new", keyFile)); err != nil {
		t.Fatal(err)
	}
	visit(t, s.url).must(http.StatusOK, http.MethodGet, "/readyz", nil)
	s.stop()
}

// shuttingDown is an HTTP server that is asked to end.
type shuttingDown struct{ asked func(ctx context.Context) }

func (shuttingDown) Listener(net.Listener) error { return nil }

func (s shuttingDown) ShutdownWithContext(ctx context.Context) error {
	s.asked(ctx)
	return nil
}

// Whoever asks while requests under way are finished is told to go elsewhere:
// readiness ends before anything else does.
func TestReadinessEndsFirst(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler)}
	asked := 0
	err := s.stop(shuttingDown{func(ctx context.Context) {
		asked++
		if err := s.ready(ctx); !errors.Is(err, errStopping) {
			t.Errorf("while it ends the server says %v", err)
		}
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > drainTime {
			t.Error("the end has no end")
		}
	}})
	if err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

// A server that was told to stop closes its database: SQLite then takes its log
// away, which a killed process leaves behind.
func TestDatabaseIsClosedAtTheEnd(t *testing.T) {
	data := dataFolder(t)
	log := filepath.Join(data, database.FileName+"-wal")
	s := newServer(t, "--data", data).start()
	s.setUp()
	if _, err := os.Stat(log); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	s.stop()
	if _, err := os.Stat(log); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end: %v", err)
	}
}
