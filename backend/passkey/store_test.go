package passkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// keyClaim is what a racing process needs to create or use a key.
type keyClaim struct {
	Key passkey.Key
	// AccountIDs are the accounts of which one gets the key.
	AccountIDs []int64
}

// turn numbers the tries of this process.
var turn atomic.Int64

func claim(name string, run func(ctx context.Context, tx *database.Tx, c keyClaim) error, lost error) testdb.Claim {
	return testdb.Claim{
		Name: name,
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			var c keyClaim
			if err := json.Unmarshal([]byte(arg), &c); err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error { return run(ctx, tx, c) })
		},
		Lost: func(err error) bool { return errors.Is(err, lost) },
	}
}

func TestMain(m *testing.M) {
	testdb.Main(m,
		claim("use key", func(ctx context.Context, tx *database.Tx, c keyClaim) error {
			return passkey.Use(ctx, tx, &c.Key, passkey.Used{SignCount: c.Key.SignCount + 1}, noon)
		}, passkey.ErrChanged),
		claim("create key", func(ctx context.Context, tx *database.Tx, c keyClaim) error {
			c.Key.AccountID = c.AccountIDs[turn.Add(1)%int64(len(c.AccountIDs))]
			return passkey.Create(ctx, tx, &c.Key)
		}, passkey.ErrExists),
	)
}

// kit is a database with the accounts anna and otto.
type kit struct {
	*testing.T
	db         *database.DB
	anna, otto int64
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	h := &kit{T: t, db: db}
	for name, id := range map[string]*int64{"anna": &h.anna, "otto": &h.otto} {
		h.must(h.in(func(tx *database.Tx) error {
			a, err := account.Create(t.Context(), tx, account.New{Username: name, PasswordHash: "x"}, noon)
			if err == nil {
				*id = a.ID
			}
			return err
		}))
	}
	return h
}

func (h *kit) in(work func(tx *database.Tx) error) error { return h.db.InTx(h.Context(), work) }

func (h *kit) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *kit) wants(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Errorf("got %v, want %v", err, want)
	}
}

// key is a key of an account that is not stored yet.
func key(accountID int64, credential string) passkey.Key {
	return passkey.Key{AccountID: accountID, RPID: "sign-in.example", CredentialID: []byte(credential), PublicKey: []byte("public"),
		SignCount: 7, Transports: "usb,nfc", AAGUID: bytes.Repeat([]byte{9}, 16), Attachment: "cross-platform", Discoverable: true, Verified: true,
		BackupEligible: true, Name: "blue", MadeIn: 3, CreatedAt: noon.UnixMilli(), ResistantAt: noon.Add(72 * time.Hour).UnixMilli()}
}

func (h *kit) create(k passkey.Key) *passkey.Key {
	h.Helper()
	h.must(h.in(func(tx *database.Tx) error { return passkey.Create(h.Context(), tx, &k) }))
	return &k
}

func (h *kit) list(accountID int64) []passkey.Key {
	h.Helper()
	keys, err := passkey.List(h.Context(), h.db.Read(h.Context()), accountID)
	h.must(err)
	return keys
}

func (h *kit) names(accountID int64) (names []string) {
	h.Helper()
	for _, k := range h.list(accountID) {
		names = append(names, k.Name)
	}
	return names
}

func (h *kit) use(k *passkey.Key, used passkey.Used, at time.Time) error {
	return h.in(func(tx *database.Tx) error { return passkey.Use(h.Context(), tx, k, used, at) })
}

func TestAKeyIsStoredWhole(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		want := h.create(key(h.anna, "one"))
		if want.ID == 0 {
			t.Error("the key got no id")
		}
		h.create(key(h.otto, "two"))
		got := h.list(h.anna)
		if len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(*want) {
			t.Errorf("stored %+v\nfound %+v", *want, got)
		}
	})
}

