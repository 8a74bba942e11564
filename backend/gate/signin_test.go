package gate_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/opaque"
	"imagemaster/backend/testdb"
)

// A browser is sent to the sign-in, comes back with a ticket, and lands on the page that
// it wanted.
func TestSigningInToAnApplication(t *testing.T) {
	each(t, func(k *kit) {
		k.application("Wiki", wiki, everybody("/"))
		anna := k.protected("anna")
		const page = "/report/7?x=1&y=a%20b"
		open := location(k, anna.visit("wiki.example.com", "/.imagemaster/start?"+url.Values{"to": {page}}.Encode()))
		query := open.Query()
		start := anna.cookies["__Host-im_start"]
		if open.Host != "sign-in.example" || open.Path != "/open" || query.Get("app") != wiki || query.Get("to") != page ||
			query.Get("state") != encoded(opaque.HashToken(start)) || strings.Contains(open.String(), start) {
			t.Fatalf("sent to %s with the cookie %s", open, start)
		}
		o, err := anna.OpenApplication(anna.ctx, anna.caller(), query.Get("app"), query.Get("to"), query.Get("state"))
		k.must(err)
		done, err := url.Parse(o.Done(false))
		k.must(err)
		res := anna.visit(done.Host, done.RequestURI())
		if to := location(k, res); to.String() != wiki+page {
			t.Errorf("led to %s", to)
		}
		cookie := res.Cookies()[0]
		if cookie.Name != "__Host-im_app" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" ||
			cookie.MaxAge != 0 || !cookie.Expires.IsZero() || cookie.Domain != "" || len(cookie.Value) != 43 {
			t.Errorf("the cookie is %s", cookie)
		}
		if res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the headers are %v", res.Header)
		}
		anna.status(200, "GET", wiki+page, navigation())
		if dump := string(testdb.Dump(t, k.db)); strings.Contains(dump, cookie.Value) || strings.Contains(dump, o.Ticket) || strings.Contains(dump, start) {
			t.Error("a token is in the database")
		}
		if log := k.logs.String(); strings.Contains(log, cookie.Value) || strings.Contains(log, o.Ticket) {
			t.Error("a token is in the log")
		}
	})
}

// The start cookie is for one host and one hour, and one that is there is used again.
func TestStartCookie(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, everybody("/"))
	browser := &someone{kit: k, cookies: map[string]string{}}
	res := browser.visit("wiki.example.com", "/.imagemaster/start?to=/a")
	cookie := res.Cookies()[0]
	if cookie.Name != "__Host-im_start" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 3600 || cookie.Path != "/" {
		t.Errorf("the cookie is %s", cookie)
	}
	first := location(k, res).Query().Get("state")
	res = browser.visit("wiki.example.com", "/.imagemaster/start?to=/b")
	if again := location(k, res).Query().Get("state"); again != first || res.Cookies()[0].Value != cookie.Value || res.Cookies()[0].MaxAge != 3600 {
		t.Errorf("the second tab got the cookies %v", res.Cookies())
	}
	for _, broken := range []string{"", "short", strings.Repeat("!", 43), randomToken() + "x"} {
		browser.cookies["__Host-im_start"] = broken
		if res = browser.visit("wiki.example.com", "/.imagemaster/start"); len(res.Cookies()) != 1 || res.Cookies()[0].Value == broken {
			t.Errorf("the broken cookie %q is kept", broken)
		}
	}
	if before := testdb.Dump(t, k.db); string(before) != string(func() []byte { browser.visit("wiki.example.com", "/.imagemaster/start"); return testdb.Dump(t, k.db) }()) {
		t.Error("the start stored something")
	}
}

// Two tabs begin at once; both come back to their own page.
func TestTwoTabsAtOnce(t *testing.T) {
	each(t, func(k *kit) {
		k.application("Wiki", wiki, everybody("/"))
		anna := k.protected("anna")
		one, two := anna.ticket(wiki, "/one"), anna.ticket(wiki, "/two")
		if to := location(k, anna.visit(two.Host, two.RequestURI())); to.Path != "/two" {
			t.Errorf("the second tab is led to %s", to)
		}
		cookie := anna.cookies["__Host-im_app"]
		if to := location(k, anna.visit(one.Host, one.RequestURI())); to.Path != "/one" {
			t.Errorf("the first tab is led to %s", to)
		}
		if anna.cookies["__Host-im_app"] != cookie {
			t.Error("the first tab changed the cookie of the second one")
		}
		anna.status(200, "GET", wiki+"/", navigation())
	})
}

