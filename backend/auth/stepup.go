package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// stepUpOwed refuses an action whose factors were not given lately: the
// password, and a code of either kind whenever a key exists, each at most
// session.FactorFreshness ago (NIST SP 800-63B-4 section 4.1.2.1, ASVS 7.5.1).
func (s *Service) stepUpOwed(c *Caller, rule codeRule) error {
	now := s.Now()
	var need []apperr.Need
	if !c.Session.PasswordFresh(now) {
		need = append(need, apperr.NeedPassword)
	}
	if c.key != nil && !c.Session.CodeFresh(now) && !rule.counts(c.Session) {
		need = append(need, apperr.NeedCode)
	}
	if need == nil {
		return nil
	}
	return &apperr.Error{Code: apperr.StepUpOwed, Need: need, Message: "Confirm that it is you, then go on."}
}

// codeRule says which codes count for an action besides a fresh one.
type codeRule int

const (
	codeFreshOnly codeRule = iota
	// backupCounts: the backup code that opened the session counts until the
	// session ends, so that one last code is enough to get to a new phone.
	backupCounts
)

func (r codeRule) counts(s *session.Session) bool { return r == backupCounts && s.BackupAt != 0 }

// StepUp takes factors again inside a session. The password is checked first;
// MaxWrongStepUps wrong ones in a row end the session.
func (s *Service) StepUp(ctx context.Context, c *Caller, in StepUpInput) (Issued, error) {
	if err := c.signedIn(); err != nil {
		return Issued{}, err
	}
	if in.Password == nil && in.Code == nil {
		return Issued{}, apperr.InvalidField("password", "empty", "Enter your password.")
	}
	var code typedCode
	if in.Code != nil {
		var err error
		if code, err = parseCode(*in.Code); err != nil {
			return Issued{}, err
		}
	}
	var issued Issued
	if in.Password != nil {
		// With a code to come the token stays: a wrong one is answered without cookies.
		var err error
		if issued, err = s.stepUpPassword(ctx, c, *in.Password, in.Code == nil); err != nil {
			return Issued{}, err
		}
	}
	if in.Code == nil {
		return issued, nil
	}
	return s.stepUpCode(ctx, c, code)
}

func (s *Service) stepUpPassword(ctx context.Context, c *Caller, typed string, last bool) (Issued, error) {
	right, err := s.isPassword(ctx, c, password.Normalize(typed))
	if err != nil {
		return Issued{}, err
	}
	if !right {
		return Issued{}, s.refuseStepUpPassword(ctx, c)
	}
	e := s.event(c, audit.StepUpPassword, audit.OK)
	e.Factor = "password"
	var issued Issued
	err = s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		if err := ended(session.NotePassword(ctx, tx, c.Session, s.Now())); err != nil {
			return err
		}
		if last {
			if issued, err = renewToken(ctx, tx, c); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, e)
	})
	return issued, err
}

// renewToken gives the session a new token with a step-up; the old one is dead
// (ASVS 7.2.4). A session that a backup code has opened keeps its token: an
// answer lost on its way would lock out whoever has used the last code.
func renewToken(ctx context.Context, tx *database.Tx, c *Caller) (Issued, error) {
	if c.Session.BackupAt != 0 {
		return Issued{}, nil
	}
	token, err := session.Renew(ctx, tx, c.Session)
	return Issued{Session: &token}, ended(err)
}

// isPassword compares a normalized password with the caller's, in a hash slot.
func (s *Service) isPassword(ctx context.Context, c *Caller, typed string) (bool, error) {
	leave, err := s.Hasher.Enter(ctx, addressKey(c.Address), true)
	if err != nil {
		return false, err
	}
	defer leave()
	return s.Hasher.Verify(typed, c.Account.PasswordHash)
}

func (s *Service) refuseStepUpPassword(ctx context.Context, c *Caller) error {
	e := s.event(c, audit.StepUpPassword, audit.Failed)
	e.Reason, e.Factor = audit.ReasonWrong, "password"
	var failures int
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		failures, err = session.NoteWrongPassword(ctx, tx, c.Session)
		if err := ended(err); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, e); err != nil || failures < session.MaxWrongStepUps {
			return err
		}
		tooMany := s.event(c, audit.SessionEnded, audit.OK)
		tooMany.Reason = audit.ReasonTooMany
		if err := audit.Record(ctx, tx, tooMany); err != nil {
			return err
		}
		return ended(session.End(ctx, tx, c.Account.ID, c.Session.ID))
	})
	if err != nil {
		return err
	}
	left := session.MaxWrongStepUps - failures
	if left <= 0 {
		return errSignedOut()
	}
	return &apperr.Error{Code: apperr.PasswordWrong, TriesLeft: &left, Message: "That password is not right."}
}

// stepUpCode spends a code and notes its time. A session of level 1 is raised:
// it has now given both factors.
func (s *Service) stepUpCode(ctx context.Context, c *Caller, code typedCode) (Issued, error) {
	var issued Issued
	err := s.useCode(ctx, c, code, audit.StepUpCode, func(tx *database.Tx, try *codeTry) (err error) {
		issued, err = s.acceptStepUp(ctx, tx, c, try)
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

func (s *Service) acceptStepUp(ctx context.Context, tx *database.Tx, c *Caller, try *codeTry) (Issued, error) {
	now := s.Now()
	if _, err := lockSame(ctx, tx, c); err != nil {
		return Issued{}, err
	}
	if err := try.spend(ctx, tx, now); err != nil {
		return Issued{}, err
	}
	// A step-up ends no counting (standards A13), it only costs no try.
	if err := throttle.Release(ctx, tx, try.reserved); err != nil {
		return Issued{}, err
	}
	e := s.event(c, audit.StepUpCode, audit.OK)
	e.Factor = string(try.method())
	if err := audit.Record(ctx, tx, e); err != nil {
		return Issued{}, err
	}
	if try.kind == throttle.Backup {
		if err := s.leaveNotice(ctx, tx, c, notify.BackupCodeUsed, c.Session.ID); err != nil {
			return Issued{}, err
		}
	}
	return noteCode(ctx, tx, c, now)
}

func noteCode(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) (Issued, error) {
	if c.Session.Level == session.LevelTwo {
		if err := ended(session.NoteCode(ctx, tx, c.Session, now)); err != nil {
			return Issued{}, err
		}
		return renewToken(ctx, tx, c)
	}
	token, err := session.Promote(ctx, tx, c.Session, now)
	if err := ended(err); err != nil {
		return Issued{}, err
	}
	return Issued{Session: &token}, nil
}

// ended turns "no such session" into the answer for a session that has ended.
func ended(err error) error {
	if errors.Is(err, session.ErrNotFound) {
		return errSignedOut()
	}
	return err
}
