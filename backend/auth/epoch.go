package auth

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// endAll raises an account's epoch, which ends all that the account has open: sessions,
// pending sign-ins, pending keys, devices, the link to choose a password, and the help code
// with the session that it has opened. carry takes the acting session on to the new epoch,
// nil = there is none. A pending sign-in of an unrecognised browser is reported before it
// ends. The caller holds the lock.
func (s *Service) endAll(ctx context.Context, tx *database.Tx, a *account.Account, carry func(epoch int64) error) error {
	if err := s.reportUnfinished(ctx, tx, a); err != nil {
		return err
	}
	epoch, err := account.RaiseEpoch(ctx, tx, a)
	if err != nil {
		return err
	}
	if carry != nil {
		if err := carry(epoch); err != nil {
			return err
		}
	}
	if err := session.EndStale(ctx, tx, a.ID, epoch); err != nil {
		return err
	}
	return totp.DropPending(ctx, tx, a.ID)
}

// changeSession gives the acting session a new token and what else change says. Nothing else
// of the account ends.
func (s *Service) changeSession(ctx context.Context, tx *database.Tx, c *Caller, change session.Change) (Issued, error) {
	change.Renew = true
	token, err := session.Update(ctx, tx, c.Session, change)
	return Issued{Session: token}, sessionEnded(err)
}

// endOthers is endAll for a change that a person makes in a session, which goes on
// as change says, with a new session token and a new device token: a copy of the
// old ones is no longer valid.
func (s *Service) endOthers(ctx context.Context, tx *database.Tx, c *Caller, change session.Change) (Issued, error) {
	var issued Issued
	err := s.endAll(ctx, tx, c.Account, func(epoch int64) (err error) {
		change.Renew, change.Epoch = true, epoch
		if issued.Device, err = session.RenewDevice(ctx, tx, c.Session, epoch); err != nil {
			return err
		}
		issued.Session, err = session.Update(ctx, tx, c.Session, change)
		return sessionEnded(err)
	})
	return issued, err
}
