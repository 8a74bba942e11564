package account_test

import (
	"context"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// Of password link, removal of the second factor and change of e-mail one person does
// one for an account within 24 hours. The same one again gives no further power.
func TestOneActADay(t *testing.T) {
	const helga, eve = 101, 102
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		act := func(id, actor int64, act account.Takeover, at time.Time) (wait time.Duration) {
			t.Helper()
			k.in(func(ctx context.Context, tx *database.Tx) (err error) {
				wait, err = account.CountTakeover(ctx, tx, id, actor, act, at)
				return err
			})
			return wait
		}
		want := func(what string, got, want time.Duration) {
			t.Helper()
			if got != want {
				t.Errorf("%s: wait %v, want %v", what, got, want)
			}
		}
		want("the first act", act(k.id, helga, account.TakeoverPassword, noon), 0)
		for _, other := range []account.Takeover{account.TakeoverFactor, account.TakeoverEmail} {
			want("another act at once", act(k.id, helga, other, noon), 24*time.Hour)
			want("an hour later", act(k.id, helga, other, noon.Add(time.Hour)), 23*time.Hour)
			want("a millisecond early", act(k.id, helga, other, noon.Add(24*time.Hour-time.Millisecond)), time.Millisecond)
			want("of somebody else", act(k.id, eve, other, noon), 0)
			want("by somebody else again", act(k.id, eve, other, noon), 0)
			want("for another account", act(otto, helga, other, noon), 0)
			k.in(func(ctx context.Context, tx *database.Tx) error {
				return tx.Exec("DELETE FROM takeovers WHERE account_id <> ? OR actor_id <> ?", k.id, helga).Error
			})
		}
		want("the same act again", act(k.id, helga, account.TakeoverPassword, noon.Add(time.Hour)), 0)
		want("a day after the first, an hour less after the last", act(k.id, helga, account.TakeoverEmail, noon.Add(24*time.Hour)), time.Hour)
		want("a day after the last", act(k.id, helga, account.TakeoverEmail, noon.Add(25*time.Hour)), 0)
		want("the first kind after that", act(k.id, helga, account.TakeoverPassword, noon.Add(25*time.Hour)), 24*time.Hour)

		// The clock is set back: the act stays refused, until the other one is repeated
		// under the right time, or that is reached.
		want("with the clock set back", act(k.id, helga, account.TakeoverFactor, noon), 49*time.Hour)
		want("the same act with the clock set back", act(k.id, helga, account.TakeoverEmail, noon), 0)
		want("after that", act(k.id, helga, account.TakeoverFactor, noon), 24*time.Hour)
	})
}

// A refused act does not begin the day anew, and takes no row.
func TestARefusedActIsNotStored(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		for i := range 5 {
			k.in(func(ctx context.Context, tx *database.Tx) error {
				act := account.TakeoverEmail
				if i == 0 {
					act = account.TakeoverFactor
				}
				_, err := account.CountTakeover(ctx, tx, k.id, 7, act, noon.Add(time.Duration(i)*time.Hour))
				return err
			})
		}
		if n := k.count("takeovers", "account_id = ? AND actor_id = 7 AND act = 'remove_second_factor' AND at = ?", k.id, noon.UnixMilli()); n != 1 || k.count("takeovers", "1 = 1") != 1 {
			t.Errorf("%d rows are as they were", n)
		}
	})
}
