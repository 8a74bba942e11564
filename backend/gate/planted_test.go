package gate_test

import (
	"net/http"
	"strings"
	"testing"
)

// A sibling can set a cookie whose name begins with another white space: browsers see no
// prefix there. It never counts as ours, and never reaches the application as ours.
func TestCookiesThatASiblingPlants(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, everybody("/"))
	anna, mallory := k.protected("anna"), k.protected("mallory")
	anna.opens(wiki)
	mallory.opens(wiki)
	planted := mallory.cookies["__Host-im_app"]
	for _, space := range []string{"\u2003", "\u00a0", "\u0085", "\u3000", "\u2028"} {
		for _, name := range []string{space + "__Host-im_app", "__Host-im_app" + space} {
			for _, endpoint := range both {
				alone := http.Header{"Cookie": {name + "=" + planted}}
				if res := k.ask(question{endpoint, "GET", wiki + "/", alone}); res.StatusCode != 401 {
					t.Errorf("%s: %q alone gives %d, %s", endpoint, name, res.StatusCode, res.Header.Get("Remote-User"))
				}
				beside := http.Header{"Cookie": {name + "=" + planted + "; __Host-im_app=" + anna.cookies["__Host-im_app"] + "; theme=dark"}}
				res := k.ask(question{endpoint, "GET", wiki + "/", beside})
				if res.StatusCode != 200 || res.Header.Get("Remote-User") != "anna" || res.Header.Get("X-Application-Cookie") != "theme=dark" {
					t.Errorf("%s: beside %q: %d, %q, %q", endpoint, name, res.StatusCode, res.Header.Get("Remote-User"), res.Header.Get("X-Application-Cookie"))
				}
			}
		}
	}
	// Such a space is a part of the path, too.
	for _, space := range []string{"\xe2\x80\x83", "\xc2\xa0"} {
		lines := "GET /gate/nginx HTTP/1.1\r\nHost: gate\r\nX-Original-Method: GET\r\nX-Original-URL: " + wiki + "/page" + space + "\r\n\r\n"
		if res := k.raw(lines); res.StatusCode != 401 {
			t.Errorf("a path that ends in %q gives %d", space, res.StatusCode)
		}
	}
}

// Where the cookie arrives twice no sign-in helps: a page says what to do, instead of
// one sign-in after the other.
func TestACookieThatArrivesTwice(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, everybody("/"))
	anna := k.protected("anna")
	anna.opens(wiki)
	anna.cookies["theme"] = "dark; __Host-im_app=" + anna.cookies["__Host-im_app"]
	res := anna.visit("wiki.example.com", "/.imagemaster/start?to=/page")
	if body := bodyOf(k, res); res.StatusCode != 400 || !strings.Contains(body, "Delete the cookies of wiki.example.com") || !strings.Contains(body, "Löschen Sie die Cookies") {
		t.Errorf("%d: %s", res.StatusCode, body)
	}
}

// Tickets that nobody has issued cost no transaction: each commit makes the instance read
// again what it has in memory.
func TestInventedTicketsCommitNothing(t *testing.T) {
	each(t, func(k *kit) {
		k.application("Wiki", wiki, everybody("/"))
		nobody := &someone{kit: k, cookies: map[string]string{}}
		before := k.db.Commits()
		for _, ticket := range []string{"", "x", randomToken()} {
			location(k, nobody.visit("wiki.example.com", "/.imagemaster/done?to=/&ticket="+ticket))
		}
		if now := k.db.Commits(); now != before {
			t.Errorf("%d commits", now-before)
		}
	})
}
