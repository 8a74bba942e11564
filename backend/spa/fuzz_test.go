package spa

import (
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

// FuzzHandler: with any path, method and headers, only GET and HEAD outside /api
// get the page, only its own path gets a file, and always in a coding that the
// client accepts.
func FuzzHandler(f *testing.F) {
	f.Add("GET", "/two-factor", "navigate", navigation, "gzip, br;q=0.5", "")
	f.Add("GET", "/API/../api/session", "navigate", navigation, "br;q=0, *", "*")
	f.Add("POST", "//api", "", "", "", `W/"x"`)
	f.Add("HEAD", "/assets/app-1a2b.js", "no-cors", "*/*", "identity;q=0, *;q=0", `"x", `)
	f.Add("GET", "/assets/..%2findex.html", "navigate", "text/html", "BR;Q=1", "")
	f.Add("GET", "/.well-known/x", "navigate", "text/html", "br;q=NaN", "")
	f.Add("DELETE", "/index.html.br", "cors", "text/html", "gzip;q=1;q=0", "")
	a := app(built())
	f.Fuzz(func(t *testing.T, method, target, mode, accept, encoding, noneMatch string) {
		if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, method) || !strings.HasPrefix(target, "/") ||
			3*len(target)+len(mode)+len(accept)+len(encoding)+len(noneMatch) > 3<<10 { // Fiber's own limit is refused by package api
			return
		}
		u := &url.URL{Path: target}
		r, err := http.NewRequest(method, "http://sign-in.example"+u.EscapedPath(), nil)
		if err != nil {
			return
		}
		for name, value := range map[string]string{"Sec-Fetch-Mode": mode, "Accept": accept, "Accept-Encoding": encoding, "If-None-Match": noneMatch} {
			if value = printable(value); value != "" {
				r.Header.Set(name, value)
			}
		}
		response, err := a.Test(r, -1)
		if err != nil {
			t.Fatalf("%s %q: %v", method, target, err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswer(t, r, target, response, string(body))
	})
}

func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text))
}

func checkAnswer(t *testing.T, r *http.Request, target string, response *http.Response, body string) {
	t.Helper()
	if response.StatusCode >= 500 {
		t.Fatalf("%s %q: %d", r.Method, target, response.StatusCode)
	}
	if response.Header.Get("ETag") == "" { // not served
		return
	}
	name := path.Clean("/" + target)
	cleaned := strings.ToLower(name)
	for _, root := range []string{"/api", "/.well-known"} {
		if cleaned == root || strings.HasPrefix(cleaned, root+"/") {
			t.Errorf("%s %q is answered with a file", r.Method, target)
		}
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		t.Errorf("%s %q is answered with a file", r.Method, target)
	}
	if tag := response.Header.Get("ETag"); len(tag) != 26 {
		t.Errorf("tag %q", tag)
	}
	if response.StatusCode == 304 {
		if body != "" || r.Header.Get("If-None-Match") == "" {
			t.Errorf("304 with %q to %q", body, r.Header.Get("If-None-Match"))
		}
		return
	}
	coding := response.Header.Get("Content-Encoding")
	if accepted := strings.ToLower(r.Header.Get("Accept-Encoding")); coding != "" && !strings.Contains(accepted, coding) && !strings.Contains(accepted, "*") {
		t.Errorf("%q is sent to a client that accepts %q", coding, accepted)
	}
	if immutable := strings.Contains(response.Header.Get("Cache-Control"), "immutable"); immutable != strings.HasPrefix(name, "/assets/") {
		t.Errorf("%q is kept with %q", target, response.Header.Get("Cache-Control"))
	}
	if r.Method == "GET" && coding == "" && strings.Contains(target, "app-1a2b.js") && body != "script" {
		t.Errorf("%q gives %q", target, body)
	}
}

// FuzzAcceptEncoding: a refused coding is never used, in any order and case, and a
// field with neither its name nor * does not allow it.
func FuzzAcceptEncoding(f *testing.F) {
	for _, seed := range []string{"gzip, br", "br;q=0, *", "*;q=0", "br ; q = 0.001", "br;q=1e400", "br;q=-1", "br;level=3", ",,;", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		allowed := accepts(field, "br")
		if lower := strings.ToLower(field); allowed && !strings.Contains(lower, "br") && !strings.Contains(lower, "*") {
			t.Errorf("%q allows br", field)
		}
		if accepts("br;q=0,"+field, "br") {
			t.Errorf("%q after a coding that is refused allows br", field)
		}
		if !accepts("BR,"+field, "br") {
			t.Errorf("%q after a coding that is allowed refuses br", field)
		}
		if strings.ToUpper(field) != field && isASCII(field) && accepts(strings.ToUpper(field), "br") != allowed {
			t.Errorf("%q allows br: %v, and otherwise in capitals", field, allowed)
		}
	})
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > '~' })
}

// FuzzIfNoneMatch: a tag matches if it is listed, and otherwise never.
func FuzzIfNoneMatch(f *testing.F) {
	const etag = `"AAAABBBBCCCCDDDDEEEEFFFF"`
	for _, seed := range []string{"", "*", etag, "W/" + etag, `"x"`, "w/" + etag, `"*"`, etag[:10]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		known := matches(field, etag)
		if known && !strings.Contains(field, etag) && !strings.Contains(field, "*") {
			t.Errorf("%q knows the tag", field)
		}
		for _, longer := range []string{field + ", " + etag, etag + "," + field, "W/" + etag + " , " + field} {
			if !matches(longer, etag) {
				t.Errorf("%q does not know the tag", longer)
			}
		}
	})
}
