package auth

import (
	"context"
	"crypto/rand"
	"errors"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// MaxPhoneName is the longest name of a phone, in code points.
const MaxPhoneName = 40

// BeginEnrollment offers a new key to the caller's session, for a first set-up
// or a move. While the session has a pending key it gets the same one again, so
// a reload keeps what was scanned; extend gives that key another ten minutes.
// The step-up is checked when a key is begun, not when it is confirmed.
func (s *Service) BeginEnrollment(ctx context.Context, c *Caller, extend bool) (Enrollment, error) {
	if err := c.settled(NextSetUp); err != nil {
		return Enrollment{}, err
	}
	pending, err := s.pendingKey(ctx, c)
	if errors.Is(err, totp.ErrNotFound) {
		pending, err = s.offerKey(ctx, c)
	} else if err == nil && extend {
		err = s.extendKey(ctx, c, pending)
	}
	if err != nil {
		return Enrollment{}, err
	}
	seed, err := s.pendingSeed(ctx, c, pending)
	if err != nil {
		return Enrollment{}, err
	}
	return Enrollment{
		Secret: totp.Secret(seed), URI: totp.KeyURI(s.Issuer, pending.Label, seed), Label: pending.Label,
		EndsAt: pending.Ends(), Replaces: pending.ReplacesKeyID != nil,
	}, nil
}

// pendingSeed opens the seed of a pending key. One that cannot be opened is
// noticed as that of a live key is (standards H7).
func (s *Service) pendingSeed(ctx context.Context, c *Caller, p *totp.Pending) ([]byte, error) {
	seed, err := p.Open(s.Keys, c.Account.ID)
	if err != nil {
		return nil, errors.Join(s.recordDenied(ctx, c, audit.EnrollmentCode, MethodTOTP, audit.ReasonUnreadable), errKeyUnreadable(err))
	}
	return seed, nil
}

// pendingKey returns the caller's pending key while it still fits the
// account's present key.
func (s *Service) pendingKey(ctx context.Context, c *Caller) (*totp.Pending, error) {
	return s.fittingKey(ctx, s.DB.Read(ctx), c)
}

func (s *Service) fittingKey(ctx context.Context, tx *database.Tx, c *Caller) (*totp.Pending, error) {
	p, err := totp.FindPending(ctx, tx, c.Session.ID, c.Account.Epoch, s.Now())
	if err != nil {
		return nil, err
	}
	if !p.SameKey(c.key) || p.Spent() {
		return nil, totp.ErrNotFound
	}
	return p, nil
}

func (s *Service) offerKey(ctx context.Context, c *Caller) (*totp.Pending, error) {
	if err := s.stepUpOwed(c, backupCounts); err != nil {
		return nil, err
	}
	keyID := make([]byte, 16)
	rand.Read(keyID)
	var pending *totp.Pending
	err := s.storeSealed(ctx, c.Account.ID, keyID, totp.NewSeed(), func(tx *database.Tx, sealed totp.Sealed) error {
		a, err := lockSame(ctx, tx, c)
		if err != nil {
			return err
		}
		// A double click or another tab may have begun meanwhile.
		if pending, err = s.fittingKey(ctx, tx, c); !errors.Is(err, totp.ErrNotFound) {
			return err
		}
		now, number := s.Now(), a.KeysBound+1
		pending = &totp.Pending{SessionID: c.Session.ID, AccountID: a.ID, Sealed: sealed, Number: number,
			Label: totp.Label(a.Username, number, now, a.ID), Epoch: a.Epoch}
		if c.key != nil {
			pending.ReplacesKeyID = c.key.KeyID
		}
		former, err := totp.Offer(ctx, tx, pending, now)
		if err != nil {
			return err
		}
		if former != nil {
			if err := s.recordEndedKey(ctx, tx, former); err != nil {
				return err
			}
		}
		return s.recordOK(ctx, tx, c, audit.EnrollmentBegun)
	})
	return pending, err
}

// recordEndedKey records that a pending key has ended by itself: by its time, or
// by its last try.
func (s *Service) recordEndedKey(ctx context.Context, tx *database.Tx, p *totp.Pending) error {
	reason := audit.ReasonExpired
	if p.Spent() {
		reason = audit.ReasonTooMany
	}
	return s.recordEnded(ctx, tx, audit.EnrollmentCancelled, reason, p.AccountID, p.SessionID)
}

// recordEnded records that something of an account has ended by itself.
func (s *Service) recordEnded(ctx context.Context, tx *database.Tx, kind audit.Kind, reason string, accountID, sessionID int64) error {
	e := s.event(&Caller{}, kind, audit.OK)
	e.Actor, e.Reason, e.AccountID, e.SessionID = audit.System, reason, &accountID, sessionID
	return audit.Record(ctx, tx, e)
}

func (s *Service) extendKey(ctx context.Context, c *Caller, p *totp.Pending) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		err := totp.ExtendPending(ctx, tx, p, s.Now())
		if errors.Is(err, totp.ErrNotFound) {
			return errExtendedEnough()
		}
		return err
	})
}

// CancelEnrollment withdraws the caller's pending key; the present one, if
// any, keeps working.
func (s *Service) CancelEnrollment(ctx context.Context, c *Caller) error {
	if err := c.settled(NextSetUp); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		err := totp.Withdraw(ctx, tx, c.Session.ID)
		if errors.Is(err, totp.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.EnrollmentCancelled)
	})
}

