package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"imagemaster/backend/spa"
)

// readable lists an address for each GET route that is registered, and the files
// and pages of the web interface.
func readable(t *testing.T, w *kit) []string {
	t.Helper()
	var paths []string
	for _, route := range w.app.GetRoutes(true) {
		if route.Method == http.MethodGet {
			paths = append(paths, regexp.MustCompile(`:\w+`).ReplaceAllString(route.Path, "code_wrong"))
		}
	}
	slices.Sort(paths)
	if paths = slices.Compact(paths); len(paths) < 12 {
		t.Fatalf("only %d routes: %q", len(paths), paths)
	}
	return append(paths, "/", "/sign-in", "/two-factor", "/no/such/page", "/favicon.ico", "/robots.txt", "/assets/app-1a2b.js", "/assets/gone.js",
		"/api", "/api/nothing", "/problems/nothing", "/.well-known/nothing", "/API/session")
}

func withEverything(d *Deps) {
	d.Brand = Brand{Name: "Vault", Logo: []byte("<svg/>"), LogoType: "image/svg+xml"}
	d.Web = spa.Handler(fstest.MapFS{
		"index.html": {Data: []byte("<!doctype html>")}, "favicon.ico": {Data: []byte("icon")}, "robots.txt": {Data: []byte("robots")},
		"assets/app-1a2b.js": {Data: []byte("script")},
	}, spa.Site{Brand: "Vault"})
}

// TestHeadAnswersLikeGet: with the same status and the same headers, the length
// too, and without the body; for nobody and for a person who is signed in.
func TestHeadAnswersLikeGet(t *testing.T) {
	w := sqlite(t, withEverything)
	p := w.personAt("ada", enabled)
	seen := map[int]bool{}
	for name, b := range map[string]*browser{"nobody": w.browser(), "signed in": p.home} {
		for _, path := range readable(t, w) {
			for _, change := range []func(*http.Request){header("Sec-Fetch-Mode", "navigate"), header("Accept", "*/*"), header("If-None-Match", "*")} {
				get, head := b.send("GET", path, "", change), b.send("HEAD", path, "", change)
				seen[get.status] = true
				if head.status != get.status || head.body != "" {
					t.Errorf("%s: %s: GET %d, HEAD %d %q", name, path, get.status, head.status, head.body)
				}
				for _, headers := range []http.Header{get.header, head.header} {
					if len(headers.Get("X-Request-Id")) != 32 {
						t.Errorf("%s: %s: no request id", name, path)
					}
					headers.Del("X-Request-Id")
					headers.Del("Date")
				}
				for _, headers := range []http.Header{get.header, head.header} {
					for field := range headers {
						if !slices.Equal(get.header[field], head.header[field]) {
							t.Errorf("%s: %s: %s: GET %q, HEAD %q", name, path, field, get.header[field], head.header[field])
						}
					}
				}
				if get.status == 200 && get.header.Get("Content-Length") == "" {
					t.Errorf("%s: %s: no length", name, path)
				}
			}
		}
	}
	for _, status := range []int{200, 302, 304, 401, 404} {
		if !seen[status] {
			t.Errorf("nothing was answered with %d", status)
		}
	}
}

// TestUnknownMethods are refused everywhere, and the answer names those that work.
func TestUnknownMethods(t *testing.T) {
	w := sqlite(t, withEverything)
	b := w.browser()
	for _, path := range readable(t, w) {
		for _, method := range []string{"OPTIONS", "TRACE", "STEAL", "PROPFIND"} {
			a := b.refused(405, "method_not_allowed", method, path, "")
			if allow := a.header.Get("Allow"); !strings.Contains(allow, "GET, HEAD") {
				t.Errorf("%s %s: Allow %q", method, path, allow)
			}
		}
	}
}