// A ticket counts once, at its host, for its page, in its browser, for a minute. Any
// arrival uses it up.
func TestTicketsThatDoNotCount(t *testing.T) {
	const files = "https://files.example.com"
	cases := map[string]func(p *someone, done *url.URL) *http.Response{
		"on another host": func(p *someone, done *url.URL) *http.Response { return p.visit("files.example.com", done.RequestURI()) },
		"on a host of nobody": func(p *someone, done *url.URL) *http.Response {
			return p.visit("nobody.example.com", done.RequestURI())
		},
		"on another port": func(p *someone, done *url.URL) *http.Response {
			return p.visit("wiki.example.com:8443", done.RequestURI())
		},
		"for another page": func(p *someone, done *url.URL) *http.Response {
			query := done.Query()
			query.Set("to", "/other")
			return p.visit(done.Host, done.Path+"?"+query.Encode())
		},
		"in another browser": func(p *someone, done *url.URL) *http.Response {
			other := &someone{kit: p.kit, cookies: map[string]string{"__Host-im_start": randomToken()}}
			return other.visit(done.Host, done.RequestURI())
		},
		"without a start cookie": func(p *someone, done *url.URL) *http.Response {
			other := &someone{kit: p.kit, cookies: map[string]string{}}
			return other.visit(done.Host, done.RequestURI())
		},
		"too late": func(p *someone, done *url.URL) *http.Response {
			p.clock.move(time.Minute)
			return p.visit(done.Host, done.RequestURI())
		},
		"before it was issued": func(p *someone, done *url.URL) *http.Response {
			p.clock.move(-time.Second)
			return p.visit(done.Host, done.RequestURI())
		},
	}
	each(t, func(k *kit) {
		k.application("Wiki", wiki, everybody("/"))
		k.application("Files", files, everybody("/"))
		for name, arrive := range cases {
			anna := k.protected("anna-" + strings.ReplaceAll(name, " ", "-"))
			anna.ticket(files, "/") // a start cookie of that host, too
			done := anna.ticket(wiki, "/page")
			issued := k.clock.Now()
			for _, cookie := range arrive(anna, done).Cookies() {
				if strings.HasSuffix(cookie.Name, "im_app") {
					t.Errorf("%s: signed in by %s", name, cookie)
				}
			}
			k.clock.move(issued.Sub(k.clock.Now())) // the ticket is used up, not only late
			if to := location(k, anna.visit(done.Host, done.RequestURI())); to.Path != "/.imagemaster/start" || to.Query().Get("again") != "1" {
				t.Errorf("%s: the ticket still leads to %s", name, to)
			}
			anna.status(401, "GET", wiki+"/page", fetched())
		}
	})
}

// A ticket that failed starts once more, then a page says what to do.
func TestAFailedTicketIsTriedOnceMore(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, everybody("/"))
	browser := &someone{kit: k, cookies: map[string]string{}}
	again := location(k, browser.visit("wiki.example.com", "/.imagemaster/done?ticket=x&to=/page"))
	if again.String() != wiki+"/.imagemaster/start?again=1&to=%2Fpage" {
		t.Fatalf("led to %s", again)
	}
	open := location(k, browser.visit("wiki.example.com", again.RequestURI()))
	if open.Query().Get("again") != "1" || open.Query().Get("to") != "/page" {
		t.Errorf("led to %s", open)
	}
	res := browser.visit("wiki.example.com", "/.imagemaster/done?ticket=x&to=/page&again=1")
	body := bodyOf(k, res)
	for _, text := range []string{"Wiki could not be opened", "konnte nicht geöffnet werden", `href="/.imagemaster/start?to=%2Fpage"`} {
		if res.StatusCode != 400 || !strings.Contains(body, text) {
			t.Errorf("%d, the page lacks %q:\n%s", res.StatusCode, text, body)
		}
	}
}

// No address leads away from the host of the application (docs/evidence.md, G12).
func TestNoRedirectLeadsElsewhere(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, everybody("/"))
	anna := k.protected("anna")
	for _, to := range []string{"//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http:evil", "javascript:alert(1)", "", "evil",
		"/\r\nLocation: https://evil.example", "/\tx", "/a b", "/ä", "/page#part", "///evil.example", "/.imagemaster/start", "/" + strings.Repeat("x", 2048)} {
		open := location(k, anna.visit("wiki.example.com", "/.imagemaster/start?"+url.Values{"to": {to}}.Encode()))
		if open.Scheme+"://"+open.Host != publicURL || open.Query().Get("to") != "/" {
			t.Errorf("%q: the start leads to %s", to, open)
		}
		done := anna.ticket(wiki, to)
		if landed := location(k, anna.visit(done.Host, done.Path+"?"+url.Values{"ticket": done.Query()["ticket"], "to": {to}}.Encode())); landed.String() != wiki+"/" {
			t.Errorf("%q: the ticket leads to %s", to, landed)
		}
	}
	if open := location(k, anna.visit("wiki.example.com", "/.imagemaster/start?to=/"+strings.Repeat("x", 2047))); len(open.Query().Get("to")) != 2048 {
		t.Errorf("a page of 2048 bytes is lost")
	}
}

// Whoever signs in as somebody else gets the other identity in the application, too.
func TestAnotherPersonInTheSameBrowser(t *testing.T) {
	each(t, func(k *kit) {
		k.application("Wiki", wiki, everybody("/"))
		anna, bert := k.protected("anna"), k.protected("bert")
		anna.opens(wiki)
		bert.cookies = anna.cookies
		bert.opens(wiki)
		res := bert.ask(bert.as(question{"nginx", "GET", wiki + "/", navigation()}))
		if got := res.Header.Get("Remote-User"); got != "bert" {
			t.Errorf("%d, the application sees %q", res.StatusCode, got)
		}
	})
}

// The cookie of one application is worth nothing elsewhere.
func TestTheCookieOfAnotherApplication(t *testing.T) {
	each(t, func(k *kit) {
		const files = "https://files.example.com"
		k.application("Wiki", wiki, everybody("/"))
		k.application("Files", files, everybody("/"))
		anna := k.protected("anna")
		anna.opens(wiki)
		anna.status(401, "GET", files+"/", fetched())
		app := anna.cookies["__Host-im_app"]
		if c, err := k.Resolve(k.ctx, auth.Client{}, auth.Tokens{Session: app, Pending: app, Device: app}, true); err != nil || c.State != auth.Anonymous || c.Device != nil {
			t.Errorf("at the sign-in it is %+v, %v", c, err)
		}
		anna.cookies["__Host-im_app"] = anna.tokens.Session
		anna.status(401, "GET", wiki+"/", fetched())
		// One that arrives twice is ignored.
		h := fetched()
		h.Set("Cookie", "__Host-im_app="+app+"; __Host-im_app="+app)
		if res := k.ask(question{"nginx", "GET", wiki + "/", h}); res.StatusCode != 401 {
			t.Errorf("twice: %d", res.StatusCode)
		}
	})
}
