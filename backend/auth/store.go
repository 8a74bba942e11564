package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/schema"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// owner is an account and its factors. The prefix of a field is the name of its
// table, which newQuery relies on.
type owner struct {
	Account   account.Account `gorm:"embedded;embeddedPrefix:accounts__"`
	Key       totp.Key        `gorm:"embedded;embeddedPrefix:totp_keys__"` // zero = none
	CodesLeft int
	AnyKey    bool // a passkey or hardware key, also of another address
	// ResistantFrom is from when one of this address counts as phishing-resistant, 0 = the
	// account has none.
	ResistantFrom int64
	KeysDemanded  bool // by some policy, perhaps not of this account
}

type sessionRow struct {
	Session session.Session `gorm:"embedded;embeddedPrefix:sessions__"`
	Owner   owner           `gorm:"embedded"`
}

// appRow is a session that was opened for an application, with one of the account's
// groups: a person in several groups has several rows.
type appRow struct {
	App     app.Session     `gorm:"embedded;embeddedPrefix:app_sessions__"`
	Session session.Session `gorm:"embedded;embeddedPrefix:sessions__"`
	Owner   owner           `gorm:"embedded"`
	Group   memberOf        `gorm:"embedded;embeddedPrefix:user_groups__"` // zero = none
}

type memberOf struct {
	ID   int64
	Name string
}

type pendingRow struct {
	Pending session.Pending `gorm:"embedded;embeddedPrefix:pending_sign_ins__"`
	Owner   owner           `gorm:"embedded"`
}

// The statements that find a caller. A session or pending sign-in counts only for
// an enabled account whose epoch it carries.
var (
	sessionQuery = newQuery[sessionRow]("sessions JOIN " + joinEnabled("sessions") + " WHERE " + session.ByToken)
	pendingQuery = newQuery[pendingRow]("pending_sign_ins JOIN " + joinEnabled("pending_sign_ins") + " WHERE " + session.PendingByToken)
	appQuery     = newQuery[appRow]("app_sessions JOIN sessions ON sessions.id = app_sessions.session_id JOIN " + joinEnabled("sessions") +
		" LEFT JOIN group_members ON group_members.account_id = accounts.id LEFT JOIN user_groups ON user_groups.id = group_members.group_id" +
		" WHERE app_sessions.token_hash = ? AND app_sessions.host = ? AND app_sessions.epoch = accounts.epoch AND " + session.Live +
		" ORDER BY user_groups.name")
	ownerQuery = newQuery[owner]("accounts " + withKey + " WHERE accounts.username_folded = ?")
	ownerByID  = newQuery[owner]("accounts " + withKey + " WHERE accounts.id = ?")
)

const withKey = "LEFT JOIN totp_keys ON totp_keys.account_id = accounts.id"

const codesLeft = "(SELECT COUNT(*) FROM backup_codes WHERE backup_codes.account_id = accounts.id" +
	" AND backup_codes.used_at = 0 AND backup_codes.replaced_at = 0)"

const anyKey = "EXISTS (SELECT 1 FROM passkeys WHERE passkeys.account_id = accounts.id)"

// resistantFrom has one value: the host of the keys.
const resistantFrom = "(SELECT COALESCE(MIN(passkeys.resistant_at), 0) FROM passkeys WHERE passkeys.account_id = accounts.id AND passkeys.rp_id = ?)"

const keysDemanded = "EXISTS (SELECT 1 FROM policies WHERE policies.minimum = 'resistant')"

func joinEnabled(table string) string {
	return "accounts ON accounts.id = " + table + ".account_id AND accounts.epoch = " + table + ".epoch AND accounts.disabled_at = 0 " + withKey
}

// query reads rows into a T by a statement whose text never changes. It scans
// the columns itself: this is the statement of every request.
type query[T any] struct {
	text   string
	fields []*schema.Field
}

// newQuery selects every column of T from what follows FROM.
func newQuery[T any](from string) query[T] {
	var q query[T]
	parsed, err := schema.Parse(new(T), &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		panic(fmt.Sprintf("auth: %T is no row: %v", q, err))
	}
	var list []string
	for _, field := range parsed.Fields {
		if field.DBName == "" {
			continue
		}
		q.fields = append(q.fields, field)
		list = append(list, expression(field))
	}
	q.text = "SELECT " + strings.Join(list, ", ") + " FROM " + from
	return q
}

