package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// FindAddress returns where an account's notices go.
func FindAddress(ctx context.Context, tx *gorm.DB, accountID int64) (Address, error) {
	var a Address
	err := tx.WithContext(ctx).Where("account_id = ?", accountID).Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Address{AccountID: accountID}, nil
	}
	if err != nil {
		return a, fmt.Errorf("find notice address: %w", err)
	}
	return a, nil
}

// lockAddress finds the address and locks its row, so that the mails of one
// account are counted and queued one after the other.
func lockAddress(ctx context.Context, tx *gorm.DB, accountID int64) (Address, error) {
	return FindAddress(ctx, tx.Clauses(clause.Locking{Strength: "UPDATE"}), accountID)
}

// storeAddress writes a row that the caller has locked, or the first one of an
// account whose lock the caller holds.
func storeAddress(tx *gorm.DB, a Address) error {
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "account_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"address", "confirmed_at", "language",
			"pending_address", "code_salt", "code_expires_at", "code_tries"}),
	}).Create(&a).Error
	if err != nil {
		return fmt.Errorf("store notice address: %w", err)
	}
	return nil
}

// SetAddress stores an address that is not confirmed, "" = none, in place of the
// present one. The caller holds account.Lock.
func SetAddress(ctx context.Context, tx *gorm.DB, accountID int64, address, language string, now time.Time) error {
	tx = tx.WithContext(ctx)
	a, err := lockAddress(ctx, tx, accountID)
	if err != nil {
		return err
	}
	if err := errors.Join(endCodeMails(tx, accountID), replaceFormer(tx, a, address, now)); err != nil {
		return err
	}
	a.Address, a.ConfirmedAt, a.Language = address, 0, pick(language, a.Language)
	a.dropPending()
	return storeAddress(tx, a)
}

// RequestAddress stores an address that waits for its code and queues the mail
// with the code. An earlier code ends. If too many codes were mailed lately, or too
// many former addresses get copies, it changes nothing and returns how long to wait. The caller holds account.Lock.
func RequestAddress(ctx context.Context, tx *gorm.DB, accountID int64, address, language string, now time.Time) (wait time.Duration, err error) {
	tx = tx.WithContext(ctx)
	a, err := lockAddress(ctx, tx, accountID)
	if err != nil {
		return 0, err
	}
	mailed, err := mailedSince(tx, accountID, AddressCode, now.Add(-codeMailsTime))
	if err != nil {
		return 0, err
	}
	if len(mailed) >= codeMails {
		return time.UnixMilli(mailed[codeMails-1]).Add(codeMailsTime).Sub(now), nil
	}
	if copied, err := listFormer(tx, accountID, now.UnixMilli()); err != nil {
		return 0, err
	} else if len(copied) >= maxFormer {
		return time.UnixMilli(copied[0].Until).Sub(now), nil
	}
	if err := endCodeMails(tx, accountID); err != nil {
		return 0, err
	}
	a.Language, a.PendingAddress = pick(language, a.Language), address
	a.CodeSalt, a.CodeExpiresAt, a.CodeTries = newSalt(), now.Add(CodeTime).UnixMilli(), 0
	if err := storeAddress(tx, a); err != nil {
		return 0, err
	}
	return 0, createMail(tx, mail{AccountID: accountID, Recipient: address, Kind: AddressCode, Language: a.Language,
		CodeSalt: a.CodeSalt, CodeExpiresAt: a.CodeExpiresAt, CreatedAt: now.UnixMilli()})
}

// EndRequest drops the address that waits for its code. The one in use stays.
// The caller holds account.Lock.
func EndRequest(ctx context.Context, tx *gorm.DB, accountID int64) error {
	tx = tx.WithContext(ctx)
	a, err := lockAddress(ctx, tx, accountID)
	if err != nil || a.PendingAddress == "" {
		return err
	}
	if err := endCodeMails(tx, accountID); err != nil {
		return err
	}
	a.dropPending()
	return storeAddress(tx, a)
}

// SpendCode decides about an entered code under the lock of the address. The
// right code puts the pending address in place of the present one, which gets
// copies from now on. A wrong code costs a try. The caller holds account.Lock,
// commits, and only then answers, so parallel guesses cannot overshoot.
func SpendCode(ctx context.Context, tx *gorm.DB, codes Codes, accountID int64, code string, now time.Time) (CodeResult, error) {
	tx = tx.WithContext(ctx)
	a, err := lockAddress(ctx, tx, accountID)
	if err != nil {
		return CodeResult{}, err
	}
	if a.CodeExpiresAt <= now.UnixMilli() || a.CodeTries >= CodeTries {
		return CodeResult{Ended: true}, nil
	}
	if !codes.matches(&a, code) {
		a.CodeTries++
		return CodeResult{TriesLeft: CodeTries - a.CodeTries}, storeAddress(tx, a)
	}
	if err := replaceFormer(tx, a, a.PendingAddress, now); err != nil {
		return CodeResult{}, err
	}
	a.Address, a.ConfirmedAt = a.PendingAddress, now.UnixMilli()
	a.dropPending()
	return CodeResult{Right: true}, storeAddress(tx, a)
}

// listFormer returns the former addresses that get copies at a time.
func listFormer(tx *gorm.DB, accountID, at int64) ([]former, error) {
	var all []former
	err := tx.Where("account_id = ? AND until > ?", accountID, at).Order("id").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list former addresses: %w", err)
	}
	return all, nil
}

// replaceFormer adds a confirmed address that is replaced to the former ones.
// The address that takes its place needs no copies.
func replaceFormer(tx *gorm.DB, old Address, next string, now time.Time) error {
	remove := []string{next}
	if old.Confirmed() {
		remove = append(remove, old.Address)
	}
	if err := tx.Where("account_id = ? AND address IN ?", old.AccountID, remove).Delete(&former{}).Error; err != nil {
		return fmt.Errorf("delete former address: %w", err)
	}
	if !old.Confirmed() || old.Address == next {
		return nil
	}
	f := former{AccountID: old.AccountID, Address: old.Address, Until: now.Add(CopyTime).UnixMilli()}
	if err := tx.Create(&f).Error; err != nil {
		return fmt.Errorf("create former address: %w", err)
	}
	return nil
}
