package totp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"imagemaster/backend/secretbox"
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

// Errors of the store.
var (
	ErrNotFound = errors.New("totp: no such key")
	// ErrReplayed says that the step, or a later one, was accepted before.
	ErrReplayed = errors.New("totp: step already spent")
	// ErrChanged says that another request has changed the account's key.
	ErrChanged = errors.New("totp: the key has changed")
)

// Sealed is a seed at rest. KeyID is the key's own random id; it is part of the
// associated data together with the account's, so a sealed seed opens in no
// other row, and it stays the same when a pending key becomes the live one.
type Sealed struct {
	KeyID      []byte // 16 bytes
	SealedSeed []byte
	RingKeyID  string
}

// Key is one row of totp_keys: the account's live key. Times are Unix
// milliseconds, 0 = never.
type Key struct {
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	Sealed    `gorm:"embedded"`
	Algorithm string
	Digits    int
	Period    int
	Label     string
	PhoneName string
	// LastStep is the highest step ever accepted; only higher ones count.
	LastStep    int64
	BoundAt     int64
	LastUsedAt  int64
	DriftSteps  int // matched step − server step of the last accepted code
	PausedAt    int64
	PausedUntil int64 // 0 while paused = until it is enabled again
}

// TableName implements gorm's naming.
func (Key) TableName() string { return "totp_keys" }

// Paused says whether the sign-in does not ask for a code at that time. The end
// of a pause needs no job: it is this comparison.
func (k *Key) Paused(now time.Time) bool {
	return k.PausedAt != 0 && (k.PausedUntil == 0 || now.UnixMilli() < k.PausedUntil)
}

