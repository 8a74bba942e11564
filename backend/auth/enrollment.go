package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

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

// Enrollment is a key that waits for its first right code. Secret is shown in
// this answer only and to this session only.
type Enrollment struct {
	Secret   string // 32 base32 letters
	URI      string // otpauth://totp/…
	Label    string
	EndsAt   time.Time
	Replaces bool // a move: the present key works until this one is confirmed
}

// BeginEnrollment offers a new key to the caller's session, for a first set-up or
// a move. The step-up is checked now, not when the key is confirmed. A reload gets
// the same key again, but only while that step-up is fresh: somebody who copies
// the session later must not see a key that the person is about to confirm.
func (s *Service) BeginEnrollment(ctx context.Context, c *Caller) (Enrollment, error) {
	if err := c.ready(NextSetUp); err != nil {
		return Enrollment{}, err
	}
	if err := c.requireFresh(s.Now(), strongestOrOpening); err != nil {
		return Enrollment{}, err
	}
	pending, err := s.shownKey(ctx, s.DB.Read(ctx), c)
	if errors.Is(err, totp.ErrNotFound) {
		pending, err = s.offerKey(ctx, c)
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
		EndsAt: pending.Ends(), Replaces: pending.ReplacesKeyID != nil && !c.Session.Recovery,
	}, nil
}

// pendingKey returns the caller's pending key while it fits the account's present
// key, or totp.ErrNotFound.
func (s *Service) pendingKey(ctx context.Context, tx *database.Tx, c *Caller) (*totp.Pending, error) {
	p, err := totp.FindPending(ctx, tx, c.Session.ID, c.Account.Epoch, s.Now())
	if err != nil {
		return nil, err
	}
	if !p.SameKey(c.factors.App) || p.Spent() {
		return nil, totp.ErrNotFound
	}
	if c.factors.outgrown(p.CreatedAt, s.Now()) && !c.Session.Recovery {
		return nil, totp.ErrNotFound
	}
	return p, nil
}

// shownKey is pendingKey while the step-up it was begun with still counts: factors
// that were given later prove a new beginning, with a new key.
func (s *Service) shownKey(ctx context.Context, tx *database.Tx, c *Caller) (*totp.Pending, error) {
	p, err := s.pendingKey(ctx, tx, c)
	if err == nil && max(c.Session.PasswordAt, c.Session.FactorAt()) > p.CreatedAt {
		return nil, totp.ErrNotFound
	}
	return p, err
}

// pendingSeed opens the seed of a pending key. One that cannot be opened is
// recorded as that of a live key is (H7).
func (s *Service) pendingSeed(ctx context.Context, c *Caller, p *totp.Pending) ([]byte, error) {
	seed, err := p.Open(s.Keys, c.Account.ID)
	if err != nil {
		e := s.event(c, audit.EnrollmentCode, audit.Denied)
		e.Reason, e.Factor = audit.ReasonUnreadable, string(throttle.App)
		return nil, errors.Join(s.record(ctx, e), errKeyUnreadable(err))
	}
	return seed, nil
}

func (s *Service) offerKey(ctx context.Context, c *Caller) (*totp.Pending, error) {
	keyID := make([]byte, 16)
	rand.Read(keyID)
	var pending *totp.Pending
	err := s.storeSealed(ctx, c.Account.ID, keyID, totp.NewSeed(), func(tx *database.Tx, sealed totp.Sealed) error {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		// A double click or another tab may have begun meanwhile.
		var err error
		if pending, err = s.shownKey(ctx, tx, c); !errors.Is(err, totp.ErrNotFound) {
			return err
		}
		label := totp.Label(c.Account.Username, c.Account.KeysBound+1, now, c.Account.ID)
		pending = &totp.Pending{SessionID: c.Session.ID, AccountID: c.Account.ID, Sealed: sealed, Label: label, Epoch: c.Account.Epoch}
		if c.factors.App != nil {
			pending.ReplacesKeyID = c.factors.App.KeyID
		}
		former, err := totp.Offer(ctx, tx, pending, now)
		if err != nil {
			return err
		}
		if former != nil {
			if err := s.recordEndedKey(ctx, tx, former, now); err != nil {
				return err
			}
		}
		return s.recordOK(ctx, tx, c, audit.EnrollmentBegun)
	})
	return pending, err
}

