package account_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// link gives accounts links that work for an hour. The first one carries the token,
// the others carry it with their number.
func (k *kit) link(token string, ids ...int64) {
	k.Helper()
	links, tokens := make([]account.Link, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		links[i] = account.Link{AccountID: id, Kind: account.Invitation, Epoch: k.find(id).Epoch, CreatedAt: noon.UnixMilli(), ExpiresAt: noon.Add(time.Hour).UnixMilli(), GivenBy: 7}
		if tokens[i] = token; i > 0 {
			tokens[i] += fmt.Sprint(i)
		}
	}
	k.in(func(ctx context.Context, tx *database.Tx) error { return account.ReplaceLinks(ctx, tx, links, tokens) })
}

// linkOf returns the link of an account, nil = none.
func (k *kit) linkOf(id int64) *account.Link {
	k.Helper()
	l, err := account.FindLink(k.Context(), k.db.Read(k.Context()), id)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	k.must(err)
	return l
}

// byToken returns the link with a token, nil = none.
func (k *kit) byToken(token string) *account.Link {
	k.Helper()
	l, err := account.LinkByToken(k.Context(), k.db.Read(k.Context()), token)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	k.must(err)
	return l
}

func (k *kit) spend(l *account.Link, epoch int64, at time.Time) error {
	return k.try(func(ctx context.Context, tx *database.Tx) error { return account.SpendLink(ctx, tx, l, epoch, at) })
}

func TestALinkIsFoundByItsTokenOnly(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		k.link("token", k.id, otto)
		l := k.byToken("token")
		if l == nil {
			t.Fatal("no link is found")
		}
		hash := sha256.Sum256([]byte("token"))
		if l.AccountID != k.id || l.Kind != account.Invitation || !bytes.Equal(l.TokenHash, hash[:]) || l.Epoch != 1 || l.CreatedAt != noon.UnixMilli() ||
			l.ExpiresAt != noon.Add(time.Hour).UnixMilli() || l.GivenBy != 7 || !l.Ends().Equal(noon.Add(time.Hour)) {
			t.Errorf("the link is %+v", l)
		}
		if l := k.byToken("token1"); l == nil || l.AccountID != otto {
			t.Errorf("the link of otto is %+v", l)
		}
		for _, wrong := range []string{"", "Token", "token ", "toke", string(hash[:])} {
			if l := k.byToken(wrong); l != nil {
				t.Errorf("%q finds %+v", wrong, l)
			}
		}
	})
}

// An account has one link. A new one of either kind ends the former, and that of
// nobody else. Many are stored in batches.
func TestANewLinkEndsTheFormer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		k.link("first", k.id, otto)
		k.in(func(ctx context.Context, tx *database.Tx) error {
			l := account.Link{AccountID: k.id, Kind: account.PasswordLink, Epoch: 5, CreatedAt: 1, ExpiresAt: 2, GivenBy: 3}
			return account.ReplaceLinks(ctx, tx, []account.Link{l}, []string{"second"})
		})
		if l := k.byToken("first"); l != nil {
			t.Errorf("the former link is %+v", l)
		}
		if l := k.byToken("second"); l == nil || l.AccountID != k.id || l.Kind != account.PasswordLink || l.Epoch != 5 || l.CreatedAt != 1 || l.ExpiresAt != 2 || l.GivenBy != 3 {
			t.Errorf("the new link is %+v", l)
		}
		if l := k.byToken("first1"); l == nil || l.AccountID != otto {
			t.Errorf("the link of otto is %+v", l)
		}
		var names []string
		for i := range 450 {
			names = append(names, fmt.Sprint("p", i))
		}
		all := k.invited(names...)
		k.in(func(ctx context.Context, tx *database.Tx) error {
			if err := account.CreateMany(ctx, tx, all); err != nil {
				return err
			}
			return account.ReplaceLinks(ctx, tx, nil, nil)
		})
		var ids []int64
		for _, a := range all {
			ids = append(ids, a.ID)
		}
		k.link("many", ids...)
		for i, id := range ids[1:] {
			if l := k.byToken(fmt.Sprint("many", i+1)); l == nil || l.AccountID != id {
				t.Fatalf("link %d is %+v", i+1, l)
			}
		}
	})
}

