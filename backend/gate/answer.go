package gate

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/metrics"
)

// checkForNginx answers auth_request of nginx: 200, 401, 403, or 503, which nginx turns
// into 500. It throws the body away.
func (g *gate) checkForNginx(c *fiber.Ctx) error {
	v, err := g.judgeForNginx(c)
	count(v, err)
	switch {
	case err != nil:
		return g.fail(c, v, err)
	case v.outcome == allowed:
		g.pass(c, v)
		return nil
	}
	return c.SendStatus(v.status())
}

// denied is what nginx answers a browser after a 401 or 403 of checkForNginx. It judges
// again, so what has become allowed meanwhile goes through the sign-in, which knows it.
func (g *gate) denied(c *fiber.Ctx) error {
	v, err := g.judgeForNginx(c)
	if err != nil {
		return g.fail(c, v, err)
	}
	if v.outcome == allowed {
		v.outcome = signedOut
	}
	return g.deny(c, v)
}

func (g *gate) judgeForNginx(c *fiber.Ctx) (verdict, error) {
	s := readSent(c, ofNginx)
	t, method, ok := s.targetForNginx()
	return g.judge(c.UserContext(), s, t, method, ok)
}

// checkForward answers forward_auth of Caddy and ForwardAuth of Traefik, which hand any
// other answer than 200 to the browser.
func (g *gate) checkForward(c *fiber.Ctx) error {
	s := readSent(c, ofOthers)
	t, method, ok := s.targetOfForward()
	v, err := g.judge(c.UserContext(), s, t, method, ok)
	count(v, err)
	switch {
	case err != nil:
		return g.fail(c, v, err)
	case v.outcome == allowed:
		g.pass(c, v)
		if v.cookies != "" { // Traefik copies a header under its own name only
			c.Set(fiber.HeaderCookie, v.cookies)
		}
		return nil
	}
	return g.deny(c, v)
}

// count counts the answer to the question of a proxy.
func count(v verdict, err error) {
	switch {
	case err != nil:
		metrics.GateFailed.Inc()
	case v.outcome == allowed:
		metrics.GateAllowed.Inc()
	case v.outcome == signedOut:
		metrics.GateSignedOut.Inc()
	default:
		metrics.GateRefused.Inc()
	}
}

func (v verdict) status() int {
	if v.outcome == signedOut {
		return http.StatusUnauthorized
	}
	return http.StatusForbidden
}

// pass tells the proxy who it is, and which cookies the application may see.
func (g *gate) pass(c *fiber.Ctx, v verdict) {
	c.Set("X-Application-Cookie", v.cookies)
	if v.caller == nil {
		return
	}
	a := v.caller.Account
	c.Set("Remote-User", encode(a.UsernameFolded))
	c.Set("Remote-Name", encode(a.DisplayName))
	c.Set("Remote-Email", encode(a.Email))
	c.Set("Remote-Groups", groupNames(v.caller))
}

func groupNames(caller *auth.AppCaller) string {
	if len(caller.Groups) == 0 {
		return ""
	}
	names := make([]string, len(caller.Groups))
	for i, g := range caller.Groups {
		names[i] = g.Name
	}
	return strings.Join(names, ",")
}

// encode writes a value as a header may hold it: bytes outside printable ASCII, and the
// percent sign, as % and two hexadecimal digits (RFC 3986 section 2.1).
func encode(text string) string {
	plain := func(b byte) bool { return b >= ' ' && b < 0x7f && b != '%' }
	odd := 0
	for i := range len(text) {
		if !plain(text[i]) {
			odd++
		}
	}
	if odd == 0 {
		return text
	}
	const digits = "0123456789ABCDEF"
	encoded := make([]byte, 0, len(text)+2*odd)
	for i := range len(text) {
		if b := text[i]; plain(b) {
			encoded = append(encoded, b)
		} else {
			encoded = append(encoded, '%', digits[b>>4], digits[b&15])
		}
	}
	return string(encoded)
}

// deny sends a browser that opens a page to the sign-in, and tells everybody else. The
// address for others leads to the first page: only navigations get one to come back to.
func (g *gate) deny(c *fiber.Ctx, v verdict) error {
	secure(c)
	start := v.target.Origin + app.ReservedPrefix + "start"
	switch {
	case v.outcome == refused:
		return g.refuse(c, v.status(), v.reason, v.navigation)
	case v.navigation:
		return redirect(c, start+"?"+url.Values{"to": {app.SafePage(v.target.Page())}}.Encode())
	case v.outcome == signedOut:
		return problem{Status: v.status(), Code: "sign_in_needed", Title: "Sign in first",
			Detail: "Open sign_in in the browser, then send the request again.", SignIn: start}.send(c)
	}
	return problem{Status: v.status(), Code: "no_access", Title: "No access", Detail: "This person may not do this here.", SignIn: start}.send(c)
}

// reason is why a request itself is refused.
type reason string

const (
	badHeaders reason = "headers"
	noAddress  reason = "address"
	crossSite  reason = "cross_site"
	noDatabase reason = "unavailable"
)

// refuse answers a request that is wrong in itself, or that cannot be judged.
func (g *gate) refuse(c *fiber.Ctx, status int, why reason, navigation bool) error {
	text := refusals[why]
	if navigation {
		return g.page(c, status, text)
	}
	code := "refused_" + string(why)
	if why == noDatabase {
		code = string(why)
	}
	return problem{Status: status, Code: code, Title: text.title, Detail: text.text}.send(c)
}

// problem is an answer for programs (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	SignIn string `json:"sign_in,omitempty"` // where the sign-in begins
}

func (p problem) send(c *fiber.Ctx) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return c.Status(p.Status).Send(body)
}

// fail answers a request that could not be judged: never as allowed, and never as signed
// out, which would send everybody to a sign-in that does not work.
func (g *gate) fail(c *fiber.Ctx, v verdict, err error) error {
	g.warn("the gate could not judge a request", "error", err.Error())
	secure(c)
	c.Set(fiber.HeaderRetryAfter, "5")
	return g.refuse(c, http.StatusServiceUnavailable, noDatabase, v.navigation)
}
