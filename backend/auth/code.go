package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// typedCode is an entry whose shape is that of a code: six ASCII digits are a
// code from the app, everything else is read as a backup code.
type typedCode struct {
	kind throttle.Kind
	text string
}

func parseCode(typed string) (typedCode, error) {
	if text, ok := totp.ParseCode(typed); ok {
		return typedCode{throttle.TOTP, text}, nil
	}
	if text, ok := backupcode.Parse(typed); ok {
		return typedCode{throttle.Backup, text}, nil
	}
	return typedCode{}, errMalformedCode()
}

// parseAppCode is for where only a code from the app will do.
func parseAppCode(typed string) (typedCode, error) {
	text, ok := totp.ParseCode(typed)
	if !ok {
		return typedCode{}, errMalformedCode()
	}
	return typedCode{throttle.TOTP, text}, nil
}

// codeTry is a code that was compared and found right, and whose try is
// reserved. It counts for nothing before it is spent.
type codeTry struct {
	kind     throttle.Kind
	key      *totp.Key        // of a code from the app
	step     int64            // the step it belongs to
	backup   *backupcode.Code // of a backup code
	reserved *throttle.Reservation
	// offset is how far the phone's clock is off, where a wrong code tells; in
	// steps, negative = slow.
	offset int64
}

func (t *codeTry) method() Method {
	if t.kind == throttle.Backup {
		return MethodBackup
	}
	return MethodTOTP
}

// errSpentBefore says that another request was faster with the same code.
var errSpentBefore = errors.New("auth: code spent before")

// spend uses the code up, or returns errSpentBefore.
func (t *codeTry) spend(ctx context.Context, tx *database.Tx, now time.Time) error {
	if t.kind == throttle.Backup {
		err := backupcode.Spend(ctx, tx, t.backup, now)
		if errors.Is(err, backupcode.ErrSpent) {
			return errSpentBefore
		}
		return err
	}
	err := totp.Spend(ctx, tx, t.key, t.step, now)
	if errors.Is(err, totp.ErrReplayed) {
		return errSpentBefore
	}
	return err
}

// useCode checks a code and then does, in one transaction, what it was given
// for; accept spends it. Of two requests with one code the slower is refused as
// a replay is.
func (s *Service) useCode(ctx context.Context, c *Caller, code typedCode, kind audit.Kind, accept func(*database.Tx, *codeTry) error) error {
	try, err := s.tryCode(ctx, c, code, kind)
	if err != nil {
		return err
	}
	err = s.DB.InTx(ctx, func(tx *database.Tx) error { return accept(tx, try) })
	if errors.Is(err, errSpentBefore) {
		return s.refuseCode(ctx, c, try, kind, apperr.CodeUsed)
	}
	return err
}

// tryCode checks everything about a code but its single use, in the order of
// the package comment. A refusal is already recorded and counted.
func (s *Service) tryCode(ctx context.Context, c *Caller, code typedCode, kind audit.Kind) (*codeTry, error) {
	if c.key == nil {
		return nil, errWrongState()
	}
	if code.kind == throttle.Backup {
		return s.tryBackupCode(ctx, c, code, kind)
	}
	seed, err := s.usableSeed(ctx, c, kind)
	if err != nil {
		return nil, err
	}
	try := &codeTry{kind: code.kind, key: c.key}
	if try.reserved, err = s.reserveTry(ctx, c, code.kind, kind); err != nil {
		return nil, err
	}
	var ok bool
	try.step, ok, err = totp.Match(seed, code.text, s.Now())
	if err != nil {
		return nil, err
	}
	if !ok {
		// The past only: naming a future step would hand out a code to come.
		offset, past := totp.Offset(seed, code.text, s.Now(), clockDiagnosis, 0)
		if past && totp.Step(s.Now())+offset == c.key.LastStep {
			// No slow phone made this one: it was spent, and somebody has kept it.
			return nil, s.refuseCode(ctx, c, try, kind, apperr.CodeUsed)
		}
		try.offset = offset
		return nil, s.refuseCode(ctx, c, try, kind, apperr.CodeWrong)
	}
	return try, nil
}

// clockDiagnosis is how far from now a wrong code is looked for, only to
// explain the failure. It is never accepted.
const clockDiagnosis = time.Hour

// clockFacts are what the answer and the trail say of a phone's clock.
func clockFacts(offset int64) map[string]any {
	if offset == 0 {
		return nil
	}
	return map[string]any{"clock_offset_seconds": offset * totp.Period}
}

func (s *Service) tryBackupCode(ctx context.Context, c *Caller, code typedCode, kind audit.Kind) (*codeTry, error) {
	try := &codeTry{kind: code.kind}
	var err error
	try.backup, try.reserved, err = s.findBackupCode(ctx, c, code.text, kind)
	switch {
	case errors.Is(err, backupcode.ErrNotFound):
		return nil, s.refuseCode(ctx, c, try, kind, apperr.CodeWrong)
	case err != nil:
		return nil, err
	case try.backup.ReplacedAt != 0:
		return nil, s.refuseCode(ctx, c, try, kind, apperr.CodeReplaced)
	case try.backup.UsedAt != 0:
		return nil, s.refuseCode(ctx, c, try, kind, apperr.CodeUsed)
	}
	return try, nil
}

