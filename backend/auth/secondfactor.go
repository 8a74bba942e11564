package auth

import (
	"context"
	"encoding/json"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// VerifyResult is the answer to a right second factor.
type VerifyResult struct {
	Next            Next
	Factor          string // the name of the factor that was given
	BackupCodesLeft *int   // nil unless a backup code was used
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
			result, err = s.completeSignIn(ctx, tx, c, codeGiven(code.method(), now), now)
			return err
		}})
	if err != nil {
		return VerifyResult{}, err
	}
	return result, nil
}

// VerifyKey is VerifySecondFactor with the answer of a passkey or hardware key.
func (s *Service) VerifyKey(ctx context.Context, c *Caller, answer json.RawMessage) (VerifyResult, error) {
	if err := c.RequirePending(); err != nil {
		return VerifyResult{}, err
	}
	var result VerifyResult
	err := s.decideKey(ctx, c, audit.SecondFactor, answer, func(tx *database.Tx, given session.Given, now time.Time) (err error) {
		result, err = s.completeSignIn(ctx, tx, c, given, now)
		return err
	})
	if err != nil {
		return VerifyResult{}, err
	}
	return result, nil
}

// completeSignIn turns the pending sign-in into a session, or raises the session
// that owed a code, in the transaction that has spent the proof.
func (s *Service) completeSignIn(ctx context.Context, tx *database.Tx, c *Caller, given session.Given, now time.Time) (VerifyResult, error) {
	result := VerifyResult{Factor: given.Factor}
	if c.Account.PausedAt != 0 {
		// The pause is over, by its time or overruled by the option. It must not
		// come back for somebody who uses codes again.
		if err := account.EndPause(ctx, tx, c.Account.ID); err != nil {
			return result, err
		}
		c.Account.PausedAt, c.Account.PausedUntil = 0, 0
	}
	e := s.event(c, audit.SecondFactor, audit.OK)
	e.Factor = given.Factor
	var sessionID int64
	var err error
	if c.Pending != nil {
		sessionID, result.Issued, err = s.spendPending(ctx, tx, c, e, given, now)
	} else {
		sessionID, result.Issued, err = s.raise(ctx, tx, c, e, given, now)
	}
	if err != nil {
		return result, err
	}
	if given.BackupCode {
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
func (s *Service) spendPending(ctx context.Context, tx *database.Tx, c *Caller, e audit.Event, given session.Given, now time.Time) (int64, Issued, error) {
	if err := pendingEnded(session.SpendPending(ctx, tx, c.Pending, c.Account.Epoch, now)); err != nil {
		return 0, Issued{}, err
	}
	fresh := session.Session{Level: session.LevelTwo, PasswordAt: c.Pending.PasswordAt}
	fresh.Give(given)
	fresh.BackupAt = fresh.BackupCodeAt
	issued, err := s.openSession(ctx, tx, c, c.factors, &fresh, now, e)
	return fresh.ID, issued, err
}

// raise makes a session that owed a code one of level 2, and its browser a known
// one: it has given both factors by now.
func (s *Service) raise(ctx context.Context, tx *database.Tx, c *Caller, e audit.Event, given session.Given, now time.Time) (int64, Issued, error) {
	device, deviceID, err := keepDevice(ctx, tx, c, c.factors, session.LevelTwo, now)
	if err != nil {
		return 0, Issued{}, err
	}
	change := session.Change{Renew: true, Level: session.LevelTwo, Given: given, DeviceID: deviceID, FailedCodes: c.Account.FailedCodes}
	if given.BackupCode {
		change.BackupAt = given.At
	}
	token, err := session.Update(ctx, tx, c.Session, change)
	if err := sessionEnded(err); err != nil {
		return 0, Issued{}, err
	}
	if err := completed(ctx, tx, c.Account, session.LevelTwo, now); err != nil {
		return 0, Issued{}, err
	}
	return c.Session.ID, Issued{Session: token, Device: device}, audit.Record(ctx, tx, e)
}
