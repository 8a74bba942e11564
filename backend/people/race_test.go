package people_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/people"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

// duel is what a racing process needs: two administrators, each of whom acts on the
// other.
type duel struct {
	Ring string
	Now  time.Time
	Act  string
	// Operator says that the command line acts on one of them instead. No two such acts
	// have the lock of an account in common.
	Operator bool
	Tokens   [2]auth.Tokens
	IDs      [2]int64
	Names    [2]string
}

// duels are the acts that take an administrator away.
var duels = map[string]func(ctx context.Context, s *people.Service, by auth.Actor, id int64, name string) error{
	"role": func(ctx context.Context, s *people.Service, by auth.Actor, id int64, _ string) error {
		return s.SetRole(ctx, by, id, account.Person, false)
	},
	"disable": func(ctx context.Context, s *people.Service, by auth.Actor, id int64, _ string) error {
		return s.Disable(ctx, by, id)
	},
	"delete": func(ctx context.Context, s *people.Service, by auth.Actor, id int64, name string) error {
		return s.Delete(ctx, by, id, name, false)
	},
	"remove second factor": func(ctx context.Context, s *people.Service, by auth.Actor, id int64, _ string) error {
		return s.RemoveSecondFactor(ctx, by, id, "lost")
	},
}

func (d duel) fight(ctx context.Context, s *people.Service, who int) error {
	by, err := d.actor(ctx, s, who)
	if err != nil {
		return err
	}
	return duels[d.Act](ctx, s, by, d.IDs[1-who], d.Names[1-who])
}

func (d duel) actor(ctx context.Context, s *people.Service, who int) (auth.Actor, error) {
	if d.Operator {
		return auth.Operator, nil
	}
	c, err := s.Resolve(ctx, auth.Client{Address: netip.MustParseAddr("192.0.2.7")}, d.Tokens[who], true)
	return auth.By(c), err
}

// serviceOf is the service of a racing process.
func serviceOf(db *database.DB, ring string, now time.Time) (*people.Service, error) {
	keys, err := secretbox.Load(ring)
	if err != nil {
		return nil, err
	}
	return people.New(auth.New(auth.Deps{DB: db, Keys: keys, Hasher: password.NewHasher(1, testCost), Now: func() time.Time { return now }})), nil
}

// lostDuel says whether an answer means that the other one was faster, or that the act
// was done before.
func lostDuel(err error) bool {
	switch apperr.CodeOf(err) {
	case apperr.SignedOut, apperr.RoleOwed, apperr.FactorOwed, apperr.LastAdministrator, apperr.WrongState, apperr.NotFound:
		return true
	}
	return false
}

var claims = []testdb.Claim{{
	Name: "duel",
	Run: func(ctx context.Context, db *database.DB, arg string) error {
		var d duel
		if err := json.Unmarshal([]byte(arg), &d); err != nil {
			return err
		}
		s, err := serviceOf(db, d.Ring, d.Now)
		if err != nil {
			return err
		}
		return d.fight(ctx, s, rand.IntN(2))
	},
	Lost: lostDuel,
}, {
	Name: "link",
	Run: func(ctx context.Context, db *database.DB, arg string) error {
		var u linkUse
		if err := json.Unmarshal([]byte(arg), &u); err != nil {
			return err
		}
		return u.run(ctx, db)
	},
	Lost: func(err error) bool { return apperr.CodeOf(err) == apperr.LinkEnded },
}, {
	Name: "help",
	Run: func(ctx context.Context, db *database.DB, arg string) error {
		var u helpUse
		if err := json.Unmarshal([]byte(arg), &u); err != nil {
			return err
		}
		return u.run(ctx, db)
	},
	// The second try in a browser finds its sign-in ended; five wrong tries make others wait.
	Lost: func(err error) bool {
		return slices.Contains([]apperr.Code{apperr.CodeUsed, apperr.CodeWait, apperr.CodeWrong, apperr.PendingEnded}, apperr.CodeOf(err))
	},
}}

// linkUse is what a racing process needs to use a link.
type linkUse struct {
	Ring, Token string
	Now         time.Time
}

func (u linkUse) run(ctx context.Context, db *database.DB) error {
	s, err := serviceOf(db, u.Ring, u.Now)
	if err != nil {
		return err
	}
	_, err = s.UseLink(ctx, &auth.Caller{}, u.Token, newPassword)
	return err
}

// raceKit is a kit on a database that other processes may open.
func raceKit(t *testing.T, engine string) (*kit, database.Options) {
	t.Helper()
	o := testdb.Options(t, engine)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newKit(t, db), o
}

// twoAdministrators are ready to act on each other.
func (h *kit) twoAdministrators(act string) duel {
	h.Helper()
	d := duel{Ring: h.ringPath, Act: act}
	for i := range 2 {
		p := h.protected(h.fresh("root"), account.Administrator)
		d.Tokens[i], d.IDs[i], d.Names[i] = p.tokens, p.id, p.name
	}
	d.Now = h.clock.Now()
	return d
}

