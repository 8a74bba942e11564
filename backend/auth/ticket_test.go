package auth_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/opaque"
)

// arrival is where a right ticket for /page arrives.
func arrival() auth.Redemption { return auth.Redemption{Origin: wiki, Page: "/page", State: mine} }

// appCaller is who the cookie belongs to at the host of the wiki, nil = nobody.
func (h *kit) appCaller(token string) *auth.AppCaller {
	h.Helper()
	c, err := h.IdentifyApp(h.ctx, token, wikiHost)
	h.must(err)
	return c
}

// A ticket that arrives where it should signs the browser in, once.
func TestATicketSignsIn(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki, forEverybody(app.Password))
		ticket := b.ticket("/page")
		token, err := h.RedeemTicket(h.ctx, ticket, arrival())
		h.must(err)
		c := h.appCaller(token)
		if c == nil || c.Account.Username != "anna" || c.AppSession.Host != wikiHost || c.Session.ID != b.caller().Session.ID || c.Groups != nil {
			t.Fatalf("the caller is %+v", c)
		}
		if p, err := h.Person(h.ctx, c); err != nil || !p.SignedIn || p.HasFactor || p.TwoFactors || p.PasswordAt != h.clock.Now().UnixMilli() {
			t.Errorf("the person is %+v, %v", p, err)
		}
		for range 2 {
			if _, err := h.RedeemTicket(h.ctx, ticket, arrival()); !errors.Is(err, app.ErrNotFound) {
				t.Errorf("used again: %v", err)
			}
		}
		if h.appCaller(token) == nil {
			t.Error("the second use of the ticket has ended the cookie")
		}
		// The cookie is worthless elsewhere, as are other tokens here.
		for _, host := range []string{"", "other.example.com", "WIKI.example.com", "wiki.example.com:443", "login.example.com"} {
			if c, err := h.IdentifyApp(h.ctx, token, host); err != nil || c != nil {
				t.Errorf("at %q: %+v, %v", host, c, err)
			}
		}
		for what, other := range map[string]string{"nothing": "", "a ticket": ticket, "a session": b.tokens.Session, "a device": b.tokens.Device, "more": token + "x", "the hash": string(opaque.HashToken(token))} {
			if h.appCaller(other) != nil {
				t.Errorf("%s is taken for the cookie", what)
			}
		}
		for _, tokens := range []auth.Tokens{{Session: token}, {Pending: token}, {Device: token}} {
			if c, err := h.Resolve(h.ctx, b.client, tokens, false); err != nil || c.State != auth.Anonymous || c.Account != nil || c.Device != nil {
				t.Errorf("the cookie is taken for one of the sign-in: %+v", c)
			}
		}
	})
}

// A ticket that arrives elsewhere, late or in another browser is refused, and is used up
// all the same.
func TestATicketThatArrivesWrong(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki, forEverybody(app.Password))
		h.application("Files", "https://files.example.com", forEverybody(app.Password))
		for what, at := range map[string]func(r *auth.Redemption){
			"at another application":  func(r *auth.Redemption) { r.Origin = "https://files.example.com" },
			"at another port":         func(r *auth.Redemption) { r.Origin = wiki + ":8443" },
			"over http":               func(r *auth.Redemption) { r.Origin = "http://wiki.example.com" },
			"nowhere":                 func(r *auth.Redemption) { r.Origin = "" },
			"for another page":        func(r *auth.Redemption) { r.Page = "/" },
			"with a query":            func(r *auth.Redemption) { r.Page = "/page?x" },
			"in capitals":             func(r *auth.Redemption) { r.Page = "/Page" },
			"in another browser":      func(r *auth.Redemption) { r.State = opaque.HashToken("another cookie") },
			"without a start cookie":  func(r *auth.Redemption) { r.State = nil },
			"with an empty state":     func(r *auth.Redemption) { r.State = []byte{} },
			"with part of the state":  func(r *auth.Redemption) { r.State = mine[:31] },
			"a minute late":           func(*auth.Redemption) { h.clock.move(time.Minute) },
			"before it was issued":    func(*auth.Redemption) { h.clock.move(-time.Second) },
			"with everything missing": func(r *auth.Redemption) { *r = auth.Redemption{} },
		} {
			b.signIn("anna", goodPassword)
			ticket, issued, r := b.ticket("/page"), h.clock.Now(), arrival()
			at(&r)
			for i, r := range []auth.Redemption{r, arrival()} {
				if token, err := h.RedeemTicket(h.ctx, ticket, r); !errors.Is(err, app.ErrNotFound) || token != "" {
					t.Errorf("%s, use %d: %q, %v", what, i+1, token, err)
				}
				h.clock.move(issued.Sub(h.clock.Now())) // the ticket would count now
			}
		}
		for _, ticket := range []string{"", "x", b.tokens.Session} {
			if _, err := h.RedeemTicket(h.ctx, ticket, arrival()); !errors.Is(err, app.ErrNotFound) {
				t.Errorf("%q: %v", ticket, err)
			}
		}
		if n := h.countOf("app_sessions"); n != 0 {
			t.Errorf("%d browsers are signed in", n)
		}
	})
}

