package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/totp"
)

// Keeper is the operator who looks after the key ring. The key file itself is
// changed by package secretbox; the Keeper does what the database must know,
// first where a failure in between would otherwise lose a secret.
type Keeper struct {
	DB            *database.DB
	Now           func() time.Time
	Version, Host string // for the audit trail
}

func (k Keeper) record(ctx context.Context, tx *database.Tx, kind audit.Kind, facts string) error {
	return k.recordBy(ctx, tx, audit.Operator, kind, facts)
}

func (k Keeper) recordBy(ctx context.Context, tx *database.Tx, actor string, kind audit.Kind, facts string) error {
	return audit.Record(ctx, tx, audit.Event{At: k.Now().UnixMilli(), Kind: kind, Outcome: audit.OK, Actor: actor,
		Version: k.Version, Host: k.Host, Details: facts})
}

// Note records what was done to the key file.
func (k Keeper) Note(ctx context.Context, kind audit.Kind, ringKeyID string) error {
	return k.DB.InTx(ctx, func(tx *database.Tx) error { return k.record(ctx, tx, kind, ringKeyDetails(ringKeyID)) })
}

// Use leaves the canary of the key that is about to be the first of the key
// file. From then on an instance that cannot open it does not start.
func (k Keeper) Use(ctx context.Context, ring *secretbox.Keyring) error {
	id := ring.CurrentID()
	err := k.DB.InTx(ctx, func(tx *database.Tx) error { return canary.Hold(ctx, tx, ring, id, k.Now()) })
	if errors.Is(err, canary.ErrRetired) {
		return fmt.Errorf("the key %s was retired: add a new one with `imagemaster key add`", id)
	}
	return err
}

// resealBatch is how many seeds one transaction reseals. Their rows are locked
// until it ends, so it is short.
const resealBatch = 100

// Progress is how far Reseal has come. Total is how many seeds there were to
// reseal when it began.
type Progress struct{ Done, Total int64 }

// Reseal seals everything the ring seals with its current key. It works beside
// running servers and other Reseals: each row is one conditional update, so
// that whatever a person does with the key meanwhile wins. Stopped at any
// moment it has done no harm, and goes on when it is called again. report may
// stop it by an error. What cannot be opened is left as it is.
func (k Keeper) Reseal(ctx context.Context, ring *secretbox.Keyring, report func(Progress) error) (Progress, error) {
	var p Progress
	var err error
	if p.Total, err = totp.CountToReseal(ctx, k.DB.Read(ctx), ring.CurrentID()); err != nil {
		return p, err
	}
	for {
		before := p.Done
		for _, step := range []resealStep{resealPending, resealLive} {
			if err := k.resealAll(ctx, ring, step, &p, report); err != nil {
				return p, err
			}
		}
		// A server that has not read its key file yet may seal with the former
		// key meanwhile, so there is another round until one finds nothing.
		if p.Done == before {
			break
		}
	}
	if p.Done == 0 {
		return p, nil
	}
	return p, k.DB.InTx(ctx, func(tx *database.Tx) error {
		return k.record(ctx, tx, audit.RingResealed, details(map[string]any{"ring_key_id": ring.CurrentID(), "count": p.Done}))
	})
}

// resealed is what one batch came to.
type resealed struct {
	found, done int
	last        int64 // id of the last row
}

// resealStep reseals one batch of a table, of rows after an id.
type resealStep func(ctx context.Context, tx *database.Tx, ring *secretbox.Keyring, after int64) (resealed, error)

func (k Keeper) resealAll(ctx context.Context, ring *secretbox.Keyring, step resealStep, p *Progress, report func(Progress) error) error {
	last := int64(0)
	for {
		fixed := ring.Snapshot()
		var batch resealed
		err := k.DB.InTx(ctx, func(tx *database.Tx) (err error) {
			if err := canary.Hold(ctx, tx, fixed, fixed.CurrentID(), k.Now()); err != nil {
				return err
			}
			batch, err = step(ctx, tx, fixed, last)
			return err
		})
		if errors.Is(err, canary.ErrRetired) {
			return errRetiredRing(fixed.CurrentID())
		}
		if err != nil {
			return err
		}
		last, p.Done = batch.last, p.Done+int64(batch.done)
		if batch.found == 0 {
			return nil
		}
		if err := report(*p); err != nil {
			return err
		}
	}
}

func resealLive(ctx context.Context, tx *database.Tx, ring *secretbox.Keyring, after int64) (resealed, error) {
	keys, err := totp.LiveToReseal(ctx, tx, ring.CurrentID(), after, resealBatch)
	batch := resealed{found: len(keys), last: after}
	for i := range keys {
		if err := batch.count(totp.Reseal(ctx, tx, ring, &keys[i])); err != nil {
			return batch, err
		}
		batch.last = keys[i].AccountID
	}
	return batch, err
}

