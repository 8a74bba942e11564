package totp_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	testdb.Main(m, testdb.Claim{
		Name: "spend",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			id, err := strconv.ParseInt(arg, 10, 64)
			if err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error {
				k, err := totp.Find(ctx, tx, id)
				if err != nil {
					return err
				}
				return totp.Spend(ctx, tx, k, totp.Step(noon), noon)
			})
		},
		Lost: func(err error) bool { return errors.Is(err, totp.ErrReplayed) },
	}, testdb.Claim{
		Name: "wrong code of a pending key",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			id, err := strconv.ParseInt(arg, 10, 64)
			if err != nil {
				return err
			}
			p, err := totp.FindPending(ctx, db.Read(ctx), id, 1, noon)
			if err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error { return countFailure(ctx, tx, p) })
		},
		Lost: func(err error) bool { return errors.Is(err, totp.ErrNotFound) },
	})
}

// countFailure counts a wrong code against a pending key that has a try left.
func countFailure(ctx context.Context, tx *database.Tx, p *totp.Pending) error {
	locked, err := totp.LockPending(ctx, tx, p, noon)
	if err != nil {
		return err
	}
	return totp.CountFailure(ctx, tx, locked)
}

// kit is a database with an account, a session and a key ring.
type kit struct {
	*testing.T
	db      *database.DB
	ring    *secretbox.Keyring
	account *account.Account
	session *session.Session
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	if err := secretbox.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	ring, err := secretbox.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &kit{T: t, db: db, ring: ring}
	r.in(func(tx *database.Tx) (err error) {
		if r.account, err = account.Create(context.Background(), tx, account.New{Username: "anna", PasswordHash: "x"}, noon); err != nil {
			return err
		}
		r.session = r.createSession(tx)
		return nil
	})
	return r
}

func (r *kit) createSession(tx *database.Tx) *session.Session {
	r.Helper()
	s := &session.Session{AccountID: r.account.ID, Epoch: 1, Level: session.LevelPassword}
	if _, _, err := session.Create(context.Background(), tx, s, session.Limits{}, noon); err != nil {
		r.Fatal(err)
	}
	return s
}

// in runs work in a transaction that must succeed.
func (r *kit) in(work func(tx *database.Tx) error) {
	r.Helper()
	if err := r.db.InTx(context.Background(), work); err != nil {
		r.Fatal(err)
	}
}

// try runs work in a transaction and returns its error.
func (r *kit) try(work func(tx *database.Tx) error) error {
	return r.db.InTx(context.Background(), work)
}

func (r *kit) offer(sessionID int64, replaces []byte) *totp.Pending {
	r.Helper()
	keyID := make([]byte, 16)
	rand.Read(keyID)
	p := &totp.Pending{SessionID: sessionID, AccountID: r.account.ID, Epoch: 1, Label: "anna",
		Sealed: totp.Seal(r.ring, r.account.ID, keyID, totp.NewSeed()), ReplacesKeyID: replaces}
	r.in(func(tx *database.Tx) error {
		_, err := totp.Offer(context.Background(), tx, p, noon)
		return err
	})
	return p
}

func (r *kit) bind(p *totp.Pending, at time.Time) error {
	return r.try(func(tx *database.Tx) error {
		locked, err := totp.LockPending(context.Background(), tx, p, at)
		if err != nil {
			return err
		}
		return totp.Bind(context.Background(), tx, locked, "phone", totp.Step(at), at)
	})
}

func (r *kit) key() *totp.Key {
	r.Helper()
	k, err := totp.Find(context.Background(), r.db.Read(context.Background()), r.account.ID)
	if err != nil {
		r.Fatal(err)
	}
	return k
}

func (r *kit) wants(err, want error) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Errorf("got %v, want %v", err, want)
	}
}

func TestSpendAcceptsRisingStepsOnly(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		if err := r.bind(r.offer(r.session.ID, nil), noon); err != nil {
			t.Fatal(err)
		}
		at, bound := totp.Step(noon), r.key()
		for _, try := range []struct {
			step int64
			want error
		}{{at, totp.ErrReplayed}, {at - 1, totp.ErrReplayed}, {at + 2, nil}, {at + 2, totp.ErrReplayed}, {at + 1, totp.ErrReplayed}, {at + 3, nil}} {
			err := r.try(func(tx *database.Tx) error {
				return totp.Spend(context.Background(), tx, bound, try.step, noon)
			})
			r.wants(err, try.want)
		}
		if k := r.key(); k.LastStep != at+3 || k.LastUsedAt != noon.UnixMilli() {
			t.Errorf("key is %+v", k)
		}
	})
}

