// Package listener accepts connections within the limits of the process.
//
// Anybody who reaches the port may open connections and send nothing. Three things
// keep them from taking the server away from others:
//   - There are fewer connections than the process may have files, so the database
//     and the key file can always be opened.
//   - When all are taken, a newcomer gets the place of the connection that has kept
//     the server waiting longest: for a request, or for its client to read an
//     answer. A request that the server works on keeps its connection.
//   - No error of accepting a connection ends the server: the loop of fasthttp ends
//     with the first error that it does not know, such as EMFILE.
package listener

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// The longest pause after an error of accepting, and the shortest between two lines
// of the log about it.
const (
	maxPause = time.Second
	logEvery = time.Minute
)

// Places for connections. Each can hold 16 KiB of memory for its headers.
const (
	mostConnections = 4096
	otherFiles      = 128 // database, key file, log, mail and room to spare
)

// Most returns how many connections a process with so many files may have.
func Most(files uint64) int {
	switch {
	case files == 0 || files >= mostConnections+otherFiles:
		return mostConnections
	case files >= 2*otherFiles:
		return int(files) - otherFiles
	default:
		return max(1, int(files)/2)
	}
}

// Listener accepts at most a number of connections at a time. It is safe for
// concurrent use.
type Listener struct {
	net.Listener
	most     int
	log      *slog.Logger
	draining atomic.Bool
	full     atomic.Bool // Accept waits for a place
	mu       sync.Mutex
	changed  *sync.Cond // a connection has ended or waits for its client, or the listener is closed
	open     map[*conn]struct{}
	closed   bool
	logged   time.Time
}

// New returns a listener with at most so many connections.
func New(l net.Listener, most int, log *slog.Logger) *Listener {
	limited := &Listener{Listener: l, most: most, log: log, open: make(map[*conn]struct{})}
	limited.changed = sync.NewCond(&limited.mu)
	return limited
}

// Accept implements net.Listener. The only error is net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	if !l.makeRoom() {
		return nil, net.ErrClosed
	}
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, maxPause) {
		c, err := l.Listener.Accept()
		if err == nil {
			return l.add(c), nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, net.ErrClosed
		}
		l.warn("a connection could not be accepted", err)
		l.mu.Lock()
		l.closeLongestWaiting() // most often files are what is missing
		l.mu.Unlock()
		time.Sleep(pause)
	}
}

// makeRoom waits until one more connection may be opened. It reports false when the
// listener was closed.
func (l *Listener) makeRoom() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && len(l.open) >= l.most {
		// A connection looks at full after it has begun to wait, so that one of the
		// two sees the other.
		l.full.Store(true)
		if !l.closeLongestWaiting() {
			l.changed.Wait()
		}
	}
	l.full.Store(false)
	return !l.closed
}

// closeLongestWaiting closes the connection that has kept the server waiting
// longest, and reports false if there is none. The lock is held.
func (l *Listener) closeLongestWaiting() bool {
	var longest *conn
	var since int64
	for c := range l.open {
		if at := c.since.Load(); c.blocked.Load() && (longest == nil || at < since) {
			longest, since = c, at
		}
	}
	if longest == nil {
		return false
	}
	delete(l.open, longest)
	_ = longest.Conn.Close()
	return true
}

func (l *Listener) warn(text string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.logged) < logEvery {
		return
	}
	l.logged = time.Now()
	l.log.Warn(text, "error", err.Error(), "connections", len(l.open))
}

func (l *Listener) add(c net.Conn) net.Conn {
	added := &conn{Conn: c, of: l}
	added.since.Store(time.Now().UnixNano())
	// One that was not read yet counts as waiting. Otherwise one that reads early would be
	// closed before older ones that have not read yet.
	added.blocked.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[added] = struct{}{}
	return added
}

func (l *Listener) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	l.changed.Signal()
}

// Close implements net.Listener. Open connections stay.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.changed.Broadcast()
	return l.Listener.Close()
}

// Connections returns how many are open.
func (l *Listener) Connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// Drain closes the connections that have sent nothing since the last answer, and
// from now on each one after its answer.
func (l *Listener) Drain() {
	l.draining.Store(true)
	l.closeAll(func(c *conn) bool { return c.blocked.Load() && !c.begun.Load() })
}

// Cut closes all connections.
func (l *Listener) Cut() { l.closeAll(func(*conn) bool { return true }) }

func (l *Listener) closeAll(which func(*conn) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		if which(c) {
			_ = c.Conn.Close()
		}
	}
}

// conn knows whether the server waits for its client.
type conn struct {
	net.Conn
	of      *Listener
	since   atomic.Int64 // when it was accepted or last got an answer, in Unix ns
	blocked atomic.Bool  // not read yet, in Read or in Write: the server waits for the client
	begun   atomic.Bool  // a part of a request has arrived
	once    sync.Once
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	c.block()
	defer c.blocked.Store(false)
	// Drain looks at blocked after it has set draining, so one of the two sees it.
	if c.of.draining.Load() && !c.begun.Load() {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.begun.Store(true)
	}
	return n, err
}

// block says that the server waits for the client from now on. Its place may go to
// a newcomer.
func (c *conn) block() {
	c.blocked.Store(true)
	if !c.of.full.Load() {
		return
	}
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.changed.Signal()
}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	c.block()
	defer c.blocked.Store(false)
	n, err := c.Conn.Write(p)
	if !bytes.HasPrefix(p, interim) {
		c.since.Store(time.Now().UnixNano())
		c.begun.Store(false)
	}
	return n, err
}

// interim begins an answer such as 100 Continue, after which the request goes on
// (RFC 9110 section 15.2).
var interim = []byte("HTTP/1.1 1")

// Close implements net.Conn.
func (c *conn) Close() error {
	c.once.Do(func() { c.of.remove(c) })
	return c.Conn.Close()
}
