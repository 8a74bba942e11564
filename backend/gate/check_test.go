package gate_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

// Rule × caller × method × endpoint.
func TestWhoMayDoWhat(t *testing.T) {
	each(t, func(k *kit) {
		k.must(second(k.CreateGroup(k.ctx, auth.Operator, "staff", "")))
		staff := everybody("/staff")
		staff.Who, staff.Groups = app.Groups, []string{"staff"}
		simple := everybody("/simple")
		simple.Factor = app.Password
		reading := everybody("/read")
		reading.Methods = people.Reading
		k.application("Wiki", wiki, public("/public"), staff, simple, reading, everybody("/both"))
		nobody := &someone{kit: k, cookies: map[string]string{}}
		anna, bert, cleo := k.protected("anna"), k.protected("bert"), k.person("cleo")
		k.must(k.SetGroups(k.ctx, auth.Operator, bert.id, []string{"staff"}))
		for _, p := range []*someone{anna, bert, cleo} {
			p.opensPage("/simple")
		}
		type row struct {
			path, method             string
			nobody, anna, bert, cleo int
		}
		for _, r := range []row{
			{"/public", "GET", 200, 200, 200, 200},
			{"/public/x", "HEAD", 200, 200, 200, 200},
			{"/public", "POST", 403, 403, 403, 403},
			{"/staff", "GET", 401, 403, 200, 403},
			{"/staff/x", "POST", 401, 403, 200, 403},
			{"/simple", "GET", 401, 200, 200, 200},
			{"/simple", "DELETE", 401, 200, 200, 200},
			{"/read", "GET", 401, 200, 200, 401},
			{"/read", "PUT", 403, 403, 403, 403},
			{"/both", "GET", 401, 200, 200, 401},
			{"/both", "PATCH", 401, 200, 200, 401},
			{"/bothers", "GET", 403, 403, 403, 403},
			{"/", "GET", 403, 403, 403, 403},
		} {
			for _, c := range []struct {
				who  *someone
				want int
			}{{nobody, r.nobody}, {anna, r.anna}, {bert, r.bert}, {cleo, r.cleo}} {
				c.who.status(c.want, r.method, wiki+r.path, fetched())
			}
		}
	})
}

// opensPage signs in by way of another page than the first.
func (p *someone) opensPage(page string) {
	p.Helper()
	done := p.ticket(wiki, page)
	if to := location(p.kit, p.visit(done.Host, done.RequestURI())); to.String() != wiki+page {
		p.Fatalf("led to %s", to)
	}
}

func second[T any](_ T, err error) error { return err }

// What the application learns, and which cookies it sees.
func TestWhatTheApplicationGets(t *testing.T) {
	each(t, func(k *kit) {
		for _, name := range []string{"writers", "admins"} {
			k.must(second(k.CreateGroup(k.ctx, auth.Operator, name, "")))
		}
		k.application("Wiki", wiki, public("/public"), everybody("/"))
		anna := k.protected("anna")
		k.must(k.SetGroups(k.ctx, auth.Operator, anna.id, []string{"writers", "admins"}))
		anna.opens(wiki)
		anna.cookies["theme"], anna.cookies["__Host-im_other"], anna.cookies["__host-IM_x"] = "dark", "1", "2"
		for _, endpoint := range both {
			res := anna.ask(anna.as(question{endpoint, "GET", wiki + "/page", navigation()}))
			want := map[string]string{"Remote-User": "anna", "Remote-Name": "%C3%84nne 100%25", "Remote-Email": "anna@example.com",
				"Remote-Groups": "admins,writers", "X-Application-Cookie": "theme=dark"}
			if endpoint == "forward" {
				want["Cookie"] = "theme=dark"
			}
			for name, value := range want {
				if got := res.Header.Get(name); res.StatusCode != 200 || got != value {
					t.Errorf("%s: %d, %s is %q, want %q", endpoint, res.StatusCode, name, got, value)
				}
			}
			res = anna.ask(anna.as(question{endpoint, "GET", wiki + "/public", navigation()}))
			for _, name := range []string{"Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups"} {
				if _, there := res.Header[name]; there || res.StatusCode != 200 {
					t.Errorf("%s: a public rule: %d, %s is %q", endpoint, res.StatusCode, name, res.Header[name])
				}
			}
			if got := res.Header.Get("X-Application-Cookie"); got != "theme=dark" {
				t.Errorf("%s: a public rule gives the cookies %q", endpoint, got)
			}
		}
	})
}

