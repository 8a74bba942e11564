package server

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"imagemaster/backend/testserver"
)

// The application of the tests and its address.
const (
	wikiHost = "wiki.example.com"
	wiki     = "https://" + wikiHost
)

// largeFile is what a download brings: larger than every buffer of a proxy.
var largeFile = bytes.Repeat([]byte("0123456789abcdef"), 1<<18)

// arrived is a request as an application has received it.
type arrived struct {
	line   string // GET /page HTTP/1.1
	raw    string // line and headers
	header http.Header
	body   string
}

// application is a program behind a proxy. It records what it receives, byte by byte,
// and answers everything: a download, a WebSocket, and the address of the gate too.
type application struct {
	address string
	mu      sync.Mutex
	all     []arrived
}

func startApplication(t *testing.T) *application {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	a := &application{address: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go a.serve(conn)
		}
	}()
	return a
}

// serve answers the requests of a connection.
func (a *application) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for a.answer(in, conn) {
	}
}

func (a *application) answer(in *bufio.Reader, out io.Writer) (more bool) {
	var raw strings.Builder
	for !strings.HasSuffix(raw.String(), "\r\n\r\n") {
		line, err := in.ReadString('\n')
		raw.WriteString(line)
		if err != nil {
			return false
		}
	}
	line, rest, _ := strings.Cut(raw.String(), "\r\n")
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(rest))).ReadMIMEHeader()
	r := arrived{line: line, raw: raw.String(), header: http.Header(header)}
	if err != nil {
		r.line = "not a request: " + err.Error()
	}
	body := io.LimitReader(in, 0)
	if n, err := strconv.ParseInt(r.header.Get("Content-Length"), 10, 64); err == nil {
		body = io.LimitReader(in, n)
	}
	if r.header.Get("Transfer-Encoding") != "" {
		body = httputil.NewChunkedReader(in)
	}
	sent, err := io.ReadAll(body)
	if r.header.Get("Transfer-Encoding") != "" && err == nil {
		for end := ""; err == nil && end != "\r\n"; { // trailers
			end, err = in.ReadString('\n')
		}
	}
	r.body = string(sent)
	a.mu.Lock()
	a.all = append(a.all, r)
	a.mu.Unlock()
	if err != nil {
		return false
	}
	return a.reply(r, in, out)
}

func (a *application) reply(r arrived, in *bufio.Reader, out io.Writer) (more bool) {
	if upgrade := r.header.Get("Upgrade"); upgrade != "" {
		_, _ = fmt.Fprintf(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", upgrade)
		line, _ := in.ReadString('\n')
		_, _ = fmt.Fprintf(out, "echo %s", line)
		return false
	}
	content, status := []byte("the application"), "200 OK"
	switch {
	case strings.Contains(r.line, "/download"):
		content = largeFile
	case strings.Contains(r.line, "/own-401"):
		content, status = []byte("401 of the application"), "401 Unauthorized"
	}
	_, _ = fmt.Fprintf(out, "HTTP/1.1 %s\r\nContent-Length: %d\r\nContent-Type: text/plain\r\nX-Application: yes\r\n\r\n", status, len(content))
	if !strings.HasPrefix(r.line, "HEAD ") {
		_, _ = out.Write(content)
	}
	return true
}

// took returns what the application has received since it was asked last.
func (a *application) took() []arrived {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.all
	a.all = nil
	return all
}

// reply is what a client gets.
type reply struct {
	status int
	header http.Header
	body   string
	conn   net.Conn // open after a 101
	in     *bufio.Reader
}

// site is an application behind a proxy.
type site struct {
	t      *testing.T
	app    *application
	origin string
	host   string // with its port, if the origin has one
	port   string // on which the proxy listens
	roots  *x509.CertPool
	// impatient ends a request that is not answered soon.
	impatient bool
}

// startProxy runs the example of a proxy before the gate and an application.
func startProxy(t *testing.T, proxy, gate string, app *application) *site {
	t.Helper()
	settings := map[string]string{"nginx": example(t, "gate-nginx.conf", "127.0.0.1:8081", gate), "Caddy": example(t, "gate-Caddyfile", "127.0.0.1:8081", gate)}
	return runProxy(t, proxy, settings[proxy], wiki, freePort(t), app)
}

// runProxy runs a proxy with settings for an origin, on a port.
func runProxy(t *testing.T, proxy, settings, origin, port string, app *application) *site {
	t.Helper()
	s := &site{t: t, app: app, origin: origin, port: port}
	scheme, host, _ := strings.Cut(origin, "://")
	s.host = host
	settings = strings.ReplaceAll(settings, "127.0.0.1:3000", app.address)
	switch {
	case proxy == "nginx":
		folder := t.TempDir()
		cert, key, roots := certificate(t, folder, wikiHost)
		if scheme == "https" {
			s.roots = roots
		}
		runNginx(t, folder, port, strings.NewReplacer("listen 443 ssl;", "listen 127.0.0.1:"+port+" ssl;",
			"/etc/ssl/"+wikiHost+".pem", cert, "/etc/ssl/"+wikiHost+".key", key).Replace(settings))
	case scheme == "https":
		s.roots = runCaddy(t, wikiHost, port, port, settings)
	default:
		runCaddy(t, "", port, "", settings)
	}
	return s
}

// forEachProxy runs a test with each proxy that can be run.
func forEachProxy(t *testing.T, test func(t *testing.T, proxy string)) {
	for _, proxy := range []string{"nginx", "Caddy"} {
		t.Run(proxy, func(t *testing.T) { test(t, proxy) })
	}
}

// send sends lines as they are and reads one answer. Headers that are not there are not
// added, but for Host.
func (s *site) send(request string, headers ...string) reply {
	s.t.Helper()
	if !slices.ContainsFunc(headers, func(line string) bool { return strings.HasPrefix(line, "Host:") }) {
		headers = append([]string{"Host: " + s.host}, headers...)
	}
	return s.sendRaw(request + "\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n")
}

func (s *site) sendRaw(raw string) reply {
	s.t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+s.port)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.roots != nil {
		conn = tls.Client(conn, &tls.Config{ServerName: wikiHost, RootCAs: s.roots})
	}
	patience := testserver.GiveUp
	if s.impatient {
		patience = 100 * time.Millisecond
	}
	return exchange(s.t, conn, raw, patience)
}

