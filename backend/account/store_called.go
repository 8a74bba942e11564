package account

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// Called is how an account is called by now.
type Called struct {
	ID          int64
	Username    string
	DisplayName string
}

// NamesOf returns how accounts are called. Those that are deleted are missing in it.
func NamesOf(ctx context.Context, tx *gorm.DB, ids []int64) (map[int64]Called, error) {
	ids = slices.Sorted(slices.Values(ids))
	ids = slices.Compact(ids)
	names := make(map[int64]Called, len(ids))
	for some := range slices.Chunk(ids, nameBatch) {
		var found []Called
		err := tx.WithContext(ctx).Model(&Account{}).Select("id", "username", "display_name").Where("id IN ?", some).Find(&found).Error
		if err != nil {
			return nil, fmt.Errorf("find names of accounts: %w", err)
		}
		for _, one := range found {
			names[one.ID] = one
		}
	}
	return names, nil
}

// nameBatch is how many accounts one statement looks for.
const nameBatch = 500

// FormerOwner returns the id of the account that had a folded user name before, also of a
// deleted one; 0 = none.
func FormerOwner(ctx context.Context, tx *gorm.DB, folded string) (int64, error) {
	var ids []int64
	err := tx.WithContext(ctx).Model(&formerName{}).Where("username_folded = ?", folded).Pluck("account_id", &ids).Error
	if err != nil {
		return 0, fmt.Errorf("find former user name: %w", err)
	}
	return append(ids, 0)[0], nil
}

// IDsAfter returns up to limit ids of accounts above an id, in their order.
func IDsAfter(ctx context.Context, tx *gorm.DB, id int64, limit int) ([]int64, error) {
	var ids []int64
	if err := tx.WithContext(ctx).Model(&Account{}).Where("id > ?", id).Order("id").Limit(limit).Pluck("id", &ids).Error; err != nil {
		return nil, fmt.Errorf("list ids of accounts: %w", err)
	}
	return ids, nil
}
