package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ErrNotFound says that the account has no such open notice.
var ErrNotFound = errors.New("notify: not found")

// maxShown bounds how many notices one sign-in shows, the newest first.
const maxShown = 20

// Leave stores a notice, in the transaction of what it tells about, and queues
// it as a mail to each address that gets the account's notices.
func Leave(ctx context.Context, tx *gorm.DB, n Notice, reader Reader) error {
	tx = tx.WithContext(ctx)
	if n.Details == "" {
		n.Details = "{}"
	}
	if err := tx.Create(&n).Error; err != nil {
		return fmt.Errorf("leave notice: %w", err)
	}
	return queueNotice(tx, n, reader)
}

// Open returns the notices of an account from before a session began that
// nobody has dismissed, the newest first. What happened later, or in the session
// itself, is for the next one: whoever made a change cannot hide it. What a
// stranger can cause every hour is told once, by its newest notice.
func Open(ctx context.Context, tx *gorm.DB, accountID, sessionID int64, began time.Time) ([]Notice, error) {
	tx = tx.WithContext(ctx)
	newest := open(tx, accountID, sessionID, began).Where("kind = ?", PasswordKnown).Select("MAX(id)")
	var notices []Notice
	err := open(tx, accountID, sessionID, began).Where("kind <> ? OR id = (?)", PasswordKnown, newest).
		Order("id DESC").Limit(maxShown).Find(&notices).Error
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return notices, nil
}

// open are the notices a session may see and dismiss.
func open(tx *gorm.DB, accountID, sessionID int64, began time.Time) *gorm.DB {
	return tx.Model(&Notice{}).Where("account_id = ? AND session_id <> ? AND at <= ? AND dismissed_at = 0",
		accountID, sessionID, began.UnixMilli())
}

// Dismiss closes a notice that Open shows in the session, with all that it
// stands for.
func Dismiss(ctx context.Context, tx *gorm.DB, accountID, sessionID, id int64, began, now time.Time) error {
	tx = tx.WithContext(ctx)
	var found Notice
	err := open(tx, accountID, sessionID, began).Where("id = ?", id).Take(&found).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("find notice: %w", err)
	}
	closing := open(tx, accountID, sessionID, began)
	if found.Kind == PasswordKnown {
		closing = closing.Where("kind = ? AND id <= ?", PasswordKnown, id)
	} else {
		closing = closing.Where("id = ?", id)
	}
	done := closing.UpdateColumn("dismissed_at", now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("dismiss notice: %w", done.Error)
	}
	if done.RowsAffected == 0 { // another request was faster
		return ErrNotFound
	}
	return nil
}

// LeftSince says whether the account was left a notice of that kind since a
// time.
func LeftSince(ctx context.Context, tx *gorm.DB, accountID int64, kind Kind, since time.Time) (bool, error) {
	var count int64
	err := tx.WithContext(ctx).Model(&Notice{}).Where("account_id = ? AND kind = ? AND at > ?", accountID, kind, since.UnixMilli()).
		Count(&count).Error
	if err != nil {
		return false, fmt.Errorf("find notice: %w", err)
	}
	return count > 0, nil
}

// queueNotice queues a notice for the address in use and for those that still
// get copies.
func queueNotice(tx *gorm.DB, n Notice, reader Reader) error {
	address, err := lockAddress(tx, n.AccountID)
	if err != nil {
		return err
	}
	if n.Kind == PasswordKnown {
		if enough, err := strangersTold(tx, n); err != nil || enough {
			return err
		}
	}
	copies, err := copiesOf(tx, n.AccountID, n.At)
	if err != nil {
		return err
	}
	language, about := pick(reader.Language, address.Language), factsOf(n, reader)
	if address.Confirmed() {
		if err := queue(tx, n.AccountID, address.Address, language, n.Kind, n.At, about); err != nil {
			return err
		}
	}
	for _, f := range copies {
		about.CopyUntil = f.Until
		if err := queue(tx, n.AccountID, f.Address, language, n.Kind, n.At, about); err != nil {
			return err
		}
	}
	return nil
}

// strangersTold says whether enough mails tell already that the password is
// known. Copies of one notice count once. The caller holds lockAddress.
func strangersTold(tx *gorm.DB, n Notice) (bool, error) {
	at := time.UnixMilli(n.At)
	hour, err := countMails(tx, n.AccountID, n.Kind, at.Add(-time.Hour))
	if err != nil || hour >= strangerMailsHour {
		return true, err
	}
	day, err := countMails(tx, n.AccountID, n.Kind, at.Add(-24*time.Hour))
	return day >= strangerMailsDay, err
}

func countMails(tx *gorm.DB, accountID int64, kind Kind, since time.Time) (int64, error) {
	var count int64
	err := tx.Model(&mail{}).Where("account_id = ? AND kind = ? AND created_at > ?", accountID, kind, since.UnixMilli()).
		Distinct("created_at").Count(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count mails: %w", err)
	}
	return count, nil
}

