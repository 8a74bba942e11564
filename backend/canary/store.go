package canary

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

var (
	// ErrNotFound means that there is no canary of that id, or that it is in the
	// wanted state already.
	ErrNotFound = errors.New("canary: no such key")

	// ErrRetired means that a ring key must not seal any more: it was retired
	// or declared lost.
	ErrRetired = errors.New("canary: the key was retired")

	// ErrMismatch means that the ring holds another key under an id that is in
	// use here.
	ErrMismatch = errors.New("canary: the ring holds another key of that id")
)

// List returns all canaries.
func List(ctx context.Context, tx *gorm.DB) ([]Canary, error) {
	var all []Canary
	if err := tx.WithContext(ctx).Order("ring_key_id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("list canaries: %w", err)
	}
	return all, nil
}

// Hold allows a ring key to seal until the transaction ends: Retire waits for
// that. It creates the key's canary where there is none. ring is the ring that
// sealed. The errors are ErrRetired and ErrMismatch. Any number of transactions
// may hold a key at the same time.
func Hold(ctx context.Context, tx *gorm.DB, ring *secretbox.Keyring, ringKeyID string, now time.Time) error {
	tx = tx.WithContext(ctx)
	for range 2 { // the second round finds the row that the first has made
		var found []Canary
		err := tx.Raw("SELECT * FROM key_canaries WHERE ring_key_id = ?"+database.ShareLock(tx), ringKeyID).Scan(&found).Error
		if err != nil {
			return fmt.Errorf("hold ring key: %w", err)
		}
		if len(found) == 1 {
			return maySeal(tx, &found[0], ring)
		}
		if err := put(tx, ring, ringKeyID, now); err != nil {
			return err
		}
	}
	return ErrRetired // deleted again between the two statements
}

// maySeal judges a key whose canary is locked. Retire writes its row before it
// deletes the canary, so this either sees the row or makes Retire wait.
func maySeal(tx *gorm.DB, c *Canary, ring *secretbox.Keyring) error {
	var ended []string
	err := tx.Raw("SELECT ring_key_id FROM retired_ring_keys WHERE ring_key_id = ?"+database.ShareLock(tx), c.RingKeyID).Scan(&ended).Error
	switch {
	case err != nil:
		return fmt.Errorf("hold ring key: %w", err)
	case len(ended) > 0 || c.Lost():
		return ErrRetired
	case !c.Opens(ring):
		return ErrMismatch
	}
	return nil
}

func put(tx *gorm.DB, ring *secretbox.Keyring, ringKeyID string, now time.Time) error {
	sealed := ring.Seal([]byte(text), []byte(sealLabel))
	if secretbox.SealedBy(sealed) != ringKeyID {
		return ErrRetired // the ring seals with another key by now
	}
	c := Canary{RingKeyID: ringKeyID, Sealed: sealed, CreatedAt: now.UnixMilli()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&c).Error; err != nil {
		return fmt.Errorf("put canary: %w", err)
	}
	return nil
}

// Retire forbids a key to seal, for good, deletes its canary, and reports whether
// the key was known. It waits for transactions that hold the key. Afterwards, in
// the same transaction, the caller must check that nothing is sealed with it.
func Retire(ctx context.Context, tx *gorm.DB, ringKeyID string, now time.Time) (known bool, err error) {
	tx = tx.WithContext(ctx)
	var before int64
	if err := tx.Model(&retired{}).Where("ring_key_id = ?", ringKeyID).Count(&before).Error; err != nil {
		return false, fmt.Errorf("retire ring key: %w", err)
	}
	row := retired{RingKeyID: ringKeyID, RetiredAt: now.UnixMilli()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return false, fmt.Errorf("retire ring key: %w", err)
	}
	deleted := tx.Where("ring_key_id = ?", ringKeyID).Delete(&Canary{})
	if deleted.Error != nil {
		return false, fmt.Errorf("delete canary: %w", deleted.Error)
	}
	return before > 0 || deleted.RowsAffected > 0, nil
}

// Retired reports whether a key was retired.
func Retired(ctx context.Context, tx *gorm.DB, ringKeyID string) (bool, error) {
	var found int64
	if err := tx.WithContext(ctx).Model(&retired{}).Where("ring_key_id = ?", ringKeyID).Count(&found).Error; err != nil {
		return false, fmt.Errorf("find retired ring key: %w", err)
	}
	return found > 0, nil
}

// DeclareLost stores that a key is gone for good.
func DeclareLost(ctx context.Context, tx *gorm.DB, ringKeyID string, now time.Time) error {
	return setLost(ctx, tx, ringKeyID, "lost_at = 0", now.UnixMilli())
}

// DeclareFound stores that a lost key is there again.
func DeclareFound(ctx context.Context, tx *gorm.DB, ringKeyID string) error {
	return setLost(ctx, tx, ringKeyID, "lost_at <> 0", 0)
}

func setLost(ctx context.Context, tx *gorm.DB, ringKeyID, was string, at int64) error {
	done := tx.WithContext(ctx).Model(&Canary{}).Where("ring_key_id = ?", ringKeyID).Where(was).UpdateColumn("lost_at", at)
	if done.Error != nil {
		return fmt.Errorf("declare key lost: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// Lost reports whether a key was declared lost.
func Lost(ctx context.Context, tx *gorm.DB, ringKeyID string) (bool, error) {
	var found int64
	err := tx.WithContext(ctx).Model(&Canary{}).Where("ring_key_id = ? AND lost_at <> 0", ringKeyID).Count(&found).Error
	if err != nil {
		return false, fmt.Errorf("find canary: %w", err)
	}
	return found > 0, nil
}
