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

// headers are those that sent has a field for.
func (s *sent) field(name []byte) *one {
	// The length spares most comparisons: this runs for each header of each request.
	is := func(want string) bool { return len(name) == len(want) && strings.EqualFold(string(name), want) }
	switch len(name) {
	case 4:
		if is("Host") {
			return &s.ownHost
		}
	case 6:
		switch {
		case is("Origin"):
			return &s.origin
		case is("Accept"):
			return &s.accept
		}
	case 14:
		switch {
		case is("X-Original-URL"):
			return &s.url
		case is("Sec-Fetch-Site"):
			return &s.fetchSite
		case is("Sec-Fetch-Mode"):
			return &s.fetchMode
		case is("Sec-Fetch-Dest"):
			return &s.fetchDest
		}
	case 15:
		if is("X-Forwarded-Uri") {
			return &s.uri
		}
	case 16:
		switch {
		case is("X-Forwarded-Host"):
			return &s.host
		case is("X-Requested-With"):
			return &s.requestedWith
		}
	case 17:
		switch {
		case is("X-Original-Method"):
			return &s.method
		case is("X-Forwarded-Proto"):
			return &s.proto
		}
	case 18:
		if is("X-Forwarded-Method") {
			return &s.method
		}
	}
	return nil
}

// readSent reads the raw headers: the parser keeps the last of those that arrive twice.
// forward says which of the two sets of headers counts; the other one is the browser's.
func readSent(c *fiber.Ctx, forward bool) *sent {
	s := &sent{}
	for line := range bytes.Lines(c.Request().Header.RawHeaders()) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		value = bytes.TrimSpace(value)
		if len(name) == 6 && strings.EqualFold(string(name), fiber.HeaderCookie) {
			s.cookies = append(s.cookies, string(value))
			continue
		}
		if bytes.ContainsAny(name, "_.") {
			s.alias = s.alias || isAlias(name)
			continue
		}
		field := s.field(name)
		if field == nil || isOfProxy(name) && isForwarded(name) != forward {
			continue
		}
		field.add(string(value))
	}
	return s
}

func isForwarded(name []byte) bool {
	return len(name) > 12 && strings.EqualFold(string(name[:12]), "X-Forwarded-")
}

func isOfProxy(name []byte) bool {
	return isForwarded(name) || len(name) > 11 && strings.EqualFold(string(name[:11]), "X-Original-")
}

// isAlias says whether a name becomes one of the proxy's headers where underscores and
// dots count as hyphens.
func isAlias(name []byte) bool {
	plain := bytes.Map(func(r rune) rune {
		if r == '_' || r == '.' {
			return '-'
		}
		return r
	}, name)
	return isOfProxy(plain) && new(sent).field(plain) != nil
}

// targetForNginx returns the address that nginx asks about.
func (s *sent) targetForNginx() (t app.Target, method string, ok bool) {
	if s.alias || !s.url.single() || !s.method.single() || !isMethod(s.method.value) {
		return app.Target{}, "", false
	}
	t, ok = app.ParseTarget(s.url.value)
	return t, s.method.value, ok
}

// targetOfForward returns the address that Caddy or Traefik asks about.
func (s *sent) targetOfForward() (t app.Target, method string, ok bool) {
	if s.alias || !s.method.single() || !s.proto.single() || !s.host.single() || !s.uri.single() || !isMethod(s.method.value) {
		return app.Target{}, "", false
	}
	t, ok = app.NewTarget(s.proto.value, s.host.value, s.uri.value)
	return t, s.method.value, ok
}

// isMethod accepts a token of capital letters and hyphens, so no list of several.
func isMethod(text string) bool {
	return len(text) <= 32 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == ""
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
