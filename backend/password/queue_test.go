package password

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

func mustEnter(t *testing.T, h *Hasher, source Source) (leave func()) {
	t.Helper()
	leave, err := h.Enter(context.Background(), source)
	if err != nil {
		t.Fatalf("Enter(%+v): %v", source, err)
	}
	return leave
}

func from(address string) Source { return Source{Address: address} }

func known(account int64) Source { return Source{Address: "192.0.2.99", Account: account} }

// arrive lets callers enter one after the other. Each gives its slot back at once
// and puts its name into the order, or into those refused.
type arrivals struct{ order, refused []string }

func (a *arrivals) arrive(h *Hasher, name string, source Source) {
	go func() {
		leave, err := h.Enter(context.Background(), source)
		if err != nil {
			a.refused = append(a.refused, name)
			return
		}
		a.order = append(a.order, name) // one slot: one at a time
		leave()
	}()
	synctest.Wait()
}

// mustBeEmpty checks that every slot and place is free again.
func mustBeEmpty(t *testing.T, h *Hasher, slots int) {
	t.Helper()
	q := &h.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free != slots || q.waiting != 0 || len(q.preferred)+len(q.lines)+len(q.turns)+len(q.accounts) != 0 {
		t.Errorf("left behind: %+v", q)
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
				leave, err := h.Enter(context.Background(), Source{Address: fmt.Sprint(i), Account: int64(i % 3)})
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

// Recognised accounts go first; the others take turns by address.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		var a arrivals
		for _, name := range []string{"a1", "a2", "a3", "b1", "b2", "c1"} {
			a.arrive(h, name, from(name[:1]))
		}
		a.arrive(h, "p1", known(1))
		a.arrive(h, "p2", known(2))
		hold()
		synctest.Wait()
		if got := fmt.Sprint(a.order); got != "[p1 p2 a1 b1 c1 a2 b2 a3]" {
			t.Errorf("order %s", got)
		}
		mustBeEmpty(t, h, 1)
	})
}

// One account has two places ahead of the others. What it asks for beyond them
// waits by its address.
func TestTwoPreferredPlacesForOneAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		var a arrivals
		a.arrive(h, "stranger", from("other"))
		for i := range 30 {
			a.arrive(h, fmt.Sprint("p", i), known(1))
		}
		hold()
		synctest.Wait()
		if got := fmt.Sprint(a.order[:3]); got != "[p0 p1 stranger]" || len(a.order) != 31 {
			t.Errorf("order %v, refused %v", a.order, a.refused)
		}
		mustBeEmpty(t, h, 1)
	})
}

// The line is as long as two seconds of work: 40 hashes of 50 ms.
func TestLineHoldsTwoSecondsOfWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		var a arrivals
		for i := range 41 { // a classroom behind one address
			a.arrive(h, fmt.Sprint(i), from("room"))
		}
		if got := fmt.Sprint(a.refused); got != "[40]" {
			t.Errorf("refused at once: %s, want the one after 40", got)
		}
		hold()
		synctest.Wait()
		if len(a.order) != 40 {
			t.Errorf("%d got in", len(a.order))
		}
		mustBeEmpty(t, h, 1)
	})
}

// The length follows what a hash takes on this machine.
func TestLengthOfTheLineIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(2, DefaultCost)
		for range 100 {
			leave := mustEnter(t, h, from("slow"))
			time.Sleep(500 * time.Millisecond) // the bubble's clock
			leave()
		}
		if got := h.queue.capacity(); got < 7 || got > 9 {
			t.Errorf("with hashes of half a second in two slots %d may wait, want about 8", got)
		}
		for range 200 {
			mustEnter(t, h, from("quick"))()
		}
		if got := h.queue.capacity(); got < 1000 || got > 4000 {
			t.Errorf("with hashes of no time %d may wait", got)
		}
	})
}

// A full line makes room for another address at the expense of the one that has
// most places, and for a recognised account.
func TestFullLineMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		var a arrivals
		for i := range 40 {
			a.arrive(h, fmt.Sprint("f", i), from("flood"))
		}
		a.arrive(h, "other", from("other"))
		a.arrive(h, "known", known(1))
		if got := fmt.Sprint(a.refused); got != "[f39 f38]" {
			t.Errorf("refused: %s", got)
		}
		start := time.Now()
		_, err := h.Enter(context.Background(), from("flood"))
		mustBeBusy(t, err)
		if time.Since(start) != 0 {
			t.Error("the flood waits for its refusal")
		}
		hold()
		synctest.Wait()
		if got := fmt.Sprint(a.order[:3]); got != "[known f0 other]" {
			t.Errorf("order %s", got)
		}
		mustBeEmpty(t, h, 1)
	})
}

// Where every address has one place, nobody is replaced.
func TestFullLineOfSingleCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		var a arrivals
		for i := range 40 {
			a.arrive(h, fmt.Sprint(i), from(fmt.Sprint(i)))
		}
		_, err := h.Enter(context.Background(), from("one more"))
		mustBeBusy(t, err)
		if len(a.refused) != 0 {
			t.Errorf("refused: %v", a.refused)
		}
		hold()
		synctest.Wait()
		mustBeEmpty(t, h, 1)
	})
}

// A line full of recognised accounts refuses one more of them.
func TestFullLineOfPreferred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		var a arrivals
		for i := range 40 {
			a.arrive(h, fmt.Sprint(i), known(int64(i+1)))
		}
		_, err := h.Enter(context.Background(), known(100))
		mustBeBusy(t, err)
		hold()
		synctest.Wait()
		if len(a.order) != 40 || len(a.refused) != 0 {
			t.Errorf("%d got in, refused %v", len(a.order), a.refused)
		}
		mustBeEmpty(t, h, 1)
	})
}

// Some accounts together shut nobody out: after three recognised callers in a row
// one of the others has its turn.
func TestAStrangerHasATurnBesideManyAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		a := &arrivals{}
		for i := range 8 {
			a.arrive(h, fmt.Sprint("account ", i), known(int64(i/2+1)))
		}
		a.arrive(h, "stranger", from("stranger"))
		hold()
		synctest.Wait()
		if slices.Index(a.order, "stranger") != 3 || len(a.order) != 9 {
			t.Errorf("the order is %v", a.order)
		}
		mustBeEmpty(t, h, 1)
	})
}

func TestWaitEndsAfterTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		for _, source := range []Source{from("second"), known(1)} {
			start := time.Now()
			_, err := h.Enter(context.Background(), source)
			mustBeBusy(t, err)
			if waited := time.Since(start); waited != 2*time.Second {
				t.Errorf("%+v waited %v", source, waited)
			}
		}
		hold()
		mustBeEmpty(t, h, 1)
	})
}

func TestCancelledCallerLeavesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, DefaultCost)
		hold := mustEnter(t, h, from("first"))
		ctx, cancel := context.WithCancel(context.Background())
		gone := make(chan error, 1)
		go func() {
			_, err := h.Enter(ctx, from("gone"))
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
	hold := mustEnter(t, h, from("first"))
	gone := &waiter{source: from("gone"), answer: make(chan bool, 1)}
	next := &waiter{source: from("next"), answer: make(chan bool, 1)}
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
	first := mustEnter(t, h, from("a"))
	second := mustEnter(t, h, from("a"))
	first()
	first()
	second()
	mustBeEmpty(t, h, 2)
}

func TestAtLeastOneSlot(t *testing.T) {
	h := NewHasher(0, DefaultCost)
	mustEnter(t, h, from("a"))()
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
			leave, err := h.Enter(t.Context(), Source{Address: fmt.Sprint(i), Account: int64(i % 2)})
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
