package canary_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// ring has keys with these ids, each filled with its number.
func ring(t *testing.T, fill byte, ids ...string) *secretbox.Keyring {
	t.Helper()
	text := ""
	for _, id := range ids {
		secret := make([]byte, 32)
		secret[0], secret[1] = id[15], fill
		text += fmt.Sprintf("%s %s\n", id, base64.StdEncoding.EncodeToString(secret))
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := secretbox.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	one = "0000000000000001"
	two = "0000000000000002"
)

func inTx(t *testing.T, db *database.DB, do func(tx *database.Tx) error) error {
	t.Helper()
	return db.InTx(t.Context(), do)
}

func hold(t *testing.T, db *database.DB, r *secretbox.Keyring, id string) error {
	t.Helper()
	return inTx(t, db, func(tx *database.Tx) error { return canary.Hold(t.Context(), tx, r, id, now) })
}

func retire(t *testing.T, db *database.DB, id string) (known bool) {
	t.Helper()
	err := inTx(t, db, func(tx *database.Tx) (err error) {
		known, err = canary.Retire(t.Context(), tx, id, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func list(t *testing.T, db *database.DB) []canary.Canary {
	t.Helper()
	all, err := canary.List(t.Context(), db.Read(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheFirstHoldLeavesACanary(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		right, wrong := ring(t, 1, one, two), ring(t, 2, one)
		for range 3 {
			if err := hold(t, db, right, one); err != nil {
				t.Fatal(err)
			}
		}
		all := list(t, db)
		if len(all) != 1 || all[0].RingKeyID != one || all[0].Lost() || all[0].CreatedAt != now.UnixMilli() {
			t.Fatalf("canaries are %+v", all)
		}
		if !all[0].Opens(right) || all[0].Opens(wrong) || all[0].Opens(ring(t, 1, two)) {
			t.Error("the canary does not tell the right ring from others")
		}
		if err := hold(t, db, wrong, one); !errors.Is(err, canary.ErrMismatch) {
			t.Errorf("another key of the same id: %v", err)
		}
		if err := hold(t, db, right, two); !errors.Is(err, canary.ErrRetired) {
			t.Errorf("a key that does not seal: %v", err)
		}
	})
}

func TestRetiredForGood(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := ring(t, 1, one)
		if err := hold(t, db, r, one); err != nil {
			t.Fatal(err)
		}
		if !retire(t, db, one) || len(list(t, db)) != 0 {
			t.Errorf("canaries are %+v", list(t, db))
		}
		for range 2 {
			if err := hold(t, db, r, one); !errors.Is(err, canary.ErrRetired) {
				t.Errorf("a retired key seals: %v", err)
			}
		}
		if len(list(t, db)) != 0 {
			t.Error("a refused key left its canary")
		}
		if !retire(t, db, one) {
			t.Error("a retired key is not known")
		}
		if retired, err := canary.Retired(t.Context(), db.Read(t.Context()), one); err != nil || !retired {
			t.Errorf("%v, %v", retired, err)
		}
		if retire(t, db, two) {
			t.Error("a key nobody has seen is known")
		}
	})
}

func TestLostAndFound(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := ring(t, 1, one)
		declare := func(found bool) error {
			return inTx(t, db, func(tx *database.Tx) error {
				if found {
					return canary.DeclareFound(t.Context(), tx, one)
				}
				return canary.DeclareLost(t.Context(), tx, one, now)
			})
		}
		if err := declare(false); !errors.Is(err, canary.ErrNotFound) {
			t.Errorf("an unknown key is lost: %v", err)
		}
		if err := hold(t, db, r, one); err != nil {
			t.Fatal(err)
		}
		if err := declare(true); !errors.Is(err, canary.ErrNotFound) {
			t.Errorf("a key that is not lost is found: %v", err)
		}
		for _, found := range []bool{false, true} {
			if err := declare(found); err != nil {
				t.Fatal(err)
			}
			if err := declare(found); !errors.Is(err, canary.ErrNotFound) {
				t.Errorf("twice: %v", err)
			}
			lost, err := canary.Lost(t.Context(), db.Read(t.Context()), one)
			if err != nil || lost == found || list(t, db)[0].Lost() == found {
				t.Errorf("lost %v, %v", lost, err)
			}
			if err := hold(t, db, r, one); errors.Is(err, canary.ErrRetired) == found {
				t.Errorf("found %v: seals: %v", found, err)
			}
		}
	})
}

// Many may hold a key at the same time: nobody waits for another one.
func TestHoldersDoNotWaitForEachOther(t *testing.T) {
	db := testdb.New(t, testdb.MariaDB)
	r := ring(t, 1, one)
	if err := hold(t, db, r, one); err != nil {
		t.Fatal(err)
	}
	err := inTx(t, db, func(tx *database.Tx) error {
		if err := canary.Hold(t.Context(), tx, r, one, now); err != nil {
			return err
		}
		return hold(t, db, r, one) // in another transaction, while this one is open
	})
	if err != nil {
		t.Error(err)
	}
}
