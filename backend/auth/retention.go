package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

const (
	// AuditRetention is how long events are kept.
	AuditRetention = 400 * 24 * time.Hour
	// quietTime is how long a process deletes nothing after its start.
	quietTime = 24 * time.Hour
)

// Retention deletes old events, mails and former addresses. One start with a wrong
// clock must not delete the audit events for good, so the clock alone decides
// nothing: see Run.
type Retention struct {
	service *Service
	uptime  func() time.Duration
	newest  time.Time // of the events stored before this start, zero = there were none
}

// NewRetention begins the retention of this process, before its first event is
// recorded. uptime is how long it runs, by a clock that nobody can set.
func (s *Service) NewRetention(ctx context.Context, uptime func() time.Duration) (*Retention, error) {
	newest, err := audit.Newest(ctx, s.DB.Read(ctx))
	return &Retention{service: s, uptime: uptime, newest: newest}, err
}

// ErrClockJumped says that nothing is deleted from now on, until a person says that
// the clock is right.
var ErrClockJumped = errors.New("the clock has jumped")

// Run deletes what is old. It deletes nothing in the first quietTime of a process
// and nothing after the clock has jumped by more than a day. What is old is judged
// by the clock and by the newest event from before this start, whichever is
// earlier.
func (r *Retention) Run(ctx context.Context) error {
	s, now := r.service, r.service.Now()
	var look audit.Look
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		look, err = audit.LookAtClock(ctx, tx, now)
		return err
	})
	switch {
	case err != nil:
		return err
	case look.Jump != 0:
		return fmt.Errorf("%w by %s: old events, mails and addresses are no longer deleted; "+
			"if the clock is right, run `imagemaster audit resume`", ErrClockJumped, look.Jump.Round(time.Minute))
	case look.Stopped || r.uptime() < quietTime:
		return nil
	}
	if trusted := r.newest.Add(r.uptime()); !r.newest.IsZero() && trusted.Before(now) {
		now = trusted
	}
	return errors.Join(
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return audit.Prune(ctx, tx, now.Add(-AuditRetention), batch)
		})),
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return notify.Prune(ctx, tx, now.Add(-notify.MailRetention), now, batch)
		})),
	)
}

// ResumeRetention is a person's word that the clock is right. It says whether
// deleting had stopped.
func (s *Service) ResumeRetention(ctx context.Context) (stopped bool, err error) {
	err = s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		if stopped, err = audit.Resume(ctx, tx, s.Now()); err != nil || !stopped {
			return err
		}
		e := s.event(&Caller{}, audit.RetentionResumed, audit.OK)
		e.Actor = audit.Operator
		return audit.Record(ctx, tx, e)
	})
	return stopped, err
}
