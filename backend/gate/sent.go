package gate

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/app"
)

// sent is what the gate reads of a request: what the proxy says about it, and what the
// browser does.
type sent struct {
	url, method, proto, host, uri           one // of the proxy
	origin, fetchSite, fetchMode, fetchDest one // of the browser
	accept, requestedWith, ownHost          one
	cookies                                 []string
	override                                bool // another method hides in a header
	alias                                   bool // a header of the proxy in another spelling
}

// one is a header that may arrive once.
type one struct {
	value string
	count int
}

func (o *one) add(value string) {
	o.value = value
	o.count++
}

// single says whether the header arrived exactly once, with a value.
func (o one) single() bool { return o.count == 1 && o.value != "" }

// field returns the field of a header, nil = it is none of these. kind says whose it is.
func (s *sent) field(name []byte) (field *one, kind whose) {
	// The length spares most comparisons: this runs for each header of each request.
	switch len(name) {
	case 4:
		if is(name, "Host") {
			return &s.ownHost, ofBrowser
		}
	case 6:
		switch {
		case is(name, "Origin"):
			return &s.origin, ofBrowser
		case is(name, "Accept"):
			return &s.accept, ofBrowser
		}
	case 14:
		switch {
		case is(name, "X-Original-URL"):
			return &s.url, ofNginx
		case is(name, "Sec-Fetch-Site"):
			return &s.fetchSite, ofBrowser
		case is(name, "Sec-Fetch-Mode"):
			return &s.fetchMode, ofBrowser
		case is(name, "Sec-Fetch-Dest"):
			return &s.fetchDest, ofBrowser
		}
	case 15:
		if is(name, "X-Forwarded-Uri") {
			return &s.uri, ofOthers
		}
	case 16:
		switch {
		case is(name, "X-Forwarded-Host"):
			return &s.host, ofOthers
		case is(name, "X-Requested-With"):
			return &s.requestedWith, ofBrowser
		}
	case 17:
		switch {
		case is(name, "X-Original-Method"):
			return &s.method, ofNginx
		case is(name, "X-Forwarded-Proto"):
			return &s.proto, ofOthers
		}
	case 18:
		if is(name, "X-Forwarded-Method") {
			return &s.method, ofOthers
		}
	}
	return nil, ofBrowser
}

// whose says who sends a header: the browser, or a proxy about the request.
type whose int

const (
	ofBrowser whose = iota
	ofNginx
	ofOthers // Caddy and Traefik
)

// is compares the name of a header without case and without making a string.
func is(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i, c := range name {
		if d := want[i]; c != d && (c|0x20 != d|0x20 || d|0x20 < 'a' || d|0x20 > 'z') {
			return false
		}
	}
	return true
}

// readSent reads the raw headers: the parser keeps the last of those that arrive twice.
// proxy says whose headers count; those of other proxies are the browser's own, and say
// nothing.
func readSent(c *fiber.Ctx, proxy whose) *sent {
	s := &sent{}
	for line := range bytes.Lines(c.Request().Header.RawHeaders()) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		s.override = s.override || isOverride(name)
		if is(name, fiber.HeaderCookie) {
			s.cookies = append(s.cookies, string(trimmed(value)))
			continue
		}
		field, kind := s.field(name)
		switch {
		case field == nil:
			plain, odd := withHyphens(name)
			s.alias = s.alias || odd && isOfProxy(plain)
			s.override = s.override || odd && isOverride(plain)
		case kind == ofBrowser || kind == proxy:
			field.add(string(trimmed(value)))
		}
	}
	return s
}

// trimmed cuts white space off, and the end of the line (RFC 9110 section 5.5). Other
// spaces are part of a value.
func trimmed(value []byte) []byte { return bytes.Trim(value, " \t\r\n") }

// withHyphens writes a hyphen for everything else than letters and digits: to some
// applications X_Forwarded_Host and X!Forwarded!Host are X-Forwarded-Host. odd says that
// there was such a character.
func withHyphens(name []byte) (plain []byte, odd bool) {
	plain = name
	for i, c := range name {
		if c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
			continue
		}
		if !odd { // hardly any request has such a name: the others need no copy
			plain, odd = bytes.Clone(name), true
		}
		plain[i] = '-'
	}
	return plain, odd
}

func isOfProxy(name []byte) bool {
	field, kind := new(sent).field(name)
	return field != nil && kind != ofBrowser
}

// isOverride finds the headers that some frameworks take the method from.
func isOverride(name []byte) bool {
	return is(name, "X-HTTP-Method-Override") || is(name, "X-HTTP-Method") || is(name, "X-Method-Override")
}

// targetForNginx returns the address that nginx asks about.
func (s *sent) targetForNginx() (t app.Target, method string, ok bool) {
	if s.alias || !s.url.single() || !s.method.single() || !app.IsMethod(s.method.value) {
		return app.Target{}, "", false
	}
	t, ok = app.ParseTarget(s.url.value)
	return t, s.method.value, ok
}

// targetOfForward returns the address that Caddy or Traefik asks about.
func (s *sent) targetOfForward() (t app.Target, method string, ok bool) {
	if s.alias || !s.method.single() || !s.proto.single() || !s.host.single() || !s.uri.single() || !app.IsMethod(s.method.value) {
		return app.Target{}, "", false
	}
	t, ok = app.NewTarget(s.proto.value, s.host.value, s.uri.value)
	return t, s.method.value, ok
}

// isNavigation says whether a browser opens a page with the request.
func (s *sent) isNavigation() bool {
	if s.fetchMode.count > 0 || s.fetchDest.count > 0 {
		return s.fetchMode.value == "navigate" && s.fetchDest.value == "document" && s.fetchMode.single() && s.fetchDest.single()
	}
	return strings.Contains(s.accept.value, "text/html") && s.requestedWith.count == 0
}

// isFrom says whether a request comes from pages that may send it: those of its own
// origin, and of the origins that the rule lists. Origin decides where there is one,
// whatever the method: a WebSocket begins with a GET. "null", as of a form under
// Referrer-Policy no-referrer, says nothing.
func (s *sent) isFrom(own, method string, listed []string) bool {
	if s.origin.count > 1 || s.fetchSite.count > 1 {
		return false
	}
	site := s.fetchSite.value
	switch s.origin.value {
	case "":
		return app.IsReading(method) || site == "same-origin" || site == "none"
	case "null":
		return site == "same-origin"
	case own:
		return true
	}
	for _, origin := range listed {
		if origin == s.origin.value {
			return true
		}
	}
	return false
}
