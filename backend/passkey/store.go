package passkey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Errors of the store.
var (
	ErrNotFound = errors.New("passkey: no such key")
	// ErrExists says that some account has the key already.
	ErrExists = errors.New("passkey: key exists")
	// ErrChanged says that the key was used or removed since it was read.
	ErrChanged = errors.New("passkey: the key has changed")
)

// List returns the keys of an account, the oldest first, also those of another address.
func List(ctx context.Context, tx *gorm.DB, accountID int64) ([]Key, error) {
	var keys []Key
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Order("id").Find(&keys).Error; err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// ListFor returns the keys of some accounts by the accounts' ids, the oldest first, with
// what lists of people say about them: kind, host, name and times.
func ListFor(ctx context.Context, tx *gorm.DB, accountIDs []int64) (map[int64][]Key, error) {
	var keys []Key
	err := tx.WithContext(ctx).Select("id", "account_id", "rp_id", "discoverable", "verified", "name", "created_at", "last_used_at").
		Where("account_id IN ?", accountIDs).Order("id").Find(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("list keys of people: %w", err)
	}
	byAccount := map[int64][]Key{}
	for _, k := range keys {
		byAccount[k.AccountID] = append(byAccount[k.AccountID], k)
	}
	return byAccount, nil
}

// Create stores a new key and sets its id. ErrExists when it is registered already, also
// with another account.
func Create(ctx context.Context, tx *gorm.DB, k *Key) error {
	err := tx.WithContext(ctx).Create(k).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return ErrExists
	}
	if err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	return nil
}

// OwnerOf returns the account that has a key, 0 = none has.
func OwnerOf(ctx context.Context, tx *gorm.DB, credentialID []byte) (accountID int64, err error) {
	var found []int64
	if err := tx.WithContext(ctx).Model(&Key{}).Where("credential_id = ?", credentialID).Pluck("account_id", &found).Error; err != nil {
		return 0, fmt.Errorf("find owner of key: %w", err)
	}
	if len(found) == 0 {
		return 0, nil
	}
	return found[0], nil
}

// Use stores that a key has signed, with its counter and backup state, or returns ErrChanged
// where the counter was changed since it was read. A counter that stays 0 tells nothing: it
// is the ceremony that lets an answer count once.
func Use(ctx context.Context, tx *gorm.DB, before *Key, used Used, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Key{}).
		Where("id = ? AND account_id = ? AND sign_count = ?", before.ID, before.AccountID, before.SignCount).
		UpdateColumns(map[string]any{"sign_count": used.SignCount, "backup_state": used.BackupState, "last_used_at": now.UnixMilli()})
	return changed(done, "use key")
}

// Rename stores what the person calls a key.
func Rename(ctx context.Context, tx *gorm.DB, accountID, id int64, name string) error {
	done := tx.WithContext(ctx).Model(&Key{}).Where("id = ? AND account_id = ?", id, accountID).UpdateColumn("name", name)
	return missing(changed(done, "rename key"))
}

// Remove deletes a key of an account. The caller then raises the epoch.
func Remove(ctx context.Context, tx *gorm.DB, accountID, id int64) error {
	done := tx.WithContext(ctx).Where("id = ? AND account_id = ?", id, accountID).Delete(&Key{})
	return missing(changed(done, "remove key"))
}

// RemoveAll deletes all keys of an account. The caller then raises the epoch.
func RemoveAll(ctx context.Context, tx *gorm.DB, accountID int64) error {
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Delete(&Key{}).Error; err != nil {
		return fmt.Errorf("remove keys: %w", err)
	}
	return nil
}

// Holders says which of some accounts have a key of a host, "" = of any.
func Holders(ctx context.Context, tx *gorm.DB, rpID string, ids []int64) (map[int64]bool, error) {
	tx = tx.WithContext(ctx).Model(&Key{}).Where("account_id IN ?", ids)
	if rpID != "" {
		tx = tx.Where("rp_id = ?", rpID)
	}
	var with []int64
	if err := tx.Distinct().Pluck("account_id", &with).Error; err != nil {
		return nil, fmt.Errorf("list holders of keys: %w", err)
	}
	holders := make(map[int64]bool, len(with))
	for _, id := range with {
		holders[id] = true
	}
	return holders, nil
}

func changed(done *gorm.DB, doing string) error {
	if done.Error != nil {
		return fmt.Errorf("%s: %w", doing, done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrChanged
	}
	return nil
}

func missing(err error) error {
	if errors.Is(err, ErrChanged) {
		return ErrNotFound
	}
	return err
}
