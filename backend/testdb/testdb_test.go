package testdb_test

import (
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
