// Package testmail gives a test a real mail server: an SMTP server process with
// STARTTLS and a certificate of its own authority. It listens on this machine
// only and ends with the test, also when the test process is killed.
//
// It is the smtp-server of Node.js, installed with the project's other npm
// packages.
package testmail

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// require is the variable that turns a missing program from a skip into a
// failure, for all tests that need one.
const require = "IMAGEMASTER_TEST_REQUIRE_MARIADB"

// Host is the name in the server's certificate. It leads nowhere: connect with
// Dial.
const Host = "mail.example.test"

// giveUp bounds every wait for the server.
const giveUp = 30 * time.Second

// Options say how the server behaves.
type Options struct {
	ImplicitTLS    bool // speak TLS from the first byte
	NoTLS          bool // offer no STARTTLS, and take passwords without
	User, Password string
	Silent         bool   // take connections and never say a word
	Refuse         string // answer to every recipient, such as "550 5.1.1 no such mailbox"
	Port           int    // 0 = any free one
}

// Server is one running mail server.
type Server struct {
	Port int

	t     testing.TB
	cmd   *exec.Cmd
	stdin io.Closer

	mu      sync.Mutex
	events  []event
	changed chan struct{} // closed at the next event
	ended   bool
}

// event is one line of what the server tells.
type event struct {
	Event    string    `json:"event"`
	Port     int       `json:"port"`
	From     string    `json:"from"`
	To       addresses `json:"to"`
	Secure   bool      `json:"secure"`
	Helo     string    `json:"helo"`
	Raw      string    `json:"raw"`
	User     string    `json:"user"`
	Password string    `json:"password"`
	Text     string    `json:"text"`
}

// addresses are one or several.
type addresses []string

// UnmarshalJSON implements json.Unmarshaler.
func (s *addresses) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*s = addresses{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(s))
}

// Start runs a mail server until the test ends or Stop is called.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	root := need(t)
	s := &Server{t: t, changed: make(chan struct{})}
	s.cmd = exec.Command("node", filepath.Join(root, script))
	s.cmd.Stderr = os.Stderr
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdin = stdin
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	go s.follow(stdout)
	if err := json.NewEncoder(stdin).Encode(o.settings()); err != nil {
		t.Fatal(err)
	}
	s.Port = s.wait("listening", 1)[0].Port
	return s
}

var script = filepath.Join("backend", "testmail", "server.js")

// need returns the project's folder, or ends the test and says why it cannot
// run.
func need(t testing.TB) string {
	t.Helper()
	root, err := find()
	switch {
	case err != nil && os.Getenv(require) == "1":
		t.Fatalf("%s=1 but %v", require, err)
	case err != nil:
		t.Skipf("no test with a mail server: %v", err)
	}
	return root
}

func find() (root string, err error) {
	if _, err := exec.LookPath("node"); err != nil {
		return "", errors.New("node is not installed")
	}
	if root, err = filepath.Abs("."); err != nil {
		return "", err
	}
	for !exists(filepath.Join(root, "go.mod")) {
		if filepath.Dir(root) == root {
			return "", errors.New("the project's folder is not above this one")
		}
		root = filepath.Dir(root)
	}
	if !exists(filepath.Join(root, "node_modules", "smtp-server", "package.json")) {
		return "", errors.New("the npm package smtp-server is not installed (npm ci)")
	}
	return root, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// settings are the options as the process reads them.
func (o Options) settings() map[string]any {
	pair := authority().pair
	return map[string]any{
		"key": pair.key, "cert": pair.cert, "implicitTLS": o.ImplicitTLS, "noTLS": o.NoTLS,
		"user": o.User, "password": o.Password, "silent": o.Silent, "refuse": o.Refuse, "port": o.Port,
	}
}

func (s *Server) follow(stdout io.Reader) {
	lines := bufio.NewReader(stdout)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if err == nil {
			err = json.Unmarshal(line, &e)
		}
		s.mu.Lock()
		if err == nil {
			s.events = append(s.events, e)
		}
		s.ended = err != nil
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// of returns the events of one kind so far, and what closes at the next one.
func (s *Server) of(kind string) (found []event, changed chan struct{}, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Event == kind {
			found = append(found, e)
		}
	}
	return found, s.changed, s.ended
}

// wait returns the events of one kind once there are n.
func (s *Server) wait(kind string, n int) []event {
	s.t.Helper()
	timeout := time.After(giveUp)
	for {
		found, changed, ended := s.of(kind)
		if len(found) >= n {
			return found
		}
		if ended {
			s.t.Fatalf("the mail server ended after %d times %q", len(found), kind)
		}
		select {
		case <-changed:
		case <-timeout:
			s.t.Fatalf("%d times %q at the mail server, want %d", len(found), kind, n)
		}
	}
}

// Stop ends the server.
func (s *Server) Stop() {
	if s.cmd.ProcessState == nil {
		_ = s.stdin.Close()
		_ = s.cmd.Wait()
	}
}

// Dial connects to the server, whatever the address.
func (s *Server) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
}

// Connections returns how many clients have come so far.
func (s *Server) Connections() int {
	found, _, _ := s.of("connect")
	return len(found)
}

// WaitConnections waits until n clients have come.
func (s *Server) WaitConnections(n int) { s.t.Helper(); s.wait("connect", n) }

// Login is an attempt to sign in at the mail server.
type Login struct {
	User, Password string
	Secure         bool
}

// Logins returns the attempts so far.
func (s *Server) Logins() []Login {
	found, _, _ := s.of("auth")
	logins := make([]Login, len(found))
	for i, e := range found {
		logins[i] = Login{User: e.User, Password: e.Password, Secure: e.Secure}
	}
	return logins
}

// Mails returns the mails received so far.
func (s *Server) Mails() []Mail {
	s.t.Helper()
	found, _, _ := s.of("mail")
	return s.read(found)
}

// WaitMails returns the mails received once there are n.
func (s *Server) WaitMails(n int) []Mail {
	s.t.Helper()
	return s.read(s.wait("mail", n))
}

func (s *Server) read(found []event) []Mail {
	s.t.Helper()
	mails := make([]Mail, len(found))
	for i, e := range found {
		raw, err := base64.StdEncoding.DecodeString(e.Raw)
		if err != nil {
			s.t.Fatal(err)
		}
		if mails[i], err = readMail(raw); err != nil {
			s.t.Fatalf("%v in:\n%s", err, raw)
		}
		mails[i].EnvelopeFrom, mails[i].EnvelopeTo, mails[i].Secure, mails[i].Helo = e.From, fmt.Sprint(e.To), e.Secure, e.Helo
	}
	return mails
}
