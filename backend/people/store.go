package people

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/passkey"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// personRow is an account with what lists say about it.
type personRow struct {
	Account      account.Account `gorm:"embedded"`
	Key          totp.Sealed     `gorm:"embedded;embeddedPrefix:sealed_"`
	HasApp       bool
	BoundAt      int64 // of the app, Unix ms
	LastUsedAt   int64 // of the app, 0 = never
	StoppedLanes int   // of the tries with codes of the app
	CodesLeft    int
	Keys         []passkey.Key `gorm:"-"`
}

// hasFactor says whether the account has a second factor.
func (r *personRow) hasFactor() bool { return r.HasApp || len(r.Keys) > 0 }

// lanes is how many budgets the tries with codes of the app have.
const lanes = 2

// allColumns are those of an account. The report reads everybody, and only what it needs.
const (
	allColumns    = "accounts.*"
	reportColumns = "accounts.id, accounts.username, accounts.display_name, accounts.password_hash, accounts.admin, accounts.helper," +
		" accounts.disabled_at, accounts.paused_at, accounts.paused_until, accounts.last_sign_in_at, accounts.created_at, accounts.staff_since"
)

// rowsOf reads accounts by their ids, and then their passkeys and hardware keys.
func rowsOf(ctx context.Context, tx *database.Tx, columns string, ids []int64) (map[int64]personRow, error) {
	text := "SELECT " + columns + ", k.account_id IS NOT NULL AS has_app, k.key_id AS sealed_key_id," +
		" k.sealed_seed AS sealed_sealed_seed, k.ring_key_id AS sealed_ring_key_id, k.bound_at AS bound_at, k.last_used_at AS last_used_at," +
		" (SELECT COUNT(*) FROM code_budgets b WHERE b.account_id = accounts.id AND b.method = ?" +
		" AND (b.lane = ? AND b.failures >= ? OR b.lane = ? AND b.failures >= ?)) AS stopped_lanes," +
		" (SELECT COUNT(*) FROM backup_codes c WHERE c.account_id = accounts.id AND c.used_at = 0 AND c.replaced_at = 0) AS codes_left" +
		" FROM accounts LEFT JOIN totp_keys k ON k.account_id = accounts.id WHERE accounts.id IN ?"
	var rows []personRow
	err := tx.WithContext(ctx).Raw(text, throttle.App, throttle.Known, throttle.Known.Stop(), throttle.Unknown, throttle.Unknown.Stop(), ids).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	keys, err := passkey.ListFor(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]personRow, len(rows))
	for _, row := range rows {
		row.Keys = keys[row.Account.ID]
		found[row.Account.ID] = row
	}
	return found, nil
}

// listedRow is a row that was looked at, and whether it belongs to the list.
type listedRow struct {
	ID      int64
	Key     string // what the list is sorted by
	Matches bool
}

// statement lists accounts in the order of an index. The condition of the list is a
// column, matches, and not part of WHERE: so LIMIT bounds the rows that one query looks
// at, however few of them match.
type statement struct {
	from, key string // the tables, and the column that the list is sorted by
	id        string // the column of the account's id in that index
	where     []string
	values    []any  // of where
	matches   string // condition of the list
	asked     []any  // values of matches
}

// conditions are what the filters ask of an account.
var conditions = map[Filter]string{
	WithoutFactor: "NOT " + account.HasFactor,
	WithoutCodes: account.HasFactor + " AND NOT EXISTS" +
		" (SELECT 1 FROM backup_codes c WHERE c.account_id = accounts.id AND c.used_at = 0 AND c.replaced_at = 0)",
	NeverSignedIn: "accounts.last_sign_in_at = 0",
	OnlyDisabled:  "accounts.disabled_at <> 0",
}

func newStatement(ctx context.Context, tx *database.Tx, q Query) (*statement, error) {
	st := &statement{from: "accounts", key: "accounts.name_key", id: "accounts.id"}
	var all []string
	if q.Filter != Everybody {
		condition, known := conditions[q.Filter]
		if !known {
			return nil, apperr.OfField("filter", "not_allowed")
		}
		all = append(all, condition)
	}
	if words := account.SearchWords(q.Search); len(words) > 0 {
		st.search(words, &all)
	} else if strings.TrimSpace(q.Search) != "" {
		st.where = append(st.where, "1 = 0") // of marks only: nobody's name begins so
	}
	if q.Group != 0 {
		if err := st.member(ctx, tx, q.Group, &all); err != nil {
			return nil, err
		}
	}
	st.matches = "(" + strings.Join(append(all, "1 = 1"), ") AND (") + ")"
	return st, nil
}

// search goes through the words of accounts that begin with the longest of those typed,
// which drops most. An account is listed by its first such word only, and has one for
// each of the others, too.
func (st *statement) search(typed []string, all *[]string) {
	longest := slices.MaxFunc(typed, func(a, b string) int { return len(a) - len(b) })
	st.from, st.key = "account_words w JOIN accounts ON accounts.id = w.account_id", "w.word"
	st.id = "w.account_id"
	st.where = append(st.where, "w.word >= ? AND w.word < ?")
	st.values = append(st.values, longest, longest+afterAll)
	*all = append(*all, "NOT EXISTS (SELECT 1 FROM account_words e WHERE e.account_id = w.account_id AND e.word >= ? AND e.word < w.word)")
	st.asked = append(st.asked, longest)
	for _, word := range typed {
		if word != longest {
			*all = append(*all, "EXISTS (SELECT 1 FROM account_words o WHERE o.account_id = w.account_id AND o.word >= ? AND o.word < ?)")
			st.asked = append(st.asked, word, word+afterAll)
		}
	}
}

// afterAll ends a range of words that begin alike.
const afterAll = "\U0010FFFF"

// member narrows the list to a group. The members of a small one are read and sorted;
// those of a large one are met often enough on the way through all accounts.
func (st *statement) member(ctx context.Context, tx *database.Tx, id int64, all *[]string) error {
	members, err := group.MemberCount(ctx, tx, id, smallGroup+1)
	if err != nil {
		return err
	}
	if st.from == "accounts" && members <= smallGroup {
		st.from = "group_members m JOIN accounts ON accounts.id = m.account_id"
		st.where, st.values = append(st.where, "m.group_id = ?"), append(st.values, id)
		return nil
	}
	*all = append(*all, "EXISTS (SELECT 1 FROM group_members m WHERE m.group_id = ? AND m.account_id = accounts.id)")
	st.asked = append(st.asked, id)
	return nil
}

// limit is how many rows one query looks at to find some.
func (st *statement) limit(wanted int) int {
	if st.matches == "(1 = 1)" {
		return wanted
	}
	return max(window, wanted)
}

// run returns the rows after a cursor.
func (st *statement) run(ctx context.Context, tx *database.Tx, after cursor, wanted int) ([]listedRow, error) {
	where, values := append([]string{}, st.where...), append(append([]any{}, st.asked...), st.values...)
	if after != (cursor{}) {
		// The first part is what the index is searched by.
		where = append(where, st.key+" >= ?", "("+st.key+" > ? OR "+st.id+" > ?)")
		values = append(values, after.Key, after.Key, after.ID)
	}
	text := "SELECT accounts.id AS id, " + st.key + " AS `key`, " + st.matches + " AS matches FROM " + st.from
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	text += " ORDER BY " + st.key + ", " + st.id + " LIMIT ?"
	var rows []listedRow
	if err := tx.WithContext(ctx).Raw(text, append(values, st.limit(wanted))...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return rows, nil
}
