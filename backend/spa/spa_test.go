package spa

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"
)

const (
	navigation = "text/html,application/xhtml+xml,*/*;q=0.8"
	index      = "<!doctype html><title>index</title>"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":                {Data: []byte("keep")},
		"index.html":              {Data: []byte(index)},
		"favicon.svg":             {Data: []byte("<svg/>")},
		"archive.gz":              {Data: []byte("a file of its own")},
		"assets/app-1a2b.js":      {Data: []byte("script")},
		"assets/app-1a2b.js.br":   {Data: []byte("script in brotli")},
		"assets/app-1a2b.js.gz":   {Data: []byte("script in gzip")},
		"assets/style-3c4d.css":   {Data: []byte("style")},
		"assets/font-5e6f.woff2":  {Data: []byte("font")},
		"assets/unknown-7a.thing": {Data: []byte("thing")},
	}
}

// app has one API route and then the web interface, in the order of the product.
func app(fsys fs.FS) *fiber.App {
	a := fiber.New()
	a.Get("/api/session", func(c *fiber.Ctx) error { return c.SendString("session") })
	a.Use(Handler(fsys, Site{Brand: "Paper Mill"}))
	return a
}

func ask(t *testing.T, a *fiber.App, method, path string, headers map[string]string) (*http.Response, string) {
	t.Helper()
	request := httptest.NewRequest(method, path, nil)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := a.Test(request, -1)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the body: %v", method, path, err)
	}
	return response, string(body)
}

func TestPages(t *testing.T) {
	navigate := map[string]string{"Sec-Fetch-Mode": "navigate", "Accept": navigation}
	for name, test := range map[string]struct {
		method, path string
		headers      map[string]string
		status       int
		page         bool
	}{
		"root":                                {"GET", "/", navigate, 200, true},
		"root, any client":                    {"GET", "/", nil, 200, true},
		"index by name":                       {"GET", "/index.html", navigate, 404, false},
		"page":                                {"GET", "/two-factor", navigate, 200, true},
		"page with a query":                   {"GET", "/sign-in?next=/activity", navigate, 200, true},
		"page below a page":                   {"GET", "/sessions/12", navigate, 200, true},
		"page, old browser":                   {"GET", "/two-factor", map[string]string{"Accept": navigation}, 200, true},
		"HEAD of a page":                      {"HEAD", "/two-factor", navigate, 200, false},
		"fetch of a page":                     {"GET", "/two-factor", map[string]string{"Sec-Fetch-Mode": "cors", "Accept": navigation}, 404, false},
		"script at a page":                    {"GET", "/two-factor", map[string]string{"Sec-Fetch-Mode": "no-cors"}, 404, false},
		"page, JSON wanted":                   {"GET", "/two-factor", map[string]string{"Accept": "application/json"}, 404, false},
		"page, nothing wanted":                {"GET", "/two-factor", nil, 404, false},
		"missing asset":                       {"GET", "/assets/gone.js", navigate, 404, false},
		"missing asset without a type":        {"GET", "/assets/gone", navigate, 404, false},
		"missing file":                        {"GET", "/robots.txt", navigate, 404, false},
		"hidden file":                         {"GET", "/.gitkeep", navigate, 404, false},
		"variant by its own name":             {"GET", "/index.html.br", navigate, 404, false},
		"folder of assets, not a navigation":  {"GET", "/assets/", nil, 404, false},
		"known API route":                     {"GET", "/api/session", navigate, 200, false},
		"API root":                            {"GET", "/api", navigate, 404, false},
		"unknown API route":                   {"GET", "/api/nothing", navigate, 404, false},
		"unknown API route, upper":            {"GET", "/API/nothing", navigate, 404, false},
		"API route behind dots":               {"GET", "/x/../api/nothing", navigate, 404, false},
		"API route in other writing":          {"GET", "/%61pi/nothing", navigate, 404, false},
		"API route with its slash escaped":    {"GET", "/%41PI%2fnothing", navigate, 404, false},
		"well-known in other writing":         {"GET", "/%2ewell-known/nothing", navigate, 404, false},
		"page with a letter of its own":       {"GET", "/pr%C3%BCfen", navigate, 200, true},
		"API route behind slashes":            {"GET", "//api/nothing", navigate, 404, false},
		"unknown well-known":                  {"GET", "/.well-known/nothing", navigate, 404, false},
		"API route, wrong method":             {"DELETE", "/api/session", navigate, 405, false},
		"unknown API route posted to":         {"POST", "/api/nothing", navigate, 404, false},
		"POST to a page":                      {"POST", "/two-factor", navigate, 405, false},
		"PUT to a file":                       {"PUT", "/assets/app-1a2b.js", nil, 405, false},
		"DELETE of the root":                  {"DELETE", "/", nil, 405, false},
		"OPTIONS":                             {"OPTIONS", "/", nil, 405, false},
		"TRACE":                               {"TRACE", "/", nil, 405, false},
		"a page that only looks like the API": {"GET", "/apinothing", navigate, 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			response, body := ask(t, app(built()), test.method, test.path, test.headers)
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if got := body == index; got != test.page {
				t.Errorf("is the page: %v, want %v; body %q", got, test.page, body)
			}
			if test.method == "HEAD" && body != "" {
				t.Errorf("HEAD was answered with a body: %q", body)
			}
			if test.status == 405 && !strings.Contains(response.Header.Get("Allow"), "GET") {
				t.Errorf("Allow is %q", response.Header.Get("Allow"))
			}
		})
	}
}

