package api

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"imagemaster/backend/spa"
	"imagemaster/backend/testdb"
)

// pipe is a connection that sends one request and keeps the answer.
type pipe struct {
	in  *strings.Reader
	out bytes.Buffer
}

func (p *pipe) Read(b []byte) (int, error)       { return p.in.Read(b) }
func (p *pipe) Write(b []byte) (int, error)      { return p.out.Write(b) }
func (*pipe) Close() error                       { return nil }
func (*pipe) LocalAddr() net.Addr                { return &net.TCPAddr{IP: net.IPv4zero} }
func (*pipe) RemoteAddr() net.Addr               { return &net.TCPAddr{IP: net.IPv4zero} }
func (*pipe) SetDeadline(time.Time) error        { return nil }
func (*pipe) SetReadDeadline(time.Time) error    { return nil }
func (*pipe) SetWriteDeadline(t time.Time) error { return nil }

// indexPage is the page that only a navigation outside /api may get.
const indexPage = "<!doctype html><title>index of the fuzzed pages</title>"

// fuzzed is the whole product in this process, with a browser that is signed in.
type fuzzed struct {
	*kit
	people int
	b      *browser
}

func newFuzzed(f *testing.F) *fuzzed {
	f.Helper()
	w := newKit(f, testdb.New(f, testdb.SQLite), func(d *Deps) {
		d.Web = spa.Handler(fstest.MapFS{"index.html": {Data: []byte(indexPage)}, "assets/app-1a2b.js": {Data: []byte("script")}}, spa.Site{Brand: "ImageMaster"})
	})
	w.addUser("ada")
	return &fuzzed{kit: w}
}

// signedIn returns a browser with all rights of a person. If an earlier request
// has ended the session, it makes another person.
func (z *fuzzed) signedIn() *browser {
	z.t.Helper()
	if z.b != nil {
		if a := z.b.send("GET", "/api/two-factor", ""); a.status == 200 && a.json["status"] == "enabled" && z.clock.now().Before(z.startedAt().Add(time.Hour)) {
			return z.b
		}
	}
	z.people++
	name := "person-" + strconv.Itoa(z.people)
	z.addPerson(name)
	z.b = z.browser()
	z.b.signIn(name)
	z.b.enroll()
	return z.b
}

func (z *fuzzed) startedAt() time.Time { return time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC) }