func TestSpendIsForOneKeyOnly(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		if err := r.bind(r.offer(r.session.ID, nil), noon); err != nil {
			t.Fatal(err)
		}
		former := r.key()
		second := r.offer(r.session.ID, former.KeyID)
		if err := r.bind(second, noon); err != nil {
			t.Fatal(err)
		}
		err := r.try(func(tx *database.Tx) error {
			return totp.Spend(context.Background(), tx, former, totp.Step(noon)+1, noon)
		})
		r.wants(err, totp.ErrReplayed)
	})
}

func TestOneOfTwoHundredClaimsOfAStepWins(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		r := newKit(t, db)
		if err := r.bind(r.offer(r.session.ID, nil), noon.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
		got := testdb.Race(t, o, "spend", strconv.FormatInt(r.account.ID, 10))
		if got.Won != 1 || got.Lost != 199 {
			t.Errorf("%d won and %d lost", got.Won, got.Lost)
		}
	})
}

func TestBindRefusesWhatHasChanged(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		var other *session.Session
		r.in(func(tx *database.Tx) error { other = r.createSession(tx); return nil })

		first, rival := r.offer(r.session.ID, nil), r.offer(other.ID, nil)
		if err := r.bind(first, noon); err != nil {
			t.Fatal(err)
		}
		r.wants(r.bind(first, noon), totp.ErrNotFound) // taken
		r.wants(r.bind(rival, noon), totp.ErrChanged)  // begun for an account without a key
		r.wants(r.bind(r.offer(other.ID, nil), noon), totp.ErrChanged)
		r.wants(r.bind(r.offer(other.ID, bytes.Repeat([]byte{1}, 16)), noon), totp.ErrChanged)

		late := r.offer(r.session.ID, r.key().KeyID)
		r.wants(r.bind(late, noon.Add(10*time.Minute)), totp.ErrNotFound)
		if err := r.bind(late, noon.Add(10*time.Minute-time.Millisecond)); err != nil {
			t.Errorf("in time: %v", err)
		}
	})
}

// A refused Bind must leave the pending key for another try.
func TestRefusedBindRollsBack(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		if err := r.bind(r.offer(r.session.ID, nil), noon); err != nil {
			t.Fatal(err)
		}
		p := r.offer(r.session.ID, nil)
		r.wants(r.bind(p, noon), totp.ErrChanged)
		if _, err := totp.FindPending(context.Background(), db.Read(context.Background()), r.session.ID, 1, noon); err != nil {
			t.Errorf("the pending key is gone: %v", err)
		}
	})
}

func TestSeedOpensInItsOwnRowOnly(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		seed := totp.NewSeed()
		keyID, otherID := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 16)
		sealed := totp.Seal(r.ring, 7, keyID, seed)
		if got, err := sealed.Open(r.ring, 7); err != nil || !bytes.Equal(got, seed) {
			t.Errorf("opens to %x, %v", got, err)
		}
		if _, err := sealed.Open(r.ring, 8); err == nil {
			t.Error("opens for another account")
		}
		sealed.KeyID = otherID
		if _, err := sealed.Open(r.ring, 7); err == nil {
			t.Error("opens under another key's id")
		}
		if _, err := newKit(t, testdb.New(t, testdb.SQLite)).openAs(totp.Seal(r.ring, 7, keyID, seed)); err == nil {
			t.Error("opens with another ring")
		}
	})
}

func (r *kit) openAs(s totp.Sealed) ([]byte, error) { return s.Open(r.ring, 7) }

// What stands in the database must not give the seed away.
func TestStoredRowHoldsNoSeed(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		r := newKit(t, db)
		p := r.offer(r.session.ID, nil)
		seed, err := p.Open(r.ring, r.account.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.bind(p, noon); err != nil {
			t.Fatal(err)
		}
		stored := hex.EncodeToString(r.key().SealedSeed)
		if strings.Contains(stored, hex.EncodeToString(seed)) {
			t.Error("the seed is stored in the clear")
		}
		if got, err := r.key().Open(r.ring, r.account.ID); err != nil || !bytes.Equal(got, seed) {
			t.Errorf("a pending seed must be promoted as it is sealed: %v", err)
		}
	})
}

// A row whose seed is empty or cut short opens to nothing: a library would make
// codes from it (standards A16).
func TestShortSeedDoesNotOpen(t *testing.T) {
	r := newKit(t, testdb.New(t, testdb.SQLite))
	keyID := bytes.Repeat([]byte{1}, 16)
	for _, size := range []int{0, 1, 15} {
		if got, err := totp.Seal(r.ring, 7, keyID, make([]byte, size)).Open(r.ring, 7); !errors.Is(err, totp.ErrShortSeed) || got != nil {
			t.Errorf("%d bytes open to %x, %v", size, got, err)
		}
	}
	if got, err := totp.Seal(r.ring, 7, keyID, make([]byte, 16)).Open(r.ring, 7); err != nil || len(got) != 16 {
		t.Errorf("16 bytes open to %x, %v", got, err)
	}
}
