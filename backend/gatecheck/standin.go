package gatecheck

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// markHeader marks the requests of a run, and the answers of the stand-in.
const markHeader = "X-Imagemaster-Check"

// mostConnections is how many connections the stand-in serves at once. Browsers of real
// people come along too.
const mostConnections = 64

// standIn takes the place of the application. It answers the requests of its run with
// 200, and those of anybody else with 503.
type standIn struct {
	listener net.Listener
	id       string
	timeout  time.Duration
	work     sync.WaitGroup

	mu      sync.Mutex
	arrived map[string][]head // by mark
}

func newStandIn(ctx context.Context, address, id string, timeout time.Duration) (*standIn, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: stop the application for the time of the check", address)
	case err != nil:
		return nil, fmt.Errorf("cannot take the place of the application: %w", err)
	}
	s := &standIn{listener: listener, id: id, timeout: timeout, arrived: map[string][]head{}}
	s.work.Go(s.serve)
	return s, nil
}

func (s *standIn) close() {
	_ = s.listener.Close()
	s.work.Wait()
}

func (s *standIn) serve() {
	places := make(chan struct{}, mostConnections)
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // such as too many open files
			continue
		}
		places <- struct{}{}
		s.work.Go(func() {
			defer func() { <-places }()
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(s.timeout))
			s.answer(conn)
		})
	}
}

func (s *standIn) answer(conn net.Conn) {
	h, err := readHead(bufio.NewReader(conn))
	if err != nil {
		return
	}
	status := "503 Service Unavailable"
	for _, one := range h.headers {
		if plain(one.name) == plain(markHeader) && strings.HasPrefix(one.value, s.id) {
			status = "200 OK"
			s.mu.Lock()
			s.arrived[one.value] = append(s.arrived[one.value], h)
			s.mu.Unlock()
			break
		}
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\n"+markHeader+": "+s.id+"\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

// of returns what has arrived of a request.
func (s *standIn) of(t try) []head {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrived[t.mark])
}

// plain is a name of a header as applications may see it: many make no difference
// between hyphens, underscores, dots and spaces.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', '.', ' ', '\t':
			return '-'
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
}
