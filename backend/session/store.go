package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Ended are the ids of sessions that ended because another one begins.
type Ended struct {
	Expired []int64 // their time was over
	Crowded []int64 // over MaxSessions
}

// Begin stores a new session and returns its token. Those of the account whose
// time is over end and, over MaxSessions, the one that was seen longest ago.
func Begin(ctx context.Context, tx *gorm.DB, s *Session, now time.Time) (token string, ended Ended, err error) {
	token, s.TokenHash = NewToken()
	s.CreatedAt = now.UnixMilli()
	s.LastSeenAt = s.CreatedAt
	s.ExpiresAt = now.Add(Lifetime).UnixMilli()
	tx = tx.WithContext(ctx)
	if _, err := drop(tx.Where("account_id = ? AND epoch <> ?", s.AccountID, s.Epoch), &Session{}); err != nil {
		return "", Ended{}, fmt.Errorf("end old sessions: %w", err)
	}
	over, err := endOverdue(tx, tx.Where("account_id = ?", s.AccountID), now)
	if err != nil {
		return "", Ended{}, err
	}
	for _, o := range over {
		ended.Expired = append(ended.Expired, o.ID)
	}
	if ended.Crowded, err = makeRoom(tx, tx, &Session{}, s.AccountID, "last_seen_at", MaxSessions); err != nil {
		return "", Ended{}, err
	}
	if err := tx.Create(s).Error; err != nil {
		return "", Ended{}, fmt.Errorf("begin session: %w", err)
	}
	return token, ended, nil
}

// makeRoom deletes the oldest of an account's rows that count, so that one more
// stays within the limit, and returns their ids.
func makeRoom(tx, counting *gorm.DB, model any, accountID int64, order string, limit int) (dropped []int64, err error) {
	var ids []int64
	err = counting.Model(model).Where("account_id = ?", accountID).Order(order+" DESC, id DESC").
		Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("count rows: %w", err)
	}
	if len(ids) < limit {
		return nil, nil
	}
	dropped = ids[limit-1:]
	if _, err := drop(tx.Where("id IN ?", dropped), model); err != nil {
		return nil, fmt.Errorf("make room: %w", err)
	}
	return dropped, nil
}

// drop deletes the rows of a query one by one, each found by its id, and
// returns how many. A DELETE that searches an index of MySQL waits for the row
// behind its own, another account's, and then two of them deadlock.
func drop(q *gorm.DB, model any) (dropped int64, err error) {
	q = q.Session(&gorm.Session{})
	var ids []int64
	if err := q.Model(model).Pluck("id", &ids).Error; err != nil {
		return 0, err
	}
	for _, id := range ids {
		done := q.Where("id = ?", id).Delete(model)
		if done.Error != nil {
			return dropped, done.Error
		}
		dropped += done.RowsAffected
	}
	return dropped, nil
}

// Find returns the session with that token. Whether its epoch and level still
// count is for the caller, who knows the account.
func Find(ctx context.Context, tx *gorm.DB, token string, now time.Time) (*Session, error) {
	var s Session
	err := tx.WithContext(ctx).Where("token_hash = ? AND expires_at > ? AND last_seen_at > ? AND last_seen_at <= ?",
		hashToken(token), now.UnixMilli(), now.Add(-IdleTime).UnixMilli(), now.Add(clockTolerance).UnixMilli()).Take(&s).Error
	if err != nil {
		return nil, notFound(err, "find session")
	}
	return &s, nil
}

