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

// Leave stores a notice, in the transaction of what it tells about, and queues
// it as a mail to each address that gets the account's notices.
func Leave(ctx context.Context, tx *gorm.DB, n Notice, reader Reader) error {
	tx = tx.WithContext(ctx)
	if n.Details == "" {
		n.Details = "{}"
	}
	if err := tx.Create(&n).Error; err != nil {
		return fmt.Errorf("leave notice: %w", err)
	}
	return queueNotice(tx, n, reader)
}

// Open returns the notices of an account from before a session began that
// nobody has dismissed, the newest first. What happened later, or in the session
// itself, is for the next one: whoever made a change cannot hide it. What a
// stranger can cause every hour is told once, by its newest notice.
func Open(ctx context.Context, tx *gorm.DB, accountID, sessionID int64, began time.Time) ([]Notice, error) {
	tx = tx.WithContext(ctx)
	newest := open(tx, accountID, sessionID, began).Where("kind = ?", PasswordKnown).Select("MAX(id)")
	var notices []Notice
	err := open(tx, accountID, sessionID, began).Where("kind <> ? OR id = (?)", PasswordKnown, newest).
		Order("id DESC").Limit(maxShown).Find(&notices).Error
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return notices, nil
}

// open are the notices a session may see and dismiss.
func open(tx *gorm.DB, accountID, sessionID int64, began time.Time) *gorm.DB {
	return tx.Model(&Notice{}).Where("account_id = ? AND session_id <> ? AND at <= ? AND dismissed_at = 0",
		accountID, sessionID, began.UnixMilli())
}

// Dismiss closes a notice that Open shows in the session, with all that it
// stands for.
func Dismiss(ctx context.Context, tx *gorm.DB, accountID, sessionID, id int64, began, now time.Time) error {
	tx = tx.WithContext(ctx)
	var found Notice
	err := open(tx, accountID, sessionID, began).Where("id = ?", id).Take(&found).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("find notice: %w", err)
	}
	closing := open(tx, accountID, sessionID, began)
	if found.Kind == PasswordKnown {
		closing = closing.Where("kind = ? AND id <= ?", PasswordKnown, id)
	} else {
		closing = closing.Where("id = ?", id)
	}
	done := closing.UpdateColumn("dismissed_at", now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("dismiss notice: %w", done.Error)
	}
	if done.RowsAffected == 0 { // another request was faster
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

// Prune removes up to limit old mails and as many former addresses whose time
// is over, and returns how many of the greater number.
func Prune(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	tx = tx.WithContext(ctx)
	mails, err := prune(tx, &mail{}, "created_at < ?", now.Add(-keepTime).UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	formers, err := prune(tx, &former{}, "until <= ?", now.UnixMilli(), limit)
	return max(mails, formers), err
}

func prune(tx *gorm.DB, model any, over string, before int64, limit int) (int64, error) {
	var ids []int64
	err := tx.Model(model).Where(over, before).Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	done := tx.Where("id IN ?", ids).Delete(model)
	if done.Error != nil {
		return 0, fmt.Errorf("prune mails: %w", done.Error)
	}
	return done.RowsAffected, nil
}
