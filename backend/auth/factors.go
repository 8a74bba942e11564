package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/policy"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// Factors is everything an account has to prove itself with besides the password.
// Nothing else asks for a key to learn whether a second factor exists. Binding and
// removing a factor and starting a pause raise the account's epoch. The end of a
// pause, the phone's name, the last step and CodesLeft can change without it.
type Factors struct {
	App       *totp.Key // the authenticator app, nil = none
	CodesLeft int       // unused backup codes
	account   *account.Account
	required  bool // the operator demands a second factor of everybody
	// obligation is what policies ask of the person. It is known only where it matters to
	// the sign-in: without a second factor, or during a pause.
	obligation policy.Obligation
}

// Any says whether the account has a second factor.
func (f Factors) Any() bool { return f.App != nil }

// Demanded says whether the person has to have a second factor at that time.
func (f Factors) Demanded(now time.Time) bool { return f.required || f.obligation.Due(now) }

// Paused says whether the sign-in asks for no second factor at that time although
// there is one. Where one is demanded, a pause from before does not count.
func (f Factors) Paused(now time.Time) bool {
	return f.Any() && f.account.Paused(now) && !f.Demanded(now)
}

// PausedUntil is when a pause ends at the latest, zero = not by itself.
func (f Factors) PausedUntil(now time.Time) time.Time {
	until := unixTime(f.account.PausedUntil)
	if !f.obligation.Asks() {
		return until
	}
	if deadline := f.obligation.Deadline(now); until.IsZero() || deadline.Before(until) {
		return deadline
	}
	return until
}

// RequiredLevel is the level a session must have at that time.
func (f Factors) RequiredLevel(now time.Time) session.Level {
	if !f.Any() || f.Paused(now) {
		return session.LevelPassword
	}
	return session.LevelTwo
}

// Methods lists the methods the account takes in place of a second factor. Backup codes
// are one also when none is left, and help codes when none was given: a guess then costs a
// try like any other. A help code is parsed by UseHelpCode only.
func (f Factors) Methods() []throttle.Method {
	if f.App == nil {
		return nil
	}
	return []throttle.Method{throttle.App, throttle.BackupCode, throttle.HelpCode}
}

// CanRecover says whether the person can sign in without the phone.
func (f Factors) CanRecover() bool { return f.Any() && f.CodesLeft > 0 }

// keyLost says whether the account has an app whose key can never be read again:
// its ring key was declared lost. A seed that is unreadable for another reason,
// such as a wrong key file on one instance, may come back.
func (s *Service) keyLost(ctx context.Context, tx *database.Tx, f Factors) (bool, error) {
	if f.App == nil || slices.Contains(s.Keys.IDs(), f.App.RingKeyID) {
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
	case !f.Any() && (s.RequireTwoFactor || f.Demanded(s.Now())):
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

// HasFactor says whether an account has a second factor, inside a transaction.
func HasFactor(ctx context.Context, tx *database.Tx, accountID int64) (bool, error) {
	_, err := totp.Find(ctx, tx, accountID)
	if errors.Is(err, totp.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// removeFactors deletes an account's key, backup codes and salt, its pause, and
// its failures, and ends the links that it has given: without a second factor nobody
// may give any. The numbers of keys and sets go on counting. The caller then raises the
// epoch.
func removeFactors(ctx context.Context, tx *database.Tx, accountID int64) error {
	if err := totp.Remove(ctx, tx, accountID); err != nil {
		return err
	}
	if err := backupcode.Remove(ctx, tx, accountID); err != nil {
		return err
	}
	if err := account.ForgetFactors(ctx, tx, accountID); err != nil {
		return err
	}
	if err := EndHelpGivenBy(ctx, tx, accountID); err != nil {
		return err
	}
	return throttle.ResetAll(ctx, tx, accountID)
}
