package auth

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// VerifyResult is the answer to a right second factor.
type VerifyResult struct {
	Next            Next
	Method          throttle.Method
	BackupCodesLeft *int // nil unless a backup code was used
	Issued          Issued
}

// VerifySecondFactor completes a sign-in with a code of either kind. The caller
// has a pending sign-in, or a session whose level is below what the account
// requires by now.
func (s *Service) VerifySecondFactor(ctx context.Context, c *Caller, typed string) (VerifyResult, error) {
	if err := c.RequirePending(); err != nil {
		return VerifyResult{}, err
	}
	code, err := parseProof(typed)
	if err != nil {
		return VerifyResult{}, err
	}
	var result VerifyResult
	err = s.decide(ctx, c, try{kind: audit.SecondFactor, proof: code, resets: true,
		accept: func(tx *database.Tx, now time.Time) (err error) {
			result, err = s.completeSignIn(ctx, tx, c, code.method(), now)
			return err
		}})
	if err != nil {
		return VerifyResult{}, err
	}
	return result, nil
}

// completeSignIn turns the pending sign-in into a session, or raises the session
// that owed a code, in the transaction that has spent the proof.
func (s *Service) completeSignIn(ctx context.Context, tx *database.Tx, c *Caller, method throttle.Method, now time.Time) (VerifyResult, error) {
	result := VerifyResult{Method: method}
	if c.Account.PausedAt != 0 {
		// The pause is over, by its time or overruled by the option. It must not
		// come back for somebody who uses codes again.
		if err := account.EndPause(ctx, tx, c.Account.ID); err != nil {
			return result, err
		}
		c.Account.PausedAt, c.Account.PausedUntil = 0, 0
	}
	e := s.event(c, audit.SecondFactor, audit.OK)
	e.Factor = string(method)
	var backupAt time.Time
	if method == throttle.BackupCode {
		backupAt = now
	}
	var sessionID int64
	var err error
	if c.Pending != nil {
		sessionID, result.Issued, err = s.spendPending(ctx, tx, c, e, backupAt, now)
	} else {
		sessionID, result.Issued, err = s.raise(ctx, tx, c, e, backupAt, now)
	}
	if err != nil {
		return result, err
	}
	if method == throttle.BackupCode {
		left, err := backupcode.Left(ctx, tx, c.Account.ID)
		if err != nil {
			return result, err
		}
		result.BackupCodesLeft = &left
		if err := s.notify(ctx, tx, c, notify.BackupCodeUsed, sessionID); err != nil {
			return result, err
		}
	}
	result.Next, err = s.next(ctx, tx, c.factors)
	return result, err
}

// spendPending deletes the pending sign-in, exactly one and unexpired, and opens
// the session it was for.
func (s *Service) spendPending(ctx context.Context, tx *database.Tx, c *Caller, e audit.Event, backupAt, now time.Time) (int64, Issued, error) {
	if err := pendingEnded(session.SpendPending(ctx, tx, c.Pending, c.Account.Epoch, now)); err != nil {
		return 0, Issued{}, err
	}
	fresh := session.Session{Level: session.LevelTwo, PasswordAt: c.Pending.PasswordAt, CodeAt: now.UnixMilli()}
	if !backupAt.IsZero() {
		fresh.BackupAt = backupAt.UnixMilli()
	}
	issued, err := s.openSession(ctx, tx, c, c.factors, &fresh, now, e)
	return fresh.ID, issued, err
}

// raise makes a session that owed a code one of level 2, and its browser a known
// one: it has given both factors by now.
func (s *Service) raise(ctx context.Context, tx *database.Tx, c *Caller, e audit.Event, backupAt, now time.Time) (int64, Issued, error) {
	device, deviceID, err := keepDevice(ctx, tx, c, c.factors, session.LevelTwo, now)
	if err != nil {
		return 0, Issued{}, err
	}
	token, err := session.Update(ctx, tx, c.Session,
		session.Change{Renew: true, Level: session.LevelTwo, CodeAt: now, BackupAt: backupAt, DeviceID: deviceID, FailedCodes: c.Account.FailedCodes})
	if err := sessionEnded(err); err != nil {
		return 0, Issued{}, err
	}
	if err := completed(ctx, tx, c.Account, session.LevelTwo, now); err != nil {
		return 0, Issued{}, err
	}
	return c.Session.ID, Issued{Session: token, Device: device}, audit.Record(ctx, tx, e)
}
