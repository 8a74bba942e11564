package account_test

import (
	"context"
	"errors"
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

// A list of those without a second factor leaves out who has an app and who has a key; one of
// those without a key only who has a key of that host.
func TestLackingAfter(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		app, key, off, last := k.create("otto"), k.create("berta"), k.create("carla"), k.create("dora")
		k.in(func(ctx context.Context, tx *database.Tx) error {
			return errors.Join(account.SetDisabled(ctx, tx, off, true, noon),
				tx.Exec("UPDATE accounts SET password_hash = 'x'").Error,
				tx.Exec("INSERT INTO totp_keys (account_id, key_id, sealed_seed, ring_key_id, label, last_step, bound_at)"+
					" VALUES (?, ?, ?, '0123456789abcdef', '', 0, 0)", app, make([]byte, 16), make([]byte, 40)).Error,
				tx.Exec("INSERT INTO passkeys (account_id, rp_id, credential_id, public_key, sign_count, transports, aaguid, attachment, discoverable, verified,"+
					" backup_eligible, backup_state, name, made_in, created_at, resistant_at, last_used_at)"+
					" VALUES (?, 'old.example', ?, ?, 0, '', ?, '', 0, 0, 0, 0, '', 0, 0, 0, 0)", key, []byte{1}, []byte{1}, make([]byte, 16)).Error)
		})
		for _, c := range []struct {
			host  string
			after int64
			want  []int64
		}{
			{"", 0, []int64{k.id, last}}, {"", k.id, []int64{last}}, {"", last, nil},
			{"old.example", 0, []int64{k.id, app, last}}, {"new.example", 0, []int64{k.id, app, key, last}}, {"new.example", key, []int64{last}},
		} {
			found, err := account.LackingAfter(k.Context(), db.Read(k.Context()), c.after, c.host, 10)
			k.must(err)
			var ids []int64
			for _, a := range found {
				ids = append(ids, a.ID)
				if a.HasFactor != (a.ID == app || a.ID == key) {
					t.Errorf("%d has a factor: %v", a.ID, a.HasFactor)
				}
			}
			if !slices.Equal(ids, c.want) {
				t.Errorf("host %q, after %d: %v, want %v", c.host, c.after, ids, c.want)
			}
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
