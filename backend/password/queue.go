package password

import (
	"context"
	"slices"
	"sync"
	"time"

	"imagemaster/backend/apperr"
)

const (
	waitingPerSlot  = 16
	maxWait         = 2 * time.Second
	placesPerSource = 2
)

// queue gives out slots for hashing. When all are taken, callers wait in line.
// Preferred callers (sessions, and browsers that have signed in before) go ahead
// of the others; when the line is full, a preferred caller replaces the last one
// if that is not preferred. So a flood of sign-ins from unrecognised browsers
// delays those browsers only.
type queue struct {
	mu       sync.Mutex
	free     int
	capacity int            // of the line
	line     []*waiter      // preferred callers first
	places   map[string]int // slots and waiting places of ordinary callers, by address
}

// waiter is one caller. Its answer is sent once, under the lock, when it is taken
// out of the line.
type waiter struct {
	address   string
	preferred bool
	answer    chan bool // true: the waiter has a slot; false: it was replaced
}

func newQueue(slots int) queue {
	return queue{free: slots, capacity: slots * waitingPerSlot, places: make(map[string]int)}
}

// Enter waits at most two seconds for a slot and returns the function that gives
// it back, which may be called more than once. Call it before a name is looked
// up, so that a refusal reveals nothing about the name. Ordinary callers have at
// most two places for each address; the caller of Enter decides what an address
// is (an IPv6 client counts as its /64). The error is apperr.Busy with Wait, or
// that of ctx.
func (h *Hasher) Enter(ctx context.Context, address string, preferred bool) (leave func(), err error) {
	q := &h.queue
	w := &waiter{address: address, preferred: preferred, answer: make(chan bool, 1)}
	if err := q.join(w); err != nil {
		return nil, err
	}
	if err := q.wait(ctx, w); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { q.leave(w) }), nil
}

// join takes a free slot, and answers at once, or a place in line.
func (q *queue) join(w *waiter) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !w.preferred && q.places[w.address] >= placesPerSource {
		return busy()
	}
	switch last := len(q.line) - 1; {
	case q.free > 0:
		q.free--
		w.answer <- true
	case len(q.line) < q.capacity:
		q.lineUp(w)
	case w.preferred && !q.line[last].preferred:
		q.forget(q.line[last])
		q.line[last].answer <- false
		q.line = q.line[:last]
		q.lineUp(w)
	default:
		return busy()
	}
	if !w.preferred {
		q.places[w.address]++
	}
	return nil
}

// lineUp puts w at the end of the line, or of its preferred part.
func (q *queue) lineUp(w *waiter) {
	at := len(q.line)
	for w.preferred && at > 0 && !q.line[at-1].preferred {
		at--
	}
	q.line = slices.Insert(q.line, at, w)
}

func (q *queue) wait(ctx context.Context, w *waiter) error {
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case granted := <-w.answer:
		if !granted {
			return busy()
		}
		return nil
	case <-timer.C:
		q.abandon(w)
		return busy()
	case <-ctx.Done():
		q.abandon(w)
		return ctx.Err()
	}
}

// abandon takes w out of the line. If w was given a slot at the same moment, the
// next waiter gets it.
func (q *queue) abandon(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case granted := <-w.answer:
		if granted {
			q.forget(w)
			q.pass()
		}
	default:
		q.forget(w)
		q.line = slices.DeleteFunc(q.line, func(other *waiter) bool { return other == w })
	}
}

func (q *queue) leave(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forget(w)
	q.pass()
}

// pass gives a slot to the first in line. The lock is held.
func (q *queue) pass() {
	if len(q.line) == 0 {
		q.free++
		return
	}
	q.line[0].answer <- true
	q.line = q.line[1:]
}

// forget gives back the place of an ordinary caller. The lock is held.
func (q *queue) forget(w *waiter) {
	if w.preferred {
		return
	}
	if q.places[w.address]--; q.places[w.address] == 0 {
		delete(q.places, w.address)
	}
}

func busy() error {
	return &apperr.Error{Code: apperr.Busy, Message: "The server is busy. Try again in a moment.", Wait: maxWait}
}
