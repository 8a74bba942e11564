package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

// aliases are spellings of a header that some applications take for one with hyphens.
func aliases(name string) []string {
	spelled := []string{name, strings.ToLower(name), strings.ToUpper(name)}
	for _, mark := range "_.!~+*'^|`#$%&" {
		spelled = append(spelled, strings.ReplaceAll(name, "-", string(mark)))
	}
	return spelled
}

// What a client claims about itself never reaches the application, in any spelling and
// whatever the rule. Nor do our cookies.
func TestForgedHeaders(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(
		rule{"path": "/public", "who": "public", "factor": "none"},
		rule{"path": "/", "who": "everybody", "factor": "two"},
	)
	forEachProxy(t, func(t *testing.T, proxy string) {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		cookies := s.signIn(i, "/")
		var forged []string
		for _, name := range []string{"Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups"} {
			for _, alias := range aliases(name) {
				forged = append(forged, alias+": forged")
			}
		}
		for _, name := range []string{"X-Original-URL", "X-Original-Method", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Prefix", "X-Forwarded-Port",
			"X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "X-Application-Cookie", "X_Rewrite_URL", "X.Rewrite.URL"} {
			forged = append(forged, name+": forged", name+": /forged")
		}
		for _, path := range []string{"/public", "/page"} {
			for _, line := range forged {
				r := s.fetch("GET", path, line, "Cookie: "+cookies)
				if got := s.reached(line, r); strings.Contains(got.raw, "forged") {
					t.Errorf("%s with %q: the application gets\n%s", path, line, got.raw)
				}
			}
			got := s.reached("all at once", s.fetch("GET", path, append(forged, "Cookie: "+cookies)...))
			if strings.Contains(got.raw, "forged") || len(got.header.Values("Remote-User")) > 1 {
				t.Errorf("%s: the application gets\n%s", path, got.raw)
			}
		}
		// Nothing that the client names in Connection is taken away again.
		got := s.reached("Connection", s.fetch("GET", "/page", "Connection: close, Remote-User, Cookie, X-Forwarded-Proto", "Cookie: a=b; "+cookies))
		if got.header.Get("Remote-User") != "anna" || got.header.Get("X-Forwarded-Proto") != "https" {
			t.Errorf("the application gets\n%s", got.raw)
		}
		socket := s.fetch("GET", "/page", "Connection: Upgrade, Remote-User", "Upgrade: websocket", "Cookie: "+cookies)
		if got := s.reached("Connection of a WebSocket", socket); got.header.Get("Remote-User") != "anna" {
			t.Errorf("the application gets\n%s", got.raw)
		}
		_ = socket.conn.Close()
		// Our cookies in other spellings, twice, in lines of their own.
		for _, path := range []string{"/public", "/page"} {
			got := s.reached("cookies", s.fetch("GET", path, "Cookie: __HOST-im_app=forged;__host-IM_session=forged;  __Host-im_x = forged ;b=2", "Cookie: "+cookies))
			if strings.Contains(got.raw, "forged") || strings.Contains(strings.ToLower(got.raw), "__host-im") || !strings.Contains(got.header.Get("Cookie"), "b=2") {
				t.Errorf("%s: the application gets\n%s", path, got.raw)
			}
		}
		// No other protocol than WebSockets.
		for _, upgrade := range [][]string{
			{"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"},
			{"Connection: Upgrade", "Upgrade: websocket, h2c"}, {"Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket"}, {"Connection: Upgrade", "Upgrade: websocket", "Upgrade: h2c"},
			{"Connection: Upgrade", "Upgrade: TLS/1.0"}, {"Connection: Upgrade", "Upgrade: websocket\x0b"},
		} {
			r := s.fetch("GET", "/public", upgrade...)
			for _, got := range s.app.took() {
				if values := got.header.Values("Upgrade"); len(values) > 1 || len(values) == 1 && !strings.EqualFold(values[0], "websocket") {
					t.Errorf("%q: the application gets\n%s", upgrade, got.raw)
				}
			}
			if r.conn != nil {
				_ = r.conn.Close()
			}
		}
		// Headers of the proxy in other spellings are refused, or do not arrive.
		for _, line := range []string{"X_Forwarded_Host: other.example.net", "X.Forwarded.Uri: /public", "X_Original_URL: " + wiki + "/public", "X_Forwarded-Method: GET"} {
			s.kept(line, s.fetch("GET", "/page", line), http.StatusUnauthorized, http.StatusForbidden)
		}
		for _, line := range []string{"X-Original-URL: " + wiki + "/public", "X-Forwarded-Uri: /public", "X-Forwarded-Method: GET", "X-Original-Method: GET", "X-Forwarded-Host: other.example.net"} {
			s.kept(line, s.fetch("GET", "/page", line, line), http.StatusUnauthorized)
			s.kept(line, s.fetch("POST", "/page", line, "Content-Length: 0"), http.StatusUnauthorized)
			// The page that explains a refusal is for the proxy alone.
			s.kept(line, s.fetch("GET", "/.imagemaster/denied", line, "X-Original-Method: GET"), http.StatusForbidden, http.StatusNotFound)
		}
	})
}

