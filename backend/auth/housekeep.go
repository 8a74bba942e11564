package auth

import (
	"context"
	"errors"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/policy"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// Housekeep deletes what no longer counts, in small transactions, and notifies
// people of sign-ins that were never finished. Nothing depends on it for safety:
// every rule compares times for itself. Instances may run it side by side.
func (s *Service) Housekeep(ctx context.Context) error {
	now := s.Now()
	ctx = database.WithReserve(ctx)
	return errors.Join(
		s.inBatches(ctx, s.endPendingSignIns),
		s.inBatches(ctx, func(ctx context.Context, tx *database.Tx) (int, error) {
			return audit.FlushThrottled(ctx, tx, audit.Event{At: now.UnixMilli(), Version: s.Version, Host: s.Host}, batch)
		}),
		s.inBatches(ctx, func(ctx context.Context, tx *database.Tx) (int, error) {
			return audit.FlushRepeats(ctx, tx, audit.Event{At: now.UnixMilli(), Version: s.Version, Host: s.Host}, batch)
		}),
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return throttle.PruneSignIns(ctx, tx, now, batch)
		})),
		s.inBatches(ctx, s.endPauses),
		s.inBatches(ctx, s.endPendingKeys),
		s.inBatches(ctx, s.endSessions),
		s.FillNames(ctx), // of accounts that an instance of an older version makes meanwhile
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return account.EndOverdueLinks(ctx, tx, now, batch)
		})),
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return helpcode.EndOverdue(ctx, tx, now, batch)
		})),
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return policy.PruneReminders(ctx, tx, now, batch)
		})),
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return policy.PruneExceptions(ctx, tx, now, batch)
		})),
		s.remindAll(ctx),
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return account.PruneTakeovers(ctx, tx, now, batch)
		})),
		s.inBatches(ctx, counted(func(ctx context.Context, tx *database.Tx) (int64, error) {
			return app.PruneTickets(ctx, tx, now, batch)
		})),
	)
}

// endPendingKeys ends pending keys whose time is over.
func (s *Service) endPendingKeys(ctx context.Context, tx *database.Tx) (int, error) {
	ended, err := totp.PrunePending(ctx, tx, s.Now(), batch)
	for _, p := range ended {
		if err := s.recordEndedKey(ctx, tx, &p, s.Now()); err != nil {
			return 0, err
		}
	}
	return len(ended), err
}

// endSessions ends sessions whose time is over.
func (s *Service) endSessions(ctx context.Context, tx *database.Tx) (int, error) {
	ended, err := session.EndOverdue(ctx, tx, s.SessionLimits, s.Now(), batch)
	for _, gone := range ended {
		if err := s.recordEnded(ctx, tx, audit.SessionEnded, audit.ReasonExpired, gone.AccountID, gone.ID); err != nil {
			return 0, err
		}
	}
	return len(ended), err
}

// endPauses stores the end of pauses whose time is over.
func (s *Service) endPauses(ctx context.Context, tx *database.Tx) (int, error) {
	now := s.Now()
	ids, err := account.OverduePauses(ctx, tx, now, batch)
	for _, id := range ids {
		if err := s.endOverduePause(ctx, tx, id, now); err != nil {
			return 0, err
		}
	}
	return len(ids), err
}

// endPendingSignIns ends pending sign-ins whose time is over. The person is notified
// where the browser was an unrecognised one.
func (s *Service) endPendingSignIns(ctx context.Context, tx *database.Tx) (int, error) {
	now := s.Now()
	over, err := session.OverduePending(ctx, tx, now, batch)
	if err != nil {
		return 0, err
	}
	for _, p := range over {
		ended, err := session.EndOverduePending(ctx, tx, &p, now)
		if err != nil {
			return 0, err
		}
		a, err := account.Find(ctx, tx, p.AccountID)
		if err != nil {
			return 0, err
		}
		if !ended || p.Known || p.Epoch != a.Epoch {
			continue
		}
		if err := s.reportPasswordKnown(ctx, tx, pendingCaller(a, &p)); err != nil {
			return 0, err
		}
	}
	return len(over), nil
}
