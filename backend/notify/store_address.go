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
	return findAddress(tx.WithContext(ctx), accountID)
}

// lockAddress finds the address and holds its row, so that mails to one account
// are counted and queued one after the other.
func lockAddress(tx *gorm.DB, accountID int64) (Address, error) {
	return findAddress(tx.Clauses(clause.Locking{Strength: "UPDATE"}), accountID)
}

func findAddress(tx *gorm.DB, accountID int64) (Address, error) {
	var a Address
	err := tx.Where("account_id = ?", accountID).Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Address{AccountID: accountID}, nil
	}
	if err != nil {
		return a, fmt.Errorf("find notice address: %w", err)
	}
	return a, nil
}

// copiesOf returns the former addresses that get copies at a time.
func copiesOf(tx *gorm.DB, accountID, at int64) ([]former, error) {
	var all []former
	err := tx.Where("account_id = ? AND until > ?", accountID, at).Order("id").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list former addresses: %w", err)
	}
	return all, nil
}

// KeepAddress stores an address that is not confirmed, "" = none, in place of
// the present one. The caller holds account.Lock.
func KeepAddress(ctx context.Context, tx *gorm.DB, accountID int64, address, language string, now time.Time) error {
	tx = tx.WithContext(ctx)
	old, err := findAddress(tx, accountID)
	if err != nil {
		return err
	}
	if err := errors.Join(giveUpCodes(tx, accountID, now), beginCopies(tx, old, address, now)); err != nil {
		return err
	}
	return storeAddress(tx, old, map[string]any{
		"address": address, "confirmed_at": 0, "language": pick(language, old.Language),
		"pending_address": "", "code_salt": nil, "code_expires_at": 0, "code_tries": 0,
	})
}

// AskAddress notes an address that waits for its code and queues the mail with
// it. An earlier code ends. The error is a *WaitError when too many codes were
// mailed lately. The caller holds account.Lock.
func AskAddress(ctx context.Context, tx *gorm.DB, accountID int64, address, language string, now time.Time) error {
	tx = tx.WithContext(ctx)
	old, err := findAddress(tx, accountID)
	if err != nil {
		return err
	}
	if err := checkCodeMails(tx, accountID, now); err != nil {
		return err
	}
	if err := giveUpCodes(tx, accountID, now); err != nil {
		return err
	}
	salt, ends := newSalt(), now.Add(CodeTime).UnixMilli()
	language = pick(language, old.Language)
	err = storeAddress(tx, old, map[string]any{
		"language": language, "pending_address": address, "code_salt": salt, "code_expires_at": ends, "code_tries": 0,
	})
	if err != nil {
		return err
	}
	return queue(tx, accountID, address, language, AddressCode, now.UnixMilli(), facts{Salt: salt, ExpiresAt: ends})
}

func checkCodeMails(tx *gorm.DB, accountID int64, now time.Time) error {
	var times []int64
	err := tx.Model(&mail{}).
		Where("account_id = ? AND kind = ? AND created_at > ?", accountID, AddressCode, now.Add(-codeMailsTime).UnixMilli()).
		Order("created_at DESC").Limit(codeMails).Pluck("created_at", &times).Error
	if err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	if len(times) < codeMails {
		return nil
	}
	return &WaitError{Left: time.UnixMilli(times[codeMails-1]).Add(codeMailsTime).Sub(now)}
}

// giveUpCodes ends the mails with codes that are not good any more.
func giveUpCodes(tx *gorm.DB, accountID int64, now time.Time) error {
	err := tx.Model(&mail{}).Where("account_id = ? AND kind = ? AND next_try_at > 0", accountID, AddressCode).
		UpdateColumns(map[string]any{"next_try_at": 0, "failed_at": now.UnixMilli()}).Error
	if err != nil {
		return fmt.Errorf("give up codes: %w", err)
	}
	return nil
}

func storeAddress(tx *gorm.DB, old Address, columns map[string]any) error {
	if !old.stored() {
		if err := tx.Create(&Address{AccountID: old.AccountID, Language: English}).Error; err != nil {
			return fmt.Errorf("store notice address: %w", err)
		}
	}
	if err := tx.Model(&Address{}).Where("account_id = ?", old.AccountID).UpdateColumns(columns).Error; err != nil {
		return fmt.Errorf("store notice address: %w", err)
	}
	return nil
}

// CancelAddress drops the address that waits for its code. The one in use stays.
func CancelAddress(ctx context.Context, tx *gorm.DB, accountID int64, now time.Time) error {
	tx = tx.WithContext(ctx)
	if err := giveUpCodes(tx, accountID, now); err != nil {
		return err
	}
	err := tx.Model(&Address{}).Where("account_id = ?", accountID).UpdateColumns(map[string]any{
		"pending_address": "", "code_salt": nil, "code_expires_at": 0, "code_tries": 0}).Error
	if err != nil {
		return fmt.Errorf("cancel notice address: %w", err)
	}
	return nil
}

// ReserveCode takes one try at the account's code, or returns ErrCodeEnded. The
// caller runs it in a transaction of its own and commits before it compares
// anything, so that parallel guesses cannot overshoot.
func ReserveCode(ctx context.Context, tx *gorm.DB, accountID int64, now time.Time) (*CodeTry, error) {
	tx = tx.WithContext(ctx)
	done := tx.Exec("UPDATE notice_addresses SET code_tries = code_tries + 1 WHERE account_id = ? AND code_expires_at > ? AND code_tries < ?",
		accountID, now.UnixMilli(), CodeTries)
	if done.Error != nil {
		return nil, fmt.Errorf("reserve code: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, ErrCodeEnded
	}
	a, err := findAddress(tx, accountID)
	if err != nil {
		return nil, err
	}
	return &CodeTry{a}, nil
}

// ConfirmAddress puts the address of a right code in place of the present one,
// which gets copies from now on. Of all who try with one code exactly one wins,
// the others get ErrCodeEnded. The caller holds account.Lock.
func ConfirmAddress(ctx context.Context, tx *gorm.DB, try *CodeTry, now time.Time) error {
	tx = tx.WithContext(ctx)
	old, err := findAddress(tx, try.address.AccountID)
	if err != nil {
		return err
	}
	done := tx.Exec("UPDATE notice_addresses SET address = pending_address, confirmed_at = ?, pending_address = '', code_salt = NULL, code_expires_at = 0, code_tries = 0 "+
		"WHERE account_id = ? AND code_salt = ? AND code_expires_at > ?", now.UnixMilli(), old.AccountID, try.address.CodeSalt, now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("confirm notice address: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrCodeEnded
	}
	return beginCopies(tx, old, try.address.PendingAddress, now)
}

// beginCopies keeps a confirmed address that is replaced among those that get
// copies; the one in its place needs none.
func beginCopies(tx *gorm.DB, old Address, next string, now time.Time) error {
	unwanted := []string{next}
	if old.Confirmed() {
		unwanted = append(unwanted, old.Address)
	}
	if err := tx.Where("account_id = ? AND address IN ?", old.AccountID, unwanted).Delete(&former{}).Error; err != nil {
		return fmt.Errorf("drop former address: %w", err)
	}
	if !old.Confirmed() || old.Address == next {
		return nil
	}
	f := former{AccountID: old.AccountID, Address: old.Address, Until: now.Add(CopyTime).UnixMilli()}
	if err := tx.Create(&f).Error; err != nil {
		return fmt.Errorf("keep former address: %w", err)
	}
	return nil
}
