package auth

import (
	"sync"
	"time"
)

// maxAppCallers is how many callers an instance keeps in memory.
const maxAppCallers = 10_000

// appCallers keeps the facts about people in applications, never what was decided from
// them. An entry counts for MaxStale from before it was read, and until this process
// commits anything but a minor transaction: what it ends is ended with the next request.
// Only callers that count are kept, so that nobody fills it with invented cookies.
type appCallers struct {
	mu      sync.RWMutex
	entries map[appKey]appEntry
}

type appKey struct {
	token [32]byte // SHA-256 of the token
	host  string
}

type appEntry struct {
	caller  *AppCaller
	commits uint64    // of the process, before it was read
	readAt  time.Time // before it was read; by the clock that nobody sets
}

func (e appEntry) counts(commits uint64, now time.Time) bool {
	return e.commits == commits && now.Sub(e.readAt) < MaxStale
}

func (a *appCallers) find(key appKey, commits uint64) *AppCaller {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if entry, ok := a.entries[key]; ok && entry.counts(commits, time.Now()) {
		return entry.caller
	}
	return nil
}

func (a *appCallers) keep(key appKey, entry appEntry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.entries == nil || len(a.entries) >= maxAppCallers {
		a.forgetOld(entry.commits)
	}
	a.entries[key] = entry
}

func (a *appCallers) forget(key appKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.entries, key)
}

// forgetOld makes room. If all entries still count, all are forgotten: each is read again
// with its next request.
func (a *appCallers) forgetOld(commits uint64) {
	now, kept := time.Now(), map[appKey]appEntry{}
	for key, entry := range a.entries {
		if entry.counts(commits, now) {
			kept[key] = entry
		}
	}
	if len(kept) >= maxAppCallers {
		clear(kept)
	}
	a.entries = kept
}
