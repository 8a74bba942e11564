package auth

import (
	"context"
	"errors"

	"imagemaster/backend/apperr"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/totp"
)

// storeSealed seals a seed with the ring's current key and stores it in one
// transaction, which holds that key. An instance whose current key was retired
// or is another one stores nothing and is not ready (rotation.Ready).
func (s *Service) storeSealed(ctx context.Context, accountID int64, keyID, seed []byte, store func(tx *database.Tx, sealed totp.Sealed) error) error {
	sealed := totp.Seal(s.Keys, accountID, keyID, seed)
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := store(tx, sealed); err != nil {
			return err
		}
		return canary.Hold(ctx, tx, s.Keys, sealed.RingKeyID, s.Now())
	})
	if errors.Is(err, canary.ErrRetired) || errors.Is(err, canary.ErrMismatch) {
		return &apperr.Error{Code: apperr.Unavailable, Cause: err}
	}
	return err
}
