package notify

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// queueNotice queues a notice for the address in use and for the former ones
// that still get copies.
func queueNotice(ctx context.Context, tx *gorm.DB, n Notice, reader Reader) error {
	address, err := lockAddress(ctx, tx, n.AccountID)
	if err != nil {
		return err
	}
	if enough, err := enoughMails(tx, n); err != nil || enough {
		return err
	}
	former, err := listFormer(tx, n.AccountID, n.At)
	if err != nil {
		return err
	}
	m := mail{AccountID: n.AccountID, Kind: n.Kind, Language: pick(reader.Language, address.Language),
		Username: reader.Username, ClientAddress: n.Address, UserAgent: n.UserAgent, CreatedAt: n.At,
		Actor: n.Actor, Subject: n.Subject, Detail: n.Detail}
	if address.Confirmed() {
		m.Recipient = address.Address
		if err := createMail(tx, m); err != nil {
			return err
		}
	}
	for _, f := range former {
		m.Recipient, m.CopyUntil = f.Address, f.Until
		if err := createMail(tx, m); err != nil {
			return err
		}
	}
	return nil
}

// NotifyByMail mails a notice that is shown nowhere, since its account is deleted in
// the same transaction.
func NotifyByMail(ctx context.Context, tx *gorm.DB, n Notice, reader Reader) error {
	return queueNotice(ctx, tx.WithContext(ctx), n, reader)
}

// linkMailKinds are the kinds of mails with a link.
var linkMailKinds = []Kind{InvitationMail, PasswordLinkMail}

// LinkMail is a mail with a link to choose a password.
type LinkMail struct {
	AccountID int64
	Kind      Kind // InvitationMail or PasswordLinkMail
	Recipient string
	Language  string // "" = English
	Username  string
	Actor     string // who gives the link, "" = the operator
	Salt      []byte // of its token
	At        time.Time
	EndsAt    time.Time // of the link
}

// SendLinks queues mails with links. Earlier ones to the same accounts, whose links
// have ended, are given up.
func SendLinks(ctx context.Context, tx *gorm.DB, links ...LinkMail) error {
	tx = tx.WithContext(ctx)
	mails := make([]mail, len(links))
	for i, l := range links {
		if err := endMails(tx, l.AccountID, linkMailKinds...); err != nil {
			return err
		}
		mails[i] = mail{AccountID: l.AccountID, Recipient: l.Recipient, Kind: l.Kind, Language: pick(l.Language), Username: l.Username, Actor: l.Actor,
			CodeSalt: l.Salt, CodeExpiresAt: l.EndsAt.UnixMilli(), Reference: rand.Text(), CreatedAt: l.At.UnixMilli(), NextTryAt: l.At.UnixMilli()}
	}
	if err := tx.CreateInBatches(mails, mailBatch).Error; err != nil {
		return fmt.Errorf("create mails: %w", err)
	}
	return nil
}

// Reminder is a mail about a deadline of a policy.
type Reminder struct {
	AccountID int64
	Kind      Kind   // one of reminderKinds
	Email     string // where it goes if the account has no confirmed address for notices
	Reader    Reader
	Deadline  time.Time
	At        time.Time
}

// Remind queues a mail about a deadline, if there is an address to send it to.
func Remind(ctx context.Context, tx *gorm.DB, r Reminder) error {
	address, err := FindAddress(ctx, tx, r.AccountID)
	if err != nil {
		return err
	}
	m := mail{AccountID: r.AccountID, Recipient: r.Email, Kind: r.Kind, Language: pick(r.Reader.Language, address.Language), Username: r.Reader.Username,
		Detail: r.Deadline.UTC().Format(time.RFC3339), CreatedAt: r.At.UnixMilli()}
	if address.Confirmed() {
		m.Recipient = address.Address
	}
	if m.Recipient == "" {
		return nil
	}
	return createMail(tx.WithContext(ctx), m)
}

// mailBatch is how many mails one statement inserts.
const mailBatch = 100

// LinkWait returns how long to wait with another link for an account, 0 = not at all:
// at most linkMails are mailed in an hour.
func LinkWait(ctx context.Context, tx *gorm.DB, accountID int64, now time.Time) (time.Duration, error) {
	var times []int64
	err := tx.WithContext(ctx).Model(&mail{}).Where("account_id = ? AND kind IN ? AND created_at > ?", accountID,
		linkMailKinds, now.Add(-time.Hour).UnixMilli()).Order("created_at DESC").Limit(linkMails).Pluck("created_at", &times).Error
	if err != nil {
		return 0, fmt.Errorf("find mails: %w", err)
	}
	if len(times) < linkMails {
		return 0, nil
	}
	return time.UnixMilli(times[linkMails-1]).Add(time.Hour).Sub(now), nil
}

// EndLinkMails gives up the mails with a link of an account, which has ended.
func EndLinkMails(ctx context.Context, tx *gorm.DB, accountID int64) error {
	return endMails(tx.WithContext(ctx), accountID, linkMailKinds...)
}

// EndEveryLinkMail gives up all mails with links, which have all ended.
func EndEveryLinkMail(ctx context.Context, tx *gorm.DB) error {
	err := tx.WithContext(ctx).Model(&mail{}).Where("kind IN ? AND next_try_at > 0", linkMailKinds).
		UpdateColumn("next_try_at", 0).Error
	if err != nil {
		return fmt.Errorf("end mails: %w", err)
	}
	return nil
}