// A link is spent once, before its end, under the epoch it was given in.
func TestSpendLink(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		k.link("token", k.id, otto)
		l := k.linkOf(k.id)
		end := noon.Add(time.Hour)
		other, older := *l, *l
		other.AccountID = otto
		older.TokenHash = bytes.Repeat([]byte{1}, 32)
		for name, err := range map[string]error{
			"at its end":              k.spend(l, 1, end),
			"late":                    k.spend(l, 1, end.Add(time.Hour)),
			"of a raised epoch":       k.spend(l, 2, noon),
			"of an earlier epoch":     k.spend(l, 0, noon),
			"of another account":      k.spend(&other, 1, noon),
			"with a former token":     k.spend(&older, 1, noon),
			"of nobody":               k.spend(&account.Link{}, 0, noon),
			"without a token":         k.spend(&account.Link{AccountID: k.id}, 1, noon),
			"of an account that left": k.spend(&account.Link{AccountID: 99, TokenHash: l.TokenHash}, 1, noon),
		} {
			if !errors.Is(err, account.ErrNotFound) {
				t.Errorf("spent %s: %v", name, err)
			}
		}
		if k.linkOf(k.id) == nil || k.linkOf(otto) == nil {
			t.Fatal("a link is gone")
		}
		k.must(k.spend(l, 1, end.Add(-time.Millisecond)))
		if err := k.spend(l, 1, noon); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("spent twice: %v", err)
		}
		if k.linkOf(k.id) != nil || k.linkOf(otto) == nil {
			t.Error("not the one link was spent")
		}
	})
}

func TestALinkCounts(t *testing.T) {
	owner := account.Account{ID: 1, Epoch: 3}
	link := account.Link{AccountID: 1, Epoch: 3, CreatedAt: noon.UnixMilli(), ExpiresAt: noon.Add(time.Hour).UnixMilli()}
	for name, c := range map[string]struct {
		change func(a *account.Account, l *account.Link)
		at     time.Time
		want   bool
	}{
		"at once":                      {nil, noon, true},
		"to the last millisecond":      {nil, noon.Add(time.Hour - time.Millisecond), true},
		"at its end":                   {nil, noon.Add(time.Hour), false},
		"with a clock a bit behind":    {nil, noon.Add(-5 * time.Minute), true},
		"with a clock far behind":      {nil, noon.Add(-5*time.Minute - time.Millisecond), false},
		"for another account":          {func(a *account.Account, _ *account.Link) { a.ID = 2 }, noon, false},
		"after the epoch was raised":   {func(a *account.Account, _ *account.Link) { a.Epoch = 4 }, noon, false},
		"for a disabled account":       {func(a *account.Account, _ *account.Link) { a.DisabledAt = 1 }, noon, false},
		"of an epoch that is to come":  {func(_ *account.Account, l *account.Link) { l.Epoch = 4 }, noon, false},
		"that was made without an end": {func(_ *account.Account, l *account.Link) { l.ExpiresAt = 0 }, noon, false},
	} {
		a, l := owner, link
		if c.change != nil {
			c.change(&a, &l)
		}
		if got := l.Counts(&a, c.at); got != c.want {
			t.Errorf("%s it counts: %v", name, got)
		}
	}
	if account.InvitationLifetime != 168*time.Hour || account.MinInvitationLifetime != time.Hour || account.MaxInvitationLifetime != 720*time.Hour || account.PasswordLinkLifetime != time.Hour {
		t.Error("a lifetime is not 7 days, 1 hour to 30 days, and 1 hour")
	}
}

func TestLinksEnd(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto, berta := k.create("otto"), k.create("berta")
		k.link("token", k.id, otto, berta)
		k.in(func(ctx context.Context, tx *database.Tx) error { return account.EndLink(ctx, tx, otto) })
		if k.linkOf(k.id) == nil || k.linkOf(otto) != nil || k.linkOf(berta) == nil {
			t.Error("not the one link was ended")
		}
		k.in(func(ctx context.Context, tx *database.Tx) error { return account.EndLink(ctx, tx, otto) }) // none is there

		overdue := func(at time.Time, limit int) (n int64) {
			k.in(func(ctx context.Context, tx *database.Tx) (err error) {
				n, err = account.EndOverdueLinks(ctx, tx, at, limit)
				return err
			})
			return n
		}
		k.link("token", k.id, otto, berta)
		end := noon.Add(time.Hour)
		if n := overdue(end.Add(-time.Millisecond), 10); n != 0 {
			t.Errorf("%d links ended before their time", n)
		}
		if first, second, third := overdue(end, 2), overdue(end, 2), overdue(end, 2); first != 2 || second != 1 || third != 0 {
			t.Errorf("%d, %d and %d links ended", first, second, third)
		}
		k.link("token", k.id, otto)
		k.in(func(ctx context.Context, tx *database.Tx) error { return account.EndEveryLink(ctx, tx) })
		if n := k.count("account_links", "1 = 1"); n != 0 {
			t.Errorf("%d links are left", n)
		}
	})
}
