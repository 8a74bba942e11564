package server

import (
	"context"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/listener"
	"imagemaster/backend/metrics"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// metricsConnections is how many readers of the metrics may be connected. What they
// take of the files of the process must not be missing elsewhere.
const metricsConnections = 16

// serveMetrics answers readers of the metrics, if there is an address for them,
// and returns what ends it.
func (s *server) serveMetrics(ctx context.Context, clients *listener.Listener) (stop func(), err error) {
	if s.config.MetricsListen == "" {
		return func() {}, nil
	}
	socket, err := listen(ctx, s.config.MetricsListen)
	if err != nil {
		return nil, err
	}
	db := s.system.DB
	for name, value := range map[string]func() float64{
		"ready": func() float64 {
			if s.ready() != nil {
				return 0
			}
			return 1
		},
		"connections":               func() float64 { return float64(clients.Connections()) },
		"hash_queue":                func() float64 { return float64(s.system.Auth.Hasher.Waiting()) },
		"sessions":                  func() float64 { return s.count(ctx, session.Count) },
		"mails_queued":              func() float64 { return s.count(ctx, notify.CountQueued) },
		"database_connections":      func() float64 { open, _ := db.Connections(); return float64(open) },
		"database_connections_used": func() float64 { _, used := db.Connections(); return float64(used) },
	} {
		metrics.Gauge(name, value)
	}
	return metrics.Serve(listener.New(socket, metricsConnections, s.log), s.config.MetricsToken, s.log), nil
}

// count returns a number of rows, -1 while the database is away. Nobody waits long
// for a metric.
func (s *server) count(ctx context.Context, of func(context.Context, *database.Tx) (int64, error)) float64 {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	n, err := of(ctx, s.system.DB.Read(ctx))
	if err != nil {
		return -1
	}
	return float64(n)
}
