package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/opaque"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// A ticket is used once, and a host belongs to one application, also with two processes.
func TestMain(m *testing.M) {
	testdb.Main(m, testdb.Claim{
		Name: "burn",
		Lost: func(err error) bool { return errors.Is(err, app.ErrNotFound) },
		Run: func(ctx context.Context, db *database.DB, token string) error {
			return db.InTx(ctx, func(tx *database.Tx) error { return second(app.Burn(ctx, tx, token, monday)) })
		},
	}, testdb.Claim{
		Name: "create",
		Lost: func(err error) bool { return refusal(err) == "name taken" || refusal(err) == "addresses/0 taken" },
		Run: func(ctx context.Context, db *database.DB, host string) error {
			name, _ := opaque.NewToken()
			return db.InTx(ctx, func(tx *database.Tx) error {
				if err := app.Lock(ctx, tx); err != nil {
					return err
				}
				return app.Create(ctx, tx, &app.Application{Name: name, Addresses: []string{"https://" + host}})
			})
		},
	})
}

func second[T any](_ T, err error) error { return err }

// kit is a database with the account anna.
type kit struct {
	*testing.T
	db   *database.DB
	anna int64
}

func each(t *testing.T, scenario func(k *kit)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { scenario(newKit(t, db)) })
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	k := &kit{T: t, db: db}
	k.in(func(ctx context.Context, tx *database.Tx) error {
		a, err := account.Create(ctx, tx, account.New{Username: "anna", PasswordHash: "x"}, monday)
		if err == nil {
			k.anna = a.ID
		}
		return err
	})
	return k
}

func (k *kit) try(work func(ctx context.Context, tx *database.Tx) error) error {
	return k.db.InTx(k.Context(), func(tx *database.Tx) error { return work(k.Context(), tx) })
}

// in runs work that must succeed.
func (k *kit) in(work func(ctx context.Context, tx *database.Tx) error) {
	k.Helper()
	if err := k.try(work); err != nil {
		k.Fatal(err)
	}
}

// locked runs work as a change to applications.
func (k *kit) locked(work func(ctx context.Context, tx *database.Tx) error) error {
	return k.try(func(ctx context.Context, tx *database.Tx) error {
		if err := app.Lock(ctx, tx); err != nil {
			return err
		}
		return work(ctx, tx)
	})
}

func (k *kit) tryCreate(a *app.Application) error {
	return k.locked(func(ctx context.Context, tx *database.Tx) error { return app.Create(ctx, tx, a) })
}

func (k *kit) tryReplace(a app.Application) error {
	return k.locked(func(ctx context.Context, tx *database.Tx) error { return app.Replace(ctx, tx, &a) })
}

func (k *kit) tryDelete(id int64) error {
	return k.locked(func(ctx context.Context, tx *database.Tx) error { return app.Delete(ctx, tx, id) })
}

// create stores an application at an address, with rules.
func (k *kit) create(name, address string, rules ...app.Rule) app.Application {
	k.Helper()
	a := app.Application{Name: name, Addresses: []string{address}, Rules: rules}
	if err := k.tryCreate(&a); err != nil {
		k.Fatal(err)
	}
	return a
}

func (k *kit) list() []app.Application {
	k.Helper()
	all, err := app.List(k.Context(), k.db.Read(k.Context()))
	if err != nil {
		k.Fatal(err)
	}
	return all
}

func (k *kit) group(name string) (id int64) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error {
		g, err := group.Create(ctx, tx, name, "", monday)
		if err == nil {
			id = g.ID
		}
		return err
	})
	return id
}

// session is a new session of anna.
func (k *kit) session() (id int64) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error {
		s := &session.Session{AccountID: k.anna, Level: session.LevelPassword, Epoch: 1}
		_, _, err := session.Create(ctx, tx, s, session.Limits{}, monday)
		id = s.ID
		return err
	})
	return id
}

// count is how many rows a table has.
func (k *kit) count(table string) (n int) {
	k.Helper()
	if err := k.db.Read(k.Context()).Raw("SELECT COUNT(*) FROM " + table).Scan(&n).Error; err != nil {
		k.Fatal(err)
	}
	return n
}

// issue makes a ticket of a session for an application.
func (k *kit) issue(sessionID, applicationID int64, at time.Time) (token string) {
	k.Helper()
	_, state := opaque.NewToken()
	k.in(func(ctx context.Context, tx *database.Tx) (err error) {
		token, err = app.Issue(ctx, tx, &app.Ticket{SessionID: sessionID, Epoch: 5, ApplicationID: applicationID, Origin: wiki, Page: "/page?x=1", State: state}, at)
		return err
	})
	return token
}

// burn uses a ticket, in a transaction that is committed whatever comes of it.
func (k *kit) burn(token string, at time.Time) (t *app.Ticket, refused error) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error {
		t, refused = app.Burn(ctx, tx, token, at)
		return nil
	})
	return t, refused
}

// open signs a browser in to an application at a host.
func (k *kit) open(sessionID, applicationID int64, host string) (token string, err error) {
	err = k.try(func(ctx context.Context, tx *database.Tx) (err error) {
		token, err = app.Open(ctx, tx, &app.Session{SessionID: sessionID, Host: host, Epoch: 5, ApplicationID: applicationID})
		return err
	})
	return token, err
}
