package auth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/opaque"
)

const (
	wiki     = "https://wiki.example.com"
	wikiHost = "wiki.example.com"
)

// mine is the hash of a start cookie, and state is it as browsers send it.
var (
	mine  = opaque.HashToken("start cookie")
	state = base64.RawURLEncoding.EncodeToString(mine)
)

func forEverybody(factor app.Factor) app.Rule {
	return app.Rule{Path: "/", Who: app.Everybody, Factor: factor}
}

// application stores an application at an address, with rules.
func (h *kit) application(name, origin string, rules ...app.Rule) (id int64) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		if err := app.Lock(h.ctx, tx); err != nil {
			return err
		}
		a := app.Application{Name: name, Addresses: []string{origin}, Rules: rules}
		err := app.Create(h.ctx, tx, &a)
		id = a.ID
		return err
	}))
	return id
}

// group makes a group with somebody in it, and returns its id.
func (h *kit) group(name string, members ...int64) (id int64) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		g, err := group.Create(h.ctx, tx, name, "", h.clock.Now())
		if err == nil {
			id = g.ID
			err = second(group.Join(h.ctx, tx, id, members, h.clock.Now()))
		}
		return err
	}))
	return id
}

// open opens a page of an application.
func (b *browser) open(origin, page string) (auth.Opening, error) {
	b.Helper()
	return b.OpenApplication(b.ctx, b.caller(), origin, page, state)
}

// ticket is one for a page of the wiki.
func (b *browser) ticket(page string) string {
	b.Helper()
	o, err := b.open(wiki, page)
	b.must(err)
	if o.Ticket == "" {
		b.Fatalf("there is no ticket: %+v", o)
	}
	return o.Ticket
}

// enter signs the browser in to the wiki and returns its cookie.
func (b *browser) enter() (token string) {
	b.Helper()
	token, err := b.RedeemTicket(b.ctx, b.ticket("/page"), auth.Redemption{Origin: wiki, Page: "/page", State: mine})
	b.must(err)
	if token == "" {
		b.Fatal("there is no cookie")
	}
	return token
}

// countOf is how many rows a table has.
func (h *kit) countOf(table string) (n int) {
	h.Helper()
	h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(*) FROM " + table).Scan(&n).Error)
	return n
}

// A person gets a ticket for a page, and the event says which application it is.
func TestOpeningAnApplication(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("The wiki", wiki, forEverybody(app.Password))
		o, err := b.open(wiki, "/a/b?x=1&y=%20")
		h.must(err)
		if o.Application != "The wiki" || o.Origin != wiki || o.Page != "/a/b?x=1&y=%20" || o.Needs != nil {
			t.Errorf("opened: %+v", o)
		}
		ticket := o.Ticket
		if raw, err := base64.RawURLEncoding.DecodeString(ticket); err != nil || len(raw) != 32 {
			t.Errorf("the ticket is %q", ticket)
		}
		o.Ticket = "T"
		for again, want := range map[bool]string{false: "", true: "again=1&"} {
			if got := o.Done(again); got != wiki+"/.imagemaster/done?"+want+"ticket=T&to=%2Fa%2Fb%3Fx%3D1%26y%3D%2520" {
				t.Errorf("the address is %s", got)
			}
		}
		events := h.events()
		if e := events[len(events)-1]; e.Kind != audit.ApplicationOpened || e.Outcome != audit.OK || *e.AccountID != b.caller().Account.ID || e.SessionID != b.caller().Session.ID || e.Facts().Detail != "The wiki" {
			t.Errorf("the event is %+v", e)
		}
		all, err := app.List(h.ctx, h.db.Read(h.ctx))
		h.must(err)
		if !all[0].Opened().Equal(h.clock.Now().Truncate(time.Millisecond)) {
			t.Errorf("opened at %v", all[0].Opened())
		}
		for _, page := range []string{"", "//evil.com/", "/\\evil.com", "https://evil.com/", "/.imagemaster/start", "/x#y", "/x\r\ny", strings.Repeat("/x", 1025)} {
			if o, err := b.open(wiki, page); err != nil || o.Page != "/" || o.Ticket == "" {
				t.Errorf("%q: %+v, %v", page, o, err)
			}
		}
	})
}

// Whoever owes something first gets nothing, and neither does anybody for an address that
// is not there, or without the start cookie's hash.
func TestNothingIsOpenedForThoseWhoOweSomething(t *testing.T) {
	each(t, func(h *kit) {
		h.application("Wiki", wiki, app.Rule{Path: "/", Who: app.Public, Factor: app.NoFactor})
		b, p := withKey(h)
		_, err := b.open(wiki, "/") // the code is owed
		h.refused(err, apperr.SignedOut)
		h.refused(second(h.browser().open(wiki, "/")), apperr.SignedOut)
		h.must(b.verify(p.code(0)))
		h.must(h.CreateUser(h.ctx, auth.NewUser{Username: "otto", Password: "first password of the operator"}))
		otto := h.browser()
		otto.signIn("otto", "first password of the operator")
		h.refused(second(otto.open(wiki, "/")), apperr.PasswordChangeOwed)
		h.addUser("emil")
		emil := h.browser()
		emil.signIn("emil", goodPassword)
		h.RequireTwoFactor = true
		h.refused(second(emil.open(wiki, "/")), apperr.SetUpOwed)
		h.refused(second(h.OwnApplications(h.ctx, emil.caller())), apperr.SetUpOwed)
		h.RequireTwoFactor = false
		h.must(b.pause(time.Hour))
		paused := h.browser()
		paused.signIn("anna", goodPassword)
		paused.ticket("/")
		h.clock.move(time.Hour - time.Minute)
		paused.caller()
		h.clock.move(time.Minute)
		h.refused(second(paused.open(wiki, "/")), apperr.SecondFactorOwed) // the pause is over
		emil.signIn("emil", goodPassword)
		for _, origin := range []string{"", "https://other.example.com", "http://wiki.example.com", wiki + ":8443", wiki + "/", wiki + ".", "https://WIKI.example.com", wiki + "@evil.com"} {
			h.refused(second(emil.open(origin, "/")), apperr.NotFound)
		}
		for _, wrong := range []string{"", "x", state[1:], state + "A", state + "=", strings.Repeat("A", 42) + "+", strings.Repeat("A", 44)} {
			_, err := h.OpenApplication(h.ctx, emil.caller(), wiki, "/", wrong)
			h.refused(err, apperr.Invalid)
		}
		if n := h.countOf("app_tickets"); n != 1 { // that of the pause
			t.Errorf("%d tickets are stored", n)
		}
	})
}