// On loopback http the names have no prefix, and are taken away likewise.
func TestCookiesOnLoopback(t *testing.T) {
	k := sqlite(t)
	const local = "http://wiki.localhost:8000"
	k.application("Wiki", local, everybody("/"))
	anna := k.protected("anna")
	anna.opens(local)
	if anna.cookies["im_app"] == "" || anna.cookies["im_start"] == "" {
		t.Fatalf("the cookies are %v", anna.cookies)
	}
	for _, name := range []string{"im_session", "im_pending", "im_device"} {
		anna.cookies[name] = randomToken()
	}
	anna.cookies["im_other"] = "kept"
	res := anna.ask(anna.as(question{"nginx", "GET", local + "/", navigation()}))
	if got := res.Header.Get("X-Application-Cookie"); res.StatusCode != 200 || got != "im_other=kept" {
		t.Errorf("%d, the application gets %q", res.StatusCode, got)
	}
}

// Who opens a page is led to the sign-in and back; everybody else is told.
func TestNavigationsAndOthers(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, everybody("/"))
	navigationWith := func(change func(http.Header)) http.Header {
		h := navigation()
		change(h)
		return h
	}
	for name, c := range map[string]struct {
		method   string
		headers  http.Header
		redirect bool
	}{
		"a page":                    {"GET", navigation(), true},
		"an old browser":            {"GET", http.Header{"Accept": {"text/html,*/*"}}, true},
		"a script of an old one":    {"GET", http.Header{"Accept": {"text/html"}, "X-Requested-With": {"XMLHttpRequest"}}, false},
		"a script":                  {"GET", fetched(), false},
		"a frame":                   {"GET", navigationWith(func(h http.Header) { h.Set("Sec-Fetch-Dest", "iframe") }), false},
		"a mode without a kind":     {"GET", navigationWith(func(h http.Header) { h.Del("Sec-Fetch-Dest") }), false},
		"a form":                    {"POST", navigation(), false},
		"the headers of a page":     {"HEAD", navigation(), false},
		"a program":                 {"GET", http.Header{"Accept": {"*/*"}}, false},
		"a WebSocket":               {"GET", http.Header{"Sec-Fetch-Mode": {"websocket"}, "Sec-Fetch-Dest": {"empty"}, "Origin": {wiki}, "Upgrade": {"websocket"}}, false},
		"a preflight":               {"OPTIONS", http.Header{"Origin": {wiki}}, false},
		"a mode that arrives twice": {"GET", navigationWith(func(h http.Header) { h.Add("Sec-Fetch-Mode", "navigate") }), false},
	} {
		for _, endpoint := range both {
			res := k.ask(question{endpoint, c.method, wiki + "/report/7?x=1&y=%20", c.headers})
			if endpoint == "nginx" { // whose body and location nginx throws away
				if res.StatusCode != 401 {
					t.Errorf("%s at nginx: %d", name, res.StatusCode)
				}
				res = k.deniedFor(c.method, wiki+"/report/7?x=1&y=%20", c.headers)
			}
			if !c.redirect {
				body := bodyOf(k, res)
				if res.StatusCode != 401 || res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Location") != "" ||
					c.method != "HEAD" && !strings.Contains(body, `"sign_in":"`+wiki+`/.imagemaster/start"`) {
					t.Errorf("%s at %s: %d %s", name, endpoint, res.StatusCode, body)
				}
				continue
			}
			want := wiki + "/.imagemaster/start?to=" + url.QueryEscape("/report/7?x=1&y=%20")
			if to := location(k, res); to.String() != want {
				t.Errorf("%s at %s leads to %s", name, endpoint, to)
			}
		}
	}
}

// What is wrong in itself is a page for people, in both languages, and a code for programs.
func TestRefusalsForPeopleAndPrograms(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, everybody("/"))
	for _, c := range []struct {
		address, code, en, de string
		status                int
	}{
		{"https://nobody.example/", "refused_address", "No application is known", "keine Anwendung bekannt", 403},
		{"https://wiki.example.com./", "refused_headers", "The proxy does not say clearly", "sagt nicht eindeutig", 403},
	} {
		res := k.ask(question{"forward", "GET", c.address, navigation()})
		body := bodyOf(k, res)
		isPage := c.code != "refused_headers" // without a sound address nothing is known of the request
		if page := strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"); page != isPage || res.StatusCode != c.status ||
			!strings.Contains(body, c.en) || isPage && !strings.Contains(body, c.de) {
			t.Errorf("%s: %d %s", c.address, res.StatusCode, body)
		}
		res = k.ask(question{"forward", "GET", c.address, fetched()})
		if body := bodyOf(k, res); res.StatusCode != c.status || !strings.Contains(body, `"code":"`+c.code+`"`) || !strings.Contains(body, c.en) {
			t.Errorf("%s by a script: %d %s", c.address, res.StatusCode, body)
		}
	}
	anna := k.protected("anna")
	anna.opens(wiki)
	k.must(k.DeleteApplication(k.ctx, auth.Operator, k.applicationID()))
	if res := anna.visit("wiki.example.com", "/.imagemaster/start"); res.StatusCode != 404 {
		t.Errorf("a host of nobody gives %d", res.StatusCode)
	}
}

