package auth_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/password"
	"imagemaster/backend/testdb"
)

// eachTwice runs a scenario on both engines, with a second instance on the same database.
func eachTwice(t *testing.T, scenario func(h, other *kit)) {
	t.Helper()
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		other := *h
		other.db = testdb.Open(t, o)
		other.Service = auth.New(auth.Deps{DB: other.db, Keys: h.ring, Hasher: password.NewHasher(4, testCost), Now: h.clock.Now, Issuer: "ImageMaster", Version: "test", Host: "other"})
		scenario(h, &other)
	})
}

// mayOpen judges a request to an application with a cookie, as the gate does.
func (h *kit) mayOpen(origin, token, method string) bool {
	h.Helper()
	set, err := h.ApplicationSet(h.ctx)
	h.must(err)
	a := set.At(origin)
	c, err := h.IdentifyApp(h.ctx, token, app.HostOf(origin))
	h.must(err)
	if a == nil || c == nil || c.AppSession.ApplicationID != a.ID {
		return false
	}
	p, err := h.Person(h.ctx, c)
	h.must(err)
	return a.Decide(method, "/page", &p, h.clock.Now()).Allowed
}

// forget lets the instance read everything again.
func (h *kit) forget() {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(*database.Tx) error { return nil }))
}

// replace changes the application.
func (h *kit) replace(id int64, change func(a *app.Application)) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		if err := app.Lock(h.ctx, tx); err != nil {
			return err
		}
		a, err := app.Find(h.ctx, tx, id)
		if err != nil {
			return err
		}
		change(a)
		return app.Replace(h.ctx, tx, a)
	}))
}

// scene is a person in a group who is signed in to an application, whose rule is for that
// group. The second factor is paused for an hour.
type scene struct {
	*kit
	name, origin string
	b            *browser // the acting session
	phone        *phone
	accountID    int64
	id           int64 // of the application
	group        int64
	token        string
	ended        time.Time
}

func newScene(h *kit, name string) *scene {
	h.Helper()
	h.addUser(name)
	s := &scene{kit: h, name: name, origin: "https://" + name + ".example.com", b: h.browser()}
	s.b.signIn(name, goodPassword)
	s.phone = s.b.setUp()
	s.accountID = s.b.caller().Account.ID
	s.group = h.group("crew-"+name, s.accountID)
	s.id = h.application(name, s.origin, app.Rule{Path: "/", Who: app.Groups, Groups: []int64{s.group}, Factor: app.Password})
	h.must(s.b.pause(time.Hour))
	s.b.signOut()
	s.enter() // during the pause
	return s
}

// enter signs in with the password, and to the application.
func (s *scene) enter() {
	s.Helper()
	s.b.signIn(s.name, goodPassword)
	o, err := s.b.open(s.origin, "/page")
	s.must(err)
	s.token, err = s.RedeemTicket(s.ctx, o.Ticket, auth.Redemption{Origin: s.origin, Page: "/page", State: mine})
	s.must(err)
}

// endings are acts after which the cookie opens nothing.
var endings = map[string]func(s *scene){
	"signed out": func(s *scene) { s.b.signOut() },
	"ended from another session": func(s *scene) {
		other := s.browser()
		other.signIn(s.name, goodPassword)
		s.must(other.EndSession(s.ctx, other.caller(), s.b.caller().Session.ID))
	},
	"all other sessions ended": func(s *scene) {
		other := s.browser()
		other.signIn(s.name, goodPassword)
		s.must(other.EndOtherSessions(s.ctx, other.caller()))
	},
	"all sessions of everybody ended": func(s *scene) { s.must(second(s.EndAllSessions(s.ctx))) },
	"the acting session changes the password": func(s *scene) {
		s.must(s.b.stepUp(goodPassword, s.phone.code(0)))
		s.must(s.b.changePassword(goodPassword, newPassword))
	},
	"the acting session enables the factor": func(s *scene) { s.must(s.b.enable(s.phone.code(0))) },
	"the operator sets a password":          func(s *scene) { s.must(second(s.SetPassword(s.ctx, s.name, newPassword))) },
	"the operator removes the factor": func(s *scene) {
		s.must(second(s.ResetTwoFactor(s.ctx, s.name, auth.Reset{KeepPassword: true})))
	},
	"disabled": func(s *scene) { s.must(second(s.DisableAccount(s.ctx, s.name, true))) },
	"the account is deleted": func(s *scene) {
		s.must(s.db.InTx(s.ctx, func(tx *database.Tx) error {
			a, err := account.Find(s.ctx, tx, s.accountID)
			if err != nil {
				return err
			}
			return account.Delete(s.ctx, tx, a)
		}))
	},
	"out of the group": func(s *scene) {
		s.must(s.db.InTx(s.ctx, func(tx *database.Tx) error {
			return second(group.Leave(s.ctx, tx, s.group, s.accountID))
		}))
	},
	"the application is deleted":   func(s *scene) { s.deleteApplication(s.id) },
	"the application is made anew": func(s *scene) { s.deleteApplication(s.id); s.application(s.name, s.origin, forEverybody(app.Password)) },
	"the application moves": func(s *scene) {
		s.replace(s.id, func(a *app.Application) { a.Addresses[0] = "https://moved." + s.name + ".example.com" })
	},
	"the rule is taken away":     func(s *scene) { s.replace(s.id, func(a *app.Application) { a.Rules = nil }) },
	"the rule is for reading":    func(s *scene) { s.replace(s.id, func(a *app.Application) { a.Rules[0].Reading = true }) },
	"the rule wants two factors": func(s *scene) { s.replace(s.id, func(a *app.Application) { a.Rules[0].Factor = app.TwoFactors }) },
	"the rule is for another group": func(s *scene) {
		other := s.kit.group("other-" + s.name)
		s.replace(s.id, func(a *app.Application) { a.Rules[0].Groups[0] = other })
	},
}

