package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

const (
	headerRequestID   = "X-Request-Id"
	headerRequested   = "X-Requested-With"
	requestedValue    = "imagemaster"
	headerBackground  = "X-Background"
	maxUserAgentBytes = 512
)

// request is what the middleware finds out about one request.
type request struct {
	server     *server
	id         string
	client     auth.Client
	background bool         // polling, not the person: does not count as activity
	caller     *auth.Caller // set by resolve
}

type requestKey struct{}

// requestOf returns what the middleware found out, never nil.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// callerOf returns who sends the request.
func callerOf(ctx context.Context) *auth.Caller { return requestOf(ctx).caller }

// begin gives the request its id, its deadline and its security headers, and
// turns whatever goes wrong further down into an answer.
func (s *server) begin(c *fiber.Ctx) error {
	r := s.open(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), handleTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	err := s.goOn(c, r)
	if err != nil {
		s.noteRefusal(ctx, r, apperr.CodeOf(err))
		err = s.handleError(c, err)
	}
	s.Log.Debug("request", "request_id", r.id, "method", c.Method(), "route", c.Route().Path, "status", c.Response().StatusCode())
	return err
}

// noteRefusal puts a forged request into the trail (standards H11). The answer
// is the same when that fails.
func (s *server) noteRefusal(ctx context.Context, r *request, code apperr.Code) {
	if code != apperr.CrossSite && code != apperr.CSRF {
		return
	}
	caller := r.caller
	if caller == nil {
		caller = &auth.Caller{Client: r.client}
	}
	// One at a time: a flood of forged requests must not become a flood of
	// writes. What comes while one is written goes uncounted.
	if !s.noting.TryLock() {
		return
	}
	defer s.noting.Unlock()
	if err := s.Auth.RecordRefusal(ctx, caller, string(code)); err != nil {
		s.Log.Error("refusal not recorded", "request_id", r.id, "error", err.Error())
	}
}

// goOn runs the rest of the way and turns a panic into an error; what the
// answer holds by then is dropped.
func (s *server) goOn(c *fiber.Ctx, r *request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.logPanic(r, c, p)
			c.Response().Reset()
			err = apperr.New(apperr.Internal, "")
		}
	}()
	return c.Next()
}

// open attaches a fresh request record. An id sent by the client is not
// adopted: it would let a stranger write into the log and the audit trail.
func (s *server) open(c *fiber.Ctx) *request {
	r := requestOf(c.UserContext())
	if r.server == nil {
		id := newRequestID()
		client, proxy := s.address.read(c)
		r = &request{
			server:     s,
			id:         id,
			client:     auth.Client{Address: client, Proxy: proxy, UserAgent: cutUserAgent(c.Get(fiber.HeaderUserAgent)), RequestID: id},
			background: c.Get(headerBackground) == "1",
		}
		c.SetUserContext(context.WithValue(c.UserContext(), requestKey{}, r))
	}
	s.secure(c, r)
	return r
}

func newRequestID() string {
	raw := make([]byte, 16)
	rand.Read(raw) // never fails: the runtime aborts the process instead
	return hex.EncodeToString(raw)
}

// cutUserAgent keeps what a record can hold and a log can show.
func cutUserAgent(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	if len(text) > maxUserAgentBytes {
		text = text[:maxUserAgentBytes]
	}
	return strings.ToValidUTF8(text, "") // the cut may have split a character
}

// logPanic tells where it happened and not with which values: a panic's own
// text may hold what a person typed.
func (s *server) logPanic(r *request, c *fiber.Ctx, p any) {
	reason := fmt.Sprintf("%T", p)
	if fault, ok := p.(runtime.Error); ok {
		reason = fault.Error()
	}
	s.Log.Error("request panicked", "request_id", r.id, "method", c.Method(), "route", c.Route().Path,
		"reason", reason, "stack", string(debug.Stack()))
}

// secure sets the headers every answer carries (OWASP ASVS 5.0 3.4). The web
// interface replaces the content policy and the caching of its own files.
func (s *server) secure(c *fiber.Ctx, r *request) {
	c.Set(headerRequestID, r.id)
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderPermissionsPolicy, permissionsPolicy)
	if s.origin.scheme == "https" {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}

// permissionsPolicy denies what the pages do not use. Copying the secret key
// and the backup codes needs clipboard-write, which stays allowed.
const permissionsPolicy = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), " +
	"geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), " +
	"publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"

// origin is the configured public address in comparable form.
type origin struct{ scheme, host string }

