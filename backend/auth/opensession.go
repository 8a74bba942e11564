package auth

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
)

// openSession completes a sign-in: it stores a session with the level and the times
// in fresh, which gets its id, and makes the browser a known one. before are events
// of the same act. The caller holds the lock on the account.
func (s *Service) openSession(ctx context.Context, tx *database.Tx, c *Caller, f Factors, fresh *session.Session, now time.Time, before ...audit.Event) (Issued, error) {
	issued, a := Issued{Pending: new(string)}, f.account
	var err error
	if issued.Device, fresh.DeviceID, err = keepDevice(ctx, tx, c, f, fresh.Level, now); err != nil {
		return Issued{}, err
	}
	fresh.AccountID, fresh.Epoch = a.ID, a.Epoch
	fresh.Address, fresh.UserAgent, fresh.FailedCodes = c.addressText(), c.UserAgent, a.FailedCodes
	token, ended, err := session.Create(ctx, tx, fresh, s.SessionLimits, now)
	if err != nil {
		return Issued{}, err
	}
	issued.Session = &token
	if err := s.reportEnded(ctx, tx, c, a, ended); err != nil {
		return Issued{}, err
	}
	if err := completed(ctx, tx, a, fresh.Level, now); err != nil {
		return Issued{}, err
	}
	if err := account.SetLastSignIn(ctx, tx, a.ID, now); err != nil {
		return Issued{}, err
	}
	e := s.event(c, audit.SignIn, audit.OK)
	e.AccountID, e.Username, e.SessionID = &a.ID, a.Username, fresh.ID
	e.Details = details(map[string]any{"level": fresh.Level})
	return issued, audit.Record(ctx, tx, append(before, e)...)
}

// reportEnded records the sessions that ended because another one begins, and
// notifies the person of those that were evicted.
func (s *Service) reportEnded(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account, ended session.Ended) error {
	for _, id := range ended.Expired {
		if err := s.recordEnded(ctx, tx, audit.SessionEnded, audit.ReasonExpired, a.ID, id); err != nil {
			return err
		}
	}
	for _, id := range ended.Evicted {
		if err := s.recordEnded(ctx, tx, audit.SessionEnded, audit.ReasonEvicted, a.ID, id); err != nil {
			return err
		}
	}
	if len(ended.Evicted) == 0 {
		return nil
	}
	return s.reportEvicted(ctx, tx, c, a)
}

// completed is what every completed sign-in does to the account. Only a second
// factor clears the count of wrong codes: who knows the password alone, during a
// pause, must not hide it.
func completed(ctx context.Context, tx *database.Tx, a *account.Account, level session.Level, now time.Time) error {
	if level == session.LevelTwo && a.FailedCodes != 0 {
		if err := account.ClearFailedCodes(ctx, tx, a.ID); err != nil {
			return err
		}
	}
	if !a.Suspect(now) || a.MustChangePassword {
		return nil
	}
	a.MustChangePassword = true
	return account.DemandNewPassword(ctx, tx, a.ID)
}

// keepDevice makes the browser a known one, or gives a known one a new token. An
// account with a second factor knows a browser only once it has given that factor:
// a sign-in during a pause must not make a browser known by the password alone.
func keepDevice(ctx context.Context, tx *database.Tx, c *Caller, f Factors, level session.Level, now time.Time) (token *string, id int64, err error) {
	var known *session.Device
	if c.knownTo(f.account) {
		known = c.Device
	}
	if f.Any() && level < session.LevelTwo {
		if known != nil {
			id = known.ID
		}
		return nil, id, nil
	}
	made, id, err := session.KeepDevice(ctx, tx, known, f.account.ID, f.account.Epoch, now)
	return &made, id, err
}
