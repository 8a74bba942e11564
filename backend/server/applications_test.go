package server

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagemaster/backend/testserver"
)

// A person comes back to the page with its query, the application learns who it is, and
// signing out closes it with the next request.
func TestApplicationBehindProxies(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(
		rule{"path": "/public", "who": "public", "factor": "none"},
		rule{"path": "/", "who": "everybody", "factor": "two"},
	)
	forEachProxy(t, func(t *testing.T, proxy string) {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		const page = "/report/7?x=1&y=%C3%A4%20b"
		cookies := s.signIn(i, page)
		got := s.reached("the page", s.open(page, "Cookie: theme=dark; "+cookies+"; lang=de"))
		if got.line != "GET "+page+" HTTP/1.1" {
			t.Errorf("the application gets %q", got.line)
		}
		for name, want := range map[string]string{"Remote-User": "anna", "Cookie": "theme=dark; lang=de", "X-Forwarded-Proto": "https",
			"X-Forwarded-Host": wikiHost, "X-Forwarded-For": "127.0.0.1", "Host": wikiHost} {
			if have := strings.Join(got.header.Values(name), "|"); have != want {
				t.Errorf("%s is %q, want %q in\n%s", name, have, want, got.raw)
			}
		}
		s.carriesEverything(cookies)
		t.Run("without a session", func(t *testing.T) { s.closedTo(t, "") })
		i.person.Must(http.StatusNoContent, http.MethodDelete, "/api/session", nil)
		t.Run("after signing out", func(t *testing.T) { s.closedTo(t, cookies) })
		i.signInAgain()
	})
}

