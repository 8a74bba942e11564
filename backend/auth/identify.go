package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/session"
)

// Identify says who a session token belongs to, by one statement. Only the end of a
// pause, a key that is not in the ring, and policies where they matter (factorsOf) take
// more. A token that is unknown,
// expired or of an old epoch makes no error, but an anonymous caller. Identify is
// not an activity of the person.
func (s *Service) Identify(ctx context.Context, token string) (*Caller, error) {
	c := &Caller{}
	if token == "" {
		return c, nil
	}
	now := s.Now()
	found, factors, err := s.findSession(ctx, token, now)
	if err != nil || found == nil {
		return c, err
	}
	c.Session = found
	if err := s.setAccount(ctx, c, factors, now); err != nil {
		return nil, err
	}
	if found.Recovery {
		c.State, c.Next = SignedIn, NextSetUp
		return c, nil
	}
	if !factors.satisfied(found, now) {
		c.State = PendingSecondFactor
		return c, nil
	}
	c.State = SignedIn
	c.Next, err = s.next(ctx, s.DB.Read(ctx), factors)
	return c, err
}

// setAccount sets the caller's account. The end of a pause is stored the first time
// it is seen: else the pause would come back when the clock is set back, or when a policy
// is changed.
func (s *Service) setAccount(ctx context.Context, c *Caller, f Factors, now time.Time) error {
	c.Account, c.factors = f.account, f
	if !f.pauseEnded(now) {
		return nil
	}
	err := s.DB.InTx(ctx, func(tx *database.Tx) error { return s.storePauseEnd(ctx, tx, f, now) })
	f.account.PausedAt, f.account.PausedUntil = 0, 0
	return err
}

// Resolve finds out who sends a request: by the session, else by the pending
// sign-in, and in which browser. A request in the background does not count as
// the person's activity.
func (s *Service) Resolve(ctx context.Context, client Client, tokens Tokens, background bool) (*Caller, error) {
	c, err := s.Identify(ctx, tokens.Session)
	if err != nil {
		return nil, err
	}
	c.Client = client
	now := s.Now()
	if c.Session == nil && tokens.Pending != "" {
		if err := s.resolvePending(ctx, c, tokens.Pending, now); err != nil {
			return nil, err
		}
	}
	if tokens.Device != "" {
		c.Device, err = session.FindDevice(ctx, s.DB.Read(ctx), tokens.Device, now)
		if err != nil && !errors.Is(err, session.ErrNotFound) {
			return nil, err
		}
	}
	if background || c.State != SignedIn || !c.Session.SeenLongAgo(now) {
		return c, nil
	}
	return c, s.touch(ctx, c.Session, now)
}

// touch stores that the session was used.
func (s *Service) touch(ctx context.Context, used *session.Session, now time.Time) error {
	ctx = database.Minor(ctx)
	return s.DB.InTx(ctx, func(tx *database.Tx) error { return session.Touch(ctx, tx, used, now) })
}

func (s *Service) resolvePending(ctx context.Context, c *Caller, token string, now time.Time) error {
	found, factors, err := s.findPending(ctx, token, now)
	if err != nil || found == nil {
		return err
	}
	c.Pending, c.State = found, PendingSecondFactor
	return s.setAccount(ctx, c, factors, now)
}
