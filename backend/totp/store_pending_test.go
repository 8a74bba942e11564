package totp_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

// Ten wrong codes are counted against a pending key. Then it is dead.
func TestAPendingKeyHasTenTries(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		p := r.offer(r.session.ID, nil)
		fail := func() error {
			return r.try(func(tx *database.Tx) error { return countFailure(context.Background(), tx, p) })
		}
		for n := 1; n <= 10; n++ {
			r.wants(fail(), nil)
			if stored := r.pending(); stored.Failures != n || stored.Spent() != (n == 10) {
				t.Errorf("after %d wrong codes: %+v", n, stored)
			}
		}
		r.wants(fail(), totp.ErrNotFound)
		r.wants(r.bind(p, noon), totp.ErrNotFound)
	})
}

func (r *kit) pending() *totp.Pending {
	r.Helper()
	p, err := totp.FindPending(context.Background(), r.db.Read(context.Background()), r.session.ID, 1, noon)
	if err != nil {
		r.Fatal(err)
	}
	return p
}

func TestTwoHundredParallelWrongCodesOfAPendingKey(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		r := newKit(t, db)
		r.offer(r.session.ID, nil)
		got := testdb.Race(t, o, "wrong code of a pending key", strconv.FormatInt(r.session.ID, 10))
		if got.Won != 10 || got.Lost != 190 || r.pending().Failures != 10 {
			t.Errorf("%d were compared, %d were not, %d are counted", got.Won, got.Lost, r.pending().Failures)
		}
	})
}

// The row may have been resealed since it was read: LockPending returns it as it is.
func TestLockPendingReturnsTheRowAsItIsNow(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		read := r.offer(r.session.ID, nil)
		again := totp.Seal(r.ring, r.account.ID, read.KeyID, totp.NewSeed())
		r.in(func(tx *database.Tx) error {
			return tx.Exec("UPDATE pending_keys SET sealed_seed = ?, failures = 4", again.SealedSeed).Error
		})
		r.in(func(tx *database.Tx) error {
			locked, err := totp.LockPending(context.Background(), tx, read, noon)
			if err == nil && (!bytes.Equal(locked.SealedSeed, again.SealedSeed) || locked.Failures != 4) {
				t.Errorf("locked is %+v", locked)
			}
			return err
		})
	})
}

func TestLockPendingWantsOneThatCounts(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		p := r.offer(r.session.ID, nil)
		lock := func(p totp.Pending, at time.Time) error {
			return r.try(func(tx *database.Tx) error {
				_, err := totp.LockPending(context.Background(), tx, &p, at)
				return err
			})
		}
		r.wants(lock(*p, noon.Add(10*time.Minute-time.Millisecond)), nil)
		r.wants(lock(*p, noon.Add(10*time.Minute)), totp.ErrNotFound)
		for name, change := range map[string]func(p *totp.Pending){
			"epoch":   func(p *totp.Pending) { p.Epoch = 2 },
			"key":     func(p *totp.Pending) { p.KeyID = bytes.Repeat([]byte{1}, 16) }, // offered anew since
			"session": func(p *totp.Pending) { p.SessionID++ },
		} {
			stale := *p
			change(&stale)
			if err := lock(stale, noon); !errors.Is(err, totp.ErrNotFound) {
				t.Errorf("another %s: got %v", name, err)
			}
		}
	})
}

func TestAPendingKeyIsExtendedTenTimes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		p := r.offer(r.session.ID, nil)
		extend := func(at time.Time) error {
			return r.try(func(tx *database.Tx) error { return totp.ExtendPending(context.Background(), tx, p, at) })
		}
		r.wants(extend(noon.Add(10*time.Minute)), totp.ErrNotFound) // its time is over
		at := noon
		for range 10 {
			at = at.Add(10*time.Minute - time.Millisecond)
			r.wants(extend(at), nil)
		}
		r.wants(extend(at), totp.ErrNotFound)
		r.wants(r.bind(p, at.Add(10*time.Minute)), totp.ErrNotFound)
		r.wants(r.bind(p, at.Add(10*time.Minute-time.Millisecond)), nil)
	})
}

func TestAPendingKeyIsWithdrawnOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		var other *session.Session
		r.in(func(tx *database.Tx) error { other = r.createSession(tx); return nil })
		p, kept := r.offer(r.session.ID, nil), r.offer(other.ID, nil)
		withdraw := func() error {
			return r.try(func(tx *database.Tx) error { return totp.Withdraw(context.Background(), tx, r.session.ID) })
		}
		r.wants(withdraw(), nil)
		r.wants(withdraw(), totp.ErrNotFound)
		r.wants(r.bind(p, noon), totp.ErrNotFound)
		r.wants(r.bind(kept, noon), nil)
	})
}

// A raised epoch ends the other pending keys of the account, which are then dropped.
func TestDropPendingIsForOneAccount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		p := r.offer(r.session.ID, nil)
		drop := func(accountID int64) {
			r.in(func(tx *database.Tx) error { return totp.DropPending(context.Background(), tx, accountID) })
		}
		drop(r.account.ID + 1)
		r.pending()
		_, err := totp.FindPending(context.Background(), db.Read(context.Background()), p.SessionID, 2, noon)
		r.wants(err, totp.ErrNotFound)
		drop(r.account.ID)
		r.wants(r.bind(p, noon), totp.ErrNotFound)
	})
}

// An offer made while the clock was ahead would outlast its time.
func TestAnOfferFromTheFutureDoesNotCount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		p := r.offer(r.session.ID, nil)
		find := func(at time.Time) error {
			_, err := totp.FindPending(context.Background(), db.Read(context.Background()), p.SessionID, 1, at)
			return err
		}
		if err := find(noon.Add(-5 * time.Minute)); err != nil {
			t.Errorf("a clock that is a little behind: %v", err)
		}
		if err := find(noon.Add(-5*time.Minute - time.Millisecond)); !errors.Is(err, totp.ErrNotFound) {
			t.Errorf("got %v, want %v", err, totp.ErrNotFound)
		}
	})
}
