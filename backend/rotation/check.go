package rotation

import (
	"context"
	"errors"
	"fmt"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/totp"
)

// Check refuses a missing or wrong key ring at the start: every canary that was
// not declared lost must open, and the key that seals must not be retired. A
// canary counts even if its key seals nothing yet, because other instances may
// run with that key. Check creates the canary of the key that seals, and takes
// back the loss of a key that the ring holds again.
func (s Service) Check(ctx context.Context, ring *secretbox.Keyring) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		retired, err := canary.Retired(ctx, tx, ring.CurrentID())
		if err != nil {
			return err
		}
		canaries, err := canary.List(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range canaries {
			err := s.checkCanary(ctx, tx, &c, ring)
			if err != nil && retired {
				return fmt.Errorf("%w; %w", errRetired(ring.CurrentID()), err)
			}
			if err != nil {
				return err
			}
		}
		err = canary.Hold(ctx, tx, ring, ring.CurrentID(), s.Now())
		if errors.Is(err, canary.ErrRetired) {
			return errRetired(ring.CurrentID())
		}
		return err
	})
}

func (s Service) checkCanary(ctx context.Context, tx *database.Tx, c *canary.Canary, ring *secretbox.Keyring) error {
	switch opens := c.Opens(ring); {
	case opens && c.Lost():
		if err := canary.DeclareFound(ctx, tx, c.RingKeyID); err != nil {
			return err
		}
		return s.record(ctx, tx, audit.System, audit.RingKeyFound, map[string]any{"ring_key_id": c.RingKeyID})
	case opens || c.Lost():
		return nil
	}
	return errMissing(c.RingKeyID)
}

func errMissing(ringKeyID string) error {
	return misfit{fmt.Errorf("the key file does not hold the key %[1]s, which seals in the database; "+
		"put the right key file there, such as a copy of that of another instance. "+
		"Only if no copy is left anywhere, declare the key lost with `imagemaster key lost %[1]s`", ringKeyID)}
}

func errRetired(ringKeyID string) error {
	return misfit{fmt.Errorf("the key %s, the first in the key file, was retired: give this instance the key file of the others", ringKeyID)}
}

// Reload makes a running server use its key file as it is now. The file is
// judged as at a start; if it does not fit, the ring stays as it was.
func (s Service) Reload(ctx context.Context, ring *secretbox.Keyring) error {
	return ring.Reload(func(file *secretbox.Keyring) error { return s.Check(ctx, file) })
}

// Fits is Check without changes to the database.
func Fits(ctx context.Context, db *database.DB, ring *secretbox.Keyring) error {
	canaries, err := canary.List(ctx, db.Read(ctx))
	if err != nil {
		return err
	}
	for _, c := range canaries {
		if !c.Lost() && !c.Opens(ring) {
			return errMissing(c.RingKeyID)
		}
	}
	retired, err := canary.Retired(ctx, db.Read(ctx), ring.CurrentID())
	if err == nil && retired {
		err = errRetired(ring.CurrentID())
	}
	return err
}

// Ready reports why a running server must get no requests: its key file is
// missing or does not fit the database, or it has not read the file since the
// key in use changed. Nothing is reloaded.
func Ready(ctx context.Context, db *database.DB, ring *secretbox.Keyring, keyFile string) error {
	file, err := secretbox.Load(keyFile, ring.Rule())
	if err != nil {
		return err
	}
	if err := Fits(ctx, db, file); err != nil {
		return err
	}
	err = Fits(ctx, db, ring)
	var wrong misfit
	if errors.As(err, &wrong) {
		return fmt.Errorf("the key file has changed since this instance read it: restart the instance or send it SIGHUP (%w)", err)
	}
	return err
}

// misfit says that a key ring does not fit the database, while other errors say that
// the database could not be read.
type misfit struct{ error }

// Unreadable is an account whose seed cannot be opened.
type Unreadable struct {
	Username  string
	RingKeyID string // the key that sealed it
	Lost      bool   // that key was declared lost
}

// UnreadableAccounts finds the accounts whose seed a ring cannot open.
func (s Service) UnreadableAccounts(ctx context.Context, ring *secretbox.Keyring) ([]Unreadable, error) {
	var all []Unreadable
	for last := int64(0); ; {
		keys, err := totp.LiveAfter(ctx, s.DB.Read(ctx), last, readBatch)
		if err != nil || len(keys) == 0 {
			return all, err
		}
		for _, key := range keys {
			last = key.AccountID
			if _, err := key.Open(ring, key.AccountID); err == nil {
				continue
			}
			found, err := s.describe(ctx, &key)
			if err != nil {
				return nil, err
			}
			all = append(all, found)
		}
	}
}

// readBatch is how many keys one statement reads.
const readBatch = 100

func (s Service) describe(ctx context.Context, key *totp.Key) (Unreadable, error) {
	u := Unreadable{RingKeyID: key.RingKeyID}
	a, err := account.Find(ctx, s.DB.Read(ctx), key.AccountID)
	if err != nil {
		return u, err
	}
	u.Username = a.Username
	u.Lost, err = canary.Lost(ctx, s.DB.Read(ctx), key.RingKeyID)
	return u, err
}
