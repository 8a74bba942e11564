package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/policy"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// KeyState says what can be done with the account's key.
type KeyState string

// The key states.
const (
	KeyNone       KeyState = "none"
	KeyLive       KeyState = "live"
	KeyDead       KeyState = "dead"       // too many wrong codes: a new one must be bound
	KeyUnreadable KeyState = "unreadable" // its seed cannot be opened with the key ring
)

// keyState judges a key, nil = there is none.
func (s *Service) keyState(ctx context.Context, tx *database.Tx, key *totp.Key) (KeyState, error) {
	if key == nil {
		return KeyNone, nil
	}
	if _, err := key.Open(s.Keys, key.AccountID); err != nil {
		return KeyUnreadable, nil
	}
	dead, err := throttle.Dead(ctx, tx, key.AccountID, throttle.App)
	if err != nil {
		return "", err
	}
	if dead {
		return KeyDead, nil
	}
	return KeyLive, nil
}

// TwoFactorView is what the page of the second factor shows. Zero times = never.
type TwoFactorView struct {
	HasFactor      bool
	Enabled        bool
	Paused         bool
	PausedUntil    time.Time // zero while paused with an open end
	Key            KeyState  // of the authenticator app
	Keys           []KeyView
	KeysPossible   bool
	PendingEnds    time.Time // zero when no set-up is going on in this session
	PhoneName      string
	KeyLabel       string
	EnabledAt      time.Time
	LastUsedAt     time.Time
	Mail           bool // notices are mailed
	NoticeAddress  string
	PendingAddress string           // waits for the code mailed to it
	Codes          *BackupCodesView // nil when there is no live set
	Obligation     policy.Obligation
	Met            bool // the obligation
	Bound          bool // a second factor is demanded: it cannot be disabled
}

// KeyView is a passkey or hardware key, as people see it.
type KeyView struct {
	passkey.Key
	Works bool // at this address
}

// BackupCodesView is what is known of the live set. Zero times = never.
type BackupCodesView struct {
	Left                              int
	Dead                              bool // too many wrong codes: a new set must be made
	Number                            int
	CheckWord                         string
	CreatedAt, ConfirmedAt, CheckedAt time.Time
}

// TwoFactor returns what the page of the second factor shows.
func (s *Service) TwoFactor(ctx context.Context, c *Caller) (TwoFactorView, error) {
	if err := c.ready(NextSetUp); err != nil {
		return TwoFactorView{}, err
	}
	view := TwoFactorView{KeysPossible: s.relyingParty != nil}
	if !c.Session.Recovery { // the former factors are not for it to see
		if err := s.viewAddress(ctx, c, &view); err != nil {
			return TwoFactorView{}, err
		}
	}
	pending, err := s.pendingKey(ctx, s.DB.Read(ctx), c)
	if err == nil {
		view.PendingEnds = pending.Ends()
	} else if !errors.Is(err, totp.ErrNotFound) {
		return TwoFactorView{}, err
	}
	if c.Session.Recovery {
		view.Key = KeyNone
		return view, nil
	}
	f := c.factors
	if err := s.addObligation(ctx, s.DB.Read(ctx), &f); err != nil {
		return TwoFactorView{}, err
	}
	view.Obligation = *f.obligation.Next(f.Any() && f.account.PausedAt == 0)
	view.Met = f.meets(view.Obligation.Minimum) && f.account.PausedAt == 0
	view.Bound = f.required || f.obligation.Binds(s.Now())
	view.HasFactor = f.Any()
	if view.Key, err = s.keyState(ctx, s.DB.Read(ctx), f.App); err != nil || !view.HasFactor {
		return view, err
	}
	if view.Keys, err = s.KeysOf(ctx, s.DB.Read(ctx), c.Account.ID); err != nil {
		return view, err
	}
	if key := f.App; key != nil {
		view.PhoneName, view.KeyLabel = key.PhoneName, key.Label
		view.EnabledAt, view.LastUsedAt = unixTime(key.BoundAt), unixTime(key.LastUsedAt)
	}
	view.Paused = c.factors.Paused(s.Now())
	view.Enabled = !view.Paused
	if view.Paused {
		view.PausedUntil = f.PausedUntil(s.Now())
	}
	view.Codes, err = s.codesView(ctx, c)
	return view, err
}

// KeysOf returns the passkeys and hardware keys of an account.
func (s *Service) KeysOf(ctx context.Context, tx *database.Tx, accountID int64) ([]KeyView, error) {
	keys, err := passkey.List(ctx, tx, accountID)
	views := make([]KeyView, len(keys))
	for i, k := range keys {
		views[i] = KeyView{Key: k, Works: s.KeyWorks(k)}
	}
	return views, err
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
	dead, err := throttle.Dead(ctx, s.DB.Read(ctx), c.Account.ID, throttle.BackupCode)
	return &BackupCodesView{
		Left: left, Dead: dead, Number: set.Number, CheckWord: set.CheckWord,
		CreatedAt: unixTime(set.CreatedAt), ConfirmedAt: unixTime(set.ConfirmedAt), CheckedAt: unixTime(set.CheckedAt),
	}, err
}

// viewAddress adds where notices go. If they are mailed, an address that was
// never confirmed is shown as waiting for its code.
func (s *Service) viewAddress(ctx context.Context, c *Caller, view *TwoFactorView) error {
	a, err := notify.FindAddress(ctx, s.DB.Read(ctx), c.Account.ID)
	if err != nil {
		return err
	}
	view.Mail = s.Mail
	view.NoticeAddress, view.PendingAddress = a.Address, a.PendingAddress
	if s.Mail && !a.Confirmed() {
		view.NoticeAddress = ""
		if view.PendingAddress == "" {
			view.PendingAddress = a.Address
		}
	}
	return nil
}
