// Package health finds out whether this instance can serve requests.
//
// A Monitor runs its checks every ten seconds, each second while one fails, and keeps the result, so that the
// answer to a load balancer costs nothing and cannot be used to make the server
// work. The operator's command doctor runs the same checks, but for the heartbeat.
package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
)

// The times of the checks. A result older than staleAfter counts as a failure:
// then a check hangs.
const (
	interval   = 10 * time.Second
	retry      = time.Second // while a check fails
	timeout    = 5 * time.Second
	staleAfter = 30 * time.Second
)

// Check is one thing that an instance needs.
type Check struct {
	Name string // may be told to anybody
	Run  func(ctx context.Context) error
}

// Failure is a check that failed.
type Failure struct {
	Check string
	Err   error // for the operator only
}

func (f *Failure) Error() string { return f.Check + ": " + f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// Schema checks that the database has the tables that this program needs.
func Schema(db *database.DB) Check {
	return Check{"schema", db.Ping}
}

// Keys checks that the key file is there, that it opens what the database holds,
// and that the running instance has read it.
func Keys(db *database.DB, ring *secretbox.Keyring, file string) Check {
	return Check{"key_file", func(ctx context.Context) error { return rotation.Ready(ctx, db, ring, file) }}
}

// Space checks that the embedded database can grow.
func Space(db *database.DB) Check {
	return Check{"free_space", func(context.Context) error {
		free, known, err := db.FreeSpace()
		if err == nil && known && free < database.MinFreeSpace {
			err = fmt.Errorf("only %d MiB are free beside the database, %d are needed", free>>20, database.MinFreeSpace>>20)
		}
		return err
	}}
}

// Heartbeat checks that the database can be written: each time it stores when this
// instance was last alive.
func Heartbeat(db *database.DB, instance database.Instance, now func() time.Time) Check {
	return Check{"database", func(ctx context.Context) error { return db.Beat(ctx, instance, now()) }}
}

// Monitor keeps the result of the checks. It is safe for concurrent use.
type Monitor struct {
	checks  []Check
	log     *slog.Logger
	now     func() time.Duration // of a clock that nobody sets
	mu      sync.Mutex
	failure *Failure
	at      time.Duration
}

// New returns a Monitor. now is the time since any moment, of a clock that nobody
// sets.
func New(log *slog.Logger, now func() time.Duration, checks ...Check) *Monitor {
	return &Monitor{checks: checks, log: log, now: now, failure: &Failure{"start", errors.New("nothing was checked yet")}}
}

// Run checks until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	for {
		pause := interval
		if m.Check(ctx) != nil {
			pause = retry
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Check runs the checks once, until one fails, and returns its Failure. The log
// tells when the result changes.
func (m *Monitor) Check(ctx context.Context) error {
	failure := m.first(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	before := m.failure
	m.failure, m.at = failure, m.now()
	m.mu.Unlock()
	switch {
	case failure == nil && before != nil:
		m.log.Info("this instance is ready")
		return nil
	case failure == nil:
		return nil
	case before == nil || before.Check != failure.Check:
		m.log.Error("this instance is not ready", "check", failure.Check, "error", failure.Err.Error())
	}
	return failure
}

func (m *Monitor) first(ctx context.Context) *Failure {
	for _, c := range m.checks {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		err := c.Run(ctx)
		cancel()
		if err != nil {
			return &Failure{c.Name, err}
		}
	}
	return nil
}

// Ready returns the Failure of the last check, nil if there was none.
func (m *Monitor) Ready() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failure != nil {
		return m.failure
	}
	if age := m.now() - m.at; age > staleAfter {
		return &Failure{"stale", fmt.Errorf("the last check was %s ago", age.Round(time.Second))}
	}
	return nil
}
