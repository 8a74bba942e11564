package auth

import (
	"context"
	"errors"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// NewUser is an account the operator makes.
type NewUser struct {
	Username, Password, DisplayName string
	Admin                           bool
}

// Recovery is what the operator should know after an act for somebody.
type Recovery struct {
	// PasswordKnown says that somebody without the second factor had the password
	// lately. While it stays as it is, that person can sign in with it.
	PasswordKnown bool
	// CouldRecover says that the person had unused backup codes.
	CouldRecover bool
}

// operatorCaller is the command line. It has no session and no address.
func operatorCaller(a *account.Account) *Caller { return &Caller{Account: a} }

func (s *Service) operatorEvent(a *account.Account, kind audit.Kind) audit.Event {
	return s.EventBy(Operator, a, kind, nil)
}

// operatorDetails adds the system user who runs the command.
func (s *Service) operatorDetails(facts map[string]any) string {
	if s.Operator != "" {
		facts["operator"] = s.Operator
	}
	return details(facts)
}

// CreateUser makes an account. Its password, chosen by somebody else, must be
// changed at the first sign-in (D14, E13). The first administrator made this way
// ends the set-up.
func (s *Service) CreateUser(ctx context.Context, u NewUser) error {
	name, _, err := account.ParseUsername(u.Username)
	if err != nil {
		return err
	}
	phc, err := s.hashNew(ctx, operatorCaller(nil), name, u.DisplayName, u.Password)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if u.Admin { // all administrators are told, see lockForChange
			if err := account.LockAdministrators(ctx, tx); err != nil {
				return err
			}
		}
		a, err := s.CreateAccount(ctx, tx, account.New{
			Username: u.Username, DisplayName: u.DisplayName, PasswordHash: phc, Admin: u.Admin, MustChangePassword: true,
		})
		if err != nil {
			return err
		}
		if u.Admin {
			err := account.CloseSetup(ctx, tx, s.Now())
			if err != nil && !errors.Is(err, account.ErrSetupClosed) {
				return err
			}
			if err := s.TellOfRole(ctx, tx, Operator, a, account.Administrator); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, s.operatorEvent(a, audit.AccountCreated))
	})
}

// HasTwoFactor says whether an account has a second factor, paused or not.
func (s *Service) HasTwoFactor(ctx context.Context, username string) (bool, error) {
	f, err := s.findUser(ctx, username)
	return f.Any(), err
}

// PasswordKnown says whether somebody without the second factor has had an
// account's present password lately, or is signing in with it now.
func (s *Service) PasswordKnown(ctx context.Context, username string) (bool, error) {
	f, err := s.findUser(ctx, username)
	if err != nil {
		return false, err
	}
	return s.PasswordKnownOf(ctx, f.account)
}

// PasswordKnownOf is PasswordKnown for an account that was read.
func (s *Service) PasswordKnownOf(ctx context.Context, a *account.Account) (bool, error) {
	_, err := session.UnrecognisedPending(ctx, s.DB.Read(ctx), a.ID, a.Epoch)
	if !errors.Is(err, session.ErrNotFound) {
		return err == nil, err
	}
	return s.passwordKnownLately(ctx, s.DB.Read(ctx), a)
}

// SetPassword gives an account a password that must be changed at the next
// sign-in. Two-factor authentication stays as it is (D13).
func (s *Service) SetPassword(ctx context.Context, username, typed string) (Recovery, error) {
	f, err := s.findUser(ctx, username)
	if err != nil {
		return Recovery{}, err
	}
	phc, err := s.hashNew(ctx, operatorCaller(nil), f.account.Username, f.account.DisplayName, typed)
	if err != nil {
		return Recovery{}, err
	}
	return s.ChangeFor(ctx, Operator, f, Change{Notice: notify.OperatorPassword, Events: []audit.Kind{audit.PasswordChanged}, EndAll: true, Told: notify.DidSetPassword,
		Do: func(ctx context.Context, tx *database.Tx) error { return s.setPassword(ctx, tx, f.account, phc, true) }})
}

