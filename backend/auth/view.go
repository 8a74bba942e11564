package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/backupcode"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// TwoFactor returns what the settings room shows.
func (s *Service) TwoFactor(ctx context.Context, c *Caller) (TwoFactorView, error) {
	if err := c.settled(NextSetUp); err != nil {
		return TwoFactorView{}, err
	}
	view := TwoFactorView{Key: KeyNone}
	if err := s.viewAddress(ctx, c, &view); err != nil {
		return TwoFactorView{}, err
	}
	pending, err := s.pendingKey(ctx, c)
	if err == nil {
		view.PendingEnds = pending.Ends()
	} else if !errors.Is(err, totp.ErrNotFound) {
		return TwoFactorView{}, err
	}
	if c.key == nil {
		return view, nil
	}
	view.PhoneName, view.KeyLabel = c.key.PhoneName, c.key.Label
	view.EnabledAt, view.LastUsedAt = unixTime(c.key.BoundAt), unixTime(c.key.LastUsedAt)
	view.Paused = s.paused(c.key, s.Now())
	view.Enabled = !view.Paused
	if view.Paused {
		view.PausedUntil = unixTime(c.key.PausedUntil)
	}
	if view.Key, err = s.keyState(ctx, c); err != nil {
		return TwoFactorView{}, err
	}
	view.Codes, err = s.codesView(ctx, c)
	return view, err
}

// codesView describes the live set, nil when there is none.
func (s *Service) codesView(ctx context.Context, c *Caller) (*BackupCodesView, error) {
	set, left, err := backupcode.Current(ctx, s.DB.Read(ctx), c.Account.ID)
	if errors.Is(err, backupcode.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	dead, err := throttle.Dead(ctx, s.DB.Read(ctx), c.Account.ID, throttle.Backup)
	return &BackupCodesView{
		Left: left, Dead: dead, Number: set.Number, CheckWord: set.CheckWord,
		CreatedAt: unixTime(set.CreatedAt), ConfirmedAt: unixTime(set.ConfirmedAt), CheckedAt: unixTime(set.CheckedAt),
	}, err
}

func (s *Service) keyState(ctx context.Context, c *Caller) (KeyState, error) {
	if _, err := c.key.Open(s.Keys, c.Account.ID); err != nil {
		return KeyUnreadable, nil
	}
	dead, err := throttle.Dead(ctx, s.DB.Read(ctx), c.Account.ID, throttle.TOTP)
	if err != nil {
		return "", err
	}
	if dead {
		return KeyDead, nil
	}
	return KeyLive, nil
}

func unixTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
