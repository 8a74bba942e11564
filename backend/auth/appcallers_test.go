package auth_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/opaque"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// Who sends a request is read by one statement, and kept in memory.
func TestACallerIsReadOnce(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		id := b.caller().Account.ID
		h.application("Wiki", wiki, forEverybody(app.Password))
		token := b.enter()
		for _, name := range []string{"staff", "crew", "Zebra"} {
			h.group(name, id)
		}
		h.group("others")
		count := h.countQueries()
		for _, want := range []int{1, 0, 0} {
			var got string
			queries := count(func() {
				c := h.appCaller(token)
				if p, err := h.Person(h.ctx, c); err != nil || len(p.Groups) != 3 || c.Account.Username != "anna" {
					t.Errorf("the person is %+v, %v", p, err)
				}
				for _, g := range c.Groups {
					got += " " + g.Name
				}
			})
			if got != " Zebra crew staff" {
				t.Errorf("in the groups%s", got)
			}
			// A full second may pass between two on a busy machine.
			if queries != want && queries != want+1 {
				t.Errorf("%d statements, want %d", queries, want)
			}
		}
		began, queries := time.Now(), 0
		for time.Since(began) < 300*time.Millisecond {
			queries += count(func() { h.appCaller(token) })
		}
		if limit := 2*int(time.Since(began)/time.Second) + 2; queries > limit {
			t.Errorf("%d statements in %v", queries, time.Since(began))
		}
		h.forget()
		if queries := count(func() { h.appCaller(token) }); queries != 1 && queries != 2 {
			t.Errorf("after a commit: %d statements", queries)
		}
	})
}

// What is kept is the caller at one host, not the token.
func TestWhatIsKeptIsForOneHost(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki, forEverybody(app.Password))
		token := b.enter()
		for range 3 {
			if h.appCaller(token) == nil {
				t.Fatal("the cookie does not count")
			}
			for _, host := range []string{"", "login.example.com", "files.example.com", "wiki.example.com."} {
				if c, err := h.IdentifyApp(h.ctx, token, host); err != nil || c != nil {
					t.Errorf("at %q: %+v, %v", host, c, err)
				}
			}
		}
	})
}

// A cookie that does not count is looked for each time: it counts as soon as it is stored.
func TestWhatDoesNotCountIsNotKept(t *testing.T) {
	eachTwice(t, func(h, other *kit) {
		b := signedInAnna(h)
		id := h.application("Wiki", wiki, forEverybody(app.Password))
		session := b.caller().Session
		token, hash := opaque.NewToken()
		for range 3 {
			if h.appCaller(token) != nil {
				h.Fatal("an invented cookie counts")
			}
		}
		store := func(epoch int64) {
			h.Helper()
			h.must(other.db.InTx(h.ctx, func(tx *database.Tx) error {
				if err := tx.Where("session_id = ?", session.ID).Delete(&app.Session{}).Error; err != nil {
					return err
				}
				return tx.Create(&app.Session{TokenHash: hash, SessionID: session.ID, Host: wikiHost, Epoch: epoch, ApplicationID: id}).Error
			}))
		}
		for _, epoch := range []int64{session.Epoch - 1, session.Epoch + 1, 0} {
			store(epoch)
			if h.appCaller(token) != nil {
				h.Errorf("under the epoch %d the cookie counts", epoch)
			}
		}
		store(session.Epoch)
		if h.appCaller(token) == nil {
			h.Error("the cookie does not count although it is stored now")
		}
	})
}

// A kept caller counts for less than a second from before it was read, however often it
// is used.
func TestAKeptCallerDoesNotOutliveASecond(t *testing.T) {
	eachTwice(t, func(h, other *kit) {
		b := signedInAnna(h)
		id := b.caller().Account.ID
		crew := h.group("crew", id)
		h.application("Wiki", wiki, forEverybody(app.Password))
		token := b.enter()
		if c := other.appCaller(token); c == nil || len(c.Groups) != 1 {
			h.Fatal("the caller is not read")
		}
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error { return second(group.Leave(h.ctx, tx, crew, id)) }))
		left := time.Now()
		for began := time.Now(); len(other.appCaller(token).Groups) != 0; began = time.Now() {
			if began.Sub(left) >= time.Second {
				h.Fatalf("the group is kept after %v", began.Sub(left))
			}
		}
	})
}

// Using an application keeps the session, and is stored at most once a minute. Asking who
// it is keeps nothing.
func TestUsingAnApplicationKeepsTheSession(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki, forEverybody(app.Password))
		token := b.enter()
		id := b.caller().Session.ID
		seen := func() time.Time {
			t.Helper()
			var s session.Session
			h.must(h.db.Read(h.ctx).Where("id = ?", id).Take(&s).Error)
			return s.LastSeen()
		}
		commits := testdb.WatchCommits(t, h.db)
		began := seen()
		for _, step := range []struct {
			move   time.Duration
			writes int
		}{{0, 0}, {59999 * time.Millisecond, 0}, {time.Millisecond, 1}, {30 * time.Second, 0}, {30 * time.Second, 1}, {59 * time.Minute, 1}, {59 * time.Minute, 1}} {
			h.clock.move(step.move)
			h.forget()
			c := h.appCaller(token)
			if c == nil {
				t.Fatalf("the session has ended after %v", h.clock.Now().Sub(began))
			}
			written := commits.Of(func() {
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						if err := h.TouchApp(h.ctx, c); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
			})
			if written != step.writes {
				t.Errorf("%v after the beginning: %d writes, want %d", h.clock.Now().Sub(began), written, step.writes)
			}
			if step.writes == 1 && !seen().Equal(h.clock.Now().Truncate(time.Millisecond)) {
				t.Errorf("seen at %v", seen())
			}
		}
		for range 6 {
			h.clock.move(10*time.Minute - time.Millisecond)
			h.forget()
			if h.appCaller(token) == nil {
				t.Fatal("the session has ended early")
			}
		}
		h.clock.move(6 * time.Millisecond)
		h.forget()
		if h.appCaller(token) != nil {
			t.Error("asking who it is has kept the session")
		}
	})
}

// Storing the use of a session is no reason to read everybody again.
func TestUsingAnApplicationForgetsNobodyElse(t *testing.T) {
	each(t, func(h *kit) {
		h.application("Wiki", wiki, forEverybody(app.Password))
		var tokens []string
		for i := range 3 {
			name := fmt.Sprint("anna", i)
			h.addUser(name)
			b := h.browser()
			b.signIn(name, goodPassword)
			tokens = append(tokens, b.enter())
		}
		h.clock.move(2 * time.Minute)
		before := h.db.Commits()
		h.must(h.TouchApp(h.ctx, h.appCaller(tokens[0])))
		if h.db.Commits() != before {
			t.Error("it counts as a change that others have to see")
		}
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
			a, err := account.ByFoldedName(h.ctx, tx, "anna1")
			if err != nil {
				return err
			}
			return account.Delete(h.ctx, tx, a)
		}))
		if h.db.Commits() == before {
			t.Error("a deletion does not count as a change")
		}
		if h.appCaller(tokens[1]) != nil || h.appCaller(tokens[2]) == nil {
			t.Error("the deletion of an account ends its own sessions only, at once")
		}
	})
}
