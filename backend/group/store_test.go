package group_test

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
	"imagemaster/backend/group"
	"imagemaster/backend/testdb"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// A name is taken once, also by two processes.
func TestMain(m *testing.M) {
	testdb.Main(m, testdb.Claim{
		Name: "create",
		Lost: func(err error) bool { return reasonOf(err) == "name taken" },
		Run: func(ctx context.Context, db *database.DB, name string) error {
			return db.InTx(ctx, func(tx *database.Tx) error {
				_, err := group.Create(ctx, tx, name, "", monday)
				return err
			})
		},
	})
}

// reasonOf is the field and the reason of a refusal, or the error's text.
func reasonOf(err error) string {
	var told *apperr.Error
	if errors.As(err, &told) && told.Code == apperr.Invalid && len(told.Fields) == 1 {
		return told.Fields[0].Name + " " + told.Fields[0].Reason
	}
	return fmt.Sprint(err)
}

// kit is a database with the accounts anna, bert and cleo.
type kit struct {
	*testing.T
	db               *database.DB
	anna, bert, cleo int64
}

func each(t *testing.T, scenario func(k *kit)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := &kit{T: t, db: db}
		for name, id := range map[string]*int64{"anna": &k.anna, "bert": &k.bert, "cleo": &k.cleo} {
			k.in(func(ctx context.Context, tx *database.Tx) error {
				a, err := account.Create(ctx, tx, account.New{Username: name, PasswordHash: "x"}, monday)
				if err == nil {
					*id = a.ID
				}
				return err
			})
		}
		scenario(k)
	})
}

func (k *kit) try(work func(ctx context.Context, tx *database.Tx) error) error {
	return k.db.InTx(k.Context(), func(tx *database.Tx) error { return work(k.Context(), tx) })
}

// in runs work that must succeed.
func (k *kit) in(work func(ctx context.Context, tx *database.Tx) error) {
	k.Helper()
	if err := k.try(work); err != nil {
		k.Fatal(err)
	}
}

// create makes a group and returns its id.
func (k *kit) create(name, description string) (id int64) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error {
		g, err := group.Create(ctx, tx, name, description, monday)
		if err == nil {
			id = g.ID
		}
		return err
	})
	return id
}

// join adds accounts an hour later than the group was made, or as many as are given.
func (k *kit) join(id int64, hours int, members ...int64) (joined []int64) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) (err error) {
		joined, err = group.Join(ctx, tx, id, members, monday.Add(time.Duration(hours)*time.Hour))
		return err
	})
	return joined
}

// members returns when each account joined which group, by account and name of the group.
func (k *kit) members(ids ...int64) (all []string) {
	k.Helper()
	found, err := group.Of(k.Context(), k.db.Read(k.Context()), ids...)
	if err != nil {
		k.Fatal(err)
	}
	for _, m := range found {
		all = append(all, fmt.Sprintf("%d %s %d", m.AccountID, m.Name, (m.JoinedAt-monday.UnixMilli())/3_600_000))
	}
	return all
}

func (k *kit) list() (all []string) {
	k.Helper()
	found, err := group.List(k.Context(), k.db.Read(k.Context()))
	if err != nil {
		k.Fatal(err)
	}
	for _, g := range found {
		all = append(all, fmt.Sprintf("%s %q %d", g.Name, g.Description, g.Members))
	}
	return all
}

