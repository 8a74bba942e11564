package account

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// HasFactor is the condition, in SQL, for accounts with a second factor: an authenticator
// app, a passkey or a hardware key.
const HasFactor = "(EXISTS (SELECT 1 FROM totp_keys k WHERE k.account_id = accounts.id)" +
	" OR EXISTS (SELECT 1 FROM passkeys p WHERE p.account_id = accounts.id))"

// SetRole changes what an account, as it is now, may do for others.
func SetRole(ctx context.Context, tx *gorm.DB, a *Account, role Role, now time.Time) error {
	columns := map[string]any{"admin": role == Administrator, "helper": role == Helper}
	if a.Role() == Person {
		columns["staff_since"] = now.UnixMilli()
	}
	return set(ctx, tx, a.ID, columns)
}

// StopHelp stores that nobody may help for HelpStop.
func StopHelp(ctx context.Context, tx *gorm.DB, id int64, now time.Time) error {
	return set(ctx, tx, id, map[string]any{"help_stopped_until": now.Add(HelpStop).UnixMilli()})
}

// LockAdministrators makes changes that could leave no administrator wait for each
// other, until the transaction ends. It comes before every other lock.
func LockAdministrators(ctx context.Context, tx *gorm.DB) error {
	done := tx.WithContext(ctx).Exec("UPDATE administrators_guard SET serial = serial + 1 WHERE id = 1")
	if done.Error != nil {
		return fmt.Errorf("lock administrators: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return fmt.Errorf("lock administrators: the row is missing")
	}
	return nil
}

// Administrators returns all enabled administrators.
func Administrators(ctx context.Context, tx *gorm.DB) ([]Account, error) {
	var all []Account
	if err := tx.WithContext(ctx).Where("admin = ? AND disabled_at = 0", true).Order("id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("list administrators: %w", err)
	}
	return all, nil
}

// SetLastSignIn stores when somebody signed in.
func SetLastSignIn(ctx context.Context, tx *gorm.DB, id int64, now time.Time) error {
	return set(ctx, tx, id, map[string]any{"last_sign_in_at": now.UnixMilli()})
}

// Lacking is an account that a policy may ask for something.
type Lacking struct {
	Account   `gorm:"embedded"`
	HasFactor bool // a second factor of any kind
}

// LackingAfter returns up to limit enabled accounts with a higher id that have a password
// and no second factor, in the order of their ids. With a host it returns those without a
// passkey or hardware key of that host.
func LackingAfter(ctx context.Context, tx *gorm.DB, id int64, host string, limit int) ([]Lacking, error) {
	var some []Lacking
	tx = tx.WithContext(ctx).Table("accounts").Select("accounts.*, "+HasFactor+" AS has_factor").Where("id > ? AND disabled_at = 0 AND password_hash <> ''", id)
	if host == "" {
		tx = tx.Where("NOT " + HasFactor)
	} else {
		tx = tx.Where("NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.account_id = accounts.id AND p.rp_id = ?)", host)
	}
	if err := tx.Order("id").Limit(limit).Find(&some).Error; err != nil {
		return nil, fmt.Errorf("list accounts that lack a factor: %w", err)
	}
	return some, nil
}