func newOrigin(u *url.URL) origin {
	o := origin{scheme: strings.ToLower(u.Scheme)}
	o.host = o.withoutDefaultPort(u.Host)
	return o
}

func (o origin) withoutDefaultPort(host string) string {
	host = strings.ToLower(host)
	if o.scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// isHost compares letters of ASCII only: others have some of them as their lower
// case, and no browser sends them.
func (o origin) isHost(host string) bool {
	return isASCII(host) && o.withoutDefaultPort(host) == o.host
}

func (o origin) isOrigin(header string) bool {
	scheme, host, ok := strings.Cut(header, "://")
	return ok && isASCII(scheme) && strings.EqualFold(scheme, o.scheme) && o.isHost(host)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// requireHost refuses requests for another host, so that nothing is cached or
// obtained under a name the operator did not choose. Health checks come by
// address and are exempt.
func (s *server) requireHost(c *fiber.Ctx) error {
	if !namesOneHost(c) {
		return fiber.ErrBadRequest
	}
	if s.origin.isHost(string(c.Request().Host())) || c.Path() == pathLive || c.Path() == pathReady {
		return c.Next()
	}
	if isAPI(c.Path()) {
		return apperr.New(apperr.Misdirected, "This is not the public address of this server. Use "+s.base+" instead.")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Status(http.StatusMisdirectedRequest)
	return misdirected.Execute(c, map[string]string{"Brand": s.Brand.Name, "URL": s.base})
}

// namesOneHost refuses what has no single meaning (RFC 9112 section 3.2): the
// parser takes the last of several Host lines and drops a user name in one,
// where a proxy in front may have gone by another part.
func namesOneHost(c *fiber.Ctx) bool {
	lines := 0
	for line := range bytes.Lines(c.Request().Header.RawHeaders()) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte(fiber.HeaderHost)) {
			lines++
		}
	}
	return lines <= 1 && !bytes.ContainsRune(c.Request().Header.Host(), '@') && len(c.Request().URI().Username()) == 0
}

// misdirected is for a person who followed a wrong address. Nobody knows their
// language yet, so it says both.
var misdirected = template.Must(template.New("misdirected").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{{.Brand}}: another address</title>
<h1>{{.Brand}} has another address</h1>
<p>Please use <a href="{{.URL}}/">{{.URL}}</a>.</p>
<section lang="de">
<h2>{{.Brand}} hat eine andere Adresse</h2>
<p>Bitte verwenden Sie <a href="{{.URL}}/">{{.URL}}</a>.</p>
</section>
</html>
`))

// requireOwnPage refuses changes that our own page did not send: sent by
// another site or a sibling subdomain, by a form, or without the fixed header
// no form can set. It holds before a session exists, too (login CSRF).
func (s *server) requireOwnPage(c *fiber.Ctx) error {
	if isSafe(c.Method()) {
		return c.Next()
	}
	if !s.isSameOrigin(c) || c.Get(headerRequested) != requestedValue {
		return apperr.New(apperr.CrossSite, "Changes are accepted only from this server's own pages.")
	}
	if !isJSON(c) {
		return apperr.New(apperr.UnsupportedMedia, "Send JSON, as application/json.")
	}
	return c.Next()
}

// isSameOrigin wants every header that is there to name our own origin, and at
// least one to be there.
func (s *server) isSameOrigin(c *fiber.Ctx) bool {
	sent := c.Get(fiber.HeaderOrigin)
	if sent != "" && !s.origin.isOrigin(sent) {
		return false
	}
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return sent != ""
	default:
		return false
	}
}

// isJSON says whether the body's type is JSON in UTF-8 as it is. A DELETE may
// come without a body and without a type.
func isJSON(c *fiber.Ctx) bool {
	sent := c.Get(fiber.HeaderContentType)
	if c.Method() == http.MethodDelete && len(c.Request().Body()) == 0 && sent == "" {
		return true
	}
	kind, params, err := mime.ParseMediaType(sent)
	if err != nil || kind != fiber.MIMEApplicationJSON || c.Get(fiber.HeaderContentEncoding) != "" {
		return false
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}

// resolve turns the cookies into a caller.
func (s *server) resolve(c *fiber.Ctx) error {
	r := requestOf(c.UserContext())
	caller, err := s.Auth.Resolve(c.UserContext(), r.client, s.cookies.read(c), r.background)
	if err != nil {
		return err
	}
	r.caller = caller
	return c.Next()
}

// isSafe says whether a method changes nothing (RFC 9110 section 9.2.1).
func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead
}

func isAPI(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/")
}
