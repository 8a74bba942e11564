// Package testmail gives a test a real mail server: an SMTP server process with
// STARTTLS and its own certificate. It listens on this machine only and ends
// with the test, also when the test process is killed.
//
// It is the smtp-server of Node.js, installed with the project's other npm
// packages.
package testmail

import (
	"context"
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

// require is the variable with which tests fail instead of being skipped when a
// program is missing. All tests that need programs read the same one.
const require = "IMAGEMASTER_TEST_REQUIRE_MARIADB"

// Host is the name in the server's certificate. No DNS server knows it: connect
// with Dial.
const Host = "mail.example.test"

// giveUp bounds every wait for the server.
const giveUp = 30 * time.Second

// Options say how the server behaves.
type Options struct {
	ImplicitTLS bool   `json:"implicitTLS"` // speak TLS from the first byte
	NoTLS       bool   `json:"noTLS"`       // offer no STARTTLS, and take passwords without
	User        string `json:"user"`
	Password    string `json:"password"`
	Silent      bool   `json:"silent"` // take connections and never answer
	Refuse      string `json:"refuse"` // answer to every recipient, such as "550 5.1.1 no such mailbox"
	Port        int    `json:"port"`   // 0 = any free one
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

// event is one line that the server prints.
type event struct {
	Event    string   `json:"event"`
	Port     int      `json:"port"`
	From     string   `json:"from"`
	To       []string `json:"to"`
	Secure   bool     `json:"secure"`
	Helo     string   `json:"helo"`
	Raw      []byte   `json:"raw"` // base64
	User     string   `json:"user"`
	Password string   `json:"password"`
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
	settings := struct {
		Options
		certificate
	}{o, serverCertificate()}
	if err := json.NewEncoder(stdin).Encode(settings); err != nil {
		t.Fatal(err)
	}
	s.Port = s.wait("listening", 1)[0].Port
	return s
}

var script = filepath.Join("backend", "testmail", "server.js")

// need returns the project's folder. Where a program is missing it skips the
// test, or fails it if nothing may be skipped.
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
	root, err = filepath.Abs(".")
	for ; err == nil && root != filepath.Dir(root); root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "node_modules", "smtp-server", "package.json")); err == nil {
			return root, nil
		}
	}
	return "", errors.Join(err, errors.New("the npm package smtp-server is not installed (npm ci)"))
}

func (s *Server) follow(stdout io.Reader) {
	lines := json.NewDecoder(stdout)
	for {
		var e event
		err := lines.Decode(&e)
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

// of returns the events of one kind so far, and a channel that the next event
// closes.
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

// wait waits until there are n events of one kind, and returns them.
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

// Dial connects to the server and ignores the address.
func (s *Server) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
}

// Connections returns how many clients have connected so far.
func (s *Server) Connections() int {
	found, _, _ := s.of("connect")
	return len(found)
}

// WaitConnections waits until n clients have connected.
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

// WaitMails waits until n mails are received, and returns them.
func (s *Server) WaitMails(n int) []Mail {
	s.t.Helper()
	return s.read(s.wait("mail", n))
}

func (s *Server) read(found []event) []Mail {
	s.t.Helper()
	mails := make([]Mail, len(found))
	for i, e := range found {
		var err error
		if mails[i], err = readMail(e.Raw); err != nil {
			s.t.Fatalf("%v in:\n%s", err, e.Raw)
		}
		mails[i].EnvelopeFrom, mails[i].EnvelopeTo, mails[i].Secure, mails[i].Helo = e.From, fmt.Sprint(e.To), e.Secure, e.Helo
	}
	return mails
}
