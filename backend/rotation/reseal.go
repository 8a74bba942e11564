package rotation

import (
	"context"
	"errors"

	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/totp"
)

// resealBatch is how many seeds one transaction reseals. It is small because
// their rows stay locked until the transaction ends.
const resealBatch = 100

// Progress says how far Reseal has come. Total is the number of seeds to reseal
// when it began.
type Progress struct{ Done, Total int64 }

// Reseal seals every seed with the ring's first key. It may run beside servers
// and other Reseals: each row is one conditional update, so a change that a
// person makes to the key meanwhile wins. It may be stopped at any moment and
// continues when it is called again. An error of report stops it. A seed that
// cannot be opened stays as it is.
func (s Service) Reseal(ctx context.Context, ring *secretbox.Keyring, report func(Progress) error) (Progress, error) {
	var p Progress
	var err error
	if p.Total, err = totp.CountToReseal(ctx, s.DB.Read(ctx), ring.CurrentID()); err != nil {
		return p, err
	}
	for {
		before := p.Done
		for _, step := range []resealStep{resealPending, resealLive} {
			if err := s.resealAll(ctx, ring, step, &p, report); err != nil {
				return p, err
			}
		}
		// An instance that has not read its new key file yet may have sealed with
		// the former key meanwhile. So another round follows until one finds
		// nothing.
		if p.Done == before {
			break
		}
	}
	if p.Done == 0 {
		return p, nil
	}
	return p, s.DB.InTx(ctx, func(tx *database.Tx) error {
		return s.record(ctx, tx, audit.Operator, audit.RingResealed, map[string]any{"ring_key_id": ring.CurrentID(), "count": p.Done})
	})
}

// resealed is the result of one batch.
type resealed struct {
	found, done int
	last        int64 // id of the last row
}

// resealStep reseals one batch of a table: rows with a higher id than after.
type resealStep func(ctx context.Context, tx *database.Tx, ring *secretbox.Keyring, after int64) (resealed, error)

func (s Service) resealAll(ctx context.Context, ring *secretbox.Keyring, step resealStep, p *Progress, report func(Progress) error) error {
	last := int64(0)
	for {
		var batch resealed
		err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
			if err := canary.Hold(ctx, tx, ring, ring.CurrentID(), s.Now()); err != nil {
				return err
			}
			batch, err = step(ctx, tx, ring, last)
			return err
		})
		if errors.Is(err, canary.ErrRetired) {
			return errRetired(ring.CurrentID())
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
