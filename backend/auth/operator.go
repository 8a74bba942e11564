package auth

import (
	"context"
	"errors"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// operatorCaller stands for whoever runs the command line.
func operatorCaller(a *account.Account) *Caller { return &Caller{Account: a} }

func (s *Service) operatorEvent(a *account.Account, kind audit.Kind) audit.Event {
	e := s.event(operatorCaller(a), kind, audit.OK)
	e.Actor = audit.Operator
	return e
}

// CreateUser makes an account. Its password, chosen by somebody else, must be
// changed at the first sign-in (standards D14, E13). The first administrator
// made this way ends the set-up.
func (s *Service) CreateUser(ctx context.Context, u NewUser) error {
	phc, err := s.checkNewUser(ctx, operatorCaller(nil), u.Username, u.Password)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		a, err := account.Create(ctx, tx, account.New{
			Username: u.Username, DisplayName: u.DisplayName, PasswordHash: phc, Admin: u.Admin, MustChangePassword: true,
		}, s.Now())
		if err != nil {
			return err
		}
		if u.Admin {
			err := account.CloseSetup(ctx, tx, s.Now())
			if err != nil && !errors.Is(err, account.ErrSetupClosed) {
				return err
			}
		}
		return audit.Record(ctx, tx, s.operatorEvent(a, audit.AccountCreated))
	})
}

// ListUsers returns all accounts by name.
func (s *Service) ListUsers(ctx context.Context) ([]account.Account, error) {
	return account.List(ctx, s.DB.Read(ctx))
}

// SetPassword gives an account a password that must be changed at the next
// sign-in. Two-factor authentication stays as it is (standards D13).
func (s *Service) SetPassword(ctx context.Context, username, typed string) error {
	a, err := s.findUser(ctx, username)
	if err != nil {
		return err
	}
	phc, err := s.checkNewUser(ctx, operatorCaller(nil), a.Username, typed)
	if err != nil {
		return err
	}
	return s.recover(ctx, a, audit.PasswordChanged, notify.OperatorPassword, func(tx *database.Tx) error {
		if err := throttle.ForgetDay(ctx, tx, s.hashName(a.UsernameFolded)); err != nil {
			return err
		}
		return account.SetPasswordHash(ctx, tx, a.ID, phc, true, s.Now())
	})
}

// ResetTwoFactor removes the key of somebody who is locked out.
func (s *Service) ResetTwoFactor(ctx context.Context, username string) error {
	a, err := s.findUser(ctx, username)
	if err != nil {
		return err
	}
	return s.recover(ctx, a, audit.KeyRemoved, notify.OperatorReset, func(tx *database.Tx) error {
		return removeFactor(ctx, tx, a.ID)
	})
}

// removeFactor deletes an account's key, backup codes and salt, and forgets
// its failures. The numbers of keys and sets go on counting.
func removeFactor(ctx context.Context, tx *database.Tx, accountID int64) error {
	if err := totp.Remove(ctx, tx, accountID); err != nil {
		return err
	}
	if err := backupcode.Remove(ctx, tx, accountID); err != nil {
		return err
	}
	if err := account.DropBackupSalt(ctx, tx, accountID); err != nil {
		return err
	}
	return throttle.ResetAll(ctx, tx, accountID)
}

// DisableAccount keeps somebody out.
func (s *Service) DisableAccount(ctx context.Context, username string) error {
	return s.setDisabled(ctx, username, true, audit.AccountDisabled, notify.OperatorDisabled)
}

// EnableAccount lets somebody in again.
func (s *Service) EnableAccount(ctx context.Context, username string) error {
	return s.setDisabled(ctx, username, false, audit.AccountEnabled, notify.OperatorEnabled)
}

func (s *Service) setDisabled(ctx context.Context, username string, off bool, kind audit.Kind, notice notify.Kind) error {
	a, err := s.findUser(ctx, username)
	if err != nil {
		return err
	}
	if a.Disabled() == off {
		return apperr.New(apperr.WrongState, "The account is in that state already.")
	}
	return s.recover(ctx, a, kind, notice, func(tx *database.Tx) error {
		return account.SetDisabled(ctx, tx, a.ID, off, s.Now())
	})
}

// recover makes a change for somebody else: everything the account has open
// ends, the trail says it was the operator, and the person is told.
func (s *Service) recover(ctx context.Context, a *account.Account, kind audit.Kind, notice notify.Kind, change func(tx *database.Tx) error) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		locked, err := account.Lock(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		epoch, err := account.RaiseEpoch(ctx, tx, locked)
		if err != nil {
			return err
		}
		if err := session.EndStale(ctx, tx, a.ID, epoch); err != nil {
			return err
		}
		if err := totp.DropPending(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, s.operatorEvent(a, kind)); err != nil {
			return err
		}
		return s.leaveNotice(ctx, tx, operatorCaller(a), notice, 0)
	})
}

// KnowsUser refuses a name that no account has.
func (s *Service) KnowsUser(ctx context.Context, username string) error {
	_, err := s.findUser(ctx, username)
	return err
}

func (s *Service) findUser(ctx context.Context, username string) (*account.Account, error) {
	folded, _ := account.Fold(username)
	a, err := account.ByFoldedName(ctx, s.DB.Read(ctx), folded)
	if errors.Is(err, account.ErrNotFound) {
		return nil, apperr.New(apperr.NotFound, "There is no account of that name.")
	}
	return a, err
}
