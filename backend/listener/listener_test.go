package listener

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
)

func TestMost(t *testing.T) {
	for files, want := range map[uint64]int{0: 4096, 1 << 20: 4096, 4224: 4096, 1024: 896, 256: 128, 100: 50, 1: 1} {
		if got := Most(files); got != want {
			t.Errorf("%d files: %d connections, want %d", files, got, want)
		}
	}
}

// failing is a socket whose Accept fails with these errors first.
type failing struct {
	net.Listener
	mu   sync.Mutex
	errs []error
}

func (f *failing) Accept() (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return nil, &net.OpError{Op: "accept", Err: err}
	}
	return f.Listener.Accept()
}

func socket(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func dial(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func accept(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// reading lets a connection wait for its client and returns a channel that ends
// with the connection.
func reading(c net.Conn) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		ended <- err
	}()
	return ended
}

// working lets the client send a byte, which the server has read and works on.
func working(t *testing.T, client, server net.Conn) net.Conn {
	t.Helper()
	read := reading(server)
	if _, err := io.WriteString(client, "G"); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	return server
}

// No error of accepting ends the loop, and the log tells it once.
func TestErrorsOfAcceptingPass(t *testing.T) {
	var log bytes.Buffer
	errs := []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.ENOBUFS, errors.New("one that nobody knows")}
	l := New(&failing{Listener: socket(t), errs: errs}, 10, slog.New(slog.NewTextHandler(&log, nil)))
	dial(t, l)
	accept(t, l)
	if strings.Count(log.String(), "could not be accepted") != 1 {
		t.Errorf("the log is %q", log.String())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
}

// A newcomer takes the place of the connection that waits longest for its client,
// never of one that the server works for.
func TestNewcomerTakesTheLongestWaitingPlace(t *testing.T) {
	l := New(socket(t), 3, slog.New(slog.DiscardHandler))
	busy := working(t, dial(t, l), accept(t, l))
	dial(t, l)
	second := accept(t, l)
	dial(t, l)
	third := reading(accept(t, l)) // reads earlier than the second, which was accepted before

	dial(t, l)
	accept(t, l)
	if err := <-reading(second); err == nil {
		t.Error("the longest waiting connection goes on")
	}
	select {
	case err := <-third:
		t.Errorf("another one was closed: %v", err)
	default:
	}
	if _, err := busy.Write([]byte("answer")); err != nil {
		t.Errorf("the connection at work was closed: %v", err)
	}
	if n := l.Connections(); n != 3 {
		t.Errorf("%d connections are open", n)
	}
}

// inMemory is a socket whose connections are pipes.
type inMemory struct {
	net.Listener
	clients chan net.Conn
}

func (m *inMemory) Accept() (net.Conn, error) { return <-m.clients, nil }

// While every connection is at work a newcomer waits, until one of them ends or
// waits for its client.
func TestNewcomerWaitsWhileAllWork(t *testing.T) {
	for name, give := range map[string]func(busy net.Conn){
		"until one ends":         func(busy net.Conn) { _ = busy.Close() },
		"until one reads again":  func(busy net.Conn) { go func() { _, _ = busy.Read(make([]byte, 1)) }() },
		"until one writes again": func(busy net.Conn) { go func() { _, _ = busy.Write([]byte("answer")) }() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &inMemory{clients: make(chan net.Conn, 2)}
				var clients [2]net.Conn
				for i := range clients {
					server, client := net.Pipe()
					defer func() { _ = client.Close() }()
					clients[i] = client
					m.clients <- server
				}
				l := New(m, 1, slog.New(slog.DiscardHandler))
				busy := working(t, clients[0], accept(t, l))
				accepted := make(chan net.Conn, 1)
				go func() {
					c, _ := l.Accept()
					accepted <- c
				}()
				synctest.Wait()
				if len(accepted) != 0 {
					t.Error("the newcomer did not wait")
				}
				give(busy)
				synctest.Wait()
				if len(accepted) != 1 {
					t.Error("the newcomer still waits")
					_ = busy.Close()
				}
				<-accepted
			})
		})
	}
}

// Drain closes what is idle. A request that has begun still gets its answer; then
// its connection ends too.
func TestDrain(t *testing.T) {
	l := New(socket(t), 10, slog.New(slog.DiscardHandler))
	dial(t, l)
	idle := reading(accept(t, l))
	client := dial(t, l)
	begun := working(t, client, accept(t, l))
	rest := reading(begun)

	l.Drain()
	if err := <-idle; err == nil {
		t.Error("an idle connection goes on")
	}
	if _, err := io.WriteString(client, "E"); err != nil {
		t.Fatal(err)
	}
	if err := <-rest; err != nil {
		t.Errorf("the rest of the request: %v", err)
	}
	if _, err := begun.Write([]byte("answer")); err != nil {
		t.Errorf("the answer: %v", err)
	}
	if _, err := begun.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("after the answer: %v", err)
	}
}

// Cut closes what is left.
func TestCut(t *testing.T) {
	l := New(socket(t), 10, slog.New(slog.DiscardHandler))
	begun := working(t, dial(t, l), accept(t, l))
	l.Cut()
	if _, err := begun.Read(make([]byte, 1)); err == nil {
		t.Error("goes on")
	}
}