// recordEndedKey records that a pending key has ended by itself: by its time, by
// its last try, or because a new one took its place.
func (s *Service) recordEndedKey(ctx context.Context, tx *database.Tx, p *totp.Pending, now time.Time) error {
	reason := audit.ReasonExpired
	switch {
	case p.Spent():
		reason = audit.ReasonTooMany
	case p.Ends().After(now):
		reason = audit.ReasonReplaced
	}
	return s.recordEnded(ctx, tx, audit.EnrollmentCancelled, reason, p.AccountID, p.SessionID)
}

// ExtendEnrollment gives the caller's pending key another ten minutes. It shows
// nothing of the key.
func (s *Service) ExtendEnrollment(ctx context.Context, c *Caller) error {
	if err := c.ready(NextSetUp); err != nil {
		return err
	}
	pending, err := s.pendingKey(ctx, s.DB.Read(ctx), c)
	if err != nil {
		return enrollmentError(err)
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		err := totp.ExtendPending(ctx, tx, pending, s.Now())
		if errors.Is(err, totp.ErrNotFound) {
			return apperr.Of(apperr.WrongState)
		}
		return err
	})
}

// CancelEnrollment withdraws the caller's pending key. The present key, if any,
// goes on working.
func (s *Service) CancelEnrollment(ctx context.Context, c *Caller) error {
	if err := c.ready(NextSetUp); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
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

// ConfirmResult is the answer to the code that confirms a key.
type ConfirmResult struct {
	OldLabel string // the entry to delete from the old phone, "" at the first set-up
	Issued   Issued
}

// ConfirmEnrollment makes the pending key live after one right code. Everything
// else the account has open ends; this session goes on at level 2.
func (s *Service) ConfirmEnrollment(ctx context.Context, c *Caller, typed, phoneName string) (ConfirmResult, error) {
	if err := c.ready(NextSetUp); err != nil {
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
	pending, err := s.pendingKey(ctx, s.DB.Read(ctx), c)
	if err != nil {
		return ConfirmResult{}, enrollmentError(err)
	}
	seed, err := s.pendingSeed(ctx, c, pending)
	if err != nil {
		return ConfirmResult{}, err
	}
	var result ConfirmResult
	err = s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) {
		result, refused, err = s.judgePending(ctx, tx, c, pending, seed, code, phoneName)
		return refused, err
	})
	if err != nil {
		return ConfirmResult{}, err
	}
	return result, nil
}

// judgePending is the one transaction of a confirming code. Its failures count on
// the pending key alone; the last one ends it.
func (s *Service) judgePending(ctx context.Context, tx *database.Tx, c *Caller, p *totp.Pending, seed []byte, code, phoneName string) (result ConfirmResult, refused, err error) {
	now := s.Now()
	if err := lock(ctx, tx, c, now); err != nil {
		return result, nil, err
	}
	if p, err = totp.LockPending(ctx, tx, p, now); err != nil {
		return result, nil, enrollmentError(err)
	}
	step, ok, err := totp.Match(seed, code, now)
	if err != nil {
		return result, nil, err
	}
	if !ok {
		// Here both directions are named: the key guards nothing yet.
		offset, _ := totp.Offset(seed, code, now, clockDiagnosis, clockDiagnosis)
		refused, err = s.failPending(ctx, tx, c, p, verdict{code: apperr.CodeWrong, offset: offset})
		return result, refused, err
	}
	result, err = s.bind(ctx, tx, c, p, phoneName, step, now)
	return result, nil, err
}