// deniedFor asks what nginx answers after a refusal.
func (k *kit) deniedFor(method, address string, headers http.Header) *http.Response {
	k.Helper()
	r, err := http.NewRequest(method, "http://gate/.imagemaster/denied", nil)
	k.must(err)
	for name, values := range headers {
		r.Header[name] = values
	}
	r.Header.Set("X-Original-URL", address)
	r.Header.Set("X-Original-Method", method)
	return k.send(r)
}

// A method in a header makes a write of a reading request: some frameworks believe it.
func TestMethodOverride(t *testing.T) {
	k := sqlite(t)
	reading := everybody("/")
	reading.Methods = people.Reading
	k.application("Wiki", wiki, reading)
	anna := k.protected("anna")
	anna.opens(wiki)
	for _, name := range []string{"X-HTTP-Method-Override", "x-http-method", "X-Method-Override"} {
		h := fetched()
		h[name] = []string{"DELETE"}
		anna.status(403, "GET", wiki+"/", h)
		anna.status(403, "HEAD", wiki+"/", h)
	}
	anna.status(200, "GET", wiki+"/", fetched())
}

// Requests from other origins are refused, whatever the method.
func TestOtherOrigins(t *testing.T) {
	k := sqlite(t)
	listed := everybody("/api")
	listed.Origins = []string{"https://forms.example.com"}
	k.application("Wiki", wiki, listed, everybody("/"))
	anna := k.protected("anna")
	anna.opens(wiki)
	type headers = http.Header
	for name, c := range map[string]struct {
		method, path string
		headers      headers
		want         int
	}{
		"a page":                              {"GET", "/", navigation(), 200},
		"a link on a sibling":                 {"GET", "/", headers{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"same-site"}}, 200},
		"a script of its own":                 {"POST", "/", headers{"Origin": {wiki}, "Sec-Fetch-Site": {"same-origin"}}, 200},
		"one of an old browser":               {"POST", "/", headers{"Origin": {wiki}}, 200},
		"a sibling's form":                    {"POST", "/", headers{"Origin": {"https://evil.example.com"}, "Sec-Fetch-Site": {"same-site"}}, 403},
		"a sibling's form without Origin":     {"POST", "/", headers{"Sec-Fetch-Site": {"same-site"}}, 403},
		"a sibling's script that reads":       {"GET", "/", headers{"Origin": {"https://evil.example.com"}, "Sec-Fetch-Site": {"same-site"}}, 403},
		"a sibling's WebSocket":               {"GET", "/", headers{"Origin": {"https://evil.example.com"}, "Sec-Fetch-Mode": {"websocket"}}, 403},
		"its own WebSocket":                   {"GET", "/", headers{"Origin": {wiki}, "Sec-Fetch-Mode": {"websocket"}}, 200},
		"another port":                        {"POST", "/", headers{"Origin": {wiki + ":8443"}, "Sec-Fetch-Site": {"same-site"}}, 403},
		"the same host over http":             {"POST", "/", headers{"Origin": {"http://wiki.example.com"}}, 403},
		"the sign-in":                         {"POST", "/", headers{"Origin": {publicURL}}, 403},
		"an opaque origin of its own":         {"POST", "/", headers{"Origin": {"null"}, "Sec-Fetch-Site": {"same-origin"}}, 200},
		"an opaque origin of another one":     {"POST", "/", headers{"Origin": {"null"}, "Sec-Fetch-Site": {"cross-site"}}, 403},
		"an opaque origin that reads":         {"GET", "/", headers{"Origin": {"null"}}, 403},
		"a write that says nothing":           {"POST", "/", headers{}, 403},
		"a write that the person typed":       {"POST", "/", headers{"Sec-Fetch-Site": {"none"}}, 200},
		"two origins":                         {"POST", "/", headers{"Origin": {wiki, wiki}}, 403},
		"two sites":                           {"POST", "/", headers{"Sec-Fetch-Site": {"same-origin", "same-origin"}}, 403},
		"an origin that the rule lists":       {"POST", "/api", headers{"Origin": {"https://forms.example.com"}, "Sec-Fetch-Site": {"same-site"}}, 200},
		"the same at another rule":            {"POST", "/", headers{"Origin": {"https://forms.example.com"}, "Sec-Fetch-Site": {"same-site"}}, 403},
		"the same by a path of two readings":  {"POST", "/x/../api", headers{"Origin": {"https://forms.example.com"}, "Sec-Fetch-Site": {"same-site"}}, 403},
		"an origin that begins like its own":  {"POST", "/", headers{"Origin": {wiki + ".evil.example"}}, 403},
		"a method that nobody knows":          {"FROB", "/", headers{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"a method that nobody knows, its own": {"FROB", "/", headers{"Sec-Fetch-Site": {"same-origin"}}, 200},
	} {
		t.Run(name, func(t *testing.T) { anna.status(c.want, c.method, wiki+c.path, c.headers) })
	}
}
