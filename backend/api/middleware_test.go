package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/password"
)

func TestWrongHost(t *testing.T) {
	w := sqlite(t)
	b := w.browser()
	for _, name := range []string{"evil.example", "sign-in.example.evil.example", "localhost:8080", "127.0.0.1", "sign-in.example:8443"} {
		at := func(r *http.Request) { r.Host = name }
		a := b.send("GET", "/api/session", "", at)
		a.isProblem(t, 421, "misdirected")
		if !strings.Contains(a.json["detail"].(string), publicURL) || strings.Contains(a.body, "evil") {
			t.Errorf("%s: %s", name, a.body)
		}
		page := b.send("GET", "/sign-in", "", at)
		if page.status != 421 || !strings.Contains(page.body, `<a href="`+publicURL+`/">`) || strings.Contains(page.body, "evil") {
			t.Errorf("%s: %d %s", name, page.status, page.body)
		}
		if !strings.Contains(page.body, "has another address") || !strings.Contains(page.body, `<section lang="de">`) {
			t.Errorf("%s: not in both languages: %s", name, page.body)
		}
		for _, health := range []string{"/livez", "/readyz"} {
			if a := b.send("GET", health, "", at); a.status != 200 {
				t.Errorf("%s with the host %s: %d", health, name, a.status)
			}
		}
	}
	for _, name := range []string{"SIGN-IN.example", "sign-in.example:443"} {
		if a := b.send("GET", "/api/session", "", func(r *http.Request) { r.Host = name }); a.status != 200 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	forwarded := b.send("GET", "/api/session", "", header("X-Forwarded-Host", "evil.example"), header("X-Forwarded-Proto", "http"))
	if forwarded.status != 200 || strings.Contains(forwarded.body, "evil") {
		t.Errorf("a forwarded host counted: %s", forwarded.body)
	}
}

func TestUnknownRoutes(t *testing.T) {
	w := sqlite(t, func(d *Deps) {
		d.Web = func(c *fiber.Ctx) error { return c.SendString("<!doctype html>") }
	})
	b := w.browser()
	for _, path := range []string{"/api", "/api/", "/api/unknown", "/api/session/", "/api/Session", "/api/notices", "/api/openapi.yaml", "/problems/unknown"} {
		b.refused(404, "not_found", "GET", path, "")
	}
	b.refused(404, "not_found", "POST", "/api/unknown", "{}")
	for path, allow := range map[string]string{
		"/api/sign-in":         "DELETE, POST",
		"/api/two-factor":      "GET, HEAD, PATCH",
		"/api/notices/7":       "DELETE",
		"/api/sign-in/verify":  "POST",
		"/api/brand/logo/":     "",
		"/api/session/step-up": "POST",
	} {
		if allow == "" {
			b.refused(404, "not_found", "PUT", path, "{}")
			continue
		}
		a := b.refused(405, "method_not_allowed", "PUT", path, "{}")
		if got := a.header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", path, got, allow)
		}
	}
	if a := b.refused(405, "method_not_allowed", "GET", "/api/sign-in", ""); a.header.Get("Allow") != "DELETE, POST" {
		t.Errorf("Allow %q", a.header.Get("Allow"))
	}
	if a := b.send("GET", "/two-factor", ""); a.body != "<!doctype html>" {
		t.Errorf("a page: %d %q", a.status, a.body)
	}
}

// TestHead: HEAD answers like GET, without the body.
func TestHead(t *testing.T) {
	w := sqlite(t)
	for _, path := range []string{"/api/session", "/api/setup", "/api/openapi.json", "/livez"} {
		a := w.browser().send("HEAD", path, "")
		if a.status != 200 || a.body != "" {
			t.Errorf("HEAD %s: %d %q", path, a.status, a.body)
		}
	}
}

// TestNothingChangesByReading reads every readable route with the cookies of a
// signed-in browser and compares the state before and after.
func TestNothingChangesByReading(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	before := b.want(200, "GET", "/api/two-factor", "").body + b.want(200, "GET", "/api/session", "").body
	for _, route := range routesIn(t) {
		b.send("GET", filled(route.path), "")
		b.send("HEAD", filled(route.path), "")
	}
	after := b.want(200, "GET", "/api/two-factor", "").body + b.want(200, "GET", "/api/session", "").body
	if before != after {
		t.Errorf("before %s\nafter  %s", before, after)
	}
}

