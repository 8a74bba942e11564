package gate_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// What ends at the sign-in ends in every application: on this instance with the next
// request, on others within a second.
func TestWhatEndsAnApplicationSession(t *testing.T) {
	cases := map[string]struct {
		end  func(p *someone)
		want int
	}{
		"signed out":       {func(p *someone) { p.must(second(p.SignOut(p.ctx, p.caller()))) }, 401},
		"account disabled": {func(p *someone) { p.must(second(p.DisableAccount(p.ctx, p.name, true))) }, 401},
		"account deleted":  {func(p *someone) { p.must(p.Delete(p.ctx, auth.Operator, p.id, p.name, true)) }, 401},
		"sessions ended":   {func(p *someone) { p.must(p.EndSessions(p.ctx, auth.Operator, p.id)) }, 401},
		"paused: the epoch of the acting session": {func(p *someone) {
			i, err := p.Pause(p.ctx, p.caller(), 0)
			p.must(err)
			p.keep(i)
		}, 401},
		"group left":   {func(p *someone) { p.must(p.SetGroups(p.ctx, auth.Operator, p.id, nil)) }, 403},
		"rule changed": {func(p *someone) { p.changeRule(func(r *people.ApplicationRule) { r.Path = "/other" }) }, 403},
		"freshness demanded": {func(p *someone) {
			p.clock.move(2 * time.Minute)
			p.changeRule(func(r *people.ApplicationRule) { r.MaxAgeMinutes = 1 })
		}, 401},
		"application deleted": {func(p *someone) { p.must(p.DeleteApplication(p.ctx, auth.Operator, p.applicationID())) }, 403},
	}
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		here := newKit(t, db)
		there := here.on(testdb.Open(t, o))
		here.must(second(here.CreateGroup(here.ctx, auth.Operator, "staff", "")))
		for name, c := range cases {
			t.Run(name, func(t *testing.T) { endsBoth(t, here, there, c.end, c.want) })
		}
	})
}

// endsBoth lets a new person into an application on two instances, and ends it on one.
func endsBoth(t *testing.T, here, there *kit, end func(p *someone), want int) {
	rule := everybody("/")
	rule.Who, rule.Groups = app.Groups, []string{"staff"}
	here.TB, there.TB = t, t
	id := here.application("Wiki", wiki, rule).ID
	defer func() { _ = here.DeleteApplication(here.ctx, auth.Operator, id) }() // one case has deleted it
	anna := here.protected(fmt.Sprintf("anna-%d", id))
	here.must(here.SetGroups(here.ctx, auth.Operator, anna.id, []string{"staff"}))
	anna.opens(wiki)
	elsewhere := *anna
	elsewhere.kit = there
	anna.status(200, "GET", wiki+"/", fetched())
	elsewhere.soon(200) // it has to see the application first
	end(anna)
	anna.status(want, "GET", wiki+"/", fetched())
	elsewhere.soon(want)
	elsewhere.status(want, "GET", wiki+"/", fetched())
}

// soon asks again until an instance has seen what another one did.
func (p *someone) soon(want int) {
	p.Helper()
	began := time.Now()
	for {
		got := p.ask(p.as(question{"nginx", "GET", wiki + "/", fetched()})).StatusCode
		if got == want {
			return
		}
		if time.Since(began) > auth.MaxStale+busy {
			p.Fatalf("still %d, want %d", got, want)
		}
	}
}

// busy is how long a request may take on a machine with other work.
const busy = 5 * time.Second

func (k *kit) applicationID() int64 {
	k.Helper()
	all, err := k.Service.Applications(k.ctx, auth.Operator)
	k.must(err)
	return all[0].ID
}

func (p *someone) changeRule(change func(r *people.ApplicationRule)) {
	p.Helper()
	a, err := p.Service.Application(p.ctx, auth.Operator, p.applicationID())
	p.must(err)
	change(&a.Rules[0])
	p.must(second(p.ChangeApplication(p.ctx, auth.Operator, a)))
}

// What is owed now counts at each check, whatever has been cached: a pause ends by the
// clock alone.
func TestThePauseEndsByTheClock(t *testing.T) {
	each(t, func(k *kit) {
		simple := everybody("/")
		simple.Factor = app.Password
		k.application("Wiki", wiki, simple)
		anna := k.protected("anna")
		i, err := anna.Pause(k.ctx, anna.caller(), time.Hour)
		k.must(err)
		anna.keep(i)
		anna.signInAgain() // at level 1
		anna.opens(wiki)
		anna.status(200, "GET", wiki+"/", fetched())
		anna.keepAlive(59 * time.Minute)
		anna.status(200, "GET", wiki+"/", fetched())
		k.clock.move(2 * time.Minute)
		anna.status(401, "GET", wiki+"/", fetched())
	})
}

