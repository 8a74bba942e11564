package account

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/opaque"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// New is what a new account starts with.
type New struct {
	Username           string
	DisplayName        string
	Email              string
	PasswordHash       string // "" = it has to be chosen with a link
	Admin              bool
	MustChangePassword bool
}

// Create makes an account. A name that is taken, was another account's before, or is
// not allowed is an apperr.Invalid on field "username"; an e-mail address that
// another account has is one on field "email".
func Create(ctx context.Context, tx *gorm.DB, n New, now time.Time) (*Account, error) {
	name, folded, err := ParseUsername(n.Username)
	if err != nil {
		return nil, err
	}
	display, err := ParseText("display_name", n.DisplayName, MaxDisplayName)
	if err != nil {
		return nil, err
	}
	email, emailKey, err := ParseEmail(n.Email)
	if err != nil {
		return nil, err
	}
	a := NewInvited(Account{Username: name, UsernameFolded: folded, DisplayName: display, Email: email, EmailKey: emailKey}, now)
	a.PasswordHash, a.Admin, a.MustChangePassword = n.PasswordHash, n.Admin, n.MustChangePassword
	if err := requireFree(ctx, tx, a); err != nil {
		return nil, err
	}
	if err := tx.WithContext(ctx).Create(a).Error; err != nil {
		return nil, orTaken(ctx, tx, a, fmt.Errorf("create account: %w", err))
	}
	if err := requireUnreserved(ctx, tx, a); err != nil {
		return nil, err
	}
	return a, storeWords(ctx, tx, a)
}

// ByFoldedName finds an account by the result of Fold, or ErrNotFound.
func ByFoldedName(ctx context.Context, tx *gorm.DB, folded string) (*Account, error) {
	return one(tx.WithContext(ctx).Where("username_folded = ?", folded))
}

// Identity is what says which account it is.
type Identity struct {
	ID             int64
	Username       string
	UsernameFolded string
	Epoch          int64
}

// Identify finds which account has a folded name, nil = none. It reads one row
// whether or not there is one: what it costs must not tell (E11).
func Identify(ctx context.Context, tx *gorm.DB, folded string) (*Identity, error) {
	var i Identity
	err := tx.WithContext(ctx).Raw("SELECT id, username, username_folded, epoch FROM accounts WHERE id = "+
		"COALESCE((SELECT id FROM accounts WHERE username_folded = ?), (SELECT MIN(id) FROM accounts))", folded).Scan(&i).Error
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	if i.UsernameFolded != folded || i.ID == 0 {
		return nil, nil
	}
	return &i, nil
}

// Find finds an account by its id, or ErrNotFound.
func Find(ctx context.Context, tx *gorm.DB, id int64) (*Account, error) {
	return one(tx.WithContext(ctx).Where("id = ?", id))
}

