package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/throttle"
)

// SetupNeeded says whether no first administrator has been made yet. Since set-up
// never opens again, a process asks the database no more once it is closed.
func (s *Service) SetupNeeded(ctx context.Context) (bool, error) {
	if s.setupClosed.Load() {
		return false, nil
	}
	open, err := account.SetupOpen(ctx, s.DB.Read(ctx))
	if err == nil && !open {
		s.setupClosed.Store(true)
	}
	return open, err
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

// SetupInput is what the first administrator enters.
type SetupInput struct {
	Token, Username, Password, DisplayName string
}

// CreateFirstAdministrator creates the account of the person who holds the
// one-time link, and signs that person in. One conditional update decides the
// winner; set-up never opens again. The password is hashed only for a right token.
func (s *Service) CreateFirstAdministrator(ctx context.Context, c *Caller, in SetupInput) (SignInResult, error) {
	if err := s.checkSetupToken(ctx, in.Token); err != nil {
		return SignInResult{}, err
	}
	name, _, err := account.ParseUsername(in.Username)
	if err != nil {
		return SignInResult{}, err
	}
	phc, err := s.hashNew(ctx, c, name, in.DisplayName, in.Password)
	if err != nil {
		return SignInResult{}, err
	}
	var result SignInResult
	err = s.DB.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		if err := closeSetup(ctx, tx, now); err != nil {
			return err
		}
		a, err := s.CreateAccount(ctx, tx, account.New{
			Username: in.Username, DisplayName: in.DisplayName, PasswordHash: phc, Admin: true,
		})
		if err != nil {
			return err
		}
		e := s.event(c, audit.SetupCompleted, audit.OK)
		e.AccountID, e.Username = &a.ID, a.Username
		if err := audit.Record(ctx, tx, e); err != nil {
			return err
		}
		// The former session of this browser ends.
		if err := endFormer(ctx, tx, c); err != nil {
			return err
		}
		result, err = s.openPasswordSession(ctx, tx, c, Factors{account: a, required: s.RequireTwoFactor}, true, now)
		return err
	})
	return result, err
}

func closeSetup(ctx context.Context, tx *database.Tx, now time.Time) error {
	err := account.CloseSetup(ctx, tx, now)
	if errors.Is(err, account.ErrSetupClosed) {
		return apperr.Of(apperr.SetupClosed)
	}
	return err
}

// checkSetupToken refuses a wrong token. The token is looked at first: a request
// that closes the set-up meanwhile also deletes the tokens, and then the answer
// is that it is closed.
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
		return apperr.Of(apperr.SetupClosed)
	case !good:
		return apperr.Of(apperr.SetupTokenWrong)
	}
	return nil
}

// CreateAccount makes an account and the budgets of its second factors.
func (s *Service) CreateAccount(ctx context.Context, tx *database.Tx, n account.New) (*account.Account, error) {
	a, err := account.Create(ctx, tx, n, s.Now())
	if err != nil {
		return nil, err
	}
	return a, throttle.Create(ctx, tx, a.ID)
}

// CreateAccounts is CreateAccount for many, whose names were checked in this
// transaction.
func (s *Service) CreateAccounts(ctx context.Context, tx *database.Tx, accounts []*account.Account) error {
	if err := account.CreateMany(ctx, tx, accounts); err != nil {
		return err
	}
	ids := make([]int64, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	return throttle.Create(ctx, tx, ids...)
}
