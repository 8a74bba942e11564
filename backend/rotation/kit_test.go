package rotation_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var now = time.Date(2026, 11, 23, 9, 0, 5, 0, time.UTC)

// kit is an instance: a key file, the ring it has read from it, and a database
// that other instances share.
type kit struct {
	*testing.T
	rotation.Service
	ctx     context.Context
	ring    *secretbox.Keyring
	keyFile string
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	k := &kit{T: t, ctx: t.Context(), keyFile: newKeyFile(t),
		Service: rotation.Service{DB: db, Now: func() time.Time { return now }, Version: "test", Host: "test"}}
	k.ring = k.load()
	return k
}

// each runs a scenario on both engines.
func each(t *testing.T, scenario func(k *kit)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { scenario(newKit(t, db)) })
}

func newKeyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	if err := secretbox.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatalf("unexpected: %v", err)
	}
}

func (k *kit) inTx(work func(tx *database.Tx) error) {
	k.Helper()
	k.must(k.DB.InTx(k.ctx, work))
}

// load reads the key file into another ring, as a command or a start does.
func (k *kit) load() *secretbox.Keyring {
	k.Helper()
	ring, err := secretbox.Load(k.keyFile)
	k.must(err)
	return ring
}

// instance is another instance with a copy of the key file.
func (k *kit) instance() *kit {
	k.Helper()
	other := newKit(k.T, k.DB)
	other.copyFrom(k)
	other.ring = other.load()
	return other
}

// copyFrom puts another instance's key file in place.
func (k *kit) copyFrom(other *kit) {
	k.Helper()
	text, err := os.ReadFile(other.keyFile)
	k.must(err)
	k.must(os.WriteFile(k.keyFile, text, 0o600))
}

func (k *kit) ready() error { return rotation.Ready(k.ctx, k.DB, k.ring, k.keyFile) }

// fits is what a start and doctor find, which must agree.
func (k *kit) fits(ring *secretbox.Keyring) error {
	k.Helper()
	check, fits := k.Check(k.ctx, ring), rotation.Fits(k.ctx, k.DB, ring)
	if (check == nil) != (fits == nil) {
		k.Errorf("a start finds %v, doctor finds %v", check, fits)
	}
	return check
}

// addKey, useKey and retireKey change the key file and the database as the
// commands do.
func (k *kit) addKey() (id string) {
	k.Helper()
	k.must(secretbox.Edit(k.keyFile, func(f *secretbox.File) error { id = f.Add(); return nil }))
	return id
}

func (k *kit) useKey(id string) {
	k.Helper()
	k.must(secretbox.Edit(k.keyFile, func(f *secretbox.File) error {
		if err := f.Use(id); err != nil {
			return err
		}
		return k.Use(k.ctx, f.Keyring())
	}))
}

func (k *kit) retireKey(id string) error {
	return secretbox.Edit(k.keyFile, func(f *secretbox.File) error {
		if err := k.Retire(k.ctx, id, f.Holds(id)); err != nil {
			return err
		}
		return f.Remove(id)
	})
}

// resealAll reseals with the key file and returns how many seeds it resealed.
func (k *kit) resealAll() int64 {
	k.Helper()
	p, err := k.Reseal(k.ctx, k.load(), ignore)
	k.must(err)
	return p.Done
}

func ignore(rotation.Progress) error { return nil }

func (k *kit) sealedBy(id string) int64 {
	k.Helper()
	counts, err := k.SealedCounts(k.ctx, []string{id})
	k.must(err)
	return counts[id]
}

// accounts creates accounts with live keys, sealed by the ring of this instance.
func (k *kit) accounts(names ...string) []totp.Key {
	k.Helper()
	keys := make([]totp.Key, len(names))
	k.inTx(func(tx *database.Tx) error {
		for i, name := range names {
			a, err := account.Create(k.ctx, tx, account.New{Username: name}, now)
			if err != nil {
				return err
			}
			id := fmt.Appendf(nil, "%016d", a.ID)
			keys[i] = totp.Key{AccountID: a.ID, Label: "x",
				Sealed: totp.Seal(k.ring, a.ID, id, totp.NewSeed())}
			if err := tx.Create(&keys[i]).Error; err != nil {
				return err
			}
		}
		return canary.Hold(k.ctx, tx, k.ring, k.ring.CurrentID(), now)
	})
	return keys
}

func numbered(count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("user%d", i)
	}
	return names
}

// offer offers an account a key in a new session, sealed by the ring of this
// instance.
func (k *kit) offer(accountID int64) *totp.Pending {
	k.Helper()
	p := &totp.Pending{AccountID: accountID, Epoch: 1, Label: "x",
		Sealed: totp.Seal(k.ring, accountID, []byte("a pending key id"), totp.NewSeed())}
	k.inTx(func(tx *database.Tx) error {
		s := &session.Session{AccountID: accountID, Epoch: 1, Level: session.LevelPassword}
		if _, _, err := session.Create(k.ctx, tx, s, session.Limits{}, now); err != nil {
			return err
		}
		p.SessionID = s.ID
		if _, err := totp.Offer(k.ctx, tx, p, now); err != nil {
			return err
		}
		return canary.Hold(k.ctx, tx, k.ring, p.RingKeyID, now)
	})
	return p
}

// live returns an account's key as it is stored.
func (k *kit) live(accountID int64) *totp.Key {
	k.Helper()
	key, err := totp.Find(k.ctx, k.DB.Read(k.ctx), accountID)
	k.must(err)
	return key
}

// same checks that seeds are what they were. was opens the former values, ring
// the stored ones, and its first key must have sealed them.
func (k *kit) same(keys []totp.Key, was, ring *secretbox.Keyring) {
	k.Helper()
	for _, former := range keys {
		want, err := former.Open(was, former.AccountID)
		k.must(err)
		stored := k.live(former.AccountID)
		got, err := stored.Open(ring, former.AccountID)
		if err != nil || string(got) != string(want) || stored.RingKeyID != ring.CurrentID() {
			k.Errorf("account %d: %v, sealed by %s", former.AccountID, err, stored.RingKeyID)
		}
	}
}

// damage changes the stored seeds so that they do not open.
func (k *kit) damage(keys ...totp.Key) {
	k.Helper()
	k.inTx(func(tx *database.Tx) error {
		for _, key := range keys {
			damaged := append([]byte{}, key.SealedSeed...)
			damaged[len(damaged)-1] ^= 1
			if err := tx.Model(&totp.Key{}).Where("account_id = ?", key.AccountID).UpdateColumn("sealed_seed", damaged).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

func (k *kit) events() (all []audit.Event) {
	k.Helper()
	k.must(audit.Export(k.ctx, k.DB.Read(k.ctx), time.Time{}, func(e audit.Event) error {
		all = append(all, e)
		return nil
	}))
	return all
}
