package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/metrics"
	"imagemaster/backend/testdb"
)

// A guesser fills neither the tables nor the log: of what is alike in an hour 20
// events are lines, and one sums them up when the hour is over. The metrics count
// each event once.
func TestRepeatedEventsAreFewLines(t *testing.T) {
	type recorder func(ctx context.Context, tx *database.Tx, e audit.Event) error
	type flusher func(ctx context.Context, tx *database.Tx, like audit.Event, limit int) (int, error)
	once := func(ctx context.Context, tx *database.Tx, e audit.Event) error { return audit.Record(ctx, tx, e) }
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		account := int64(7)
		for kind, c := range map[audit.Kind]struct {
			record recorder
			flush  flusher
			sum    int
		}{
			"recorded":  {once, audit.FlushRepeats, 5},
			"held_back": {audit.CountThrottled, audit.FlushThrottled, 25},
		} {
			kind += audit.Kind("_" + db.Engine())
			var log bytes.Buffer
			ctx := audit.WithLog(t.Context(), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			do := func(act func(tx *database.Tx) error) {
				t.Helper()
				if err := db.InTx(ctx, act); err != nil {
					t.Fatal(err)
				}
			}
			for range 25 {
				e := audit.Event{At: start.UnixMilli(), Kind: kind, Outcome: audit.Denied, Reason: audit.ReasonWait, AccountID: &account, Actor: audit.Person}
				do(func(tx *database.Tx) error { return c.record(ctx, tx, e) })
			}
			do(func(tx *database.Tx) error {
				_, err := c.flush(ctx, tx, audit.Event{At: start.Add(time.Hour).UnixMilli()}, 10)
				return err
			})
			warnings, debug := strings.Count(log.String(), "level=WARN"), strings.Count(log.String(), "level=DEBUG")
			if warnings != 21 || debug != 5 || !strings.HasSuffix(log.String(), fmt.Sprintf(" count=%d\n", c.sum)) {
				t.Errorf("%s: %d warnings, %d lines for debugging, the last of them:\n%s", kind, warnings, debug, log.String())
			}
			answer := httptest.NewRecorder()
			metrics.Handler("").ServeHTTP(answer, httptest.NewRequest("GET", "http://localhost/metrics", nil))
			if want := fmt.Sprintf("imagemaster_events_total{event=%q,outcome=\"denied\",factor=\"\",reason=\"wait\"} 25\n", kind); !strings.Contains(answer.Body.String(), want) {
				t.Errorf("the metrics lack %s", want)
			}
		}
	})
}
