package helpcode

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Errors of the store.
var (
	ErrNotFound = errors.New("helpcode: not found")
	// ErrSpent says that the code was used, or has ended, since it was read.
	ErrSpent = errors.New("helpcode: already spent")
)

// Replace stores the code of an account that the caller has locked. A former one ends.
func Replace(ctx context.Context, tx *gorm.DB, c *Code) error {
	err := tx.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"code_hash", "salt", "epoch", "created_at", "expires_at", "used_at", "given_by", "reason"}),
	}).Create(c).Error
	if err != nil {
		return fmt.Errorf("store help code: %w", err)
	}
	return nil
}

// Find returns the code of an account, or ErrNotFound. Whether it is open is for Open to say.
func Find(ctx context.Context, tx *gorm.DB, accountID int64) (*Code, error) {
	var c Code
	err := tx.WithContext(ctx).Where("account_id = ?", accountID).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find help code: %w", err)
	}
	return &c, nil
}

// Spend uses a code up, and keeps it for the time that the session may enrol. Of all who
// try one succeeds, the others get ErrSpent.
func Spend(ctx context.Context, tx *gorm.DB, c *Code, enrols time.Duration, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Code{}).
		Where("account_id = ? AND code_hash = ? AND epoch = ? AND used_at = 0 AND expires_at > ?", c.AccountID, c.CodeHash, c.Epoch, now.UnixMilli()).
		UpdateColumns(map[string]any{"used_at": now.UnixMilli(), "expires_at": now.Add(enrols).UnixMilli()})
	if done.Error != nil {
		return fmt.Errorf("spend help code: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrSpent
	}
	return nil
}

// End ends the code of an account, if there is one.
func End(ctx context.Context, tx *gorm.DB, accountID int64) error {
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Delete(&Code{}).Error; err != nil {
		return fmt.Errorf("end help code: %w", err)
	}
	return nil
}

// EndGivenBy ends the codes that somebody has given and that were not used yet.
func EndGivenBy(ctx context.Context, tx *gorm.DB, accountID int64) error {
	if err := tx.WithContext(ctx).Where("given_by = ? AND used_at = 0", accountID).Delete(&Code{}).Error; err != nil {
		return fmt.Errorf("end given help codes: %w", err)
	}
	return nil
}

// EndEvery ends all codes.
func EndEvery(ctx context.Context, tx *gorm.DB) error {
	if err := tx.WithContext(ctx).Exec("DELETE FROM help_codes").Error; err != nil {
		return fmt.Errorf("end every help code: %w", err)
	}
	return nil
}

// EndOverdue deletes up to limit codes whose time is over, and returns how many.
func EndOverdue(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	var ids []int64
	err := tx.WithContext(ctx).Model(&Code{}).Where("expires_at <= ?", now.UnixMilli()).Limit(limit).Pluck("account_id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	done := tx.WithContext(ctx).Where("account_id IN ? AND expires_at <= ?", ids, now.UnixMilli()).Delete(&Code{})
	if done.Error != nil {
		return 0, fmt.Errorf("end overdue help codes: %w", done.Error)
	}
	return done.RowsAffected, nil
}
