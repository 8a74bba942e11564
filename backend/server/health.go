package server

import (
	"errors"
	"time"

	"imagemaster/backend/health"
)

var errStopping error = &health.Failure{Check: "stopping", Err: errors.New("the server is stopping")}

// ready reports why requests should not be sent here: the server is stopping, or
// the last check of its health failed (docs/evidence.md, K6).
func (s *server) ready() error {
	if s.stopping.Load() {
		return errStopping
	}
	return s.health.Ready()
}

// newMonitor returns the checks of this instance. Space comes first: on a full disk
// the heartbeat would write what the reserve was kept for.
func (s *server) newMonitor(age func() time.Duration) *health.Monitor {
	db := s.system.DB
	return health.New(s.log, age, health.Space(db), health.Heartbeat(db, s.instance, s.process.Now), health.Schema(db),
		health.Keys(db, s.system.Keys, s.config.KeyFile))
}