// Over HTTP/2, which Caddy speaks by itself, it is the same.
func TestForgedHeadersOverHTTP2(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(rule{"path": "/public", "who": "public", "factor": "none"}, rule{"path": "/", "who": "everybody", "factor": "two"})
	s := startProxy(t, "Caddy", i.gate, startApplication(t))
	cookies := s.signIn(i, "/")
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: s.roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+s.port)
		}}}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/public", "/page"} {
		for _, alias := range aliases("Remote-User") {
			request, err := http.NewRequest(http.MethodGet, wiki+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header[strings.ToLower(alias)] = []string{"forged"}
			request.Header["Cookie"] = []string{"a=b", cookies, "__Host-im_session=forged"} // HTTP/2 splits cookies
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			got := s.reached(alias, reply{status: response.StatusCode})
			user := map[string]string{"/public": "", "/page": "anna"}[path]
			if response.ProtoMajor != 2 || strings.Contains(got.raw, "forged") || got.header.Get("Remote-User") != user || got.header.Get("Cookie") != "a=b" {
				t.Errorf("%s with %s over %s: the application gets\n%s", path, alias, response.Proto, got.raw)
			}
		}
	}
}

// A page of another origin, a sibling's too, can neither write nor open a WebSocket nor
// read with the person's cookie.
func TestOtherOrigins(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(
		rule{"path": "/api", "who": "public", "factor": "none", "origins": []string{"https://files.example.com"}},
		rule{"path": "/partner", "who": "everybody", "factor": "two", "origins": []string{"https://files.example.com"}},
		rule{"path": "/", "who": "everybody", "factor": "two"},
	)
	forEachProxy(t, func(t *testing.T, proxy string) {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		cookie := "Cookie: " + s.signIn(i, "/")
		socket := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="}
		for _, origin := range []string{"https://files.example.com", "http://wiki.example.com", "https://wiki.example.com:8443", "https://evil.example.net", "https://wiki.example.com.evil.example.net", "null"} {
			from := []string{cookie, "Origin: " + origin, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"}
			s.kept("WebSocket of "+origin, s.send("GET /live HTTP/1.1", append(from, socket...)...), http.StatusForbidden)
			s.kept("GET of "+origin, s.send("GET / HTTP/1.1", from...), http.StatusForbidden)
			s.kept("POST of "+origin, s.send("POST / HTTP/1.1", append(from, "Content-Length: 0")...), http.StatusForbidden)
			s.kept("preflight of "+origin, s.send("OPTIONS / HTTP/1.1", "Origin: "+origin, "Access-Control-Request-Method: PUT"), http.StatusForbidden)
		}
		s.kept("POST without an origin", s.send("POST / HTTP/1.1", cookie, "Content-Length: 0"), http.StatusForbidden)
		s.kept("POST of two origins", s.send("POST / HTTP/1.1", cookie, "Origin: "+wiki, "Origin: https://files.example.com", "Content-Length: 0"), http.StatusForbidden, http.StatusBadRequest)
		s.reached("a listed origin", s.send("POST /partner HTTP/1.1", cookie, "Origin: https://files.example.com", "Content-Length: 0"))
		preflight := []string{"Access-Control-Request-Method: POST", "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: cross-site"}
		s.reached("a preflight of a listed origin", s.send("OPTIONS /api HTTP/1.1", append(preflight, "Origin: https://files.example.com")...))
		s.kept("a preflight of another one", s.send("OPTIONS /api HTTP/1.1", append(preflight, "Origin: https://evil.example.net")...), http.StatusForbidden)
		s.kept("a preflight that needs a session", s.send("OPTIONS /partner HTTP/1.1", append(preflight, "Origin: https://files.example.com")...), http.StatusUnauthorized)
		s.reached("OPTIONS of its own", s.fetch("OPTIONS", "/", cookie, "Origin: "+wiki))
		s.reached("null from itself", s.fetch("POST", "/", cookie, "Origin: null", "Content-Length: 0"))
	})
}

// A path that applications may read in different ways opens nothing that one of the
// rules closes, and a request for another host opens nothing.
func TestOddPathsAndHosts(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.person.Must(http.StatusOK, http.MethodPost, "/api/groups", map[string]string{"name": "staff", "description": ""})
	i.protect(
		rule{"path": "/public", "who": "public", "factor": "none"},
		rule{"path": "/staff", "who": "groups", "groups": []string{"staff"}, "factor": "two"},
		rule{"path": "/", "who": "everybody", "factor": "two"},
	)
	// What is open at another address opens nothing here.
	i.protectAt("https://other.example.net", rule{"path": "/", "who": "public", "factor": "none"})
	odd := []string{"/public/../staff", "/public/./x", "/public/%2e%2e/staff", "/public/%2E%2E%2fstaff", "/public/..%2fstaff", "/public%2f..%2fstaff", "/public/..;/staff", "/public;x/../staff",
		"/public;/x", "/public%3b/x", "//staff", "/public//x", "/public//../staff", "/public/..\\staff", "/public/..%5cstaff", "/public\\x", "/public/%00", "/public/x%00/../../staff", "/public/%252e%252e/staff",
		"/public/%0a", "/public/%7f", "/public/\x7f", "/public/%zz", "/public/%", "/PUBLIC/x", "/Public", "/STAFF/x", "/%73taff/x", "/staff/", "/staff", "/staff/x", "/public/.", "/public/..", "/./staff", "/../staff", "/%2e/staff", "/public/%ff"}
	forEachProxy(t, func(t *testing.T, proxy string) {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		cookie := "Cookie: " + s.signIn(i, "/")
		for _, path := range odd {
			for _, query := range []string{"", "?x=/../y"} {
				s.kept(path, s.fetch("GET", path+query), 400, 401, 403, 404)
				s.kept(path+" signed in", s.fetch("GET", path+query, cookie), 400, 403, 404)
				s.kept(path+" navigation", s.open(path+query), 303, 400, 403, 404)
			}
		}
		s.reached("public", s.fetch("GET", "/public/x"))
		// Caddy itself encodes what is not ASCII, for the gate and for the application alike.
		s.fetch("GET", "/public/\xc3\xa4")
		for _, got := range s.app.took() {
			if proxy != "Caddy" || got.line != "GET /public/%C3%A4 HTTP/1.1" {
				t.Errorf("%s: not ASCII: %q", proxy, got.line)
			}
		}
		s.kept("beside public", s.fetch("GET", "/publicx"), 401)

		// The request line names another host than the Host header, or both do.
		for _, lines := range [][]string{
			{"GET https://other.example.net/ HTTP/1.1", "Host: " + wikiHost}, {"GET https://other.example.net/public HTTP/1.1", "Host: " + wikiHost},
			{"GET http://wiki.example.com/page HTTP/1.1", "Host: other.example.net"}, {"GET https://wiki.example.com/page HTTP/1.1", "Host: wiki.example.com"},
			{"GET https://wiki.example.com@other.example.net/page HTTP/1.1", "Host: " + wikiHost}, {"GET https://other.example.net@wiki.example.com/page HTTP/1.1", "Host: " + wikiHost},
			{"GET /page HTTP/1.1", "Host: other.example.net"}, {"GET /page HTTP/1.1", "Host: wiki.example.com."}, {"GET /page HTTP/1.1", "Host: WIKI.example.com"},
			{"GET /page HTTP/1.1", "Host: wiki.example.com", "Host: other.example.net"}, {"GET /page HTTP/1.1", "Host: wiki.example.com, other.example.net"}, {"GET /page HTTP/1.1", "Host: wiki.example.com:443"},
			{"GET /page HTTP/1.1", "Host: "}, {"GET https://wiki.example.com HTTP/1.1", "Host: " + wikiHost}, {"GET https:/page HTTP/1.1", "Host: " + wikiHost}, {"GET page HTTP/1.1", "Host: " + wikiHost},
			{"OPTIONS * HTTP/1.1", "Host: " + wikiHost}, {"CONNECT wiki.example.com:443 HTTP/1.1", "Host: " + wikiHost}, {"CONNECT /page HTTP/1.1", "Host: " + wikiHost}, {"TRACE /page HTTP/1.1", "Host: " + wikiHost},
			{"GET /page HTTP/1.0", "Host: " + wikiHost}, {"GET https://other.example.net/.imagemaster/../page HTTP/1.1", "Host: " + wikiHost},
		} {
			r := s.send(lines[0], lines[1:]...)
			for _, got := range s.app.took() { // a public page may be reached
				if !strings.HasPrefix(got.line, "GET /public ") || got.header.Get("Remote-User") != "" || got.header.Get("Host") != wikiHost {
					t.Errorf("%q: the application gets\n%s", lines, got.raw)
				}
			}
			if r.status == http.StatusSwitchingProtocols {
				t.Errorf("%q: %d", lines, r.status)
			}
		}
		// HTTP/0.9 and nonsense.
		s.sendRaw("GET /page\r\n\r\n")
		s.sendRaw("\r\n\r\n\x16\x03\x01")
		s.nothing("nonsense")
	})
}

// The part of the host that belongs to the gate is never asked of the application, in
// any spelling that the application could read as it.
func TestApplicationCannotServeTheGatesPages(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(rule{"path": "/", "who": "public", "factor": "none"})
	forEachProxy(t, func(t *testing.T, proxy string) {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		for _, path := range []string{"/.imagemaster/start", "/.imagemaster/done", "/.imagemaster/denied", "/.imagemaster/", "/.imagemaster/x", "/.imagemaster/check", "/.imagemaster", "/.imagemaster?to=/",
			"/%2eimagemaster/start", "/.%69magemaster/start", "/.IMAGEMASTER/start", "/.imagemaster%2fstart", "/x/../.imagemaster/start", "//.imagemaster/start", "/./.imagemaster/start", "/.imagemaster//start", "/.imagemaster/start/", "/.imagemaster/../.imagemaster/start"} {
			for _, method := range []string{"GET", "POST"} {
				r := s.send(method+" "+path+" HTTP/1.1", "Origin: "+wiki, "Content-Length: 0")
				s.kept(method+" "+path, r, 301, 303, 400, 401, 403, 404, 405) // 301: nginx adds a slash
				if r.header.Get("X-Application") != "" {
					t.Errorf("%s is answered by the application", path)
				}
			}
		}
		// A body to the gate leaves nothing behind on the connection of the proxy.
		for range 5 {
			s.sendRaw("POST /.imagemaster/start HTTP/1.1\r\nHost: " + wikiHost + "\r\nContent-Length: 57\r\n\r\nGET /gate/forward HTTP/1.1\r\nHost: x\r\nX-Forwarded-Uri: /\r\n\r")
			if r := s.fetch("GET", "/.imagemaster/start"); r.status != 303 {
				t.Errorf("the next one gets %d", r.status)
			}
		}
		s.nothing("bodies to the gate")
	})
}

// A request hidden behind another one never reaches the application, and the connections
// that the proxy keeps to gate and application stay in step.
func TestSmuggling(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(
		rule{"path": "/public", "who": "public", "factor": "none"},
		rule{"path": "/", "who": "everybody", "factor": "two"},
	)
	hidden := "GET /hidden HTTP/1.1\r\nHost: " + wikiHost + "\r\nX-Next: "
	head := "POST /public/attack HTTP/1.1\r\nHost: " + wikiHost + "\r\nOrigin: " + wiki + "\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden)
	attacks := map[string]string{
		"CL.TE":           head + fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n%s", 5+len(hidden), hidden),
		"TE.CL":           head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
		"CL twice":        head + fmt.Sprintf("Content-Length: 0\r\nContent-Length: %d\r\n\r\n%s", len(hidden), hidden),
		"CL listed":       head + fmt.Sprintf("Content-Length: 0, %d\r\n\r\n%s", len(hidden), hidden),
		"CL plus":         head + fmt.Sprintf("Content-Length: +%d\r\n\r\n%s", len(hidden), hidden),
		"CL negative":     head + "Content-Length: -1\r\n\r\n" + hidden,
		"CL hex":          head + "Content-Length: 0x10\r\n\r\n" + hidden,
		"CL huge":         head + "Content-Length: 18446744073709551616\r\n\r\n" + hidden,
		"CL alias":        head + fmt.Sprintf("Content_Length: %d\r\nContent-Length: 0\r\n\r\n%s", len(hidden), hidden),
		"CL space":        head + fmt.Sprintf("Content-Length : %d\r\n\r\n%s", len(hidden), hidden),
		"TE space":        head + "Transfer-Encoding : chunked\r\n\r\n" + chunk,
		"TE tab":          head + "Transfer-Encoding:\tchunked\r\n\r\n" + chunk,
		"TE vertical tab": head + "Transfer-Encoding: \x0bchunked\r\nContent-Length: 4\r\n\r\n" + chunk,
		"TE folded":       head + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n" + chunk,
		"TE unknown":      head + "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n" + chunk,
		"TE identity":     head + "Transfer-Encoding: identity\r\nContent-Length: 4\r\n\r\n" + chunk,
		"TE twice":        head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunk,
		"TE listed":       head + "Transfer-Encoding: identity, chunked\r\n\r\n" + chunk,
		"TE alias":        head + "Transfer_Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunk,
		"chunk extension": head + "Transfer-Encoding: chunked\r\n\r\n0;x=\"\r\n\r\n" + hidden + "\"\r\n\r\n",
		"chunk newline":   head + "Transfer-Encoding: chunked\r\n\r\n1;\na\r\n0\r\n\r\n" + hidden,
		"chunk negative":  head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + hidden,
		"chunk overflow":  head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n" + hidden,
		"chunk size junk": head + "Transfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n0\r\n\r\n" + hidden,
		"chunk too short": head + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n" + hidden,
		// Caddy hands trailers on, as trailers: no application may take them for headers.
		"trailers":       head + "Transfer-Encoding: chunked\r\nTrailer: Remote-User\r\n\r\n0\r\nRemote-User: forged\r\nX_Y: forged\r\n\r\n",
		"GET with body":  "GET /public/attack HTTP/1.1\r\nHost: " + wikiHost + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(hidden), hidden),
		"HEAD with body": "HEAD /public/attack HTTP/1.1\r\nHost: " + wikiHost + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(hidden), hidden),
		"line feeds":     strings.ReplaceAll(head, "\r\n", "\n") + "Content-Length: 0\n\n" + hidden,
		"bare CR":        "POST /public/attack HTTP/1.1\r\nHost: " + wikiHost + "\r\nX: y\rContent-Length: 5\r\nContent-Length: 0\r\n\r\n" + hidden,
		"NUL":            "POST /public/attack HTTP/1.1\r\nHost: " + wikiHost + "\r\nX: y\x00z\r\nContent-Length: 0\r\n\r\n",
		"refused body":   "POST /page HTTP/1.1\r\nHost: " + wikiHost + fmt.Sprintf("\r\nOrigin: %s\r\nContent-Length: %d\r\n\r\n%s", wiki, len(hidden), hidden),
		"refused chunks": "POST /page HTTP/1.1\r\nHost: " + wikiHost + "\r\nOrigin: " + wiki + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
		"expecting":      head + fmt.Sprintf("Expect: 100-continue\r\nContent-Length: %d\r\n\r\n%s", len(hidden), hidden),
	}
	forEachProxy(t, func(t *testing.T, proxy string) {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		for name, attack := range attacks {
			for range 2 {
				s.hide(name, attack)
			}
		}
	})
}

