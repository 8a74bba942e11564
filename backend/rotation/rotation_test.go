package rotation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/totp"
)

// The order of the manual with two instances. After every step each of them is
// ready, can be restarted and opens every seed, and both can store new ones.
func TestRotationWithTwoInstances(t *testing.T) {
	each(t, func(a *kit) {
		keys := a.accounts("anna")
		b := a.instance()
		old := a.ring.CurrentID()
		works := func(step string) {
			a.Helper()
			for name, k := range map[string]*kit{"first": a, "second": b} {
				if err := k.ready(); err != nil {
					a.Errorf("%s: the %s instance is not ready: %v", step, name, err)
				}
				if err := k.fits(k.load()); err != nil {
					a.Errorf("%s: the %s instance does not start: %v", step, name, err)
				}
				stored := a.live(keys[0].AccountID)
				if _, err := stored.Open(k.ring, stored.AccountID); err != nil {
					a.Errorf("%s: the %s instance cannot open the key: %v", step, name, err)
				}
				p := k.offer(stored.AccountID)
				for other, at := range map[string]*kit{"first": a, "second": b} {
					if _, err := p.Open(at.ring, p.AccountID); err != nil {
						a.Errorf("%s: the %s instance cannot open what the %s one sealed: %v", step, other, name, err)
					}
				}
				a.inTx(func(tx *database.Tx) error { return totp.Withdraw(a.ctx, tx, p.SessionID) })
			}
		}
		reload := func(k *kit, step string) {
			a.Helper()
			if k == b {
				b.copyFrom(a)
				works(step + ", given to the second instance")
			}
			a.must(k.Reload(a.ctx, k.ring))
			works(step + ", read by an instance")
		}
		works("before")
		fresh := a.addKey()
		works("added")
		reload(a, "added")
		reload(b, "added")
		a.useKey(fresh)
		works("used")
		reload(a, "used")
		reload(b, "used")
		if n := a.resealAll(); n != 1 {
			a.Errorf("resealed %d seeds, want 1", n)
		}
		works("resealed")
		a.must(a.retireKey(old))
		works("retired")
		reload(a, "retired")
		reload(b, "retired")
		for name, k := range map[string]*kit{"first": a, "second": b} {
			if ids := k.ring.IDs(); len(ids) != 1 || ids[0] != fresh {
				a.Errorf("the %s instance holds %v", name, ids)
			}
		}
		a.same(keys, a.ring, a.load())
		canaries, err := canary.List(a.ctx, a.DB.Read(a.ctx))
		a.must(err)
		if len(canaries) != 1 || canaries[0].RingKeyID != fresh {
			a.Errorf("canaries are %+v", canaries)
		}
	})
}

func TestAKeyThatWasOnlyAddedCanBeRetired(t *testing.T) {
	each(t, func(k *kit) {
		k.accounts("anna")
		added := k.addKey()
		k.must(k.retireKey(added))
		if err := k.fits(k.load()); err != nil {
			t.Errorf("after adding and retiring a key: %v", err)
		}
		if err := k.Retire(k.ctx, "0123456789abcdef", false); apperr.CodeOf(err) != apperr.NotFound {
			t.Errorf("an unknown key: %v", err)
		}
		k.must(k.Retire(k.ctx, added, false)) // again, as after a stop in between
	})
}

func TestRetireIsRefusedWhileTheKeySealsAnything(t *testing.T) {
	each(t, func(k *kit) {
		keys := k.accounts("anna")
		old := k.ring.CurrentID()
		k.inTx(func(tx *database.Tx) error { return totp.Remove(k.ctx, tx, keys[0].AccountID) })
		p := k.offer(keys[0].AccountID)
		k.useKey(k.addKey())
		refused := func(what string) {
			k.Helper()
			if err := k.retireKey(old); err == nil || !strings.Contains(err.Error(), "still seals secrets of 1 accounts or set-ups: run `imagemaster key reseal`") {
				t.Errorf("%s: %v", what, err)
			}
			if !slices.Contains(k.load().IDs(), old) {
				t.Errorf("%s: the key is gone from the file", what)
			}
			retired, err := canary.Retired(k.ctx, k.DB.Read(k.ctx), old)
			k.must(err)
			if retired {
				t.Errorf("%s: the key counts as retired", what)
			}
		}
		refused("pending key")
		k.inTx(func(tx *database.Tx) error { return totp.Bind(k.ctx, tx, p, "phone", totp.Step(now), now) })
		refused("live key")
		if n := k.resealAll(); n != 1 {
			t.Errorf("resealed %d seeds, want 1", n)
		}
		k.must(k.retireKey(old))
		err := secretbox.Edit(k.keyFile, func(f *secretbox.File) error { return f.Remove(f.Keyring().CurrentID()) })
		if !errors.Is(err, secretbox.ErrSeals) {
			t.Errorf("the key that seals was removed: %v", err)
		}
	})
}

