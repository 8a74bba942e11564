package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { testdb.Main(m, claims...) }

// kit is a database with one account.
type kit struct {
	*testing.T
	db *database.DB
	id int64
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	k := &kit{T: t, db: db}
	k.id = k.create("anna")
	return k
}

func (k *kit) create(name string) (id int64) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error {
		a, err := account.Create(ctx, tx, account.New{Username: name, PasswordHash: "x"}, noon)
		if err == nil {
			id = a.ID
		}
		return err
	})
	return id
}

// in runs work in a transaction that must succeed.
func (k *kit) in(work func(ctx context.Context, tx *database.Tx) error) {
	k.Helper()
	ctx := context.Background()
	if err := k.db.InTx(ctx, func(tx *database.Tx) error { return work(ctx, tx) }); err != nil {
		k.Fatal(err)
	}
}

// try runs work in a transaction and returns its error.
func (k *kit) try(work func(ctx context.Context, tx *database.Tx) error) error {
	ctx := context.Background()
	return k.db.InTx(ctx, func(tx *database.Tx) error { return work(ctx, tx) })
}

// refused checks that an error is a refusal of one field.
func (k *kit) refused(what string, err error, field, reason string) {
	k.Helper()
	var told *apperr.Error
	if !errors.As(err, &told) || told.Code != apperr.Invalid || !slices.Equal(told.Fields, []apperr.Field{{Name: field, Reason: reason}}) {
		k.Errorf("%s: got %v, want %s on %s", what, err, reason, field)
	}
}

func (k *kit) find(id int64) *account.Account {
	k.Helper()
	a, err := account.Find(context.Background(), k.db.Read(context.Background()), id)
	if err != nil {
		k.Fatal(err)
	}
	return a
}

func (k *kit) pause(id int64, until time.Time) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error { return account.SetPause(ctx, tx, id, until, noon) })
}

func (k *kit) wantPause(id, at, until int64) {
	k.Helper()
	if a := k.find(id); a.PausedAt != at || a.PausedUntil != until {
		k.Errorf("account %d is paused at %d until %d, want %d and %d", id, a.PausedAt, a.PausedUntil, at, until)
	}
}

// What ends a pause: the person, a new key, the removal of all factors.
func TestAPauseIsSetChangedAndEnded(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		k.pause(otto, time.Time{})
		for name, end := range map[string]func(ctx context.Context, tx *database.Tx) error{
			"EndPause":      func(ctx context.Context, tx *database.Tx) error { return account.EndPause(ctx, tx, k.id) },
			"CountKey":      func(ctx context.Context, tx *database.Tx) error { return account.CountKey(ctx, tx, k.id) },
			"ForgetFactors": func(ctx context.Context, tx *database.Tx) error { return account.ForgetFactors(ctx, tx, k.id) },
		} {
			k.pause(k.id, noon.Add(time.Hour))
			k.wantPause(k.id, noon.UnixMilli(), noon.Add(time.Hour).UnixMilli())
			k.pause(k.id, time.Time{}) // until the person enables it
			k.wantPause(k.id, noon.UnixMilli(), 0)
			k.in(end)
			if k.wantPause(k.id, 0, 0); t.Failed() {
				t.Fatalf("after %s", name)
			}
		}
		k.wantPause(otto, noon.UnixMilli(), 0)
	})
}

// Only a pause whose end has come is ended, and only once.
func TestAnOverduePauseIsEndedOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		end := func(at time.Time) (done bool) {
			k.in(func(ctx context.Context, tx *database.Tx) (err error) {
				done, err = account.EndOverduePause(ctx, tx, k.id, at)
				return err
			})
			return done
		}
		late := noon.Add(1000 * time.Hour)
		if end(late) {
			t.Error("a pause that never was has ended")
		}
		k.pause(k.id, time.Time{})
		if end(late) {
			t.Error("a pause without an end has ended")
		}
		k.pause(k.id, noon.Add(time.Hour))
		if end(noon.Add(time.Hour - time.Millisecond)) {
			t.Error("it has ended too early")
		}
		k.wantPause(k.id, noon.UnixMilli(), noon.Add(time.Hour).UnixMilli())
		if first, second := end(noon.Add(time.Hour)), end(noon.Add(time.Hour)); !first || second {
			t.Errorf("ended: %v, and again: %v", first, second)
		}
		k.wantPause(k.id, 0, 0)
	})
}