// What ends the session, its epoch, the account or the application before the ticket
// arrives leaves a cookie that does not count, or none.
func TestWhatEndsATicket(t *testing.T) {
	for what, end := range map[string]func(h *kit, b *browser, id int64){
		"signed out":       func(_ *kit, b *browser, _ int64) { b.signOut() },
		"a new password":   func(h *kit, b *browser, _ int64) { h.must(b.changePassword(goodPassword, newPassword)) },
		"disabled":         func(h *kit, _ *browser, _ int64) { h.must(second(h.DisableAccount(h.ctx, "anna", true))) },
		"all are ended":    func(h *kit, _ *browser, _ int64) { h.must(second(h.EndAllSessions(h.ctx))) },
		"a factor set up":  func(_ *kit, b *browser, _ int64) { b.must(b.confirm(b.begin().code(0))) },
		"deleted":          func(h *kit, _ *browser, id int64) { h.deleteApplication(id) },
		"deleted and back": func(h *kit, _ *browser, id int64) { h.deleteApplication(id); h.application("Wiki", wiki) },
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *kit) {
				b := signedInAnna(h)
				id := h.application("Wiki", wiki, forEverybody(app.Password))
				kept, ticket := b.enter(), b.ticket("/page")
				end(h, b, id)
				token, err := h.RedeemTicket(h.ctx, ticket, arrival())
				if err != nil && !errors.Is(err, app.ErrNotFound) {
					t.Fatal(err)
				}
				if h.appCaller(token) != nil || h.appCaller(kept) != nil {
					t.Error("the browser is signed in to the application")
				}
			})
		})
	}
}

func (h *kit) deleteApplication(id int64) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		if err := app.Lock(h.ctx, tx); err != nil {
			return err
		}
		return app.Delete(h.ctx, tx, id)
	}))
}

// A browser that is signed in already keeps its cookie: two tabs do not disturb each
// other. That of an older session, or of another person, is replaced.
func TestATicketInABrowserThatIsSignedIn(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki, forEverybody(app.Password))
		at := func(token string) auth.Redemption {
			r := arrival()
			r.Current = h.appCaller(token)
			return r
		}
		first := b.enter()
		if token, err := h.RedeemTicket(h.ctx, b.ticket("/page"), at(first)); err != nil || token != "" || h.appCaller(first) == nil {
			t.Errorf("the same session: a new cookie %q, %v", token, err)
		}
		wrong := at(first)
		wrong.Page = "/other"
		if _, err := h.RedeemTicket(h.ctx, b.ticket("/page"), wrong); !errors.Is(err, app.ErrNotFound) {
			t.Errorf("a wrong ticket beside a cookie: %v", err)
		}
		other := h.browser()
		other.signIn("anna", goodPassword)
		next, err := h.RedeemTicket(h.ctx, other.ticket("/page"), at(first))
		h.must(err)
		if next == "" || h.appCaller(next).Session.ID != other.caller().Session.ID {
			t.Error("another session of the person has no cookie of its own")
		}
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		his, err := h.RedeemTicket(h.ctx, otto.ticket("/page"), at(first))
		h.must(err)
		if his == "" || h.appCaller(his).Account.Username != "otto" || h.appCaller(first).Account.Username != "anna" {
			t.Error("another person has no cookie of their own")
		}
		lost := b.enter() // the browser has lost its cookie, so it got a new one
		if h.appCaller(first) != nil || h.appCaller(lost) == nil {
			t.Error("a session has two cookies at one host")
		}
	})
}

// Many arrivals of one ticket on two instances: one is signed in.
func TestOneTicketOnTwoInstances(t *testing.T) {
	eachTwice(t, func(h, other *kit) {
		b := signedInAnna(h)
		h.application("Wiki", wiki, forEverybody(app.Password))
		ticket := b.ticket("/page")
		var mu sync.Mutex
		var won []string
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				token, err := []*kit{h, other}[i%2].RedeemTicket(h.ctx, ticket, arrival())
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won = append(won, token)
				case !errors.Is(err, app.ErrNotFound):
					h.Errorf("unexpected: %v", err)
				}
			})
		}
		all.Wait()
		if len(won) != 1 || h.appCaller(won[0]) == nil || h.countOf("app_sessions") != 1 {
			h.Errorf("%d are signed in", len(won))
		}
	})
}
