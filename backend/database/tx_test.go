package database_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

var errStop = errors.New("stop")

func TestInTxRollsBack(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		write := func(tx *gorm.DB) {
			if err := tx.Exec("UPDATE setup SET completed_at = 1").Error; err != nil {
				t.Error(err)
			}
		}
		runs := 0
		err := db.InTx(t.Context(), func(tx *gorm.DB) error { runs++; write(tx); return errStop })
		if !errors.Is(err, errStop) || runs != 1 {
			t.Errorf("ran %d times and gave %v, want once and the function's error", runs, err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.InTx(t.Context(), func(tx *gorm.DB) error { write(tx); panic("stop") })
		}()
		ctx, cancel := context.WithCancel(t.Context())
		err = db.InTx(ctx, func(tx *gorm.DB) error { write(tx); cancel(); return nil })
		if err == nil {
			t.Error("committed although the context had ended")
		}
		if n := count(t, db, "SELECT completed_at FROM setup"); n != 0 {
			t.Error("something was committed")
		}
		// The one writing connection is free again.
		if err := db.InTx(t.Context(), func(tx *gorm.DB) error { write(tx); return nil }); err != nil {
			t.Error(err)
		}
	})
}

func TestInTxEndsWithTheContext(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ran := false
		if err := db.InTx(ctx, func(*gorm.DB) error { ran = true; return nil }); err == nil || ran {
			t.Errorf("ran: %v, error: %v", ran, err)
		}
	})
}

// busy returns a real SQLITE_BUSY: a second connection that does not wait
// wants the lock held by the transaction.
func busy(t *testing.T, o database.Options) error {
	t.Helper()
	pool, err := sql.Open("sqlite", filepath.Join(o.DataDir, database.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	_, err = pool.ExecContext(t.Context(), "UPDATE setup SET completed_at = 5")
	if err == nil {
		t.Fatal("two writers at once")
	}
	return err
}

func TestInTxRepeatsAfterBusy(t *testing.T) {
	o := testdb.Options(t, testdb.SQLite)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ conflicts, runs int }{{0, 1}, {1, 2}, {4, 5}, {5, 5}, {9, 5}} {
		runs := 0
		err := db.InTx(t.Context(), func(*gorm.DB) error {
			runs++
			if runs <= c.conflicts {
				return fmt.Errorf("wrapped: %w", busy(t, o))
			}
			return nil
		})
		if runs != c.runs || (err == nil) != (c.conflicts < 5) {
			t.Errorf("%d conflicts: ran %d times and gave %v", c.conflicts, runs, err)
		}
	}
}

// A store that sees that another transaction was faster has it run again, and
// nothing stays of the run that lost.
func TestInTxRepeatsAfterErrConflict(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		for _, c := range []struct{ conflicts, runs int }{{0, 1}, {1, 2}, {4, 5}, {5, 5}, {9, 5}} {
			before := count(t, db, "SELECT completed_at FROM setup")
			runs := 0
			err := db.InTx(t.Context(), func(tx *gorm.DB) error {
				runs++
				if err := tx.Exec("UPDATE setup SET completed_at = completed_at + 1").Error; err != nil {
					return err
				}
				if runs <= c.conflicts {
					return fmt.Errorf("wrapped: %w", database.ErrConflict)
				}
				return nil
			})
			want := int64(1)
			if c.conflicts >= 5 {
				want = 0
			}
			if runs != c.runs || errors.Is(err, database.ErrConflict) != (want == 0) {
				t.Errorf("%d conflicts: ran %d times and gave %v", c.conflicts, runs, err)
			}
			if n := count(t, db, "SELECT completed_at FROM setup") - before; n != want {
				t.Errorf("%d conflicts: written %d times, want %d", c.conflicts, n, want)
			}
		}
	})
}

// Two transactions lock two rows in opposite order. One of them is the victim
// of the server's deadlock detection and must succeed in its next run.
func TestInTxRepeatsAfterDeadlock(t *testing.T) {
	db := testdb.New(t, testdb.MariaDB)
	mustCreateAccount(t, db, "a")
	mustCreateAccount(t, db, "b")
	var runs atomic.Int32
	var bothHoldOne sync.WaitGroup
	bothHoldOne.Add(2)
	cross := func(first, second string) error {
		tries := 0
		return db.InTx(t.Context(), func(tx *gorm.DB) error {
			runs.Add(1)
			tries++
			if err := add(tx, first); err != nil {
				return err
			}
			if tries == 1 {
				bothHoldOne.Done()
				bothHoldOne.Wait()
			}
			return add(tx, second)
		})
	}
	errs := make(chan error, 2)
	go func() { errs <- cross("a", "b") }()
	go func() { errs <- cross("b", "a") }()
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if n := runs.Load(); n < 3 {
		t.Errorf("ran %d times: there was no conflict", n)
	}
	if n := count(t, db, "SELECT sum(epoch) FROM accounts"); n != 2+4 {
		t.Errorf("epochs sum up to %d, want 6: each transaction counts once", n)
	}
}

