package audit

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// Record adds an event to the trail, in the transaction of what it tells about.
func Record(ctx context.Context, tx *gorm.DB, e Event) error {
	if e.Details == "" {
		e.Details = "{}"
	}
	if err := tx.WithContext(ctx).Create(&e).Error; err != nil {
		return fmt.Errorf("record event: %w", err)
	}
	return nil
}

// List returns up to limit events of an account, the newest first, older than
// the event with the id before; 0 = from the newest.
func List(ctx context.Context, tx *gorm.DB, accountID, before int64, limit int) ([]Event, error) {
	q := tx.WithContext(ctx).Where("account_id = ?", accountID)
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	var events []Event
	if err := q.Order("id DESC").Limit(limit).Find(&events).Error; err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return events, nil
}
