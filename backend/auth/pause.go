package auth

import (
	"context"
	"encoding/json"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// Pause stops the sign-in from asking for a second factor for a time, 0 = until it
// is enabled again. Key and codes are kept, and every act that requires a code
// still requires it. A pause that is running gets the new end.
func (s *Service) Pause(ctx context.Context, c *Caller, length time.Duration) (Issued, error) {
	return s.weaken(ctx, c, func(tx *database.Tx, now time.Time) (Issued, error) {
		until := time.Time{}
		if length != 0 {
			until = now.Add(length)
		}
		if err := account.SetPause(ctx, tx, c.Account.ID, until, now); err != nil {
			return Issued{}, err
		}
		issued, err := s.endOthers(ctx, tx, c, session.Change{})
		if err != nil {
			return Issued{}, err
		}
		return issued, s.recordAndNotify(ctx, tx, c, audit.Paused, notify.Paused)
	})
}

// RemoveFactors deletes the authenticator app, all passkeys and hardware keys, the backup
// codes and their salt. To use two-factor authentication again it must be set up anew.
func (s *Service) RemoveFactors(ctx context.Context, c *Caller) (Issued, error) {
	return s.weaken(ctx, c, func(tx *database.Tx, _ time.Time) (Issued, error) { return s.removeAll(ctx, tx, c) })
}

// removeAll deletes all second factors and the backup codes, and ends all other sessions.
func (s *Service) removeAll(ctx context.Context, tx *database.Tx, c *Caller) (Issued, error) {
	if err := removeFactors(ctx, tx, c.Account.ID); err != nil {
		return Issued{}, err
	}
	issued, err := s.endOthers(ctx, tx, c, session.Change{ClearsBackup: true, ForgetsResistant: true})
	if err != nil {
		return Issued{}, err
	}
	return issued, s.recordAndNotify(ctx, tx, c, audit.KeyRemoved, notify.KeyRemoved)
}

// weaken is changeFactors for a change after which the sign-in asks for no second factor:
// only where neither the operator nor a policy demands one.
func (s *Service) weaken(ctx context.Context, c *Caller, change func(tx *database.Tx, now time.Time) (Issued, error)) (Issued, error) {
	if err := c.ready(); err != nil {
		return Issued{}, err
	}
	if err := s.requireFree(ctx, s.DB.Read(ctx), c); err != nil {
		return Issued{}, err
	}
	return s.changeFactors(ctx, c, func(tx *database.Tx, now time.Time) (Issued, error) {
		if err := s.requireFree(ctx, tx, c); err != nil {
			return Issued{}, err
		}
		return change(tx, now)
	})
}

// changeFactors makes a change that takes a second factor away, after password and the
// strongest factor.
func (s *Service) changeFactors(ctx context.Context, c *Caller, change func(tx *database.Tx, now time.Time) (Issued, error)) (Issued, error) {
	if err := c.ready(); err != nil {
		return Issued{}, err
	}
	if !c.factors.Any() {
		return Issued{}, apperr.Of(apperr.WrongState)
	}
	if err := c.requireFresh(s.Now(), strongest); err != nil {
		return Issued{}, err
	}
	var issued Issued
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		if err := s.refreshFactors(ctx, tx, c); err != nil {
			return err
		}
		if err := c.requireFresh(now, strongest); err != nil {
			return err
		}
		issued, err = change(tx, now)
		return err
	})
	return issued, err
}

// Enable ends a pause. It wants a 6-digit code: proof that the phone is at hand
// before the sign-in asks for it again. The session is of level 2 after it.
func (s *Service) Enable(ctx context.Context, c *Caller, typed string) (Issued, error) {
	if err := c.ready(); err != nil {
		return Issued{}, err
	}
	code, ok := parseAppCode(typed)
	if !ok {
		return Issued{}, errMalformedCode()
	}
	if !c.factors.Paused(s.Now()) {
		return Issued{}, apperr.Of(apperr.WrongState)
	}
	var issued Issued
	err := s.decide(ctx, c, try{kind: audit.Resumed, proof: code, accept: func(tx *database.Tx, now time.Time) (err error) {
		issued, err = s.resume(ctx, tx, c, codeGiven(code.method(), now))
		return err
	}})
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

// EnableWithKey is Enable with a passkey or hardware key.
func (s *Service) EnableWithKey(ctx context.Context, c *Caller, answer json.RawMessage) (Issued, error) {
	if err := c.ready(); err != nil {
		return Issued{}, err
	}
	if !c.factors.Paused(s.Now()) {
		return Issued{}, apperr.Of(apperr.WrongState)
	}
	var issued Issued
	err := s.decideKey(ctx, c, audit.Resumed, answer, func(tx *database.Tx, given session.Given, _ time.Time) (err error) {
		issued, err = s.resume(ctx, tx, c, given)
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

// resume ends a pause in the transaction that has accepted a second factor.
func (s *Service) resume(ctx context.Context, tx *database.Tx, c *Caller, given session.Given) (Issued, error) {
	if err := account.EndPause(ctx, tx, c.Account.ID); err != nil {
		return Issued{}, err
	}
	issued, err := s.endOthers(ctx, tx, c, session.Change{Level: session.LevelTwo, Given: given})
	if err != nil {
		return Issued{}, err
	}
	return issued, s.recordAndNotify(ctx, tx, c, audit.Resumed, notify.Resumed)
}

// pauseEnded says whether a pause has ended, by its time or by a policy, and this is not
// stored yet.
func (f Factors) pauseEnded(now time.Time) bool {
	return f.account.PauseOver(now) || f.account.PausedAt != 0 && f.obligation.Due(now)
}

// storePauseEnd stores and records the end of a pause that has ended, once.
func (s *Service) storePauseEnd(ctx context.Context, tx *database.Tx, f Factors, now time.Time) error {
	if f.account.PauseOver(now) {
		return s.endOverduePause(ctx, tx, f.account.ID, now)
	}
	done, err := account.OverrulePause(ctx, tx, f.account)
	if err != nil || !done {
		return err
	}
	return s.recordEnded(ctx, tx, audit.Resumed, audit.ReasonPolicy, f.account.ID, 0)
}

// endOverduePause stores and records that a pause has reached its end, once.
func (s *Service) endOverduePause(ctx context.Context, tx *database.Tx, accountID int64, now time.Time) error {
	done, err := account.EndOverduePause(ctx, tx, accountID, now)
	if err != nil || !done {
		return err
	}
	return s.recordEnded(ctx, tx, audit.Resumed, audit.ReasonExpired, accountID, 0)
}
