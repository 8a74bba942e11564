package canary

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"imagemaster/backend/secretbox"
)

// ErrNotFound says that no ring key of that id ever sealed anything here.
var ErrNotFound = errors.New("canary: no such key")

// List returns all canaries.
func List(ctx context.Context, tx *gorm.DB) ([]Canary, error) {
	var all []Canary
	if err := tx.WithContext(ctx).Order("ring_key_id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("list canaries: %w", err)
	}
	return all, nil
}

// Put leaves the canary of the key that seals now, where it is missing.
func Put(ctx context.Context, tx *gorm.DB, ring *secretbox.Keyring, now time.Time) error {
	c := Canary{RingKeyID: ring.CurrentID(), Sealed: ring.Seal([]byte(text), []byte(sealLabel)), CreatedAt: now.UnixMilli()}
	if err := tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&c).Error; err != nil {
		return fmt.Errorf("put canary: %w", err)
	}
	return nil
}

// Drop removes the canary of a key that seals nothing any more.
func Drop(ctx context.Context, tx *gorm.DB, ringKeyID string) error {
	if err := tx.WithContext(ctx).Where("ring_key_id = ?", ringKeyID).Delete(&Canary{}).Error; err != nil {
		return fmt.Errorf("drop canary: %w", err)
	}
	return nil
}

// DeclareLost notes that a key is gone for good.
func DeclareLost(ctx context.Context, tx *gorm.DB, ringKeyID string, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Canary{}).Where("ring_key_id = ? AND lost_at = 0", ringKeyID).
		UpdateColumn("lost_at", now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("declare key lost: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}
