package backupcode_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	testdb.Main(m, testdb.Claim{
		Name: "spend",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			id, err := strconv.ParseInt(arg, 10, 64)
			if err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error {
				c, err := backupcode.Find(ctx, tx, id, hash(1))
				if err != nil {
					return err
				}
				return backupcode.Spend(ctx, tx, c, noon)
			})
		},
		Lost: func(err error) bool { return errors.Is(err, backupcode.ErrSpent) },
	})
}

// hash stands for the Argon2id key of a code.
func hash(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// kit is a database with one account and its sets.
type kit struct {
	*testing.T
	db *database.DB
	id int64
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	d := &kit{T: t, db: db}
	d.must(d.in(func(ctx context.Context, tx *database.Tx) error {
		a, err := account.Create(ctx, tx, account.New{Username: "anna", PasswordHash: "x"}, noon)
		if err == nil {
			d.id = a.ID
		}
		return err
	}))
	return d
}

func (d *kit) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *kit) in(work func(ctx context.Context, tx *database.Tx) error) error {
	ctx := context.Background()
	return d.db.InTx(ctx, func(tx *database.Tx) error { return work(ctx, tx) })
}

func (d *kit) replace(number int, hashes ...[]byte) {
	d.Helper()
	d.must(d.in(func(ctx context.Context, tx *database.Tx) error {
		return backupcode.Replace(ctx, tx, backupcode.Set{AccountID: d.id, Number: number, CheckWord: "7K2M", CreatedAt: noon.UnixMilli()}, hashes, noon)
	}))
}

func (d *kit) find(h []byte) *backupcode.Code {
	d.Helper()
	c, err := backupcode.Find(context.Background(), d.db.Read(context.Background()), d.id, h)
	d.must(err)
	return c
}

func (d *kit) spend(c *backupcode.Code) error {
	return d.in(func(ctx context.Context, tx *database.Tx) error { return backupcode.Spend(ctx, tx, c, noon) })
}

func (d *kit) wants(err, want error) {
	d.Helper()
	if !errors.Is(err, want) {
		d.Errorf("got %v, want %v", err, want)
	}
}

func TestACodeIsSpentOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		d.replace(1, hash(1), hash(2))
		c := d.find(hash(1))
		d.must(d.spend(c))
		d.wants(d.spend(c), backupcode.ErrSpent)
		set, left, err := backupcode.Current(context.Background(), db.Read(context.Background()), d.id)
		d.must(err)
		if set.Number != 1 || left != 1 || d.find(hash(1)).UsedAt != noon.UnixMilli() {
			t.Errorf("set is %+v, %d left", set, left)
		}
	})
}

// A code read before its set was replaced must be dead when it is spent.
func TestCodesOfAReplacedSetAreDead(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		d.replace(1, hash(1))
		read := d.find(hash(1))
		d.replace(2, hash(2))
		d.wants(d.spend(read), backupcode.ErrSpent)
		if c := d.find(hash(1)); c.ReplacedAt == 0 || c.SetNumber != 1 {
			t.Errorf("code is %+v", c)
		}
		confirm := func(number int) error {
			return d.in(func(ctx context.Context, tx *database.Tx) error {
				return backupcode.Confirm(ctx, tx, d.id, number, noon)
			})
		}
		d.wants(confirm(1), backupcode.ErrNotFound)
		d.must(confirm(2))
		d.wants(confirm(2), backupcode.ErrNotFound)
	})
}

// Of an account 20 sets are stored. A code of an older one is as good as unknown.
func TestTwentySetsAreStored(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		for n := range 25 {
			d.replace(n+1, hash(byte(n+1)), hash(byte(n+101)))
		}
		var rows struct{ Sets, Codes int }
		d.must(db.Read(t.Context()).Raw("SELECT (SELECT count(*) FROM backup_sets) AS sets, (SELECT count(*) FROM backup_codes) AS codes").Scan(&rows).Error)
		if rows.Sets != 20 || rows.Codes != 40 {
			t.Errorf("%+v are stored, want 20 sets and 40 codes", rows)
		}
		if c := d.find(hash(6)); c.SetNumber != 6 || c.ReplacedAt == 0 {
			t.Errorf("the oldest one that is stored is %+v", c)
		}
		_, err := backupcode.Find(t.Context(), db.Read(t.Context()), d.id, hash(5))
		d.wants(err, backupcode.ErrNotFound)
		if set, left, err := backupcode.Current(t.Context(), db.Read(t.Context()), d.id); err != nil || set.Number != 25 || left != 2 {
			t.Errorf("the live set is %+v with %d codes, %v", set, left, err)
		}
	})
}

func TestCodesBelongToTheirAccount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		d.replace(1, hash(1))
		other := &kit{T: t, db: db}
		other.must(other.in(func(ctx context.Context, tx *database.Tx) error {
			a, err := account.Create(ctx, tx, account.New{Username: "otto", PasswordHash: "x"}, noon)
			if err == nil {
				other.id = a.ID
			}
			return err
		}))
		_, err := backupcode.Find(context.Background(), db.Read(context.Background()), other.id, hash(1))
		d.wants(err, backupcode.ErrNotFound)
		stolen := d.find(hash(1))
		stolen.AccountID = other.id
		d.wants(d.spend(stolen), backupcode.ErrSpent)
		d.must(d.in(func(ctx context.Context, tx *database.Tx) error { return backupcode.Remove(ctx, tx, other.id) }))
		d.must(d.spend(d.find(hash(1))))
	})
}

// Only the live set says when a saved code of it was checked.
func TestSetChecked(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		check := func(number int) error {
			return d.in(func(ctx context.Context, tx *database.Tx) error {
				return backupcode.SetChecked(ctx, tx, d.id, number, noon)
			})
		}
		d.wants(check(1), backupcode.ErrNotFound)
		d.replace(1, hash(1))
		d.replace(2, hash(2))
		d.wants(check(1), backupcode.ErrNotFound)
		d.must(check(2))
		set, _, err := backupcode.Current(context.Background(), db.Read(context.Background()), d.id)
		d.must(err)
		if set.Number != 2 || set.CheckedAt != noon.UnixMilli() || set.ConfirmedAt != 0 {
			t.Errorf("set is %+v", set)
		}
	})
}

func TestRemoveLeavesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		d.replace(1, hash(1))
		d.replace(2, hash(2))
		d.must(d.in(func(ctx context.Context, tx *database.Tx) error { return backupcode.Remove(ctx, tx, d.id) }))
		for _, h := range [][]byte{hash(1), hash(2)} {
			_, err := backupcode.Find(context.Background(), db.Read(context.Background()), d.id, h)
			d.wants(err, backupcode.ErrNotFound)
		}
		_, _, err := backupcode.Current(context.Background(), db.Read(context.Background()), d.id)
		d.wants(err, backupcode.ErrNotFound)
	})
}

func TestOneOfTwoHundredClaimsOfACodeWins(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		d := newKit(t, db)
		d.replace(1, hash(1))
		got := testdb.Race(t, o, "spend", strconv.FormatInt(d.id, 10))
		if got.Won != 1 || got.Lost != 199 {
			t.Errorf("%d won and %d lost", got.Won, got.Lost)
		}
	})
}