// setPassword stores a password that was not changed in a session. mustChange says
// that somebody else chose it. A link to choose one ends.
func (s *Service) setPassword(ctx context.Context, tx *database.Tx, a *account.Account, phc string, mustChange bool) error {
	if err := EndHelp(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := throttle.ForgetDay(ctx, tx, s.hashName(a.UsernameFolded)); err != nil {
		return err
	}
	return account.SetPasswordHash(ctx, tx, a.ID, phc, mustChange, s.Now())
}

// Reset says how the second factor of an account is removed.
type Reset struct {
	Password     string // a new one, to be changed at the next sign-in; "" = the present one stays
	KeepPassword bool   // it stays although somebody else had it lately
}

// ResetTwoFactor removes the second factor of somebody who is locked out. The
// password alone opens the account then, so it is refused while somebody else had
// the password lately, unless a new one comes along or the operator insists. With
// nothing to remove it changes nothing.
func (s *Service) ResetTwoFactor(ctx context.Context, username string, how Reset) (Recovery, error) {
	f, err := s.findUser(ctx, username)
	if err != nil {
		return Recovery{}, err
	}
	phc, notice, kinds := "", notify.OperatorReset, []audit.Kind{audit.KeyRemoved}
	if how.Password != "" {
		notice, kinds = notify.OperatorRecovery, append(kinds, audit.PasswordChanged)
		if phc, err = s.hashNew(ctx, operatorCaller(nil), f.account.Username, f.account.DisplayName, how.Password); err != nil {
			return Recovery{}, err
		}
	}
	return s.ChangeFor(ctx, Operator, f, Change{Notice: notice, Events: kinds, EndAll: true, Told: notify.DidRemove, Do: func(ctx context.Context, tx *database.Tx) error {
		known, err := s.passwordKnownLately(ctx, tx, f.account)
		if err != nil {
			return err
		}
		if known && phc == "" && !how.KeepPassword {
			return apperr.New(apperr.PasswordChangeOwed, "Somebody without the second factor has had the password of this account lately. "+
				"Run the command again and set a new one, or keep it with --keep-password.")
		}
		if phc != "" {
			if err := s.setPassword(ctx, tx, f.account, phc, true); err != nil {
				return err
			}
		}
		return removeBound(ctx, tx, f.account.ID)
	}})
}

// DisableAccount keeps somebody out. evenLast allows it for the last administrator.
func (s *Service) DisableAccount(ctx context.Context, username string, evenLast bool) (Recovery, error) {
	f, err := s.findUser(ctx, username)
	if err != nil {
		return Recovery{}, err
	}
	change := s.Disabling(f, true)
	change.EvenLast = evenLast
	return s.ChangeFor(ctx, Operator, f, change)
}

// EnableAccount lets somebody in again.
func (s *Service) EnableAccount(ctx context.Context, username string) (Recovery, error) {
	f, err := s.findUser(ctx, username)
	if err != nil {
		return Recovery{}, err
	}
	return s.ChangeFor(ctx, Operator, f, s.Disabling(f, false))
}

// EndAllSessions ends what every account has open, and returns how many accounts
// there are. After a copy of the database was put back by hand, its sessions and
// devices would count again.
func (s *Service) EndAllSessions(ctx context.Context) (int, error) {
	count := 0
	for last := int64(0); ; {
		some, err := account.ListAfter(ctx, s.DB.Read(ctx), last, batch)
		if err != nil || len(some) == 0 {
			return count, err
		}
		for _, a := range some {
			err := s.DB.InTx(ctx, func(tx *database.Tx) error {
				locked, err := account.Lock(ctx, tx, a.ID)
				if err != nil {
					return err
				}
				if err := s.endAll(ctx, tx, locked, nil); err != nil {
					return err
				}
				return audit.Record(ctx, tx, s.operatorEvent(locked, audit.AllEnded))
			})
			if err != nil && !errors.Is(err, account.ErrNotFound) {
				return count, err
			}
			count, last = count+1, a.ID
		}
	}
}

// KnowsUser refuses a name that no account has.
func (s *Service) KnowsUser(ctx context.Context, username string) error {
	_, err := s.findUser(ctx, username)
	return err
}

func (s *Service) findUser(ctx context.Context, username string) (Factors, error) {
	folded, _ := account.Fold(username)
	f, found, err := s.findFactors(ctx, folded)
	if err == nil && !found {
		err = apperr.New(apperr.NotFound, "There is no account of that name.")
	}
	return f, err
}
