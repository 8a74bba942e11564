package auth

import (
	"context"
	"errors"
	"fmt"

	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/totp"
)

// CheckKeys refuses to go on with a missing or wrong key ring: every canary
// that was not declared lost must open, and the key that seals must not have
// been retired. That goes for a key that seals nothing yet, too: other instances
// may run with it. A lost key that the ring holds again is lost no more.
func (k Keeper) CheckKeys(ctx context.Context, ring *secretbox.Keyring) error {
	ring = ring.Snapshot()
	return k.DB.InTx(ctx, func(tx *database.Tx) error {
		retired, err := canary.Retired(ctx, tx, ring.CurrentID())
		if err != nil {
			return err
		}
		canaries, err := canary.List(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range canaries {
			err := k.checkCanary(ctx, tx, &c, ring)
			if err != nil && retired {
				return fmt.Errorf("%w; %w", errRetiredRing(ring.CurrentID()), err)
			}
			if err != nil {
				return err
			}
		}
		err = canary.Hold(ctx, tx, ring, ring.CurrentID(), k.Now())
		if errors.Is(err, canary.ErrRetired) {
			return errRetiredRing(ring.CurrentID())
		}
		return err
	})
}

func (k Keeper) checkCanary(ctx context.Context, tx *database.Tx, c *canary.Canary, ring *secretbox.Keyring) error {
	switch opens := c.Opens(ring); {
	case opens && c.Lost():
		if err := canary.DeclareFound(ctx, tx, c.RingKeyID); err != nil {
			return err
		}
		return k.recordBy(ctx, tx, audit.System, audit.RingKeyFound, ringKeyDetails(c.RingKeyID))
	case opens || c.Lost():
		return nil
	}
	return errWrongRing(c.RingKeyID)
}

func ringKeyDetails(ringKeyID string) string {
	return details(map[string]any{"ring_key_id": ringKeyID})
}

func errWrongRing(ringKeyID string) error {
	return fmt.Errorf("the key file does not hold the key %[1]s, which seals in the database; "+
		"put the right key file back, or declare that key lost with `imagemaster key lost %[1]s`", ringKeyID)
}

func errRetiredRing(ringKeyID string) error {
	return fmt.Errorf("the key %s, the first in the key file, was retired: give this instance the key file of the others", ringKeyID)
}

// KeysFit says whether a running server's ring still fits the database, and
// changes nothing there. A server that has slept through a rotation goes on to
// the key that seals now.
func KeysFit(ctx context.Context, db *database.DB, ring *secretbox.Keyring) error {
	canaries, err := canary.List(ctx, db.Read(ctx))
	if err != nil {
		return err
	}
	for _, c := range canaries {
		if !c.Lost() && !c.Opens(ring) {
			return errWrongRing(c.RingKeyID)
		}
	}
	current := ring.CurrentID()
	retired, err := canary.Retired(ctx, db.Read(ctx), current)
	if err != nil || !retired || ring.GiveUp(current) {
		return err
	}
	return errRetiredRing(current)
}

// maxSealTries bounds how often something is sealed anew because its key was
// retired meanwhile.
const maxSealTries = 3

// storeSealed seals a seed and stores it in one transaction, in which the ring
// key is held. With a key that was retired meanwhile it starts again.
func (s *Service) storeSealed(ctx context.Context, accountID int64, keyID, seed []byte, store func(tx *database.Tx, sealed totp.Sealed) error) error {
	for try := 1; ; try++ {
		ring := s.Keys.Snapshot()
		sealed := totp.Seal(ring, accountID, keyID, seed)
		err := s.DB.InTx(ctx, func(tx *database.Tx) error {
			if err := store(tx, sealed); err != nil {
				return err
			}
			return canary.Hold(ctx, tx, ring, sealed.RingKeyID, s.Now())
		})
		if !errors.Is(err, canary.ErrRetired) || try == maxSealTries || !s.Keys.GiveUp(sealed.RingKeyID) {
			return err
		}
	}
}

// mustMove says whether an account's key can never be read again: its ring key
// was declared lost. The person got in by a backup code and must bind a new
// one. A seed that is unreadable for another reason, such as a wrong key file
// on one instance, may come back and is left alone.
func (s *Service) mustMove(ctx context.Context, tx *database.Tx, accountID int64, k *totp.Key) (bool, error) {
	if _, err := k.Open(s.Keys, accountID); err == nil {
		return false, nil
	}
	return canary.Lost(ctx, tx, k.RingKeyID)
}