// The longest values that the package allows fit into the columns.
func TestTheLongestKeyIsStored(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		k := key(h.anna, string(bytes.Repeat([]byte{1}, 1023)))
		k.PublicKey, k.SignCount = bytes.Repeat([]byte{2}, 4096), 1<<32-1
		k.Transports, k.Name = "usb,nfc,ble,smart-card,hybrid,internal", string(slices.Repeat([]rune{'𝄞'}, 40))
		k.RPID = string(bytes.Repeat([]byte("a"), 253))
		h.create(k)
		got := h.list(h.anna)[0]
		if !bytes.Equal(got.CredentialID, k.CredentialID) || !bytes.Equal(got.PublicKey, k.PublicKey) || got.SignCount != 4294967295 ||
			got.Transports != k.Transports || got.Name != k.Name || got.RPID != k.RPID {
			t.Errorf("found %+v", got)
		}
	})
}

// Nobody adds a key twice, and nobody adds a key of somebody else.
func TestACredentialBelongsToOneAccount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		h.create(key(h.anna, "one"))
		for _, owner := range []int64{h.anna, h.otto} {
			again := key(owner, "one")
			again.RPID = "other.example"
			h.wants(h.in(func(tx *database.Tx) error { return passkey.Create(t.Context(), tx, &again) }), passkey.ErrExists)
		}
		if len(h.list(h.anna)) != 1 || len(h.list(h.otto)) != 0 {
			t.Error("a second key was stored")
		}
		h.create(key(h.otto, "One")) // ids are bytes
		h.create(key(h.otto, "one "))
	})
}

func TestOneOfTwoHundredClaimsCreatesAKey(t *testing.T) {
	race(t, "create key", func(h *kit) keyClaim {
		return keyClaim{Key: key(0, "one"), AccountIDs: []int64{h.anna, h.otto}}
	}, func(h *kit) {
		if n := len(h.list(h.anna)) + len(h.list(h.otto)); n != 1 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestOneOfTwoHundredClaimsUsesAKey(t *testing.T) {
	race(t, "use key", func(h *kit) keyClaim { return keyClaim{Key: *h.create(key(h.anna, "one"))} }, func(h *kit) {
		if got := h.list(h.anna)[0]; got.SignCount != 8 {
			t.Errorf("the counter is %d", got.SignCount)
		}
	})
}

// race lets two processes try a claim a hundred times each, of which one wins.
func race(t *testing.T, name string, before func(h *kit) keyClaim, after func(h *kit)) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		arg, err := json.Marshal(before(h))
		h.must(err)
		if got := testdb.Race(t, o, name, string(arg)); got.Won != 1 || got.Lost != 199 {
			t.Errorf("%d won and %d lost", got.Won, got.Lost)
		}
		after(h)
	})
}

func TestUseStoresWhatTheAnswerTells(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		k, other := h.create(key(h.anna, "one")), h.create(key(h.anna, "two"))
		h.must(h.use(k, passkey.Used{SignCount: 8, BackupState: true}, noon.Add(time.Hour)))
		got := h.list(h.anna)
		if got[0].SignCount != 8 || !got[0].BackupState || got[0].LastUsedAt != noon.Add(time.Hour).UnixMilli() {
			t.Errorf("stored %+v", got[0])
		}
		if fmt.Sprint(got[1]) != fmt.Sprint(*other) {
			t.Errorf("another key was changed: %+v", got[1])
		}
		h.wants(h.use(k, passkey.Used{SignCount: 9}, noon), passkey.ErrChanged) // it was read before
	})
}

// A key that does not count stands still, also twice within a millisecond.
func TestAKeyWithoutCounterIsUsedAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		still := key(h.anna, "one")
		still.SignCount = 0
		k := h.create(still)
		h.must(h.use(k, passkey.Used{}, noon))
		h.must(h.use(k, passkey.Used{}, noon))
	})
}

