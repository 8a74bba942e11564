package throttle_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/throttle"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func budget(id int64, method throttle.Method, lane throttle.Lane) throttle.Budget {
	return throttle.Budget{AccountID: id, Method: method, Lane: lane}
}

// fail judges a wrong code and counts it, in one transaction.
func fail(ctx context.Context, db *database.DB, b throttle.Budget, at time.Time) (s throttle.State, err error) {
	err = db.InTx(ctx, func(tx *database.Tx) error {
		if s, err = throttle.Lock(ctx, tx, b); err != nil {
			return err
		}
		if held := s.Refusal(at); held != nil {
			return held
		}
		s, err = throttle.Fail(ctx, tx, s, at)
		return err
	})
	return s, err
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
		if err != nil {
			return err
		}
		id = a.ID
		return throttle.Create(ctx, tx, id)
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

func (d *kit) fail(b throttle.Budget, at time.Time) throttle.State {
	d.Helper()
	s, err := fail(context.Background(), d.db, b, at)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// settle judges a right code and calls Pass or Reset, in one transaction.
func (d *kit) settle(b throttle.Budget, at time.Time, decide func(context.Context, *database.Tx, throttle.State) error) {
	d.Helper()
	d.in(func(ctx context.Context, tx *database.Tx) error {
		s, err := throttle.Lock(ctx, tx, b)
		if err != nil {
			return err
		}
		return errors.Join(s.Refusal(at), decide(ctx, tx, s))
	})
}

func (d *kit) read(b throttle.Budget) throttle.State {
	d.Helper()
	s, err := throttle.Read(context.Background(), d.db.Read(context.Background()), b)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

func (d *kit) mustWait(b throttle.Budget, at time.Time, want time.Duration) {
	d.Helper()
	for name, held := range map[string]error{"read": d.read(b).Refusal(at), "locked": func() error {
		_, err := fail(context.Background(), d.db, b, at)
		return err
	}()} {
		var wait *throttle.WaitError
		if !errors.As(held, &wait) || wait.Left != want {
			d.Errorf("%s: got %v, want a wait of %v", name, held, want)
		}
	}
}

func (d *kit) number(query string, args ...any) (n int64) {
	d.Helper()
	if err := d.db.Read(context.Background()).Raw(query, args...).Scan(&n).Error; err != nil {
		d.Fatal(err)
	}
	return n
}

// The whole curve: 5 free, 30 s doubling to 1 h, 34 tries in the first day.
func TestCurve(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.App, throttle.Unknown)
		at, tries := noon, 0
		waits := []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute,
			8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour}
		for at.Before(noon.Add(24 * time.Hour)) {
			s := d.fail(b, at)
			want := time.Hour
			if tries < len(waits) {
				want = waits[tries]
			}
			if s.Wait() != want || s.TriesLeft() != max(4-tries, 0) {
				t.Fatalf("try %d: wait %v, want %v; %d tries left", tries+1, s.Wait(), want, s.TriesLeft())
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
			got, err := throttle.Dead(context.Background(), db.Read(context.Background()), d.id, throttle.App)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		at := noon
		for lane, stop := range map[throttle.Lane]int{throttle.Known: 40, throttle.Unknown: 60} {
			b := budget(d.id, throttle.App, lane)
			if dead() {
				t.Fatal("dead before both lanes are stopped")
			}
			for n := 1; n <= stop; n++ {
				at = at.Add(time.Hour)
				if s := d.fail(b, at); s.Stopped() != (n == stop) {
					t.Fatalf("%s: stopped is %v after %d", lane, s.Stopped(), n)
				}
			}
			if _, err := fail(context.Background(), db, b, at.Add(1000*time.Hour)); !errors.Is(err, throttle.ErrStopped) {
				t.Errorf("%s: got %v", lane, err)
			}
		}
		if !dead() {
			t.Error("both lanes are stopped and the key is not dead")
		}
		d.fail(budget(d.id, throttle.BackupCode, throttle.Known), at) // the other method is not concerned
		d.in(func(ctx context.Context, tx *database.Tx) error {
			return throttle.ResetMethod(ctx, tx, d.id, throttle.App)
		})
		if dead() {
			t.Error("dead after a new key was bound")
		}
		if s := d.read(budget(d.id, throttle.BackupCode, throttle.Known)); s.TriesLeft() != 4 {
			t.Errorf("a new key leaves %d tries with a backup code, want 4", s.TriesLeft())
		}
	})
}

func TestBudgetsAreApart(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		full := budget(d.id, throttle.App, throttle.Unknown)
		for range 5 {
			d.fail(full, noon)
		}
		d.mustWait(full, noon, 30*time.Second)
		others := []throttle.Budget{
			budget(d.id, throttle.App, throttle.Known),
			budget(d.id, throttle.BackupCode, throttle.Unknown),
			budget(newAccount(d, "otto"), throttle.App, throttle.Unknown),
		}
		for _, b := range others {
			if s := d.fail(b, noon); s.TriesLeft() != 4 {
				t.Errorf("%+v: %d tries left", b, s.TriesLeft())
			}
		}
		d.settle(full, noon.Add(30*time.Second), throttle.Reset)
		if s := d.fail(full, noon); s.TriesLeft() != 4 {
			t.Errorf("after a reset: %d tries left", s.TriesLeft())
		}
		for _, b := range others {
			if s := d.read(b); s.TriesLeft() != 4 {
				t.Errorf("%+v: %d tries left after the reset of another", b, s.TriesLeft())
			}
		}
		d.in(func(ctx context.Context, tx *database.Tx) error { return throttle.ResetAll(ctx, tx, d.id) })
		for b, want := range map[throttle.Budget]int{full: 5, others[0]: 5, others[1]: 5, others[2]: 4} {
			if s := d.read(b); s.TriesLeft() != want {
				t.Errorf("%+v: %d tries left after the account's reset, want %d", b, s.TriesLeft(), want)
			}
		}
	})
}

