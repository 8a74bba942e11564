package session

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// NoteDevice notes which device the session is in, so that Carry carries both.
func NoteDevice(ctx context.Context, tx *gorm.DB, id, deviceID int64) error {
	err := tx.WithContext(ctx).Model(&Session{}).Where("id = ?", id).UpdateColumn("device_id", deviceID).Error
	if err != nil {
		return fmt.Errorf("note device: %w", err)
	}
	return nil
}

// FindDevice returns the live device with that token.
func FindDevice(ctx context.Context, tx *gorm.DB, token string, now time.Time) (*Device, error) {
	var d Device
	err := tx.WithContext(ctx).Where("token_hash = ? AND last_used_at > ?",
		hashToken(token), now.Add(-DeviceLifetime).UnixMilli()).Take(&d).Error
	if err != nil {
		return nil, notFound(err, "find device")
	}
	return &d, nil
}

// KeepDevice gives a browser that has just completed a sign-in its device
// token. A device the account already knows keeps its row, forgets its failures
// and changes its token; any other browser becomes a new device, over
// MaxDevices in place of the one used longest ago.
func KeepDevice(ctx context.Context, tx *gorm.DB, known *Device, accountID, epoch int64, now time.Time) (token string, id int64, err error) {
	token, hash := NewToken()
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
	if _, err := makeRoom(tx, tx, &Device{}, accountID, "last_used_at", MaxDevices); err != nil {
		return "", 0, err
	}
	d := &Device{AccountID: accountID, TokenHash: hash, Epoch: epoch, CreatedAt: now.UnixMilli(), LastUsedAt: now.UnixMilli()}
	if err := tx.Create(d).Error; err != nil {
		return "", 0, fmt.Errorf("keep device: %w", err)
	}
	return token, d.ID, nil
}

// CountDeviceMiss counts a wrong code from a known device; at MaxDeviceMisses
// the device is forgotten, and its next tries count as a stranger's.
func CountDeviceMiss(ctx context.Context, tx *gorm.DB, id int64) error {
	tx = tx.WithContext(ctx)
	err := tx.Model(&Device{}).Where("id = ?", id).UpdateColumn("failures", gorm.Expr("failures + 1")).Error
	if err != nil {
		return fmt.Errorf("count device miss: %w", err)
	}
	if err := tx.Where("id = ? AND failures >= ?", id, MaxDeviceMisses).Delete(&Device{}).Error; err != nil {
		return fmt.Errorf("forget device: %w", err)
	}
	return nil
}
