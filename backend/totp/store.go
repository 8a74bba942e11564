package totp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"imagemaster/backend/secretbox"
)

// Errors of the store.
var (
	ErrNotFound = errors.New("totp: no such key")
	// ErrReplayed says that the step, or a later one, was accepted before.
	ErrReplayed = errors.New("totp: step already spent")
	// ErrChanged says that another request has changed the account's key.
	ErrChanged = errors.New("totp: the key has changed")
)

// Sealed is a seed at rest. KeyID is the key's own random id; it is part of the
// associated data together with the account's, so a sealed seed opens in no
// other row, and it stays the same when a pending key becomes the live one.
type Sealed struct {
	KeyID      []byte // 16 bytes
	SealedSeed []byte
	RingKeyID  string
}

// Key is one row of totp_keys: the account's live key. Times are Unix
// milliseconds, 0 = never.
type Key struct {
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	Sealed    `gorm:"embedded"`
	Label     string
	PhoneName string
	// LastStep is the highest step ever accepted; only higher ones count.
	LastStep   int64
	BoundAt    int64
	LastUsedAt int64
}

// TableName implements gorm's naming.
func (Key) TableName() string { return "totp_keys" }

// sealLabel separates seeds from everything else the ring seals.
const sealLabel = "imagemaster/totp-seed/v1"

// Seal encrypts a seed for one account and one key. The caller holds the
// ring key with canary.Hold in the same transaction.
func Seal(ring *secretbox.Keyring, accountID int64, keyID, seed []byte) Sealed {
	sealed := ring.Seal(seed, associated(accountID, keyID)...)
	return Sealed{KeyID: keyID, RingKeyID: secretbox.SealedBy(sealed), SealedSeed: sealed}
}

// Open decrypts the seed of an account's key. A seed that cannot be opened, or
// that is too short to be one, is an error and never means "no second factor".
func (s Sealed) Open(ring *secretbox.Keyring, accountID int64) ([]byte, error) {
	seed, err := ring.Open(s.SealedSeed, associated(accountID, s.KeyID)...)
	if err != nil {
		return nil, fmt.Errorf("open seed: %w", err)
	}
	if len(seed) < minSeedSize {
		return nil, fmt.Errorf("open seed: %w", ErrShortSeed)
	}
	return seed, nil
}

func associated(accountID int64, keyID []byte) [][]byte {
	return [][]byte{[]byte(sealLabel), binary.BigEndian.AppendUint64(nil, uint64(accountID)), keyID}
}

// Find returns the account's live key, or ErrNotFound.
func Find(ctx context.Context, tx *gorm.DB, accountID int64) (*Key, error) {
	var k Key
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Take(&k).Error; err != nil {
		return nil, notFound(err, "find key")
	}
	return &k, nil
}

func notFound(err error, doing string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Spend accepts a step of a key: one conditional update, so of all requests on
// all instances exactly one wins and every other gets ErrReplayed (RFC 6238
// section 5.2, NIST SP 800-63B-4 section 3.1.4.2).
func Spend(ctx context.Context, tx *gorm.DB, k *Key, step int64, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Key{}).
		Where("account_id = ? AND key_id = ? AND last_step < ?", k.AccountID, k.KeyID, step).
		UpdateColumns(map[string]any{"last_step": step, "last_used_at": now.UnixMilli()})
	if done.Error != nil {
		return fmt.Errorf("spend step: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrReplayed
	}
	return nil
}

// RenamePhone stores what the person calls the phone.
func RenamePhone(ctx context.Context, tx *gorm.DB, accountID int64, name string) error {
	done := tx.WithContext(ctx).Model(&Key{}).Where("account_id = ?", accountID).UpdateColumn("phone_name", name)
	if done.Error != nil {
		return fmt.Errorf("rename phone: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// Remove deletes the account's key, its seed included. The caller then raises the
// epoch, which ends all pending keys.
func Remove(ctx context.Context, tx *gorm.DB, accountID int64) error {
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Delete(&Key{}).Error; err != nil {
		return fmt.Errorf("remove key: %w", err)
	}
	return nil
}

// Bind makes a pending key, which LockPending has returned in this transaction,
// the account's live one, with the step of its confirming code already spent. It
// deletes the pending key, and inserts the key or replaces exactly the one it was
// begun for. ErrChanged, and nothing done once the caller rolls back, when the
// account's key is no longer what it was. The caller then raises the epoch, which
// ends all other pending keys.
func Bind(ctx context.Context, tx *gorm.DB, p *Pending, phoneName string, step int64, now time.Time) error {
	if err := Withdraw(ctx, tx, p.SessionID); err != nil {
		return err
	}
	k := &Key{AccountID: p.AccountID, Sealed: p.Sealed, Label: p.Label, PhoneName: phoneName,
		LastStep: step, BoundAt: now.UnixMilli(), LastUsedAt: now.UnixMilli()}
	if p.ReplacesKeyID == nil {
		return insert(ctx, tx, k)
	}
	return replace(ctx, tx, k, p.ReplacesKeyID)
}

func insert(ctx context.Context, tx *gorm.DB, k *Key) error {
	_, err := Find(ctx, tx, k.AccountID)
	if err == nil {
		return ErrChanged
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := tx.WithContext(ctx).Create(k).Error; err != nil {
		return fmt.Errorf("insert key: %w", err)
	}
	return nil
}

// replace puts a new key in the place of the one a move was begun for.
func replace(ctx context.Context, tx *gorm.DB, k *Key, old []byte) error {
	done := tx.WithContext(ctx).Model(&Key{}).Where("account_id = ? AND key_id = ?", k.AccountID, old).
		UpdateColumns(map[string]any{
			"key_id": k.KeyID, "sealed_seed": k.SealedSeed, "ring_key_id": k.RingKeyID, "label": k.Label,
			"phone_name": k.PhoneName, "last_step": k.LastStep, "bound_at": k.BoundAt, "last_used_at": k.LastUsedAt,
		})
	if done.Error != nil {
		return fmt.Errorf("replace key: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrChanged
	}
	return nil
}

// LiveAfter returns up to limit live keys of accounts with a higher id, in the
// order of the accounts.
func LiveAfter(ctx context.Context, tx *gorm.DB, accountID int64, limit int) ([]Key, error) {
	var keys []Key
	err := tx.WithContext(ctx).Where("account_id > ?", accountID).Order("account_id").Limit(limit).Find(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// SpendUpTo makes every live key refuse codes of a time step and of those before.
func SpendUpTo(ctx context.Context, tx *gorm.DB, step int64) error {
	if err := tx.WithContext(ctx).Exec("UPDATE totp_keys SET last_step = ? WHERE last_step < ?", step, step).Error; err != nil {
		return fmt.Errorf("spend codes: %w", err)
	}
	return nil
}
