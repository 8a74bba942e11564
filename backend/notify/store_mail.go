package notify

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

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
