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
// stores nothing and is not ready (rotation.Ready).
func (s *Service) storeSealed(ctx context.Context, accountID int64, keyID, seed []byte, store func(tx *database.Tx, sealed totp.Sealed) error) error {
	sealed := totp.Seal(s.Keys, accountID, keyID, seed)
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := store(tx, sealed); err != nil {
			return err
		}
		return canary.Hold(ctx, tx, s.Keys, sealed.RingKeyID, s.Now())
	})
	if errors.Is(err, canary.ErrRetired) {
		return &apperr.Error{Code: apperr.Unavailable, Cause: err,
			Message: "This server cannot set up a key at the moment. Try again in a moment."}
	}
	return err
}

// mustMove reports whether an account's key can never be read again, because its
// ring key was declared lost. The person signed in with a backup code and must
// bind a new key. A seed that is unreadable for another reason, such as a wrong
// key file on one instance, may become readable again and is left alone.
func (s *Service) mustMove(ctx context.Context, tx *database.Tx, accountID int64, k *totp.Key) (bool, error) {
	if _, err := k.Open(s.Keys, accountID); err == nil {
		return false, nil
	}
	return canary.Lost(ctx, tx, k.RingKeyID)
}