func queue(tx *gorm.DB, accountID int64, to, language string, kind Kind, at int64, about facts) error {
	m, err := newMail(accountID, to, language, kind, at, about)
	if err != nil {
		return err
	}
	if err := tx.Create(m).Error; err != nil {
		return fmt.Errorf("queue mail: %w", err)
	}
	return nil
}

// FindAddress returns where an account's notices go.
func FindAddress(ctx context.Context, tx *gorm.DB, accountID int64) (Address, error) {
	return findAddress(tx.WithContext(ctx), accountID)
}

// lockAddress finds the address and holds its row, so that mails to one account
// are counted and queued one after the other.
func lockAddress(tx *gorm.DB, accountID int64) (Address, error) {
	return findAddress(tx.Clauses(clause.Locking{Strength: "UPDATE"}), accountID)
}

func findAddress(tx *gorm.DB, accountID int64) (Address, error) {
	var a Address
	err := tx.Where("account_id = ?", accountID).Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Address{AccountID: accountID}, nil
	}
	if err != nil {
		return a, fmt.Errorf("find notice address: %w", err)
	}
	return a, nil
}

// copiesOf returns the former addresses that get copies at a time.
func copiesOf(tx *gorm.DB, accountID, at int64) ([]former, error) {
	var all []former
	err := tx.Where("account_id = ? AND until > ?", accountID, at).Order("id").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list former addresses: %w", err)
	}
	return all, nil
}

// KeepAddress stores an address that is not confirmed, "" = none, in place of
// the present one. The caller holds account.Lock.
func KeepAddress(ctx context.Context, tx *gorm.DB, accountID int64, address, language string, now time.Time) error {
	tx = tx.WithContext(ctx)
	old, err := findAddress(tx, accountID)
	if err != nil {
		return err
	}
	if err := errors.Join(giveUpCodes(tx, accountID, now), beginCopies(tx, old, address, now)); err != nil {
		return err
	}
	return storeAddress(tx, old, map[string]any{
		"address": address, "confirmed_at": 0, "language": pick(language, old.Language),
		"pending_address": "", "code_salt": nil, "code_expires_at": 0, "code_tries": 0,
	})
}

// AskAddress notes an address that waits for its code and queues the mail with
// it. An earlier code ends. The error is a *WaitError when too many codes were
// mailed lately. The caller holds account.Lock.
func AskAddress(ctx context.Context, tx *gorm.DB, accountID int64, address, language string, now time.Time) error {
	tx = tx.WithContext(ctx)
	old, err := findAddress(tx, accountID)
	if err != nil {
		return err
	}
	if err := checkCodeMails(tx, accountID, now); err != nil {
		return err
	}
	if err := giveUpCodes(tx, accountID, now); err != nil {
		return err
	}
	salt, ends := newSalt(), now.Add(CodeTime).UnixMilli()
	language = pick(language, old.Language)
	err = storeAddress(tx, old, map[string]any{
		"language": language, "pending_address": address, "code_salt": salt, "code_expires_at": ends, "code_tries": 0,
	})
	if err != nil {
		return err
	}
	return queue(tx, accountID, address, language, AddressCode, now.UnixMilli(), facts{Salt: salt, ExpiresAt: ends})
}

func checkCodeMails(tx *gorm.DB, accountID int64, now time.Time) error {
	var times []int64
	err := tx.Model(&mail{}).
		Where("account_id = ? AND kind = ? AND created_at > ?", accountID, AddressCode, now.Add(-codeMailsTime).UnixMilli()).
		Order("created_at DESC").Limit(codeMails).Pluck("created_at", &times).Error
	if err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	if len(times) < codeMails {
		return nil
	}
	return &WaitError{Left: time.UnixMilli(times[codeMails-1]).Add(codeMailsTime).Sub(now)}
}

// giveUpCodes ends the mails with codes that are not good any more.
func giveUpCodes(tx *gorm.DB, accountID int64, now time.Time) error {
	err := tx.Model(&mail{}).Where("account_id = ? AND kind = ? AND next_try_at > 0", accountID, AddressCode).
		UpdateColumns(map[string]any{"next_try_at": 0, "failed_at": now.UnixMilli()}).Error
	if err != nil {
		return fmt.Errorf("give up codes: %w", err)
	}
	return nil
}

func storeAddress(tx *gorm.DB, old Address, columns map[string]any) error {
	if !old.stored() {
		if err := tx.Create(&Address{AccountID: old.AccountID, Language: English}).Error; err != nil {
			return fmt.Errorf("store notice address: %w", err)
		}
	}
	if err := tx.Model(&Address{}).Where("account_id = ?", old.AccountID).UpdateColumns(columns).Error; err != nil {
		return fmt.Errorf("store notice address: %w", err)
	}
	return nil
}

// CancelAddress drops the address that waits for its code. The one in use stays.
func CancelAddress(ctx context.Context, tx *gorm.DB, accountID int64, now time.Time) error {
	tx = tx.WithContext(ctx)
	if err := giveUpCodes(tx, accountID, now); err != nil {
		return err
	}
	err := tx.Model(&Address{}).Where("account_id = ?", accountID).UpdateColumns(map[string]any{
		"pending_address": "", "code_salt": nil, "code_expires_at": 0, "code_tries": 0}).Error
	if err != nil {
		return fmt.Errorf("cancel notice address: %w", err)
	}
	return nil
}