// enoughMails says whether enough was mailed about notices of this kind: fewer
// where an unrecognised browser can cause them. Copies of one notice count once.
// The caller holds lockAddress.
func enoughMails(tx *gorm.DB, n Notice) (bool, error) {
	at := time.UnixMilli(n.At)
	if n.Kind != PasswordKnown && n.Kind != SessionEvicted {
		// What one person does, or what is told of one, must not use up what is mailed of another.
		times, err := mailedSince(tx.Where(alike(tx, n)), n.AccountID, n.Kind, at.Add(-time.Hour))
		return len(slices.Compact(times)) >= mailsHour, err
	}
	times, err := mailedSince(tx, n.AccountID, n.Kind, at.Add(-24*time.Hour))
	if err != nil || len(times) == 0 {
		return false, err
	}
	return times[0] > at.Add(-knownMailsTime).UnixMilli() || len(slices.Compact(times)) >= knownMailsDay, nil
}

// mailedSince returns when mails of a kind were queued after a time, the newest
// first.
func mailedSince(tx *gorm.DB, accountID int64, kind Kind, since time.Time) ([]int64, error) {
	var times []int64
	err := tx.Model(&mail{}).Where("account_id = ? AND kind = ? AND created_at > ?", accountID, kind, since.UnixMilli()).
		Order("created_at DESC").Pluck("created_at", &times).Error
	if err != nil {
		return nil, fmt.Errorf("find mails: %w", err)
	}
	return times, nil
}

// createMail queues a mail that is due at once.
func createMail(tx *gorm.DB, m mail) error {
	m.Reference, m.NextTryAt = rand.Text(), m.CreatedAt
	if err := tx.Create(&m).Error; err != nil {
		return fmt.Errorf("create mail: %w", err)
	}
	return nil
}

// endCodeMails gives up the mails whose codes no longer count.
func endCodeMails(tx *gorm.DB, accountID int64) error { return endMails(tx, accountID, AddressCode) }

// endMails gives up mails that were not sent yet.
func endMails(tx *gorm.DB, accountID int64, kinds ...Kind) error {
	err := tx.Model(&mail{}).Where("account_id = ? AND kind IN ? AND next_try_at > 0", accountID, kinds).
		UpdateColumn("next_try_at", 0).Error
	if err != nil {
		return fmt.Errorf("end mails: %w", err)
	}
	return nil
}

// findDue returns mails that are due. Kinds and actors take turns, so that many of one,
// such as the invitations of an import, do not delay the others. Within a turn the one
// that is due for the longest time comes first. A time much further ahead than any wait
// was set by a clock that was ahead, so it does not hold a mail back.
func findDue(ctx context.Context, tx *gorm.DB, now time.Time) (due []mail, err error) {
	tx = tx.WithContext(ctx)
	turns := tx.Model(&mail{}).Where("next_try_at > 0 AND (next_try_at <= ? OR next_try_at > ?)", now.UnixMilli(), now.Add(2*lastWait).UnixMilli()).
		Select("*, ROW_NUMBER() OVER (PARTITION BY kind, actor, " + ownDetail + " ORDER BY next_try_at, id) AS turn")
	if err := tx.Table("(?) AS turns", turns).Order("turn, next_try_at, id").Limit(dueBatch).Find(&due).Error; err != nil {
		return nil, fmt.Errorf("find mails: %w", err)
	}
	return due, nil
}

// dueBatch is how many mails are tried before the queue is read again.
const dueBatch = 20

// claim takes a mail for one try. Of all couriers that found it due one gets it,
// the others get nil. If that courier dies, the mail is due again after
// claimTime.
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

// setNextTry ends a try: next is when the following one is due, 0 = none is. It
// returns false if the courier no longer holds the mail or the mail was given up
// meanwhile.
func setNextTry(ctx context.Context, tx *gorm.DB, m *mail, next int64) (bool, error) {
	done := tx.WithContext(ctx).Model(&mail{}).Where("id = ? AND next_try_at = ?", m.ID, m.NextTryAt).UpdateColumn("next_try_at", next)
	if done.Error != nil {
		return false, fmt.Errorf("set next try: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// Prune deletes up to limit mails queued before one time, and as many former
// addresses whose copies ended before another. It returns the greater number.
// The caller computes both times, so that a clock that jumps ahead deletes
// nothing.
func Prune(ctx context.Context, tx *gorm.DB, mailsBefore, copiesBefore time.Time, limit int) (int64, error) {
	tx = tx.WithContext(ctx)
	mails, err := prune(tx, &mail{}, "created_at < ?", mailsBefore, limit)
	if err != nil {
		return 0, err
	}
	addresses, err := prune(tx, &former{}, "until <= ?", copiesBefore, limit)
	return max(mails, addresses), err
}

func prune(tx *gorm.DB, model any, condition string, before time.Time, limit int) (int64, error) {
	var ids []int64
	err := tx.Model(model).Where(condition, before.UnixMilli()).Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	done := tx.Where("id IN ?", ids).Delete(model)
	if done.Error != nil {
		return 0, fmt.Errorf("prune mails: %w", done.Error)
	}
	return done.RowsAffected, nil
}

// CountQueued returns how many mails wait to be sent.
func CountQueued(ctx context.Context, tx *gorm.DB) (n int64, err error) {
	err = tx.WithContext(ctx).Model(&mail{}).Where("next_try_at > 0").Count(&n).Error
	return n, err
}
