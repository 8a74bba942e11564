package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/throttle"
)

const backupSaltSize = 16

// NewCodes is a new set. Its codes are stored as hashes and returned once. PDF is the sheet.
type NewCodes struct {
	Number    int
	CheckWord string
	CreatedAt time.Time
	Codes     []string // ten, as shown: 7K2M-Q9XA-4TBD-R8WC
	PDF       []byte
}

// Printer makes the sheet of a new set for an account.
type Printer func(a *account.Account, codes NewCodes) ([]byte, error)

// ReplaceBackupCodes generates a new set, in place of any former one. The sheet
// is printed before anything is stored, so that no set exists whose codes
// nobody has seen.
func (s *Service) ReplaceBackupCodes(ctx context.Context, c *Caller, print Printer) (NewCodes, error) {
	if err := c.ready(); err != nil {
		return NewCodes{}, err
	}
	if !c.factors.Any() {
		return NewCodes{}, apperr.Of(apperr.WrongState)
	}
	if err := c.requireFresh(s.Now(), strongestOrOpening); err != nil {
		return NewCodes{}, err
	}
	codes := NewCodes{Number: c.Account.SetsMade + 1, CheckWord: backupcode.CheckWord(), CreatedAt: s.Now().UTC(), Codes: backupcode.Generate()}
	salt := c.Account.BackupSalt
	if salt == nil {
		salt = make([]byte, backupSaltSize)
		rand.Read(salt)
	}
	if err := s.reserveSet(ctx, c, codes.Number, salt); err != nil {
		return NewCodes{}, err
	}
	hashes, err := s.hashNewCodes(ctx, c, codes.Codes, salt)
	if err != nil {
		return NewCodes{}, err
	}
	if codes.PDF, err = print(c.Account, codes); err != nil {
		return NewCodes{}, err
	}
	return codes, s.storeCodes(ctx, c, codes, hashes)
}

// reserveSet takes the number of the next set before anything is hashed, so that
// of several requests at once only one costs hashes.
func (s *Service) reserveSet(ctx context.Context, c *Caller, number int, salt []byte) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		if c.Account.SetsMade+1 != number { // another tab was faster
			return apperr.Of(apperr.WrongState)
		}
		return account.CountSet(ctx, tx, c.Account.ID, salt)
	})
}

// hashNewCodes waits for a hash slot for each code, so that others get their turn.
func (s *Service) hashNewCodes(ctx context.Context, c *Caller, codes []string, salt []byte) ([][]byte, error) {
	hashes := make([][]byte, len(codes))
	for i, code := range codes {
		canonical, ok := backupcode.Parse(code)
		if !ok {
			return nil, errors.New("a generated backup code does not parse")
		}
		leave, err := s.enterQueue(ctx, c)
		if err != nil {
			return nil, err
		}
		hashes[i] = s.Hasher.Key([]byte(canonical), salt)
		leave()
	}
	return hashes, nil
}

func (s *Service) storeCodes(ctx context.Context, c *Caller, codes NewCodes, hashes [][]byte) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		if c.Account.SetsMade != codes.Number { // another tab has begun a later one
			return apperr.Of(apperr.WrongState)
		}
		set := backupcode.Set{AccountID: c.Account.ID, Number: codes.Number, CheckWord: codes.CheckWord, CreatedAt: codes.CreatedAt.UnixMilli()}
		if err := backupcode.Replace(ctx, tx, set, hashes, s.Now()); err != nil {
			return err
		}
		if err := throttle.ResetMethod(ctx, tx, c.Account.ID, throttle.BackupCode); err != nil {
			return err
		}
		return s.recordAndNotify(ctx, tx, c, audit.CodesGenerated, notify.CodesGenerated)
	})
}

// ConfirmBackupCodes stores that the person has saved the live set of that number.
// A set replaced in the meantime is apperr.WrongState.
func (s *Service) ConfirmBackupCodes(ctx context.Context, c *Caller, number int) error {
	if err := c.readyWithFactor(); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		err := backupcode.Confirm(ctx, tx, c.Account.ID, number, s.Now())
		if errors.Is(err, backupcode.ErrNotFound) {
			return apperr.Of(apperr.WrongState)
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.CodesConfirmed)
	})
}

// Check is the state of a saved code.
type Check string

// The results of a check.
const (
	CheckValid    Check = "valid"
	CheckUsed     Check = "used"
	CheckReplaced Check = "replaced"
	CheckUnknown  Check = "unknown"
)

// CheckResult answers a check. Set is 0 and UsedAt zero where they say nothing;
// TriesLeft and Wait are told for an unknown code only.
type CheckResult struct {
	Result    Check
	Set       int
	UsedAt    time.Time
	TriesLeft int
	Wait      time.Duration
}

// checkedCode is a backup code that is looked at and not used up. Only an unknown
// one is wrong.
type checkedCode struct{ *backupCode }

func (p checkedCode) compare(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) (verdict, error) {
	v, err := p.backupCode.compare(ctx, tx, c, now)
	if p.found != nil {
		v = verdict{}
	}
	return v, err
}

func (checkedCode) spend(context.Context, *database.Tx, *Caller, time.Time) error { return nil }

// CheckBackupCode says whether a saved code is valid without using it up. It needs
// a session that has given the second factor; only an unknown code counts as a
// failure.
func (s *Service) CheckBackupCode(ctx context.Context, c *Caller, typed string) (CheckResult, error) {
	if err := c.ready(); err != nil {
		return CheckResult{}, err
	}
	if !c.factors.Any() {
		return CheckResult{}, apperr.Of(apperr.WrongState)
	}
	if err := c.requireFactorGiven(); err != nil {
		return CheckResult{}, err
	}
	text, ok := backupcode.Parse(typed)
	if !ok {
		return CheckResult{}, errMalformedCode()
	}
	code := checkedCode{&backupCode{text: text}}
	var result CheckResult
	err := s.decide(ctx, c, try{kind: audit.CodeChecked, proof: code, accept: func(tx *database.Tx, now time.Time) (err error) {
		result, err = s.acceptCheck(ctx, tx, c, code.found, now)
		return err
	}})
	var wrong *apperr.Error
	if errors.As(err, &wrong) && wrong.Code == apperr.CodeWrong {
		return CheckResult{Result: CheckUnknown, TriesLeft: *wrong.TriesLeft, Wait: wrong.Wait}, nil
	}
	return result, err
}

func (s *Service) acceptCheck(ctx context.Context, tx *database.Tx, c *Caller, found *backupcode.Code, now time.Time) (CheckResult, error) {
	result := CheckResult{Result: CheckValid, Set: found.SetNumber}
	switch {
	case found.UsedAt != 0:
		result.Result, result.UsedAt = CheckUsed, unixTime(found.UsedAt)
	case found.ReplacedAt != 0:
		result.Result = CheckReplaced
	default:
		if err := backupcode.SetChecked(ctx, tx, c.Account.ID, found.SetNumber, now); err != nil {
			return result, err
		}
	}
	e := s.event(c, audit.CodeChecked, audit.OK)
	e.Reason, e.Factor = string(result.Result), string(throttle.BackupCode)
	return result, audit.Record(ctx, tx, e)
}
