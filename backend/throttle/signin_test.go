package throttle_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/throttle"
)

func attempt(name, address string) throttle.SignInAttempt {
	return throttle.SignInAttempt{NameKey: name, Address: address}
}

func (d *kit) signIn(a throttle.SignInAttempt, at time.Time) time.Duration {
	d.Helper()
	err := d.db.InTx(context.Background(), func(tx *database.Tx) error {
		return throttle.ReserveSignIn(context.Background(), tx, a, at)
	})
	var wait *throttle.WaitError
	if errors.As(err, &wait) {
		return wait.Left
	}
	if err != nil {
		d.Fatal(err)
	}
	return 0
}

func (d *kit) right(a throttle.SignInAttempt, at time.Time) {
	d.Helper()
	d.in(func(ctx context.Context, tx *database.Tx) error { return throttle.ReleaseSignIn(ctx, tx, a, at) })
}

func TestPasswordCurvePerNameAndAddress(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		a, at := attempt("anna", "192.0.2.1"), noon
		for _, want := range []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute} {
			if wait := d.signIn(a, at); wait != 0 {
				t.Fatalf("wait is %v", wait)
			}
			if want > 0 {
				if wait := d.signIn(a, at); wait != want {
					t.Fatalf("wait is %v, want %v", wait, want)
				}
			}
			at = at.Add(want)
		}
		for _, other := range []throttle.SignInAttempt{attempt("anna", "192.0.2.2"), attempt("otto", "192.0.2.1"), {DeviceID: 7}} {
			if wait := d.signIn(other, noon); wait != 0 {
				t.Errorf("%+v waits %v for somebody else's failures", other, wait)
			}
		}
	})
}

func TestAKnownBrowserHasItsOwnCurve(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		a := throttle.SignInAttempt{DeviceID: 7, NameKey: "anna", Address: "192.0.2.1"}
		for range 5 {
			d.signIn(a, noon)
		}
		if wait := d.signIn(a, noon); wait != 30*time.Second {
			t.Errorf("wait is %v", wait)
		}
		if wait := d.signIn(attempt("anna", "192.0.2.1"), noon); wait != 0 {
			t.Errorf("a known browser's failures count against its address: %v", wait)
		}
		d.right(a, noon)
		if wait := d.signIn(a, noon); wait != 0 {
			t.Errorf("wait is %v after a right password", wait)
		}
	})
}

func TestHundredADayPerName(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		for i := range 100 {
			if wait := d.signIn(attempt("anna", strconv.Itoa(i)), noon.Add(time.Duration(i)*time.Minute)); wait != 0 {
				t.Fatalf("try %d waits %v", i, wait)
			}
		}
		at := noon.Add(2 * time.Hour)
		if wait := d.signIn(attempt("anna", "new"), at); wait != 22*time.Hour {
			t.Errorf("wait is %v", wait)
		}
		if wait := d.signIn(attempt("otto", "new"), at); wait != 0 {
			t.Errorf("another name waits %v", wait)
		}
		if wait := d.signIn(attempt("anna", "new"), noon.Add(24*time.Hour)); wait != 0 {
			t.Errorf("the next day waits %v", wait)
		}
	})
}

func TestThirtyPerAddressThenOneInTwentySeconds(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		name := 0
		next := func(at time.Time) time.Duration {
			name++
			return d.signIn(attempt(strconv.Itoa(name), "192.0.2.1"), at)
		}
		for range 30 {
			if wait := next(noon); wait != 0 {
				t.Fatalf("wait is %v", wait)
			}
		}
		if wait := next(noon); wait != 20*time.Second {
			t.Errorf("wait is %v", wait)
		}
		if wait := next(noon.Add(20 * time.Second)); wait != 0 {
			t.Errorf("wait is %v after an interval", wait)
		}
		if wait := next(noon.Add(25 * time.Second)); wait != 15*time.Second {
			t.Errorf("wait is %v", wait)
		}
	})
}

// However often a right password is given, no limit is used up.
func TestRightPasswordsCostNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		a := attempt("anna", "192.0.2.1")
		for i := range 110 {
			if wait := d.signIn(a, noon); wait != 0 {
				t.Fatalf("right password %d waits %v", i, wait)
			}
			d.right(a, noon)
		}
	})
}

// A held back try must not be counted by any budget.
func TestAHeldBackTryIsNotCounted(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		a := attempt("anna", "192.0.2.1")
		for range 100 {
			d.signIn(a, noon)
		}
		for i := range 25 {
			if wait := d.signIn(attempt("other"+strconv.Itoa(i), "192.0.2.1"), noon); wait != 0 {
				t.Fatalf("try %d waits %v", i, wait)
			}
		}
	})
}

func TestOldPasswordBudgetsArePruned(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		d.signIn(attempt("anna", "192.0.2.1"), noon)
		prune := func(at time.Time) (n int64) {
			d.in(func(ctx context.Context, tx *database.Tx) (err error) {
				n, err = throttle.PruneSignIns(ctx, tx, at, 2)
				return err
			})
			return n
		}
		if n := prune(noon.Add(24 * time.Hour)); n != 0 {
			t.Errorf("%d pruned too early", n)
		}
		late := noon.Add(24*time.Hour + time.Millisecond)
		if a, b, c := prune(late), prune(late), prune(late); a != 2 || b != 1 || c != 0 {
			t.Errorf("pruned %d, %d, %d", a, b, c)
		}
	})
}