// Lock finds an account and locks its row until the transaction ends. A transaction
// that changes an account's factors, password or epoch begins with it, so these
// changes happen one after the other. SQLite has one writer and ignores the lock clause.
func Lock(ctx context.Context, tx *gorm.DB, id int64) (*Account, error) {
	return one(tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
}

func one(q *gorm.DB) (*Account, error) {
	var a Account
	err := q.Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	return &a, nil
}

// SetPasswordHash stores a new password hash.
func SetPasswordHash(ctx context.Context, tx *gorm.DB, id int64, phc string, mustChange bool, now time.Time) error {
	return set(ctx, tx, id, map[string]any{
		"password_hash": phc, "must_change_password": mustChange, "password_changed_at": now.UnixMilli(), "suspect_until": 0,
	})
}

// DemandNewPassword makes a signed-in person choose a new password before
// anything else.
func DemandNewPassword(ctx context.Context, tx *gorm.DB, id int64) error {
	return set(ctx, tx, id, map[string]any{"must_change_password": true})
}

// Rehash replaces a password hash by a stronger one of the same password. It
// does nothing when the hash has changed in the meantime.
func Rehash(ctx context.Context, tx *gorm.DB, id int64, old, phc string) error {
	err := tx.WithContext(ctx).Model(&Account{}).Where("id = ? AND password_hash = ?", id, old).
		UpdateColumn("password_hash", phc).Error
	if err != nil {
		return fmt.Errorf("rehash password: %w", err)
	}
	return nil
}

// RaiseEpoch ends everything the account's sessions, pending sign-ins, pending
// keys, devices and link could do, and returns the new epoch. The caller holds Lock.
func RaiseEpoch(ctx context.Context, tx *gorm.DB, a *Account) (int64, error) {
	return a.Epoch + 1, set(ctx, tx, a.ID, map[string]any{"epoch": gorm.Expr("epoch + 1")})
}

// SetDisabled switches an account off, or on again.
func SetDisabled(ctx context.Context, tx *gorm.DB, id int64, disabled bool, now time.Time) error {
	at := int64(0)
	if disabled {
		at = now.UnixMilli()
	}
	return set(ctx, tx, id, map[string]any{"disabled_at": at})
}

// CountKey counts one more key that was bound, with which a pause ends.
func CountKey(ctx context.Context, tx *gorm.DB, id int64) error {
	return set(ctx, tx, id, map[string]any{"keys_bound": gorm.Expr("keys_bound + 1"), "paused_at": 0, "paused_until": 0})
}

// CountSet counts one more set of backup codes and stores the salt of its codes.
func CountSet(ctx context.Context, tx *gorm.DB, id int64, salt []byte) error {
	return set(ctx, tx, id, map[string]any{"sets_made": gorm.Expr("sets_made + 1"), "backup_salt": salt})
}

// ForgetFactors deletes what the account holds for its second factors: the salt of
// the backup codes, the pause and the count of wrong codes. The numbers of keys and
// sets go on counting.
func ForgetFactors(ctx context.Context, tx *gorm.DB, id int64) error {
	return set(ctx, tx, id, map[string]any{"backup_salt": nil, "paused_at": 0, "paused_until": 0, "failed_codes": 0})
}

// SetPages stores how a person wants the pages to look.
func SetPages(ctx context.Context, tx *gorm.DB, id int64, language, theme string) error {
	return set(ctx, tx, id, map[string]any{"language": language, "theme": theme})
}

// CountFailedCode counts a wrong code, which the next sign-in tells. suspectUntil
// is the new value of SuspectUntil, 0 = it stays as it is.
func CountFailedCode(ctx context.Context, tx *gorm.DB, id, suspectUntil int64) error {
	columns := map[string]any{"failed_codes": gorm.Expr("failed_codes + 1")}
	if suspectUntil != 0 {
		columns["suspect_until"] = suspectUntil
	}
	return set(ctx, tx, id, columns)
}

// SetPause stops the sign-in from asking for a second factor until a time, zero =
// until EndPause. It also changes the end of a pause.
func SetPause(ctx context.Context, tx *gorm.DB, id int64, until, now time.Time) error {
	end := int64(0)
	if !until.IsZero() {
		end = until.UnixMilli()
	}
	return set(ctx, tx, id, map[string]any{"paused_at": now.UnixMilli(), "paused_until": end})
}

// EndPause ends a pause.
func EndPause(ctx context.Context, tx *gorm.DB, id int64) error {
	return set(ctx, tx, id, map[string]any{"paused_at": 0, "paused_until": 0})
}

// pauseOver is the condition of PauseOver. Its values are now and the latest time at
// which a pause may have begun.
const pauseOver = "paused_at <> 0 AND (paused_until <> 0 AND paused_until <= ? OR paused_at > ?)"

// EndOverduePause stores that a pause has reached its end, and says whether this
// caller did. Without it the pause would come back when the clock is set back.
func EndOverduePause(ctx context.Context, tx *gorm.DB, id int64, now time.Time) (bool, error) {
	done := tx.WithContext(ctx).Model(&Account{}).
		Where("id = ?", id).Where(pauseOver, now.UnixMilli(), now.Add(clockTolerance).UnixMilli()).
		UpdateColumns(map[string]any{"paused_at": 0, "paused_until": 0})
	if done.Error != nil {
		return false, fmt.Errorf("end pause: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// OverrulePause ends the pause that an account was read with, before its time, and says
// whether this caller did.
func OverrulePause(ctx context.Context, tx *gorm.DB, a *Account) (bool, error) {
	done := tx.WithContext(ctx).Model(&Account{}).Where("id = ? AND paused_at = ? AND paused_at <> 0", a.ID, a.PausedAt).
		UpdateColumns(map[string]any{"paused_at": 0, "paused_until": 0})
	if done.Error != nil {
		return false, fmt.Errorf("overrule pause: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// OverduePauses returns up to limit accounts whose pause has reached its end.
func OverduePauses(ctx context.Context, tx *gorm.DB, now time.Time, limit int) ([]int64, error) {
	var ids []int64
	err := tx.WithContext(ctx).Model(&Account{}).Where(pauseOver, now.UnixMilli(), now.Add(clockTolerance).UnixMilli()).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list overdue pauses: %w", err)
	}
	return ids, nil
}

// ListAfter returns up to limit accounts with a higher id, in the order of the ids.
func ListAfter(ctx context.Context, tx *gorm.DB, id int64, limit int) ([]Account, error) {
	var some []Account
	if err := tx.WithContext(ctx).Where("id > ?", id).Order("id").Limit(limit).Find(&some).Error; err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return some, nil
}

// ClearFailedCodes starts counting anew after a sign-in with both factors.
func ClearFailedCodes(ctx context.Context, tx *gorm.DB, id int64) error {
	return set(ctx, tx, id, map[string]any{"failed_codes": 0})
}

func set(ctx context.Context, tx *gorm.DB, id int64, columns map[string]any) error {
	err := tx.WithContext(ctx).Model(&Account{}).Where("id = ?", id).UpdateColumns(columns).Error
	if err != nil {
		return fmt.Errorf("change account: %w", err)
	}
	return nil
}

// SetupTokenLifetime is how long a printed set-up link works.
const SetupTokenLifetime = 24 * time.Hour

// ErrSetupClosed says that the first administrator was made.
var ErrSetupClosed = errors.New("account: set-up is closed")

// SetupOpen says whether the first administrator is still to be made.
func SetupOpen(ctx context.Context, tx *gorm.DB) (bool, error) {
	var open int64
	err := tx.WithContext(ctx).Table("setup").Where("id = 1 AND completed_at = 0").Count(&open).Error
	if err != nil {
		return false, fmt.Errorf("read set-up: %w", err)
	}
	return open == 1, nil
}

// setupToken is one row of setup_tokens.
type setupToken struct {
	TokenHash []byte
	ExpiresAt int64 // Unix ms
}

// NewSetupToken stores the hash of a new one-time token and returns the token.
// Links printed by other instances stay good.
func NewSetupToken(ctx context.Context, tx *gorm.DB, now time.Time) (string, error) {
	tx = tx.WithContext(ctx)
	if err := tx.Exec("DELETE FROM setup_tokens WHERE expires_at <= ?", now.UnixMilli()).Error; err != nil {
		return "", fmt.Errorf("drop set-up tokens: %w", err)
	}
	raw := make([]byte, 32)
	rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	// The hash is not the first value: gorm spreads a slice that follows "(".
	err := tx.Create(&setupToken{TokenHash: opaque.HashToken(token), ExpiresAt: now.Add(SetupTokenLifetime).UnixMilli()}).Error
	if err != nil {
		return "", fmt.Errorf("store set-up token: %w", err)
	}
	return token, nil
}

// SetupTokenGood says whether a one-time token was issued and is not too old.
func SetupTokenGood(ctx context.Context, tx *gorm.DB, token string, now time.Time) (bool, error) {
	var found int64
	err := tx.WithContext(ctx).Table("setup_tokens").
		Where("token_hash = ? AND expires_at > ?", opaque.HashToken(token), now.UnixMilli()).Count(&found).Error
	if err != nil {
		return false, fmt.Errorf("find set-up token: %w", err)
	}
	return found == 1, nil
}

// CloseSetup ends the set-up for good. Of all who try exactly one wins, the
// others get ErrSetupClosed.
func CloseSetup(ctx context.Context, tx *gorm.DB, now time.Time) error {
	tx = tx.WithContext(ctx)
	done := tx.Exec("UPDATE setup SET completed_at = ? WHERE id = 1 AND completed_at = 0", now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("close set-up: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrSetupClosed
	}
	return DropSetupTokens(ctx, tx)
}

// DropSetupTokens ends all set-up links.
func DropSetupTokens(ctx context.Context, tx *gorm.DB) error {
	if err := tx.WithContext(ctx).Exec("DELETE FROM setup_tokens").Error; err != nil {
		return fmt.Errorf("drop set-up tokens: %w", err)
	}
	return nil
}

// RaiseEveryEpoch ends what every account has open.
func RaiseEveryEpoch(ctx context.Context, tx *gorm.DB) error {
	if err := tx.WithContext(ctx).Exec("UPDATE accounts SET epoch = epoch + 1").Error; err != nil {
		return fmt.Errorf("raise every epoch: %w", err)
	}
	return nil
}
