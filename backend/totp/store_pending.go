package totp

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// PendingLifetime is how long an offered key waits for its first right code;
// it can be extended MaxExtensions times (WCAG 2.2, 2.2.1).
const (
	PendingLifetime    = 10 * time.Minute
	MaxExtensions      = 10
	MaxPendingFailures = 10
	// clockTolerance is how much longer than PendingLifetime an offer may seem
	// to last: more means that the clock was ahead when it was made.
	clockTolerance = 5 * time.Minute
)

// Pending is one row of pending_keys: a key that was offered to a session and
// is live only after one right code.
type Pending struct {
	SessionID     int64 `gorm:"primaryKey;autoIncrement:false"`
	AccountID     int64
	Sealed        `gorm:"embedded"`
	ReplacesKeyID []byte // nil at the first set-up
	Label         string
	CreatedAt     int64 `gorm:"autoCreateTime:false"`
	ExpiresAt     int64
	Extended      int
	Failures      int
	Epoch         int64
}

// TableName implements gorm's naming.
func (Pending) TableName() string { return "pending_keys" }

// Ends returns when the offer ends.
func (p *Pending) Ends() time.Time { return time.UnixMilli(p.ExpiresAt).UTC() }

// Spent says whether all of its tries were wrong.
func (p *Pending) Spent() bool { return p.Failures >= MaxPendingFailures }

// Offer stores a pending key for a session, in place of any earlier one, which
// it returns.
func Offer(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (former *Pending, err error) {
	p.CreatedAt = now.UnixMilli()
	p.ExpiresAt = now.Add(PendingLifetime).UnixMilli()
	var found []Pending
	if err := tx.WithContext(ctx).Where("session_id = ?", p.SessionID).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("find pending key: %w", err)
	}
	if len(found) == 1 {
		former = &found[0]
		if err := Withdraw(ctx, tx, p.SessionID); err != nil {
			return nil, err
		}
	}
	if err := tx.WithContext(ctx).Create(p).Error; err != nil {
		return nil, fmt.Errorf("offer key: %w", err)
	}
	return former, nil
}

// FindPending returns the pending key of a session that is unexpired and of
// that epoch, or ErrNotFound.
func FindPending(ctx context.Context, tx *gorm.DB, sessionID, epoch int64, now time.Time) (*Pending, error) {
	var p Pending
	err := tx.WithContext(ctx).Where("session_id = ? AND epoch = ? AND expires_at > ? AND expires_at <= ?",
		sessionID, epoch, now.UnixMilli(), now.Add(PendingLifetime+clockTolerance).UnixMilli()).Take(&p).Error
	if err != nil {
		return nil, notFound(err, "find pending key")
	}
	return &p, nil
}

// ExtendPending gives a pending key another PendingLifetime, at most MaxExtensions
// times.
func ExtendPending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Pending{}).
		Where("session_id = ? AND key_id = ? AND expires_at > ? AND extended < ?", p.SessionID, p.KeyID, now.UnixMilli(), MaxExtensions).
		UpdateColumns(map[string]any{"expires_at": now.Add(PendingLifetime).UnixMilli(), "extended": gorm.Expr("extended + 1")})
	if done.Error != nil {
		return fmt.Errorf("extend pending key: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// LockPending locks the row of a pending key that still counts and has a try left,
// until the transaction ends, and returns it as it is now: it may have been
// resealed since it was read. Else ErrNotFound.
func LockPending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (*Pending, error) {
	var locked Pending
	err := tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("session_id = ? AND key_id = ? AND epoch = ? AND expires_at > ? AND failures < ?",
			p.SessionID, p.KeyID, p.Epoch, now.UnixMilli(), MaxPendingFailures).Take(&locked).Error
	if err != nil {
		return nil, notFound(err, "lock pending key")
	}
	return &locked, nil
}

// CountFailure counts a wrong code against a pending key that LockPending has
// returned in this transaction.
func CountFailure(ctx context.Context, tx *gorm.DB, p *Pending) error {
	p.Failures++
	err := tx.WithContext(ctx).Model(&Pending{}).Where("session_id = ?", p.SessionID).UpdateColumn("failures", p.Failures).Error
	if err != nil {
		return fmt.Errorf("count failure of pending key: %w", err)
	}
	return nil
}

// Withdraw deletes the pending key of a session.
func Withdraw(ctx context.Context, tx *gorm.DB, sessionID int64) error {
	done := tx.WithContext(ctx).Where("session_id = ?", sessionID).Delete(&Pending{})
	if done.Error != nil {
		return fmt.Errorf("withdraw key: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// PrunePending deletes up to limit pending keys whose time is over, their sealed
// seeds included, and returns those that this caller has ended, not another
// instance.
func PrunePending(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (ended []Pending, err error) {
	tx = tx.WithContext(ctx)
	var over []Pending
	if err := tx.Where("expires_at <= ?", now.UnixMilli()).Order("session_id").Limit(limit).Find(&over).Error; err != nil {
		return nil, fmt.Errorf("list overdue keys: %w", err)
	}
	for _, p := range over {
		done := tx.Where("session_id = ? AND expires_at <= ?", p.SessionID, now.UnixMilli()).Delete(&Pending{})
		if done.Error != nil {
			return nil, fmt.Errorf("prune pending key: %w", done.Error)
		}
		if done.RowsAffected == 1 {
			ended = append(ended, p)
		}
	}
	return ended, nil
}

// DropPending deletes all pending keys of an account.
func DropPending(ctx context.Context, tx *gorm.DB, accountID int64) error {
	tx = tx.WithContext(ctx)
	var sessions []int64
	err := tx.Model(&Pending{}).Where("account_id = ?", accountID).Pluck("session_id", &sessions).Error
	if err != nil {
		return fmt.Errorf("find pending keys: %w", err)
	}
	// By their primary keys: a DELETE that searches an index of MySQL waits for
	// the row behind its own, another account's, and two of them deadlock.
	for _, id := range sessions {
		if err := tx.Where("session_id = ?", id).Delete(&Pending{}).Error; err != nil {
			return fmt.Errorf("drop pending key: %w", err)
		}
	}
	return nil
}

// SameKey says whether a pending key was begun for the account's present key.
func (p *Pending) SameKey(k *Key) bool {
	if k == nil {
		return p.ReplacesKeyID == nil
	}
	return bytes.Equal(p.ReplacesKeyID, k.KeyID)
}

// DropEveryPending deletes the pending keys of all accounts.
func DropEveryPending(ctx context.Context, tx *gorm.DB) error {
	if err := tx.WithContext(ctx).Exec("DELETE FROM pending_keys").Error; err != nil {
		return fmt.Errorf("drop pending keys: %w", err)
	}
	return nil
}