// signInAgain opens another session with the password alone.
func (p *someone) signInAgain() {
	p.Helper()
	p.tokens.Session = ""
	r, err := p.SignIn(p.ctx, p.caller(), p.name, goodPassword)
	p.must(err)
	p.keep(r.Issued)
}

// keepAlive lets time go by while the person opens a page now and then.
func (p *someone) keepAlive(d time.Duration) {
	p.Helper()
	for ; d > 0; d -= 30 * time.Minute {
		p.clock.move(min(d, 30*time.Minute))
		p.status(200, "GET", wiki+"/", navigation())
	}
}

// Pages and writes keep the session; what a page sends by itself does not. It is stored
// at most once a minute.
func TestWhatCountsAsActivity(t *testing.T) {
	each(t, func(k *kit) {
		k.application("Wiki", wiki, everybody("/"))
		anna := k.protected("anna")
		anna.opens(wiki)
		seen := func() int64 {
			t.Helper()
			var s session.Session
			k.must(k.db.Read(k.ctx).Where("account_id = ?", anna.id).Take(&s).Error)
			return s.LastSeenAt
		}
		began := seen()
		k.clock.move(20 * time.Minute)
		anna.status(200, "GET", wiki+"/", fetched())
		if seen() != began {
			t.Error("a script's request kept the session")
		}
		for _, c := range []struct {
			method  string
			headers http.Header
		}{{"GET", navigation()}, {"POST", fetched()}} {
			k.clock.move(20 * time.Minute)
			anna.status(200, c.method, wiki+"/", c.headers)
			if now := k.clock.Now().UnixMilli(); seen() != now {
				t.Errorf("%s did not keep the session: %d", c.method, now-seen())
			}
			kept := seen()
			k.clock.move(59 * time.Second)
			anna.status(200, c.method, wiki+"/", c.headers)
			if seen() != kept {
				t.Errorf("%s was stored twice in a minute", c.method)
			}
		}
		k.clock.move(time.Hour)
		anna.status(401, "GET", wiki+"/", fetched())
	})
}

// Without a sign-in nothing is stored and nothing is set.
func TestAnonymousChecksLeaveNothing(t *testing.T) {
	each(t, func(k *kit) {
		k.application("Wiki", wiki, public("/public"), everybody("/"))
		nobody := &someone{kit: k, cookies: map[string]string{"__Host-im_app": randomToken(), "__Host-im_start": randomToken()}}
		before := testdb.Dump(t, k.db)
		for _, endpoint := range both {
			for _, path := range []string{"/", "/public"} {
				for _, headers := range []http.Header{navigation(), fetched()} {
					if res := nobody.ask(nobody.as(question{endpoint, "GET", wiki + path, headers})); len(res.Cookies()) > 0 {
						t.Errorf("%s %s sets %v", endpoint, path, res.Cookies())
					}
				}
			}
		}
		if after := testdb.Dump(t, k.db); string(after) != string(before) {
			t.Error("something was stored")
		}
	})
}

// While the database is away nobody is let in, and nobody is sent to a sign-in that does
// not work.
func TestWithoutADatabase(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, public("/public"), everybody("/"))
	anna := k.protected("anna")
	anna.opens(wiki)
	k.must(k.db.Close())
	away := time.Now()
	nobody := &someone{kit: k, cookies: map[string]string{}}
	for anna.ask(anna.as(question{"nginx", "GET", wiki + "/", fetched()})).StatusCode == 200 {
		if time.Since(away) > auth.MaxStale+busy {
			t.Fatal("still let in")
		}
	}
	for _, p := range []*someone{anna, nobody} {
		for _, path := range []string{"/", "/public"} {
			p.status(503, "GET", wiki+path, navigation())
			p.status(503, "GET", wiki+path, fetched())
		}
	}
	if res := anna.visit("wiki.example.com", "/.imagemaster/done?ticket=x"); res.StatusCode != 503 {
		t.Errorf("a ticket gives %d", res.StatusCode)
	}
}

// Who has to do something first is not let in.
func TestWhoOwesSomethingIsNotLetIn(t *testing.T) {
	k := sqlite(t)
	simple := everybody("/")
	simple.Factor = app.Password
	k.application("Wiki", wiki, simple)
	anna := k.person("anna")
	anna.opens(wiki)
	anna.status(200, "GET", wiki+"/", fetched())
	required := *anna
	required.kit = k.on(k.db, func(d *auth.Deps) { d.RequireTwoFactor = true })
	required.status(401, "GET", wiki+"/", fetched())
	a, err := account.Find(context.Background(), k.db.Read(k.ctx), anna.id)
	k.must(err)
	k.must(k.db.InTx(k.ctx, func(tx *database.Tx) error { return account.DemandNewPassword(k.ctx, tx, a.ID) }))
	anna.status(401, "GET", wiki+"/", fetched())
}
