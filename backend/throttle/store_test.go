package throttle_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/throttle"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	testdb.Main(m, testdb.Claim{
		Name: "reserve",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			id, err := strconv.ParseInt(arg, 10, 64)
			if err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error {
				_, err := throttle.Reserve(ctx, tx, budget(id, throttle.TOTP, throttle.Unknown), noon)
				return err
			})
		},
		Lost: func(err error) bool { var wait *throttle.WaitError; return errors.As(err, &wait) },
	})
}

func budget(id int64, kind throttle.Kind, lane throttle.Lane) throttle.Budget {
	return throttle.Budget{AccountID: id, Kind: kind, Lane: lane}
}

// kit is a database with one account whose tries are counted.
type kit struct {
	*testing.T
	db *database.DB
	id int64
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	d := &kit{T: t, db: db}
	d.id = newAccount(d, "anna")
	return d
}

func newAccount(d *kit, name string) (id int64) {
	d.Helper()
	d.in(func(ctx context.Context, tx *database.Tx) error {
		a, err := account.Create(ctx, tx, account.New{Username: name, PasswordHash: "x"}, noon)
		if err == nil {
			id = a.ID
		}
		return err
	})
	return id
}

func (d *kit) in(work func(ctx context.Context, tx *database.Tx) error) {
	d.Helper()
	ctx := context.Background()
	if err := d.db.InTx(ctx, func(tx *database.Tx) error { return work(ctx, tx) }); err != nil {
		d.Fatal(err)
	}
}

func (d *kit) reserve(b throttle.Budget, at time.Time) (*throttle.Reservation, error) {
	var r *throttle.Reservation
	err := d.db.InTx(context.Background(), func(tx *database.Tx) (err error) {
		r, err = throttle.Reserve(context.Background(), tx, b, at)
		return err
	})
	return r, err
}

func (d *kit) mustReserve(b throttle.Budget, at time.Time) *throttle.Reservation {
	d.Helper()
	r, err := d.reserve(b, at)
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *kit) mustWait(b throttle.Budget, at time.Time, want time.Duration) {
	d.Helper()
	_, err := d.reserve(b, at)
	var wait *throttle.WaitError
	if !errors.As(err, &wait) || wait.Left != want {
		d.Errorf("got %v, want a wait of %v", err, want)
	}
}

// The whole curve: 5 free, 30 s doubling to 1 h, 34 tries in the first day.
func TestCurve(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.TOTP, throttle.Unknown)
		at, tries := noon, 0
		waits := []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute,
			8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour}
		for at.Before(noon.Add(24 * time.Hour)) {
			r := d.mustReserve(b, at)
			want := time.Hour
			if tries < len(waits) {
				want = waits[tries]
			}
			if r.Wait() != want || r.TriesLeft() != max(4-tries, 0) {
				t.Fatalf("try %d: wait %v, want %v; %d tries left", tries+1, r.Wait(), want, r.TriesLeft())
			}
			tries++
			if want > 0 {
				d.mustWait(b, at, want)
				d.mustWait(b, at.Add(want-time.Millisecond), time.Millisecond)
			}
			at = at.Add(want)
		}
		if tries != 34 {
			t.Errorf("%d tries in a day, want 34", tries)
		}
	})
}

func TestLanesStopAndThenTheKeyIsDead(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		dead := func() bool {
			got, err := throttle.Dead(context.Background(), db.Read(context.Background()), d.id, throttle.TOTP)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		at := noon
		for lane, stop := range map[throttle.Lane]int{throttle.Known: 40, throttle.Unknown: 60} {
			b := budget(d.id, throttle.TOTP, lane)
			if dead() {
				t.Fatal("dead before both lanes are stopped")
			}
			for n := 1; n <= stop; n++ {
				at = at.Add(time.Hour)
				if r := d.mustReserve(b, at); r.Stopped() != (n == stop) {
					t.Fatalf("%s: stopped is %v after %d", lane, r.Stopped(), n)
				}
			}
			if _, err := d.reserve(b, at.Add(1000*time.Hour)); !errors.Is(err, throttle.ErrStopped) {
				t.Errorf("%s: got %v", lane, err)
			}
		}
		if !dead() {
			t.Error("both lanes are stopped and the key is not dead")
		}
		d.mustReserve(budget(d.id, throttle.Backup, throttle.Known), at) // the other kind is not concerned
		d.in(func(ctx context.Context, tx *database.Tx) error {
			return throttle.ResetKind(ctx, tx, d.id, throttle.TOTP)
		})
		if dead() {
			t.Error("dead after a new key was bound")
		}
	})
}

