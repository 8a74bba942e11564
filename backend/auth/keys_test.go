package auth_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

// rotation has the use cases of the key ring.
func (h *kit) rotation() rotation.Service {
	return rotation.Service{DB: h.db, Now: h.clock.Now, Version: "test", Host: "test"}
}

// addKey puts a new key into a key file.
func (h *kit) addKey(path string) (id string) {
	h.Helper()
	h.must(secretbox.Edit(path, func(f *secretbox.File) error { id = f.Add(); return nil }))
	return id
}

// useKey makes a key of a key file the first.
func (h *kit) useKey(path, id string) {
	h.Helper()
	h.must(secretbox.Edit(path, func(f *secretbox.File) error {
		if err := f.Use(id); err != nil {
			return err
		}
		return h.rotation().Use(h.ctx, f.Keyring())
	}))
}

// retireKey retires a key and removes it from a key file.
func (h *kit) retireKey(path, id string) error {
	return secretbox.Edit(path, func(f *secretbox.File) error {
		if err := h.rotation().Retire(h.ctx, id, f.Holds(id)); err != nil {
			return err
		}
		return f.Remove(id)
	})
}

func (h *kit) reseal(ring *secretbox.Keyring) int64 {
	h.Helper()
	p, err := h.rotation().Reseal(h.ctx, ring, func(rotation.Progress) error { return nil })
	h.must(err)
	return p.Done
}

// distribute gives an instance another one's key file and lets it read the file.
func (h *kit) distribute(from string) {
	h.Helper()
	text, err := os.ReadFile(from)
	h.must(err)
	h.must(os.WriteFile(h.ringPath+".new", text, 0o600))
	h.must(os.Rename(h.ringPath+".new", h.ringPath))
	h.reload()
}

// reload reads the key file again, as SIGHUP does.
func (h *kit) reload() {
	h.Helper()
	h.must(h.rotation().Reload(h.ctx, h.ring))
}