func notFound(err error, doing string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Touch notes that the session was used now.
func Touch(ctx context.Context, tx *gorm.DB, s *Session, now time.Time) error {
	err := tx.WithContext(ctx).Model(&Session{}).Where("id = ? AND last_seen_at < ?", s.ID, now.UnixMilli()).
		UpdateColumn("last_seen_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	s.LastSeenAt = now.UnixMilli()
	return nil
}

// Hold finds a session that has not ended since it was read and keeps its row
// until the transaction ends. Its token may have changed: that ends nothing.
func Hold(ctx context.Context, tx *gorm.DB, s *Session) error {
	var held Session
	err := tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").
		Where("id = ? AND account_id = ? AND epoch = ?", s.ID, s.AccountID, s.Epoch).Take(&held).Error
	if err != nil {
		return notFound(err, "hold session")
	}
	return nil
}

// Promote raises a session to LevelTwo and gives it a new token; the row's id
// stays, the old token is dead. ErrNotFound when the session has ended or was
// promoted by another request.
func Promote(ctx context.Context, tx *gorm.DB, s *Session, now time.Time) (token string, err error) {
	token, hash := NewToken()
	return token, change(ctx, tx, s, map[string]any{
		"level": LevelTwo, "token_hash": hash, "code_at": now.UnixMilli(), "last_seen_at": now.UnixMilli(),
	})
}

// Renew gives a session a new token at the same level; the old one is dead.
// ErrNotFound as for Promote.
func Renew(ctx context.Context, tx *gorm.DB, s *Session) (token string, err error) {
	token, hash := NewToken()
	return token, change(ctx, tx, s, map[string]any{"token_hash": hash})
}

// NoteBackup notes that a backup code opened the session, which then counts for
// getting to a new phone until the session ends.
func NoteBackup(ctx context.Context, tx *gorm.DB, id int64, now time.Time) error {
	err := tx.WithContext(ctx).Model(&Session{}).Where("id = ?", id).UpdateColumn("backup_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("note backup code: %w", err)
	}
	return nil
}

// NoteCode notes that the session has given a code now.
func NoteCode(ctx context.Context, tx *gorm.DB, s *Session, now time.Time) error {
	return change(ctx, tx, s, map[string]any{"code_at": now.UnixMilli()})
}

// NotePassword notes that the session has given its password now.
func NotePassword(ctx context.Context, tx *gorm.DB, s *Session, now time.Time) error {
	return change(ctx, tx, s, map[string]any{"password_at": now.UnixMilli(), "password_failures": 0})
}

// NoteWrongPassword counts a wrong step-up password and returns how many there
// were in a row; at MaxWrongStepUps the caller ends the session.
func NoteWrongPassword(ctx context.Context, tx *gorm.DB, s *Session) (int, error) {
	err := change(ctx, tx, s, map[string]any{"password_failures": gorm.Expr("password_failures + 1")})
	if err != nil {
		return 0, err
	}
	var failures int
	err = tx.WithContext(ctx).Model(&Session{}).Where("id = ?", s.ID).Pluck("password_failures", &failures).Error
	if err != nil {
		return 0, fmt.Errorf("count wrong passwords: %w", err)
	}
	return failures, nil
}

// Carry lets the acting session go on under a new epoch.
func Carry(ctx context.Context, tx *gorm.DB, s *Session, epoch int64) error {
	err := tx.WithContext(ctx).Model(&Session{}).Where("id = ?", s.ID).UpdateColumn("epoch", epoch).Error
	if err != nil {
		return fmt.Errorf("carry session: %w", err)
	}
	if s.DeviceID == 0 {
		return nil
	}
	err = tx.WithContext(ctx).Model(&Device{}).Where("id = ? AND account_id = ? AND epoch = ?", s.DeviceID, s.AccountID, s.Epoch).
		UpdateColumn("epoch", epoch).Error
	if err != nil {
		return fmt.Errorf("carry device: %w", err)
	}
	return nil
}

// change writes columns of a session that still has the token and epoch it was
// read with; a session that has ended or moved on in the meantime is ErrNotFound.
func change(ctx context.Context, tx *gorm.DB, s *Session, columns map[string]any) error {
	done := tx.WithContext(ctx).Model(&Session{}).
		Where("id = ? AND token_hash = ? AND epoch = ?", s.ID, s.TokenHash, s.Epoch).UpdateColumns(columns)
	if done.Error != nil {
		return fmt.Errorf("change session: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// End deletes one session of an account.
func End(ctx context.Context, tx *gorm.DB, accountID, id int64) error {
	done := tx.WithContext(ctx).Where("id = ? AND account_id = ?", id, accountID).Delete(&Session{})
	if done.Error != nil {
		return fmt.Errorf("end session: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// List returns the live sessions of an account's epoch, the one used last first.
func List(ctx context.Context, tx *gorm.DB, accountID, epoch int64, now time.Time) ([]Session, error) {
	var all []Session
	err := tx.WithContext(ctx).Where("account_id = ? AND epoch = ? AND expires_at > ? AND last_seen_at > ?",
		accountID, epoch, now.UnixMilli(), now.Add(-IdleTime).UnixMilli()).
		Order("last_seen_at DESC, id DESC").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return all, nil
}

// EndOthers deletes all sessions of an account but one, and returns how many.
func EndOthers(ctx context.Context, tx *gorm.DB, accountID, keep int64) (int64, error) {
	ended, err := drop(tx.WithContext(ctx).Where("account_id = ? AND id <> ?", accountID, keep), &Session{})
	if err != nil {
		return 0, fmt.Errorf("end other sessions: %w", err)
	}
	return ended, nil
}

// EndStale deletes every session, pending sign-in and device of an account
// that does not carry its epoch. They no longer count; this is tidying, done
// in the transaction that raised the epoch.
func EndStale(ctx context.Context, tx *gorm.DB, accountID, epoch int64) error {
	for _, model := range []any{&Session{}, &Pending{}, &Device{}} {
		if _, err := drop(tx.WithContext(ctx).Where("account_id = ? AND epoch <> ?", accountID, epoch), model); err != nil {
			return fmt.Errorf("end stale records: %w", err)
		}
	}
	return nil
}

// Prune deletes up to limit sessions whose time is over, and returns those that
// this caller has ended, not another instance.
func Prune(ctx context.Context, tx *gorm.DB, now time.Time, limit int) ([]Session, error) {
	tx = tx.WithContext(ctx)
	return endOverdue(tx, tx.Limit(limit), now)
}

func endOverdue(tx, among *gorm.DB, now time.Time) (ended []Session, err error) {
	const over = "expires_at <= ? OR last_seen_at <= ?"
	idle := now.Add(-IdleTime).UnixMilli()
	var found []Session
	if err := among.Where(over, now.UnixMilli(), idle).Order("id").Find(&found).Error; err != nil {
		return nil, fmt.Errorf("list sessions whose time is over: %w", err)
	}
	for _, s := range found {
		done := tx.Where("id = ?", s.ID).Where(over, now.UnixMilli(), idle).Delete(&Session{})
		if done.Error != nil {
			return nil, fmt.Errorf("end session whose time is over: %w", done.Error)
		}
		if done.RowsAffected == 1 {
			ended = append(ended, s)
		}
	}
	return ended, nil
}
