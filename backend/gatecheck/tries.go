package gatecheck

import (
	"context"
	"crypto/rand"
	"strings"
)

const (
	forged      = "im-forged-by-the-check"
	unknownName = "im-check.invalid" // RFC 6761: nobody has it
)

// browser are the headers of a browser that opens a page.
var browser = []string{"Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: none", "Upgrade-Insecure-Requests: 1"}

func (c *check) mark() string { return c.id + "-" + rand.Text() }

// visit opens the page as a browser does.
func (c *check) visit(name string) try { return try{name: name, mark: c.mark(), headers: browser} }

// signedIn opens the page as the person does, with further headers.
func (c *check) signedIn(name string, further ...string) try {
	t := c.visit(name)
	t.cookie = c.cookieNamed("im_app") + "=" + c.Cookie
	t.headers = append(further, browser...)
	return t
}

func (c *check) cookieNamed(name string) string {
	if c.isTLS() {
		return "__Host-" + name
	}
	return name
}

// spelled writes headers in all ways that applications may take for the same.
func spelled(name string, headers ...string) []try {
	each := func(what string, change func(name, value string) []string) try {
		t := try{name: name + ", " + what}
		for _, line := range headers {
			key, value, _ := strings.Cut(line, ": ")
			t.headers = append(t.headers, change(key, value)...)
		}
		return t
	}
	with := func(mark string) func(name, value string) []string {
		return func(name, value string) []string { return []string{strings.ReplaceAll(name, "-", mark) + ": " + value} }
	}
	return []try{
		each("as they are", with("-")),
		each("with underscores", with("_")),
		each("with dots", with(".")),
		each("in small letters", func(name, value string) []string { return []string{strings.ToLower(name) + ": " + value} }),
		each("in capitals, twice", func(name, value string) []string {
			line := strings.ToUpper(name) + ": " + value
			return []string{line, line}
		}),
		each("with a space behind", func(name, value string) []string { return []string{name + " : " + value} }),
	}
}

// forgedIdentity are the headers that applications believe.
func forgedIdentity() []try {
	return spelled("forged Remote-… headers", "Remote-User: "+forged, "Remote-Name: "+forged, "Remote-Email: "+forged+"@example.org", "Remote-Groups: "+forged)
}

// forgedTarget are the headers that the gate believes of a proxy.
func forgedTarget(origin string) []try {
	scheme, host, _ := strings.Cut(origin, "://")
	return append(
		spelled("forged X-Original-… headers", "X-Original-URL: "+origin+"/", "X-Original-Method: OPTIONS"),
		spelled("forged X-Forwarded-… headers", "X-Forwarded-Proto: "+scheme, "X-Forwarded-Host: "+host, "X-Forwarded-Uri: /", "X-Forwarded-Method: OPTIONS")...)
}

// as gives tries the name of a person and a cookie, and the headers of a browser.
func as(who, cookie string, tries ...try) []try {
	all := make([]try, len(tries))
	for i, t := range tries {
		t.name, t.cookie = who+": "+t.name, cookie
		t.headers = append(append([]string{}, t.headers...), browser...)
		all[i] = t
	}
	return all
}

// withCookie is first: it shows whether the stand-in is where the proxy expects the
// application.
func (c *check) withCookie(ctx context.Context) {
	const name = "signed in: the page"
	if c.Cookie == "" {
		c.tell(Result{name, Unknown, "what reaches the application of a person is not seen without --cookie-file"})
		return
	}
	t := c.signedIn(name)
	a, err := c.send(ctx, t)
	arrived := c.standIn.of(t)
	c.reaches = len(arrived) > 0
	switch {
	case err != nil:
		c.tell(Result{name, Unknown, "no connection: " + err.Error()})
	case a.isGate():
		c.tell(Result{name, Unknown, "the cookie opens nothing: take that of a browser which can open this page now"})
		c.Cookie = ""
	case c.standIn == nil:
		c.tell(Result{name, Unknown, said(a) + "; what arrives is seen with --as-application only"})
	case !c.reaches:
		c.tell(Result{name, Unknown, said(a) + ", and nothing arrives: --as-application must name the address at which the proxy expects the application"})
	default:
		c.tellPerson(name, arrived)
		cookie := t.cookie
		c.passed(ctx, as("signed in", cookie, forgedIdentity()...)...)
		c.passed(ctx, as("signed in", cookie, forgedTarget("https://"+unknownName)...)...)
		c.passed(ctx, c.cookieTries(cookie)...)
	}
}

