package auth_test

import (
	"errors"
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
)

const day = 24 * time.Hour

// process is one start of a server, whose uptime passes with the kit's clock
// unless somebody sets that clock.
type process struct {
	*kit
	retention *auth.Retention
	uptime    time.Duration
}

func (h *kit) startProcess() *process {
	h.Helper()
	p := &process{kit: h}
	var err error
	p.retention, err = h.NewRetention(h.ctx, func() time.Duration { return p.uptime })
	h.must(err)
	h.must(h.RecordServer(h.ctx, audit.ServerStarted, nil))
	return p
}

// pass lets time pass, with a look at the clock every twelve hours.
func (p *process) pass(d time.Duration) {
	p.Helper()
	for ; d > 0; d -= 12 * time.Hour {
		p.clock.move(12 * time.Hour)
		p.uptime += 12 * time.Hour
		p.must(p.retention.Run(p.ctx))
	}
}

// recordAged stores events of these ages.
func (h *kit) recordAged(ages ...time.Duration) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		var events []audit.Event
		for _, age := range ages {
			events = append(events, audit.Event{At: h.clock.Now().Add(-age).UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK})
		}
		return audit.Record(h.ctx, tx, events...)
	}))
}

func (h *kit) signIns() int {
	h.Helper()
	n := 0
	for _, e := range h.events() {
		if e.Kind == audit.SignIn {
			n++
		}
	}
	return n
}

// Events are kept for 400 days, and the older ones are deleted in several batches.
func TestEventsAreKeptFor400Days(t *testing.T) {
	each(t, func(h *kit) {
		var ages []time.Duration
		for i := range 447 {
			ages = append(ages, 400*day+time.Duration(i)*time.Hour)
		}
		h.recordAged(append(ages, 397*day, 398*day, time.Hour)...)
		p := h.startProcess()
		h.must(p.retention.Run(h.ctx))
		p.pass(day)
		if left := h.signIns(); left != 3 {
			t.Errorf("%d events are left, want 3", left)
		}
		p.pass(2 * day)
		if left := h.signIns(); left != 2 {
			t.Errorf("%d events are left two days later, want 2", left)
		}
	})
}

func TestNothingIsDeletedOnTheFirstDay(t *testing.T) {
	each(t, func(h *kit) {
		h.recordAged(500*day, time.Hour)
		p := h.startProcess()
		p.pass(12 * time.Hour)
		if left := h.signIns(); left != 2 {
			t.Errorf("%d events are left after half a day, want 2", left)
		}
		p.pass(12 * time.Hour)
		if left := h.signIns(); left != 1 {
			t.Errorf("%d events are left after a day, want 1", left)
		}
	})
}

// One start with the clock two years ahead must not delete what is not old, nor
// must later starts, until a person says that the clock is right.
func TestAWrongClockDeletesNothing(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": 2 * 365 * day, "back": -3 * day} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				h.recordAged(500*day, 300*day, time.Hour)
				before := h.startProcess()
				before.must(before.retention.Run(h.ctx))

				h.clock.move(jump)
				wrong := h.startProcess()
				if err := wrong.retention.Run(h.ctx); !errors.Is(err, auth.ErrClockJumped) {
					t.Fatalf("the jump is not told: %v", err)
				}
				wrong.pass(3 * day)
				h.startProcess().pass(3 * day)
				if left := h.signIns(); left != 3 {
					t.Errorf("%d events are left, want 3", left)
				}
				stopped, err := audit.StoppedAt(h.ctx, h.db.Read(h.ctx))
				h.must(err)
				if stopped.IsZero() {
					t.Error("the doctor is not told")
				}
			})
		})
	}
}

// A start that finds no earlier look at the clock, such as the first after an
// upgrade, is judged by the newest event from before it.
func TestTheNewestEventJudgesAgeToo(t *testing.T) {
	each(t, func(h *kit) {
		h.recordAged(300*day, time.Hour)
		h.clock.move(2 * 365 * day)
		h.startProcess().pass(3 * day)
		if left := h.signIns(); left != 2 {
			t.Errorf("%d events are left, want 2", left)
		}
	})
}

func TestResumeRetention(t *testing.T) {
	each(t, func(h *kit) {
		h.recordAged(500*day, time.Hour)
		p := h.startProcess()
		p.must(p.retention.Run(h.ctx))
		if stopped, err := h.ResumeRetention(h.ctx); err != nil || stopped {
			t.Errorf("nothing was stopped: %v, %v", stopped, err)
		}
		h.clock.move(25 * time.Hour)
		if err := p.retention.Run(h.ctx); !errors.Is(err, auth.ErrClockJumped) {
			t.Fatalf("got %v", err)
		}
		p.pass(2 * day)
		if stopped, err := h.ResumeRetention(h.ctx); err != nil || !stopped {
			t.Errorf("resume: %v, %v", stopped, err)
		}
		p.pass(12 * time.Hour)
		if left := h.signIns(); left != 1 {
			t.Errorf("%d events are left, want 1", left)
		}
		last := h.events()[len(h.events())-1]
		if last.Kind != audit.RetentionResumed || last.Actor != audit.Operator {
			t.Errorf("the newest event is %+v", last)
		}
	})
}