// Pending is one row of pending_keys: a key that was offered to a session and
// is live only after one right code.
type Pending struct {
	SessionID     int64 `gorm:"primaryKey;autoIncrement:false"`
	AccountID     int64
	Sealed        `gorm:"embedded"`
	ReplacesKeyID []byte // nil at the first set-up
	Label         string
	Number        int
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

// sealLabel separates seeds from everything else the ring seals.
const sealLabel = "imagemaster/totp-seed/v1"

// Seal encrypts a seed for one account and one key. Whoever stores it holds the
// ring key with canary.Hold in the same transaction.
func Seal(ring *secretbox.Keyring, accountID int64, keyID, seed []byte) Sealed {
	sealed := ring.Seal(seed, associated(accountID, keyID)...)
	return Sealed{KeyID: keyID, RingKeyID: secretbox.SealedBy(sealed), SealedSeed: sealed}
}

// Open decrypts the seed of an account's key. A seed that cannot be opened, or
// that is too short to be one, is an error and never means "no second factor".
func (s Sealed) Open(ring *secretbox.Keyring, accountID int64) ([]byte, error) {
	seed, err := ring.Open(s.SealedSeed, associated(accountID, s.KeyID)...)
	if err != nil {
		return nil, fmt.Errorf("open seed: %w", err)
	}
	if len(seed) < minSeedSize {
		return nil, fmt.Errorf("open seed: %w", ErrShortSeed)
	}
	return seed, nil
}

func associated(accountID int64, keyID []byte) [][]byte {
	return [][]byte{[]byte(sealLabel), binary.BigEndian.AppendUint64(nil, uint64(accountID)), keyID}
}

// Find returns the account's live key, or ErrNotFound.
func Find(ctx context.Context, tx *gorm.DB, accountID int64) (*Key, error) {
	var k Key
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Take(&k).Error; err != nil {
		return nil, notFound(err, "find key")
	}
	return &k, nil
}

func notFound(err error, doing string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Spend accepts a step of a key: one conditional update, so of all requests on
// all instances exactly one wins and every other gets ErrReplayed (RFC 6238
// section 5.2, NIST SP 800-63B-4 section 3.1.4.2).
func Spend(ctx context.Context, tx *gorm.DB, k *Key, step int64, now time.Time) error {
	done := tx.WithContext(ctx).Model(&Key{}).
		Where("account_id = ? AND key_id = ? AND last_step < ?", k.AccountID, k.KeyID, step).
		UpdateColumns(map[string]any{"last_step": step, "last_used_at": now.UnixMilli(), "drift_steps": step - Step(now)})
	if done.Error != nil {
		return fmt.Errorf("spend step: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrReplayed
	}
	return nil
}

// Pause stops the sign-in from asking for codes until a time, zero = until it
// is resumed. It also changes the end of a pause.
func Pause(ctx context.Context, tx *gorm.DB, k *Key, until, now time.Time) error {
	end := int64(0)
	if !until.IsZero() {
		end = until.UnixMilli()
	}
	return setPause(ctx, tx, k, now.UnixMilli(), end)
}

// Resume ends a pause.
func Resume(ctx context.Context, tx *gorm.DB, k *Key) error { return setPause(ctx, tx, k, 0, 0) }

func setPause(ctx context.Context, tx *gorm.DB, k *Key, from, until int64) error {
	done := tx.WithContext(ctx).Model(&Key{}).Where("account_id = ? AND key_id = ?", k.AccountID, k.KeyID).
		UpdateColumns(map[string]any{"paused_at": from, "paused_until": until})
	if done.Error != nil {
		return fmt.Errorf("set pause: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrChanged
	}
	return nil
}

// RenamePhone stores what the person calls the phone.
func RenamePhone(ctx context.Context, tx *gorm.DB, accountID int64, name string) error {
	done := tx.WithContext(ctx).Model(&Key{}).Where("account_id = ?", accountID).UpdateColumn("phone_name", name)
	if done.Error != nil {
		return fmt.Errorf("rename phone: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// Remove deletes the account's key, its seed included.
func Remove(ctx context.Context, tx *gorm.DB, accountID int64) error {
	if err := tx.WithContext(ctx).Where("account_id = ?", accountID).Delete(&Key{}).Error; err != nil {
		return fmt.Errorf("remove key: %w", err)
	}
	return DropPending(ctx, tx, accountID)
}

// Offer stores a pending key for a session, in place of any earlier one.
func Offer(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) error {
	p.CreatedAt = now.UnixMilli()
	p.ExpiresAt = now.Add(PendingLifetime).UnixMilli()
	if err := Withdraw(ctx, tx, p.SessionID); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := tx.WithContext(ctx).Create(p).Error; err != nil {
		return fmt.Errorf("offer key: %w", err)
	}
	return nil
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

// ExtendPending gives a pending key another PendingLifetime.
func ExtendPending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) error {
	ends := now.Add(PendingLifetime).UnixMilli()
	err := changePending(ctx, tx, p, now, "extended < ?", MaxExtensions,
		map[string]any{"expires_at": ends, "extended": gorm.Expr("extended + 1")})
	if err == nil {
		p.ExpiresAt = ends
	}
	return err
}

// ReservePending takes one of the MaxPendingFailures tries of a pending key,
// before the code is compared. ErrNotFound when there is none left or the key
// is gone.
func ReservePending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) error {
	return changePending(ctx, tx, p, now, "failures < ?", MaxPendingFailures,
		map[string]any{"failures": gorm.Expr("failures + 1")})
}

func changePending(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time, bound string, limit int, columns map[string]any) error {
	done := tx.WithContext(ctx).Model(&Pending{}).
		Where("session_id = ? AND key_id = ? AND expires_at > ?", p.SessionID, p.KeyID, now.UnixMilli()).
		Where(bound, limit).UpdateColumns(columns)
	if done.Error != nil {
		return fmt.Errorf("change pending key: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
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
// seeds included.
func PrunePending(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	var sessions []int64
	err := tx.WithContext(ctx).Model(&Pending{}).Where("expires_at <= ?", now.UnixMilli()).Limit(limit).Pluck("session_id", &sessions).Error
	if err != nil || len(sessions) == 0 {
		return 0, err
	}
	done := tx.WithContext(ctx).Where("session_id IN ? AND expires_at <= ?", sessions, now.UnixMilli()).Delete(&Pending{})
	if done.Error != nil {
		return 0, fmt.Errorf("prune pending keys: %w", done.Error)
	}
	return done.RowsAffected, nil
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

// Bind makes a pending key the account's live one, with the step of its
// confirming code already spent. It deletes exactly that pending row, inserts
// the key or replaces exactly the one it was begun for, and drops all other
// pending keys. ErrChanged, and nothing done once the caller rolls back, when
// the account's key is no longer what it was.
func Bind(ctx context.Context, tx *gorm.DB, p *Pending, phoneName string, step int64, now time.Time) error {
	p, err := take(ctx, tx, p, now)
	if err != nil {
		return err
	}
	if err := DropPending(ctx, tx, p.AccountID); err != nil {
		return err
	}
	k := &Key{AccountID: p.AccountID, Sealed: p.Sealed, Algorithm: "SHA1", Digits: Digits, Period: Period,
		Label: p.Label, PhoneName: phoneName, LastStep: step, BoundAt: now.UnixMilli(), LastUsedAt: now.UnixMilli(),
		DriftSteps: int(step - Step(now))}
	if p.ReplacesKeyID == nil {
		return insert(ctx, tx, k)
	}
	return replace(ctx, tx, k, p.ReplacesKeyID)
}

// take deletes exactly that pending row and returns it as it was then: it may
// have been resealed since it was read, and what is bound must be sealed by the
// ring key of now.
func take(ctx context.Context, tx *gorm.DB, p *Pending, now time.Time) (*Pending, error) {
	tx = tx.WithContext(ctx)
	var found Pending
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("session_id = ? AND key_id = ? AND epoch = ? AND expires_at > ?",
		p.SessionID, p.KeyID, p.Epoch, now.UnixMilli()).Take(&found).Error
	if err != nil {
		return nil, notFound(err, "find pending key")
	}
	done := tx.Where("session_id = ? AND key_id = ?", p.SessionID, p.KeyID).Delete(&Pending{})
	if done.Error != nil {
		return nil, fmt.Errorf("take pending key: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, ErrNotFound
	}
	return &found, nil
}

func insert(ctx context.Context, tx *gorm.DB, k *Key) error {
	_, err := Find(ctx, tx, k.AccountID)
	if err == nil {
		return ErrChanged
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := tx.WithContext(ctx).Create(k).Error; err != nil {
		return fmt.Errorf("insert key: %w", err)
	}
	return nil
}

// replace puts a new key in the place of the one a move was begun for. A pause
// ends with it: the person has just given a code.
func replace(ctx context.Context, tx *gorm.DB, k *Key, old []byte) error {
	done := tx.WithContext(ctx).Model(&Key{}).Where("account_id = ? AND key_id = ?", k.AccountID, old).
		UpdateColumns(map[string]any{
			"key_id": k.KeyID, "sealed_seed": k.SealedSeed, "ring_key_id": k.RingKeyID,
			"algorithm": k.Algorithm, "digits": k.Digits, "period": k.Period,
			"label": k.Label, "phone_name": k.PhoneName, "last_step": k.LastStep, "bound_at": k.BoundAt,
			"last_used_at": k.LastUsedAt, "drift_steps": k.DriftSteps, "paused_at": 0, "paused_until": 0,
		})
	if done.Error != nil {
		return fmt.Errorf("replace key: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrChanged
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

// LiveAfter returns up to limit live keys of accounts with a higher id, in the
// order of the accounts.
func LiveAfter(ctx context.Context, tx *gorm.DB, accountID int64, limit int) ([]Key, error) {
	var keys []Key
	err := tx.WithContext(ctx).Where("account_id > ?", accountID).Order("account_id").Limit(limit).Find(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// LiveToReseal is LiveAfter for keys whose seed another ring key seals.
func LiveToReseal(ctx context.Context, tx *gorm.DB, ringKeyID string, accountID int64, limit int) ([]Key, error) {
	return LiveAfter(ctx, tx.Where("ring_key_id <> ?", ringKeyID), accountID, limit)
}

// PendingToReseal returns up to limit pending keys, of sessions with a higher
// id, whose seed another ring key seals, in the order of the sessions.
func PendingToReseal(ctx context.Context, tx *gorm.DB, ringKeyID string, sessionID int64, limit int) ([]Pending, error) {
	var keys []Pending
	err := tx.WithContext(ctx).Where("ring_key_id <> ? AND session_id > ?", ringKeyID, sessionID).
		Order("session_id").Limit(limit).Find(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("list pending keys: %w", err)
	}
	return keys, nil
}

// Reseal seals the seed of a live key anew with the ring's current key and says
// whether it did. It does not when the key was moved, removed or resealed in
// the meantime.
func Reseal(ctx context.Context, tx *gorm.DB, ring *secretbox.Keyring, k *Key) (bool, error) {
	return reseal(tx.WithContext(ctx).Model(&Key{}).Where("account_id = ?", k.AccountID), ring, k.AccountID, k.Sealed)
}

// ResealPending is Reseal for a pending key.
func ResealPending(ctx context.Context, tx *gorm.DB, ring *secretbox.Keyring, p *Pending) (bool, error) {
	return reseal(tx.WithContext(ctx).Model(&Pending{}).Where("session_id = ?", p.SessionID), ring, p.AccountID, p.Sealed)
}

func reseal(row *gorm.DB, ring *secretbox.Keyring, accountID int64, old Sealed) (bool, error) {
	seed, err := old.Open(ring, accountID)
	if err != nil {
		return false, err
	}
	fresh := Seal(ring, accountID, old.KeyID, seed)
	done := row.Where("key_id = ? AND ring_key_id = ?", old.KeyID, old.RingKeyID).
		UpdateColumns(map[string]any{"sealed_seed": fresh.SealedSeed, "ring_key_id": fresh.RingKeyID})
	if done.Error != nil {
		return false, fmt.Errorf("reseal seed: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// CountSealedBy returns how many seeds, live and pending, a ring key seals.
func CountSealedBy(ctx context.Context, tx *gorm.DB, ringKeyID string) (int64, error) {
	return count(tx.WithContext(ctx).Where("ring_key_id = ?", ringKeyID))
}

// CountToReseal returns how many seeds other ring keys seal.
func CountToReseal(ctx context.Context, tx *gorm.DB, ringKeyID string) (int64, error) {
	return count(tx.WithContext(ctx).Where("ring_key_id <> ?", ringKeyID))
}

// count looks at the pending keys first: a key that is confirmed meanwhile
// moves from them to the live ones, so it is counted twice rather than never.
func count(q *gorm.DB) (int64, error) {
	q = q.Session(&gorm.Session{})
	var pending, live int64
	if err := q.Model(&Pending{}).Count(&pending).Error; err != nil {
		return 0, fmt.Errorf("count pending keys: %w", err)
	}
	if err := q.Model(&Key{}).Count(&live).Error; err != nil {
		return 0, fmt.Errorf("count keys: %w", err)
	}
	return pending + live, nil
}