func TestHeadTellsTheLength(t *testing.T) {
	response, _ := ask(t, app(built()), "HEAD", "/", nil)
	if response.ContentLength != int64(len(index)) {
		t.Errorf("Content-Length is %d, want %d", response.ContentLength, len(index))
	}
}

func TestEncodings(t *testing.T) {
	for name, test := range map[string]struct {
		path, accept, encoding, body string
	}{
		"nothing asked":           {"/assets/app-1a2b.js", "", "", "script"},
		"both":                    {"/assets/app-1a2b.js", "gzip, deflate, br, zstd", "br", "script in brotli"},
		"gzip only":               {"/assets/app-1a2b.js", "gzip", "gzip", "script in gzip"},
		"upper case":              {"/assets/app-1a2b.js", "BR", "br", "script in brotli"},
		"anything":                {"/assets/app-1a2b.js", "*", "br", "script in brotli"},
		"anything but Brotli":     {"/assets/app-1a2b.js", "br;q=0, *", "gzip", "script in gzip"},
		"Brotli refused":          {"/assets/app-1a2b.js", "br;q=0, gzip;q=0.5", "gzip", "script in gzip"},
		"all refused":             {"/assets/app-1a2b.js", "br;q=0, gzip;q=0.000", "", "script"},
		"weight not a number":     {"/assets/app-1a2b.js", "br;q=high", "", "script"},
		"weight with spaces":      {"/assets/app-1a2b.js", "br ; q=1.0", "br", "script in brotli"},
		"unknown coding":          {"/assets/app-1a2b.js", "zstd", "", "script"},
		"coding as part of words": {"/assets/app-1a2b.js", "bronze, gzipped", "", "script"},
		"no gzip variant":         {"/assets/style-3c4d.css", "gzip", "", "style"},
		"no variant at all":       {"/favicon.svg", "br, gzip", "", "<svg/>"},
		"a .gz of its own":        {"/archive.gz", "gzip", "", "a file of its own"},
	} {
		t.Run(name, func(t *testing.T) {
			response, body := ask(t, app(built()), "GET", test.path, map[string]string{"Accept-Encoding": test.accept})
			if got := response.Header.Get("Content-Encoding"); got != test.encoding {
				t.Errorf("Content-Encoding %q, want %q", got, test.encoding)
			}
			if body != test.body {
				t.Errorf("body %q, want %q", body, test.body)
			}
			if got := response.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Vary %q", got)
			}
		})
	}
}