func resealPending(ctx context.Context, tx *database.Tx, ring *secretbox.Keyring, after int64) (resealed, error) {
	keys, err := totp.PendingToReseal(ctx, tx, ring.CurrentID(), after, resealBatch)
	batch := resealed{found: len(keys), last: after}
	for i := range keys {
		if err := batch.count(totp.ResealPending(ctx, tx, ring, &keys[i])); err != nil {
			return batch, err
		}
		batch.last = keys[i].SessionID
	}
	return batch, err
}

func (r *resealed) count(done bool, err error) error {
	if done {
		r.done++
	}
	if errors.Is(err, secretbox.ErrUnknownKey) || errors.Is(err, secretbox.ErrUnreadable) {
		return nil
	}
	return err
}

// Retire ends a ring key that seals nothing any more: from now on no instance
// can store anything with it, whatever its key file says, and the key may be
// taken out of all files. inFile says that the key file holds it.
func (k Keeper) Retire(ctx context.Context, ringKeyID string, inFile bool) error {
	return k.DB.InTx(ctx, func(tx *database.Tx) error {
		known, err := canary.Retire(ctx, tx, ringKeyID, k.Now())
		if err != nil {
			return err
		}
		if !known && !inFile {
			return apperr.New(apperr.NotFound, "No key of that id is in the key file or seals anything here.")
		}
		left, err := totp.CountSealedBy(ctx, tx, ringKeyID)
		if err != nil {
			return err
		}
		if left > 0 {
			return fmt.Errorf("the key %s still seals secrets of %d accounts or set-ups: run `imagemaster key reseal` first", ringKeyID, left)
		}
		return k.record(ctx, tx, audit.RingKeyRetired, ringKeyDetails(ringKeyID))
	})
}

// DeclareKeyLost notes that a ring key is gone for good, and returns how many
// seeds can never be read again. They do not count as no second factor: the
// people concerned get in by a backup code or the operator and must bind a new
// key.
func (k Keeper) DeclareKeyLost(ctx context.Context, ringKeyID string) (sealed int64, err error) {
	err = k.DB.InTx(ctx, func(tx *database.Tx) error {
		err := canary.DeclareLost(ctx, tx, ringKeyID, k.Now())
		if errors.Is(err, canary.ErrNotFound) {
			return apperr.New(apperr.NotFound, "No key of that id seals anything here, or it was declared lost before.")
		}
		if err != nil {
			return err
		}
		if sealed, err = totp.CountSealedBy(ctx, tx, ringKeyID); err != nil {
			return err
		}
		return k.record(ctx, tx, audit.RingKeyLost, ringKeyDetails(ringKeyID))
	})
	return sealed, err
}

// Unreadable is an account whose seed cannot be opened.
type Unreadable struct {
	Username  string
	RingKeyID string // the key that sealed it
	Lost      bool   // which was declared lost
}

// UnreadableAccounts finds the accounts whose seed a ring cannot open.
func (k Keeper) UnreadableAccounts(ctx context.Context, ring *secretbox.Keyring) ([]Unreadable, error) {
	var all []Unreadable
	for last := int64(0); ; {
		keys, err := totp.LiveAfter(ctx, k.DB.Read(ctx), last, resealBatch)
		if err != nil || len(keys) == 0 {
			return all, err
		}
		for _, key := range keys {
			last = key.AccountID
			if _, err := key.Open(ring, key.AccountID); err == nil {
				continue
			}
			found, err := k.describe(ctx, &key)
			if err != nil {
				return nil, err
			}
			all = append(all, found)
		}
	}
}

func (k Keeper) describe(ctx context.Context, key *totp.Key) (Unreadable, error) {
	u := Unreadable{RingKeyID: key.RingKeyID}
	a, err := account.Find(ctx, k.DB.Read(ctx), key.AccountID)
	if err != nil {
		return u, err
	}
	u.Username = a.Username
	u.Lost, err = canary.Lost(ctx, k.DB.Read(ctx), key.RingKeyID)
	return u, err
}

// Duties are how many secrets each ring key seals.
type Duties map[string]int64

// CountDuties returns what the keys of a ring have to do.
func (k Keeper) CountDuties(ctx context.Context, ringKeyIDs []string) (Duties, error) {
	duties := Duties{}
	for _, id := range ringKeyIDs {
		sealed, err := totp.CountSealedBy(ctx, k.DB.Read(ctx), id)
		if err != nil {
			return nil, err
		}
		duties[id] = sealed
	}
	return duties, nil
}