// exchange sends bytes as they are and reads the first answer.
func (z *fuzzed) exchange(t *testing.T, method, request string) (answer, bool) {
	t.Helper()
	p := &pipe{in: strings.NewReader(request)}
	if err := z.app.Server().ServeConn(p); err != nil && p.out.Len() == 0 {
		return answer{}, false // not HTTP at all
	}
	res, err := http.ReadResponse(bufio.NewReader(&p.out), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q is answered with no HTTP: %v", request, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return answer{status: res.StatusCode, header: res.Header, body: string(text)}, true
}

// FuzzRequest sends any method, path, headers and body: without cookies, from
// another site's page, and from a signed-in person's own page.
func FuzzRequest(f *testing.F) {
	who := uint8(0)
	add := func(method, target, headers, body string) {
		f.Add(who, method, target, headers, body)
		who++
	}
	for _, r := range routesIn(f) {
		f.Add(uint8(2), r.method, filled(r.path), "Accept: */*", `{"code":"123456"}`)
	}
	add("POST", "/api/sign-in", "Content-Type: application/json", `{"username":"ada","password":"wrong"}`)
	add("POST", "/api/sign-in", "Transfer-Encoding: chunked", "5\r\n{\"a\":\r\n0\r\n\r\n")
	add("GET", "/api/../two-factor", "Sec-Fetch-Mode: navigate", "")
	add("GET", "/API/session", "Accept: text/html", "")
	add("GET", "/%61pi/x", "Sec-Fetch-Mode: navigate", "")
	add("GET", "/api%2fsession", "Sec-Fetch-Mode: navigate", "")
	add("GET", "/two%zzfactor", "Sec-Fetch-Mode: navigate", "")
	add("GET", "http://evil.example/api/session", "Host: evil.example", "")
	add("GET", "//evil.example/", "Sec-Fetch-Mode: navigate\r\nX-Forwarded-For: 1.2.3.4, ::1%a", "")
	add("TRACE", "/", "Max-Forwards: 0", "")
	add("PRI", "*", "", "SM")
	add("PUT", "/api/notice-address", "Content-Type: application/json", `{"email":"ada@example.org","language":"de"}`)
	add("DELETE", "/api/sessions/9223372036854775808", "Content-Length: 0", "")
	add("GET", "/api/activity?before=-1&before=2", "Range: bytes=0-1", "")
	add("PATCH", "/api/profile", "Content-Type: application/json\r\nContent-Encoding: gzip", `{"theme":"night"}`)
	add("POST", "/api/two-factor/disable", "Content-Type: application/json; charset=UTF-8", `{"mode":"pause","for":"hour"}`)
	add("GET", "/assets/app-1a2b.js", "If-None-Match: *\r\nAccept-Encoding: br", "")
	z := newFuzzed(f)
	f.Fuzz(func(t *testing.T, who uint8, method, target, headers, body string) {
		z.t = t
		z.logs.reset()
		head := "Host: " + host + "\r\nConnection: close\r\nX-Canary: " + canaryHeader + "\r\n"
		if who%3 > 0 {
			b := z.signedIn()
			for name, value := range b.cookies {
				head += "Cookie: " + name + "=" + value + "\r\n"
			}
			if who%3 == 2 {
				head += "Sec-Fetch-Site: same-origin\r\nX-Requested-With: imagemaster\r\nX-CSRF-Token: " + b.csrf + "\r\n"
			} else {
				head += "Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example\r\n"
			}
			z.logs.reset()
		}
		method = firstWord(method)
		target = firstWord(target)
		request := method + " " + target + " HTTP/1.1\r\n" + head
		if headers != "" {
			request += strings.Trim(headers, "\r\n") + "\r\n"
		}
		if !strings.Contains(strings.ToLower(headers), "transfer-encoding") {
			request += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
		}
		request += "\r\n" + body
		a, ok := z.exchange(t, method, request)
		if !ok {
			return
		}
		checkAny(t, request, a)
		if who%3 == 1 && !slices.Contains([]string{"GET", "HEAD"}, method) && a.status < 400 {
			t.Errorf("%q from another site's page is answered %d", request, a.status)
		}
		if strings.Contains(z.logs.String(), canaryHeader) {
			t.Errorf("%q is in the log: %s", request, z.logs)
		}
		checkPlace(t, request, target, a)
	})
}

// canaryHeader is a value that no answer may repeat.
const canaryHeader = "canary-of-the-fuzzed-request"

// firstWord makes a word that the first line of a request can hold.
func firstWord(text string) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return "/"
	}
	return text
}

// checkAny checks what every answer has.
func checkAny(t *testing.T, request string, a answer) {
	t.Helper()
	if a.status >= 500 {
		t.Fatalf("%q is answered %d: %s", request, a.status, a.body)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": permissionsPolicy,
	} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %s is %q", request, name, got)
		}
	}
	if policy := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%q: policy %q", request, policy)
	}
	for name := range a.header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Server" {
			t.Errorf("%q: has %s", request, name)
		}
	}
	if where := a.header.Get("Location"); where != "" && where != publicURL+"/password" {
		t.Errorf("%q leads to %q", request, where)
	}
	for _, line := range a.header.Values("Set-Cookie") {
		if !strings.HasPrefix(line, "__Host-im_") || !strings.Contains(line, "; Path=/; ") || !strings.HasSuffix(line, "; HttpOnly; Secure; SameSite=Strict") {
			t.Errorf("%q sets %q", request, line)
		}
	}
	if strings.Contains(a.body, canaryHeader) {
		t.Errorf("%q is repeated: %s", request, a.body)
	}
	if a.status >= 400 && a.body != "" && a.header.Get("Content-Type") != "application/problem+json" && a.status != 421 {
		t.Errorf("%q is answered %d with %q: %s", request, a.status, a.header.Get("Content-Type"), a.body)
	}
	if a.header.Get("Content-Type") == "application/problem+json" && a.body != "" {
		checkProblem(t, request, a)
	}
}

func checkProblem(t *testing.T, request string, a answer) {
	t.Helper()
	var p Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("%q: %v: %s", request, err, a.body)
	}
	of, known := p.Code.Meaning()
	if !known || of.Status != a.status || p.Status != a.status || p.Title != of.Title || p.Type != publicURL+pathProblems+string(p.Code) || p.Detail == "" {
		t.Errorf("%q is answered %d: %s", request, a.status, a.body)
	}
	if len(p.RequestID) != 32 || p.RequestID != a.header.Get("X-Request-Id") || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q: request %q, headers %v", request, p.RequestID, a.header)
	}
	if wait := a.header.Get("Retry-After"); (wait != "") != (a.status == 429) {
		t.Errorf("%q: status %d, Retry-After %q", request, a.status, wait)
	}
}

