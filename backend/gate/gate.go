// Package gate answers the reverse proxies of applications: whether a request may pass,
// and who sends it. It also signs browsers in to applications, at the part of their hosts
// that belongs to it, /.imagemaster/.
//
// It stores nothing of its own and decides by package app, through package auth. Only
// proxies on this machine reach it, on a listener of its own. What they say about a
// request is believed, so no browser may reach it directly. What it is asked:
//
//	GET /gate/nginx                X-Original-URL, X-Original-Method
//	GET /gate/forward              X-Forwarded-Method, -Proto, -Host and -Uri (Caddy, Traefik)
//	*   /.imagemaster/denied       as /gate/nginx: what to answer instead of a 401 or 403
//	GET /.imagemaster/start        a browser that has to sign in to the application
//	GET /.imagemaster/done         the same browser, back with a ticket
//
// What an attacker could try, and what prevents it:
//   - Have another address judged than the one that is opened: a header that is missing,
//     doubled, listed or spelled in another way is refused (sent.go).
//   - Use the cookie of a person from another origin, also a sibling's: requests are
//     refused by Origin and Sec-Fetch-Site (check.go).
//   - Give an application a forged identity or our cookies: examples of proxies replace
//     both by what is answered here (answer.go).
//   - Sign somebody else's browser in, or lead it elsewhere: a ticket counts only beside
//     the start cookie of its browser, and leads to a page of its own host (signin.go).
//   - Fill the memory: without a cookie nothing is stored, and nothing is remembered.
package gate

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"imagemaster/backend/auth"
	"imagemaster/backend/framing"
)

// Limits on a request. A proxy passes the headers of the application on.
const (
	maxBody       = 1 << 10 // bytes: no request has a body
	maxHeaders    = 64 << 10
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute // longer than proxies keep idle connections
	handleTimeout = 10 * time.Second
)

// Deps is what the gate needs from the rest of the program.
type Deps struct {
	Auth      *auth.Service
	PublicURL string // scheme and host of the sign-in
	Brand     string
	Log       *slog.Logger
	Now       func() time.Time
}

type gate struct {
	Deps
	// warned is the second in which a warning was logged last.
	warned atomic.Int64
}

// New returns the gate, ready to listen.
func New(d Deps) (*fiber.App, error) {
	if d.Auth == nil || d.PublicURL == "" || d.Log == nil || d.Now == nil {
		return nil, errors.New("gate: a dependency is missing")
	}
	g := &gate{Deps: d}
	app := fiber.New(fiber.Config{
		Immutable:                    true, // no string of a request changes under the next one
		CaseSensitive:                true,
		StrictRouting:                true,
		BodyLimit:                    maxBody,
		DisablePreParseMultipartForm: true,
		ReadBufferSize:               maxHeaders,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		EnableTrustedProxyCheck:      true, // and none listed: Fiber itself believes no forwarding header
		DisableStartupMessage:        true,
		ErrorHandler:                 answerError,
	})
	app.Get("/gate/nginx", g.checkForNginx)
	app.Get("/gate/forward", g.checkForward)
	app.All("/.imagemaster/denied", g.denied)
	app.Get("/.imagemaster/start", g.start)
	app.Get("/.imagemaster/done", g.done)
	app.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })

	server := app.Server()
	next := server.Handler
	server.HeaderReceived = leaveBody
	server.Handler = func(rc *fasthttp.RequestCtx) {
		if !framing.IsClear(&rc.Request.Header) {
			rc.SetStatusCode(http.StatusBadRequest)
			return
		}
		next(rc)
	}
	return app, nil
}

// leaveBody lets a request that announces a body get its answer without it, and the
// connection end then: what is left would be read as the next request.
func leaveBody(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if !framing.IsClear(header) || framing.HasBody(header) {
		header.SetContentLength(0)
		header.Del(fasthttp.HeaderExpect)
		header.SetConnectionClose()
	}
	return fasthttp.RequestConfig{}
}

// answerError answers what no handler has answered.
func answerError(c *fiber.Ctx, err error) error {
	status := http.StatusInternalServerError
	var fault *fiber.Error
	if errors.As(err, &fault) {
		status = fault.Code
	}
	secure(c)
	return c.Status(status).SendString(http.StatusText(status) + "\n")
}

// secure sets the headers of every answer that a browser may get.
func secure(c *fiber.Ctx) {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
}

// warn writes a line of the log, at most one in a second: anybody can cause them.
func (g *gate) warn(text string, facts ...any) {
	if now := time.Now().Unix(); g.warned.Swap(now) != now {
		g.Log.Warn(text, facts...)
	}
}

// warnRefused logs a request that no well configured proxy sends.
func (g *gate) warnRefused(reason, origin string) {
	g.warn("the gate refused a request", "reason", reason, "address", strings.ToValidUTF8(origin, ""))
}
