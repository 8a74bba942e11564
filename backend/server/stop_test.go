package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/listener"
	"imagemaster/backend/testserver"
)

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

func TestInterruptStopsToo(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t)).Start().Ready()
	s.Signal(os.Interrupt)
	if code, out := s.End(); code != 0 {
		t.Errorf("ended with code %d:\n%s", code, out)
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
