package session

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Holder is what keeps a ceremony: a session or a pending sign-in.
type Holder interface {
	table() string
	row() int64
}

func (s *Session) table() string { return "sessions" }
func (s *Session) row() int64    { return s.ID }
func (p *Pending) table() string { return p.TableName() }
func (p *Pending) row() int64    { return p.ID }

// SetCeremony stores what the next answer with a key is judged by, in place of a former
// one, for lifetime. The caller holds the lock on the holder.
func SetCeremony(ctx context.Context, tx *gorm.DB, h Holder, ceremony []byte, lifetime time.Duration, now time.Time) error {
	err := tx.WithContext(ctx).Table(h.table()).Where("id = ?", h.row()).
		UpdateColumns(map[string]any{"ceremony": ceremony, "ceremony_ends_at": now.Add(lifetime).UnixMilli()}).Error
	if err != nil {
		return fmt.Errorf("set ceremony: %w", err)
	}
	return nil
}

// SpendCeremony deletes the ceremony of a session or pending sign-in and returns it. Of all
// requests on all instances exactly one gets it; ErrNotFound where there is none or its
// time is over. One that seems to last longer than lifetime was begun while the clock was
// ahead.
func SpendCeremony(ctx context.Context, tx *gorm.DB, h Holder, lifetime time.Duration, now time.Time) ([]byte, error) {
	tx = tx.WithContext(ctx)
	var found struct {
		Ceremony       []byte
		CeremonyEndsAt int64
	}
	err := tx.Table(h.table()).Select("ceremony", "ceremony_ends_at").Where("id = ? AND ceremony_ends_at > ? AND ceremony_ends_at <= ?",
		h.row(), now.UnixMilli(), now.Add(lifetime+clockTolerance).UnixMilli()).Take(&found).Error
	if err != nil {
		return nil, notFound(err, "find ceremony")
	}
	done := tx.Table(h.table()).Where("id = ? AND ceremony_ends_at = ? AND ceremony = ?", h.row(), found.CeremonyEndsAt, found.Ceremony).
		UpdateColumns(map[string]any{"ceremony": nil, "ceremony_ends_at": 0})
	if done.Error != nil {
		return nil, fmt.Errorf("spend ceremony: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, ErrNotFound
	}
	return found.Ceremony, nil
}

// CountKeyFailure counts a refused answer with a key and returns how many there were in a
// row.
func CountKeyFailure(ctx context.Context, tx *gorm.DB, h Holder) (failures int, err error) {
	tx = tx.WithContext(ctx)
	if err := tx.Table(h.table()).Where("id = ?", h.row()).UpdateColumn("key_failures", gorm.Expr("key_failures + 1")).Error; err != nil {
		return 0, fmt.Errorf("count refused key: %w", err)
	}
	if err := tx.Table(h.table()).Where("id = ?", h.row()).Pluck("key_failures", &failures).Error; err != nil {
		return 0, fmt.Errorf("count refused key: %w", err)
	}
	return failures, nil
}
