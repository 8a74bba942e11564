package health_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/health"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// failureOf returns the name of the check that makes a monitor not ready.
func failureOf(m *health.Monitor) string {
	var f *health.Failure
	if errors.As(m.Ready(), &f) {
		return f.Check
	}
	return ""
}

// The answer comes from memory: it changes with a check, and ends to count when no
// check comes to its end.
func TestMonitor(t *testing.T) {
	var log bytes.Buffer
	var clock time.Duration
	var first, second error
	m := health.New(slog.New(slog.NewTextHandler(&log, nil)), func() time.Duration { return clock },
		health.Check{Name: "first", Run: func(context.Context) error { return first }},
		health.Check{Name: "second", Run: func(context.Context) error { return second }})
	expect := func(want string) {
		t.Helper()
		if got := failureOf(m); got != want {
			t.Errorf("not ready because of %q, want %q", got, want)
		}
	}
	expect("start")
	_ = m.Check(t.Context())
	expect("")
	second = errors.New("gone")
	expect("")
	_ = m.Check(t.Context())
	_ = m.Check(t.Context())
	expect("second")
	first = errors.New("gone too")
	_ = m.Check(t.Context())
	expect("first")
	first, second = nil, nil
	_ = m.Check(t.Context())
	clock += 30 * time.Second
	expect("")
	clock += time.Second
	expect("stale")
	_ = m.Check(t.Context())
	expect("")
	if got := strings.Count(log.String(), "is not ready"); got != 2 {
		t.Errorf("the log tells %d times that the instance is not ready:\n%s", got, log.String())
	}
}

// A check that hangs ends after five seconds, and one that the end of the server
// interrupts changes nothing.
func TestInterruptedCheck(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := health.New(slog.New(slog.DiscardHandler), func() time.Duration { return 0 },
		health.Check{Name: "hangs", Run: func(ctx context.Context) error {
			if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 5*time.Second {
				t.Error("a check has no deadline")
			}
			cancel()
			<-ctx.Done()
			return ctx.Err()
		}})
	_ = m.Check(ctx)
	if got := failureOf(m); got != "start" {
		t.Errorf("not ready because of %q", got)
	}
}

// The heartbeat fails while the database server is away, and shows which instances
// run.
func TestHeartbeat(t *testing.T) {
	server := testdb.NewServer(t)
	db := testdb.Open(t, server.Options())
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	one, other := database.NewInstance("one"), database.NewInstance("other")
	beat := func(i database.Instance) error {
		return health.Heartbeat(db, i, func() time.Time { return now }).Run(t.Context())
	}
	alive := func(want ...string) {
		t.Helper()
		found, err := db.Alive(t.Context(), now.Add(-30*time.Second))
		var got []string
		for _, i := range found {
			got = append(got, i.Host)
		}
		if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("alive are %v, %v, want %v", got, err, want)
		}
	}
	// The first check of a start and the background one may come at the same moment.
	both := make(chan error, 2)
	for range 2 {
		go func() { both <- beat(one) }()
	}
	if err := errors.Join(<-both, <-both); err != nil {
		t.Fatalf("two heartbeats at once: %v", err)
	}
	if err := errors.Join(beat(one), beat(other), beat(one)); err != nil {
		t.Fatal(err)
	}
	alive("one", "other")
	now = now.Add(31 * time.Second)
	if err := beat(other); err != nil {
		t.Fatal(err)
	}
	alive("other")
	server.Stop()
	if err := beat(other); err == nil {
		t.Error("the heart beats without a database")
	}
	server.Start()
	if err := errors.Join(beat(other), db.Leave(t.Context(), other)); err != nil {
		t.Error(err)
	}
	alive()
}

func TestSpace(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		if err := health.Space(db).Run(t.Context()); err != nil {
			t.Errorf("on the disk of the tests: %v", err)
		}
	})
	t.Run("a small disk", func(t *testing.T) {
		db := testdb.Open(t, database.Options{DataDir: testdb.SmallDisk(t, "48m")})
		if err := health.Space(db).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "MiB are free beside the database, 64 are needed") {
			t.Errorf("on a disk of 48 MiB: %v", err)
		}
	})
}