// The six budgets are there before the first try, and go with the account.
func TestBudgetsAreMadeWithTheAccount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		if n := d.number("SELECT count(*) FROM code_budgets WHERE account_id = ? AND failures = 0", d.id); n != 6 {
			t.Errorf("%d budgets, want 6", n)
		}
		if _, err := fail(context.Background(), db, budget(d.id+1, throttle.App, throttle.Known), noon); err == nil {
			t.Error("a try without a budget is allowed")
		}
		d.in(func(_ context.Context, tx *database.Tx) error { return tx.Exec("DELETE FROM accounts").Error })
		if n := d.number("SELECT count(*) FROM code_budgets"); n != 0 {
			t.Errorf("%d budgets of no account", n)
		}
	})
}

// A right code in a step-up neither costs a try nor ends the counting.
func TestPassCostsNoTryAndEndsNoCounting(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.App, throttle.Known)
		at := noon
		for range 7 {
			at = at.Add(10 * time.Minute)
			d.fail(b, at)
		}
		at = at.Add(10 * time.Minute)
		for range 3 { // the eighth try was right each time
			d.settle(b, at, throttle.Pass)
		}
		if s := d.fail(b, at); s.Wait() != 4*time.Minute {
			t.Errorf("wait is %v: a right code has changed the counting", s.Wait())
		}
		d.mustWait(b, at, 4*time.Minute)
	})
}

// Each decision writes the row, also one that changes no other column: in a
// cluster, only rows that are written collide.
func TestEachDecisionRaisesTheSerial(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.App, throttle.Known)
		serial := func() int64 {
			return d.number("SELECT serial FROM code_budgets WHERE account_id = ? AND method = 'totp' AND lane = 'known'", d.id)
		}
		for i, decide := range []func(){
			func() { d.settle(b, noon, throttle.Pass) },
			func() { d.settle(b, noon, throttle.Reset) },
			func() { d.fail(b, noon) },
			func() {
				d.in(func(ctx context.Context, tx *database.Tx) error {
					return throttle.ResetMethod(ctx, tx, d.id, throttle.App)
				})
			},
			func() {
				d.in(func(ctx context.Context, tx *database.Tx) error { return throttle.ResetAll(ctx, tx, d.id) })
			},
		} {
			if decide(); serial() != int64(i+1) {
				t.Errorf("serial is %d after %d decisions", serial(), i+1)
			}
		}
	})
}

// A decision about a budget that has changed since it was read does nothing.
func TestAStaleStateDecidesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.App, throttle.Unknown)
		for range 4 {
			d.fail(b, noon)
		}
		stale := d.read(b)
		d.fail(b, noon)
		for name, decide := range map[string]func(ctx context.Context, tx *database.Tx) error{
			"pass":  func(ctx context.Context, tx *database.Tx) error { return throttle.Pass(ctx, tx, stale) },
			"reset": func(ctx context.Context, tx *database.Tx) error { return throttle.Reset(ctx, tx, stale) },
			"fail": func(ctx context.Context, tx *database.Tx) error {
				_, err := throttle.Fail(ctx, tx, stale, noon)
				return err
			},
		} {
			ctx := context.Background()
			if err := db.InTx(ctx, func(tx *database.Tx) error { return decide(ctx, tx) }); err == nil {
				t.Errorf("%s: a stale state was accepted", name)
			}
		}
		d.mustWait(b, noon, 30*time.Second)
	})
}

// A wait set while the clock was ahead would never run out; the failures count.
func TestAClockSetBackDoesNotLengthenAWait(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		b := budget(d.id, throttle.App, throttle.Unknown)
		for range 5 {
			d.fail(b, noon)
		}
		d.mustWait(b, noon.Add(-30*time.Second), 30*time.Second)
		earlier := noon.Add(-48 * time.Hour)
		if s := d.fail(b, earlier); s.Wait() != time.Minute {
			t.Errorf("wait is %v", s.Wait())
		}
		d.mustWait(b, earlier, time.Minute)
		d.fail(b, earlier.Add(time.Minute))
	})
}
