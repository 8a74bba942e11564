package backupcode

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Errors of the store.
var (
	ErrNotFound = errors.New("backupcode: no such code or set")
	// ErrSpent says that the code was used before, or replaced in the meantime.
	ErrSpent = errors.New("backupcode: code already spent")
)

// Set is one row of backup_sets. Times are Unix milliseconds, 0 = never.
type Set struct {
	AccountID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Number      int   `gorm:"primaryKey;autoIncrement:false"`
	CheckWord   string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	ConfirmedAt int64 // when the person said the codes are saved
	CheckedAt   int64 // when a saved code of it was last checked
	ReplacedAt  int64
}

// TableName implements gorm's naming.
func (Set) TableName() string { return "backup_sets" }

// Code is one row of backup_codes.
type Code struct {
	ID         int64
	AccountID  int64
	SetNumber  int
	CodeHash   []byte
	UsedAt     int64
	ReplacedAt int64
}

// TableName implements gorm's naming.
func (Code) TableName() string { return "backup_codes" }

// maxSets is how many sets of an account are stored, the live one included: by
// making new ones again and again nobody fills the disk.
const maxSets = 20

// Replace makes a new set the account's only live one: the codes of all former
// sets are dead in the same transaction, and the oldest sets over maxSets are
// deleted. The caller holds the account's lock.
func Replace(ctx context.Context, tx *gorm.DB, s Set, hashes [][]byte, now time.Time) error {
	tx = tx.WithContext(ctx)
	for _, model := range []any{&Set{}, &Code{}} {
		err := tx.Model(model).Where("account_id = ? AND replaced_at = 0", s.AccountID).
			UpdateColumn("replaced_at", now.UnixMilli()).Error
		if err != nil {
			return fmt.Errorf("replace set: %w", err)
		}
	}
	if err := tx.Create(&s).Error; err != nil {
		return fmt.Errorf("store set: %w", err)
	}
	codes := make([]Code, len(hashes))
	for i, hash := range hashes {
		codes[i] = Code{AccountID: s.AccountID, SetNumber: s.Number, CodeHash: hash}
	}
	if err := tx.Create(&codes).Error; err != nil {
		return fmt.Errorf("store codes: %w", err)
	}
	return forget(tx, s.AccountID, s.Number-maxSets)
}

// forget deletes the sets of an account up to a number, and their codes. Codes are
// deleted by their ids: a DELETE that searches an index of MySQL also locks the
// row behind, which may be another account's.
func forget(tx *gorm.DB, accountID int64, number int) error {
	var ids []int64
	err := tx.Model(&Code{}).Where("account_id = ? AND set_number <= ?", accountID, number).Pluck("id", &ids).Error
	if err == nil && len(ids) > 0 {
		err = tx.Where("id IN ?", ids).Delete(&Code{}).Error
	}
	if err == nil {
		err = tx.Where("account_id = ? AND number <= ?", accountID, number).Delete(&Set{}).Error
	}
	if err != nil {
		return fmt.Errorf("forget old sets: %w", err)
	}
	return nil
}

// Current returns the account's live set and how many of its codes are unused,
// or ErrNotFound.
func Current(ctx context.Context, tx *gorm.DB, accountID int64) (*Set, int, error) {
	var s Set
	err := tx.WithContext(ctx).Where("account_id = ? AND replaced_at = 0", accountID).Take(&s).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, 0, ErrNotFound
	}
	if err != nil {
		return nil, 0, fmt.Errorf("find set: %w", err)
	}
	left, err := Left(ctx, tx, accountID)
	return &s, left, err
}

// Left returns how many unused codes the account has.
func Left(ctx context.Context, tx *gorm.DB, accountID int64) (int, error) {
	var left int64
	err := tx.WithContext(ctx).Model(&Code{}).
		Where("account_id = ? AND used_at = 0 AND replaced_at = 0", accountID).Count(&left).Error
	if err != nil {
		return 0, fmt.Errorf("count codes: %w", err)
	}
	return int(left), nil
}

// Find returns the account's code of that hash in any set, live or dead, or
// ErrNotFound.
func Find(ctx context.Context, tx *gorm.DB, accountID int64, hash []byte) (*Code, error) {
	var c Code
	err := tx.WithContext(ctx).Where("account_id = ? AND code_hash = ?", accountID, hash).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find code: %w", err)
	}
	return &c, nil
}

// Spend uses a code up: one conditional update, so of all requests on all
// instances exactly one wins and every other gets ErrSpent (NIST SP 800-63B-4
// section 3.1.2.2).
func Spend(ctx context.Context, tx *gorm.DB, c *Code, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Code{}).
		Where("id = ? AND account_id = ? AND used_at = 0 AND replaced_at = 0", c.ID, c.AccountID).
		UpdateColumn("used_at", now.UnixMilli())
	return one(done, ErrSpent, "spend code")
}

// Confirm stores that the person has saved the codes of the live set with that
// number. ErrNotFound when it was replaced or confirmed before.
func Confirm(ctx context.Context, tx *gorm.DB, accountID int64, number int, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Set{}).
		Where("account_id = ? AND number = ? AND replaced_at = 0 AND confirmed_at = 0", accountID, number).
		UpdateColumn("confirmed_at", now.UnixMilli())
	return one(done, ErrNotFound, "confirm set")
}

// SetChecked stores that a saved code of the live set was checked.
func SetChecked(ctx context.Context, tx *gorm.DB, accountID int64, number int, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Set{}).
		Where("account_id = ? AND number = ? AND replaced_at = 0", accountID, number).
		UpdateColumn("checked_at", now.UnixMilli())
	return one(done, ErrNotFound, "store check")
}

func one(done *gorm.DB, none error, doing string) error {
	if done.Error != nil {
		return fmt.Errorf("%s: %w", doing, done.Error)
	}
	if done.RowsAffected != 1 {
		return none
	}
	return nil
}

// Remove deletes all sets and codes of an account.
func Remove(ctx context.Context, tx *gorm.DB, accountID int64) error {
	for _, model := range []any{&Code{}, &Set{}} {
		if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Delete(model).Error; err != nil {
			return fmt.Errorf("remove codes: %w", err)
		}
	}
	return nil
}
