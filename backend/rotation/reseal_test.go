package rotation_test

import (
	"errors"
	"strings"
	"testing"

	"imagemaster/backend/rotation"
)

func TestAStoppedResealContinues(t *testing.T) {
	each(t, func(k *kit) {
		keys := k.accounts(numbered(250)...)
		old := k.ring.CurrentID()
		k.useKey(k.addKey())
		stopped := errors.New("stopped")
		p, err := k.Reseal(k.ctx, k.load(), func(rotation.Progress) error { return stopped })
		if !errors.Is(err, stopped) || p.Done == 0 || p.Total != 250 {
			t.Fatalf("%+v, %v", p, err)
		}
		if left := k.sealedBy(old); left != 250-p.Done || left == 0 {
			t.Errorf("%d resealed, %d left", p.Done, left)
		}
		first := p.Done
		p, err = k.Reseal(k.ctx, k.load(), ignore)
		k.must(err)
		if p.Done != 250-first || p.Total != p.Done {
			t.Errorf("%d and then %+v", first, p)
		}
		k.same(keys, k.ring, k.load())
		if p, err = k.Reseal(k.ctx, k.load(), func(rotation.Progress) error { return stopped }); err != nil || p.Done != 0 || p.Total != 0 {
			t.Errorf("nothing to do: %+v, %v", p, err)
		}
	})
}

// An instance that has not read its key file yet seals with the former key while
// a reseal runs, behind the rows that the reseal has read.
func TestResealFindsWhatAnOldInstanceSealsMeanwhile(t *testing.T) {
	each(t, func(k *kit) {
		keys := k.accounts("anna")
		old := k.ring.CurrentID()
		k.useKey(k.addKey())
		late := []string{"bert", "carl", "dora"}
		p, err := k.Reseal(k.ctx, k.load(), func(rotation.Progress) error {
			if len(late) > 0 {
				keys = append(keys, k.accounts(late[0])...)
				k.offer(keys[0].AccountID)
				late = late[1:]
			}
			return nil
		})
		k.must(err)
		if p.Done != 7 || p.Total != 1 || k.sealedBy(old) != 0 {
			t.Errorf("%+v, the former key seals %d", p, k.sealedBy(old))
		}
		k.same(keys, k.ring, k.load())
		k.must(k.retireKey(old))
	})
}

func TestAnUnreadableSeedStaysAndHoldsUpNothing(t *testing.T) {
	each(t, func(k *kit) {
		keys := k.accounts(numbered(210)...)
		k.damage(keys[0], keys[99], keys[100], keys[209])
		old := k.ring.CurrentID()
		k.useKey(k.addKey())
		if n := k.resealAll(); n != 206 {
			t.Errorf("resealed %d, want 206", n)
		}
		if err := k.retireKey(old); err == nil || !strings.Contains(err.Error(), "still seals secrets of 4") {
			t.Errorf("a key that seals damaged seeds is retired: %v", err)
		}
		found, err := k.UnreadableAccounts(k.ctx, k.load())
		k.must(err)
		if len(found) != 4 || found[0].Username != "user0" || found[3].Username != "user209" {
			t.Errorf("unreadable are %+v", found)
		}
	})
}
