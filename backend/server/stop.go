package server

import (
	"context"
	"errors"
	"net"
	"time"

	"imagemaster/backend/listener"
	"imagemaster/backend/systemd"
)

// drainTime is how long requests may take to finish after a signal to stop. The
// whole stop takes at most 5 seconds: after 10, docker kills.
const drainTime = 3 * time.Second

// app is the part of the HTTP interface that this package calls: starting and
// stopping it. Its type belongs to Fiber, which this package may not import.
type app interface {
	Listener(listener net.Listener) error
	ShutdownWithContext(ctx context.Context) error
}

// tellManager tells the service manager a state.
func (s *server) tellManager(state string) {
	if err := systemd.Notify(state); err != nil {
		s.log.Warn("the service manager was not told", "error", err.Error())
	}
}

// stop turns readiness off, closes idle connections, lets requests finish for
// drainTime and cuts off the rest (docs/evidence.md, K7).
func (s *server) stop(web app, clients *listener.Listener) error {
	s.stopping.Store(true)
	s.tellManager(systemd.Stopping)
	s.log.Info("stopping")
	return s.drain(web, clients)
}

// drain lets the requests to one listener finish.
func (s *server) drain(web app, clients *listener.Listener) error {
	clients.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := web.ShutdownWithContext(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests under way were cut off", "after", drainTime.String())
		clients.Cut()
		return nil
	}
	return err
}