func TestBudgetsAreApart(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		full := budget(d.id, throttle.TOTP, throttle.Unknown)
		for range 5 {
			d.mustReserve(full, noon)
		}
		d.mustWait(full, noon, 30*time.Second)
		for _, b := range []throttle.Budget{
			budget(d.id, throttle.TOTP, throttle.Known),
			budget(d.id, throttle.Backup, throttle.Unknown),
			budget(newAccount(d, "otto"), throttle.TOTP, throttle.Unknown),
		} {
			if r := d.mustReserve(b, noon); r.TriesLeft() != 4 {
				t.Errorf("%+v: %d tries left", b, r.TriesLeft())
			}
		}
		d.in(func(ctx context.Context, tx *database.Tx) error { return throttle.Reset(ctx, tx, full) })
		if r := d.mustReserve(full, noon); r.TriesLeft() != 4 {
			t.Errorf("after a reset: %d tries left", r.TriesLeft())
		}
	})
}

func TestReleaseGivesBackOneTryAndItsWait(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.TOTP, throttle.Known)
		release := func(r *throttle.Reservation) {
			d.in(func(ctx context.Context, tx *database.Tx) error { return throttle.Release(ctx, tx, r) })
		}
		at := noon
		for range 7 {
			at = at.Add(10 * time.Minute)
			d.mustReserve(b, at)
		}
		at = at.Add(10 * time.Minute)
		for range 3 { // the eighth try was right each time
			release(d.mustReserve(b, at))
		}
		if r := d.mustReserve(b, at); r.Wait() != 4*time.Minute {
			t.Errorf("wait is %v: a right answer used up a try", r.Wait())
		}
		d.mustWait(b, at, 4*time.Minute)
	})
}

// A failure between a reservation and its release keeps its wait.
func TestReleaseKeepsTheWaitOfOthers(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.TOTP, throttle.Unknown)
		for range 5 {
			d.mustReserve(b, noon)
		}
		right := d.mustReserve(b, noon.Add(30*time.Second))
		at := noon.Add(90 * time.Second)
		d.mustReserve(b, at)
		d.in(func(ctx context.Context, tx *database.Tx) error { return throttle.Release(ctx, tx, right) })
		d.mustWait(b, at, time.Minute)
	})
}

// A wait set while the clock was ahead would never run out; the failures count.
func TestAClockSetBackDoesNotLengthenAWait(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.TOTP, throttle.Unknown)
		for range 5 {
			d.mustReserve(b, noon)
		}
		d.mustWait(b, noon.Add(-30*time.Second), 30*time.Second)
		earlier := noon.Add(-48 * time.Hour)
		if r := d.mustReserve(b, earlier); r.Wait() != time.Minute {
			t.Errorf("wait is %v", r.Wait())
		}
		d.mustWait(b, earlier, time.Minute)
		d.mustReserve(b, earlier.Add(time.Minute))
	})
}

func TestTwoHundredParallelTriesDoNotOvershoot(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		d := newKit(t, db)
		got := testdb.Race(t, o, "reserve", strconv.FormatInt(d.id, 10))
		if got.Won != 5 || got.Lost != testdb.All()-5 {
			t.Errorf("%d tries allowed, %d held back", got.Won, got.Lost)
		}
	})
}
