package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
)

// SetupNeeded says whether no first administrator has been made yet.
func (s *Service) SetupNeeded(ctx context.Context) (bool, error) {
	return account.SetupOpen(ctx, s.DB.Read(ctx))
}

// NewSetupToken returns a token for the one-time link that creates the first
// administrator, "" when that has been done. It is good for 24 hours.
func (s *Service) NewSetupToken(ctx context.Context) (string, error) {
	open, err := s.SetupNeeded(ctx)
	if err != nil || !open {
		return "", err
	}
	var token string
	err = s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		token, err = account.NewSetupToken(ctx, tx, s.Now())
		return err
	})
	return token, err
}

// CreateFirstAdministrator creates the account of whoever holds the one-time
// link. One conditional update decides the winner; set-up never opens again.
// The password is hashed only for a right token, in a bounded slot.
func (s *Service) CreateFirstAdministrator(ctx context.Context, c *Caller, in SetupInput) error {
	if err := s.checkSetupToken(ctx, in.Token); err != nil {
		return err
	}
	phc, err := s.checkNewUser(ctx, c, in.Username, in.Password)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := closeSetup(ctx, tx, s.Now()); err != nil {
			return err
		}
		a, err := account.Create(ctx, tx, account.New{
			Username: in.Username, DisplayName: in.DisplayName, PasswordHash: phc, Admin: true,
		}, s.Now())
		if err != nil {
			return err
		}
		e := s.event(c, audit.SetupCompleted, audit.OK)
		e.AccountID = &a.ID
		return audit.Record(ctx, tx, e)
	})
}

func closeSetup(ctx context.Context, tx *database.Tx, now time.Time) error {
	err := account.CloseSetup(ctx, tx, now)
	if errors.Is(err, account.ErrSetupClosed) {
		return errSetupClosed()
	}
	return err
}

func errSetupClosed() error {
	return apperr.New(apperr.SetupClosed, "The first administrator exists already. Sign in.")
}

// checkSetupToken refuses a wrong token. The token is looked at first: whoever
// closes the set-up meanwhile also takes the tokens away, and then the answer is
// that it is closed.
func (s *Service) checkSetupToken(ctx context.Context, token string) error {
	good, err := account.SetupTokenGood(ctx, s.DB.Read(ctx), token, s.Now())
	if err != nil {
		return err
	}
	open, err := s.SetupNeeded(ctx)
	switch {
	case err != nil:
		return err
	case !open:
		return errSetupClosed()
	case !good:
		return apperr.New(apperr.SetupTokenWrong, "This link is wrong or too old. Start the server again for a new one.")
	}
	return nil
}

// checkNewUser checks a name and a password for a new account and hashes the
// password. Both are checked before either costs anything.
func (s *Service) checkNewUser(ctx context.Context, c *Caller, username, typed string) (string, error) {
	name, _, err := account.ParseUsername(username)
	if err != nil {
		return "", err
	}
	typed = password.Normalize(typed)
	if err := password.Check(typed, name, s.Issuer); err != nil {
		return "", err
	}
	leave, err := s.Hasher.Enter(ctx, addressKey(c.Address), true)
	if err != nil {
		return "", err
	}
	defer leave()
	return s.Hasher.Hash(typed)
}