// hide sends an attack, then looks at what the next clients get. The attack itself may
// arrive, or what is left of it, and late: the application waits for the rest of a body.
func (s *site) hide(name, attack string) {
	s.t.Helper()
	s.impatient = true // some wait for more than is sent
	s.sendRaw(attack)
	s.impatient = false
	if closed := s.fetch("GET", "/page"); closed.status != http.StatusUnauthorized {
		s.t.Errorf("after %s a closed page gives %d", name, closed.status)
	}
	next := s.fetch("GET", "/public/next")
	if next.status != http.StatusOK || next.body != "the application" {
		s.t.Errorf("after %s a public page gives %d %q", name, next.status, next.body)
	}
	arrived := 0
	for _, got := range s.app.took() {
		_, target, _ := strings.Cut(got.line, " ")
		switch {
		case got.line == "GET /public/next HTTP/1.1":
			arrived++
		case target != "/public/attack HTTP/1.1" || strings.Contains(got.raw, "forged"):
			s.t.Errorf("%s: the application gets\n%s", name, got.raw)
		}
	}
	if arrived != 1 {
		s.t.Errorf("after %s %d requests for the public page arrive", name, arrived)
	}
}

// Without the gate, or without its database, nothing is open: neither what needs a
// sign-in nor what is public.
func TestGateAway(t *testing.T) {
	server := testdb.NewServer(t)
	server.Exec("CREATE DATABASE gate_away", "CREATE USER gate_away IDENTIFIED BY 'x'", "GRANT ALL ON gate_away.* TO gate_away")
	folder := t.TempDir()
	place, key := filepath.Join(folder, "database"), filepath.Join(folder, "key")
	if err := os.WriteFile(place, []byte("gate_away:x@unix("+server.Socket()+")/gate_away\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	testserver.Command(t, "key", "new", key).Succeeds("")
	i := startWithGate(t, "--database-file", place, "--key-file", key)
	i.protect(
		rule{"path": "/public", "who": "public", "factor": "none"},
		rule{"path": "/", "who": "everybody", "factor": "two"},
	)
	sites, cookie := map[string]*site{}, ""
	for _, proxy := range []string{"nginx", "Caddy"} {
		s := startProxy(t, proxy, i.gate, startApplication(t))
		if sites[proxy] = s; cookie == "" {
			cookie = "Cookie: " + s.signIn(i, "/")
		}
		s.reached("before", s.fetch("GET", "/page", cookie))
	}
	check := func(what string) {
		for proxy, s := range sites {
			for _, path := range []string{"/public", "/page"} {
				s.kept(proxy+", "+what+": "+path, s.fetch("GET", path, cookie), 500, 502, 503)
				s.kept(proxy+", "+what+": opening "+path, s.open(path), 500, 502, 503)
				s.kept(proxy+", "+what+": POST "+path, s.fetch("POST", path, cookie, "Origin: "+wiki, "Content-Length: 0"), 500, 502, 503)
			}
			s.kept(proxy+", "+what+": start", s.open("/.imagemaster/start"), 500, 502, 503)
		}
	}
	server.Stop()
	for deadline := time.Now().Add(testserver.GiveUp); sites["nginx"].fetch("GET", "/page", cookie).status == http.StatusOK; { // facts count for a second
		if time.Now().After(deadline) {
			t.Fatal("the application stays open without the database")
		}
	}
	for _, s := range sites {
		s.app.took()
	}
	check("database away")
	server.Start()
	i.UntilStatus(http.StatusOK, "/readyz")
	for _, s := range sites {
		s.reached("after", s.fetch("GET", "/page", cookie))
	}
	i.Stop()
	check("gate away")
}

// Traefik cannot be run here. These are the requests that its documentation of
// ForwardAuth describes, straight to the gate: GET without a body, all headers of the
// client, and five of its own.
func TestTraefikContract(t *testing.T) {
	i := startWithGate(t, "--data", dataFolder(t))
	i.protect(
		rule{"path": "/public", "who": "public", "factor": "none"},
		rule{"path": "/", "who": "everybody", "factor": "two"},
	)
	ask := func(method, uri string, headers ...string) reply {
		t.Helper()
		return sendPlain(t, i.gate, "GET /gate/forward HTTP/1.1", append([]string{"Host: " + i.gate, "User-Agent: browser", "Accept-Encoding: gzip",
			"X-Forwarded-For: 192.0.2.7", "X-Forwarded-Host: " + wikiHost, "X-Forwarded-Method: " + method, "X-Forwarded-Proto: https", "X-Forwarded-Uri: " + uri}, headers...)...)
	}
	page := ask("GET", "/report?x=1", "Accept: text/html")
	if page.status != http.StatusSeeOther || page.header.Get("Location") != wiki+"/.imagemaster/start?to=%2Freport%3Fx%3D1" {
		t.Errorf("a page: %d %v", page.status, page.header)
	}
	// Traefik sends the browser to the gate with the path and the Host that it has asked for.
	start := sendPlain(t, i.gate, "GET /.imagemaster/start?to=%2Freport%3Fx%3D1 HTTP/1.1", "Host: "+wikiHost, "X-Forwarded-Host: "+wikiHost, "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Real-Ip: 192.0.2.7")
	cookie := start.cookieOf("__Host-im_start")
	s := &site{t: t}
	open := s.location("start", start, i.URL+"/open?").Query()
	opened := i.person.Must(http.StatusOK, http.MethodPost, "/api/open", map[string]any{"app": wiki, "to": open.Get("to"), "state": open.Get("state"), "again": false})
	done := sendPlain(t, i.gate, "GET "+strings.TrimPrefix(opened["url"].(string), wiki)+" HTTP/1.1", "Host: "+wikiHost, "Cookie: "+cookie)
	if back := s.location("done", done, wiki).String(); back != wiki+"/report?x=1" {
		t.Errorf("done leads to %s", back)
	}
	ours := done.cookieOf("__Host-im_app")

	in := ask("GET", "/report?x=1", "Cookie: theme=dark; "+cookie+"; "+ours)
	if in.status != http.StatusOK || in.header.Get("Remote-User") != "anna" || in.header.Get("Cookie") != "theme=dark" {
		t.Errorf("signed in: %d %v", in.status, in.header)
	}
	// What the gate does not answer Traefik deletes.
	public := ask("GET", "/public", "Cookie: "+cookie+"; "+ours, "Remote-User: forged")
	if public.status != http.StatusOK || public.header.Get("Remote-User") != "" || public.header.Get("Cookie") != "" {
		t.Errorf("public: %d %v", public.status, public.header)
	}
	for what, r := range map[string]reply{
		"fetch":     ask("GET", "/x", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"),
		"POST":      ask("POST", "/x", "Origin: "+wiki),
		"WebSocket": ask("GET", "/x", "Origin: "+wiki, "Sec-Websocket-Key: x", "Sec-Websocket-Version: 13"),
	} {
		if r.status != http.StatusUnauthorized || r.header.Get("Location") != "" || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v", what, r.status, r.header)
		}
	}
	for what, r := range map[string]reply{
		"sibling":    ask("GET", "/x", "Cookie: "+ours, "Origin: https://files.example.com"),
		"alias":      ask("GET", "/x", "X_Forwarded_Host: wiki.example.com"),
		"dots":       ask("GET", "/x", "X.Forwarded.Uri: /public"),
		"twice":      ask("GET", "/x", "X-Forwarded-Uri: /public"),
		"twice host": ask("GET", "/public", "X-Forwarded-Host: "+wikiHost),
	} {
		if r.status != http.StatusForbidden {
			t.Errorf("%s: %d", what, r.status)
		}
	}
}
