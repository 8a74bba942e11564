package people

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/passkey"
	"imagemaster/backend/policy"
)

// State says whether an account can be signed in to.
type State string

// The states of an account.
const (
	Enabled  State = "enabled"
	Disabled State = "disabled"
	Invited  State = "invited" // has not chosen a password yet
)

// Person is an account as helpers, administrators and the operator see it.
type Person struct {
	account.Account
	State        State
	SecondFactor SecondFactor
	Factors      FactorKinds  // those the account has
	AppState     SecondFactor // none, enabled, dead or unreadable
	CodesLeft    int
	Groups       []string // names, sorted
	FactorSince  int64    // of the first one, Unix ms, 0 = there is none
	FactorUsed   int64    // of the one used last, Unix ms, 0 = never
}

// HasFactor says whether the account has a second factor, paused or not.
func (p *Person) HasFactor() bool { return p.SecondFactor != FactorNone }

// LastSignIn returns when the person signed in last, zero = never.
func (p *Person) LastSignIn() time.Time { return orNever(p.LastSignInAt) }

func orNever(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Filter narrows a list.
type Filter string

// The filters.
const (
	Everybody     Filter = ""
	WithoutFactor Filter = "no_second_factor"
	WithoutCodes  Filter = "no_codes"
	NeverSignedIn Filter = "never_signed_in"
	OnlyDisabled  Filter = "disabled"
)

// Query says which people a list holds. Search has beginnings of words of the names, or
// of the e-mail address. Without it the list is sorted by name, with it by the word
// that was found.
type Query struct {
	Search string
	Filter Filter
	Group  int64  // only members, 0 = all
	After  string // the end of the page before, "" = from the beginning
}

// Page is a part of a list. After is the cursor of the next one, "" = this is the last.
// A page is short when listTime was not enough to fill it, or when people were deleted
// meanwhile.
type Page struct {
	People []Person
	After  string
}

const (
	pageSize   = 50
	exportPage = 100
	// window is how many accounts one query looks at where a filter may drop most.
	window = 1000
	// listTime bounds how long one page is looked for.
	listTime = time.Second
	// smallGroup is up to how many members a group is sorted as a whole.
	smallGroup = 2000
	// listsAtOnce is how many lists one person gets at a time. listsWaiting more of the
	// same person wait up to listWait, others are refused at once.
	listsAtOnce  = 2
	listsWaiting = 8
	listWait     = 5 * time.Second
)

// List returns a page of people.
func (s *Service) List(ctx context.Context, by auth.Actor, q Query) (Page, error) {
	if err := by.Require(account.Helper); err != nil {
		return Page{}, err
	}
	leave, err := s.enter(ctx, by)
	if err != nil {
		return Page{}, err
	}
	defer leave()
	return s.list(ctx, s.DB.Read(ctx), q, pageSize)
}

// line has the places of one person for lists, and for those who wait for one.
type line struct{ places, waiting chan struct{} }

// enter waits until the actor has one of the places for lists, and returns the function
// that gives it back.
func (s *Service) enter(ctx context.Context, by auth.Actor) (leave func(), err error) {
	found, _ := s.lists.LoadOrStore(by.ID(), &line{make(chan struct{}, listsAtOnce), make(chan struct{}, listsWaiting)})
	own := found.(*line)
	busy := &apperr.Error{Code: apperr.Busy, Wait: time.Second}
	select {
	case own.waiting <- struct{}{}:
		defer func() { <-own.waiting }()
	default:
		return nil, busy
	}
	wait, cancel := context.WithTimeout(ctx, listWait)
	defer cancel()
	select {
	case own.places <- struct{}{}:
		return func() { <-own.places }, nil
	case <-wait.Done():
		return nil, busy
	}
}

// Each calls fn with everybody in the list.
func (s *Service) Each(ctx context.Context, by auth.Actor, q Query, fn func(Person) error) error {
	if err := by.Require(account.Helper); err != nil {
		return err
	}
	for {
		page, err := s.list(ctx, s.DB.Read(ctx), q, exportPage)
		if err != nil {
			return err
		}
		for _, p := range page.People {
			if err := fn(p); err != nil {
				return err
			}
		}
		if q.After = page.After; page.After == "" {
			return nil
		}
	}
}

func (s *Service) list(ctx context.Context, tx *database.Tx, q Query, size int) (Page, error) {
	statement, err := newStatement(ctx, tx, q)
	if err != nil {
		return Page{}, err
	}
	at, err := parseCursor(q.After)
	if err != nil {
		return Page{}, err
	}
	var ids []int64
	began := time.Now()
	for {
		rows, err := statement.run(ctx, tx, at, size+1)
		if err != nil {
			return Page{}, err
		}
		for _, row := range rows {
			if row.Matches && len(ids) == size {
				return s.page(ctx, tx, ids, at)
			}
			if row.Matches {
				ids = append(ids, row.ID)
			}
			at = cursor{row.Key, row.ID}
		}
		switch {
		case len(rows) < statement.limit(size+1):
			return s.page(ctx, tx, ids, cursor{})
		case time.Since(began) > listTime:
			return s.page(ctx, tx, ids, at)
		}
	}
}

func (s *Service) page(ctx context.Context, tx *database.Tx, ids []int64, at cursor) (Page, error) {
	people, err := s.find(ctx, tx, ids)
	return Page{people, at.String()}, err
}

// find returns people in the order of ids.
func (s *Service) find(ctx context.Context, tx *database.Tx, ids []int64) ([]Person, error) {
	return s.findColumns(ctx, tx, allColumns, ids)
}

// findColumns is find with only some columns of the accounts.
func (s *Service) findColumns(ctx context.Context, tx *database.Tx, columns string, ids []int64) ([]Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := rowsOf(ctx, tx, columns, ids)
	if err != nil {
		return nil, err
	}
	memberships, err := group.Of(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	groups := map[int64][]string{}
	for _, m := range memberships {
		groups[m.AccountID] = append(groups[m.AccountID], m.Name)
	}
	asked, err := s.askedInPause(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	people := make([]Person, 0, len(ids))
	for _, id := range ids {
		if row, ok := rows[id]; ok { // not deleted meanwhile
			people = append(people, s.person(&row, groups[id], asked[id]))
		}
	}
	return people, nil
}

func stateOf(a *account.Account) State {
	switch {
	case a.Disabled():
		return Disabled
	case !a.HasPassword():
		return Invited
	}
	return Enabled
}

// person returns what lists say about an account.
func (s *Service) person(row *personRow, groups []string, asked policy.Obligation) Person {
	p := Person{Account: row.Account, State: stateOf(&row.Account), AppState: s.appStateOf(row), CodesLeft: row.CodesLeft, Groups: groups,
		FactorSince: row.BoundAt, FactorUsed: row.LastUsedAt}
	if row.HasApp {
		p.Factors = append(p.Factors, App)
	}
	for _, kind := range passkey.Kinds() {
		if len(passkey.Of(row.Keys, kind)) > 0 {
			p.Factors = append(p.Factors, FactorKind(kind))
		}
	}
	for _, k := range row.Keys {
		if p.FactorSince == 0 || k.CreatedAt < p.FactorSince {
			p.FactorSince = k.CreatedAt
		}
		p.FactorUsed = max(p.FactorUsed, k.LastUsedAt)
	}
	p.SecondFactor = s.secondFactorOf(row, p.AppState, asked)
	return p
}

// cursor is the last row that was looked at: what the list is sorted by, and the id.
type cursor struct {
	Key string
	ID  int64
}

// String is the cursor as clients carry it, "" = the beginning.
func (c cursor) String() string {
	if c == (cursor{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.ID, 10) + " " + c.Key))
}

func parseCursor(text string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	number, key, found := strings.Cut(string(raw), " ")
	id, numberErr := strconv.ParseInt(number, 10, 64)
	if errors.Join(err, numberErr) != nil || !found || id < 1 {
		return cursor{}, apperr.OfField("after", "malformed")
	}
	return cursor{key, id}, nil
}
