package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// ErrNotFound says that the account has no such open notice.
var ErrNotFound = errors.New("notify: not found")

// maxShown bounds how many notices one sign-in shows, the newest first.
const maxShown = 20

// Leave stores a notice, in the transaction of what it tells about.
func Leave(ctx context.Context, tx *gorm.DB, n Notice) error {
	if n.Details == "" {
		n.Details = "{}"
	}
	if err := tx.WithContext(ctx).Create(&n).Error; err != nil {
		return fmt.Errorf("leave notice: %w", err)
	}
	return nil
}

// Open returns the notices of an account that a session has not caused itself
// and nobody has dismissed, the newest first.
func Open(ctx context.Context, tx *gorm.DB, accountID, sessionID int64) ([]Notice, error) {
	var notices []Notice
	err := tx.WithContext(ctx).Where("account_id = ? AND dismissed_at = 0 AND session_id <> ?", accountID, sessionID).
		Order("id DESC").Limit(maxShown).Find(&notices).Error
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return notices, nil
}

// Dismiss closes a notice that the session has not caused itself.
func Dismiss(ctx context.Context, tx *gorm.DB, accountID, sessionID, id int64, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Notice{}).
		Where("id = ? AND account_id = ? AND session_id <> ? AND dismissed_at = 0", id, accountID, sessionID).
		UpdateColumn("dismissed_at", now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("dismiss notice: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// LeftSince says whether the account was left a notice of that kind since a
// time.
func LeftSince(ctx context.Context, tx *gorm.DB, accountID int64, kind Kind, since time.Time) (bool, error) {
	var count int64
	err := tx.WithContext(ctx).Model(&Notice{}).Where("account_id = ? AND kind = ? AND at > ?", accountID, kind, since.UnixMilli()).
		Count(&count).Error
	if err != nil {
		return false, fmt.Errorf("find notice: %w", err)
	}
	return count > 0, nil
}
