package testdb_test

import (
	"context"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func TestEachDatabaseIsFresh(t *testing.T) {
	for range 2 {
		testdb.Each(t, func(t *testing.T, db *database.DB) {
			var accounts int64
			if err := db.Read(t.Context()).Raw("SELECT count(*) FROM accounts").Scan(&accounts).Error; err != nil || accounts != 0 {
				t.Fatalf("accounts = %d, %v; want none", accounts, err)
			}
		})
	}
}

func TestWatchCommits(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		commits := testdb.WatchCommits(t, db)
		write := func(end error) error {
			return db.InTx(t.Context(), func(tx *database.Tx) error {
				if err := tx.Exec("UPDATE setup SET completed_at = completed_at + 1").Error; err != nil {
					t.Error(err)
				}
				return end
			})
		}
		got := commits.Of(func() {
			_, _ = write(nil), write(nil)
			if write(context.Canceled) == nil {
				t.Error("no error")
			}
			var n int
			db.Read(t.Context()).Raw("SELECT count(*) FROM setup").Scan(&n)
		})
		if got != 2 {
			t.Errorf("counted %d commits, want 2", got)
		}
		if db.Engine() == database.SQLite {
			commits.Refuse(true)
			if write(nil) == nil {
				t.Error("a refused commit is no error")
			}
			commits.Refuse(false)
			if err := write(nil); err != nil {
				t.Error(err)
			}
		}
	})
}