// A rule refuses, or names what it needs. There is a ticket after exactly that.
func TestWhatOpeningNeeds(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		id := b.caller().Account.ID
		crew, staff := h.group("crew", id), h.group("staff")
		h.application("Wiki", wiki,
			app.Rule{Path: "/staff", Who: app.Groups, Groups: []int64{staff}, Factor: app.Password},
			app.Rule{Path: "/crew", Who: app.Groups, Groups: []int64{staff, crew}, Factor: app.Password},
			app.Rule{Path: "/write", Who: app.Everybody, Factor: app.TwoFactors},
			app.Rule{Path: "/fresh", Reading: true, Who: app.Everybody, Factor: app.TwoFactors, MaxAgeMinutes: 2})
		needs := func(page, want string) {
			t.Helper()
			before := h.countOf("app_tickets")
			o, err := b.open(wiki, page)
			h.must(err)
			got := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(o.Needs), "[]")), " ")
			if o.Ticket != "" {
				got = "ticket"
			} else if o.Needs == nil {
				got = "refused"
			}
			if issued := h.countOf("app_tickets") - before; got != want || (issued == 1) != (want == "ticket") {
				t.Errorf("%s: %s, %d tickets, want %s", page, got, issued, want)
			}
		}
		needs("/staff/x", "refused")
		needs("/other", "refused")
		needs("/", "refused")
		needs("/crew", "ticket")
		needs("/x/../crew", "refused")
		needs("/write", "set_up")
		p := b.setUp()
		needs("/write?x", "ticket")
		h.must(b.pause(0))
		paused := h.browser()
		paused.signIn("anna", goodPassword)
		b, acting := paused, b
		needs("/write", "code")
		needs("/crew", "ticket")
		b = acting
		h.must(b.enable(p.code(1)))
		h.clock.move(time.Minute)
		h.must(b.stepUp(goodPassword, p.code(1)))
		h.clock.move(2 * time.Minute)
		needs("/fresh", "ticket")
		h.clock.move(time.Millisecond)
		needs("/fresh", "password code")
		h.must(b.stepUp(goodPassword, ""))
		needs("/fresh", "code")
		h.must(b.stepUp("", p.code(0)))
		needs("/fresh", "ticket")
	})
}

// Home lists what a person may open, by name, where it begins.
func TestOwnApplications(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		crew, staff := h.group("crew", b.caller().Account.ID), h.group("staff")
		for name, rule := range map[string]app.Rule{
			"everybody": forEverybody(app.TwoFactors), "public": {Path: "/", Who: app.Public, Factor: app.NoFactor}, "part": {Path: "/part", Who: app.Groups, Groups: []int64{crew}, Factor: app.Password, MaxAgeMinutes: 1},
			"staff": {Path: "/", Who: app.Groups, Groups: []int64{staff}, Factor: app.Password},
		} {
			h.application(name, "https://"+name+".example.com", rule)
		}
		h.application("empty", "https://empty.example.com")
		h.clock.move(2 * time.Minute)
		own, err := h.OwnApplications(h.ctx, b.caller())
		h.must(err)
		want := []auth.OwnApplication{{Name: "everybody", Origin: "https://everybody.example.com", Start: "/"}, {Name: "part", Origin: "https://part.example.com", Start: "/part"}, {Name: "public", Origin: "https://public.example.com", Start: "/"}}
		if !slices.Equal(own, want) {
			t.Errorf("own: %+v", own)
		}
		h.refused(second(h.OwnApplications(h.ctx, h.browser().caller())), apperr.SignedOut)
	})
}

// The sign-in has moved to the host of an application: nothing opens there any more.
func TestAnApplicationOnTheHostOfTheSignIn(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki+":8443", forEverybody(app.Password))
		h.refused(second(b.open(wiki+":8443", "/")), apperr.NotFound)
		if own, err := h.OwnApplications(h.ctx, b.caller()); err != nil || own != nil {
			t.Errorf("own: %+v, %v", own, err)
		}
	}, func(d *auth.Deps) { d.PublicURL = wiki })
}

// Another instance has deleted the application a moment ago, and this one does not know.
func TestAnApplicationThatWasJustDeleted(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		id := h.application("Wiki", wiki, forEverybody(app.Password))
		b.ticket("/")
		c := b.caller()
		h.must(h.db.InTx(database.Minor(h.ctx), func(tx *database.Tx) error { return app.Delete(h.ctx, tx, id) }))
		_, err := h.OpenApplication(h.ctx, c, wiki, "/", state)
		h.refused(err, apperr.NotFound)
		if _, err := h.RedeemTicket(h.ctx, "x", auth.Redemption{}); !errors.Is(err, app.ErrNotFound) {
			t.Errorf("no ticket: %v", err)
		}
	})
}