func TestSecurityHeaders(t *testing.T) {
	want := map[string]string{
		"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security":    "max-age=31536000",
		"Cache-Control":                "no-store",
	}
	w := sqlite(t)
	b := w.browser()
	for name, a := range map[string]answer{
		"an answer":      b.send("GET", "/api/session", ""),
		"health":         b.send("GET", "/livez", ""),
		"not found":      b.send("GET", "/api/unknown", ""),
		"no such page":   b.send("GET", "/unknown", ""),
		"refused":        b.send("POST", "/api/sign-in", "{}", header("Sec-Fetch-Site", "cross-site")),
		"another host":   b.send("GET", "/", "", func(r *http.Request) { r.Host = "evil.example" }),
		"not valid":      b.send("POST", "/api/sign-in", "{}"),
		"change address": b.send("GET", "/.well-known/change-password", ""),
	} {
		for key, value := range want {
			if got := a.header.Get(key); got != value {
				t.Errorf("%s: %s %q, want %q", name, key, got, value)
			}
		}
		for key := range a.header {
			if strings.HasPrefix(key, "Access-Control-") || key == "Server" || key == "X-Powered-By" {
				t.Errorf("%s: has %s", name, key)
			}
		}
		if len(a.header.Get("X-Request-Id")) != 32 || !strings.Contains(a.header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: %v", name, a.header)
		}
	}
	http := sqlite(t, func(d *Deps) { d.PublicURL = "http://" + host })
	if got := http.browser().send("GET", "/api/session", "").header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("plain http sends HSTS: %q", got)
	}
}

// TestRequestIDIsOurs: a client cannot choose the request id in the log.
func TestRequestIDIsOurs(t *testing.T) {
	w := sqlite(t)
	a := w.browser().send("GET", "/api/session", "", header("X-Request-Id", "chosen-by-a-stranger"))
	if strings.Contains(a.header.Get("X-Request-Id")+w.logs.String(), "chosen") {
		t.Error("the client's request id was adopted")
	}
}

// TestPanic: after a panic the answer is an ordinary problem, and the log says
// once where it happened, without the values.
func TestPanic(t *testing.T) {
	const secret = "canary-of-a-panic"
	for name, fail := range map[string]func(){
		"text":    func() { panic("typed " + secret) },
		"error":   func() { panic(errors.New("typed " + secret)) },
		"runtime": func() { _ = strings.Split(secret, "")[len(secret)] },
	} {
		t.Run(name, func(t *testing.T) {
			w := sqlite(t, func(d *Deps) {
				d.Ready = func() error { fail(); return nil }
				d.Web = func(c *fiber.Ctx) error {
					c.Cookie(&fiber.Cookie{Name: "half-done", Value: secret})
					fail()
					return nil
				}
			})
			for _, path := range []string{"/readyz", "/two-factor"} {
				a := w.browser().refused(500, "internal", "GET", path, "")
				if strings.Contains(a.body, secret) || a.header.Get("Set-Cookie") != "" {
					t.Errorf("the answer tells: %s %v", a.body, a.header)
				}
				if got := strings.Count(w.logs.String(), `"request_id":"`+a.header.Get("X-Request-Id")+`"`); got != 2 {
					t.Errorf("%d log lines, want the panic and the debug line", got)
				}
			}
			logs := w.logs.String()
			if strings.Count(logs, "request panicked") != 2 || !strings.Contains(logs, "middleware_test.go") || strings.Contains(logs, secret) {
				t.Errorf("log: %s", logs)
			}
		})
	}
}

// TestPanicInsideOperation: a panic in a use case that huma called is caught as
// well.
func TestPanicInsideOperation(t *testing.T) {
	w := sqlite(t)
	s, err := newServer(w.deps)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = nil // called by the handler of GET /api/session
	app := fiber.New(fiber.Config{ErrorHandler: s.answerError})
	if err := s.mount(app); err != nil {
		t.Fatal(err)
	}
	w.app = app
	w.browser().refused(500, "internal", "GET", "/api/session", "")
}

func TestInternalErrorIsHidden(t *testing.T) {
	const inner = "the-database-says-this"
	w := sqlite(t, func(d *Deps) { d.Web = func(*fiber.Ctx) error { return errors.New(inner) } })
	a := w.browser().refused(500, "internal", "GET", "/two-factor", "")
	if strings.Contains(a.body, inner) {
		t.Error(a.body)
	}
	if strings.Count(w.logs.String(), inner) != 1 {
		t.Errorf("logged not once: %s", w.logs.String())
	}
}

