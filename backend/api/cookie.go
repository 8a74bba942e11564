package api

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/auth"
	"imagemaster/backend/session"
)

// cookieNames are the names of the three cookies. On https the __Host- prefix
// makes the browser refuse them from any other host, path or scheme (RFC 6265bis
// section 4.1.3), so a sibling subdomain cannot plant one. Plain http is allowed
// on loopback only; not every browser accepts the prefix and Secure there.
type cookieNames struct {
	session, pending, device string
	secure                   bool
}

func namesFor(scheme string) cookieNames {
	if scheme == "https" {
		return cookieNames{"__Host-im_session", "__Host-im_pending", "__Host-im_device", true}
	}
	return cookieNames{"im_session", "im_pending", "im_device", false}
}

// read returns the tokens of a request. A cookie that arrives twice is ignored:
// one of the two was planted, and it is not known which.
func (n cookieNames) read(c *fiber.Ctx) auth.Tokens {
	values := map[string]string{}
	count := map[string]int{}
	for key, value := range c.Request().Header.Cookies() {
		values[string(key)] = string(value)
		count[string(key)]++
	}
	one := func(name string) string {
		if count[name] != 1 {
			return ""
		}
		return values[name]
	}
	return auth.Tokens{Session: one(n.session), Pending: one(n.pending), Device: one(n.device)}
}

// lines returns the Set-Cookie lines for the tokens that a use case issued.
func (n cookieNames) lines(issued auth.Issued) []string {
	var lines []string
	add := func(name string, value *string, life time.Duration) {
		if value != nil {
			lines = append(lines, n.line(name, *value, life))
		}
	}
	add(n.session, issued.Session, 0)
	add(n.pending, issued.Pending, 0)
	add(n.device, issued.Device, session.DeviceLifetime)
	return lines
}

// issue answers with the cookies that a use case issued and no body.
func (s *server) issue(issued auth.Issued, err error) (*cookies, error) {
	if err != nil {
		return nil, err
	}
	return &cookies{s.cookies.lines(issued)}, nil
}

// line returns one Set-Cookie line: life 0 lasts until the browser closes, an
// empty value removes the cookie.
func (n cookieNames) line(name, value string, life time.Duration) string {
	cookie := http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   int(life / time.Second),
		Secure:   n.secure,
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}
