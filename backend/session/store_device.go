package session

import (
	"context"
	"fmt"
	"time"

	"imagemaster/backend/opaque"

	"gorm.io/gorm"
)

// FindDevice returns the live device with that token. One of an ended epoch
// belongs to nobody.
func FindDevice(ctx context.Context, tx *gorm.DB, token string, now time.Time) (*Device, error) {
	var d Device
	err := tx.WithContext(ctx).Joins("JOIN accounts ON accounts.id = devices.account_id AND accounts.epoch = devices.epoch").
		Where("devices.token_hash = ? AND devices.last_used_at > ?", opaque.HashToken(token), now.Add(-DeviceLifetime).UnixMilli()).
		Take(&d).Error
	if err != nil {
		return nil, notFound(err, "find device")
	}
	return &d, nil
}

// KeepDevice gives a browser that has just completed a sign-in its device
// token. A device the account already knows keeps its row, starts counting its
// failures anew and changes its token. Any other browser becomes a new device,
// over MaxDevices in place of the one used longest ago.
func KeepDevice(ctx context.Context, tx *gorm.DB, known *Device, accountID, epoch int64, now time.Time) (token string, id int64, err error) {
	token, hash := opaque.NewToken()
	tx = tx.WithContext(ctx)
	if known != nil {
		done := tx.Model(&Device{}).
			Where("id = ? AND account_id = ? AND epoch = ? AND token_hash = ?", known.ID, accountID, epoch, known.TokenHash).
			UpdateColumns(map[string]any{"token_hash": hash, "last_used_at": now.UnixMilli(), "failures": 0})
		if done.Error != nil {
			return "", 0, fmt.Errorf("rotate device: %w", done.Error)
		}
		if done.RowsAffected == 1 {
			return token, known.ID, nil
		}
	}
	var ids []int64
	err = tx.Model(&Device{}).Where("account_id = ?", accountID).Order("last_used_at DESC, id DESC").Pluck("id", &ids).Error
	if err == nil && len(ids) >= MaxDevices {
		err = drop(tx, &Device{}, ids[MaxDevices-1:])
	}
	if err != nil {
		return "", 0, fmt.Errorf("end old devices: %w", err)
	}
	d := &Device{AccountID: accountID, TokenHash: hash, Epoch: epoch, LastUsedAt: now.UnixMilli()}
	if err := tx.Create(d).Error; err != nil {
		return "", 0, fmt.Errorf("create device: %w", err)
	}
	return token, d.ID, nil
}

// RenewDevice lets the device of a session go on under a raised epoch, with a
// new token: the old one is dead. nil where the session has no live device.
func RenewDevice(ctx context.Context, tx *gorm.DB, s *Session, epoch int64) (token *string, err error) {
	if s.DeviceID == 0 {
		return nil, nil
	}
	fresh, hash := opaque.NewToken()
	done := tx.WithContext(ctx).Model(&Device{}).Where("id = ? AND account_id = ? AND epoch = ?", s.DeviceID, s.AccountID, s.Epoch).
		UpdateColumns(map[string]any{"epoch": epoch, "token_hash": hash})
	if done.Error != nil {
		return nil, fmt.Errorf("renew device: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, nil
	}
	return &fresh, nil
}

// CountDeviceFailure counts a wrong code from a known device. At
// MaxDeviceFailures the device is deleted, and the browser is an unrecognised one.
func CountDeviceFailure(ctx context.Context, tx *gorm.DB, id int64) error {
	tx = tx.WithContext(ctx)
	err := tx.Model(&Device{}).Where("id = ?", id).UpdateColumn("failures", gorm.Expr("failures + 1")).Error
	if err != nil {
		return fmt.Errorf("count device failure: %w", err)
	}
	if err := tx.Where("id = ? AND failures >= ?", id, MaxDeviceFailures).Delete(&Device{}).Error; err != nil {
		return fmt.Errorf("delete device: %w", err)
	}
	return nil
}
