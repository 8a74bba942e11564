// Package spa serves the built web interface.
//
// Every file of the build is read into memory once, with its Brotli and gzip
// variants, so a request is a map lookup and the file system is never asked
// with a path that a stranger wrote. Nothing here is secret and nothing here
// knows a person: anyone may call it.
//
// What an attacker could try, and what answers it:
//   - running a script of their own: the Content-Security-Policy of every
//     answer allows only files of this origin, no inline code, and makes the
//     browser refuse plain strings where markup or script is expected
//     (Trusted Types);
//   - framing the page or pointing its base or its forms elsewhere: the same
//     policy forbids it;
//   - making a cache keep the page under an address that is not a page: only
//     a browser's navigation to a path without an extension gets the page, never
//     a missing file, nothing below /assets, and nothing below /api or /.well-known;
//   - leaving an old page in a cache after an update: the page is revalidated
//     each time, and only files whose name carries their hash are kept for long.
//
// The other security headers are the same for every answer of the product and
// are set by package api.
package spa

import (
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// contentSecurityPolicy lets the page load files of its own origin and nothing
// else. The Trusted Types policies are those of the libraries the page uses:
// Svelte clones its templates through one of its own.
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

// Handler answers for the files of fsys and gives index.html to a browser that
// navigates to one of the application's own pages. It is the last handler of
// the app: what it does not know it hands on, so that the app's error handler
// shapes the answer. Without an index.html it says how to build one. It panics
// when fsys cannot be read, which an embedded file system always can.
func Handler(fsys fs.FS) fiber.Handler {
	files, err := load(fsys)
	if err != nil {
		panic("spa: reading the built front end: " + err.Error())
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
		if !isPage(c, name) {
			return c.Next()
		}
		if f := files["/index.html"]; f != nil {
			return send(c, f)
		}
		return sendNotBuilt(c)
	}
}

// cleaned returns a path as it is meant: %61pi is api, and x/../api too.
func cleaned(sent string) (string, error) {
	name, err := url.PathUnescape(sent)
	if err != nil {
		return "", err
	}
	return path.Clean("/" + name), nil
}

// reserved reports whether a path belongs to the API or to a well-known
// address. Fiber matches routes whatever their case, so this does too.
func reserved(name string) bool {
	name = strings.ToLower(name)
	for _, root := range []string{"/api", "/.well-known"} {
		if name == root || strings.HasPrefix(name, root+"/") {
			return true
		}
	}
	return false
}

// isPage reports whether the request is a browser's navigation to an address
// that can be a page. Browsers without fetch metadata are known by what they
// accept.
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
	secure(c)
	c.Set(fiber.HeaderCacheControl, f.cache)
	c.Set(fiber.HeaderETag, v.etag)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
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
	secure(c)
	c.Set(fiber.HeaderCacheControl, cacheNever)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(fiber.StatusServiceUnavailable).SendString(notBuilt)
}

func secure(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, contentSecurityPolicy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
}
