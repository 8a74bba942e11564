package auth_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

// keeper is the operator at the key ring.
func (h *kit) keeper() auth.Keeper {
	return auth.Keeper{DB: h.db, Now: h.clock.Now, Version: "test", Host: "test"}
}

// edit changes a key file as the commands do.
func (h *kit) edit(path string, change func(f *secretbox.File) error) {
	h.Helper()
	h.must(secretbox.Edit(path, change))
}

// addKey puts a new key into a key file.
func (h *kit) addKey(path string) (id string) {
	h.Helper()
	h.edit(path, func(f *secretbox.File) error { id = f.Add(); return nil })
	return id
}

// useKey makes a key of a key file seal.
func (h *kit) useKey(path, id string) {
	h.Helper()
	h.edit(path, func(f *secretbox.File) error {
		if err := f.Use(id); err != nil {
			return err
		}
		return h.keeper().Use(h.ctx, f.Keyring())
	})
	h.must(h.keeper().Note(h.ctx, audit.RingKeyUsed, id))
}

// retireKey takes a key out of the database's hands and of a key file.
func (h *kit) retireKey(path, id string) error {
	return secretbox.Edit(path, func(f *secretbox.File) error {
		if err := h.keeper().Retire(h.ctx, id, f.Holds(id)); err != nil {
			return err
		}
		return f.Remove(id)
	})
}

func (h *kit) reseal(ring *secretbox.Keyring) int64 {
	h.Helper()
	p, err := h.keeper().Reseal(h.ctx, ring, func(auth.Progress) error { return nil })
	h.must(err)
	return p.Done
}

// distribute copies a key file to another instance, which finds all of it or
// all of the former one.
func (h *kit) distribute(from, to string) {
	h.Helper()
	text, err := os.ReadFile(from)
	h.must(err)
	h.must(os.WriteFile(to+".new", text, 0o600))
	h.must(os.Rename(to+".new", to))
}

// instance is another server on the same database with a copy of the key file.
func (h *kit) instance(t *testing.T) *kit {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	h.distribute(h.ringPath, path)
	other := newKit(t, h.db)
	ring, err := secretbox.Load(path)
	h.must(err)
	other.Deps.Keys, other.ring, other.ringPath, other.clock = ring, ring, path, h.clock
	other.Deps.Now = h.clock.Now
	other.Service = auth.New(other.Deps)
	return other
}

// sealedBy counts what a ring key seals.
func (h *kit) sealedBy(id string) int64 {
	h.Helper()
	n, err := totp.CountSealedBy(h.ctx, h.db.Read(h.ctx), id)
	h.must(err)
	return n
}

func (h *kit) fits(ring *secretbox.Keyring) error {
	return errors.Join(h.keeper().CheckKeys(h.ctx, ring), auth.KeysFit(h.ctx, h.db, ring))
}

func (h *kit) load(path string) *secretbox.Keyring {
	h.Helper()
	ring, err := secretbox.Load(path)
	h.must(err)
	return ring
}

// A whole rotation with two instances, each of which is started anew or goes on
// running at every step.
func TestRotation(t *testing.T) {
	each(t, func(a *kit) {
		browser, phone := withKey(a)
		b := a.instance(a.T)
		old := a.ring.CurrentID()
		working := func(step string) {
			a.Helper()
			for name, h := range map[string]*kit{"first": a, "second": b} {
				if err := h.fits(h.load(h.ringPath)); err != nil {
					a.Errorf("%s: the %s instance does not start: %v", step, name, err)
				}
				if err := auth.KeysFit(h.ctx, h.db, h.ring); err != nil {
					a.Errorf("%s: the %s instance is not ready: %v", step, name, err)
				}
				browser.kit = h
				a.clock.move(time.Minute)
				browser.tokens = auth.Tokens{}
				browser.signIn("anna", goodPassword)
				if err := browser.verify(phone.code(0)); err != nil {
					a.Errorf("%s: no sign-in at the %s instance: %v", step, name, err)
				}
			}
		}
		working("before")
		fresh := a.addKey(a.ringPath)
		working("added to one")
		b.distribute(a.ringPath, b.ringPath)
		working("added to both")
		a.useKey(a.ringPath, fresh)
		working("used by one")
		if n := a.reseal(a.load(a.ringPath)); n != 1 {
			a.Errorf("resealed %d seeds, want 1", n)
		}
		working("resealed")
		b.distribute(a.ringPath, b.ringPath)
		working("used by both")
		a.must(a.retireKey(a.ringPath, old))
		working("retired in one file")
		b.distribute(a.ringPath, b.ringPath)
		working("retired in both files")
		if n := a.sealedBy(fresh); n != 1 || a.sealedBy(old) != 0 {
			a.Errorf("the new key seals %d, the old one %d", n, a.sealedBy(old))
		}
		canaries, err := canary.List(a.ctx, a.db.Read(a.ctx))
		a.must(err)
		if len(canaries) != 1 || canaries[0].RingKeyID != fresh {
			a.Errorf("canaries are %+v", canaries)
		}
		for _, h := range []*kit{a, b} {
			browser.kit = h
			browser.tokens = auth.Tokens{}
			a.clock.move(time.Minute)
			browser.signIn("anna", goodPassword)
			a.must(browser.verify(phone.code(0)))
			phone = browser.setUp() // a move, sealed by whatever seals now
		}
		if n := a.sealedBy(fresh); n != 1 {
			a.Errorf("after the moves the new key seals %d", n)
		}
	})
}

