package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// VerifySecondFactor completes a sign-in with a code. The caller has a pending
// sign-in, or a session whose level is below what the account owes by now.
func (s *Service) VerifySecondFactor(ctx context.Context, c *Caller, typed string) (VerifyResult, error) {
	if c.State != PendingSecondFactor {
		return VerifyResult{}, errPendingEnded()
	}
	try, err := s.tryCode(ctx, c, typed, audit.SecondFactor)
	if err != nil {
		return VerifyResult{}, err
	}
	result := VerifyResult{Method: MethodTOTP}
	err = s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		result.Next, result.Issued, err = s.acceptSecondFactor(ctx, tx, c, try)
		return err
	})
	if errors.Is(err, totp.ErrReplayed) {
		return VerifyResult{}, s.refuseCode(ctx, c, try, audit.SecondFactor, apperr.CodeUsed)
	}
	return result, err
}

// codeTry is a 6-digit code that matched the account's key and whose try is
// reserved; it counts for nothing before its step is spent.
type codeTry struct {
	key      *totp.Key
	step     int64
	reserved *throttle.Reservation
}

// tryCode checks everything about a code but its single use, in the order of
// the package comment. A refusal is already recorded and counted.
func (s *Service) tryCode(ctx context.Context, c *Caller, typed string, kind audit.Kind) (*codeTry, error) {
	code, ok := totp.ParseCode(typed)
	if !ok {
		return nil, errMalformedCode()
	}
	if c.key == nil {
		return nil, errWrongState()
	}
	seed, err := s.usableSeed(ctx, c, kind)
	if err != nil {
		return nil, err
	}
	reserved, err := s.reserveTry(ctx, c, kind)
	if err != nil {
		return nil, err
	}
	try := &codeTry{key: c.key, reserved: reserved}
	try.step, ok, err = totp.Match(seed, code, s.Now())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, s.refuseCode(ctx, c, try, kind, apperr.CodeWrong)
	}
	return try, nil
}

// maxStepAhead is how far the last accepted step may lie ahead of the server's
// clock: one for the window, one for the instances' clocks.
const maxStepAhead = 2

// usableSeed opens the seed of the caller's key. One that cannot be opened
// denies; it never counts as no second factor (standards A16, H7).
func (s *Service) usableSeed(ctx context.Context, c *Caller, kind audit.Kind) ([]byte, error) {
	seed, err := c.key.Open(s.Keys, c.Account.ID)
	if err != nil {
		return nil, errors.Join(s.recordDenied(ctx, c, kind, audit.ReasonUnreadable), errKeyUnreadable(err))
	}
	if c.key.LastStep > totp.Step(s.Now())+maxStepAhead {
		return nil, errors.Join(s.recordDenied(ctx, c, kind, audit.ReasonClock), errClockChanged())
	}
	return seed, nil
}

func (s *Service) recordDenied(ctx context.Context, c *Caller, kind audit.Kind, reason string) error {
	e := s.event(c, kind, audit.Denied)
	e.Reason, e.Factor = reason, string(MethodTOTP)
	return s.record(ctx, e)
}

// reserveTry takes a try of the caller's own lane, in a transaction that
// commits before anything is compared.
func (s *Service) reserveTry(ctx context.Context, c *Caller, kind audit.Kind) (*throttle.Reservation, error) {
	budget := throttle.Budget{AccountID: c.Account.ID, Kind: throttle.TOTP, Lane: c.lane(c.Account)}
	var reserved *throttle.Reservation
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		reserved, err = throttle.Reserve(ctx, tx, budget, s.Now())
		return err
	})
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		return nil, errors.Join(s.recordDenied(ctx, c, kind, audit.ReasonWait), errCodeWait(wait.Left))
	case errors.Is(err, throttle.ErrStopped):
		return nil, errors.Join(s.recordDenied(ctx, c, kind, audit.ReasonStopped), s.errStopped(ctx, c))
	}
	return reserved, err
}

// errStopped says whether one lane or the whole key is out of tries.
func (s *Service) errStopped(ctx context.Context, c *Caller) error {
	dead, err := throttle.Dead(ctx, s.DB.Read(ctx), c.Account.ID, throttle.TOTP)
	switch {
	case err != nil:
		return err
	case dead:
		return errKeyDead()
	}
	return errCodeStopped()
}

// refuseCode records a failure that has cost a try and returns its answer.
func (s *Service) refuseCode(ctx context.Context, c *Caller, try *codeTry, kind audit.Kind, code apperr.Code) error {
	e := s.event(c, kind, audit.Failed)
	e.Reason, e.Factor = audit.ReasonWrong, string(MethodTOTP)
	if code == apperr.CodeUsed {
		e.Reason = audit.ReasonReplayed
	}
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := account.CountFailedCode(ctx, tx, c.Account.ID); err != nil {
			return err
		}
		if c.knownTo(c.Account) {
			if err := session.CountDeviceMiss(ctx, tx, c.Device.ID); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, e)
	})
	if err != nil {
		return err
	}
	if try.reserved.Stopped() {
		return s.errStopped(ctx, c)
	}
	return errCode(code, try.reserved)
}

// acceptSecondFactor is the one transaction of a right code: it spends the
// step, consumes the pending sign-in, begins the session and resets the lane.
func (s *Service) acceptSecondFactor(ctx context.Context, tx *database.Tx, c *Caller, try *codeTry) (Next, Issued, error) {
	now := s.Now()
	a, err := lockSame(ctx, tx, c.Account)
	if err != nil {
		return "", Issued{}, err
	}
	if err := totp.Spend(ctx, tx, try.key, try.step, now); err != nil {
		return "", Issued{}, err
	}
	if err := throttle.Reset(ctx, tx, try.reserved.Budget); err != nil {
		return "", Issued{}, err
	}
	e := s.event(c, audit.SecondFactor, audit.OK)
	e.Factor = string(MethodTOTP)
	if err := audit.Record(ctx, tx, e); err != nil {
		return "", Issued{}, err
	}
	issued, err := s.enter(ctx, tx, c, a, now)
	return s.nextFor(a, try.key), issued, err
}

// enter turns the pending sign-in into a session, or raises the session that
// owed a code.
func (s *Service) enter(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account, now time.Time) (Issued, error) {
	if c.Pending == nil {
		token, err := session.Promote(ctx, tx, c.Session, now)
		if errors.Is(err, session.ErrNotFound) {
			return Issued{}, errSignedOut()
		}
		return Issued{Session: &token}, err
	}
	err := session.SpendPending(ctx, tx, c.Pending, a.Epoch, now)
	if errors.Is(err, session.ErrNotFound) {
		return Issued{}, errPendingEnded()
	}
	if err != nil {
		return Issued{}, err
	}
	fresh := session.Session{Level: session.LevelTwo, PasswordAt: c.Pending.PasswordAt, CodeAt: now.UnixMilli()}
	return s.completeSignIn(ctx, tx, c, a, fresh, now)
}

// lockSame locks an account and refuses one that has changed what it owes
// since it was read.
func lockSame(ctx context.Context, tx *database.Tx, read *account.Account) (*account.Account, error) {
	a, err := account.Lock(ctx, tx, read.ID)
	if errors.Is(err, account.ErrNotFound) {
		return nil, errSignedOut()
	}
	if err != nil {
		return nil, err
	}
	if a.Epoch != read.Epoch || a.Disabled() {
		return nil, errSignedOut()
	}
	return a, nil
}
