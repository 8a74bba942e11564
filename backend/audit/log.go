package audit

import (
	"context"
	"log/slog"

	"imagemaster/backend/database"
	"imagemaster/backend/metrics"
)

type logKey struct{}

// WithLog returns a context in which Record also writes a line for each event,
// once it is committed. The log may add to each line what identifies a request.
func WithLog(ctx context.Context, log *slog.Logger) context.Context {
	return context.WithValue(ctx, logKey{}, log)
}

// logAfterCommit counts an event, and writes its line, when its transaction has
// committed.
func logAfterCommit(ctx context.Context, tx *database.Tx, e Event) {
	database.AfterCommit(tx, func() {
		metrics.Event(string(e.Kind), string(e.Outcome), e.Factor, e.Reason)
		if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
			e.log(ctx, log)
		}
	})
}

// log writes one line. An event that failed is a warning, so that it stands out. The
// line leaves out what the log has of its own: time, version and host.
func (e *Event) log(ctx context.Context, log *slog.Logger) {
	level := slog.LevelInfo
	if e.Outcome != OK {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("event", string(e.Kind)), slog.String("outcome", string(e.Outcome))}
	for _, a := range []struct{ name, value string }{
		{"reason", e.Reason}, {"actor", e.Actor}, {"username", e.Username}, {"name_hash", e.NameHash},
		{"factor", e.Factor}, {"lane", e.Lane}, {"address", e.Address}, {"proxy", e.Proxy},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.name, a.value))
		}
	}
	if e.AccountID != nil {
		attrs = append(attrs, slog.Int64("account_id", *e.AccountID))
	}
	if e.SessionID != 0 {
		attrs = append(attrs, slog.Int64("session_id", e.SessionID))
	}
	if e.Count != 0 {
		attrs = append(attrs, slog.Int("count", e.Count))
	}
	log.LogAttrs(ctx, level, "security event", attrs...)
}