func (s *Service) failPending(ctx context.Context, tx *database.Tx, c *Caller, p *totp.Pending, v verdict) (refused, err error) {
	if err := totp.CountFailure(ctx, tx, p); err != nil {
		return nil, err
	}
	e := s.event(c, audit.EnrollmentCode, audit.Failed)
	e.Reason, e.Factor, e.ClockOffsetSeconds = audit.ReasonWrong, string(throttle.App), v.offset*totp.Period
	if err := audit.Record(ctx, tx, e); err != nil {
		return nil, err
	}
	if p.Spent() {
		return apperr.Of(apperr.PendingKeyEnded), nil
	}
	left := totp.MaxPendingFailures - p.Failures
	return &apperr.Error{Code: v.code, TriesLeft: &left, Facts: v.facts()}, nil
}

// bind makes a locked pending key the account's live one, with the step of its
// confirming code already spent, raises the epoch and carries this session on. The
// code that confirms a key is a completed second factor: a pause is over. Beside
// passkeys or hardware keys a first app ends no session, since it takes nothing away.
func (s *Service) bind(ctx context.Context, tx *database.Tx, c *Caller, p *totp.Pending, phoneName string, step int64, now time.Time) (ConfirmResult, error) {
	if err := enrollmentError(totp.Bind(ctx, tx, p, phoneName, step, now)); err != nil {
		return ConfirmResult{}, err
	}
	if err := account.CountKey(ctx, tx, c.Account.ID); err != nil {
		return ConfirmResult{}, err
	}
	if err := throttle.ResetMethod(ctx, tx, c.Account.ID, throttle.App); err != nil {
		return ConfirmResult{}, err
	}
	change := session.Change{Level: session.LevelTwo, Given: codeGiven(throttle.App, now), ClearsBackup: true}
	if c.Session.Recovery {
		if err := s.forgetFormer(ctx, tx, c.Account); err != nil {
			return ConfirmResult{}, err
		}
		change.Enrolled = s.SessionLimits.Overall(c.Session.Created())
	}
	end := s.endOthers
	if c.factors.App == nil && c.factors.anyKey && !c.Session.Recovery {
		end = s.changeSession // nothing becomes invalid
	}
	issued, err := end(ctx, tx, c, change)
	if err != nil {
		return ConfirmResult{}, err
	}
	result := ConfirmResult{Issued: issued}
	e, notice := s.event(c, audit.KeyBound, audit.OK), notify.KeyBound
	if c.factors.App != nil {
		e.Kind, notice, result.OldLabel = audit.KeyMoved, notify.KeyMoved, c.factors.App.Label
	}
	if c.Session.Recovery {
		e.Reason = audit.ReasonHelpCode
	}
	if err := audit.Record(ctx, tx, e); err != nil {
		return ConfirmResult{}, err
	}
	return result, s.notify(ctx, tx, c, notice, c.Session.ID)
}

// RenamePhone stores what the person calls the phone.
func (s *Service) RenamePhone(ctx context.Context, c *Caller, name string) error {
	if err := c.readyWithFactor(); err != nil {
		return err
	}
	name, err := account.ParseText("phone_name", name, MaxPhoneName)
	if err != nil {
		return err
	}
	if c.factors.App != nil && c.factors.App.PhoneName == name {
		return nil
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		err := totp.RenamePhone(ctx, tx, c.Account.ID, name)
		if errors.Is(err, totp.ErrNotFound) {
			return apperr.Of(apperr.WrongState)
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.PhoneRenamed)
	})
}

// enrollmentError turns the errors of package totp into answers.
func enrollmentError(err error) error {
	switch {
	case errors.Is(err, totp.ErrNotFound):
		return apperr.Of(apperr.PendingKeyEnded)
	case errors.Is(err, totp.ErrChanged):
		return apperr.Of(apperr.WrongState)
	}
	return err
}
