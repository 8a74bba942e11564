package policy

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) {
	testdb.Main(m, testdb.Claim{
		Name: "reminder",
		Run: func(ctx context.Context, db *database.DB, _ string) error {
			return db.InTx(ctx, func(tx *database.Tx) error {
				won, err := ClaimReminder(ctx, tx, Reminder{AccountID: 1, Deadline: at(7), Stage: StageWeek})
				if err == nil && !won {
					err = errTaken
				}
				return err
			})
		},
		Lost: func(err error) bool { return errors.Is(err, errTaken) },
	})
}

var errTaken = errors.New("somebody else has claimed it")

// people makes accounts with the ids 1 to n, and the groups 3 (finance) and 4 (hr).
func people(t *testing.T, db *database.DB, n int) {
	t.Helper()
	in(t, db, func(ctx context.Context, tx *database.Tx) error {
		for i := 1; i <= n; i++ {
			err := tx.Exec("INSERT INTO accounts (id, username, username_folded, display_name, password_hash, admin, must_change_password, created_at) VALUES (?, ?, ?, '', '', 0, 0, ?)",
				i, fmt.Sprint("p", i), fmt.Sprint("p", i), at(-300)).Error
			if err != nil {
				return err
			}
		}
		return tx.Exec("INSERT INTO user_groups (id, name, description, created_at) VALUES (3, 'finance', '', 1), (4, 'hr', '', 1)").Error
	})
}

func in(t *testing.T, db *database.DB, fn func(ctx context.Context, tx *database.Tx) error) {
	t.Helper()
	if err := db.InTx(t.Context(), func(tx *database.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func TestPoliciesAreStored(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		people(t, db, 2)
		all := Policy{Audience: Everybody, Minimum: Resistant, StartsAt: at(1), GraceDays: 30, ChangedAt: at(0), TightenedAt: at(0)}
		some := Policy{Audience: Groups, Minimum: AnyFactor, StartsAt: at(-1), GraceDays: 2, ChangedAt: at(0), TightenedAt: at(-1), Groups: []Group{{4, "hr", at(-9)}, {3, "finance", at(-8)}}}
		in(t, db, func(ctx context.Context, tx *database.Tx) error {
			return errors.Join(Create(ctx, tx, &all), Create(ctx, tx, &some))
		})
		list, err := List(t.Context(), db.Read(t.Context()))
		if err != nil || len(list) != 2 || fmt.Sprint(list[0]) != fmt.Sprint(all) || fmt.Sprint(list[1].Groups) != fmt.Sprint([]Group{{3, "finance", at(-8)}, {4, "hr", at(-9)}}) {
			t.Fatalf("%+v, %v", list, err)
		}
		in(t, db, func(ctx context.Context, tx *database.Tx) error {
			err := tx.Exec("INSERT INTO group_members (group_id, account_id, joined_at) VALUES (4, 2, ?)", at(-3)).Error
			return errors.Join(err, GiveException(ctx, tx, &Exception{AccountID: 1, Reason: "leave", EndsAt: at(60), CreatedAt: at(0)}))
		})
		asked, err := Of(t.Context(), db.Read(t.Context()), now, Subject{ID: 1, CreatedAt: at(-300)}, Subject{ID: 2, CreatedAt: at(-300)})
		if err != nil || len(asked) != 2 {
			t.Fatalf("%+v, %v", asked, err)
		}
		if o := asked[1]; o.Audience != Everybody || !o.Ends.Equal(on(31)) || !o.Exempt(now) || !o.Deadline(now).Equal(on(60)) || o.Key == nil || !o.Key.Exempt(now) {
			t.Errorf("%+v", o)
		}
		if o := asked[2]; o.Audience != Groups || !o.Ends.Equal(on(1)) || o.Since != SinceStart || o.Key == nil || !o.Key.Ends.Equal(on(31)) || o.Exception != nil || fmt.Sprint(o.Groups) != "[hr]" {
			t.Errorf("%+v", o)
		}
		for group, want := range map[int64]bool{3: true, 4: true, 5: false} {
			if named, err := NamesGroup(t.Context(), db.Read(t.Context()), group); err != nil || named != want {
				t.Errorf("group %d: %v, %v", group, named, err)
			}
		}
		some.Groups, some.GraceDays, some.Minimum = some.Groups[:1], 5, Resistant
		in(t, db, func(ctx context.Context, tx *database.Tx) error {
			return errors.Join(Set(ctx, tx, &some), Delete(ctx, tx, all.ID), EndException(ctx, tx, 1, now))
		})
		list, err = List(t.Context(), db.Read(t.Context()))
		if err != nil || len(list) != 1 || list[0].GraceDays != 5 || list[0].Minimum != Resistant || fmt.Sprint(list[0].Names()) != "[hr]" {
			t.Errorf("%+v, %v", list, err)
		}
		for what, do := range map[string]func(ctx context.Context, tx *database.Tx) error{
			"policy":    func(ctx context.Context, tx *database.Tx) error { return Delete(ctx, tx, all.ID) },
			"exception": func(ctx context.Context, tx *database.Tx) error { return EndException(ctx, tx, 1, now) },
		} {
			err := db.InTx(t.Context(), func(tx *database.Tx) error { return do(t.Context(), tx) })
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("a second end of the %s: %v", what, err)
			}
		}
	})
}

func TestExceptionsAreListedByTheirEnd(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		people(t, db, 4)
		in(t, db, func(ctx context.Context, tx *database.Tx) error {
			for id, end := range map[int64]int{1: 9, 2: 3, 3: 0, 4: 6} {
				if err := GiveException(ctx, tx, &Exception{AccountID: id, Reason: "a", EndsAt: at(80)}); err != nil {
					return err
				}
				if err := GiveException(ctx, tx, &Exception{AccountID: id, Reason: "b", EndsAt: at(end)}); err != nil {
					return err
				}
			}
			return nil
		})
		list, err := Exceptions(t.Context(), db.Read(t.Context()), now, 2)
		if err != nil || len(list) != 2 || list[0].AccountID != 2 || list[1].AccountID != 4 || list[0].Reason != "b" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// Of two processes one queues a mail; an old mark goes away.
func TestAReminderIsClaimedOnce(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		people(t, db, 1)
		if got := testdb.Race(t, o, "reminder", ""); got.Won != 1 || got.Lost != testdb.All()-1 {
			t.Errorf("%d won and %d lost", got.Won, got.Lost)
		}
		done, err := Reminded(t.Context(), db.Read(t.Context()), []int64{1})
		if err != nil || len(done) != 1 || !done[Reminder{1, at(7), StageWeek}] {
			t.Errorf("%v, %v", done, err)
		}
		for _, c := range []struct {
			when time.Time
			want int64
		}{{on(7).Add(MaxException), 0}, {on(7).Add(MaxException + time.Millisecond), 1}} {
			in(t, db, func(ctx context.Context, tx *database.Tx) error {
				if n, err := PruneReminders(ctx, tx, c.when, 10); err != nil || n != c.want {
					t.Errorf("pruned %d, %v", n, err)
				}
				return nil
			})
		}
	})
}
