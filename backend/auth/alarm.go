package auth

import (
	"context"
	"errors"
	"net/netip"
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
	return s.reportPasswordKnown(ctx, tx, callerOf(a, p))
}

func (s *Service) reportPasswordKnown(ctx context.Context, tx *database.Tx, c *Caller) error {
	recent, err := s.notifiedLately(ctx, tx, c.Account, notify.PasswordKnown)
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
	recent, err := s.notifiedLately(ctx, tx, a, notify.SessionEvicted)
	if err != nil || recent {
		return err
	}
	return s.notify(ctx, tx, &Caller{Client: c.Client, Account: a}, notify.SessionEvicted, 0)
}

func (s *Service) notifiedLately(ctx context.Context, tx *database.Tx, a *account.Account, kind notify.Kind) (bool, error) {
	return notify.NotifiedSince(ctx, tx, a.ID, kind, s.Now().Add(-noticeSpacing))
}

// callerOf builds a Caller from a stored pending sign-in.
func callerOf(a *account.Account, p *session.Pending) *Caller {
	c := &Caller{Account: a, Client: Client{UserAgent: p.UserAgent}}
	if address, err := netip.ParseAddr(p.Address); err == nil {
		c.Address = address
	}
	return c
}

// suspectUntil is until when the next completed sign-in must change the password:
// suspectFailures wrong codes came from unrecognised browsers since it was chosen,
// within suspectWindow. 0 = it need not.
func (s *Service) suspectUntil(ctx context.Context, tx *database.Tx, a *account.Account, now time.Time) (int64, error) {
	since := now.Add(-suspectWindow)
	if changed := time.UnixMilli(a.PasswordChangedAt); changed.After(since) {
		since = changed
	}
	nth, err := audit.NthUnknownFailure(ctx, tx, a.ID, suspectFailures, since)
	if err != nil || nth.IsZero() {
		return 0, err
	}
	return nth.Add(suspectWindow).UnixMilli(), nil
}

// passwordKnownLately says whether somebody without the second factor has had the
// present password within suspectWindow.
func (s *Service) passwordKnownLately(ctx context.Context, tx *database.Tx, a *account.Account) (bool, error) {
	since := s.Now().Add(-suspectWindow)
	if changed := time.UnixMilli(a.PasswordChangedAt); changed.After(since) {
		since = changed
	}
	return notify.NotifiedSince(ctx, tx, a.ID, notify.PasswordKnown, since)
}
