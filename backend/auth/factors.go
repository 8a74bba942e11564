package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/policy"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// Factors is everything an account has to prove itself with besides the password.
// Nothing else asks for a key to learn whether a second factor exists. A first app, a move,
// removing a factor and starting a pause raise the account's epoch, and so does a first
// passkey or hardware key. Adding one beside others, or an app beside one, does not:
// refreshFactors reads them again where that matters. Nor do the end of a pause, the phone's
// name, the last step and CodesLeft.
type Factors struct {
	App       *totp.Key // the authenticator app, nil = none
	CodesLeft int       // unused backup codes
	anyKey    bool      // a passkey or hardware key, also one of another address
	// resistantFrom is from when a key counts as phishing-resistant, Unix ms, 0 = none works
	// at this address.
	resistantFrom int64
	account       *account.Account
	required      bool // the operator demands a second factor of everybody
	// obligation is what policies ask of the person. It is known only where it matters to
	// the sign-in: see factorsOf.
	obligation policy.Obligation
}

// Any says whether the account has a second factor.
func (f Factors) Any() bool { return f.App != nil || f.anyKey }

// HasKey says whether the account has a passkey or hardware key that works at this address.
func (f Factors) HasKey() bool { return f.resistantFrom != 0 }

// Resistant says whether one of the keys counts as phishing-resistant at that time.
func (f Factors) Resistant(now time.Time) bool {
	return f.HasKey() && f.resistantFrom <= now.UnixMilli()
}

// strongest is what proves the strongest kind of factor that the account has: a key that
// counts as phishing-resistant, else a code of the app, else a new key. A new key does not
// outrank the app: somebody with one stolen code could have added it. A backup code does
// instead.
func (f Factors) strongest(now time.Time) apperr.Need {
	switch {
	case f.Resistant(now):
		return apperr.NeedKey
	case f.App != nil && f.anyKey:
		return apperr.NeedAppCode
	}
	return apperr.NeedCode
}

// Demanded says whether the operator or a policy demands a second factor of the person at
// that time.
func (f Factors) Demanded(now time.Time) bool { return f.required || f.obligation.Due(now) }

// meets says whether the account has what a policy demands.
func (f Factors) meets(least policy.Minimum) bool { return least.MetBy(f.Any(), f.HasKey()) }

// MustSetUp says whether a second factor is demanded at that time that the account does not
// have.
func (f Factors) MustSetUp(now time.Time) bool {
	return !f.meets(policy.AnyFactor) && f.Demanded(now) || !f.meets(policy.Resistant) && f.obligation.KeyDue(now)
}

// keysOnly says whether only keys that count as phishing-resistant, and backup codes, are
// accepted at that time: a policy demands a key, and the account has one that counts. A code
// of the app could be phished.
func (f Factors) keysOnly(now time.Time) bool { return f.Resistant(now) && f.obligation.KeyDue(now) }

// satisfied says whether a session has given what the sign-in asks for at that time. Where
// codes of the app are not accepted any more, one that was given before is not enough, and
// neither is a key that does not count yet: such a code could have added it.
func (f Factors) satisfied(s *session.Session, now time.Time) bool {
	return s.Level >= f.RequiredLevel(now) && (!f.keysOnly(now) || s.ResistantAt != 0 || s.BackupCodeAt != 0)
}

// usable says whether a key that works is accepted at that time: where codes of the app are
// not accepted any more, only one that counts as phishing-resistant.
func (f Factors) usable(k passkey.Key, now time.Time) bool {
	return k.Resistant(now) || !f.keysOnly(now)
}

// outgrown says whether the first key of the account that counts as phishing-resistant has
// come to count after something was begun, Unix ms: then that was perhaps begun with a weaker
// factor than is asked for now.
func (f Factors) outgrown(begun int64, now time.Time) bool {
	return f.Resistant(now) && begun < f.resistantFrom
}

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

// Methods lists the kinds of codes the account takes as a second factor at that time. Backup
// codes are one also when none is left, and help codes when none was given: a guess then
// costs a try like any other. A help code is parsed by UseHelpCode only.
func (f Factors) Methods(now time.Time) []throttle.Method {
	switch {
	case f.App != nil && !f.keysOnly(now):
		return []throttle.Method{throttle.App, throttle.BackupCode, throttle.HelpCode}
	case f.Any():
		return []throttle.Method{throttle.BackupCode, throttle.HelpCode}
	}
	return nil
}

// CanRecover says whether the person can sign in without the phone.
func (f Factors) CanRecover() bool { return f.Any() && f.CodesLeft > 0 }

// lost says whether no factor of the account but backup codes can ever be used again. The
// ring key of the app was declared lost; a seed that is unreadable for another reason, such
// as a wrong key file on one instance, may come back. All keys are of another address.
func (s *Service) lost(ctx context.Context, tx *database.Tx, f Factors) (bool, error) {
	switch {
	case f.HasKey() || !f.Any():
		return false, nil
	case f.App == nil:
		return true, nil
	case slices.Contains(s.Keys.IDs(), f.App.RingKeyID):
		return false, nil
	}
	return canary.Lost(ctx, tx, f.App.RingKeyID)
}

// next is what a signed-in person must do before anything else. A person whose
// factors are lost got in with a backup code and must set up a new one.
func (s *Service) next(ctx context.Context, tx *database.Tx, f Factors) (Next, error) {
	switch {
	case f.account.MustChangePassword:
		return NextChangePassword, nil
	case f.MustSetUp(s.Now()):
		return NextSetUp, nil
	case !f.Any() || f.Paused(s.Now()):
		return NextDone, nil
	}
	lost, err := s.lost(ctx, tx, f)
	if lost {
		return NextSetUp, err
	}
	return NextDone, err
}

// HasFactor says whether an account has a second factor, inside a transaction.
func HasFactor(ctx context.Context, tx *database.Tx, accountID int64) (bool, error) {
	_, err := totp.Find(ctx, tx, accountID)
	if !errors.Is(err, totp.ErrNotFound) {
		return err == nil, err
	}
	keys, err := passkey.List(ctx, tx, accountID)
	return len(keys) > 0, err
}

// refreshFactors reads the caller's app and keys again, under the lock. A factor that was
// added meanwhile has not raised the epoch.
func (s *Service) refreshFactors(ctx context.Context, tx *database.Tx, c *Caller) error {
	app, err := totp.Find(ctx, tx, c.Account.ID)
	if err != nil && !errors.Is(err, totp.ErrNotFound) {
		return err
	}
	keys, err := passkey.List(ctx, tx, c.Account.ID)
	if err != nil {
		return err
	}
	c.factors.App, c.factors.anyKey, c.factors.resistantFrom = app, len(keys) > 0, 0
	for _, k := range keys {
		if s.works(k) && (c.factors.resistantFrom == 0 || k.ResistantAt < c.factors.resistantFrom) {
			c.factors.resistantFrom = k.ResistantAt
		}
	}
	return nil
}

// removeFactors deletes an account's app, its passkeys and hardware keys, backup codes and
// salt, its pause, and its failures, and ends the links that it has given: without a second
// factor nobody may give any. The numbers of keys and sets go on counting. The caller then
// raises the epoch.
func removeFactors(ctx context.Context, tx *database.Tx, accountID int64) error {
	if err := errors.Join(totp.Remove(ctx, tx, accountID), passkey.RemoveAll(ctx, tx, accountID)); err != nil {
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
