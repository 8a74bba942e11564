package api

import (
	"math"
	"time"
)

// timeFormat is RFC 3339 in UTC, always with three digits of milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

func stamp(t time.Time) string { return t.UTC().Format(timeFormat) }

// stampOrNull returns nil for the zero time, which stands for never.
func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := stamp(t)
	return &text
}

// seconds rounds up, so that nobody tries again too early.
func seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }
