package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"imagemaster/backend/app"
	"imagemaster/backend/database"
	"imagemaster/backend/opaque"
	"imagemaster/backend/testdb"
)

// Of a token only the hash is stored.
func TestTokens(t *testing.T) {
	each(t, func(k *kit) {
		a, s := k.create("Wiki", wiki), k.session()
		ticket := k.issue(s, a.ID, monday)
		cookie, err := k.open(s, a.ID, "wiki.example.com")
		if err != nil {
			t.Fatal(err)
		}
		dump := testdb.Dump(t, k.db)
		for what, token := range map[string]string{"ticket": ticket, "cookie": cookie} {
			if raw, _ := base64.RawURLEncoding.DecodeString(token); bytes.Contains(dump, []byte(token)) || bytes.Contains(dump, raw) {
				t.Errorf("the %s is stored", what)
			}
			if !bytes.Contains(dump, opaque.HashToken(token)) {
				t.Errorf("the hash of the %s is not stored", what)
			}
		}
	})
}

// A ticket counts once, for a minute, and any try uses it up.
func TestATicketIsUsedOnce(t *testing.T) {
	each(t, func(k *kit) {
		a, s := k.create("Wiki", wiki), k.session()
		token := k.issue(s, a.ID, monday)
		got, err := k.burn(token, monday.Add(59999*time.Millisecond))
		if err != nil || got.SessionID != s || got.Epoch != 5 || got.ApplicationID != a.ID || got.Origin != wiki || got.Page != "/page?x=1" || len(got.State) != 32 {
			t.Fatalf("%+v, %v", got, err)
		}
		for range 2 {
			if _, err := k.burn(token, monday); !errors.Is(err, app.ErrNotFound) {
				t.Errorf("used again: %v", err)
			}
		}
		for what, times := range map[string][2]time.Duration{
			"late":               {time.Minute, time.Second},
			"an hour late":       {time.Hour, time.Second},
			"from the future":    {-time.Millisecond, 0},
			"from a far future":  {-24 * time.Hour, time.Second},
			"never used up late": {time.Minute, time.Minute},
		} {
			token := k.issue(s, a.ID, monday)
			for i, at := range times {
				if got, err := k.burn(token, monday.Add(at)); !errors.Is(err, app.ErrNotFound) || got != nil {
					t.Errorf("%s, try %d: %+v, %v", what, i, got, err)
				}
			}
		}
		for _, token := range []string{"", "x", token + "x", token[1:], token[:42] + "=", string(opaque.HashToken(token))} {
			if _, err := k.burn(token, monday); !errors.Is(err, app.ErrNotFound) {
				t.Errorf("%q: %v", token, err)
			}
		}
		// Other tickets are not used up by that.
		if _, err := k.burn(k.issue(s, a.ID, monday), monday); err != nil {
			t.Error(err)
		}
	})
}

func TestTwoProcessesUseOneTicket(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		k := newKit(t, db)
		token := k.issue(k.session(), k.create("Wiki", wiki).ID, monday)
		if sum := testdb.Race(t, o, "burn", token); sum.Won != 1 || sum.Lost != testdb.All()-1 {
			t.Errorf("%d won, %d lost", sum.Won, sum.Lost)
		}
	})
}

// Of a session 20 tickets are kept, the newest. Other sessions have their own.
func TestASessionHasTwentyTickets(t *testing.T) {
	each(t, func(k *kit) {
		a, s := k.create("Wiki", wiki), k.session()
		other := k.issue(k.session(), a.ID, monday)
		var tokens []string
		for range 22 {
			tokens = append(tokens, k.issue(s, a.ID, monday))
		}
		if n := k.count("app_tickets"); n != 21 {
			t.Errorf("%d tickets are kept", n)
		}
		for i, token := range tokens {
			if _, err := k.burn(token, monday); (err == nil) != (i >= 2) {
				t.Errorf("ticket %d of 22: %v", i+1, err)
			}
		}
		if _, err := k.burn(other, monday); err != nil {
			t.Errorf("that of another session: %v", err)
		}
	})
}

// Tickets whose time is over are deleted, the oldest first, so many at once.
func TestOldTicketsAreDeleted(t *testing.T) {
	each(t, func(k *kit) {
		a, s := k.create("Wiki", wiki), k.session()
		for i := range 5 {
			k.issue(s, a.ID, monday.Add(time.Duration(i)*time.Second))
		}
		prune := func(after time.Duration, limit int) (deleted int64) {
			k.in(func(ctx context.Context, tx *database.Tx) (err error) {
				deleted, err = app.PruneTickets(ctx, tx, monday.Add(after), limit)
				return err
			})
			return deleted
		}
		for _, c := range []struct {
			after time.Duration
			limit int
			want  int64
			left  int
		}{{59999 * time.Millisecond, 9, 0, 5}, {time.Minute, 9, 1, 4}, {time.Hour, 3, 3, 1}, {time.Hour, 3, 1, 0}, {time.Hour, 3, 0, 0}} {
			if got := prune(c.after, c.limit); got != c.want || k.count("app_tickets") != c.left {
				t.Errorf("after %v: %d deleted, %d left, want %+v", c.after, got, k.count("app_tickets"), c)
			}
		}
	})
}

// A session has one application session at a host: a new one replaces it.
func TestOneApplicationSessionForAHost(t *testing.T) {
	each(t, func(k *kit) {
		a, b := k.create("Wiki", wiki), k.create("Files", "https://files.example.com")
		one, two := k.session(), k.session()
		counts := func(token string) bool {
			k.Helper()
			var n int
			if err := k.db.Read(t.Context()).Raw("SELECT COUNT(*) FROM app_sessions WHERE token_hash = ?", opaque.HashToken(token)).Scan(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n == 1
		}
		open := func(session, application int64, host string) string {
			t.Helper()
			token, err := k.open(session, application, host)
			if err != nil || !counts(token) {
				t.Fatalf("not opened: %v", err)
			}
			return token
		}
		first := open(one, a.ID, "wiki.example.com")
		others := []string{open(one, b.ID, "files.example.com"), open(two, a.ID, "wiki.example.com")}
		next := open(one, a.ID, "wiki.example.com")
		if counts(first) || !counts(next) || !counts(others[0]) || !counts(others[1]) {
			t.Error("a new application session replaces one of the same session and host, no other")
		}
		open(one, b.ID, "wiki.example.com") // the host has moved to another application
		if counts(next) {
			t.Error("two application sessions of one host")
		}
		for what, ids := range map[string][2]int64{"session": {one + two, a.ID}, "application": {one, a.ID + b.ID}} {
			if _, err := k.open(ids[0], ids[1], "x.example.com"); !errors.Is(err, app.ErrNotFound) {
				t.Errorf("opened without a %s: %v", what, err)
			}
		}
	})
}

// A ticket for what has ended meanwhile is refused as what is not there.
func TestNoTicketForWhatHasEnded(t *testing.T) {
	each(t, func(k *kit) {
		a, s := k.create("Wiki", wiki), k.session()
		for what, ids := range map[string][2]int64{"session": {s + 7, a.ID}, "application": {s, a.ID + 7}} {
			err := k.try(func(ctx context.Context, tx *database.Tx) error {
				return second(app.Issue(ctx, tx, &app.Ticket{SessionID: ids[0], Epoch: 5, ApplicationID: ids[1], Origin: wiki, Page: "/", State: make([]byte, 32)}, monday))
			})
			if !errors.Is(err, app.ErrNotFound) {
				t.Errorf("without a %s: %v", what, err)
			}
		}
		if n := k.count("app_tickets"); n != 0 {
			t.Errorf("%d tickets", n)
		}
	})
}
