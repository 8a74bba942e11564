package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// Numbers of "the password is known to someone".
const (
	suspectFailures = 20
	suspectWindow   = 30 * 24 * time.Hour
	// noticeSpacing keeps a guesser from flooding the person with notices.
	noticeSpacing = time.Hour
)

// reportMissingFactor notifies the person when an unrecognised browser had the
// right password and a wrong code, or none: the password is known to someone.
func (s *Service) reportMissingFactor(ctx context.Context, tx *database.Tx, c *Caller) error {
	if c.knownTo(c.Account) || c.Pending != nil && c.Pending.Known {
		return nil
	}
	// A session of level 1 was opened during a pause.
	if c.Pending == nil && (!c.factors.Any() || c.Session.Level == session.LevelTwo) {
		return nil
	}
	return s.reportPasswordKnown(ctx, tx, c)
}

// reportUnfinished notifies the person of an unrecognised browser's pending
// sign-in that is about to end with a raised epoch. The caller holds the lock.
func (s *Service) reportUnfinished(ctx context.Context, tx *database.Tx, a *account.Account) error {
	p, err := session.UnrecognisedPending(ctx, tx, a.ID, a.Epoch)
	if errors.Is(err, session.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.reportPasswordKnown(ctx, tx, pendingCaller(a, p))
}

func (s *Service) reportPasswordKnown(ctx context.Context, tx *database.Tx, c *Caller) error {
	// A notice about the former password says nothing about the present one.
	recent, err := notify.NotifiedSince(ctx, tx, c.Account.ID, notify.PasswordKnown, s.sinceChosen(c.Account, noticeSpacing), s.Now())
	if err != nil || recent {
		return err
	}
	if err := s.recordOK(ctx, tx, c, audit.PasswordKnown); err != nil {
		return err
	}
	return s.notify(ctx, tx, c, notify.PasswordKnown, 0)
}

// reportEvicted notifies the person that a new session has ended an older one.
func (s *Service) reportEvicted(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account) error {
	now := s.Now()
	recent, err := notify.NotifiedSince(ctx, tx, a.ID, notify.SessionEvicted, now.Add(-noticeSpacing), now)
	if err != nil || recent {
		return err
	}
	return s.notify(ctx, tx, &Caller{Client: c.Client, Account: a}, notify.SessionEvicted, 0)
}

// sinceChosen is the beginning of a time up to now, or when the present password was
// chosen if that was later.
func (s *Service) sinceChosen(a *account.Account, length time.Duration) time.Time {
	now := s.Now()
	since, chosen := now.Add(-length), time.UnixMilli(a.PasswordChangedAt)
	if chosen.After(since) && !chosen.After(now) { // not by a clock that was ahead
		return chosen
	}
	return since
}

// suspectUntil is until when the next completed sign-in must change the password:
// suspectFailures wrong codes came from unrecognised browsers since it was chosen,
// within suspectWindow. 0 = it need not.
func (s *Service) suspectUntil(ctx context.Context, tx *database.Tx, a *account.Account) (int64, error) {
	nth, err := audit.NthUnknownFailure(ctx, tx, a.ID, suspectFailures, s.sinceChosen(a, suspectWindow))
	if err != nil || nth.IsZero() {
		return 0, err
	}
	return nth.Add(suspectWindow).UnixMilli(), nil
}

// passwordKnownLately says whether somebody without the second factor has had the
// present password within suspectWindow.
func (s *Service) passwordKnownLately(ctx context.Context, tx *database.Tx, a *account.Account) (bool, error) {
	return notify.NotifiedSince(ctx, tx, a.ID, notify.PasswordKnown, s.sinceChosen(a, suspectWindow), s.Now())
}