// tellPerson judges the first request of the person, and remembers who it is.
func (c *check) tellPerson(name string, arrived []head) {
	state, why := c.judgePassed(arrived)
	c.person = identityOf(arrived[0])
	if state == OK && strings.Join(c.person[userHeader], "") == "" {
		state, why = Unknown, "no Remote-User arrives: the page is public, or the proxy does not pass it on"
	}
	c.tell(Result{name, state, why})
}

// cookieTries send our cookie beside others.
func (c *check) cookieTries(cookie string) []try {
	start, session := c.cookieNamed("im_start")+"=x", c.cookieNamed("im_session")+"=x"
	return as("signed in", "",
		try{name: "our cookies between others", headers: []string{"Cookie: im-check=1; " + start + "; " + cookie + "; " + session + "; im-check-2=2"}},
		try{name: "our cookies without spaces", headers: []string{"Cookie: im-check=1;" + start + ";" + cookie}},
		try{name: "our cookies in two headers", headers: []string{"Cookie: im-check=1; " + start, "Cookie: " + cookie}},
		try{name: "our cookie in a header with an underscore", headers: []string{"Cookie: " + cookie, "Cookie_: " + cookie}},
	)
}

// withoutCookie sends what must be answered by the gate, or refused by the proxy.
func (c *check) withoutCookie(ctx context.Context) {
	const nobody = "without a cookie"
	var tries []try
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "IM-CHECK"} {
		t := try{name: nobody + ": " + method, method: method}
		if method == "GET" || method == "HEAD" {
			t.headers = browser
		} else {
			t.headers = []string{"Origin: " + c.Origin, "Sec-Fetch-Site: same-origin", "Content-Length: 0"}
		}
		tries = append(tries, t)
	}
	tries = append(tries,
		try{name: nobody + ": fetch", headers: []string{"Accept: */*", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Sec-Fetch-Site: same-origin"}},
		webSocket(nobody+": WebSocket", c.Origin),
		try{name: nobody + ": POST with another method in a header", method: "POST", headers: []string{"X-HTTP-Method-Override: GET", "Content-Length: 0"}},
		try{name: nobody + ": a made-up cookie", cookie: c.cookieNamed("im_app") + "=" + strings.Repeat("A", 43), headers: browser},
	)
	tries = append(tries, as(nobody, "", forgedIdentity()...)...)
	tries = append(tries, as(nobody, "", forgedTarget(c.Origin)...)...)
	tries = append(tries, as(nobody, "", c.otherHosts(unknownName)...)...)
	for _, path := range c.oddPaths() {
		tries = append(tries, try{name: nobody + ": path " + strings.ToValidUTF8(path, "\\xff"), target: path, headers: browser})
	}
	c.refused(ctx, tries...)
}

// otherHosts name a host in the request line, and another one in the header.
func (c *check) otherHosts(other string) []try {
	scheme := c.scheme()
	swapped := map[string]string{"https": "http", "http": "https"}[scheme]
	return []try{
		{name: "target with another host", target: scheme + "://" + other + c.Page, elsewhere: true, otherHost: true},
		{name: "target with this host, Host header with another", target: c.Origin + c.Page, host: other, elsewhere: true, otherHost: true},
		{name: "target with a user name", target: scheme + "://" + other + "@" + c.host + c.Page, elsewhere: true, otherHost: true},
		{name: "two Host headers", headers: []string{"Host: " + other}, elsewhere: true, otherHost: true},
		{name: "Host header with another", host: other, elsewhere: true},
		{name: "target with this host over " + swapped, target: swapped + "://" + c.host + c.Page, elsewhere: true},
		{name: "Host header with another port", host: nameInHost(c.host) + ":12345", elsewhere: true},
		{name: "Host header with a dot at the end", host: dotted(c.host), elsewhere: true},
		{name: "Host header in capitals", host: strings.ToUpper(c.host)},
	}
}

func (c *check) scheme() string {
	scheme, _, _ := strings.Cut(c.Origin, "://")
	return scheme
}

// nameInHost returns a host without its port.
func nameInHost(host string) string {
	if port := portOf(host); port != "" {
		return strings.TrimSuffix(host, ":"+port)
	}
	return host
}

// dotted puts a dot behind the name of a host.
func dotted(host string) string {
	name := nameInHost(host)
	return name + "." + strings.TrimPrefix(host, name)
}

// oddPaths are ways to write the page, or one beside it, that proxies and applications
// read differently.
func (c *check) oddPaths() []string {
	path, _, _ := strings.Cut(c.Page, "?")
	var odd []string
	for _, front := range []string{"/", "/.", "/im-check/..", "/%2e", "/%2E%2E", "/im-check/%2e%2e", "/im-check%2f..", "/im-check%5c..", `/im-check\..`, "/;im-check", "/im-check;/..", "/im-check%00", "/%252e%252e",
		"/.%00", "/im-check%0d%0a", "/im-check%23", "/im-check%3f", "/\xff"} {
		odd = append(odd, front+path)
	}
	return append(odd, path+"/.", path+"/..", path+";im-check", path+"%00", "im-check"+path)
}

// webSocket begins a WebSocket.
func webSocket(name, origin string) try {
	return try{name: name, headers: []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: aW1hZ2VtYXN0ZXItY2hlYw==", "Origin: " + origin}}
}

// fromElsewhere sends requests of pages of another origin, with the cookie of the person.
func (c *check) fromElsewhere(ctx context.Context) {
	if c.Cookie == "" {
		c.tell(Result{"from another origin", Unknown, "needs a cookie that opens the page: --cookie-file"})
		return
	}
	neighbour := c.scheme() + "://" + unknownName
	if _, domain, ok := strings.Cut(nameOf(c.host), "."); ok && strings.Trim(domain, "0123456789.") != "" {
		neighbour = c.scheme() + "://im-check." + domain
	}
	const site = "Sec-Fetch-Site: same-site"
	tries := []try{
		{name: "GET", headers: []string{"Origin: " + neighbour, site, "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"}},
		{name: "POST", method: "POST", headers: []string{"Origin: " + neighbour, site, "Content-Length: 0"}},
		{name: "POST without a page", method: "POST", headers: []string{"Origin: null", "Sec-Fetch-Site: cross-site", "Content-Length: 0"}},
		{name: "POST without Origin", method: "POST", headers: []string{site, "Content-Length: 0"}},
		{name: "POST with two Origins", method: "POST", headers: []string{"Origin: " + c.Origin, "Origin: " + neighbour, "Content-Length: 0"}},
		webSocket("WebSocket", neighbour),
	}
	for i := range tries {
		tries[i].name = "from another origin: " + tries[i].name
		tries[i].cookie = c.cookieNamed("im_app") + "=" + c.Cookie
	}
	c.refused(ctx, tries...)
}

// withOtherCookie sends the cookie of another application.
func (c *check) withOtherCookie(ctx context.Context) {
	const name = "the cookie of another application"
	if c.Other.Cookie == "" {
		c.tell(Result{name, Unknown, "needs --other-cookie-file"})
		return
	}
	cookie := c.cookieNamed("im_app") + "=" + c.Other.Cookie
	c.refused(ctx, as(name, cookie, try{name: "the page"})...)
	if c.Other.Origin == "" {
		c.tell(Result{name + ", named as its host", Unknown, "needs --other-url"})
		return
	}
	c.refused(ctx, as(name, cookie, append(c.otherHosts(hostOf(c.Other.Origin)), forgedTarget(c.Other.Origin)...)...)...)
}

// ownPaths ask below /.imagemaster/, which belongs to the gate.
func (c *check) ownPaths(ctx context.Context) {
	var tries []try
	for _, path := range []string{"", "start", "done", "denied", "im-check", "im-check/../im-check", "%2e%2e/.imagemaster/"} {
		tries = append(tries, try{name: "own path /.imagemaster/" + path, target: "/.imagemaster/" + path, headers: browser})
		if c.Cookie != "" {
			t := c.signedIn("signed in: own path /.imagemaster/" + path)
			t.target = "/.imagemaster/" + path
			tries = append(tries, t)
		}
	}
	tries = append(tries, try{name: "own path: POST", method: "POST", target: "/.imagemaster/im-check", headers: []string{"Content-Length: 0"}})
	c.refused(ctx, tries...)
}
