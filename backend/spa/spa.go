// Package spa serves the built web interface.
//
// It reads every file of the build into memory once, with its Brotli and gzip
// variants, and fills in the page once for each language, theme and place. A request is a lookup by path and never reads the file system. The
// package stores nothing, and its files hold no secret and nothing about a
// person: anybody may fetch them.
//
// What an attacker could try, and what prevents it:
//   - Running a script: the Content-Security-Policy of every answer allows only
//     files of this origin and no inline code, and makes the browser refuse plain
//     strings where markup or script is expected (Trusted Types; docs/evidence.md,
//     G5 to G7).
//   - Framing the page, or pointing its base or its forms to another site: the
//     same policy forbids it.
//   - Making a cache keep the page under an address that is not a page: only a
//     navigation to a path without an extension gets the page. A missing file, a
//     path below /assets, and one below /api or /.well-known never does (G11).
//   - Keeping an old page in a cache after an update: the page is revalidated each
//     time; only files whose name contains their hash are kept for long (G10).
//
// Package api sets the other security headers, which every answer has.
package spa

import (
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// contentSecurityPolicy lets the page load files of its own origin and nothing
// else. policyFor adds the hash of the style that stands in the page. The one Trusted Types policy is that of Svelte, which clones its templates
// through it.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html"

const (
	cacheForever    = "public, max-age=31536000, immutable"
	cacheRevalidate = "no-cache"
	cacheNever      = "no-store"
)

const notBuilt = `<!doctype html>
<html lang="en">
<title>The web interface has not been built</title>
<h1>The web interface has not been built</h1>
<p>This binary holds the API only. Build one with the web interface inside:</p>
<pre>npm run build</pre>
</html>
`

const indexName = "index.html"

// Handler serves the files of fsys, and index.html to a browser that navigates to
// a page. It comes last in the app: it passes other requests on, and Fiber refuses
// those as not found. If fsys has no index.html, the page says how to build it.
// Handler panics if fsys cannot be read; an embedded file system always can.
func Handler(fsys fs.FS, site Site) fiber.Handler {
	files, err := load(fsys)
	if err != nil {
		panic("spa: reading the built front end: " + err.Error())
	}
	all, err := loadPages(fsys, site)
	if err != nil {
		panic("spa: reading index.html: " + err.Error())
	}
	return func(c *fiber.Ctx) error {
		name, err := cleaned(c.Path())
		if err != nil || reserved(name) {
			return c.Next()
		}
		if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
			c.Set(fiber.HeaderAllow, "GET, HEAD")
			return fiber.ErrMethodNotAllowed
		}
		if f := files[c.Path()]; f != nil {
			return send(c, f)
		}
		if c.Path() != "/" && !isPage(c, name) {
			return c.Next()
		}
		if all == nil {
			return sendNotBuilt(c)
		}
		return send(c, all.choose(c))
	}
}

// cleaned decodes a path and resolves its dots: %61pi and x/../api are both api.
func cleaned(sent string) (string, error) {
	name, err := url.PathUnescape(sent)
	if err != nil {
		return "", err
	}
	return path.Clean("/" + name), nil
}

// reserved reports whether a path belongs to the API or is a well-known address, or to
// the gate, which has a listener of its own. It ignores case, so that the page is not served at /API either.
func reserved(name string) bool {
	name = strings.ToLower(name)
	for _, root := range []string{"/api", "/.well-known", "/gate", "/.imagemaster"} {
		if name == root || strings.HasPrefix(name, root+"/") {
			return true
		}
	}
	return false
}

// isPage reports whether the request is a browser's navigation to an address that
// can be a page. A browser without fetch metadata is recognised by its Accept.
func isPage(c *fiber.Ctx, name string) bool {
	if strings.Contains(path.Base(name), ".") || strings.HasPrefix(name, "/assets/") {
		return false
	}
	mode := c.Get("Sec-Fetch-Mode")
	if mode != "" {
		return mode == "navigate"
	}
	return strings.Contains(c.Get(fiber.HeaderAccept), "text/html")
}

func send(c *fiber.Ctx, f *file) error {
	v := f.choose(c.Get(fiber.HeaderAcceptEncoding))
	if f.policy != "" {
		c.Set(fiber.HeaderContentSecurityPolicy, f.policy)
	}
	c.Set(fiber.HeaderCacheControl, f.cache)
	c.Set(fiber.HeaderETag, v.etag)
	c.Set(fiber.HeaderVary, f.vary)
	if matches(c.Get(fiber.HeaderIfNoneMatch), v.etag) {
		c.Status(fiber.StatusNotModified)
		return nil
	}
	if v.encoding != "" {
		c.Set(fiber.HeaderContentEncoding, v.encoding)
	}
	c.Set(fiber.HeaderContentType, f.contentType)
	c.Response().SetBodyRaw(v.body)
	return nil
}

func sendNotBuilt(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, contentSecurityPolicy)
	c.Set(fiber.HeaderCacheControl, cacheNever)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(fiber.StatusServiceUnavailable).SendString(notBuilt)
}
