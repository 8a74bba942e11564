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
	strangerFailures = 20
	strangerWindow   = 30 * 24 * time.Hour
	// noticeSpacing keeps a guesser from burying the person in notices.
	noticeSpacing = time.Hour
)

// noteMissingFactor leaves a notice when somebody in a browser the account does
// not know had the right password and a wrong code, or none: the password is
// known to someone. One an hour is enough.
func (s *Service) noteMissingFactor(ctx context.Context, tx *database.Tx, c *Caller) error {
	if c.knownTo(c.Account) || c.Pending != nil && c.Pending.Known {
		return nil
	}
	// A session of level 1 was opened during a pause.
	if c.Pending == nil && (c.key == nil || c.Session.Level == session.LevelTwo) {
		return nil
	}
	return s.noteStranger(ctx, tx, c)
}

func (s *Service) noteStranger(ctx context.Context, tx *database.Tx, c *Caller) error {
	recent, err := notify.NotifiedSince(ctx, tx, c.Account.ID, notify.PasswordKnown, s.Now().Add(-noticeSpacing))
	if err != nil || recent {
		return err
	}
	if err := audit.Record(ctx, tx, s.event(c, audit.PasswordKnown, audit.OK)); err != nil {
		return err
	}
	return s.leaveNotice(ctx, tx, c, notify.PasswordKnown, 0)
}

// stranger is whoever began a pending sign-in and is not there to be asked.
func stranger(a *account.Account, p *session.Pending) *Caller {
	return &Caller{Account: a, Client: Client{UserAgent: p.UserAgent, Address: parseStored(p.Address)}}
}

// noteUnfinished tells of a stranger's pending sign-in that a change of the
// second factor is about to end: the password alone may soon be enough. The
// caller holds account.Lock.
func (s *Service) noteUnfinished(ctx context.Context, tx *database.Tx, a *account.Account) error {
	p, err := session.StrangersPending(ctx, tx, a.ID, a.Epoch)
	if errors.Is(err, session.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.noteStranger(ctx, tx, stranger(a, p))
}

// demandNewPassword makes a person change a password that strangers have used
// too often since it was chosen. The caller holds account.Lock.
func (s *Service) demandNewPassword(ctx context.Context, tx *database.Tx, a *account.Account, now time.Time) error {
	since := now.Add(-strangerWindow)
	if changed := time.UnixMilli(a.PasswordChangedAt); changed.After(since) {
		since = changed
	}
	failures, err := audit.CountStrangers(ctx, tx, a.ID, since)
	if err != nil || failures < strangerFailures {
		return err
	}
	a.MustChangePassword = true
	return account.DemandNewPassword(ctx, tx, a.ID)
}