func TestUnusedRotationStepsLeaveNoTrace(t *testing.T) {
	each(t, func(h *kit) {
		withKey(h)
		added := h.addKey(h.ringPath)
		h.must(h.retireKey(h.ringPath, added))
		if err := h.fits(h.load(h.ringPath)); err != nil {
			t.Errorf("a key that was added and retired again: %v", err)
		}
		h.refused(h.keeper().Retire(h.ctx, "0123456789abcdef", false), apperr.NotFound)
		h.must(h.keeper().Retire(h.ctx, added, false)) // again, after it was stopped in between
	})
}

// Other instances may run with a key that has sealed nothing yet: a newcomer
// with another key file must not take it away from them.
func TestAnotherKeyFileIsRefusedBeforeAnythingIsSealed(t *testing.T) {
	each(t, func(h *kit) {
		h.must(h.fits(h.ring))
		if n := h.sealedBy(h.ring.CurrentID()); n != 0 {
			t.Fatalf("%d seeds are sealed", n)
		}
		other := h.load(ringFile(t))
		if err := h.fits(other); err == nil || !strings.Contains(err.Error(), "imagemaster key lost "+h.ring.CurrentID()) {
			t.Errorf("a server with another key starts: %v", err)
		}
		h.must(auth.KeysFit(h.ctx, h.db, h.ring)) // who was ready stays ready
		_, err := h.keeper().DeclareKeyLost(h.ctx, h.ring.CurrentID())
		h.must(err)
		h.must(h.fits(other))
	})
}

func TestRetireIsRefusedWhileInUse(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		old := h.ring.CurrentID()
		offered := b.begin() // a pending key counts as well
		h.useKey(h.ringPath, h.addKey(h.ringPath))
		refuse := func(what string) {
			h.Helper()
			if err := h.retireKey(h.ringPath, old); err == nil || !strings.Contains(err.Error(), "key reseal") {
				t.Errorf("%s: %v", what, err)
			}
			if !slices.Contains(h.load(h.ringPath).IDs(), old) {
				t.Errorf("%s: the key is gone from the file", what)
			}
			retired, err := canary.Retired(h.ctx, h.db.Read(h.ctx), old)
			h.must(err)
			if retired {
				t.Errorf("%s: the key counts as retired", what)
			}
		}
		refuse("pending key")
		h.must(b.confirm(offered.code(0)))
		refuse("live key")
		h.must(h.fits(h.load(h.ringPath)))
		h.reseal(h.load(h.ringPath))
		h.must(h.retireKey(h.ringPath, old))
		if err := secretbox.Edit(h.ringPath, func(f *secretbox.File) error { return f.Remove(f.Keyring().CurrentID()) }); !errors.Is(err, secretbox.ErrSeals) {
			t.Errorf("the key that seals was removed: %v", err)
		}
	})
}

// An instance whose key file nobody has changed must not go on sealing with a
// key that is retired elsewhere: nobody could read what it stores.
func TestRetiredKeySealsNothing(t *testing.T) {
	each(t, func(a *kit) {
		stale := signedInAnna(a)
		stale.kit = a.instance(t)
		old := a.ring.CurrentID()
		fresh := a.addKey(a.ringPath)
		a.useKey(a.ringPath, fresh)
		a.must(a.retireKey(a.ringPath, old))
		_, err := stale.BeginEnrollment(a.ctx, stale.caller())
		if !errors.Is(err, canary.ErrRetired) || a.sealedBy(old) != 0 {
			t.Fatalf("%v, %d sealed by the retired key", err, a.sealedBy(old))
		}
		if err := auth.KeysFit(a.ctx, a.db, stale.ring); err == nil || !strings.Contains(err.Error(), fresh) && !strings.Contains(err.Error(), old) {
			t.Errorf("the instance counts as ready: %v", err)
		}
		if err := a.keeper().CheckKeys(a.ctx, a.load(stale.ringPath)); err == nil || !strings.Contains(err.Error(), "was retired") {
			t.Errorf("it starts: %v", err)
		}
		_, err = a.keeper().Reseal(a.ctx, a.load(stale.ringPath), func(auth.Progress) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "was retired") {
			t.Errorf("its key file reseals: %v", err)
		}

		// It sleeps until the file without its key lies there.
		a.distribute(a.ringPath, stale.ringPath)
		p := stale.begin()
		a.must(stale.confirm(p.code(0)))
		if a.sealedBy(old) != 0 || a.sealedBy(fresh) != 1 {
			t.Errorf("the retired key seals %d, the new one %d", a.sealedBy(old), a.sealedBy(fresh))
		}
		a.must(auth.KeysFit(a.ctx, a.db, stale.ring))
	})
}