// sendPlain sends lines over http, without a proxy.
func sendPlain(t *testing.T, address, request string, headers ...string) reply {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return exchange(t, conn, request+"\r\n"+strings.Join(headers, "\r\n")+"\r\n\r\n", testserver.GiveUp)
}

// exchange sends a request and reads an answer; the zero reply is none.
func exchange(t *testing.T, conn net.Conn, raw string, patience time.Duration) reply {
	t.Helper()
	method, _, _ := strings.Cut(raw, " ")
	_ = conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = conn.Close() })
	// A refusal may come, and the connection end, before everything is sent.
	_, _ = io.WriteString(conn, raw)
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return reply{} // the proxy has closed the connection
	}
	r := reply{status: response.StatusCode, header: response.Header}
	if response.StatusCode == http.StatusSwitchingProtocols {
		r.conn, r.in = conn, in
		return r
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("%.60q: the answer ends early: %v", raw, err)
	}
	_ = conn.Close()
	r.body = string(body)
	return r
}

// get opens a page as a browser does.
func (s *site) open(path string, headers ...string) reply {
	s.t.Helper()
	return s.send("GET "+path+" HTTP/1.1", append([]string{"Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: none", "Accept: text/html"}, headers...)...)
}

// fetch sends a request as a script of the application's pages does.
func (s *site) fetch(method, path string, headers ...string) reply {
	s.t.Helper()
	return s.send(method+" "+path+" HTTP/1.1", append([]string{"Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Sec-Fetch-Site: same-origin"}, headers...)...)
}

// reached checks that the application has received exactly one request, and returns it.
func (s *site) reached(what string, r reply) arrived {
	s.t.Helper()
	all := s.app.took()
	if len(all) != 1 || r.status != http.StatusOK && r.status != http.StatusSwitchingProtocols {
		s.t.Fatalf("%s: status %d, %d requests reach the application\n%s\n%v", what, r.status, len(all), r.body, all)
	}
	return all[0]
}

// kept checks that nothing has reached the application, and that the answer is one of
// the statuses.
func (s *site) kept(what string, r reply, statuses ...int) {
	s.t.Helper()
	s.nothing(what)
	for _, status := range statuses {
		if r.status == status {
			return
		}
	}
	s.t.Errorf("%s: status %d, want %v: %s", what, r.status, statuses, r.body)
}

// nothing checks that the application has received nothing.
func (s *site) nothing(what string) {
	s.t.Helper()
	if all := s.app.took(); len(all) > 0 {
		s.t.Errorf("%s: the application gets %q", what, all[0].raw)
	}
}

// instance is a running product with an administrator who has two factors.
type instance struct {
	*testserver.Instance
	t      *testing.T
	gate   string // where the gate listens
	person *testserver.Person
	secret string
	ahead  time.Duration // of the product's clock
}

