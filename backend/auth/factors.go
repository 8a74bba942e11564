package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// Factors is everything an account has to prove itself with besides the password.
// Nothing else asks for a key to learn whether a second factor exists. Every
// change of what it says raises the account's epoch, so it stays true while the
// epoch does; only CodesLeft may have fallen.
type Factors struct {
	App       *totp.Key // the authenticator app, nil = none
	CodesLeft int       // unused backup codes
	account   *account.Account
	required  bool // the operator demands a second factor of everybody
}

// Any says whether the account has a second factor.
func (f Factors) Any() bool { return f.App != nil }

// Paused says whether the sign-in asks for no second factor at that time although
// there is one. Where the operator demands one, a pause from before does not count.
func (f Factors) Paused(now time.Time) bool {
	return f.Any() && f.account.Paused(now) && !f.required
}

// RequiredLevel is the level a session must have at that time.
func (f Factors) RequiredLevel(now time.Time) session.Level {
	if !f.Any() || f.Paused(now) {
		return session.LevelPassword
	}
	return session.LevelTwo
}

// Methods lists the methods the account takes as its second factor. Backup codes
// are one also when none is left: a guess then costs a try like any other.
func (f Factors) Methods() []throttle.Method {
	if f.App == nil {
		return nil
	}
	return []throttle.Method{throttle.App, throttle.BackupCode}
}

// CanRecover says whether the person can sign in without the phone.
func (f Factors) CanRecover() bool { return f.Any() && f.CodesLeft > 0 }

// keyLost says whether the account's key can never be read again: its ring key was
// declared lost. A seed that is unreadable for another reason, such as a wrong key
// file on one instance, may come back.
func (s *Service) keyLost(ctx context.Context, tx *database.Tx, f Factors) (bool, error) {
	if slices.Contains(s.Keys.IDs(), f.App.RingKeyID) {
		return false, nil
	}
	return canary.Lost(ctx, tx, f.App.RingKeyID)
}

// next is what a signed-in person must do before anything else. A person whose
// key is lost got in with a backup code and must bind a new one.
func (s *Service) next(ctx context.Context, tx *database.Tx, f Factors) (Next, error) {
	switch {
	case f.account.MustChangePassword:
		return NextChangePassword, nil
	case !f.Any() && s.RequireTwoFactor:
		return NextSetUp, nil
	case !f.Any() || f.Paused(s.Now()):
		return NextDone, nil
	}
	lost, err := s.keyLost(ctx, tx, f)
	if lost {
		return NextSetUp, err
	}
	return NextDone, err
}

// KeyState says what can be done with the account's key.
type KeyState string

// The key states.
const (
	KeyNone       KeyState = "none"
	KeyLive       KeyState = "live"
	KeyDead       KeyState = "dead"       // too many wrong codes: a new one must be bound
	KeyUnreadable KeyState = "unreadable" // its seed cannot be opened with the key ring
)

func (s *Service) keyState(ctx context.Context, f Factors) (KeyState, error) {
	if f.App == nil {
		return KeyNone, nil
	}
	if _, err := f.App.Open(s.Keys, f.App.AccountID); err != nil {
		return KeyUnreadable, nil
	}
	dead, err := throttle.Dead(ctx, s.DB.Read(ctx), f.App.AccountID, throttle.App)
	if err != nil {
		return "", err
	}
	if dead {
		return KeyDead, nil
	}
	return KeyLive, nil
}

// boundErr turns the store's words for "another request was faster" into answers.
func boundErr(err error) error {
	switch {
	case errors.Is(err, totp.ErrNotFound):
		return apperr.Of(apperr.PendingKeyEnded)
	case errors.Is(err, totp.ErrChanged):
		return apperr.Of(apperr.WrongState)
	}
	return err
}
