package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Limits of tickets.
const (
	TicketLifetime = time.Minute
	MaxTarget      = 2048 // bytes
	maxTickets     = 20   // of one session
)

// Ticket is one row of app_tickets. It opens one application once, at the address, the
// page and the browser that it was issued for.
type Ticket struct {
	ID            int64
	TokenHash     []byte
	SessionID     int64
	Epoch         int64
	ApplicationID int64
	Origin        string
	Target        string // path and query of the page that was asked for
	State         []byte // SHA-256 of the browser's start cookie
	ExpiresAt     int64  // Unix ms
	UsedAt        int64
}

// TableName implements gorm's naming.
func (Ticket) TableName() string { return "app_tickets" }

// NewToken returns 32 random bytes for a ticket or a cookie, and their SHA-256.
func NewToken() (token string, hash []byte) {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails: the runtime aborts the process instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, HashToken(token)
}

// HashToken returns the SHA-256 of a token as it was sent.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Issue stores a ticket and returns its token. Of a session with too many tickets the
// oldest end.
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
	token, t.TokenHash = NewToken()
	t.ExpiresAt = now.Add(TicketLifetime).UnixMilli()
	if err := tx.Create(t).Error; err != nil {
		return "", fmt.Errorf("store ticket: %w", err)
	}
	return token, nil
}

// Burn uses up a ticket and returns it, or ErrNotFound: there is none, it was used, or
// its time is over. Of two uses at once one wins.
func Burn(ctx context.Context, tx *gorm.DB, token string, now time.Time) (*Ticket, error) {
	tx = tx.WithContext(ctx)
	hash := HashToken(token)
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

// Session is one row of app_sessions: a browser that is signed in to an application. It
// counts while the session that it was opened in counts, and under the epoch of its
// issue.
type Session struct {
	ID            int64
	TokenHash     []byte
	SessionID     int64
	Host          string // without a port
	Epoch         int64
	ApplicationID int64
}

// TableName implements gorm's naming.
func (Session) TableName() string { return "app_sessions" }

// Open stores an application session in place of an older one of the same session and
// host, and returns its token.
func Open(ctx context.Context, tx *gorm.DB, s *Session) (token string, err error) {
	tx = tx.WithContext(ctx)
	if err := tx.Where("session_id = ? AND host = ?", s.SessionID, s.Host).Delete(&Session{}).Error; err != nil {
		return "", fmt.Errorf("end older application session: %w", err)
	}
	token, s.TokenHash = NewToken()
	err = tx.Create(s).Error
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return "", ErrNotFound // the session or the application has ended
	}
	if err != nil {
		return "", fmt.Errorf("open application session: %w", err)
	}
	return token, nil
}
