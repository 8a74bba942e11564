package password

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"imagemaster/backend/apperr"
)

// The tests run in a synctest bubble: its clock moves only when all goroutines
// wait, and synctest.Wait returns at that moment.

func mustBeBusy(t *testing.T, err error) {
	t.Helper()
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != apperr.Busy || e.Wait <= 0 {
		t.Fatalf("error = %v, want busy with a wait", err)
	}
}

func mustEnter(t *testing.T, h *Hasher, address string, preferred bool) (leave func()) {
	t.Helper()
	leave, err := h.Enter(context.Background(), address, preferred)
	if err != nil {
		t.Fatalf("Enter(%q, %v): %v", address, preferred, err)
	}
	return leave
}

// mustBeEmpty checks that every slot and place is free again.
func mustBeEmpty(t *testing.T, h *Hasher, slots int) {
	t.Helper()
	q := &h.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free != slots || len(q.line) != 0 || len(q.places) != 0 {
		t.Errorf("left behind: free %d of %d, %d in line, places %v", q.free, slots, len(q.line), q.places)
	}
}

func TestNeverMoreThanSlotsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slots, callers = 3, 40
		h := NewHasher(slots, DefaultCost)
		var mu sync.Mutex
		inside, most, served := 0, 0, 0
		for i := range callers {
			go func() {
				leave, err := h.Enter(context.Background(), fmt.Sprint(i), i%3 == 0)
				if err != nil {
					t.Errorf("caller %d: %v", i, err)
					return
				}
				mu.Lock()
				inside++
				served++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(50 * time.Millisecond) // the bubble's clock: the length of a hash
				mu.Lock()
				inside--
				mu.Unlock()
				leave()
			}()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if most != slots || served != callers || inside != 0 {
			t.Errorf("at most %d at once, %d served, %d still inside", most, served, inside)
		}
		mustBeEmpty(t, h, slots)
	})
}

func TestPreferredGoFirstAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, "first", false)
		var order []string
		for _, c := range []struct {
			name      string
			preferred bool
		}{{"o1", false}, {"o2", false}, {"p1", true}, {"o3", false}, {"p2", true}} {
			go func() {
				leave, err := h.Enter(context.Background(), c.name, c.preferred)
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
					return
				}
				order = append(order, c.name) // one slot: one at a time
				leave()
			}()
			synctest.Wait() // each waits in line before the next one enters
		}
		hold()
		synctest.Wait()
		if got := fmt.Sprint(order); got != "[p1 p2 o1 o2 o3]" {
			t.Errorf("order %s", got)
		}
		mustBeEmpty(t, h, 1)
	})
}

func TestTwoPlacesPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, "192.0.2.1", false)
		done := make(chan error, 1)
		go func() {
			leave, err := h.Enter(context.Background(), "192.0.2.1", false)
			if err == nil {
				leave()
			}
			done <- err
		}()
		synctest.Wait()
		_, err := h.Enter(context.Background(), "192.0.2.1", false)
		mustBeBusy(t, err)

		// Preferred callers and other addresses are not held back by it.
		for _, c := range []struct {
			address   string
			preferred bool
		}{{"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.2", false}, {"", false}} {
			go func() {
				leave, err := h.Enter(context.Background(), c.address, c.preferred)
				if err != nil {
					t.Errorf("%+v: %v", c, err)
					return
				}
				leave()
			}()
		}
		synctest.Wait()
		hold()
		if err := <-done; err != nil {
			t.Errorf("second place: %v", err)
		}
		synctest.Wait()
		mustBeEmpty(t, h, 1)
		leave := mustEnter(t, h, "192.0.2.1", false) // the places came back
		leave()
	})
}