func (k *kit) want(what string, got, want []string) {
	k.Helper()
	if !slices.Equal(got, want) {
		k.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestGroups(t *testing.T) {
	each(t, func(k *kit) {
		staff, crew := k.create("staff", "Works <here> ✓"), k.create("crew", "")
		k.join(staff, 1, k.anna, k.bert)
		k.want("list", k.list(), []string{`crew "" 0`, `staff "Works <here> ✓" 2`})
		read := k.db.Read(k.Context())
		for what, find := range map[string]func() (*group.Group, error){
			"by id":   func() (*group.Group, error) { return group.Find(k.Context(), read, staff) },
			"by name": func() (*group.Group, error) { return group.ByName(k.Context(), read, "staff") },
		} {
			if g, err := find(); err != nil || g.ID != staff || g.Name != "staff" || g.Description != "Works <here> ✓" || !g.Created().Equal(monday) {
				t.Errorf("%s: %+v, %v", what, g, err)
			}
		}
		for _, err := range []error{second(group.Find(k.Context(), read, staff+crew)), second(group.ByName(k.Context(), read, "Staff")),
			k.try(func(ctx context.Context, tx *database.Tx) error { return second(group.Lock(ctx, tx, staff+crew)) })} {
			if !errors.Is(err, group.ErrNotFound) {
				t.Errorf("a group that is not there: %v", err)
			}
		}
		ids, err := group.IDs(k.Context(), read, append(make([]string, 1200), "staff", "nobody", "crew"))
		if err != nil || len(ids) != 2 || ids["staff"] != staff || ids["crew"] != crew {
			t.Errorf("ids %v, %v", ids, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestANameIsTakenOnce(t *testing.T) {
	each(t, func(k *kit) {
		k.create("staff", "")
		crew := k.create("crew", "sails")
		set := func(name, description string) error {
			return k.try(func(ctx context.Context, tx *database.Tx) error {
				return group.Set(ctx, tx, &group.Group{ID: crew, Name: name, Description: description})
			})
		}
		err := k.try(func(ctx context.Context, tx *database.Tx) error {
			return second(group.Create(ctx, tx, "staff", "", monday))
		})
		if reasonOf(err) != "name taken" || reasonOf(set("staff", "x")) != "name taken" {
			t.Errorf("a name that is taken: %v", err)
		}
		k.want("nothing changed", k.list(), []string{`crew "sails" 0`, `staff "" 0`})
		if err := errors.Join(set("crew", "flies"), set("guests", "stay")); err != nil {
			t.Error(err)
		}
		k.want("changed", k.list(), []string{`guests "stay" 0`, `staff "" 0`})
		k.create("crew", "") // the former name is free
	})
}

func TestTwoProcessesCreateAGroup(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sum := testdb.Race(t, o, "create", "staff"); sum.Won != 1 || sum.Lost != testdb.All()-1 {
			t.Errorf("%d won, %d lost", sum.Won, sum.Lost)
		}
		all, err := group.List(t.Context(), db.Read(t.Context()))
		if err != nil || len(all) != 1 {
			t.Errorf("%v, %v", all, err)
		}
	})
}

func TestThereAreAThousandGroups(t *testing.T) {
	each(t, func(k *kit) {
		rows := make([]group.Group, 999)
		for i := range rows {
			rows[i] = group.Group{Name: fmt.Sprint("group-", i), CreatedAt: 1}
		}
		k.in(func(_ context.Context, tx *database.Tx) error { return tx.CreateInBatches(&rows, 100).Error })
		k.create("last", "")
		create := func(ctx context.Context, tx *database.Tx) error {
			return second(group.Create(ctx, tx, "more", "", monday))
		}
		if err := k.try(create); reasonOf(err) != "name too_many" {
			t.Errorf("the 1001st group: %v", err)
		}
		k.in(func(ctx context.Context, tx *database.Tx) error { return group.Delete(ctx, tx, rows[3].ID) })
		k.in(create)
	})
}

// An account joins once and keeps the time of joining until it leaves.
func TestMembers(t *testing.T) {
	each(t, func(k *kit) {
		staff, crew := k.create("staff", ""), k.create("crew", "")
		if joined := k.join(staff, 1, k.anna, k.bert); !slices.Equal(joined, []int64{k.anna, k.bert}) {
			t.Errorf("joined: %v", joined)
		}
		k.join(crew, 2, k.anna)
		if joined := k.join(staff, 3, k.bert, k.cleo, k.anna); !slices.Equal(joined, []int64{k.cleo}) {
			t.Errorf("joined again: %v", joined)
		}
		in := func(id int64, name string, hours int) string { return fmt.Sprintf("%d %s %d", id, name, hours) }
		all := []string{in(k.anna, "crew", 2), in(k.anna, "staff", 1), in(k.bert, "staff", 1), in(k.cleo, "staff", 3)}
		slices.Sort(all)
		k.want("members", k.members(k.cleo, k.anna, k.bert), all)
		k.want("one", k.members(k.anna), []string{in(k.anna, "crew", 2), in(k.anna, "staff", 1)})
		leave := func(groupID, accountID int64) (was bool) {
			k.in(func(ctx context.Context, tx *database.Tx) (err error) {
				was, err = group.Leave(ctx, tx, groupID, accountID)
				return err
			})
			return was
		}
		if !leave(staff, k.anna) || leave(staff, k.anna) || leave(crew, k.bert) {
			t.Error("who leaves a group was in it")
		}
		k.join(staff, 4, k.anna)
		k.want("again", k.members(k.anna), []string{in(k.anna, "crew", 2), in(k.anna, "staff", 4)})
		for limit, want := range map[int]int{1: 1, 3: 3, 4: 3} {
			if n, err := group.MemberCount(t.Context(), k.db.Read(t.Context()), staff, limit); err != nil || n != want {
				t.Errorf("%d members of at most %d, %v", n, limit, err)
			}
		}
	})
}

// A group or an account that is deleted takes its memberships along, and nobody joins
// what is not there.
func TestMembershipsEnd(t *testing.T) {
	each(t, func(k *kit) {
		staff, crew := k.create("staff", ""), k.create("crew", "")
		k.join(staff, 1, k.anna, k.bert)
		k.join(crew, 1, k.anna)
		k.in(func(ctx context.Context, tx *database.Tx) error { return group.Delete(ctx, tx, staff) })
		k.want("groups", k.list(), []string{`crew "" 1`})
		k.want("members", k.members(k.anna, k.bert), []string{fmt.Sprintf("%d crew 1", k.anna)})
		k.in(func(ctx context.Context, tx *database.Tx) error {
			a, err := account.Find(ctx, tx, k.anna)
			if err != nil {
				return err
			}
			return account.Delete(ctx, tx, a)
		})
		k.want("groups", k.list(), []string{`crew "" 0`})
		for what, ids := range map[string][2]int64{"group": {staff, k.bert}, "account": {crew, k.anna}} {
			tries := 0
			err := k.try(func(ctx context.Context, tx *database.Tx) error {
				if tries++; tries > 1 {
					return group.ErrNotFound // the transaction has found out
				}
				return second(group.Join(ctx, tx, ids[0], []int64{ids[1]}, monday))
			})
			if !errors.Is(err, group.ErrNotFound) || tries != 2 {
				t.Errorf("joining with a deleted %s: %v, tried %d times", what, err, tries)
			}
		}
		k.want("members", k.members(k.anna, k.bert), nil)
	})
}
