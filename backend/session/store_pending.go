package session

import (
	"context"
	"fmt"
	"time"

	"imagemaster/backend/opaque"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// CreatePending stores a pending sign-in and returns its token. Over MaxPending
// the oldest one ends, which evicted says. Browsers that the account knows and
// unrecognised ones are counted apart, so that nobody can end the person's own
// sign-in this way. A CreatedAt that is set is kept.
func CreatePending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (token string, evicted bool, err error) {
	token, p.TokenHash = opaque.NewToken()
	p.PasswordAt = now.UnixMilli()
	if p.CreatedAt == 0 {
		p.CreatedAt = p.PasswordAt
	}
	p.ExpiresAt = now.Add(PendingLifetime).UnixMilli()
	tx = tx.WithContext(ctx)
	var all []Pending
	err = tx.Select("id", "epoch", "known", "expires_at").Where("account_id = ?", p.AccountID).
		Order("created_at DESC, id DESC").Find(&all).Error
	if err != nil {
		return "", false, fmt.Errorf("list pending sign-ins: %w", err)
	}
	var ending []int64
	live := 0
	for _, old := range all {
		switch {
		case old.Epoch != p.Epoch:
			ending = append(ending, old.ID)
		case old.Known != p.Known || !old.counts(now):
			// The housekeeping ends what is overdue, and notifies the person.
		case live < MaxPending-1:
			live++
		default:
			ending, evicted = append(ending, old.ID), true
		}
	}
	if err := drop(tx, &Pending{}, ending); err != nil {
		return "", false, fmt.Errorf("end old pending sign-ins: %w", err)
	}
	if err := tx.Create(p).Error; err != nil {
		return "", false, fmt.Errorf("create pending sign-in: %w", err)
	}
	return token, evicted, nil
}

// PendingByToken is the condition for the pending sign-in with a token whose time is
// not over; PendingTokenValues returns its values.
const PendingByToken = "pending_sign_ins.token_hash = ? AND pending_sign_ins.expires_at > ? AND pending_sign_ins.expires_at <= ?"

// PendingTokenValues returns the values of PendingByToken.
func PendingTokenValues(token string, now time.Time) []any {
	return []any{opaque.HashToken(token), now.UnixMilli(), now.Add(PendingLifetime + clockTolerance).UnixMilli()}
}

// counts says whether the time of a pending sign-in is not over. One that seems
// to last longer than possible was begun while the clock was ahead.
func (p *Pending) counts(now time.Time) bool {
	return p.ExpiresAt > now.UnixMilli() && p.ExpiresAt <= now.Add(PendingLifetime+clockTolerance).UnixMilli()
}

// LockPending locks the row of a pending sign-in that still counts, until the
// transaction ends.
func LockPending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) error {
	var locked Pending
	err := tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").
		Where("id = ? AND epoch = ? AND expires_at > ?", p.ID, p.Epoch, now.UnixMilli()).Take(&locked).Error
	if err != nil {
		return notFound(err, "lock pending sign-in")
	}
	return nil
}

// UnrecognisedPending returns the newest pending sign-in of an account's epoch in
// a browser it does not know, expired or not, or ErrNotFound.
func UnrecognisedPending(ctx context.Context, tx *gorm.DB, accountID, epoch int64) (*Pending, error) {
	var p Pending
	err := tx.WithContext(ctx).Where("account_id = ? AND epoch = ? AND known = ?", accountID, epoch, false).
		Order("id DESC").Take(&p).Error
	if err != nil {
		return nil, notFound(err, "find pending sign-in")
	}
	return &p, nil
}

// ExtendPending gives a pending sign-in another PendingLifetime, at most
// MaxExtensions times.
func ExtendPending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Pending{}).
		Where("id = ? AND expires_at > ? AND extended < ?", p.ID, now.UnixMilli(), MaxExtensions).
		UpdateColumns(map[string]any{"expires_at": now.Add(PendingLifetime).UnixMilli(), "extended": gorm.Expr("extended + 1")})
	if done.Error != nil {
		return fmt.Errorf("extend pending sign-in: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
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

// EndPending deletes a pending sign-in, whether or not it still counts.
func EndPending(ctx context.Context, tx *gorm.DB, id int64) error {
	if err := tx.WithContext(ctx).Where("id = ?", id).Delete(&Pending{}).Error; err != nil {
		return fmt.Errorf("end pending sign-in: %w", err)
	}
	return nil
}

// EndAllPending deletes all pending sign-ins of an account, and returns how many.
func EndAllPending(ctx context.Context, tx *gorm.DB, accountID int64) (int, error) {
	tx = tx.WithContext(ctx)
	ids, err := find(tx.Where("account_id = ?", accountID), &Pending{})
	if err == nil {
		err = drop(tx, &Pending{}, ids)
	}
	if err != nil {
		return 0, fmt.Errorf("end pending sign-ins: %w", err)
	}
	return len(ids), nil
}

// OverduePending returns up to limit pending sign-ins whose time is over.
func OverduePending(ctx context.Context, tx *gorm.DB, now time.Time, limit int) ([]Pending, error) {
	var over []Pending
	err := tx.WithContext(ctx).Where("expires_at <= ?", now.UnixMilli()).Order("expires_at").Limit(limit).Find(&over).Error
	if err != nil {
		return nil, fmt.Errorf("list overdue pending sign-ins: %w", err)
	}
	return over, nil
}

// EndOverduePending deletes a pending sign-in whose time is over, and says whether
// this caller did, not another instance.
func EndOverduePending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (bool, error) {
	done := tx.WithContext(ctx).Where("id = ? AND expires_at <= ?", p.ID, now.UnixMilli()).Delete(&Pending{})
	if done.Error != nil {
		return false, fmt.Errorf("end overdue pending sign-in: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// UnrecognisedAccounts returns the accounts that have a pending sign-in in a browser
// they do not know.
func UnrecognisedAccounts(ctx context.Context, tx *gorm.DB) (ids []int64, err error) {
	err = tx.WithContext(ctx).Model(&Pending{}).Distinct("account_id").Where("known = ?", false).Order("account_id").Pluck("account_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find pending sign-ins: %w", err)
	}
	return ids, nil
}