// Every statement names the owner: an id of somebody else's key does nothing.
func TestOnlyTheOwnerChangesAKey(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		k := h.create(key(h.anna, "one"))
		h.create(key(h.otto, "two"))
		foreign := *k
		foreign.AccountID = h.otto
		h.wants(h.use(&foreign, passkey.Used{SignCount: 8}, noon), passkey.ErrChanged)
		h.wants(h.in(func(tx *database.Tx) error { return passkey.Rename(t.Context(), tx, h.otto, k.ID, "mine") }), passkey.ErrNotFound)
		h.wants(h.in(func(tx *database.Tx) error { return passkey.Remove(t.Context(), tx, h.otto, k.ID) }), passkey.ErrNotFound)
		if got := h.list(h.anna); len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(*k) {
			t.Errorf("found %+v", got)
		}
		h.must(h.in(func(tx *database.Tx) error { return passkey.Rename(t.Context(), tx, h.anna, k.ID, "green") }))
		if names := h.names(h.anna); !slices.Equal(names, []string{"green"}) {
			t.Errorf("called %v", names)
		}
		h.must(h.in(func(tx *database.Tx) error { return passkey.Remove(t.Context(), tx, h.anna, k.ID) }))
		h.wants(h.in(func(tx *database.Tx) error { return passkey.Remove(t.Context(), tx, h.anna, k.ID) }), passkey.ErrNotFound)
		if len(h.list(h.anna)) != 0 || len(h.list(h.otto)) != 1 {
			t.Error("the wrong key was removed")
		}
	})
}

func TestAllKeysOfOneAccountAreRemoved(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		h.create(key(h.anna, "one"))
		elsewhere := key(h.anna, "two")
		elsewhere.RPID = "old.example"
		h.create(elsewhere)
		h.create(key(h.otto, "three"))
		for range 2 { // also where there is none
			h.must(h.in(func(tx *database.Tx) error { return passkey.RemoveAll(t.Context(), tx, h.anna) }))
		}
		if len(h.list(h.anna)) != 0 || len(h.list(h.otto)) != 1 {
			t.Error("the wrong keys were removed")
		}
	})
}

// Accounts count once, however many keys of another address they have.
func TestAccountsWithKeysOfAnotherAddress(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		for i, k := range []passkey.Key{key(h.anna, "1"), key(h.anna, "2"), key(h.anna, "3"), key(h.otto, "4")} {
			if i < 2 {
				k.RPID = "old.example"
			}
			h.create(k)
		}
		for host, want := range map[string]int64{"sign-in.example": 1, "old.example": 2, "new.example": 2} {
			got, err := passkey.Elsewhere(t.Context(), db.Read(t.Context()), host)
			if err != nil || got != want {
				t.Errorf("%s: %d accounts: %v, want %d", host, got, err, want)
			}
		}
	})
}

// Keys that were given up count no more, until the server comes back to their host.
func TestKeysThatAreGivenUp(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		for host, k := range map[string]passkey.Key{"a.example": key(h.anna, "1"), "b.example": key(h.anna, "2"), "c.example": key(h.otto, "3")} {
			k.RPID = host
			h.create(k)
		}
		now := time.UnixMilli(1_700_000_000_000)
		check := func(host string, accounts, givenUp int64, hosts ...string) {
			t.Helper()
			tx := db.Read(t.Context())
			elsewhere, err := passkey.Elsewhere(t.Context(), tx, host)
			h.must(err)
			lost, err := passkey.GivenUp(t.Context(), tx, host)
			h.must(err)
			names, err := passkey.HostsElsewhere(t.Context(), tx, host)
			h.must(err)
			if elsewhere != accounts || lost != givenUp || !slices.Equal(names, hosts) {
				t.Errorf("at %s: %d accounts with keys of %v, %d given up; want %d, %v, %d", host, elsewhere, names, lost, accounts, hosts, givenUp)
			}
		}
		check("a.example", 2, 0, "b.example", "c.example")
		check("", 2, 0, "a.example", "b.example", "c.example")
		h.must(h.in(func(tx *database.Tx) error { return passkey.GiveUp(t.Context(), tx, "a.example", now) }))
		check("a.example", 0, 2)
		check("b.example", 1, 1, "a.example")
		if keys := h.list(h.otto); keys[0].GivenUpAt != now.UnixMilli() {
			t.Errorf("given up at %d", keys[0].GivenUpAt)
		}
		h.must(h.in(func(tx *database.Tx) error { return passkey.TakeBack(t.Context(), tx, "b.example") }))
		check("a.example", 1, 1, "b.example")
	})
}

// Keys go with their account.
func TestKeysGoWithTheAccount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		h.create(key(h.anna, "one"))
		h.must(h.in(func(tx *database.Tx) error { return tx.Exec("DELETE FROM accounts WHERE id = ?", h.anna).Error }))
		h.create(key(h.otto, "one"))
	})
}
