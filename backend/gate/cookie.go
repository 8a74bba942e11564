package gate

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/opaque"
)

// startLifetime is how long a browser may take to sign in.
const startLifetime = time.Hour

// hostPrefix makes browsers refuse a cookie that another host has set (RFC 6265bis
// section 4.1.3.2). Not every browser takes it on loopback http.
const hostPrefix = "__Host-"

// ownOnLoopback are our cookies on http: those of the sign-in too, because cookies
// ignore ports.
var ownOnLoopback = []string{"im_app", "im_start", "im_session", "im_pending", "im_device"}

func isHTTPS(origin string) bool { return strings.HasPrefix(origin, "https:") }

// cookieName returns the name of one of our cookies at an origin.
func cookieName(origin, name string) string {
	if isHTTPS(origin) {
		return hostPrefix + name
	}
	return name
}

// setCookie sets one of our cookies on the host of the request, for good until the
// browser closes with life 0.
func setCookie(c *fiber.Ctx, origin, name, value string, life time.Duration) {
	c.Cookie(&fiber.Cookie{
		Name: cookieName(origin, name), Value: value, Path: "/", MaxAge: int(life / time.Second), SessionOnly: life == 0,
		Secure: isHTTPS(origin), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// cookie returns the token in one of our cookies, "" = none. One that arrives twice is
// ignored: one of the two was planted, and it is not known which.
func (s *sent) cookie(origin, name string) string {
	found, count := s.valueOf(origin, name)
	if count != 1 {
		return ""
	}
	return asToken(found)
}

// sentTwice says whether one of our cookies arrives more than once.
func (s *sent) sentTwice(origin, name string) bool {
	_, count := s.valueOf(origin, name)
	return count > 1
}

func (s *sent) valueOf(origin, name string) (last string, count int) {
	name = cookieName(origin, name)
	s.eachCookie(func(key, value, _ string) {
		if key == name {
			last = value
			count++
		}
	})
	return last, count
}

// asToken returns a text that has the form of a token, "" for anything else.
func asToken(text string) string {
	if !opaque.IsToken(text) {
		return ""
	}
	return text
}

// eachCookie calls fn with the name, the value and the whole text of each cookie.
func (s *sent) eachCookie(fn func(name, value, pair string)) {
	for _, line := range s.cookies {
		for pair := range strings.SplitSeq(line, ";") {
			// Only what browsers call white space: to them another space is a part of the name,
			// which then has no prefix, so that any sibling may set it.
			if pair = strings.Trim(pair, " \t"); pair != "" {
				name, value, _ := strings.Cut(pair, "=")
				fn(strings.Trim(name, " \t"), value, pair)
			}
		}
	}
}

// splitCookies returns the token of the application cookie, "" = none, and the cookies
// that the application may see: all but ours.
func (s *sent) splitCookies(origin string) (token, others string) {
	ours, count := cookieName(origin, "im_app"), 0
	var kept strings.Builder
	s.eachCookie(func(name, value, pair string) {
		switch {
		case name == ours:
			token = value
			count++
		case !isOwnCookie(origin, name):
			if kept.Len() > 0 {
				kept.WriteString("; ")
			}
			kept.WriteString(pair)
		}
	})
	if count != 1 { // one of two was planted, and it is not known which
		return "", kept.String()
	}
	return asToken(token), kept.String()
}

// isOwnCookie says whether a cookie may look like one of ours to an application, which may
// cut other white space off.
func isOwnCookie(origin, name string) bool {
	name = strings.TrimSpace(name)
	const ours = hostPrefix + "im_"
	if len(name) >= len(ours) && strings.EqualFold(name[:len(ours)], ours) {
		return true
	}
	if isHTTPS(origin) {
		return false
	}
	for _, own := range ownOnLoopback {
		if name == own {
			return true
		}
	}
	return false
}