func TestSleepingInstanceBecomesReadyByItself(t *testing.T) {
	each(t, func(a *kit) {
		withKey(a)
		b := a.instance(t)
		old := a.ring.CurrentID()
		a.useKey(a.ringPath, a.addKey(a.ringPath))
		a.reseal(a.load(a.ringPath))
		a.must(a.retireKey(a.ringPath, old))
		if err := auth.KeysFit(a.ctx, a.db, b.ring); err == nil {
			t.Error("an instance without the new key counts as ready")
		}
		a.distribute(a.ringPath, b.ringPath)
		a.must(auth.KeysFit(a.ctx, a.db, b.ring))
		if b.ring.CurrentID() == old {
			t.Error("it still seals with the retired key")
		}
	})
}

// Retiring and sealing at the same moment, the one beginning at every point of
// the other: no seed is left that only the retired key can open.
func TestRetiringMeetsSealing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		b := signedInAnna(h)
		retired, refused := 0, 0
		for round := range 24 {
			// This instance never hears of another key file.
			outdated := h.withRing(t, ringFile(t))
			old := outdated.ring.CurrentID()
			begin, looks := make(chan struct{}), 0
			outdated.Deps.Now = func() time.Time {
				if looks++; looks == 1+round%6 {
					close(begin)
				}
				return h.clock.Now()
			}
			outdated.Service = auth.New(outdated.Deps)
			c := b.caller()
			var sealing sync.WaitGroup
			sealing.Go(func() {
				_, err := outdated.BeginEnrollment(h.ctx, c)
				if err != nil && !errors.Is(err, canary.ErrRetired) {
					t.Error(err)
				}
				for ; looks <= 6; looks++ { // it looked at the clock less often
					if looks == round%6 {
						close(begin)
					}
				}
			})
			<-begin
			err := h.keeper().Retire(h.ctx, old, true)
			sealing.Wait()
			switch n := h.sealedBy(old); {
			case err == nil && n != 0:
				t.Fatalf("round %d: the key was retired and seals %d seeds", round, n)
			case err == nil:
				retired++
			case n == 0 || !strings.Contains(err.Error(), "still seals"):
				t.Fatalf("round %d: refused for nothing: %v", round, err)
			default:
				refused++
			}
			h.must(b.CancelEnrollment(h.ctx, b.caller()))
		}
		// Which is first is up to the scheduler; each order has a test of its own.
		t.Logf("retired first %d times, sealed first %d times", retired, refused)
	})
}

// withRing is an instance with a key file of its own.
func (h *kit) withRing(t *testing.T, path string) *kit {
	t.Helper()
	ring := h.load(path)
	other := newKit(t, h.db)
	other.Deps.Keys, other.ring, other.ringPath, other.clock = ring, ring, path, h.clock
	other.Deps.Now = h.clock.Now
	other.Service = auth.New(other.Deps)
	return other
}

// What is done to the ring stands in the trail, by the operator (standards H11).
func TestRingEvents(t *testing.T) {
	each(t, func(h *kit) {
		withKey(h)
		old := h.ring.CurrentID()
		added := h.addKey(h.ringPath)
		h.must(h.keeper().Note(h.ctx, audit.RingKeyAdded, added))
		h.useKey(h.ringPath, added)
		h.reseal(h.load(h.ringPath))
		h.must(h.retireKey(h.ringPath, old))
		_, err := h.keeper().DeclareKeyLost(h.ctx, added)
		h.must(err)
		h.must(h.fits(h.load(h.ringPath)))
		var got []string
		for _, e := range h.events() {
			if !strings.HasPrefix(string(e.Kind), "ring_") {
				continue
			}
			got = append(got, string(e.Kind))
			actor := audit.Operator
			if e.Kind == audit.RingKeyFound {
				actor = audit.System
			}
			if e.Actor != actor || e.AccountID != nil || e.Version != "test" || e.Host != "test" || !e.Time().Equal(h.clock.Now()) {
				t.Errorf("event %+v", e)
			}
		}
		want := "ring_key_added ring_key_used ring_resealed ring_key_retired ring_key_lost ring_key_found"
		if strings.Join(got, " ") != want {
			t.Errorf("events %v\nwant %s", got, want)
		}
	})
}
