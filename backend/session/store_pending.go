package session

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// BeginPending stores a pending sign-in and returns its token. Over MaxPending
// the oldest one ends, which crowded says; browsers the account knows and
// strangers are counted apart, so that nobody can push the person's own sign-in
// out. A CreatedAt that is set is kept: it is when the first of a row of
// sign-ins in that browser began.
func BeginPending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (token string, crowded bool, err error) {
	token, p.TokenHash = NewToken()
	p.PasswordAt = now.UnixMilli()
	if p.CreatedAt == 0 {
		p.CreatedAt = p.PasswordAt
	}
	p.ExpiresAt = now.Add(PendingLifetime).UnixMilli()
	tx = tx.WithContext(ctx)
	// What has run out is left for the housekeeping, which tells the person.
	if _, err := drop(tx.Where("account_id = ? AND epoch <> ?", p.AccountID, p.Epoch), &Pending{}); err != nil {
		return "", false, fmt.Errorf("end old pending sign-ins: %w", err)
	}
	live := countsAt(tx, now).Where("known = ?", p.Known)
	dropped, err := makeRoom(tx, live, &Pending{}, p.AccountID, "created_at", MaxPending)
	if err != nil {
		return "", false, err
	}
	if err := tx.Create(p).Error; err != nil {
		return "", false, fmt.Errorf("begin pending sign-in: %w", err)
	}
	return token, len(dropped) > 0, nil
}

// StrangersPending returns the newest pending sign-in of an account's epoch in
// a browser it does not know, expired or not, or ErrNotFound.
func StrangersPending(ctx context.Context, tx *gorm.DB, accountID, epoch int64) (*Pending, error) {
	var p Pending
	err := tx.WithContext(ctx).Where("account_id = ? AND epoch = ? AND known = ?", accountID, epoch, false).
		Order("id DESC").Take(&p).Error
	if err != nil {
		return nil, notFound(err, "find pending sign-in")
	}
	return &p, nil
}

// countsAt are the pending sign-ins whose time is not over. One that seems to
// last longer than possible was begun while the clock was ahead.
func countsAt(tx *gorm.DB, now time.Time) *gorm.DB {
	return tx.Where("expires_at > ? AND expires_at <= ?", now.UnixMilli(), now.Add(PendingLifetime+clockTolerance).UnixMilli())
}

// FindPending returns the pending sign-in with that token whose time is not
// over.
func FindPending(ctx context.Context, tx *gorm.DB, token string, now time.Time) (*Pending, error) {
	var p Pending
	err := countsAt(tx.WithContext(ctx), now).Where("token_hash = ?", hashToken(token)).Take(&p).Error
	if err != nil {
		return nil, notFound(err, "find pending sign-in")
	}
	return &p, nil
}

// ExtendPending gives a pending sign-in another PendingLifetime, at most
// MaxExtensions times.
func ExtendPending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (time.Time, error) {
	ends := now.Add(PendingLifetime)
	done := tx.WithContext(ctx).Model(&Pending{}).
		Where("id = ? AND expires_at > ? AND extended < ?", p.ID, now.UnixMilli(), MaxExtensions).
		UpdateColumns(map[string]any{"expires_at": ends.UnixMilli(), "extended": gorm.Expr("extended + 1")})
	if done.Error != nil {
		return time.Time{}, fmt.Errorf("extend pending sign-in: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return time.Time{}, ErrNotFound
	}
	return time.UnixMilli(ends.UnixMilli()).UTC(), nil
}

// SpendPending deletes a pending sign-in that is unexpired and of that epoch.
// Exactly one caller succeeds; the others get ErrNotFound.
func SpendPending(ctx context.Context, tx *gorm.DB, p *Pending, epoch int64, now time.Time) error {
	done := tx.WithContext(ctx).Where("id = ? AND expires_at > ? AND epoch = ?", p.ID, now.UnixMilli(), epoch).
		Delete(&Pending{})
	if done.Error != nil {
		return fmt.Errorf("spend pending sign-in: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// CancelPending deletes a pending sign-in, whether or not it still counts.
func CancelPending(ctx context.Context, tx *gorm.DB, id int64) error {
	if err := tx.WithContext(ctx).Where("id = ?", id).Delete(&Pending{}).Error; err != nil {
		return fmt.Errorf("cancel pending sign-in: %w", err)
	}
	return nil
}

// OverduePending returns up to limit pending sign-ins whose time is over.
func OverduePending(ctx context.Context, tx *gorm.DB, now time.Time, limit int) ([]Pending, error) {
	var over []Pending
	err := tx.WithContext(ctx).Where("expires_at <= ?", now.UnixMilli()).Order("expires_at").Limit(limit).Find(&over).Error
	if err != nil {
		return nil, fmt.Errorf("list overdue sign-ins: %w", err)
	}
	return over, nil
}

// EndOverdue deletes a pending sign-in whose time is over, and says whether
// this caller did, not another instance.
func EndOverdue(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (bool, error) {
	done := tx.WithContext(ctx).Where("id = ? AND expires_at <= ?", p.ID, now.UnixMilli()).Delete(&Pending{})
	if done.Error != nil {
		return false, fmt.Errorf("end overdue sign-in: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}
