package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/opaque"

	"gorm.io/gorm"
)

// Issue stores a ticket and returns its token, or ErrNotFound where the session or the
// application has ended. Of a session with too many tickets the oldest end.
func Issue(ctx context.Context, tx *gorm.DB, t *Ticket, now time.Time) (token string, err error) {
	tx = tx.WithContext(ctx)
	var ids []int64
	if err := tx.Model(&Ticket{}).Where("session_id = ?", t.SessionID).Order("id DESC").Pluck("id", &ids).Error; err != nil {
		return "", fmt.Errorf("list tickets: %w", err)
	}
	for _, id := range ids[min(len(ids), maxTickets-1):] {
		if err := tx.Where("id = ?", id).Delete(&Ticket{}).Error; err != nil {
			return "", fmt.Errorf("end ticket: %w", err)
		}
	}
	token, t.TokenHash = opaque.NewToken()
	t.ExpiresAt = now.Add(TicketLifetime).UnixMilli()
	err = tx.Create(t).Error
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return "", ErrNotFound // the session or the application has ended
	}
	if err != nil {
		return "", fmt.Errorf("store ticket: %w", err)
	}
	return token, nil
}

// HasTicket says whether there is such a ticket, also one that was used.
func HasTicket(ctx context.Context, tx *gorm.DB, token string) (bool, error) {
	if !opaque.IsToken(token) {
		return false, nil
	}
	var count int64
	err := tx.WithContext(ctx).Model(&Ticket{}).Where("token_hash = ?", opaque.HashToken(token)).Count(&count).Error
	if err != nil {
		return false, fmt.Errorf("find ticket: %w", err)
	}
	return count > 0, nil
}

// Burn uses up a ticket and returns it, or ErrNotFound: there is none, it was used, or
// its time is over. Of two uses at once one wins.
func Burn(ctx context.Context, tx *gorm.DB, token string, now time.Time) (*Ticket, error) {
	tx = tx.WithContext(ctx)
	hash := opaque.HashToken(token)
	done := tx.Model(&Ticket{}).Where("token_hash = ? AND used_at = 0", hash).UpdateColumn("used_at", now.UnixMilli())
	if done.Error != nil {
		return nil, fmt.Errorf("burn ticket: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, ErrNotFound
	}
	var t Ticket
	if err := tx.Where("token_hash = ?", hash).Take(&t).Error; err != nil {
		return nil, fmt.Errorf("read ticket: %w", err)
	}
	if t.ExpiresAt <= now.UnixMilli() || t.ExpiresAt > now.Add(TicketLifetime).UnixMilli() {
		return nil, ErrNotFound
	}
	return &t, nil
}

// PruneTickets deletes up to limit tickets whose time is over.
func PruneTickets(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (deleted int64, err error) {
	var ids []int64
	tx = tx.WithContext(ctx)
	err = tx.Model(&Ticket{}).Where("expires_at <= ?", now.UnixMilli()).Order("id").Limit(limit).Pluck("id", &ids).Error
	if err == nil && len(ids) > 0 {
		done := tx.Where("id IN ?", ids).Delete(&Ticket{})
		deleted, err = done.RowsAffected, done.Error
	}
	if err != nil {
		return 0, fmt.Errorf("prune tickets: %w", err)
	}
	return deleted, nil
}

// Open stores an application session in place of an older one of the same session and
// host, and returns its token.
func Open(ctx context.Context, tx *gorm.DB, s *Session) (token string, err error) {
	tx = tx.WithContext(ctx)
	if err := tx.Where("session_id = ? AND host = ?", s.SessionID, s.Host).Delete(&Session{}).Error; err != nil {
		return "", fmt.Errorf("end older application session: %w", err)
	}
	token, s.TokenHash = opaque.NewToken()
	err = tx.Create(s).Error
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return "", ErrNotFound // the session or the application has ended
	}
	if err != nil {
		return "", fmt.Errorf("open application session: %w", err)
	}
	return token, nil
}