// After a deadlock every further statement of the transaction fails, also where its
// function ignores the error. On MySQL they would commit, each one alone.
func TestNothingHappensAfterADeadlock(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		for _, name := range []string{"a", "b", "c"} {
			mustCreateAccount(t, db, name)
		}
		conflict := error(&mysql.MySQLError{Number: 1213})
		runs := 0
		err := db.InTx(t.Context(), func(tx *gorm.DB) error {
			if runs++; runs > 1 {
				return nil
			}
			// The victim's error, as the driver returns it, without a second transaction.
			failing := tx.Callback().Raw().Before("gorm:raw")
			if err := failing.Register("test:deadlock", func(tx *gorm.DB) { _ = tx.AddError(conflict) }); err != nil {
				return err
			}
			_ = add(tx, "a")
			if err := tx.Callback().Raw().Remove("test:deadlock"); err != nil {
				return err
			}
			var id int64
			for what, err := range map[string]error{
				"exec": add(tx, "b"), "query": tx.Table("accounts").Select("id").Take(&id).Error, "row": tx.Raw("SELECT 1").Scan(&id).Error,
				"update":        tx.Table("accounts").Where("username_folded = 'c'").UpdateColumn("epoch", 9).Error,
				"delete":        tx.Exec("DELETE FROM accounts").Error,
				"other context": add(tx.WithContext(context.Background()), "c"),
			} {
				if !errors.Is(err, conflict) {
					t.Errorf("%s after the deadlock: %v", what, err)
				}
			}
			return nil
		})
		if err != nil || runs != 2 {
			t.Errorf("%v after %d runs", err, runs)
		}
		if n := count(t, db, "SELECT sum(epoch) FROM accounts"); n != 3 {
			t.Errorf("epochs sum up to %d: something was changed", n)
		}
	})
}

func add(tx *gorm.DB, name string) error {
	return tx.Exec("UPDATE accounts SET epoch = epoch + 1 WHERE username_folded = ?", name).Error
}

// The WHERE clause of a later statement must see what others have committed.
func TestTransactionsReadCommitted(t *testing.T) {
	db := testdb.New(t, testdb.MariaDB)
	err := db.InTx(t.Context(), func(tx *gorm.DB) error {
		for want := range int64(2) {
			var n int64
			if err := tx.Raw("SELECT count(*) FROM accounts").Scan(&n).Error; err != nil {
				return err
			}
			if n != want {
				t.Errorf("sees %d accounts, want %d", n, want)
			}
			mustCreateAccount(t, db, fmt.Sprint("user", want))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const claims = 50

// claimAll lets eight workers race for each one-time update of an account's
// epoch and records every win as an audit event.
func claimAll(ctx context.Context, db *database.DB) error {
	const workers = 8
	errs := make(chan error, workers)
	for range workers {
		go func() {
			for n := range claims {
				if err := claim(ctx, db, n+1); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var all []error
	for range workers {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

func claim(ctx context.Context, db *database.DB, epoch int) error {
	return db.InTx(ctx, func(tx *gorm.DB) error {
		won := tx.Exec("UPDATE accounts SET epoch = ? WHERE epoch < ?", epoch+1, epoch+1)
		if won.Error != nil || won.RowsAffected == 0 {
			return won.Error
		}
		return tx.Exec("INSERT INTO audit_events (at, kind, outcome) VALUES (?, 'claim', 'won')", epoch).Error
	})
}

func TestOneTimeUpdatesHaveOneWinner(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustCreateAccount(t, db, "anna")
		wait, wait2 := startJob(t, jobClaim, o), startJob(t, jobClaim, o)
		for _, w := range []func() (string, error){wait, wait2} {
			if out, err := w(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		if n := count(t, db, "SELECT epoch FROM accounts"); n != claims+1 {
			t.Errorf("epoch is %d, want %d", n, claims+1)
		}
		if n := count(t, db, "SELECT count(*) - count(DISTINCT at) FROM audit_events"); n != 0 {
			t.Errorf("%d claims were won twice", n)
		}
		if n := count(t, db, "SELECT count(*) FROM audit_events"); n == 0 {
			t.Error("no claim was won")
		}
	})
}
