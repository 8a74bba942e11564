package password

import (
	"context"
	"slices"
	"sync"
	"time"

	"imagemaster/backend/apperr"
)

const (
	maxWait          = 2 * time.Second
	preferredPlaces  = 2
	preferredRow     = 3
	firstHold        = 50 * time.Millisecond // assumed until slots have been given back
	minHold, maxHold = time.Millisecond, time.Second
)

// Source says on whose behalf a slot is wanted.
type Source struct {
	Address string // what counts as one address; the caller decides (of IPv6 a whole site, its /48)
	Account int64  // of a session or of a browser that has signed in before; 0 = unrecognised
}

// queue gives out slots for hashing. When all are taken, callers wait in line,
// up to two seconds of work. The rules:
//   - Recognised accounts go first, each with at most two places. What they ask
//     for beyond that waits like everybody else. After three of them in a row one of
//     the others has its turn, so that some accounts together shut nobody out.
//   - All others wait by address, and the addresses take turns. One address may
//     use every place that is free. When none is, a newcomer takes the last place
//     of the address that has most, if that one has at least two more than the
//     newcomer's. A recognised account always takes it.
//
// So a classroom behind one address gets in, and a flood from one address, or
// from one account, delays itself.
type queue struct {
	mu        sync.Mutex
	slots     int
	free      int
	hold      time.Duration // how long a slot is held, on average
	preferred []*waiter
	row       int           // slots given to preferred callers in a row while others wait
	accounts  map[int64]int // preferred places and slots, by account
	lines     map[string][]*waiter
	turns     []string // addresses with a line, the next one first
	waiting   int      // in all lines
}

// waiter is one caller. Its answer is sent once, under the lock, when it is taken
// out of the line.
type waiter struct {
	source    Source
	preferred bool
	answer    chan bool // true: the waiter has a slot; false: it was replaced
	since     time.Time // it has the slot
}

func newQueue(slots int) queue {
	return queue{slots: slots, free: slots, hold: firstHold, accounts: map[int64]int{}, lines: map[string][]*waiter{}}
}

// Enter waits at most two seconds for a slot and returns the function that gives
// it back, which may be called more than once. Call it before a name is looked
// up, so that a refusal reveals nothing about the name. The error is apperr.Busy
// with Wait, or that of ctx.
func (h *Hasher) Enter(ctx context.Context, source Source) (leave func(), err error) {
	q := &h.queue
	w := &waiter{source: source, answer: make(chan bool, 1)}
	if err := q.join(w); err != nil {
		return nil, err
	}
	if err := q.wait(ctx, w); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { q.leave(w) }), nil
}

// Waiting returns how many callers wait for a slot.
func (h *Hasher) Waiting() int {
	h.queue.mu.Lock()
	defer h.queue.mu.Unlock()
	return h.queue.waiting
}

// join takes a free slot, and answers at once, or a place in line.
func (q *queue) join(w *waiter) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	w.preferred = w.source.Account != 0 && q.accounts[w.source.Account] < preferredPlaces
	if q.free == 0 && q.waiting >= q.capacity() && !q.replaceFor(w) {
		return busy()
	}
	if w.preferred {
		q.accounts[w.source.Account]++
	}
	if q.free > 0 {
		q.free--
		q.give(w)
		return nil
	}
	q.waiting++
	if w.preferred {
		q.preferred = append(q.preferred, w)
		return nil
	}
	at := w.source.Address
	if len(q.lines[at]) == 0 {
		q.turns = append(q.turns, at)
	}
	q.lines[at] = append(q.lines[at], w)
	return nil
}

// capacity is how many callers can be served within maxWait.
func (q *queue) capacity() int { return max(q.slots, q.slots*int(maxWait/q.hold)) }

// replaceFor refuses the last waiter of the longest line to make room for w, and
// reports false if no line is long enough.
func (q *queue) replaceFor(w *waiter) bool {
	longest := ""
	for _, at := range q.turns {
		if len(q.lines[at]) > len(q.lines[longest]) {
			longest = at
		}
	}
	line := q.lines[longest]
	if len(line) == 0 || !w.preferred && len(line) <= len(q.lines[w.source.Address])+1 {
		return false
	}
	last := line[len(line)-1]
	q.remove(last)
	last.answer <- false
	return true
}

// remove takes a waiter out of its line. The lock is held.
func (q *queue) remove(w *waiter) {
	is := func(other *waiter) bool { return other == w }
	q.waiting--
	if w.preferred {
		q.preferred = slices.DeleteFunc(q.preferred, is)
		q.forget(w)
		return
	}
	at := w.source.Address
	if q.lines[at] = slices.DeleteFunc(q.lines[at], is); len(q.lines[at]) == 0 {
		delete(q.lines, at)
		q.turns = slices.DeleteFunc(q.turns, func(other string) bool { return other == at })
	}
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
		q.remove(w)
	}
}

func (q *queue) leave(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hold += (min(max(time.Since(w.since), minHold), maxHold) - q.hold) / 8
	q.forget(w)
	q.pass()
}

// give sends w its slot. The lock is held.
func (q *queue) give(w *waiter) {
	w.since = time.Now()
	w.answer <- true
}

// pass gives a slot to the next in line: a preferred caller, or else the first of
// the address whose turn it is. The lock is held.
func (q *queue) pass() {
	switch {
	case len(q.preferred) > 0 && (q.row < preferredRow || len(q.turns) == 0):
		q.row++
		w := q.preferred[0]
		q.preferred = q.preferred[1:]
		q.waiting--
		q.give(w)
	case len(q.turns) > 0:
		q.row = 0
		at := q.turns[0]
		w := q.lines[at][0]
		q.remove(w)
		if len(q.lines[at]) > 0 {
			q.turns = append(q.turns[1:], at)
		}
		q.give(w)
	default:
		q.free++
	}
}

// forget gives back the place of a preferred caller. The lock is held.
func (q *queue) forget(w *waiter) {
	if !w.preferred {
		return
	}
	if q.accounts[w.source.Account]--; q.accounts[w.source.Account] == 0 {
		delete(q.accounts, w.source.Account)
	}
}

func busy() error {
	return &apperr.Error{Code: apperr.Busy, Message: "The server is busy. Try again in a moment.", Wait: maxWait}
}