// raceKit is a kit on a database that other processes may open.
func raceKit(t *testing.T, engine string) (*kit, database.Options) {
	t.Helper()
	o := testdb.Options(t, engine)
	db := testdb.Open(t, o)
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return newKit(t, db), o
}

func TestOverduePauses(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		var ids []int64
		for i, until := range []time.Time{noon.Add(time.Hour), {}, noon.Add(time.Hour + time.Millisecond), noon, noon.Add(time.Minute)} {
			id := k.create(fmt.Sprint("person", i))
			k.pause(id, until)
			ids = append(ids, id)
		}
		for limit, want := range map[int][]int64{10: {ids[0], ids[3], ids[4]}, 2: {ids[0], ids[3]}} {
			got, err := account.OverduePauses(context.Background(), db.Read(context.Background()), noon.Add(time.Hour), limit)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("at most %d: listed %v, %v, want %v", limit, got, err, want)
			}
		}
	})
}

// Wrong codes are counted until a sign-in with both factors. The time until which
// the password is suspect is kept, unless a newer one comes.
func TestWrongCodesAreCounted(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		count := func(suspectUntil int64) {
			k.in(func(ctx context.Context, tx *database.Tx) error {
				return account.CountFailedCode(ctx, tx, k.id, suspectUntil)
			})
		}
		want := func(failed int, suspectUntil int64) {
			t.Helper()
			if a := k.find(k.id); a.FailedCodes != failed || a.SuspectUntil != suspectUntil {
				t.Errorf("%d wrong codes, suspect until %d, want %d and %d", a.FailedCodes, a.SuspectUntil, failed, suspectUntil)
			}
		}
		count(0)
		want(1, 0)
		count(5)
		want(2, 5)
		count(0)
		want(3, 5)
		k.in(func(ctx context.Context, tx *database.Tx) error { return account.ClearFailedCodes(ctx, tx, k.id) })
		want(0, 5)
		k.in(func(ctx context.Context, tx *database.Tx) error {
			return account.SetPasswordHash(ctx, tx, k.id, "y", false, noon)
		})
		want(0, 0)
	})
}

func TestRaiseEpoch(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		for want := int64(2); want <= 3; want++ {
			k.in(func(ctx context.Context, tx *database.Tx) error {
				a, err := account.Lock(ctx, tx, k.id)
				if err != nil {
					return err
				}
				if epoch, err := account.RaiseEpoch(ctx, tx, a); err != nil || epoch != want {
					t.Errorf("epoch %d, %v, want %d", epoch, err, want)
				}
				return nil
			})
			if got := k.find(k.id).Epoch; got != want {
				t.Errorf("epoch %d is stored, want %d", got, want)
			}
		}
		if got := k.find(otto).Epoch; got != 1 {
			t.Errorf("another account has the epoch %d", got)
		}
	})
}

// A name that belongs to nobody reads as much as one that does.
func TestIdentify(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		identify := func(folded string) *account.Identity {
			t.Helper()
			found, err := account.Identify(t.Context(), db.Read(t.Context()), folded)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if found := identify("anna"); found != nil {
			t.Errorf("without accounts there is %+v", found)
		}
		err := db.InTx(t.Context(), func(tx *database.Tx) error {
			for _, name := range []string{"anna", "Otto"} {
				if _, err := account.Create(t.Context(), tx, account.New{Username: name, PasswordHash: "x"}, time.Now()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if found := identify("otto"); found == nil || found.Username != "Otto" || found.ID == 0 || found.Epoch == 0 {
			t.Errorf("otto is %+v", found)
		}
		for _, name := range []string{"nobody", "", "Otto"} {
			if found := identify(name); found != nil {
				t.Errorf("%q is %+v", name, found)
			}
		}
	})
}
