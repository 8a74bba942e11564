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

// failSignIn judges a wrong password and counts it, in one transaction.
func failSignIn(ctx context.Context, db *database.DB, a throttle.SignInAttempt, at time.Time) error {
	return db.InTx(ctx, func(tx *database.Tx) error {
		s, err := throttle.LockSignIn(ctx, tx, a)
		if err != nil {
			return err
		}
		if wait := s.Wait(at); wait > 0 {
			return &throttle.WaitError{Left: wait}
		}
		return throttle.FailSignIn(ctx, tx, s, at)
	})
}

// signIn gives a wrong password and returns how long it must wait, 0 = it was
// counted.
func (d *kit) signIn(a throttle.SignInAttempt, at time.Time) time.Duration {
	d.Helper()
	before := d.signInWait(a, at)
	err := failSignIn(context.Background(), d.db, a, at)
	var wait *throttle.WaitError
	switch {
	case err == nil && before == 0:
		return 0
	case errors.As(err, &wait) && wait.Left == before:
		return wait.Left
	}
	d.Fatalf("a wait of %v was read, then: %v", before, err)
	return 0
}

// signInWait reads the wait without a lock.
func (d *kit) signInWait(a throttle.SignInAttempt, at time.Time) time.Duration {
	d.Helper()
	s, err := throttle.ReadSignIn(context.Background(), d.db.Read(context.Background()), a)
	if err != nil {
		d.Fatal(err)
	}
	return s.Wait(at)
}

// right gives a right password that must not wait.
func (d *kit) right(a throttle.SignInAttempt, at time.Time) {
	d.Helper()
	d.in(func(ctx context.Context, tx *database.Tx) error {
		s, err := throttle.LockSignIn(ctx, tx, a)
		if err != nil {
			return err
		}
		if wait := s.Wait(at); wait > 0 {
			return &throttle.WaitError{Left: wait}
		}
		return throttle.PassSignIn(ctx, tx, s, at)
	})
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
		d.right(a, noon.Add(30*time.Second))
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

// A site of IPv6 has 65536 addresses. It gets the tries of 16: 480 at once, then
// four in five seconds.
func TestASiteIsLimitedAsSixteenAddresses(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		name := 0
		next := func(site string, at time.Time) time.Duration {
			name++
			a := attempt(strconv.Itoa(name), "address "+strconv.Itoa(name))
			a.Site = site
			return d.signIn(a, at)
		}
		for range 480 {
			if wait := next("2001:db8:1::/48", noon); wait != 0 {
				t.Fatalf("try %d waits %v", name, wait)
			}
		}
		if wait := next("2001:db8:1::/48", noon); wait != 1250*time.Millisecond {
			t.Errorf("wait is %v, want 1.25 s", wait)
		}
		if wait := next("2001:db8:1::/48", noon.Add(1250*time.Millisecond)); wait != 0 {
			t.Errorf("wait is %v after an interval", wait)
		}
		if wait := next("2001:db8:2::/48", noon); wait != 0 {
			t.Errorf("another site waits %v", wait)
		}
		known := throttle.SignInAttempt{DeviceID: 7, NameKey: "anna", Address: "x", Site: "2001:db8:1::/48"}
		if wait := d.signIn(known, noon); wait != 0 {
			t.Errorf("a known browser of the site waits %v", wait)
		}
	})
}

// However often a right password is given, no limit is used up.
func TestRightPasswordsCostNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		a := attempt("anna", "192.0.2.1")
		for range 110 {
			d.right(a, noon)
		}
		if n := d.number("SELECT count(*) FROM sign_in_budgets"); n != 0 {
			t.Errorf("right passwords have opened %d budgets", n)
		}
	})
}

// A right password ends the wait of its name and address. What counts for others
// too stays: the failures of the day and those of the address.
func TestARightPasswordEndsOnlyItsOwnCurve(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		a := attempt("anna", "192.0.2.1")
		for range 6 {
			for range 5 {
				if wait := d.signIn(a, noon); wait != 0 {
					t.Fatalf("wait is %v", wait)
				}
			}
			at := noon.Add(10 * time.Minute) // the address waits no longer, the day does not end
			d.right(a, at)
		}
		if wait := d.signIn(attempt("otto", "192.0.2.1"), noon); wait != 20*time.Second {
			t.Errorf("after 30 failures the address waits %v", wait)
		}
		for i := range 70 {
			if wait := d.signIn(attempt("anna", strconv.Itoa(i)), noon); wait != 0 {
				t.Fatalf("try %d waits %v", i, wait)
			}
		}
		if wait := d.signIn(attempt("anna", "new"), noon); wait != 24*time.Hour {
			t.Errorf("after 100 failures the name waits %v", wait)
		}
	})
}

// A try that waits is read and locked, and counted by no budget.
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
		if wait := d.signIn(attempt("another", "192.0.2.1"), noon); wait != 20*time.Second {
			t.Errorf("after 30 failures the address waits %v", wait)
		}
	})
}

// The wait for the wrong passwords of others does not meet a new password.
func TestForgetDay(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		d := newKit(t, db)
		for i := range 101 {
			d.signIn(attempt("anna", strconv.Itoa(i)), noon)
			d.signIn(attempt("otto", strconv.Itoa(i)), noon)
		}
		d.in(func(ctx context.Context, tx *database.Tx) error { return throttle.ForgetDay(ctx, tx, "anna") })
		if wait := d.signInWait(attempt("anna", "new"), noon); wait != 0 {
			t.Errorf("wait is %v", wait)
		}
		if wait := d.signInWait(attempt("otto", "new"), noon); wait != 24*time.Hour {
			t.Errorf("another name waits %v", wait)
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
