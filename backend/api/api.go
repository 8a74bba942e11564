// Package api is the HTTP interface: routes, middleware, request and response
// types, problem details and the OpenAPI document.
//
// It stores nothing. Anybody who reaches the port may call it. It checks whether
// a request may be served at all, finds the caller by the cookies, calls one use
// case of package auth, and shapes the answer. Package auth decides who may do
// what.
//
// What an attacker could try, and what prevents it:
//   - Forging a request from another site or a sibling subdomain: fetch metadata
//     or Origin must name our own page, every change needs a fixed header and
//     JSON, and a signed-in caller also sends a token bound to the session (NIST
//     SP 800-63B-4 section 5.1; docs/evidence.md, G1 to G3; middleware.go,
//     csrf.go).
//   - Planting a cookie: names carry the __Host- prefix on https, and a cookie
//     that arrives twice is ignored (cookie.go).
//   - Forging an address to escape the limits per address: only X-Forwarded-For
//     of listed proxies counts, read from the right (clientaddress.go).
//   - Sending another Host, so that links or caches point elsewhere: refused with
//     421; links are made from the configured public URL only (middleware.go).
//   - Sending a body that two parsers read differently: unknown and repeated
//     members, trailing data and invalid UTF-8 are refused (G14; body.go).
//   - Learning something from an error: problem details (RFC 9457) carry a stable
//     code and a request id and never what was sent (errors.go).
//   - Holding connections or memory: time, headers and body are limited.
//   - Doing any of this unseen: a forged request is recorded as an audit event
//     (H11; middleware.go).
package api

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"imagemaster/backend/auth"
	"imagemaster/backend/framing"
	"imagemaster/backend/people"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/sheet"
)

// Limits on a request. An ordinary one needs far less of each.
const (
	maxBody       = 16 << 10                          // bytes
	maxTable      = 2*people.MaxImportBytes + maxBody // of an import: JSON writes two bytes for a quote or an end of a line
	maxHeaders    = 16 << 10                          // bytes, request line included
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	handleTimeout = 30 * time.Second // Fiber does not cancel when the client leaves
)

// Brand is the name and the picture shown on every page.
type Brand struct {
	Name     string
	Logo     []byte // nil = the web interface's own
	LogoType string // "image/png" or "image/svg+xml"
}

// Deps is what the interface needs from the rest of the program.
type Deps struct {
	Auth             *auth.Service
	People           *people.Service
	Keys             *secretbox.Keyring
	Sheets           *sheet.Renderer
	PublicURL        string // scheme and host; links and the expected origin are made from it only
	Brand            Brand
	HelpContact      string
	AppURL           string
	RequireTwoFactor bool
	TrustedProxies   []netip.Prefix // whose X-Forwarded-For counts
	GateListen       string         // where the gate listens, "" = there is none
	Examples         fs.FS          // the settings of proxies, see package proxyconf
	Web              fiber.Handler  // the web interface; nil = none
	Ready            func() error   // nil while requests can be served, else a *health.Failure
	Log              *slog.Logger
	Now              func() time.Time
}

type server struct {
	Deps
	base      string // public URL without a trailing slash
	origin    origin
	cookies   cookieNames
	csrf      csrf
	address   addressReader
	routes    routeList
	document  []byte
	logo      logo
	recording sync.Mutex // held while a refusal is recorded
	// failureTold is the second in which a failure of the database was logged last.
	failureTold atomic.Int64
}

// New returns the whole HTTP interface, ready to listen.
func New(d Deps) (*fiber.App, error) {
	s, err := newServer(d)
	if err != nil {
		return nil, err
	}
	app := fiber.New(fiber.Config{
		Immutable:     true, // strings of a request outlive it in records and logs
		CaseSensitive: true,
		StrictRouting: true,
		BodyLimit:     maxBody,
		// The parser of forms would leave the rest of a body to the next request.
		DisablePreParseMultipartForm: true,
		ReadBufferSize:               maxHeaders,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		EnableTrustedProxyCheck:      true, // and none listed: Fiber itself believes no forwarding header
		DisableStartupMessage:        true,
		ErrorHandler:                 s.answerError,
	})
	if err := s.mount(app); err != nil {
		return nil, err
	}
	s.refuseBeforeFiber(app)
	return app, nil
}

func newServer(d Deps) (*server, error) {
	u, err := url.Parse(d.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("the public URL %q is not an http or https address", d.PublicURL)
	}
	if d.Auth == nil || d.People == nil || d.Keys == nil || d.Log == nil || d.Now == nil || d.Ready == nil {
		return nil, errors.New("api: a dependency is missing")
	}
	return &server{
		Deps:    d,
		base:    strings.TrimSuffix(d.PublicURL, "/"),
		origin:  newOrigin(u),
		cookies: namesFor(u.Scheme),
		csrf:    newCSRF(d.Keys),
		address: addressReader{trusted: d.TrustedProxies},
		logo:    newLogo(d.Brand),
	}, nil
}

// limitBody lets only an import be larger than an ordinary request.
func limitBody(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path, _, _ := bytes.Cut(header.RequestURI(), []byte("?"))
	if header.IsPost() && (string(path) == pathImport || string(path) == pathImport+"/check") {
		return fasthttp.RequestConfig{MaxRequestBodySize: maxTable}
	}
	return fasthttp.RequestConfig{}
}

// refuseBeforeFiber answers two kinds of requests before Fiber sees them. The first
// are those whose end is not clear; their connection is closed. The second are those
// with a method that no route has, such as TRACE: Fiber's own answer to them is text
// and skips the middleware.
func (s *server) refuseBeforeFiber(app *fiber.App) {
	server := app.Server()
	server.HeaderReceived = limitBody
	next := server.Handler
	refuse := func(rc *fasthttp.RequestCtx, err error) {
		c := app.AcquireCtx(rc)
		defer app.ReleaseCtx(c)
		_ = s.answerError(c, err)
	}
	server.Handler = func(rc *fasthttp.RequestCtx) {
		if !framing.IsClear(&rc.Request.Header) {
			refuse(rc, fiber.ErrBadRequest)
			rc.SetConnectionClose()
			return
		}
		switch string(rc.Method()) {
		case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
			next(rc)
		default:
			refuse(rc, fiber.ErrMethodNotAllowed)
		}
	}
}
