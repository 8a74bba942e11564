package gatecheck

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	ownHost, otherHost = "wiki.example.org", "files.example.org"
	person             = "anna"
)

var ownCookie, otherCookie = strings.Repeat("a", 43), strings.Repeat("b", 43)

// faults are what is wrong about a proxy.
type faults struct {
	keepsUser      bool // passes the client's Remote-User on, beside the right one
	addsUser       bool // sets Remote-User only where the client sent none
	keepsAliases   bool // passes names with underscores on
	passesCookies  bool // the client's Cookie header as it is
	judgesHost     bool // by the host of the request ($host), and routes every host here
	judgesHeader   bool // by the Host header ($http_host), though the request line routes
	trusts         bool // the client's X-Forwarded-Host
	dropsOrigin    bool // does not tell the gate
	onlyGet        bool // asks the gate about GET and HEAD only
	skipsSockets   bool // does not ask about WebSockets
	skipsOddPaths  bool // does not ask about // at the beginning
	passesOwnPaths bool // /.imagemaster/ reaches the application
	servesItself   bool // answers without application and gate
	dead           bool // the gate cannot be reached
}

// proxy stands in for a reverse proxy. It works like nginx with its example.
type proxy struct {
	*testing.T
	faults
	address     string
	application string
	scheme      string
}

func startProxy(t *testing.T, f faults, application string, secure bool) *proxy {
	t.Helper()
	p := &proxy{T: t, faults: f, application: application, scheme: "http"}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	if secure {
		p.scheme = "https"
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	}
	t.Cleanup(func() { _ = listener.Close() })
	go serveEach(listener, p.serve)
	return p
}