// ConfirmEnrollment makes the pending key live after one right code. Everything
// else the account has open ends; this session goes on at level 2.
func (s *Service) ConfirmEnrollment(ctx context.Context, c *Caller, typed, phoneName string) (ConfirmResult, error) {
	if err := c.settled(NextSetUp); err != nil {
		return ConfirmResult{}, err
	}
	phoneName, err := account.ParseText("phone_name", phoneName, MaxPhoneName)
	if err != nil {
		return ConfirmResult{}, err
	}
	code, ok := totp.ParseCode(typed)
	if !ok {
		return ConfirmResult{}, errMalformedCode()
	}
	pending, err := s.pendingKey(ctx, c)
	if errors.Is(err, totp.ErrNotFound) {
		return ConfirmResult{}, errPendingKeyEnded()
	}
	if err != nil {
		return ConfirmResult{}, err
	}
	step, err := s.matchPending(ctx, c, pending, code)
	if err != nil {
		return ConfirmResult{}, err
	}
	return s.bind(ctx, c, pending, phoneName, step)
}

// matchPending compares a confirming code. Its failures count on the pending
// key alone; the last one discards it.
func (s *Service) matchPending(ctx context.Context, c *Caller, p *totp.Pending, code string) (int64, error) {
	seed, err := s.pendingSeed(ctx, c, p)
	if err != nil {
		return 0, err
	}
	err = s.DB.InTx(ctx, func(tx *database.Tx) error { return totp.ReservePending(ctx, tx, p, s.Now()) })
	if errors.Is(err, totp.ErrNotFound) {
		return 0, errPendingKeyEnded()
	}
	if err != nil {
		return 0, err
	}
	step, ok, err := totp.Match(seed, code, s.Now())
	if err != nil {
		return 0, err
	}
	if !ok {
		// Here both directions are named: the key guards nothing yet.
		offset, _ := totp.Offset(seed, code, s.Now(), clockDiagnosis, clockDiagnosis)
		return 0, s.refusePending(ctx, c, p, offset)
	}
	return step, nil
}

func (s *Service) refusePending(ctx context.Context, c *Caller, p *totp.Pending, offset int64) error {
	e := s.event(c, audit.EnrollmentCode, audit.Failed)
	e.Reason, e.Factor = audit.ReasonWrong, string(MethodTOTP)
	if facts := clockFacts(offset); facts != nil {
		e.Details = details(facts)
	}
	if err := s.record(ctx, e); err != nil {
		return err
	}
	left := totp.MaxPendingFailures - p.Failures - 1
	if left <= 0 {
		return errPendingKeyEnded()
	}
	return &apperr.Error{Code: apperr.CodeWrong, TriesLeft: &left, Facts: clockFacts(offset),
		Message: "That code is not right. Enter the code the app shows now."}
}

// bind is the one transaction that activates a key: it takes the pending row,
// inserts or replaces the key, raises the epoch and carries this session on.
func (s *Service) bind(ctx context.Context, c *Caller, p *totp.Pending, phoneName string, step int64) (ConfirmResult, error) {
	var result ConfirmResult
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		a, err := lockSame(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := s.noteUnfinished(ctx, tx, a); err != nil {
			return err
		}
		if err := bound(totp.Bind(ctx, tx, p, phoneName, step, now)); err != nil {
			return err
		}
		if err := account.CountKey(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := throttle.ResetKind(ctx, tx, a.ID, throttle.TOTP); err != nil {
			return err
		}
		token, err := session.Promote(ctx, tx, c.Session, now)
		if err := ended(err); err != nil {
			return err
		}
		result = ConfirmResult{Issued: Issued{Session: &token}}
		if err := s.endOthers(ctx, tx, c, a); err != nil {
			return err
		}
		return s.tellBound(ctx, tx, c, &result)
	})
	return result, err
}

// bound turns the store's words for "somebody else was faster" into answers.
func bound(err error) error {
	switch {
	case errors.Is(err, totp.ErrNotFound):
		return errPendingKeyEnded()
	case errors.Is(err, totp.ErrChanged):
		return errWrongState()
	}
	return err
}

// tellBound records and announces a key that was bound just now.
func (s *Service) tellBound(ctx context.Context, tx *database.Tx, c *Caller, result *ConfirmResult) error {
	kind, notice := audit.KeyBound, notify.KeyBound
	if c.key != nil {
		kind, notice = audit.KeyMoved, notify.KeyMoved
		result.OldLabel = c.key.Label
	}
	return s.tell(ctx, tx, c, kind, notice)
}

// endOthers raises the epoch: all other sessions, pending sign-ins, pending
// keys and devices of the account end, the acting session and its device are
// carried on. The caller holds account.Lock.
func (s *Service) endOthers(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account) error {
	epoch, err := account.RaiseEpoch(ctx, tx, a)
	if err != nil {
		return err
	}
	if err := session.Carry(ctx, tx, c.Session, epoch); err != nil {
		return err
	}
	return session.EndStale(ctx, tx, a.ID, epoch)
}

// RenamePhone stores what the person calls the phone.
func (s *Service) RenamePhone(ctx context.Context, c *Caller, name string) error {
	if err := c.settled(); err != nil {
		return err
	}
	name, err := account.ParseText("phone_name", name, MaxPhoneName)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if _, err := lockSame(ctx, tx, c); err != nil {
			return err
		}
		err := totp.RenamePhone(ctx, tx, c.Account.ID, name)
		if errors.Is(err, totp.ErrNotFound) {
			return errWrongState()
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.PhoneRenamed)
	})
}