// TestDeadline: every request has a deadline, and to miss it is not an internal
// error.
func TestDeadline(t *testing.T) {
	var left time.Duration
	w := sqlite(t, func(d *Deps) {
		d.Web = func(c *fiber.Ctx) error {
			deadline, _ := c.UserContext().Deadline()
			left = time.Until(deadline)
			return fmt.Errorf("read something: %w", context.DeadlineExceeded)
		}
	})
	w.browser().refused(503, "unavailable", "GET", "/two-factor", "")
	if left <= 0 || left > handleTimeout {
		t.Errorf("%v left", left)
	}
}

// TestEveryRouteIsProtected: every answer of every route has its own content type
// and all security headers, and no cache keeps it.
func TestEveryRouteIsProtected(t *testing.T) {
	features := []string{"accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope",
		"magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "usb", "xr-spatial-tracking"}
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	half := w.browser()
	half.signIn("ada")
	for _, b := range []*browser{w.browser(), half, p.home} {
		each(t, func(t *testing.T, method, path, body string) {
			if b == p.home && b.load()["state"] == "anonymous" { // the earlier route has ended it
				p.enter(b)
			}
			a := b.copy().send(method, path, body)
			for name, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
				"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
				"Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-store",
			} {
				if got := a.header.Values(name); len(got) != 1 || got[0] != want {
					t.Errorf("%d: %s %q, want %q", a.status, name, got, want)
				}
			}
			kind := map[bool]string{true: "application/problem+json", false: "application/json"}[a.status >= 400]
			if a.status == http.StatusNoContent {
				kind = ""
			}
			if got := a.header.Get("Content-Type"); got != kind {
				t.Errorf("%d: Content-Type %q, want %q", a.status, got, kind)
			}
			for _, feature := range features {
				if !strings.Contains(a.header.Get("Permissions-Policy"), feature+"=()") {
					t.Errorf("%s is allowed: %s", feature, a.header.Get("Permissions-Policy"))
				}
			}
			for _, feature := range []string{"publickey-credentials-get", "publickey-credentials-create"} { // passkeys, in no frame
				if !strings.Contains(a.header.Get("Permissions-Policy"), feature+"=(self)") {
					t.Errorf("%s is not for this origin alone: %s", feature, a.header.Get("Permissions-Policy"))
				}
			}
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") || name == "Server" || name == "X-Powered-By" {
					t.Errorf("has %s", name)
				}
			}
		})
	}
}

// TestNoPagesOfTools: the pages that frameworks add do not exist, and no answer
// gives JSON as a script or our version.
func TestNoPagesOfTools(t *testing.T) {
	w := sqlite(t)
	b := w.browser()
	for _, path := range []string{"/docs", "/api/docs", "/swagger", "/swagger/index.html", "/api/schemas", "/schemas", "/openapi.yaml", "/openapi.json",
		"/metrics", "/debug/pprof/", "/monitor", "/.git/config", "/api/openapi-3.0.json"} {
		b.refused(404, "not_found", "GET", path, "")
	}
	const called = "stealSession"
	if a := b.send("GET", "/api/session?callback="+called, ""); strings.Contains(a.body, called) || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("JSONP: %s", a.body)
	}
	for _, path := range []string{"/livez", "/readyz", "/api/session", "/api/setup", "/api/unknown"} {
		a := b.send("GET", path, "")
		if regexp.MustCompile(`\d+\.\d+\.\d+|(?i)fiber|go1\.|sqlite|mariadb|development`).MatchString(a.body) {
			t.Errorf("%s tells what it is made of: %s", path, a.body)
		}
	}
}

// TestBusy: while too many passwords are being hashed, every sign-in gets the same
// answer, before the name is looked up. It says when to try again.
func TestBusy(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	const address = "0.0.0.0" // of every request in these tests
	var leave []func()
	for range 2 { // slots
		done, err := w.auth.Hasher.Enter(t.Context(), password.Source{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, done)
	}
	before := w.auth.Hasher.Runs()
	for _, name := range []string{"ada", "nobody", ""} { // each waits for two seconds
		a := w.browser().refused(503, "busy", "POST", "/api/sign-in", object("username", name, "password", rightPassword))
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 {
			t.Errorf("%q: Retry-After %q", name, a.header.Get("Retry-After"))
		}
	}
	if runs := w.auth.Hasher.Runs() - before; runs != 0 {
		t.Errorf("%d passwords were hashed all the same", runs)
	}
	for _, done := range leave {
		done()
	}
	if next := w.browser().signIn("ada"); next != "done" {
		t.Errorf("next %q afterwards", next)
	}
}
