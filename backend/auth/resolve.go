package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// Resolve finds out who sends a request. A token that is unknown, expired or of
// an old epoch makes no error, just a caller who has not come that far. A
// request in the background does not count as the person's activity.
func (s *Service) Resolve(ctx context.Context, client Client, tokens Tokens, background bool) (*Caller, error) {
	c := &Caller{Client: client}
	now := s.Now()
	if tokens.Device != "" {
		if err := s.resolveDevice(ctx, c, tokens.Device, now); err != nil {
			return nil, err
		}
	}
	if tokens.Session != "" {
		if err := s.resolveSession(ctx, c, tokens.Session, now); err != nil {
			return nil, err
		}
	}
	if c.Session == nil && tokens.Pending != "" {
		return c, s.resolvePending(ctx, c, tokens.Pending, now)
	}
	if background || c.State != SignedIn {
		return c, nil
	}
	return c, s.touch(ctx, c, now)
}

// orNone turns "no such record" into nil: a bad token makes no error.
func orNone[T any](found *T, err error) (*T, error) {
	if errors.Is(err, session.ErrNotFound) {
		return nil, nil
	}
	return found, err
}

func (s *Service) resolveDevice(ctx context.Context, c *Caller, token string, now time.Time) error {
	d, err := orNone(session.FindDevice(ctx, s.DB.Read(ctx), token, now))
	if err != nil || d == nil {
		return err
	}
	// A device of an ended epoch is nobody's.
	a, err := account.Find(ctx, s.DB.Read(ctx), d.AccountID)
	if errors.Is(err, account.ErrNotFound) || err == nil && a.Epoch != d.Epoch {
		return nil
	}
	if err != nil {
		return err
	}
	c.Device = d
	return nil
}

func (s *Service) resolveSession(ctx context.Context, c *Caller, token string, now time.Time) error {
	found, err := orNone(session.Find(ctx, s.DB.Read(ctx), token, now))
	if err != nil || found == nil {
		return err
	}
	live, err := s.resolveAccount(ctx, c, found.AccountID, found.Epoch)
	if err != nil || !live {
		return err
	}
	c.Session = found
	c.State = SignedIn
	if found.Level < s.owedLevel(c.key, now) {
		c.State = PendingSecondFactor
		return nil
	}
	c.Next, err = s.nextFor(ctx, s.DB.Read(ctx), c.Account, c.key)
	return err
}

func (s *Service) resolvePending(ctx context.Context, c *Caller, token string, now time.Time) error {
	found, err := orNone(session.FindPending(ctx, s.DB.Read(ctx), token, now))
	if err != nil || found == nil {
		return err
	}
	live, err := s.resolveAccount(ctx, c, found.AccountID, found.Epoch)
	if err != nil || !live {
		return err
	}
	c.Pending = found
	c.State = PendingSecondFactor
	return nil
}

// resolveAccount sets the caller's account and key when records of that epoch
// still count for it.
func (s *Service) resolveAccount(ctx context.Context, c *Caller, id, epoch int64) (bool, error) {
	a, err := account.Find(ctx, s.DB.Read(ctx), id)
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if a.Disabled() || a.Epoch != epoch {
		return false, nil
	}
	c.key, err = findKey(ctx, s.DB.Read(ctx), id)
	if err != nil {
		return false, err
	}
	c.Account = a
	return true, nil
}

// findKey returns the account's key, nil when it has none.
func findKey(ctx context.Context, tx *database.Tx, accountID int64) (*totp.Key, error) {
	k, err := totp.Find(ctx, tx, accountID)
	if errors.Is(err, totp.ErrNotFound) {
		return nil, nil
	}
	return k, err
}

// owedLevel is the level a session must have at that time.
func (s *Service) owedLevel(k *totp.Key, now time.Time) session.Level {
	if k == nil || s.paused(k, now) {
		return session.LevelPassword
	}
	return session.LevelTwo
}

// paused says whether a key is not asked for at that time. Where two-factor
// authentication is required a pause from before does not count.
func (s *Service) paused(k *totp.Key, now time.Time) bool {
	return k.Paused(now) && !s.RequireTwoFactor
}

// nextFor is what a signed-in person must do before anything else.
func (s *Service) nextFor(ctx context.Context, tx *database.Tx, a *account.Account, k *totp.Key) (Next, error) {
	switch {
	case a.MustChangePassword:
		return NextChangePassword, nil
	case k == nil && s.RequireTwoFactor:
		return NextSetUp, nil
	case k == nil || s.paused(k, s.Now()):
		return NextDone, nil
	}
	move, err := s.mustMove(ctx, tx, a.ID, k)
	if move {
		return NextSetUp, err
	}
	return NextDone, err
}

func (s *Service) touch(ctx context.Context, c *Caller, now time.Time) error {
	if !c.Session.SeenLongAgo(now) {
		return nil
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		return session.Touch(ctx, tx, c.Session, now)
	})
}

// signedIn refuses a caller whose session does not count now.
func (c *Caller) signedIn() error {
	switch {
	case c.State == SignedIn:
		return nil
	case c.Session != nil:
		return apperr.New(apperr.SecondFactorOwed, "Enter a verification code to go on.")
	}
	return errSignedOut()
}

// settled refuses a caller who must do something else first; allowed names
// what may be owed nonetheless.
func (c *Caller) settled(allowed ...Next) error {
	if err := c.signedIn(); err != nil {
		return err
	}
	for _, next := range allowed {
		if c.Next == next {
			return nil
		}
	}
	switch c.Next {
	case NextChangePassword:
		return apperr.New(apperr.PasswordChangeOwed, "Choose a new password first.")
	case NextSetUp:
		return apperr.New(apperr.SetUpOwed, "Set up two-factor authentication first.")
	}
	return nil
}