// findBackupCode reserves a try and finds the code in any set, in a hash slot:
// what is held back costs no hash. Argon2id runs once, since the salt is the
// account's; an account without codes costs the same. With
// backupcode.ErrNotFound the try is reserved, too.
func (s *Service) findBackupCode(ctx context.Context, c *Caller, text string, kind audit.Kind) (*backupcode.Code, *throttle.Reservation, error) {
	leave, err := s.Hasher.Enter(ctx, addressKey(c.Address), c.Session != nil || c.knownTo(c.Account))
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	reserved, err := s.reserveTry(ctx, c, throttle.Backup, kind)
	if err != nil {
		return nil, nil, err
	}
	salt := c.Account.BackupSalt
	if salt == nil {
		salt = make([]byte, backupSaltSize)
	}
	found, err := backupcode.Find(ctx, s.DB.Read(ctx), c.Account.ID, s.Hasher.Key([]byte(text), salt))
	return found, reserved, err
}

// maxStepAhead is how far the last accepted step may lie ahead of the server's
// clock: one for the window, one for the instances' clocks.
const maxStepAhead = 2

// usableSeed opens the seed of the caller's key. One that cannot be opened
// denies; it never counts as no second factor (standards A16, H7).
func (s *Service) usableSeed(ctx context.Context, c *Caller, kind audit.Kind) ([]byte, error) {
	seed, err := c.key.Open(s.Keys, c.Account.ID)
	if err != nil {
		return nil, errors.Join(s.recordDenied(ctx, c, kind, MethodTOTP, audit.ReasonUnreadable), errKeyUnreadable(err))
	}
	if c.key.LastStep > totp.Step(s.Now())+maxStepAhead {
		return nil, errors.Join(s.recordDenied(ctx, c, kind, MethodTOTP, audit.ReasonClock), errClockChanged())
	}
	return seed, nil
}

func (s *Service) recordDenied(ctx context.Context, c *Caller, kind audit.Kind, method Method, reason string) error {
	e := s.event(c, kind, audit.Denied)
	e.Reason, e.Factor = reason, string(method)
	if reason == audit.ReasonWait || reason == audit.ReasonStopped {
		return s.countThrottled(ctx, e)
	}
	return s.record(ctx, e)
}

// reserveTry takes a try of the caller's own lane, in a transaction that
// commits before anything is compared.
func (s *Service) reserveTry(ctx context.Context, c *Caller, code throttle.Kind, kind audit.Kind) (*throttle.Reservation, error) {
	budget := throttle.Budget{AccountID: c.Account.ID, Kind: code, Lane: c.lane(c.Account)}
	var reserved *throttle.Reservation
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		reserved, err = throttle.Reserve(ctx, tx, budget, s.Now())
		return err
	})
	var wait *throttle.WaitError
	method := (&codeTry{kind: code}).method()
	switch {
	case errors.As(err, &wait):
		return nil, errors.Join(s.recordDenied(ctx, c, kind, method, audit.ReasonWait), errCodeWait(wait.Left))
	case errors.Is(err, throttle.ErrStopped):
		return nil, errors.Join(s.recordDenied(ctx, c, kind, method, audit.ReasonStopped), s.errStopped(ctx, c, code))
	}
	return reserved, err
}

// errStopped says whether one lane or the whole key or set is out of tries.
func (s *Service) errStopped(ctx context.Context, c *Caller, kind throttle.Kind) error {
	dead, err := throttle.Dead(ctx, s.DB.Read(ctx), c.Account.ID, kind)
	switch {
	case err != nil:
		return err
	case dead:
		return errKeyDead()
	}
	return errCodeStopped()
}

// refusals are the reasons in the trail of what refuseCode answers.
var refusals = map[apperr.Code]string{
	apperr.CodeWrong:    audit.ReasonWrong,
	apperr.CodeUsed:     audit.ReasonReplayed,
	apperr.CodeReplaced: audit.ReasonReplaced,
}

// refuseCode records a failure that has cost a try and returns its answer.
func (s *Service) refuseCode(ctx context.Context, c *Caller, try *codeTry, kind audit.Kind, code apperr.Code) error {
	e := s.event(c, kind, audit.Failed)
	e.Reason, e.Factor, e.Lane = refusals[code], string(try.method()), string(try.reserved.Lane)
	if facts := clockFacts(try.offset); facts != nil {
		e.Details = details(facts)
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
		if err := s.noteMissingFactor(ctx, tx, c); err != nil {
			return err
		}
		return audit.Record(ctx, tx, e)
	})
	if err != nil {
		return err
	}
	if try.reserved.Stopped() {
		return s.errStopped(ctx, c, try.kind)
	}
	return errCode(code, try)
}
