package account

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Takeover names an act that is one half of taking an account over: with two of
// them, one person alone could sign in as somebody else.
type Takeover string

// The acts.
const (
	TakeoverPassword Takeover = "password_link"
	TakeoverHelp     Takeover = "help_code"
	TakeoverFactor   Takeover = "remove_second_factor"
	TakeoverEmail    Takeover = "email"
)

// takeoverSpan is how long one person may do only one of these acts for an account.
const takeoverSpan = 24 * time.Hour

// takeover is one row of takeovers.
type takeover struct {
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	ActorID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Act       Takeover
	At        int64 // Unix ms
}

// CountTakeover stores that one person does an act for an account that the caller has
// locked. If this person has done another of these acts within takeoverSpan, it stores
// nothing and returns how long to wait. The same act again gives no further power.
func CountTakeover(ctx context.Context, tx *gorm.DB, accountID, actorID int64, act Takeover, now time.Time) (time.Duration, error) {
	tx = tx.WithContext(ctx)
	var last []takeover
	if err := tx.Where("account_id = ? AND actor_id = ?", accountID, actorID).Limit(1).Find(&last).Error; err != nil {
		return 0, fmt.Errorf("find takeover: %w", err)
	}
	if len(last) > 0 && last[0].Act != act {
		if wait := time.UnixMilli(last[0].At).Add(takeoverSpan).Sub(now); wait > 0 {
			return wait, nil
		}
	}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}, {Name: "actor_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"act", "at"}),
	}).Create(&takeover{AccountID: accountID, ActorID: actorID, Act: act, At: now.UnixMilli()}).Error
	if err != nil {
		return 0, fmt.Errorf("store takeover: %w", err)
	}
	return 0, nil
}

// PruneTakeovers deletes up to limit acts that hold nothing back any more.
func PruneTakeovers(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	var old []takeover
	tx = tx.WithContext(ctx)
	if err := tx.Where("at <= ?", now.Add(-takeoverSpan).UnixMilli()).Limit(limit).Find(&old).Error; err != nil {
		return 0, fmt.Errorf("find takeovers: %w", err)
	}
	for _, t := range old {
		if err := tx.Where("account_id = ? AND actor_id = ? AND at = ?", t.AccountID, t.ActorID, t.At).Delete(&takeover{}).Error; err != nil {
			return 0, fmt.Errorf("delete takeover: %w", err)
		}
	}
	return int64(len(old)), nil
}
