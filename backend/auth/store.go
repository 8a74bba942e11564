package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// owner is an account and its factors, as one statement reads them. The prefix of
// a column is its table's name, which selectList relies on.
type owner struct {
	Account account.Account `gorm:"embedded;embeddedPrefix:accounts__"`
	Key     totp.Key        `gorm:"embedded;embeddedPrefix:totp_keys__"` // zero = none
	Codes   int             `gorm:"column:codes_left"`
}

type sessionRow struct {
	Session session.Session `gorm:"embedded;embeddedPrefix:sessions__"`
	Owner   owner           `gorm:"embedded"`
}

type pendingRow struct {
	Pending session.Pending `gorm:"embedded;embeddedPrefix:pending_sign_ins__"`
	Owner   owner           `gorm:"embedded"`
}

// codesLeft counts the unused backup codes of the account.
const codesLeft = `(SELECT COUNT(*) FROM backup_codes
	WHERE backup_codes.account_id = accounts.id AND backup_codes.used_at = 0 AND backup_codes.replaced_at = 0) AS codes_left`

// selectList names the columns of a row such as sessionRow.
func selectList(row any) func() string {
	return sync.OnceValue(func() string {
		parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		if err != nil {
			panic(fmt.Sprintf("auth: %T is no row: %v", row, err))
		}
		list := []string{codesLeft}
		for _, name := range parsed.DBNames {
			if table, column, ok := strings.Cut(name, "__"); ok {
				list = append(list, table+"."+column+" AS "+name)
			}
		}
		return strings.Join(list, ", ")
	})
}

var (
	ownerColumns   = selectList(&owner{})
	sessionColumns = selectList(&sessionRow{})
	pendingColumns = selectList(&pendingRow{})
)

// ofLiveAccount joins records with the enabled account whose epoch they carry.
func ofLiveAccount(tx *gorm.DB, table string) *gorm.DB {
	return withKey(tx.Table(table).Joins("JOIN accounts ON accounts.id = " + table + ".account_id AND accounts.epoch = " + table +
		".epoch AND accounts.disabled_at = 0"))
}

func withKey(q *gorm.DB) *gorm.DB {
	return q.Joins("LEFT JOIN totp_keys ON totp_keys.account_id = accounts.id")
}

// findSession returns a live session by its token, its account and factors. nil
// where there is none.
func (s *Service) findSession(ctx context.Context, token string, now time.Time) (*session.Session, Factors, error) {
	var row sessionRow
	q := session.ByToken(ofLiveAccount(s.DB.Read(ctx), "sessions"), token, now).Select(sessionColumns())
	if found, err := take(q, &row); !found {
		return nil, Factors{}, err
	}
	return &row.Session, s.factorsOf(&row.Owner), nil
}

// findPending is findSession for a pending sign-in.
func (s *Service) findPending(ctx context.Context, token string, now time.Time) (*session.Pending, Factors, error) {
	var row pendingRow
	q := session.PendingByToken(ofLiveAccount(s.DB.Read(ctx), "pending_sign_ins"), token, now).Select(pendingColumns())
	if found, err := take(q, &row); !found {
		return nil, Factors{}, err
	}
	return &row.Pending, s.factorsOf(&row.Owner), nil
}

// findOwner returns the factors of the account with that folded name, and whether
// there is one.
func (s *Service) findOwner(ctx context.Context, tx *database.Tx, folded string) (Factors, bool, error) {
	var row owner
	q := withKey(tx.WithContext(ctx).Table("accounts")).Where("accounts.username_folded = ?", folded).Select(ownerColumns())
	if found, err := take(q, &row); !found {
		return Factors{}, false, err
	}
	return s.factorsOf(&row), true, nil
}

func take(q *gorm.DB, row any) (bool, error) {
	err := q.Take(row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find caller: %w", err)
	}
	return true, nil
}

func (s *Service) factorsOf(o *owner) Factors {
	f := Factors{CodesLeft: o.Codes, account: &o.Account, required: s.RequireTwoFactor}
	if o.Key.AccountID != 0 {
		f.App = &o.Key
	}
	return f
}