// carriesEverything sends what real applications need.
func (s *site) carriesEverything(cookies string) {
	s.t.Helper()
	signed := []string{"Cookie: " + cookies, "Origin: " + wiki}
	if r := s.fetch("GET", "/download", signed...); s.reached("download", r).line == "" || r.body != string(largeFile) {
		s.t.Errorf("a download has %d bytes, want %d", len(r.body), len(largeFile))
	}
	head := s.fetch("HEAD", "/download", signed...)
	if got := s.reached("HEAD", head); got.line != "HEAD /download HTTP/1.1" || head.body != "" {
		s.t.Errorf("HEAD is %q, %d bytes", got.line, len(head.body))
	}
	post := s.sendRaw("POST /save HTTP/1.1\r\nHost: " + wikiHost + "\r\nOrigin: " + wiki + "\r\nCookie: " + cookies + "\r\nContent-Length: " +
		fmt.Sprint(len(largeFile)) + "\r\n\r\n" + string(largeFile))
	if got := s.reached("POST", post); got.body != string(largeFile) {
		s.t.Errorf("an upload has %d bytes, want %d", len(got.body), len(largeFile))
	}
	chunked := s.sendRaw("PUT /save HTTP/1.1\r\nHost: " + wikiHost + "\r\nOrigin: " + wiki + "\r\nCookie: " + cookies + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
	if got := s.reached("PUT", chunked); got.body != "hello" {
		s.t.Errorf("an upload in chunks is %q", got.body)
	}
	socket := s.send("GET /live HTTP/1.1", append(signed, "Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")...)
	s.reached("WebSocket", socket)
	if _, err := io.WriteString(socket.conn, "ping\n"); err != nil {
		s.t.Fatal(err)
	}
	if line, err := socket.in.ReadString('\n'); err != nil || line != "echo ping\n" {
		s.t.Errorf("a WebSocket says %q, %v", line, err)
	}
	_ = socket.conn.Close()
	// A refusal of the application's own is not one of the gate.
	own := s.fetch("GET", "/own-401", signed...)
	if all := s.app.took(); own.status != http.StatusUnauthorized || own.body != "401 of the application" || len(all) != 1 {
		s.t.Errorf("the application's own 401 becomes %d %q", own.status, own.body)
	}
	// Only our cookies: no Cookie header at all.
	got := s.reached("only our cookies", s.fetch("GET", "/", "Cookie: "+cookies))
	if strings.Contains(strings.ToLower(got.raw), "cookie") {
		s.t.Errorf("the application gets\n%s", got.raw)
	}
	// An empty session is none: signed in or not, a public page tells nobody.
	got = s.reached("public", s.fetch("GET", "/public", "Cookie: a=b; "+cookies))
	if got.header.Get("Cookie") != "a=b" || strings.Contains(got.raw, "Remote-") {
		s.t.Errorf("a public page gets\n%s", got.raw)
	}
}

// closedTo checks that nothing but the public page opens.
func (s *site) closedTo(t *testing.T, cookies string) {
	var cookie []string
	if cookies != "" {
		cookie = []string{"Cookie: " + cookies}
	}
	from := append([]string{"Origin: " + wiki}, cookie...)
	s.t = t
	page := s.open("/report/7?x=1", cookie...)
	s.kept("a page", page, http.StatusSeeOther)
	if to := page.header.Get("Location"); to != wiki+"/.imagemaster/start?to=%2Freport%2F7%3Fx%3D1" {
		t.Errorf("a page leads to %q", to)
	}
	for what, r := range map[string]reply{
		"fetch":     s.fetch("GET", "/data", cookie...),
		"POST":      s.fetch("POST", "/save", append(from, "Content-Length: 0")...),
		"form":      s.send("POST /save HTTP/1.1", append(from, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: same-origin", "Accept: text/html", "Content-Length: 0")...),
		"PROPFIND":  s.fetch("PROPFIND", "/", from...),
		"WebSocket": s.send("GET /live HTTP/1.1", append(from, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")...),
		"curl":      s.send("GET / HTTP/1.1", append(cookie, "Accept: */*")...),
	} {
		s.kept(what, r, http.StatusUnauthorized)
		if kind := r.header.Get("Content-Type"); kind != "application/problem+json" || r.header.Get("Location") != "" || !strings.Contains(r.body, wiki+"/.imagemaster/start") {
			t.Errorf("%s: %s, Location %q: %s", what, kind, r.header.Get("Location"), r.body)
		}
	}
	if r := s.fetch("HEAD", "/", cookie...); r.status != http.StatusUnauthorized || r.body != "" {
		t.Errorf("HEAD: %d %q", r.status, r.body)
	}
	s.nothing("HEAD")
	// A preflight of another origin carries no cookie and is refused.
	s.kept("preflight", s.send("OPTIONS /data HTTP/1.1", "Origin: https://other.example.net", "Access-Control-Request-Method: POST", "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: cross-site"), http.StatusForbidden)
	s.reached("public", s.fetch("GET", "/public", cookie...))
}

// The settings that the page of an application shows work as they are: with a socket,
// and on http for this machine.
func TestShownSettings(t *testing.T) {
	for _, c := range []struct{ name, origin string }{{"socket", wiki}, {"loopback", "http://wiki.localhost:" + freePort(t)}} {
		t.Run(c.name, func(t *testing.T) {
			gate := "127.0.0.1:" + freePort(t)
			if c.name == "socket" {
				gate = filepath.Join(t.TempDir(), "gate.sock")
			}
			i := startWithGate(t, "--data", dataFolder(t), "--gate-listen", gate)
			id := i.protectAt(c.origin, rule{"path": "/", "who": "everybody", "factor": "two"})
			shown := i.person.Must(http.StatusOK, http.MethodGet, fmt.Sprintf("/api/applications/%d/proxy", id), nil)
			forEachProxy(t, func(t *testing.T, proxy string) {
				port := freePort(t)
				settings := shown[strings.ToLower(proxy)].(string)
				if _, own, has := strings.Cut(c.origin, "localhost:"); has {
					port = own
				}
				s := runProxy(t, proxy, settings, c.origin, port, startApplication(t))
				cookies := s.signIn(i, "/page?x=1")
				got := s.reached("a page", s.open("/page?x=1", "Cookie: a=b; "+cookies))
				if got.header.Get("Remote-User") != "anna" || got.header.Get("Cookie") != "a=b" || got.header.Get("Host") != s.host || got.header.Get("X-Forwarded-Host") != s.host ||
					!strings.HasPrefix(c.origin, got.header.Get("X-Forwarded-Proto")+":") {
					t.Errorf("the application gets\n%s", got.raw)
				}
				s.kept("no session", s.fetch("GET", "/page"), http.StatusUnauthorized)
			})
		})
	}
}

// Somebody in many groups, with many cookies, gets in all the same.
func TestLongHeaders(t *testing.T) {
	data := dataFolder(t)
	i := startWithGate(t, "--data", data)
	const groups = 20
	for n := range groups {
		name := fmt.Sprintf("%02d-%s", n, strings.Repeat("x", 61))
		i.person.Must(http.StatusOK, http.MethodPost, "/api/groups", map[string]string{"name": name, "description": ""})
		testserver.Command(t, "group", "join", name, testserver.GoodName, "--data", data).Succeeds("")
	}
	i.protect(rule{"path": "/", "who": "everybody", "factor": "two"})
	forEachProxy(t, func(t *testing.T, proxy string) {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		long := []string{"a=" + strings.Repeat("x", 7000), "b=" + strings.Repeat("x", 7000)} // nginx takes lines of 8 KiB
		got := s.reached("long headers", s.fetch("GET", "/", "Cookie: "+long[0], "Cookie: "+long[1], "Cookie: "+s.signIn(i, "/")))
		if names := strings.Split(got.header.Get("Remote-Groups"), ","); len(names) != groups || got.header.Get("Cookie") != long[0]+"; "+long[1] {
			t.Errorf("the application gets %d groups and %d bytes of cookies", len(names), len(got.header.Get("Cookie")))
		}
	})
}

// The check that the product offers finds nothing in the examples, and finds an example
// that lets through what a client claims.
func TestCheckOfExamples(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(rule{"path": "/public", "who": "public", "factor": "none"}, rule{"path": "/", "who": "everybody", "factor": "two"})
	forEachProxy(t, func(t *testing.T, proxy string) {
		away := &application{address: "127.0.0.1:" + freePort(t)} // the check takes its place
		s := startProxy(t, proxy, i.gate, away)
		_, token, _ := strings.Cut(s.signIn(i, "/"), "__Host-im_app=")
		cookie := filepath.Join(t.TempDir(), "cookie")
		if err := os.WriteFile(cookie, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		check := func(s *site) (int, string) {
			return testserver.Command(t, "gate", "check", wiki+"/page", "--connect", "127.0.0.1:"+s.port, "--insecure", "--as-application", away.address, "--cookie-file", cookie).Start().End()
		}
		if code, out := check(s); code != 0 || !strings.Contains(out, "came through: 0,") {
			t.Errorf("the example: code %d\n%s", code, out)
		}
		broken := strings.NewReplacer("127.0.0.1:8081", i.gate, "proxy_set_header Remote-Email $gate_email;", "", "\t\trequest_header -Remote*\n", "", "copy_headers Remote-User", "copy_headers").
			Replace(example(t, map[string]string{"nginx": "gate-nginx.conf", "Caddy": "gate-Caddyfile"}[proxy]))
		if code, out := check(runProxy(t, proxy, broken, wiki, freePort(t), away)); code == 0 || strings.Contains(out, "came through: 0,") {
			t.Errorf("a broken example: code %d\n%s", code, out)
		}
	})
}