func TestUseOfARetiredKeyIsRefused(t *testing.T) {
	each(t, func(k *kit) {
		retired := k.addKey()
		k.must(k.Retire(k.ctx, retired, true))
		err := secretbox.Edit(k.keyFile, func(f *secretbox.File) error {
			k.must(f.Use(retired))
			return k.Use(k.ctx, f.Keyring())
		})
		if err == nil || !strings.Contains(err.Error(), "the key "+retired+" was retired") || k.load().CurrentID() == retired {
			t.Errorf("%v, %s seals", err, k.load().CurrentID())
		}
	})
}

func TestDeclareLostCountsTheSeeds(t *testing.T) {
	each(t, func(k *kit) {
		k.accounts("anna", "bert")
		if _, err := k.DeclareLost(k.ctx, "nonsense"); apperr.CodeOf(err) != apperr.NotFound {
			t.Errorf("an unknown key: %v", err)
		}
		sealed, err := k.DeclareLost(k.ctx, k.ring.CurrentID())
		k.must(err)
		if sealed != 2 {
			t.Errorf("%d seeds are lost, want 2", sealed)
		}
		if _, err := k.DeclareLost(k.ctx, k.ring.CurrentID()); apperr.CodeOf(err) != apperr.NotFound {
			t.Errorf("twice: %v", err)
		}
	})
}

// Every step is an audit event, by the operator (standards H11).
func TestEveryStepIsRecorded(t *testing.T) {
	each(t, func(k *kit) {
		k.accounts("anna")
		old, fresh := k.ring.CurrentID(), k.addKey()
		k.must(k.Record(k.ctx, audit.RingKeyAdded, fresh))
		k.useKey(fresh)
		k.must(k.Record(k.ctx, audit.RingKeyUsed, fresh))
		k.resealAll()
		k.resealAll() // nothing is left, so this is no event
		k.must(k.retireKey(old))
		_, err := k.DeclareLost(k.ctx, fresh)
		k.must(err)
		k.must(k.fits(k.load()))
		want := []struct {
			kind    audit.Kind
			details string
		}{
			{"ring_key_added", `{"ring_key_id":"` + fresh + `"}`},
			{"ring_key_used", `{"ring_key_id":"` + fresh + `"}`},
			{"ring_resealed", `{"count":1,"ring_key_id":"` + fresh + `"}`},
			{"ring_key_retired", `{"ring_key_id":"` + old + `"}`},
			{"ring_key_lost", `{"ring_key_id":"` + fresh + `"}`},
			{"ring_key_found", `{"ring_key_id":"` + fresh + `"}`},
		}
		events := k.events()
		if len(events) != len(want) {
			t.Fatalf("%d events, want %d: %+v", len(events), len(want), events)
		}
		for i, e := range events {
			actor := "operator"
			if e.Kind == "ring_key_found" {
				actor = "system"
			}
			if e.Kind != want[i].kind || e.Details != want[i].details || e.Outcome != audit.OK || e.Actor != actor || e.AccountID != nil ||
				e.Version != "test" || e.Host != "test" || !e.Time().Equal(now) {
				t.Errorf("event %+v, want %v", e, want[i])
			}
		}
	})
}

func TestUnreadableAccountsAreNamed(t *testing.T) {
	each(t, func(k *kit) {
		k.accounts("anna")
		old := k.ring.CurrentID()
		k.useKey(k.addKey())
		k.must(k.Reload(k.ctx, k.ring))
		k.accounts("bert")
		find := func(ring *secretbox.Keyring, want ...rotation.Unreadable) {
			k.Helper()
			found, err := k.UnreadableAccounts(k.ctx, ring)
			k.must(err)
			if !slices.Equal(found, want) {
				t.Errorf("found %+v, want %+v", found, want)
			}
		}
		find(k.ring)
		k.must(secretbox.Edit(k.keyFile, func(f *secretbox.File) error { return f.Remove(old) }))
		find(k.load(), rotation.Unreadable{Username: "anna", RingKeyID: old})
		_, err := k.DeclareLost(k.ctx, old)
		k.must(err)
		find(k.load(), rotation.Unreadable{Username: "anna", RingKeyID: old, Lost: true})
		counts, err := k.SealedCounts(k.ctx, []string{old, k.ring.CurrentID(), "0123456789abcdef"})
		k.must(err)
		if len(counts) != 3 || counts[old] != 1 || counts[k.ring.CurrentID()] != 1 || counts["0123456789abcdef"] != 0 {
			t.Errorf("counts are %v", counts)
		}
	})
}
