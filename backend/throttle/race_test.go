package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/throttle"
)

func TestMain(m *testing.M) {
	waits := func(err error) bool { var wait *throttle.WaitError; return errors.As(err, &wait) }
	testdb.Main(m,
		testdb.Claim{Name: "code", Lost: waits, Run: func(ctx context.Context, db *database.DB, arg string) error {
			id, err := strconv.ParseInt(arg, 10, 64)
			if err != nil {
				return err
			}
			_, err = fail(ctx, db, budget(id, throttle.App, throttle.Unknown), noon)
			return err
		}},
		testdb.Claim{Name: "password", Lost: waits, Run: func(ctx context.Context, db *database.DB, name string) error {
			return failSignIn(ctx, db, attempt(name, "192.0.2.1"), noon)
		}},
		testdb.Claim{Name: "password from many addresses", Lost: waits, Run: func(ctx context.Context, db *database.DB, name string) error {
			return failSignIn(ctx, db, attempt(name, fmt.Sprint(addresses.Add(1))), noon)
		}},
	)
}

// addresses numbers the addresses of one racing process; the other process uses the
// same, so each address is used twice.
var addresses atomic.Int64

func TestTwoHundredParallelTriesDoNotOvershoot(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		d, o := raceKit(t, engine)
		got := testdb.Race(t, o, "code", strconv.FormatInt(d.id, 10))
		if got.Won != 5 || got.Lost != 195 {
			t.Errorf("%d tries allowed, %d held back", got.Won, got.Lost)
		}
		if n := d.number("SELECT failures FROM code_budgets WHERE method = 'totp' AND lane = 'unknown'"); n != 5 {
			t.Errorf("%d failures counted, want 5", n)
		}
	})
}

// raceKit is a kit on a database that other processes may open.
func raceKit(t *testing.T, engine string) (*kit, database.Options) {
	t.Helper()
	o := testdb.Options(t, engine)
	db := testdb.Open(t, o)
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return newKit(t, db), o
}

// Parallel first failures of a name all want to make the same rows. None is lost,
// and no more than the five free ones are compared.
func TestTwoHundredParallelFirstPasswordsDoNotOvershoot(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		d, o := raceKit(t, engine)
		if got := testdb.Race(t, o, "password", "fresh"); got.Won != 5 || got.Lost != 195 {
			t.Errorf("%d tries allowed, %d held back", got.Won, got.Lost)
		}
		if n := d.number("SELECT sum(failures) FROM sign_in_budgets"); n != 3*5 {
			t.Errorf("name and address, day and address have counted %d failures, want 15", n)
		}
	})
}

// The same from a hundred addresses, each used twice: the name has 100 a day.
func TestParallelFirstPasswordsFromManyAddresses(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		d, o := raceKit(t, engine)
		if got := testdb.Race(t, o, "password from many addresses", "fresh"); got.Won != 100 || got.Lost != 100 {
			t.Errorf("%d tries allowed, %d held back", got.Won, got.Lost)
		}
		if n := d.number("SELECT sum(failures) FROM sign_in_budgets"); n != 3*100 {
			t.Errorf("name and address, day and address have counted %d failures, want 300", n)
		}
	})
}