// expression is what a field is read from. An account without a key, or in no group, has
// NULL for all columns of one, which a []byte field reads as nil.
func expression(field *schema.Field) string {
	table, column, ok := strings.Cut(field.DBName, "__")
	switch name := table + "." + column; {
	case !ok:
		return map[string]string{"codes_left": codesLeft, "any_key": anyKey, "resistant_from": resistantFrom, "keys_demanded": keysDemanded}[field.DBName]
	case table != "totp_keys" && table != "user_groups" || field.FieldType.Kind() == reflect.Slice:
		return name
	case field.FieldType.Kind() == reflect.String:
		return "COALESCE(" + name + ", '')"
	default:
		return "COALESCE(" + name + ", 0)"
	}
}

// into returns the fields of a row, in the order of the columns.
func (q query[T]) into(ctx context.Context, row *T) []any {
	into := make([]any, len(q.fields))
	for i, field := range q.fields {
		into[i] = field.ReflectValueOf(ctx, reflect.ValueOf(row).Elem()).Addr().Interface()
	}
	return into
}

// all calls each for every row.
func (q query[T]) all(ctx context.Context, tx *database.Tx, each func(row *T), values ...any) error {
	rows, err := tx.WithContext(ctx).Raw(q.text, values...).Rows()
	if err != nil {
		return fmt.Errorf("find caller: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row := new(T)
		if err := rows.Scan(q.into(ctx, row)...); err != nil {
			return fmt.Errorf("find caller: %w", err)
		}
		each(row)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("find caller: %w", err)
	}
	return nil
}

// find returns the row, nil where there is none.
func (q query[T]) find(ctx context.Context, tx *database.Tx, values ...any) (*T, error) {
	row := new(T)
	err := tx.WithContext(ctx).Raw(q.text, values...).Row().Scan(q.into(ctx, row)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find caller: %w", err)
	}
	return row, nil
}

// owned returns the values of a query for an owner: that of resistantFrom comes first.
func (s *Service) owned(values ...any) []any { return append([]any{s.rpID()}, values...) }

// findSession returns a live session by its token, its account and factors; nil
// where there is none.
func (s *Service) findSession(ctx context.Context, token string, now time.Time) (*session.Session, Factors, error) {
	row, err := sessionQuery.find(ctx, s.DB.Read(ctx), s.owned(session.TokenValues(token, s.SessionLimits, now)...)...)
	if err != nil || row == nil {
		return nil, Factors{}, err
	}
	f, err := s.factorsOf(ctx, &row.Owner)
	return &row.Session, f, err
}

// findPending is findSession for a pending sign-in.
func (s *Service) findPending(ctx context.Context, token string, now time.Time) (*session.Pending, Factors, error) {
	row, err := pendingQuery.find(ctx, s.DB.Read(ctx), s.owned(session.PendingTokenValues(token, now)...)...)
	if err != nil || row == nil {
		return nil, Factors{}, err
	}
	f, err := s.factorsOf(ctx, &row.Owner)
	return &row.Pending, f, err
}

// findFactors returns the factors of the account with that folded name, and whether
// there is one. What policies ask is not among them: a name that belongs to no account must
// cost the same (E11).
func (s *Service) findFactors(ctx context.Context, folded string) (Factors, bool, error) {
	row, err := ownerQuery.find(ctx, s.DB.Read(ctx), s.owned(folded)...)
	if err != nil || row == nil {
		return Factors{}, false, err
	}
	return s.bareFactorsOf(row), true, nil
}

// factorsOf returns the factors of an account. What policies ask of it takes more
// statements, and only of those without a second factor or with a pause. While some policy
// demands keys, it also takes them of those without a key, and of those whose key makes
// codes of the app useless.
func (s *Service) factorsOf(ctx context.Context, o *owner) (Factors, error) {
	f := s.bareFactorsOf(o)
	byKeys := o.KeysDemanded && (!f.HasKey() || f.App != nil && f.Resistant(s.Now()))
	if f.Any() && o.Account.PausedAt == 0 && !byKeys {
		return f, nil
	}
	return f, s.seeObligation(ctx, &f)
}

// bareFactorsOf is factorsOf without what policies ask.
func (s *Service) bareFactorsOf(o *owner) Factors {
	f := Factors{CodesLeft: o.CodesLeft, account: &o.Account, required: s.RequireTwoFactor, anyKey: o.AnyKey, resistantFrom: o.ResistantFrom}
	if o.Key.AccountID != 0 {
		f.App = &o.Key
	}
	return f
}
