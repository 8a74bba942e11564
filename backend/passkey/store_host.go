package passkey

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Elsewhere returns how many accounts have keys of another host than rpID that nobody has
// given up yet. These people lose them at this address.
func Elsewhere(ctx context.Context, tx *gorm.DB, rpID string) (accounts int64, err error) {
	return countAccounts(elsewhere(ctx, tx, rpID).Where("given_up_at = 0"))
}

// GivenUp returns how many accounts have keys of another host than rpID that were given up.
func GivenUp(ctx context.Context, tx *gorm.DB, rpID string) (accounts int64, err error) {
	return countAccounts(elsewhere(ctx, tx, rpID).Where("given_up_at <> 0"))
}

func elsewhere(ctx context.Context, tx *gorm.DB, rpID string) *gorm.DB {
	return tx.WithContext(ctx).Model(&Key{}).Where("rp_id <> ?", rpID)
}

func countAccounts(keys *gorm.DB) (accounts int64, err error) {
	if err := keys.Distinct("account_id").Count(&accounts).Error; err != nil {
		return 0, fmt.Errorf("count keys of other addresses: %w", err)
	}
	return accounts, nil
}

// HostsElsewhere returns the other hosts of the keys that Elsewhere counts, sorted.
func HostsElsewhere(ctx context.Context, tx *gorm.DB, rpID string) ([]string, error) {
	var hosts []string
	err := elsewhere(ctx, tx, rpID).Where("given_up_at = 0").Distinct("rp_id").Order("rp_id").Pluck("rp_id", &hosts).Error
	if err != nil {
		return nil, fmt.Errorf("list hosts of keys: %w", err)
	}
	return hosts, nil
}

// GiveUp stores that the keys of other hosts than rpID are lost.
func GiveUp(ctx context.Context, tx *gorm.DB, rpID string, now time.Time) error {
	err := elsewhere(ctx, tx, rpID).Where("given_up_at = 0").UpdateColumn("given_up_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("give keys up: %w", err)
	}
	return nil
}

// TakeBack stores that the keys of rpID work again: the server is back at their address.
func TakeBack(ctx context.Context, tx *gorm.DB, rpID string) error {
	err := tx.WithContext(ctx).Model(&Key{}).Where("rp_id = ? AND given_up_at <> 0", rpID).UpdateColumn("given_up_at", 0).Error
	if err != nil {
		return fmt.Errorf("take keys back: %w", err)
	}
	return nil
}
