package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"imagemaster/backend/opaque"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Ended are the ids of the sessions that Create has deleted.
type Ended struct {
	Expired []int64 // their time was over
	Evicted []int64 // over MaxSessions
}

// Create stores a new session and returns its token. Sessions of the account
// whose time is over end and, over MaxSessions, those that were seen longest ago.
func Create(ctx context.Context, tx *gorm.DB, s *Session, l Limits, now time.Time) (token string, ended Ended, err error) {
	token, s.TokenHash = opaque.NewToken()
	s.CreatedAt = now.UnixMilli()
	s.LastSeenAt = s.CreatedAt
	s.ExpiresAt = now.Add(l.lifetime()).UnixMilli()
	if s.Recovery {
		s.ExpiresAt = now.Add(RecoveryLifetime).UnixMilli()
	}
	tx = tx.WithContext(ctx)
	var all []Session
	err = tx.Select("id", "epoch", "expires_at", "last_seen_at").Where("account_id = ?", s.AccountID).
		Order("last_seen_at DESC, id DESC").Find(&all).Error
	if err != nil {
		return "", Ended{}, fmt.Errorf("list sessions: %w", err)
	}
	var stale []int64
	live := 0
	for _, old := range all {
		switch {
		case old.Epoch != s.Epoch:
			stale = append(stale, old.ID)
		case old.over(l, now):
			ended.Expired = append(ended.Expired, old.ID)
		case live < MaxSessions-1:
			live++
		default:
			ended.Evicted = append(ended.Evicted, old.ID)
		}
	}
	if err := drop(tx, &Session{}, slices.Concat(stale, ended.Expired, ended.Evicted)); err != nil {
		return "", Ended{}, fmt.Errorf("end old sessions: %w", err)
	}
	if err := tx.Create(s).Error; err != nil {
		return "", Ended{}, fmt.Errorf("create session: %w", err)
	}
	return token, ended, nil
}

// over says whether the session's time is over, or it was seen in a future that a
// wrong clock made up.
func (s *Session) over(l Limits, now time.Time) bool {
	return s.ExpiresAt <= now.UnixMilli() || s.LastSeenAt <= now.Add(-l.idle()).UnixMilli() ||
		s.LastSeenAt > now.Add(clockTolerance).UnixMilli()
}

// drop deletes rows one by one, each found by its id. A DELETE that searches an
// index of MySQL waits for the row behind its own, another account's, and then
// two of them deadlock.
func drop(tx *gorm.DB, model any, ids []int64) error {
	for _, id := range ids {
		if err := tx.Where("id = ?", id).Delete(model).Error; err != nil {
			return err
		}
	}
	return nil
}

// Live is the condition for a session whose time is not over; LiveValues returns its
// values. Whether its epoch and level count is for the caller, who knows the account.
const Live = "sessions.expires_at > ? AND sessions.last_seen_at > ? AND sessions.last_seen_at <= ?"

// ByToken is the condition for the live session with a token; TokenValues returns its
// values.
const ByToken = "sessions.token_hash = ? AND " + Live

// TokenValues returns the values of ByToken.
func TokenValues(token string, l Limits, now time.Time) []any {
	return append([]any{opaque.HashToken(token)}, LiveValues(l, now)...)
}

// LiveValues returns the values of Live.
func LiveValues(l Limits, now time.Time) []any {
	return []any{now.UnixMilli(), now.Add(-l.idle()).UnixMilli(), now.Add(clockTolerance).UnixMilli()}
}

