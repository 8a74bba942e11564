package gate

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
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
	name = cookieName(origin, name)
	found, count := "", 0
	s.eachCookie(func(key, pair string) {
		if key == name {
			_, found, _ = strings.Cut(pair, "=")
			count++
		}
	})
	if raw, err := base64.RawURLEncoding.DecodeString(found); count != 1 || err != nil || len(raw) != 32 {
		return ""
	}
	return found
}

// eachCookie calls fn with the name and the text of each cookie.
func (s *sent) eachCookie(fn func(name, pair string)) {
	for _, line := range s.cookies {
		for pair := range strings.SplitSeq(line, ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				name, _, _ := strings.Cut(pair, "=")
				fn(strings.TrimSpace(name), pair)
			}
		}
	}
}

// applicationCookies returns the cookies that the application may see: all but ours.
func (s *sent) applicationCookies(origin string) string {
	var kept []string
	s.eachCookie(func(name, pair string) {
		if !isOwnCookie(origin, name) {
			kept = append(kept, pair)
		}
	})
	return strings.Join(kept, "; ")
}

func isOwnCookie(origin, name string) bool {
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
