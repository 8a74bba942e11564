package auth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"imagemaster/backend/database"
)

// MaxStale is how long this instance may go on with what another one has changed.
const MaxStale = time.Second

// readTimeout is how long a check may wait for the database.
const readTimeout = 10 * time.Second

// kept keeps in memory what many requests need and administrators seldom change. It is
// looked at again after MaxStale, and when this process has changed it.
type kept[T any] struct {
	mu   sync.Mutex // held while it is read
	seen atomic.Pointer[seen[T]]
	// What the last reading that failed has said, for those who waited for it meanwhile:
	// they must not all wait for the database one after the other.
	failed   error
	failedAt time.Time
}

// seen is what something was at a time.
type seen[T any] struct {
	value   T
	changes uint64    // by this process, before it was looked at
	at      time.Time // before it was looked at
}

func (s *seen[T]) counts(changes uint64, now time.Time) bool {
	return s != nil && s.changes == changes && now.Sub(s.at) < MaxStale
}

// get returns the value as it is now, at most MaxStale old. changes grows when this process
// may have changed it. read gets the former value, nil = there is none.
func (k *kept[T]) get(ctx context.Context, db *database.DB, changes func() uint64, read func(ctx context.Context, tx *database.Tx, former *T) (T, error)) (T, error) {
	if last := k.seen.Load(); last.counts(changes(), time.Now()) {
		return last.value, nil
	}
	waits := time.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh := &seen[T]{changes: changes(), at: time.Now()}
	last := k.seen.Load()
	switch {
	case last.counts(fresh.changes, fresh.at): // another request has read it meanwhile
		return last.value, nil
	case k.failed != nil && waits.Before(k.failedAt):
		return fresh.value, k.failed
	}
	var former *T
	if last != nil {
		former = &last.value
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var err error
	if fresh.value, err = read(ctx, db.Read(ctx), former); err != nil {
		if !errors.Is(err, context.Canceled) { // that is of this caller alone
			k.failed, k.failedAt = err, time.Now()
		}
		return fresh.value, err
	}
	k.seen.Store(fresh)
	return fresh.value, nil
}
