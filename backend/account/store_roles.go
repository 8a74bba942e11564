package account

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// SetRole changes what an account may do for others.
func SetRole(ctx context.Context, tx *gorm.DB, id int64, role Role) error {
	return set(ctx, tx, id, map[string]any{"admin": role == Administrator, "helper": role == Helper})
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
