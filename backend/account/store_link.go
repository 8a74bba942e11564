package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/opaque"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ReplaceLinks stores the links of accounts that the caller has locked or has just
// made. Their former links end. tokens are what the links carry.
func ReplaceLinks(ctx context.Context, tx *gorm.DB, links []Link, tokens []string) error {
	for i := range links {
		links[i].TokenHash = opaque.HashToken(tokens[i])
	}
	err := tx.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"kind", "token_hash", "epoch", "created_at", "expires_at", "given_by"}),
	}).CreateInBatches(links, insertBatch).Error
	if err != nil {
		return fmt.Errorf("store links: %w", err)
	}
	return nil
}

// FindLink returns the link of an account, or ErrNotFound.
func FindLink(ctx context.Context, tx *gorm.DB, accountID int64) (*Link, error) {
	return oneLink(tx.WithContext(ctx).Where("account_id = ?", accountID))
}

// LinkByToken returns the link with a token, or ErrNotFound. Whether it counts is
// for Counts to say.
func LinkByToken(ctx context.Context, tx *gorm.DB, token string) (*Link, error) {
	return oneLink(tx.WithContext(ctx).Where("token_hash = ?", opaque.HashToken(token)))
}

func oneLink(q *gorm.DB) (*Link, error) {
	var l Link
	err := q.Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find link: %w", err)
	}
	return &l, nil
}

// SpendLink uses a link up. Of all who try one succeeds, the others get ErrNotFound.
func SpendLink(ctx context.Context, tx *gorm.DB, l *Link, epoch int64, now time.Time) error {
	done := tx.WithContext(ctx).Where("account_id = ? AND token_hash = ? AND epoch = ? AND expires_at > ?", l.AccountID, l.TokenHash, epoch, now.UnixMilli()).
		Delete(&Link{})
	if done.Error != nil {
		return fmt.Errorf("spend link: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// EndLink ends the link of an account, if there is one.
func EndLink(ctx context.Context, tx *gorm.DB, accountID int64) error {
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Delete(&Link{}).Error; err != nil {
		return fmt.Errorf("end link: %w", err)
	}
	return nil
}

// EndLinksGivenBy ends the links that somebody has given.
func EndLinksGivenBy(ctx context.Context, tx *gorm.DB, accountID int64) error {
	if err := tx.WithContext(ctx).Where("given_by = ?", accountID).Delete(&Link{}).Error; err != nil {
		return fmt.Errorf("end given links: %w", err)
	}
	return nil
}

// EndEveryLink ends all links.
func EndEveryLink(ctx context.Context, tx *gorm.DB) error {
	if err := tx.WithContext(ctx).Exec("DELETE FROM account_links").Error; err != nil {
		return fmt.Errorf("end every link: %w", err)
	}
	return nil
}

// EndOverdueLinks deletes up to limit links whose time is over.
func EndOverdueLinks(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	var ids []int64
	err := tx.WithContext(ctx).Model(&Link{}).Where("expires_at <= ?", now.UnixMilli()).Limit(limit).Pluck("account_id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	done := tx.WithContext(ctx).Where("account_id IN ? AND expires_at <= ?", ids, now.UnixMilli()).Delete(&Link{})
	if done.Error != nil {
		return 0, fmt.Errorf("end overdue links: %w", done.Error)
	}
	return done.RowsAffected, nil
}