// protecting returns the enabled administrators with a second factor.
func (h *kit) protecting() (ids []int64) {
	h.Helper()
	h.must(h.db.Read(h.ctx).Raw("SELECT id FROM accounts WHERE admin = ? AND disabled_at = 0 AND EXISTS"+
		" (SELECT 1 FROM totp_keys k WHERE k.account_id = accounts.id)", true).Scan(&ids).Error)
	return ids
}

// Two administrators take each other away, or two operators take both away, two
// hundred times at once from two processes: one is faster, and one administrator is
// left.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	for act := range duels {
		for _, operator := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, operator %v", act, operator), func(t *testing.T) {
				testdb.EachEngine(t, func(t *testing.T, engine string) {
					h, o := raceKit(t, engine)
					d := h.twoAdministrators(act)
					d.Operator = operator
					arg, err := json.Marshal(d)
					h.must(err)
					got := testdb.Race(t, o, "duel", string(arg))
					if got.Won != 1 || got.Lost != testdb.All()-1 {
						t.Errorf("%d won and %d lost of %d", got.Won, got.Lost, testdb.All())
					}
					if left := h.protecting(); len(left) != 1 {
						t.Errorf("%d administrators are left", len(left))
					}
				})
			})
		}
	}
}

// The same in many rounds, of which each is decided by the first moment. Both use a
// handle of their own on the database, as two instances do.
func TestTwoAdministratorsAtOnceInManyRounds(t *testing.T) {
	for _, operator := range []bool{false, true} {
		t.Run(fmt.Sprint("operator ", operator), func(t *testing.T) {
			testdb.EachEngine(t, func(t *testing.T, engine string) { manyRounds(t, engine, operator) })
		})
	}
}

func manyRounds(t *testing.T, engine string, operator bool) {
	h, o := raceKit(t, engine)
	handles := [2]*people.Service{h.Service, h.on(testdb.Open(t, o))}
	d := h.twoAdministrators("role")
	d.Operator = operator
	wins := [2]int{}
	for range 60 {
		var errs [2]error
		var all sync.WaitGroup
		begin := make(chan struct{})
		for who := range 2 {
			all.Go(func() {
				<-begin
				errs[who] = d.fight(h.ctx, handles[who], who)
			})
		}
		close(begin)
		all.Wait()
		left := h.protecting()
		if (errs[0] == nil) == (errs[1] == nil) || len(left) != 1 {
			t.Fatalf("answers %v, %d administrators are left", errs, len(left))
		}
		for who, err := range errs {
			switch {
			case err == nil && left[0] != d.IDs[who]:
				t.Fatal("the one who was faster is no administrator")
			case err == nil:
				wins[who]++
				h.must(h.SetRole(h.ctx, auth.Operator, d.IDs[1-who], account.Administrator, false))
			case !lostDuel(err):
				t.Fatal(err)
			}
		}
	}
	t.Logf("the first was faster %d times, the second %d times", wins[0], wins[1])
}

// Two administrators disable each other while links that they gave are used. On MariaDB
// this leads to deadlocks. Nothing may stay of a try that was rolled back, so one
// administrator is left in every round.
func TestAdministratorsAreDisabledWhileTheirLinksAreUsed(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		h, o := raceKit(t, engine)
		handles := [3]*people.Service{h.on(testdb.Open(t, o)), h.on(testdb.Open(t, o)), h.on(testdb.Open(t, o))}
		for range 25 {
			d := h.twoAdministrators("disable")
			links := [2]string{}
			for i := range links {
				by, err := d.actor(h.ctx, h.Service, i)
				h.must(err)
				_, link, err := h.Invite(h.ctx, by, people.Invitation{Username: h.fresh("guest"), Lifetime: oneWeek, Language: "en"})
				h.must(err)
				links[i] = link.Token
			}
			guest := h.at("guest", 0).caller()
			var errs [2]error
			var all sync.WaitGroup
			begin := make(chan struct{})
			for i := range 2 {
				all.Go(func() { <-begin; errs[i] = d.fight(h.ctx, handles[i], i) })
				all.Go(func() { <-begin; _, _ = handles[2].UseLink(h.ctx, guest, links[i], newPassword) })
			}
			close(begin)
			all.Wait()
			left := h.protecting()
			if (errs[0] == nil) == (errs[1] == nil) || len(left) != 1 {
				t.Fatalf("answers %v, %d administrators are left", errs, len(left))
			}
			h.must(h.Delete(h.ctx, auth.Operator, left[0], d.Names[slices.Index(d.IDs[:], left[0])], true))
		}
	})
}

// Acts on administrators, of which all administrators are told, do not fail because of
// each other.
func TestActsOnAdministratorsDoNotDeadlock(t *testing.T) {
	each(t, func(h *kit) {
		var ids []int64
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			ids = append(ids, h.protected(name, account.Administrator).id)
		}
		var all sync.WaitGroup
		for i, id := range ids {
			all.Go(func() {
				for turn := range 10 {
					if err := h.Rename(h.ctx, auth.Operator, id, people.Names{Username: fmt.Sprintf("n%d-%d", i, turn)}); err != nil {
						t.Errorf("rename %d: %v", turn, err)
					}
				}
			})
		}
		all.Wait()
	})
}
