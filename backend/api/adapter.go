package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// adapter connects huma with Fiber. Huma's own adapter overwrites the first of
// two Set-Cookie headers and passes path parameters on undecoded.
type adapter struct{ app *fiber.App }

// Handle implements huma.Adapter. A GET route answers HEAD as well. The error
// of an operation goes to begin, and not into an answer of huma's.
func (a adapter) Handle(op *huma.Operation, handle func(huma.Context)) {
	path := strings.NewReplacer("{", ":", "}", "").Replace(op.Path)
	handler := func(c *fiber.Ctx) error {
		handle(&exchange{op: op, c: c})
		return requestOf(c.UserContext()).failure
	}
	a.app.Add(op.Method, path, handler)
	if op.Method == http.MethodGet {
		a.app.Add(http.MethodHead, path, handler)
	}
}

// ServeHTTP implements huma.Adapter. Unused: Fiber serves the requests.
func (a adapter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
}

// exchange implements huma.Context on one Fiber request.
type exchange struct {
	op     *huma.Operation
	c      *fiber.Ctx
	status int
}

func (e *exchange) Operation() *huma.Operation { return e.op }
func (e *exchange) Context() context.Context   { return e.c.UserContext() }
func (e *exchange) TLS() *tls.ConnectionState  { return e.c.Context().TLSConnectionState() }
func (e *exchange) Version() huma.ProtoVersion { return huma.ProtoVersion{Proto: e.c.Protocol()} }
func (e *exchange) Method() string             { return e.c.Method() }
func (e *exchange) Host() string               { return string(e.c.Request().Host()) }
func (e *exchange) RemoteAddr() string         { return requestOf(e.Context()).client.Address.String() }
func (e *exchange) Query(name string) string   { return e.c.Query(name) }
func (e *exchange) BodyReader() io.Reader      { return bytes.NewReader(e.c.Request().Body()) }
func (e *exchange) BodyWriter() io.Writer      { return e.c.Context() }
func (e *exchange) Status() int                { return e.status }

func (e *exchange) URL() url.URL {
	u, err := url.ParseRequestURI(e.c.OriginalURL())
	if err != nil {
		return url.URL{}
	}
	return *u
}

func (e *exchange) Param(name string) string {
	value, err := url.PathUnescape(e.c.Params(name))
	if err != nil {
		return ""
	}
	return value
}

// Header hides Accept, so that huma always answers with JSON.
func (e *exchange) Header(name string) string {
	if strings.EqualFold(name, fiber.HeaderAccept) {
		return ""
	}
	return e.c.Get(name)
}

func (e *exchange) EachHeader(cb func(name, value string)) {
	for name, value := range e.c.Request().Header.All() {
		cb(string(name), string(value))
	}
}

func (e *exchange) GetMultipartForm() (*multipart.Form, error) {
	return nil, errors.New("forms are not used")
}

// SetReadDeadline does nothing: the server reads the whole body, under its own
// deadline, before a handler runs.
func (e *exchange) SetReadDeadline(time.Time) error { return nil }

func (e *exchange) SetStatus(code int) {
	e.status = code
	e.c.Status(code)
}

func (e *exchange) SetHeader(name, value string)    { e.c.Set(name, value) }
func (e *exchange) AppendHeader(name, value string) { e.c.Response().Header.Add(name, value) }