// checkPlace: no spelling of a path below /api gets the page.
func checkPlace(t *testing.T, request, target string, a answer) {
	t.Helper()
	if u, err := url.Parse(target); err == nil && u.Path != "" {
		target = u.Path
	}
	cleaned := strings.ToLower(path.Clean("/" + target))
	below := cleaned == "/api" || strings.HasPrefix(cleaned, "/api/")
	if below && strings.Contains(a.body, indexPage) {
		t.Errorf("%q gets the page", request)
	}
	if kind := a.header.Get("Content-Type"); below && a.body != "" && a.status != 421 && !strings.HasPrefix(kind, "application/") {
		t.Errorf("%q is answered with %q: %s", request, kind, a.body)
	}
}

// FuzzActivityCursor: a cursor gives older events only, and anything else is
// refused.
func FuzzActivityCursor(f *testing.F) {
	for _, seed := range []string{"", "0", "1", "5", "-1", "9223372036854775807", "9223372036854775808", "1e3", " 7", "+7", "0x10", "\u0667", "7&before=1", "%37"} {
		f.Add(seed)
	}
	z := newFuzzed(f)
	b := z.signedIn()
	f.Fuzz(func(t *testing.T, before string) {
		z.t = t
		z.logs.reset()
		a := b.send("GET", "/api/activity?before="+url.QueryEscape(before), "")
		number, err := strconv.ParseInt(before, 10, 64)
		if a.status != 200 {
			a.isProblem(t, 422, "invalid")
			if err == nil && number >= 0 || before == "" {
				t.Errorf("%q is refused", before)
			}
			return
		}
		if err != nil && before != "" || number < 0 {
			t.Errorf("%q is taken: %s", before, a.body)
		}
		for _, e := range a.json["events"].([]any) {
			if id := int64(e.(map[string]any)["id"].(float64)); number > 0 && id >= number {
				t.Errorf("before %q comes %d", before, id)
			}
		}
	})
}

// FuzzRoutes: every path has an Allow field, and a template matches exactly as
// many parts as it has.
func FuzzRoutes(f *testing.F) {
	for _, seed := range []string{"/api/sessions/7", "/api/sessions/", "/api/sessions/7/8", "//", "", "/api/notices/{id}", "/problems/x"} {
		f.Add(seed)
	}
	list := routesOf(documented())
	f.Fuzz(func(t *testing.T, sent string) {
		if allowed := list.allowed(sent); len(allowed) == 0 || slices.ContainsFunc(allowed, func(m string) bool {
			return isSafe(m) && len(list.methods(sent)) > 0 && !slices.Contains(allowed, "GET")
		}) {
			t.Errorf("%q allows %v", sent, allowed)
		}
		for _, route := range list {
			if matches(route.path, sent) && strings.Count(route.path, "/") != strings.Count(sent, "/") {
				t.Errorf("%q is %s", sent, route.path)
			}
		}
	})
}

// FuzzCSRFToken: no other value is taken for the token of the session.
func FuzzCSRFToken(f *testing.F) {
	f.Add("", int64(1))
	f.Add(strings.Repeat("A", 43), int64(0))
	f.Add("a b", int64(-1))
	z := newFuzzed(f)
	b := z.signedIn()
	f.Fuzz(func(t *testing.T, sent string, session int64) {
		z.t = t
		z.logs.reset()
		if strings.TrimSpace(sent) == b.csrf {
			return
		}
		if strings.ContainsFunc(sent, func(r rune) bool { return r < ' ' || r > '~' }) {
			sent = base64.RawURLEncoding.EncodeToString([]byte(sent))
		}
		token := newCSRF(z.deps.Keys).token(session)
		for _, value := range []string{sent, token} {
			if value == b.csrf {
				continue
			}
			a := b.send("DELETE", "/api/two-factor/enrollment", "", func(r *http.Request) { r.Header.Set(headerCSRF, value) })
			a.isProblem(t, 403, "csrf")
		}
		if again := newCSRF(z.deps.Keys).token(session); again != token || token == newCSRF(z.deps.Keys).token(session+1) || len(token) != 43 {
			t.Errorf("the token of %d is %q and %q", session, token, again)
		}
	})
}
