package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/totp"
)

// CheckKeys refuses to go on with a missing or wrong key ring: while sealed
// seeds exist, every canary that was not declared lost must open.
func CheckKeys(ctx context.Context, db *database.DB, ring *secretbox.Keyring, now time.Time) error {
	return db.InTx(ctx, func(tx *database.Tx) error {
		canaries, err := canary.List(ctx, tx)
		if err != nil {
			return err
		}
		sealed, err := totp.CountSealed(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range canaries {
			if c.Lost() || c.Opens(ring) {
				continue
			}
			if sealed > 0 {
				return errWrongRing(c.RingKeyID)
			}
			if err := canary.Drop(ctx, tx, c.RingKeyID); err != nil {
				return err
			}
		}
		return canary.Put(ctx, tx, ring, now)
	})
}

func errWrongRing(ringKeyID string) error {
	return fmt.Errorf("the key file does not hold the key %[1]s, which seals secrets in the database; "+
		"put the right key file back, or declare that key lost with `imagemaster key lost %[1]s`", ringKeyID)
}

// DeclareKeyLost notes that a ring key is gone for good. What it seals stays
// unreadable, and the people concerned need the operator.
func DeclareKeyLost(ctx context.Context, db *database.DB, ringKeyID string, now time.Time) error {
	return db.InTx(ctx, func(tx *database.Tx) error {
		err := canary.DeclareLost(ctx, tx, ringKeyID, now)
		if errors.Is(err, canary.ErrNotFound) {
			return apperr.New(apperr.NotFound, "No key of that id seals anything here, or it was declared lost before.")
		}
		return err
	})
}
