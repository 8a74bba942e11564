package rotation_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

// says checks that an error names the way out.
func (k *kit) says(what string, err error, want string) {
	k.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		k.Errorf("%s: %v, want %q", what, err, want)
	}
}

func TestAWrongKeyFileIsRefusedUntilTheKeyIsDeclaredLost(t *testing.T) {
	each(t, func(k *kit) {
		k.must(k.fits(k.ring)) // creates the canary
		if n := k.sealedBy(k.ring.CurrentID()); n != 0 {
			t.Fatalf("%d seeds are sealed", n)
		}
		wrong, lost := newKit(t, k.DB), "imagemaster key lost "+k.ring.CurrentID()
		k.says("before anything is sealed", k.fits(wrong.ring), lost)
		k.accounts("anna")
		k.says("after a seed is sealed", k.fits(wrong.ring), lost)
		k.must(k.ready()) // the refused start has changed nothing
		_, err := k.DeclareLost(k.ctx, k.ring.CurrentID())
		k.must(err)
		k.must(k.fits(wrong.ring))
		k.says("the lost key alone", k.fits(k.ring), "imagemaster key lost "+wrong.ring.CurrentID())
	})
}

// An instance that has not read a new key file neither seals with a retired key
// nor counts as ready, and its key file starts and reseals nothing.
func TestAnInstanceThatMissedARotation(t *testing.T) {
	each(t, func(a *kit) {
		a.accounts("anna")
		late := a.instance()
		old := a.ring.CurrentID()
		a.useKey(a.addKey())
		a.resealAll()
		a.must(a.retireKey(old))
		a.says("ready", late.ready(), "does not hold the key "+a.load().CurrentID())
		a.says("start", late.fits(late.load()), "the key "+old+", the first in the key file, was retired")
		a.says("reload", late.Reload(a.ctx, late.ring), "was retired")
		_, err := late.Reseal(a.ctx, late.load(), ignore)
		a.says("reseal", err, "was retired")
		err = a.DB.InTx(a.ctx, func(tx *database.Tx) error { return canary.Hold(a.ctx, tx, late.ring, old, now) })
		if !errors.Is(err, canary.ErrRetired) {
			t.Errorf("the retired key may seal: %v", err)
		}

		late.copyFrom(a)
		a.says("not read yet", late.ready(), "restart the instance or send it SIGHUP")
		if late.ring.CurrentID() != old {
			t.Error("readiness reloads the key file")
		}
		a.must(late.Reload(a.ctx, late.ring))
		a.must(late.ready())
		if late.ring.CurrentID() == old {
			t.Error("it still seals with the retired key")
		}
	})
}

// A retired first key is enough to be not ready, even if every canary opens.
func TestARetiredFirstKeyIsNotReady(t *testing.T) {
	each(t, func(a *kit) {
		old, fresh := a.ring.CurrentID(), a.addKey()
		late := a.instance()
		a.useKey(fresh)
		a.must(a.retireKey(old))
		a.says("ready", late.ready(), "the key "+old+", the first in the key file, was retired")
		a.says("start", late.fits(late.load()), "the key "+old+", the first in the key file, was retired")
	})
}

func TestAReloadOfAFileThatDoesNotFitChangesNothing(t *testing.T) {
	each(t, func(k *kit) {
		k.accounts("anna")
		id := k.ring.CurrentID()
		right, err := os.ReadFile(k.keyFile)
		k.must(err)
		foreign, err := os.ReadFile(newKeyFile(t))
		k.must(err)
		for what, c := range map[string]struct{ text, want string }{
			"foreign": {string(foreign), "does not hold the key " + id},
			"damaged": {"nonsense", "line 1"},
		} {
			k.must(os.WriteFile(k.keyFile, []byte(c.text), 0o600))
			k.says(what, k.Reload(k.ctx, k.ring), c.want)
			k.says(what, k.ready(), c.want)
			if ids := k.ring.IDs(); len(ids) != 1 || ids[0] != id {
				t.Errorf("%s: the ring holds %v", what, ids)
			}
		}
		k.must(os.Remove(k.keyFile))
		if err := k.Reload(k.ctx, k.ring); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("missing: %v", err)
		}
		if err := k.ready(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ready without its key file: %v", err)
		}
		k.must(os.WriteFile(k.keyFile, right, 0o600))
		k.must(k.Reload(k.ctx, k.ring))
		k.must(k.ready())
		canaries, err := canary.List(k.ctx, k.DB.Read(k.ctx))
		k.must(err)
		if len(canaries) != 1 || canaries[0].RingKeyID != id {
			t.Errorf("a refused file left its canary: %+v", canaries)
		}
	})
}

// The order of the keys matters for sealing only, so a file with an added key or
// another first key does not make a running instance unready.
func TestAChangedFileThatFitsDoesNotDisturbReadiness(t *testing.T) {
	each(t, func(k *kit) {
		k.accounts("anna")
		fresh := k.addKey()
		k.must(k.ready())
		if len(k.ring.IDs()) != 1 {
			t.Errorf("readiness reloads the key file: %v", k.ring.IDs())
		}
		k.must(k.Reload(k.ctx, k.ring))
		k.useKey(fresh)
		k.must(k.ready())
		if k.ring.CurrentID() == fresh {
			t.Error("readiness reloads the key file")
		}
	})
}

// A reload takes back a loss as a start does.
func TestALostKeyIsFound(t *testing.T) {
	each(t, func(k *kit) {
		keys := k.accounts("anna")
		_, err := k.DeclareLost(k.ctx, k.ring.CurrentID())
		k.must(err)
		k.must(rotation.Fits(k.ctx, k.DB, k.ring))
		k.must(k.Reload(k.ctx, k.ring))
		lost, err := canary.Lost(k.ctx, k.DB.Read(k.ctx), k.ring.CurrentID())
		k.must(err)
		if lost {
			t.Error("the key still counts as lost")
		}
		k.same(keys, k.ring, k.load())
	})
}

// A key that was only added is not in use: an instance may run without it.
func TestAnAddedKeyIsNotMissed(t *testing.T) {
	each(t, func(k *kit) {
		k.accounts("anna")
		added := k.addKey()
		k.must(k.fits(k.load()))
		k.must(secretbox.Edit(k.keyFile, func(f *secretbox.File) error { return f.Remove(added) }))
		k.must(k.fits(k.load()))
		k.must(k.ready())
	})
}

// A database that cannot be read does not look like a key file that was changed.
func TestAnUnreadableDatabaseIsNoChangedKeyFile(t *testing.T) {
	k := newKit(t, testdb.New(t, testdb.SQLite))
	k.accounts("anna")
	k.must(k.ready())
	away, queries := errors.New("the database is away"), 0
	k.must(k.DB.Read(k.ctx).Callback().Query().Before("gorm:query").Register("away", func(tx *database.Tx) {
		if queries++; queries > 2 { // those that judge the file
			_ = tx.AddError(away)
		}
	}))
	if err := k.ready(); !errors.Is(err, away) || strings.Contains(err.Error(), "has changed") {
		t.Errorf("not ready since %v", err)
	}
}