func TestFullQueueRefusesAtOnceAndMakesRoomForPreferred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, "first", false)
		results := make([]error, waitingPerSlot)
		for i := range waitingPerSlot {
			go func() {
				leave, err := h.Enter(context.Background(), fmt.Sprint(i), false)
				if results[i] = err; err == nil {
					leave()
				}
			}()
			synctest.Wait()
		}
		start := time.Now()
		_, err := h.Enter(context.Background(), "one more", false)
		mustBeBusy(t, err)
		if time.Since(start) != 0 {
			t.Error("a full queue let the caller wait")
		}
		var preferred error
		go func() {
			leave, err := h.Enter(context.Background(), "known", true)
			if preferred = err; err == nil {
				leave()
			}
		}()
		synctest.Wait()
		mustBeBusy(t, results[waitingPerSlot-1]) // the last one was replaced
		hold()
		synctest.Wait()
		if preferred != nil {
			t.Errorf("preferred caller: %v", preferred)
		}
		for i, err := range results[:waitingPerSlot-1] {
			if err != nil {
				t.Errorf("ordinary caller %d: %v", i, err)
			}
		}
		mustBeEmpty(t, h, 1)
	})
}

func TestFullQueueOfPreferredRefusesPreferred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, "first", true)
		for range waitingPerSlot {
			go func() {
				leave, err := h.Enter(context.Background(), "", true)
				if err != nil {
					t.Error(err)
					return
				}
				leave()
			}()
		}
		synctest.Wait()
		_, err := h.Enter(context.Background(), "", true)
		mustBeBusy(t, err)
		hold()
		synctest.Wait()
		mustBeEmpty(t, h, 1)
	})
}

func TestWaitEndsAfterTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, "first", false)
		for _, preferred := range []bool{false, true} {
			start := time.Now()
			_, err := h.Enter(context.Background(), "second", preferred)
			mustBeBusy(t, err)
			if waited := time.Since(start); waited != 2*time.Second {
				t.Errorf("preferred %v waited %v", preferred, waited)
			}
		}
		hold()
		mustBeEmpty(t, h, 1)
	})
}

func TestCancelledCallerLeavesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, "first", false)
		ctx, cancel := context.WithCancel(context.Background())
		gone := make(chan error, 1)
		go func() {
			_, err := h.Enter(ctx, "gone", false)
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
		hold()
		mustBeEmpty(t, h, 1)
	})
}

// A slot that is given to a caller who leaves at that moment goes to the next.
func TestSlotGivenToSomebodyWhoLeft(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	q := &h.queue
	hold := mustEnter(t, h, "first", false)
	gone := &waiter{address: "gone", answer: make(chan bool, 1)}
	next := &waiter{address: "next", answer: make(chan bool, 1)}
	for _, w := range []*waiter{gone, next} {
		if err := q.join(w); err != nil {
			t.Fatal(err)
		}
	}
	hold()          // gives the slot to gone
	q.abandon(gone) // before gone has read its answer
	select {
	case granted := <-next.answer:
		if !granted {
			t.Error("the next waiter was refused")
		}
	default:
		t.Error("the slot is lost")
	}
	q.leave(next)
	mustBeEmpty(t, h, 1)
}

func TestLeaveTwiceGivesOneSlotBack(t *testing.T) {
	h := NewHasher(2, DefaultCost)
	first := mustEnter(t, h, "a", false)
	second := mustEnter(t, h, "a", false)
	first()
	first()
	second()
	mustBeEmpty(t, h, 2)
}

func TestAtLeastOneSlot(t *testing.T) {
	h := NewHasher(0, DefaultCost)
	mustEnter(t, h, "a", false)()
	mustBeEmpty(t, h, 1)
}

// Many goroutines with real hashes, for the race detector.
func TestManyRealCallers(t *testing.T) {
	h := NewHasher(2, DefaultCost)
	var wg sync.WaitGroup
	var mu sync.Mutex
	inside, most := 0, 0
	for i := range 12 {
		wg.Go(func() {
			leave, err := h.Enter(t.Context(), fmt.Sprint(i), i%2 == 0)
			if err != nil {
				return // a slow machine may run into the two seconds
			}
			defer leave()
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			h.Key([]byte("code"), []byte("0123456789abcdef"))
			mu.Lock()
			inside--
			mu.Unlock()
		})
	}
	wg.Wait()
	if most == 0 || most > 2 {
		t.Errorf("%d at once", most)
	}
	mustBeEmpty(t, h, 2)
}