func notFound(err error, doing string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Touch stores that the session was used now.
func Touch(ctx context.Context, tx *gorm.DB, s *Session, now time.Time) error {
	err := tx.WithContext(ctx).Model(&Session{}).Where("id = ? AND last_seen_at < ?", s.ID, now.UnixMilli()).
		UpdateColumn("last_seen_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	s.LastSeenAt = now.UnixMilli()
	return nil
}

// Lock locks the row of a session that has not ended since it was read, until
// the transaction ends. Its token may have changed: that ends nothing.
func Lock(ctx context.Context, tx *gorm.DB, s *Session) error {
	var locked Session
	err := tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").
		Where("id = ? AND account_id = ? AND epoch = ?", s.ID, s.AccountID, s.Epoch).Take(&locked).Error
	if err != nil {
		return notFound(err, "lock session")
	}
	return nil
}

// Change is what an act does to the session it was done in. What is zero stays
// as it is.
type Change struct {
	Renew        bool // a new token; the old one is dead
	Level        Level
	Epoch        int64 // the session goes on under a raised epoch
	PasswordAt   time.Time
	Given        Given     // a second factor that was given
	BackupAt     time.Time // when a backup code completed the sign-in
	ClearsBackup bool      // the backup code that opened the session counts no more
	// ForgetsResistant says that no key counts as phishing-resistant any more.
	ForgetsResistant bool
	DeviceID         int64
	FailedCodes      int // wrong codes before this sign-in, told on the first page
	// Enrolled makes a recovery session an ordinary one, which ends at that time.
	Enrolled time.Time
}

// Update changes a session that still has the token and epoch it was read with,
// and returns its new token, nil where it stays. The row's id always stays. A
// session that has ended or was changed by another request is ErrNotFound.
func Update(ctx context.Context, tx *gorm.DB, s *Session, c Change) (token *string, err error) {
	columns := map[string]any{}
	if c.Renew {
		fresh, hash := opaque.NewToken()
		token, columns["token_hash"] = &fresh, hash
	}
	if c.Level != 0 {
		columns["level"] = c.Level
	}
	if c.Epoch != 0 {
		columns["epoch"] = c.Epoch
		columns["ceremony"], columns["ceremony_ends_at"] = nil, 0 // it was begun with factors of before
	}
	if !c.PasswordAt.IsZero() {
		columns["password_at"], columns["password_failures"] = c.PasswordAt.UnixMilli(), 0
	}
	if !c.Given.At.IsZero() {
		for name, at := range c.Given.times() {
			columns[name] = at
		}
		columns["last_seen_at"], columns["key_failures"] = c.Given.At.UnixMilli(), 0
		if c.Given.Factor != "" {
			columns["factor"] = c.Given.Factor
		}
	}
	if !c.BackupAt.IsZero() {
		columns["backup_at"] = c.BackupAt.UnixMilli()
	}
	if c.FailedCodes != 0 {
		columns["failed_codes"] = c.FailedCodes
	}
	if c.ClearsBackup {
		columns["backup_at"] = 0
	}
	if c.ForgetsResistant {
		columns["resistant_at"] = 0
	}
	if c.DeviceID != 0 {
		columns["device_id"] = c.DeviceID
	}
	if !c.Enrolled.IsZero() {
		columns["recovery"], columns["expires_at"] = false, c.Enrolled.UnixMilli()
	}
	return token, change(ctx, tx, s, columns)
}

// CountWrongPassword counts a wrong password inside the session and returns how
// many there were in a row. At MaxWrongStepUps the caller ends the session.
func CountWrongPassword(ctx context.Context, tx *gorm.DB, s *Session) (int, error) {
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

// change writes columns of a session that still has the token and epoch it was
// read with.
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
func List(ctx context.Context, tx *gorm.DB, accountID, epoch int64, l Limits, now time.Time) ([]Session, error) {
	var all []Session
	err := tx.WithContext(ctx).Where("account_id = ? AND epoch = ? AND expires_at > ? AND last_seen_at > ? AND last_seen_at <= ?",
		accountID, epoch, now.UnixMilli(), now.Add(-l.idle()).UnixMilli(), now.Add(clockTolerance).UnixMilli()).
		Order("last_seen_at DESC, id DESC").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return all, nil
}

// EndOthers deletes all sessions of an account but one, and returns how many.
func EndOthers(ctx context.Context, tx *gorm.DB, accountID, keep int64) (int, error) {
	tx = tx.WithContext(ctx)
	ids, err := find(tx.Where("account_id = ? AND id <> ?", accountID, keep), &Session{})
	if err == nil {
		err = drop(tx, &Session{}, ids)
	}
	if err != nil {
		return 0, fmt.Errorf("end other sessions: %w", err)
	}
	return len(ids), nil
}

// EndRecoveries deletes the sessions of an account that can only enrol.
func EndRecoveries(ctx context.Context, tx *gorm.DB, accountID int64) error {
	tx = tx.WithContext(ctx)
	ids, err := find(tx.Where("account_id = ? AND recovery = ?", accountID, true), &Session{})
	if err == nil {
		err = drop(tx, &Session{}, ids)
	}
	if err != nil {
		return fmt.Errorf("end recovery sessions: %w", err)
	}
	return nil
}

func find(q *gorm.DB, model any) (ids []int64, err error) {
	return ids, q.Model(model).Order("id").Pluck("id", &ids).Error
}

// EndStale deletes every session, pending sign-in and device of an account
// that does not carry its epoch. They no longer count: this only tidies up, in
// the transaction that raised the epoch.
func EndStale(ctx context.Context, tx *gorm.DB, accountID, epoch int64) error {
	tx = tx.WithContext(ctx)
	for _, model := range []any{&Session{}, &Pending{}, &Device{}} {
		ids, err := find(tx.Where("account_id = ? AND epoch <> ?", accountID, epoch), model)
		if err == nil {
			err = drop(tx, model, ids)
		}
		if err != nil {
			return fmt.Errorf("end stale records: %w", err)
		}
	}
	return nil
}

// EndOverdue deletes up to limit sessions whose time is over, and returns those
// that this caller has ended, not another instance.
func EndOverdue(ctx context.Context, tx *gorm.DB, l Limits, now time.Time, limit int) (ended []Session, err error) {
	const over = "expires_at <= ? OR last_seen_at <= ? OR last_seen_at > ?"
	tx = tx.WithContext(ctx)
	limits := []any{now.UnixMilli(), now.Add(-l.idle()).UnixMilli(), now.Add(clockTolerance).UnixMilli()}
	var found []Session
	if err := tx.Where(over, limits...).Order("id").Limit(limit).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("list sessions whose time is over: %w", err)
	}
	for _, s := range found {
		done := tx.Where("id = ?", s.ID).Where(over, limits...).Delete(&Session{})
		if done.Error != nil {
			return nil, fmt.Errorf("end session whose time is over: %w", done.Error)
		}
		if done.RowsAffected == 1 {
			ended = append(ended, s)
		}
	}
	return ended, nil
}

// EndEverything deletes all sessions, pending sign-ins and devices of all accounts.
func EndEverything(ctx context.Context, tx *gorm.DB) error {
	for _, table := range []string{"sessions", "pending_sign_ins", "devices"} {
		if err := tx.WithContext(ctx).Exec("DELETE FROM " + table).Error; err != nil {
			return fmt.Errorf("end all of %s: %w", table, err)
		}
	}
	return nil
}

// Count returns how many sessions there are, with those that housekeeping has not
// deleted yet.
func Count(ctx context.Context, tx *gorm.DB) (n int64, err error) {
	err = tx.WithContext(ctx).Model(&Session{}).Count(&n).Error
	return n, err
}