// instance is another server on the same database with a copy of the key file.
func (h *kit) instance(t *testing.T) *kit {
	t.Helper()
	text, err := os.ReadFile(h.ringPath)
	h.must(err)
	path := filepath.Join(t.TempDir(), "ring.key")
	h.must(os.WriteFile(path, text, 0o600))
	return h.withRing(t, path)
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

// sealedBy counts the seeds that a ring key seals.
func (h *kit) sealedBy(id string) int64 {
	h.Helper()
	n, err := totp.CountSealedBy(h.ctx, h.db.Read(h.ctx), id)
	h.must(err)
	return n
}

func (h *kit) load(path string) *secretbox.Keyring {
	h.Helper()
	ring, err := secretbox.Load(path)
	h.must(err)
	return ring
}

// A whole rotation with two instances: at every step people sign in at both of
// them, and at the end they move to another phone at both.
func TestSignInDuringARotation(t *testing.T) {
	each(t, func(a *kit) {
		browser, phone := withKey(a)
		b := a.instance(a.T)
		old := a.ring.CurrentID()
		signIn := func(h *kit) error {
			browser.kit = h
			a.clock.move(time.Minute)
			browser.tokens = auth.Tokens{}
			browser.signIn("anna", goodPassword)
			return browser.verify(phone.code(0))
		}
		working := func(step string) {
			a.Helper()
			for name, h := range map[string]*kit{"first": a, "second": b, "restarted first": a.withRing(a.T, a.ringPath), "restarted second": b.withRing(a.T, b.ringPath)} {
				if err := signIn(h); err != nil {
					a.Errorf("%s: no sign-in at the %s instance: %v", step, name, err)
				}
			}
		}
		working("before")
		fresh := a.addKey(a.ringPath)
		a.reload()
		working("added to one")
		b.distribute(a.ringPath)
		working("added to both")
		a.useKey(a.ringPath, fresh)
		a.reload()
		working("used by one")
		if n := a.reseal(a.load(a.ringPath)); n != 1 {
			a.Errorf("resealed %d seeds, want 1", n)
		}
		working("resealed")
		b.distribute(a.ringPath)
		working("used by both")
		a.must(a.retireKey(a.ringPath, old))
		a.reload()
		working("retired in one file")
		b.distribute(a.ringPath)
		working("retired in both files")
		if n := a.sealedBy(fresh); n != 1 || a.sealedBy(old) != 0 {
			a.Errorf("the new key seals %d, the old one %d", n, a.sealedBy(old))
		}
		for _, h := range []*kit{a, b} {
			a.must(signIn(h))
			phone = browser.setUp() // a move, sealed by the key that seals now
		}
		if n := a.sealedBy(fresh); n != 1 {
			a.Errorf("after the moves the new key seals %d", n)
		}
	})
}

// An instance that has not read the new key file must not go on sealing with a
// key that is retired: nobody could read what it stores. It answers that it is
// not available, and its readiness says the same.
func TestRetiredKeySealsNothing(t *testing.T) {
	each(t, func(a *kit) {
		late := signedInAnna(a)
		late.kit = a.instance(t)
		old := a.ring.CurrentID()
		fresh := a.addKey(a.ringPath)
		a.useKey(a.ringPath, fresh)
		a.must(a.retireKey(a.ringPath, old))
		_, err := late.BeginEnrollment(a.ctx, late.caller())
		a.refused(err, apperr.Unavailable)
		if !errors.Is(err, canary.ErrRetired) || a.sealedBy(old) != 0 {
			t.Fatalf("%v, %d sealed by the retired key", err, a.sealedBy(old))
		}
		if err := rotation.Ready(a.ctx, a.db, late.ring, late.ringPath); err == nil {
			t.Error("the instance counts as ready")
		}
		late.distribute(a.ringPath)
		p := late.begin()
		a.must(late.confirm(p.code(0)))
		if a.sealedBy(old) != 0 || a.sealedBy(fresh) != 1 {
			t.Errorf("the retired key seals %d, the new one %d", a.sealedBy(old), a.sealedBy(fresh))
		}
		a.must(rotation.Ready(a.ctx, a.db, late.ring, late.ringPath))
	})
}

// The same goes for an instance whose key file holds another key under that id.
func TestAnotherKeyOfThatIDSealsNothing(t *testing.T) {
	each(t, func(a *kit) {
		a.must(a.starts(a.ring))
		late := signedInAnna(a)
		text, err := os.ReadFile(a.ringPath)
		a.must(err)
		id := a.ring.CurrentID()
		at := strings.Index(string(text), id+" ") + len(id) + 1
		other := string(text[:at]) + base64.StdEncoding.EncodeToString(make([]byte, 32)) + string(text[at+44:])
		path := filepath.Join(t.TempDir(), "keys")
		a.must(os.WriteFile(path, []byte(other), 0o600))
		late.kit = a.withRing(t, path)
		_, err = late.BeginEnrollment(a.ctx, late.caller())
		a.refused(err, apperr.Unavailable)
		if a.sealedBy(id) != 0 {
			t.Errorf("%d sealed", a.sealedBy(id))
		}
	})
}

// Retiring and sealing at the same moment, starting at each point of the other
// in turn: no seed is left that only the retired key can open.
func TestRetiringMeetsSealing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		b := signedInAnna(h)
		retired, refused := 0, 0
		for round := range 24 {
			// This instance never reads another key file.
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
				for ; looks <= 6; looks++ { // it has read the clock less often
					if looks == round%6 {
						close(begin)
					}
				}
			})
			<-begin
			err := h.rotation().Retire(h.ctx, old, true)
			sealing.Wait()
			switch n := h.sealedBy(old); {
			case err == nil && n != 0:
				t.Fatalf("round %d: the key was retired and seals %d seeds", round, n)
			case err == nil:
				retired++
			case n == 0 || !strings.Contains(err.Error(), "still seals"):
				t.Fatalf("round %d: refused without a reason: %v", round, err)
			default:
				refused++
			}
			h.must(b.CancelEnrollment(h.ctx, b.caller()))
		}
		// The scheduler decides which is first; each order has a test of its own.
		t.Logf("retired first %d times, sealed first %d times", retired, refused)
	})
}
