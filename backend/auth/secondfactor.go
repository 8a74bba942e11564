package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// VerifySecondFactor completes a sign-in with a code of either kind. The caller
// has a pending sign-in, or a session whose level is below what the account
// owes by now.
func (s *Service) VerifySecondFactor(ctx context.Context, c *Caller, typed string) (VerifyResult, error) {
	if c.State != PendingSecondFactor {
		return VerifyResult{}, errPendingEnded()
	}
	code, err := parseCode(typed)
	if err != nil {
		return VerifyResult{}, err
	}
	var result VerifyResult
	err = s.useCode(ctx, c, code, audit.SecondFactor, func(tx *database.Tx, try *codeTry) (err error) {
		result, err = s.acceptSecondFactor(ctx, tx, c, try)
		return err
	})
	if err != nil {
		return VerifyResult{}, err
	}
	return result, nil
}

// acceptSecondFactor is the one transaction of a right code: it spends the
// code, consumes the pending sign-in, begins the session and resets the lane.
func (s *Service) acceptSecondFactor(ctx context.Context, tx *database.Tx, c *Caller, try *codeTry) (VerifyResult, error) {
	now, result := s.Now(), VerifyResult{Method: try.method()}
	a, err := lockSame(ctx, tx, c)
	if err != nil {
		return result, err
	}
	if err := try.spend(ctx, tx, now); err != nil {
		return result, err
	}
	if err := throttle.Reset(ctx, tx, try.reserved.Budget); err != nil {
		return result, err
	}
	key := *c.key
	if key.PausedAt != 0 {
		// The pause is over, by its time or overruled by the option. It must not
		// come back for somebody who uses codes again, neither without the
		// option nor with a clock that is set back.
		if err := bound(totp.Resume(ctx, tx, c.key)); err != nil {
			return result, err
		}
		key.PausedAt = 0
	}
	e := s.event(c, audit.SecondFactor, audit.OK)
	e.Factor = string(try.method())
	if err := audit.Record(ctx, tx, e); err != nil {
		return result, err
	}
	sessionID, issued, err := s.enter(ctx, tx, c, a, now)
	if err != nil {
		return result, err
	}
	result.Issued = issued
	if result.Next, err = s.nextFor(ctx, tx, a, &key); err != nil {
		return result, err
	}
	if try.kind == throttle.Backup {
		result.BackupCodesLeft, err = s.noteBackupUse(ctx, tx, c, sessionID, now)
	}
	return result, err
}

// noteBackupUse lets the code count until the session ends, announces its use
// and returns how many are left.
func (s *Service) noteBackupUse(ctx context.Context, tx *database.Tx, c *Caller, sessionID int64, now time.Time) (*int, error) {
	if err := session.NoteBackup(ctx, tx, sessionID, now); err != nil {
		return nil, err
	}
	left, err := backupcode.Left(ctx, tx, c.Account.ID)
	if err != nil {
		return nil, err
	}
	return &left, s.leaveNotice(ctx, tx, c, notify.BackupCodeUsed, sessionID)
}

// enter turns the pending sign-in into a session, or raises the session that
// owed a code.
func (s *Service) enter(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account, now time.Time) (int64, Issued, error) {
	if c.Pending == nil {
		issued, err := s.raise(ctx, tx, c, a, now)
		return c.Session.ID, issued, err
	}
	err := session.SpendPending(ctx, tx, c.Pending, a.Epoch, now)
	if errors.Is(err, session.ErrNotFound) {
		return 0, Issued{}, errPendingEnded()
	}
	if err != nil {
		return 0, Issued{}, err
	}
	fresh := session.Session{Level: session.LevelTwo, PasswordAt: c.Pending.PasswordAt, CodeAt: now.UnixMilli()}
	issued, err := s.completeSignIn(ctx, tx, c, a, &fresh, now)
	return fresh.ID, issued, err
}

// raise makes a session that owed a code one of level 2, and its browser a known
// one: it has given both factors by now. The caller holds account.Lock.
func (s *Service) raise(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account, now time.Time) (Issued, error) {
	token, err := session.Promote(ctx, tx, c.Session, now)
	if err := ended(err); err != nil {
		return Issued{}, err
	}
	device, deviceID, err := s.keepDevice(ctx, tx, c, a, session.LevelTwo, now)
	if err != nil {
		return Issued{}, err
	}
	if err := session.NoteDevice(ctx, tx, c.Session.ID, deviceID); err != nil {
		return Issued{}, err
	}
	return Issued{Session: &token, Device: device}, s.demandNewPassword(ctx, tx, a, now)
}

// lockSame locks the caller's account and refuses a caller whose account has
// changed what it owes since it was read, or whose session has ended since:
// what a person ends does nothing more, not even what was on its way.
func lockSame(ctx context.Context, tx *database.Tx, c *Caller) (*account.Account, error) {
	a, err := account.Lock(ctx, tx, c.Account.ID)
	if errors.Is(err, account.ErrNotFound) {
		return nil, errSignedOut()
	}
	if err != nil {
		return nil, err
	}
	if a.Epoch != c.Account.Epoch || a.Disabled() {
		return nil, errSignedOut()
	}
	if c.Session == nil {
		return a, nil
	}
	return a, ended(session.Hold(ctx, tx, c.Session))
}