func serveEach(listener net.Listener, serve func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			serve(conn)
		}()
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{ownHost}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func respond(conn net.Conn, status string, lines ...string) {
	body := ""
	if last := len(lines) - 1; last >= 0 && !strings.Contains(lines[last], ": ") {
		body, lines = lines[last], lines[:last]
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\n"+strings.Join(append(lines, fmt.Sprint("Content-Length: ", len(body)), "Connection: close"), "\r\n")+"\r\n\r\n"+body)
}

func (p *proxy) serve(conn net.Conn) {
	h, err := readHead(bufio.NewReader(conn))
	if err != nil {
		return
	}
	hosts, asked := 0, head{line: h.line}
	for _, one := range h.headers {
		if strings.EqualFold(one.name, "Host") {
			hosts++
		}
		if odd := strings.ContainsAny(one.name, "_. "); !odd || p.keepsAliases && strings.Contains(one.name, "_") {
			asked.headers = append(asked.headers, one)
		}
	}
	parts := strings.Split(h.line, " ")
	host, uri := h.get("Host"), ""
	if len(parts) == 3 {
		uri = parts[1]
		if _, rest, ok := strings.Cut(uri, "://"); ok {
			host, uri, _ = strings.Cut(rest, "/")
			uri = "/" + uri
		}
	}
	name := strings.ToLower(nameOf(host))
	name = strings.TrimSuffix(name, ".")
	switch {
	case hosts != 1 || !strings.HasPrefix(uri, "/") || strings.ContainsAny(uri, "\\\xff") || strings.Contains(uri, "%00") || strings.Contains(host, "@"):
		respond(conn, "400 Bad Request", "Server: stand-in", "no good request")
		return
	case name != ownHost && !p.judgesHost:
		respond(conn, "200 OK", "another site")
		return
	case p.servesItself:
		respond(conn, "200 OK", "from the disk")
		return
	}
	judged := ownHost
	switch {
	case p.judgesHost:
		judged = name
	case p.judgesHeader:
		judged = strings.ToLower(nameOf(h.get("Host")))
	case p.trusts && h.get("X-Forwarded-Host") != "":
		judged = h.get("X-Forwarded-Host")
	}
	p.ask(conn, asked, parts[0], uri, judged)
}

// ask asks the gate, and passes the request on.
func (p *proxy) ask(conn net.Conn, h head, method, uri, judged string) {
	own := strings.HasPrefix(uri, "/.imagemaster/")
	skipped := p.onlyGet && method != "GET" && method != "HEAD" || p.skipsSockets && h.get("Upgrade") != "" || p.skipsOddPaths && strings.HasPrefix(uri, "//") || p.passesOwnPaths && own
	user, cookies, allowed := p.judge(h, method, judged)
	switch {
	case skipped:
	case p.dead:
		respond(conn, "500 Internal Server Error", "Server: stand-in", "no gate")
		return
	case own:
		respond(conn, "404 Not Found", "Content-Security-Policy: "+gatePolicy, "Not Found")
		return
	case !allowed && judged != ownHost && judged != otherHost:
		respond(conn, "403 Forbidden", "Content-Type: application/problem+json", "Content-Security-Policy: "+gatePolicy, `{"code":"refused_address"}`)
		return
	case !allowed:
		respond(conn, "303 See Other", "Location: "+p.scheme+"://"+judged+"/.imagemaster/start?to=%2F", "Content-Security-Policy: "+gatePolicy)
		return
	}
	lines := []string{method + " " + uri + " HTTP/1.1", "Host: " + ownHost, "Connection: close"}
	sentUser := false
	for _, one := range h.headers {
		switch key := plain(one.name); {
		case key == "host" || key == "connection" || key == "cookie" && !p.passesCookies:
			continue
		case strings.HasPrefix(key, "remote-") && !(p.keepsUser || p.addsUser || p.keepsAliases && strings.Contains(one.name, "_")):
			continue
		case key == userHeader:
			sentUser = true
		}
		lines = append(lines, one.name+": "+one.value)
	}
	if user != "" && !(p.addsUser && sentUser) {
		lines = append(lines, "Remote-User: "+user, "Remote-Groups: staff")
	}
	if cookies != "" && !p.passesCookies {
		lines = append(lines, "Cookie: "+cookies)
	}
	up, err := net.Dial("tcp", p.application)
	if err != nil {
		respond(conn, "502 Bad Gateway", "Server: stand-in", "no application")
		return
	}
	defer func() { _ = up.Close() }()
	_, _ = io.WriteString(up, strings.Join(lines, "\r\n")+"\r\n\r\n")
	_, _ = io.Copy(conn, up)
}

// judge stands in for the gate.
func (p *proxy) judge(h head, method, judged string) (user, cookies string, allowed bool) {
	prefix := ""
	if p.scheme == "https" {
		prefix = "__Host-"
	}
	want := map[string]string{ownHost: ownCookie, otherHost: otherCookie}[judged]
	var others []string
	for _, one := range h.headers {
		if !strings.EqualFold(one.name, "Cookie") {
			continue
		}
		for pair := range strings.SplitSeq(one.value, ";") {
			pair = strings.TrimSpace(pair)
			switch key, value, _ := strings.Cut(pair, "="); {
			case key == prefix+"im_app":
				allowed = want != "" && value == want
			case !strings.HasPrefix(key, prefix+"im_"):
				others = append(others, pair)
			}
		}
	}
	var origins []string
	for _, one := range h.headers {
		if strings.EqualFold(one.name, "Origin") && !p.dropsOrigin {
			origins = append(origins, one.value)
		}
	}
	if len(origins) > 1 || len(origins) == 1 && origins[0] != p.scheme+"://"+judged || len(origins) == 0 && method == "POST" && !p.dropsOrigin {
		allowed = false
	}
	return person, strings.Join(others, "; "), allowed
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// results runs a check and sorts its results.
func results(t *testing.T, o Options) map[State][]Result {
	t.Helper()
	found := map[State][]Result{}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Page == "" {
		o.Page = "/"
	}
	if err := Run(t.Context(), o, func(r Result) { found[r.State] = append(found[r.State], r) }); err != nil {
		t.Fatal(err)
	}
	return found
}

// whole are the options of a check that has everything.
func whole(p *proxy) Options {
	return Options{Origin: p.scheme + "://" + ownHost, Connect: p.address, Insecure: true, Application: p.application, Cookie: ownCookie, Other: Other{Origin: p.scheme + "://" + otherHost, Cookie: otherCookie}}
}

func TestGoodProxy(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, page := range []string{"/", "/report/7?x=1"} {
			o := whole(startProxy(t, faults{}, freeAddress(t), secure))
			o.Page = page
			found := results(t, o)
			if len(found[Through]) > 0 || len(found[Unknown]) > 0 || len(found[OK]) < 120 {
				t.Errorf("TLS %v, %s: %d are ok, %v came through, %v could not be told", secure, page, len(found[OK]), found[Through], found[Unknown])
			}
		}
	}
}

// Each fault is found, and said of the try that shows it.
func TestFaultyProxies(t *testing.T) {
	for _, c := range []struct {
		faults
		try, why string
	}{
		{faults{keepsUser: true}, "signed in: forged Remote-… headers, as they are", "the forged Remote-User arrives"},
		{faults{addsUser: true}, "signed in: forged Remote-… headers, in small letters", "the forged remote-user arrives"},
		{faults{keepsAliases: true}, "signed in: forged Remote-… headers, with underscores", "the forged Remote_User arrives"},
		{faults{passesCookies: true}, "signed in: the page", "the secret of the cookie arrives in Cookie"},
		{faults{passesCookies: true}, "signed in: our cookies between others", "arrives"},
		{faults{judgesHost: true}, "the cookie of another application: target with another host", "reaches the application"},
		{faults{judgesHeader: true}, "the cookie of another application: target with this host, Host header with another", "reaches the application"},
		{faults{judgesHeader: true}, "without a cookie: target with this host, Host header with another", "another host than the one that answers"},
		{faults{trusts: true}, "the cookie of another application: forged X-Forwarded-… headers, as they are", "reaches the application"},
		{faults{dropsOrigin: true}, "from another origin: GET", "reaches the application"},
		{faults{dropsOrigin: true}, "from another origin: POST", "reaches the application"},
		{faults{dropsOrigin: true}, "from another origin: WebSocket", "reaches the application"},
		{faults{onlyGet: true}, "without a cookie: POST", "reaches the application"},
		{faults{onlyGet: true}, "without a cookie: IM-CHECK", "reaches the application"},
		{faults{skipsSockets: true}, "without a cookie: WebSocket", "reaches the application"},
		{faults{skipsOddPaths: true}, "without a cookie: path //", "reaches the application"},
		{faults{passesOwnPaths: true}, "own path /.imagemaster/", "reaches the application"},
		{faults{passesOwnPaths: true}, "signed in: own path /.imagemaster/start", "reaches the application"},
		{faults{servesItself: true}, "without a cookie: GET", "answered (200), and not by the gate"},
	} {
		found := results(t, whole(startProxy(t, c.faults, freeAddress(t), true)))
		if !slices.ContainsFunc(found[Through], func(r Result) bool { return r.Try == c.try && strings.Contains(r.Why, c.why) }) {
			t.Errorf("%+v: %q with %q did not come through, only %v", c.faults, c.try, c.why, found[Through])
		}
	}
}

// The forged name arrives in no answer of an application that stays where it is: without
// its place nothing is said about it.
func TestWithoutThePlaceOfTheApplication(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go serveEach(listener, func(conn net.Conn) {
		if _, err := readHead(bufio.NewReader(conn)); err == nil {
			respond(conn, "200 OK", "the application")
		}
	})
	for _, c := range []struct {
		faults
		through string // the try that shows it, "" = none can
	}{
		{faults{}, ""},
		{faults{keepsUser: true}, ""},
		{faults{passesCookies: true}, ""},
		{faults{onlyGet: true}, "without a cookie: POST"},
		{faults{dropsOrigin: true}, "from another origin: GET"},
		{faults{trusts: true}, "the cookie of another application: forged X-Forwarded-… headers, as they are"},
		{faults{passesOwnPaths: true}, "own path /.imagemaster/done"},
	} {
		o := whole(startProxy(t, c.faults, listener.Addr().String(), true))
		o.Application = ""
		found := results(t, o)
		has := slices.ContainsFunc(found[Through], func(r Result) bool { return r.Try == c.through })
		if c.through == "" && len(found[Through]) > 0 || c.through != "" && !has {
			t.Errorf("%+v: came through: %v, want %q", c.faults, found[Through], c.through)
		}
		if !slices.Contains(found[Unknown], Result{"signed in: the page", Unknown, "answered (200); what arrives is seen with --as-application only"}) {
			t.Errorf("%+v: could not be told: %v", c.faults, found[Unknown])
		}
		if c.faults == (faults{}) && !slices.Contains(found[OK], Result{"without a cookie: path /im-check%00/", OK, "the proxy refuses it (400)"}) {
			t.Errorf("ok: %v", found[OK])
		}
	}
}

// What is not given is not guessed.
func TestWhatCannotBeTold(t *testing.T) {
	p := startProxy(t, faults{}, freeAddress(t), true)
	tries := func(of []Result) (names []string) {
		for _, r := range of {
			names = append(names, r.Try+": "+r.Why)
		}
		return names
	}
	for _, c := range []struct {
		change func(o *Options)
		want   string
	}{
		{func(o *Options) { o.Cookie = "" }, "signed in: the page: what reaches the application of a person is not seen without --cookie-file"},
		{func(o *Options) { o.Cookie = "" }, "from another origin: needs a cookie that opens the page: --cookie-file"},
		{func(o *Options) { o.Cookie = strings.Repeat("c", 43) }, "signed in: the page: the cookie opens nothing"},
		{func(o *Options) { o.Cookie = strings.Repeat("c", 43) }, "from another origin: needs a cookie that opens the page"},
		{func(o *Options) { o.Other = Other{} }, "the cookie of another application: needs --other-cookie-file"},
		{func(o *Options) { o.Other.Origin = "" }, "the cookie of another application, named as its host: needs --other-url"},
		{func(o *Options) { o.Application = freeAddress(t) }, "signed in: the page: answered (502), and nothing arrives: --as-application must name"},
	} {
		o := whole(p)
		c.change(&o)
		found := results(t, o)
		if len(found[Through]) > 0 || !slices.ContainsFunc(tries(found[Unknown]), func(text string) bool { return strings.HasPrefix(text, c.want) }) {
			t.Errorf("%q is missing in %q; came through: %v", c.want, tries(found[Unknown]), found[Through])
		}
	}
	dead := startProxy(t, faults{dead: true}, freeAddress(t), true)
	found := results(t, whole(dead))
	if len(found[Through]) > 0 || !slices.ContainsFunc(found[Unknown], func(r Result) bool { return r.Try == "without a cookie: GET" }) {
		t.Errorf("without a gate: %v", found)
	}
}

// A proxy that cannot be tried is an error, not a good one.
func TestNothingToTry(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	p := startProxy(t, faults{}, freeAddress(t), true)
	for _, c := range []struct {
		change func(o *Options)
		want   string
	}{
		{func(o *Options) { o.Connect = freeAddress(t) }, "connection refused"},
		{func(o *Options) { o.Insecure = false }, "certificate"},
		{func(o *Options) { o.Origin = "http://" + ownHost }, "no answer of HTTP/1.1"},
		{func(o *Options) {
			o.Connect, o.Origin, o.Timeout = silent.Addr().String(), "http://"+ownHost, 50*time.Millisecond
		}, "no answer of HTTP/1.1"},
		{func(o *Options) { o.Application = p.address }, "is in use: stop the application"},
		{func(o *Options) { o.Application = "192.0.2.1:80" }, "cannot take the place of the application"},
	} {
		o := whole(p)
		o.Timeout, o.Page = 20*time.Second, "/"
		c.change(&o)
		told := 0
		if err := Run(t.Context(), o, func(Result) { told++ }); err == nil || !strings.Contains(err.Error(), c.want) || told > 0 {
			t.Errorf("got %v and %d results, want %q", err, told, c.want)
		}
	}
}

// People who come to the stand-in are told to come back, and count for nothing.
func TestOthersAtTheStandIn(t *testing.T) {
	address := freeAddress(t)
	s, err := newStandIn(t.Context(), address, "ID", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, c := range []struct{ request, want string }{
		{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "503"},
		{"GET / HTTP/1.1\r\n" + markHeader + ": other\r\n\r\n", "503"},
		{"GET / HTTP/1.1\r\nx_imagemaster_check: ID-1\r\n\r\n", "200"},
		{"\r\n\r\n", ""},
		{"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 70<<10) + "\r\n\r\n", ""},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.request)
		a, _ := readAnswer(bufio.NewReader(conn), false)
		if got := fmt.Sprint(a.status); got != c.want && !(c.want == "" && a.status == 0) {
			t.Errorf("%.60q is answered %s, want %s", c.request, got, c.want)
		}
		_ = conn.Close()
	}
	if got := s.of(try{mark: "ID-1"}); len(got) != 1 || len(s.arrived) != 1 {
		t.Errorf("arrived: %v", s.arrived)
	}
}

// FuzzAnswer: no answer of a proxy, however broken, ends the check.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 x\nContent-Length: 5\n\n12345", "HTTP/1.1 200\r\nContent-Length: -1\r\n\r\n", "HTTP/2 200\r\n\r\n", "\r\n", "HTTP/1.1 999 \r\n:\r\n \r\n\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		a, err := readAnswer(bufio.NewReader(strings.NewReader(string(sent))), false)
		if (a.status == 0) == (err == nil) || len(a.body) > maxBody || len(a.line) > maxHead {
			t.Errorf("%q is read as %d, %d bytes, %v", sent, a.status, len(a.body), err)
		}
	})
}