func TestTypesAndCaching(t *testing.T) {
	for path, want := range map[string]struct{ contentType, cache string }{
		"/":                        {"text/html; charset=utf-8", "no-cache"},
		"/favicon.svg":             {"image/svg+xml", "no-cache"},
		"/assets/app-1a2b.js":      {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/style-3c4d.css":   {"text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/font-5e6f.woff2":  {"font/woff2", "public, max-age=31536000, immutable"},
		"/assets/unknown-7a.thing": {"application/octet-stream", "public, max-age=31536000, immutable"},
	} {
		t.Run(path, func(t *testing.T) {
			response, _ := ask(t, app(built()), "GET", path, nil)
			if got := response.Header.Get("Content-Type"); got != want.contentType {
				t.Errorf("Content-Type %q, want %q", got, want.contentType)
			}
			if got := response.Header.Get("Cache-Control"); got != want.cache {
				t.Errorf("Cache-Control %q, want %q", got, want.cache)
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	a := app(built())
	plain, _ := ask(t, a, "GET", "/", nil)
	brotli, _ := ask(t, a, "GET", "/", map[string]string{"Accept-Encoding": "br"})
	plainTag, brotliTag := plain.Header.Get("ETag"), brotli.Header.Get("ETag")
	if !strings.HasPrefix(plainTag, `"`) || plainTag == brotliTag {
		t.Fatalf("want two different strong tags, got %q and %q", plainTag, brotliTag)
	}
	for name, test := range map[string]struct {
		method, noneMatch, accept string
		status                    int
	}{
		"same":                    {"GET", plainTag, "", 304},
		"same, HEAD":              {"HEAD", plainTag, "", 304},
		"same, marked weak":       {"GET", "W/" + plainTag, "", 304},
		"one of several":          {"GET", `"x", ` + brotliTag, "br", 304},
		"any":                     {"GET", "*", "", 304},
		"none":                    {"GET", "", "", 200},
		"another":                 {"GET", `"x"`, "", 200},
		"without quotes":          {"GET", strings.Trim(plainTag, `"`), "", 200},
		"that of another variant": {"GET", plainTag, "br", 200},
	} {
		t.Run(name, func(t *testing.T) {
			headers := map[string]string{"If-None-Match": test.noneMatch, "Accept-Encoding": test.accept}
			response, body := ask(t, a, test.method, "/", headers)
			if response.StatusCode != test.status {
				t.Fatalf("status %d, want %d", response.StatusCode, test.status)
			}
			if test.status == 304 && (body != "" || response.Header.Get("ETag") == "" || response.Header.Get("Cache-Control") != "no-cache") {
				t.Errorf("304 with body %q, headers %v", body, response.Header)
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	for _, path := range []string{"/", "/index"} {
		response, _ := ask(t, app(built()), "GET", path, map[string]string{"Sec-Fetch-Mode": "navigate"})
		policy := response.Header.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'none'", "script-src 'self'", "object-src 'none'", "base-uri 'none'",
			"frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy+";", directive+";") {
				t.Errorf("%s: the policy lacks %q: %s", path, directive, policy)
			}
		}
		for _, weakness := range []string{"unsafe-", "data:", "blob:", "http:", "https:", "*"} {
			if strings.Contains(policy, weakness) {
				t.Errorf("%s: the policy allows %q: %s", path, weakness, policy)
			}
		}
	}
}

// TestPolicyIsComplete: the policy has exactly these directives.
func TestPolicyIsComplete(t *testing.T) {
	want := []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'", "connect-src 'self'",
		"manifest-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types svelte-trusted-html"}
	response, _ := ask(t, app(built()), "GET", "/", nil)
	policies := response.Header.Values("Content-Security-Policy")
	if len(policies) != 1 {
		t.Fatalf("%d policies", len(policies))
	}
	got := strings.Split(policies[0], "; ")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestWithoutBuiltFrontEnd(t *testing.T) {
	a := app(fstest.MapFS{".gitkeep": {}})
	navigate := map[string]string{"Sec-Fetch-Mode": "navigate"}
	response, body := ask(t, a, "GET", "/", navigate)
	if response.StatusCode != 503 || !strings.Contains(body, "npm run build") {
		t.Errorf("status %d, body %q", response.StatusCode, body)
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	for path, status := range map[string]int{"/assets/app.js": 404, "/api/nothing": 404, "/api/session": 200} {
		if response, _ := ask(t, a, "GET", path, navigate); response.StatusCode != status {
			t.Errorf("%s: status %d, want %d", path, response.StatusCode, status)
		}
	}
}

type unreadable struct{ fstest.MapFS }

func (unreadable) ReadFile(string) ([]byte, error) { return nil, fs.ErrPermission }

func TestUnreadableFrontEndPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a front end that cannot be read was served")
		}
	}()
	Handler(unreadable{built()}, Site{})
}