// What ends a sign-in, or changes what it may do, counts for the next request on this
// instance, and within a second on another one.
func TestEndingsAreSeenAtOnce(t *testing.T) {
	const last = "all sessions of everybody ended"
	names := slices.Sorted(maps.Keys(endings))
	names = append(slices.DeleteFunc(names, func(name string) bool { return name == last }), last)
	eachTwice(t, func(h, other *kit) {
		scenes := map[string]*scene{}
		for i, what := range names {
			scenes[what] = newScene(h, fmt.Sprint("anna", i))
		}
		open := map[string]*scene{} // on the other instance
		look := func() {
			for what, s := range open {
				began := time.Now()
				switch {
				case !other.mayOpen(s.origin, s.token, "POST"):
					delete(open, what)
				case began.Sub(s.ended) >= time.Second:
					h.Errorf("%s: another instance goes on after %v", what, began.Sub(s.ended))
					delete(open, what)
				}
			}
		}
		for _, what := range names {
			s := scenes[what]
			for _, k := range []*kit{h, other, h, other} { // both keep it in memory
				if !k.mayOpen(s.origin, s.token, "POST") {
					h.Fatalf("%s: it is not open before", what)
				}
			}
			endings[what](s)
			s.ended = time.Now()
			if h.mayOpen(s.origin, s.token, "POST") {
				h.Errorf("%s: this instance goes on", what)
			}
			open[what] = s
			look()
		}
		for len(open) > 0 {
			look()
			time.Sleep(time.Millisecond)
		}
		for what, s := range scenes {
			if h.mayOpen(s.origin, s.token, "POST") || other.mayOpen(s.origin, s.token, "POST") {
				h.Errorf("%s: it counts again", what)
			}
		}
	})
}

// What the clock ends is judged with each request, also of a caller kept in memory.
func TestEndingsByTheClock(t *testing.T) {
	cases := map[string]struct {
		ready  func(s *scene)
		length time.Duration // until it ends, 0 = what is left of the pause
	}{
		"a pause": {func(*scene) {}, 0},
		"an idle session": {func(s *scene) {
			s.must(second(s.ResetTwoFactor(s.ctx, s.name, auth.Reset{KeepPassword: true})))
			s.enter()
		}, time.Hour},
		"a session": {func(s *scene) {
			s.must(second(s.ResetTwoFactor(s.ctx, s.name, auth.Reset{KeepPassword: true})))
			s.enter()
			for range 24 {
				s.clock.move(59 * time.Minute)
				s.b.caller()
			}
		}, 24 * time.Minute},
		"fresh factors": {func(s *scene) {
			s.replace(s.id, func(a *app.Application) { a.Rules[0].MaxAgeMinutes = 30 })
		}, 30*time.Minute + time.Millisecond},
	}
	eachTwice(t, func(h, other *kit) {
		n := 0
		for what, c := range cases {
			n++
			s := newScene(h, fmt.Sprint("anna", n))
			c.ready(s)
			other.forget() // the scene before
			limit := c.length
			if limit == 0 {
				limit = time.UnixMilli(s.b.caller().Account.PausedUntil).Sub(h.clock.Now())
			}
			h.clock.move(limit - time.Millisecond)
			for _, k := range []*kit{h, other} {
				if !k.mayOpen(s.origin, s.token, "GET") {
					h.Errorf("%s has ended too early", what)
				}
			}
			h.clock.move(time.Millisecond)
			for _, k := range []*kit{h, other} {
				if k.mayOpen(s.origin, s.token, "GET") {
					h.Errorf("%s goes on", what)
				}
			}
		}
	})
}

// Where the operator demands a second factor from now on, who has none opens nothing.
func TestADemandedFactorClosesApplications(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki, forEverybody(app.Password))
		token := b.enter()
		if !h.mayOpen(wiki, token, "GET") {
			t.Fatal("it is closed before")
		}
		h.RequireTwoFactor = true
		h.must(h.db.InTx(h.ctx, func(*database.Tx) error { return nil })) // a server that starts anew has nobody in memory
		if h.mayOpen(wiki, token, "GET") {
			t.Error("it is open without a factor")
		}
	})
}

// Rules of one state never meet the groups of another, although they are read one after
// the other.
func TestApplicationsAreReadInOneState(t *testing.T) {
	eachTwice(t, func(h, other *kit) {
		crew, staff := h.group("crew"), h.group("staff")
		forStaff := app.Rule{Path: "/", Who: app.Groups, Groups: []int64{staff}, Factor: app.Password}
		id := h.application("Wiki", wiki, forStaff)
		changed := false
		h.must(h.db.Read(h.ctx).Callback().Query().After("gorm:query").Register("meanwhile", func(tx *database.Tx) {
			if changed || tx.Statement.Table != "application_rules" {
				return
			}
			changed = true
			other.replace(id, func(a *app.Application) {
				a.Rules = []app.Rule{{Path: "/crew", Who: app.Groups, Groups: []int64{crew}, Factor: app.Password}, forStaff}
			})
		}))
		set, err := h.ApplicationSet(h.ctx)
		h.must(err)
		if !changed {
			h.Fatal("nothing was changed meanwhile")
		}
		sailor := &app.Person{SignedIn: true, Groups: []int64{crew}}
		for path, want := range map[string]bool{"/": false, "/crew": true} {
			if d := set.At(wiki).Decide("GET", path, sailor, h.clock.Now()); d.Allowed != want {
				h.Errorf("%s is judged %+v by %+v", path, d, set.At(wiki).Rules)
			}
		}
	})
}
