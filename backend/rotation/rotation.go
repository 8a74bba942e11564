// Package rotation holds the use cases of the key ring: the check at the start
// and at a reload, readiness, and the operator's steps to replace a ring key or
// to give up a lost one. Package secretbox changes the key file itself. This
// package changes what the database knows about the keys, and does so first
// where a failure between the two would otherwise lose a secret.
//
// Only the operator's commands and the server's start, reload and readiness
// call it; no request of a person does. Its rules protect against a wrong or
// old copy of the key file on one of several instances:
//
//   - An instance does not start, and is not ready, with a key file that lacks a
//     key in use (docs/evidence.md, H7).
//   - A key can be retired only when it seals nothing, and then never seals
//     again, whatever an instance's key file says (H5; NIST SP 800-57 part 1,
//     section 5.3.4).
//
// The first key of the file seals. The safe order for several instances is:
// add, distribute and reload, use, distribute and reload, reseal, retire,
// distribute and reload. So every instance can open with a key before any
// instance seals with it, and after it stopped to.
package rotation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/totp"
)

// Service carries out the use cases.
type Service struct {
	DB            *database.DB
	Now           func() time.Time
	Version, Host string // for the audit events
	Operator      string // system user who runs a command
}

// Record records one of the operator's changes to the key file.
func (s Service) Record(ctx context.Context, kind audit.Kind, ringKeyID string) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		return s.record(ctx, tx, audit.Operator, kind, map[string]any{"ring_key_id": ringKeyID})
	})
}

func (s Service) record(ctx context.Context, tx *database.Tx, actor string, kind audit.Kind, facts map[string]any) error {
	if actor == audit.Operator && s.Operator != "" {
		facts["operator"] = s.Operator
	}
	details, err := json.Marshal(facts)
	if err != nil {
		return fmt.Errorf("record %s: %w", kind, err)
	}
	return audit.Record(ctx, tx, audit.Event{At: s.Now().UnixMilli(), Kind: kind, Outcome: audit.OK, Actor: actor,
		Version: s.Version, Host: s.Host, Details: string(details)})
}

// Use creates the canary of the key that becomes the first of the key file. From
// then on an instance that cannot open the canary neither starts nor is ready.
func (s Service) Use(ctx context.Context, ring *secretbox.Keyring) error {
	id := ring.CurrentID()
	err := s.DB.InTx(ctx, func(tx *database.Tx) error { return canary.Hold(ctx, tx, ring, id, s.Now()) })
	if errors.Is(err, canary.ErrRetired) {
		return fmt.Errorf("the key %s was retired: add a new one with `imagemaster key add`", id)
	}
	return err
}

// Retire ends a ring key that seals nothing any more: from now on no instance can
// store anything sealed with it, and the key may be removed from all files.
// inFile says that the key file holds it.
func (s Service) Retire(ctx context.Context, ringKeyID string, inFile bool) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		known, err := canary.Retire(ctx, tx, ringKeyID, s.Now())
		if err != nil {
			return err
		}
		if !known && !inFile {
			return apperr.New(apperr.NotFound, "No key of that id is in the key file or seals anything here.")
		}
		sealed, err := totp.CountSealedBy(ctx, tx, ringKeyID)
		if err != nil {
			return err
		}
		if sealed > 0 {
			return fmt.Errorf("the key %s still seals secrets of %d accounts or set-ups: run `imagemaster key reseal` first", ringKeyID, sealed)
		}
		return s.record(ctx, tx, audit.Operator, audit.RingKeyRetired, map[string]any{"ring_key_id": ringKeyID})
	})
}

// DeclareLost records that a ring key is gone for good, and returns how many
// seeds can never be read again. The accounts keep their second factor: their
// owners sign in with a backup code or are helped by the operator, and must
// bind a new key.
func (s Service) DeclareLost(ctx context.Context, ringKeyID string) (sealed int64, err error) {
	err = s.DB.InTx(ctx, func(tx *database.Tx) error {
		err := canary.DeclareLost(ctx, tx, ringKeyID, s.Now())
		if errors.Is(err, canary.ErrNotFound) {
			return apperr.New(apperr.NotFound, "No key of that id seals anything here, or it was declared lost before.")
		}
		if err != nil {
			return err
		}
		if sealed, err = totp.CountSealedBy(ctx, tx, ringKeyID); err != nil {
			return err
		}
		return s.record(ctx, tx, audit.Operator, audit.RingKeyLost, map[string]any{"ring_key_id": ringKeyID})
	})
	return sealed, err
}

// SealedCounts returns how many seeds each of the ring keys seals.
func (s Service) SealedCounts(ctx context.Context, ringKeyIDs []string) (map[string]int64, error) {
	counts := map[string]int64{}
	for _, id := range ringKeyIDs {
		sealed, err := totp.CountSealedBy(ctx, s.DB.Read(ctx), id)
		if err != nil {
			return nil, err
		}
		counts[id] = sealed
	}
	return counts, nil
}
