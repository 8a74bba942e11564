package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// retention is the one row of the table of that name. Times are Unix milliseconds.
type retention struct {
	ID        int
	SeenAt    int64
	StoppedAt int64
}

func (retention) TableName() string { return "retention" }

// MaxClockGap is how far the clock may be from the last look at it: more is a jump,
// and a wrong clock would delete what is not old.
const MaxClockGap = 24 * time.Hour

// Look is what a look at the clock has found.
type Look struct {
	Stopped bool          // nothing may be deleted until Resume
	Jump    time.Duration // how far the clock jumped just now, 0 = it did not
}

// LookAtClock compares the clock with the last look at it, by any instance. After a
// jump of more than a day, ahead or back, nothing may be deleted until a person
// says that the clock is right. No instance running for a day counts as a jump.
func LookAtClock(ctx context.Context, tx *gorm.DB, now time.Time) (Look, error) {
	tx = tx.WithContext(ctx)
	var row retention
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = 1").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Look{}, openRetention(tx, now)
	}
	if err != nil {
		return Look{}, fmt.Errorf("look at the clock: %w", err)
	}
	look := Look{Stopped: row.StoppedAt != 0}
	columns := map[string]any{"seen_at": now.UnixMilli()}
	if gap := now.Sub(time.UnixMilli(row.SeenAt)); gap.Abs() > MaxClockGap {
		look.Jump = gap
		if !look.Stopped {
			look.Stopped, columns["stopped_at"] = true, now.UnixMilli()
		}
	}
	if err := tx.Model(&row).Where("id = 1").UpdateColumns(columns).Error; err != nil {
		return Look{}, fmt.Errorf("look at the clock: %w", err)
	}
	return look, nil
}

func openRetention(tx *gorm.DB, now time.Time) error {
	err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&retention{ID: 1, SeenAt: now.UnixMilli()}).Error
	if err != nil {
		return fmt.Errorf("look at the clock: %w", err)
	}
	return nil
}

// Resume lets old events be deleted again, and says whether that was stopped.
func Resume(ctx context.Context, tx *gorm.DB, now time.Time) (bool, error) {
	done := tx.WithContext(ctx).Model(&retention{}).Where("id = 1 AND stopped_at <> 0").
		UpdateColumns(map[string]any{"stopped_at": 0, "seen_at": now.UnixMilli()})
	if done.Error != nil {
		return false, fmt.Errorf("resume: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// StoppedAt returns since when nothing is deleted, zero = it is deleted.
func StoppedAt(ctx context.Context, tx *gorm.DB) (time.Time, error) {
	var at []int64
	err := tx.WithContext(ctx).Model(&retention{}).Where("id = 1 AND stopped_at <> 0").Pluck("stopped_at", &at).Error
	if err != nil || len(at) == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at[0]).UTC(), nil
}

// Newest returns when the newest event happened, zero where there is none.
func Newest(ctx context.Context, tx *gorm.DB) (time.Time, error) {
	var at []int64
	err := tx.WithContext(ctx).Model(&Event{}).Order("at DESC").Limit(1).Pluck("at", &at).Error
	if err != nil || len(at) == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at[0]), nil
}

// LastLook returns when an instance last looked at the clock, zero = never.
func LastLook(ctx context.Context, tx *gorm.DB) (time.Time, error) {
	var at []int64
	if err := tx.WithContext(ctx).Model(&retention{}).Where("id = 1").Pluck("seen_at", &at).Error; err != nil {
		return time.Time{}, fmt.Errorf("find the last look at the clock: %w", err)
	}
	if len(at) == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(at[0]), nil
}
