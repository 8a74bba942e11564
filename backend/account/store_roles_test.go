package account_test

import (
	"context"
	"slices"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func (k *kit) role(id int64, role account.Role) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error {
		return account.SetRole(ctx, tx, k.find(id), role, noon)
	})
}

func (k *kit) administrators() (ids []int64) {
	k.Helper()
	all, err := account.Administrators(k.Context(), k.db.Read(k.Context()))
	k.must(err)
	for _, a := range all {
		ids = append(ids, a.ID)
	}
	return ids
}

// An account has exactly one role, whichever it had before.
func TestRoles(t *testing.T) {
	if !slices.Equal(account.Roles(), []account.Role{"person", "helper", "administrator"}) {
		t.Errorf("the roles are %v", account.Roles())
	}
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		for _, from := range account.Roles() {
			for _, to := range account.Roles() {
				k.role(k.id, from)
				k.role(k.id, to)
				a := k.find(k.id)
				if a.Role() != to || a.Admin != (to == account.Administrator) || a.Helper != (to == account.Helper) {
					t.Errorf("from %s to %s: %+v", from, to, a)
				}
			}
		}
		k.role(k.id, "owner") // no such role: it may do nothing
		if role := k.find(k.id).Role(); role != account.Person {
			t.Errorf("the role is %s", role)
		}
		if role := k.find(otto).Role(); role != account.Person {
			t.Errorf("another account has the role %s", role)
		}
		both := account.Account{Admin: true, Helper: true}
		if both.Role() != account.Administrator {
			t.Errorf("the role is %s", both.Role())
		}
	})
}

func TestAdministrators(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		if got := k.administrators(); len(got) != 0 {
			t.Errorf("administrators are %v", got)
		}
		otto, berta, carla := k.create("otto"), k.create("berta"), k.create("carla")
		k.role(carla, account.Administrator)
		k.role(k.id, account.Administrator)
		k.role(otto, account.Helper)
		k.role(berta, account.Administrator)
		k.in(func(ctx context.Context, tx *database.Tx) error {
			return account.SetDisabled(ctx, tx, berta, true, noon)
		})
		if got := k.administrators(); !slices.Equal(got, []int64{k.id, carla}) {
			t.Errorf("administrators are %v", got)
		}
	})
}

// Without its row the lock would hold nobody back, so it fails.
func TestLockAdministratorsNeedsItsRow(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		testdb.Exec(t, o, "DELETE FROM administrators_guard")
		if err := k.try(func(ctx context.Context, tx *database.Tx) error { return account.LockAdministrators(ctx, tx) }); err == nil {
			t.Error("the lock was taken")
		}
	})
}

func TestSetLastSignIn(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		k.in(func(ctx context.Context, tx *database.Tx) error { return account.SetLastSignIn(ctx, tx, k.id, noon) })
		if k.find(k.id).LastSignInAt != noon.UnixMilli() || k.find(otto).LastSignInAt != 0 {
			t.Errorf("signed in at %d, otto at %d", k.find(k.id).LastSignInAt, k.find(otto).LastSignInAt)
		}
	})
}