// ReserveCode takes one try at the account's code, or returns ErrCodeEnded. The
// caller runs it in a transaction of its own and commits before it compares
// anything, so that parallel guesses cannot overshoot.
func ReserveCode(ctx context.Context, tx *gorm.DB, accountID int64, now time.Time) (*CodeTry, error) {
	tx = tx.WithContext(ctx)
	done := tx.Exec("UPDATE notice_addresses SET code_tries = code_tries + 1 WHERE account_id = ? AND code_expires_at > ? AND code_tries < ?",
		accountID, now.UnixMilli(), CodeTries)
	if done.Error != nil {
		return nil, fmt.Errorf("reserve code: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, ErrCodeEnded
	}
	a, err := findAddress(tx, accountID)
	if err != nil {
		return nil, err
	}
	return &CodeTry{a}, nil
}

// ConfirmAddress puts the address of a right code in place of the present one,
// which gets copies from now on. Of all who try with one code exactly one wins,
// the others get ErrCodeEnded. The caller holds account.Lock.
func ConfirmAddress(ctx context.Context, tx *gorm.DB, try *CodeTry, now time.Time) error {
	tx = tx.WithContext(ctx)
	old, err := findAddress(tx, try.address.AccountID)
	if err != nil {
		return err
	}
	done := tx.Exec("UPDATE notice_addresses SET address = pending_address, confirmed_at = ?, pending_address = '', code_salt = NULL, code_expires_at = 0, code_tries = 0 "+
		"WHERE account_id = ? AND code_salt = ? AND code_expires_at > ?", now.UnixMilli(), old.AccountID, try.address.CodeSalt, now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("confirm notice address: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrCodeEnded
	}
	return beginCopies(tx, old, try.address.PendingAddress, now)
}

// beginCopies keeps a confirmed address that is replaced among those that get
// copies; the one in its place needs none.
func beginCopies(tx *gorm.DB, old Address, next string, now time.Time) error {
	unwanted := []string{next}
	if old.Confirmed() {
		unwanted = append(unwanted, old.Address)
	}
	if err := tx.Where("account_id = ? AND address IN ?", old.AccountID, unwanted).Delete(&former{}).Error; err != nil {
		return fmt.Errorf("drop former address: %w", err)
	}
	if !old.Confirmed() || old.Address == next {
		return nil
	}
	f := former{AccountID: old.AccountID, Address: old.Address, Until: now.Add(CopyTime).UnixMilli()}
	if err := tx.Create(&f).Error; err != nil {
		return fmt.Errorf("keep former address: %w", err)
	}
	return nil
}

// due returns mails whose time has come, the longest waiting first.
func due(ctx context.Context, tx *gorm.DB, now time.Time, limit int) ([]mail, error) {
	var all []mail
	err := tx.WithContext(ctx).Where("next_try_at > 0 AND next_try_at <= ?", now.UnixMilli()).
		Order("next_try_at, id").Limit(limit).Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list mails: %w", err)
	}
	return all, nil
}

// claim takes a mail for one try and returns it as it is then. Of all couriers
// that saw it due one gets it, the others get nil; if that one dies, the mail is
// due again after claimTime.
func claim(ctx context.Context, tx *gorm.DB, m mail, now time.Time) (*mail, error) {
	until := now.Add(claimTime).UnixMilli()
	done := tx.WithContext(ctx).Exec("UPDATE mails SET next_try_at = ?, tries = tries + 1 WHERE id = ? AND next_try_at = ?",
		until, m.ID, m.NextTryAt)
	if done.Error != nil {
		return nil, fmt.Errorf("claim mail: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, nil
	}
	m.NextTryAt, m.Tries = until, m.Tries+1
	return &m, nil
}

// settle stores what became of a try, unless the claim is somebody else's by
// now or the mail was given up meanwhile; then it says false.
func settle(ctx context.Context, tx *gorm.DB, m *mail, columns map[string]any) (bool, error) {
	done := tx.WithContext(ctx).Model(&mail{}).Where("id = ? AND next_try_at = ?", m.ID, m.NextTryAt).UpdateColumns(columns)
	if done.Error != nil {
		return false, fmt.Errorf("settle mail: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// Prune removes up to limit old mails and as many former addresses whose time
// is over, and returns how many of the greater number.
func Prune(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	tx = tx.WithContext(ctx)
	mails, err := prune(tx, &mail{}, "created_at < ?", now.Add(-keepTime).UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	formers, err := prune(tx, &former{}, "until <= ?", now.UnixMilli(), limit)
	return max(mails, formers), err
}

func prune(tx *gorm.DB, model any, over string, before int64, limit int) (int64, error) {
	var ids []int64
	err := tx.Model(model).Where(over, before).Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	done := tx.Where("id IN ?", ids).Delete(model)
	if done.Error != nil {
		return 0, fmt.Errorf("prune mails: %w", done.Error)
	}
	return done.RowsAffected, nil
}