// startWithGate runs the product and signs the administrator in with two factors.
func startWithGate(t *testing.T, args ...string) *instance {
	t.Helper()
	gate := "127.0.0.1:" + freePort(t)
	i := &instance{Instance: testserver.New(t, append([]string{"--gate-listen", gate}, args...)...).Start(), t: t, gate: gate}
	i.SetUp()
	i.person = i.SignIn()
	enrollment := i.person.Must(http.StatusOK, http.MethodPost, "/api/two-factor/enrollment", map[string]bool{})
	i.secret, _ = enrollment["secret"].(string)
	i.person.Must(http.StatusOK, http.MethodPost, "/api/two-factor/enrollment/confirm", map[string]string{"code": i.code()})
	i.person.Renew()
	return i
}

// code returns a code that was not used yet.
func (i *instance) code() string {
	i.t.Helper()
	const step = 30 * time.Second
	if _, err := fmt.Fprintln(i.Stdin, step); err != nil {
		i.t.Fatal(err)
	}
	i.Until("clock moved")
	i.ahead += step
	code, err := totp.GenerateCode(i.secret, time.Now().Add(i.ahead))
	if err != nil {
		i.t.Fatal(err)
	}
	return code
}

// signInAgain signs the administrator in with two factors.
func (i *instance) signInAgain() {
	i.t.Helper()
	i.person = testserver.Visit(i.t, i.URL)
	i.person.Must(http.StatusOK, http.MethodPost, "/api/sign-in", map[string]string{"username": testserver.GoodName, "password": testserver.GoodPassword})
	i.person.Must(http.StatusOK, http.MethodPost, "/api/sign-in/verify", map[string]string{"code": i.code()})
	i.person.Renew()
}

// rule is a rule of an application.
type rule map[string]any

// protect makes an application at the address of the tests.
func (i *instance) protect(rules ...rule) { i.t.Helper(); i.protectAt(wiki, rules...) }

func (i *instance) protectAt(origin string, rules ...rule) (id int64) {
	i.t.Helper()
	for _, r := range rules {
		for name, value := range map[string]any{"methods": "all", "groups": []string{}, "max_age_minutes": 0, "origins": []string{}} {
			if r[name] == nil {
				r[name] = value
			}
		}
	}
	made := i.person.Must(http.StatusOK, http.MethodPost, "/api/applications",
		map[string]any{"name": "Wiki at " + origin, "addresses": []string{origin}, "rules": rules, "revision": 0})
	return int64(made["id"].(float64))
}

// cookieOf returns name and value of a cookie that an answer sets.
func (r reply) cookieOf(name string) string {
	for _, line := range r.header.Values("Set-Cookie") {
		if strings.HasPrefix(line, name+"=") {
			pair, _, _ := strings.Cut(line, ";")
			return pair
		}
	}
	return ""
}

// location returns where a redirect leads.
func (s *site) location(what string, r reply, prefix string) *url.URL {
	s.t.Helper()
	location := r.header.Get("Location")
	if r.status != http.StatusSeeOther || !strings.HasPrefix(location, prefix) {
		s.t.Fatalf("%s: status %d to %q, want 303 to %s…\n%s", what, r.status, location, prefix, r.body)
	}
	u, err := url.Parse(location)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

// signIn goes the whole way from a page to the page, and returns the cookies of the
// application's host.
func (s *site) signIn(i *instance, page string) string {
	s.t.Helper()
	prefix := "__Host-"
	if s.roots == nil {
		prefix = ""
	}
	start := s.location("a page without a sign-in", s.open(page), s.origin+"/.imagemaster/start?to=")
	answer := s.open(start.RequestURI())
	cookie := answer.cookieOf(prefix + "im_start")
	open := s.location("start", answer, i.URL+"/open?").Query()
	if cookie == "" || open.Get("app") != s.origin || open.Get("to") != page {
		s.t.Fatalf("start sets %q and leads to %v", cookie, open)
	}
	opened := i.person.Must(http.StatusOK, http.MethodPost, "/api/open",
		map[string]any{"app": s.origin, "to": open.Get("to"), "state": open.Get("state"), "again": false})
	if opened["state"] != "open" {
		s.t.Fatalf("opening: %v", opened)
	}
	done, err := url.Parse(opened["url"].(string))
	if err != nil {
		s.t.Fatal(err)
	}
	answer = s.open(done.RequestURI(), "Cookie: "+cookie)
	if back := s.location("done", answer, s.origin); back.String() != s.origin+page {
		s.t.Errorf("done leads to %s, want %s", back, s.origin+page)
	}
	ours := answer.cookieOf(prefix + "im_app")
	if ours == "" {
		s.t.Fatalf("done sets %v", answer.header)
	}
	s.nothing("signing in")
	return cookie + "; " + ours
}
