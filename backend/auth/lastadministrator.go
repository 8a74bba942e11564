package auth

import (
	"context"
	"errors"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/totp"
)

// requireAnotherAdministrator refuses to take the last administrator away who can
// open the administrators' pages: another enabled one must be left whose second factor
// is as good as that of the target, if it has any.
func (s *Service) requireAnotherAdministrator(ctx context.Context, tx *database.Tx, target *account.Account) error {
	if !target.Admin || target.Disabled() {
		return nil
	}
	least, err := s.factorRank(ctx, tx, target.ID)
	if err != nil {
		return err
	}
	all, err := account.Administrators(ctx, tx)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.ID == target.ID {
			continue
		}
		rank, err := s.factorRank(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if rank >= least {
			return nil
		}
	}
	return apperr.Of(apperr.LastAdministrator)
}

// factorRank says how good the second factor of an account is: 0 = there is none, 1 = it
// is dead or cannot be read, and backup codes may still open the account, 2 = it works.
func (s *Service) factorRank(ctx context.Context, tx *database.Tx, accountID int64) (int, error) {
	keys, err := passkey.List(ctx, tx, accountID)
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		if s.KeyWorks(k) {
			return 2, nil
		}
	}
	key, err := totp.Find(ctx, tx, accountID)
	if errors.Is(err, totp.ErrNotFound) {
		return min(len(keys), 1), nil
	}
	if err != nil {
		return 0, err
	}
	state, err := s.keyState(ctx, tx, key)
	if state == KeyLive {
		return 2, err
	}
	return 1, err
}
