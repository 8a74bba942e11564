package totp

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"imagemaster/backend/secretbox"
)

// LiveToReseal is LiveAfter for keys whose seed another ring key seals.
func LiveToReseal(ctx context.Context, tx *gorm.DB, ringKeyID string, accountID int64, limit int) ([]Key, error) {
	return LiveAfter(ctx, tx.Where("ring_key_id <> ?", ringKeyID), accountID, limit)
}

// PendingToReseal returns up to limit pending keys, of sessions with a higher
// id, whose seed another ring key seals, in the order of the sessions.
func PendingToReseal(ctx context.Context, tx *gorm.DB, ringKeyID string, sessionID int64, limit int) ([]Pending, error) {
	var keys []Pending
	err := tx.WithContext(ctx).Where("ring_key_id <> ? AND session_id > ?", ringKeyID, sessionID).
		Order("session_id").Limit(limit).Find(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("list pending keys: %w", err)
	}
	return keys, nil
}

// Reseal seals the seed of a live key anew with the ring's current key and says
// whether it did. It does not when the key was moved, removed or resealed in
// the meantime.
func Reseal(ctx context.Context, tx *gorm.DB, ring *secretbox.Keyring, k *Key) (bool, error) {
	return reseal(tx.WithContext(ctx).Model(&Key{}).Where("account_id = ?", k.AccountID), ring, k.AccountID, k.Sealed)
}

// ResealPending is Reseal for a pending key.
func ResealPending(ctx context.Context, tx *gorm.DB, ring *secretbox.Keyring, p *Pending) (bool, error) {
	return reseal(tx.WithContext(ctx).Model(&Pending{}).Where("session_id = ?", p.SessionID), ring, p.AccountID, p.Sealed)
}

func reseal(row *gorm.DB, ring *secretbox.Keyring, accountID int64, old Sealed) (bool, error) {
	seed, err := old.Open(ring, accountID)
	if err != nil {
		return false, err
	}
	fresh := Seal(ring, accountID, old.KeyID, seed)
	done := row.Where("key_id = ? AND ring_key_id = ?", old.KeyID, old.RingKeyID).
		UpdateColumns(map[string]any{"sealed_seed": fresh.SealedSeed, "ring_key_id": fresh.RingKeyID})
	if done.Error != nil {
		return false, fmt.Errorf("reseal seed: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// CountSealedBy returns how many seeds, live and pending, a ring key seals.
func CountSealedBy(ctx context.Context, tx *gorm.DB, ringKeyID string) (int64, error) {
	return count(tx.WithContext(ctx).Where("ring_key_id = ?", ringKeyID))
}

// CountToReseal returns how many seeds other ring keys seal.
func CountToReseal(ctx context.Context, tx *gorm.DB, ringKeyID string) (int64, error) {
	return count(tx.WithContext(ctx).Where("ring_key_id <> ?", ringKeyID))
}

// count looks at the pending keys first: a key that is confirmed meanwhile
// moves from them to the live ones, so it is counted twice rather than never.
func count(q *gorm.DB) (int64, error) {
	q = q.Session(&gorm.Session{})
	var pending, live int64
	if err := q.Model(&Pending{}).Count(&pending).Error; err != nil {
		return 0, fmt.Errorf("count pending keys: %w", err)
	}
	if err := q.Model(&Key{}).Count(&live).Error; err != nil {
		return 0, fmt.Errorf("count keys: %w", err)
	}
	return pending + live, nil
}
