package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/metrics"
)

const (
	headerRequestID   = "X-Request-Id"
	headerRequested   = "X-Requested-With"
	requestedValue    = "imagemaster"
	headerBackground  = "X-Background"
	maxUserAgentBytes = 512
)

// request is what this package knows about one request.
type request struct {
	opened     bool // set by open
	id         string
	log        *slog.Logger // with the id, and with that of a trace
	client     auth.Client
	background bool         // a poll of the page: does not count as the person's activity
	caller     *auth.Caller // set by resolve
	failure    error        // set by fail: why the operation of the route failed
}

type requestKey struct{}

// requestOf returns the record that open attached, never nil.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// callerOf returns who sends the request.
func callerOf(ctx context.Context) *auth.Caller { return requestOf(ctx).caller }

// begin is the outermost middleware. It gives the request its id, its deadline
// and its security headers, and answers every error of the handlers after it.
func (s *server) begin(c *fiber.Ctx) error {
	r := s.open(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), handleTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	began := time.Now()
	err := s.recoverPanic(c, r)
	if err != nil {
		s.recordRefusal(ctx, r, apperr.CodeOf(err))
		err = s.answerError(c, err)
	}
	metrics.Request(c.Method(), c.Route().Path, c.Response().StatusCode(), time.Since(began))
	r.log.Debug("request", "method", c.Method(), "route", c.Route().Path, "status", c.Response().StatusCode())
	return err
}

// recordRefusal records an audit event for a forged request (H11). The answer
// is the same when that fails.
func (s *server) recordRefusal(ctx context.Context, r *request, code apperr.Code) {
	if code != apperr.CrossSite && code != apperr.CSRF {
		return
	}
	caller := r.caller
	if caller == nil {
		caller = &auth.Caller{Client: r.client}
	}
	// One at a time: many forged requests must not cause as many writes. A
	// request that comes while another is recorded is not counted.
	if !s.recording.TryLock() {
		return
	}
	defer s.recording.Unlock()
	if err := s.Auth.RecordRefusal(ctx, caller, string(code)); err != nil {
		e := published(err)
		e.Cause = cmp.Or(e.Cause, err)
		s.logFailure(r, "refusal not recorded", e)
	}
}

// recoverPanic calls the next handler and turns a panic into an error. It drops
// the half-written answer.
func (s *server) recoverPanic(c *fiber.Ctx, r *request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.logPanic(r, c, p)
			c.Response().Reset()
			err = apperr.Of(apperr.Internal)
		}
	}()
	return c.Next()
}

// open attaches a record to a new request and sets the security headers. An id
// that the client sends is ignored: with it anybody could write into the log and
// the audit events.
func (s *server) open(c *fiber.Ctx) *request {
	r := requestOf(c.UserContext())
	if !r.opened {
		id := newRequestID()
		client, proxy := s.address.read(c)
		r = &request{
			opened:     true,
			id:         id,
			client:     auth.Client{Address: client, Proxy: proxy, UserAgent: cutUserAgent(c.Get(fiber.HeaderUserAgent)), RequestID: id},
			background: c.Get(headerBackground) == "1",
		}
		r.log = s.Log.With("request_id", id)
		if trace := traceID(c.Get(headerTraceparent)); trace != "" {
			r.log = r.log.With("trace_id", trace)
		}
		c.SetUserContext(audit.WithLog(context.WithValue(c.UserContext(), requestKey{}, r), r.log))
	}
	s.secure(c, r)
	return r
}

func newRequestID() string {
	raw := make([]byte, 16)
	rand.Read(raw) // never fails: the runtime aborts the process instead
	return hex.EncodeToString(raw)
}

// cutUserAgent shortens a User-Agent to the column and drops what would break a
// log line.
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

// logPanic says where the panic happened, without its values: its text may hold
// what a person typed.
func (s *server) logPanic(r *request, c *fiber.Ctx, p any) {
	reason := fmt.Sprintf("%T", p)
	if fault, ok := p.(runtime.Error); ok {
		reason = fault.Error()
	}
	r.log.Error("request panicked", "method", c.Method(), "route", c.Route().Path,
		"reason", reason, "stack", string(debug.Stack()))
}

// secure sets the headers of every answer (OWASP ASVS 5.0 V3.4). Package spa
// replaces the content policy and the caching for its own files.
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

// permissionsPolicy denies the features that the pages do not use. They use
// clipboard-write, to copy the secret key and the backup codes.
const permissionsPolicy = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), " +
	"geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), " +
	"publickey-credentials-get=(self), publickey-credentials-create=(self), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"

// resolve finds the caller by the cookies.
func (s *server) resolve(c *fiber.Ctx) error {
	r := requestOf(c.UserContext())
	caller, err := s.Auth.Resolve(c.UserContext(), r.client, s.cookies.read(c), r.background)
	if err != nil {
		return err
	}
	r.caller = caller
	return c.Next()
}

func isAPI(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/")
}
