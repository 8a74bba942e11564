package spa

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"
)

// Site is what the operator chose and every visitor sees.
type Site struct {
	Brand string
	Logo  string // its address; "" = the built-in one
	Help  string
}

// shape is what a page depends on besides the Site.
type shape struct {
	Language string // "en" or "de"
	Theme    string // "day", "night", or "" = that of the system
	SignIn   bool   // holds the page Sign in as plain HTML, which is shown until the script runs
}

// pages are the shapes of index.html. Each is made when it is first asked for.
type pages map[shape]func() *file

const pageVary = fiber.HeaderAcceptEncoding + ", " + fiber.HeaderAcceptLanguage + ", " + fiber.HeaderCookie

// newPages reads index.html as a template (frontend/tools/first-page.ts).
func newPages(index []byte, site Site) (pages, error) {
	t, err := template.New("index.html").Parse(string(index))
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, language := range []string{"en", "de"} {
		for _, theme := range []string{"", "day", "night"} {
			for _, signIn := range []bool{false, true} {
				s := shape{language, theme, signIn}
				if err := s.fill(t, site, io.Discard); err != nil {
					return nil, err
				}
				all[s] = sync.OnceValue(func() *file { return newPage(t, s, site) })
			}
		}
	}
	return all, nil
}

// fill writes the page of a shape.
func (s shape) fill(t *template.Template, site Site, to io.Writer) error {
	return t.Execute(to, struct {
		shape
		Site
	}{s, site})
}

// newPage makes the file of a page that newPages has found to be right.
func newPage(t *template.Template, s shape, site Site) *file {
	var body bytes.Buffer
	if err := s.fill(t, site, &body); err != nil {
		panic("spa: index.html cannot be filled in any more: " + err.Error())
	}
	return &file{
		contentType: fiber.MIMETextHTMLCharsetUTF8,
		cache:       cacheRevalidate,
		vary:        pageVary,
		policy:      policyFor(body.String()),
		variants: []variant{
			newVariant("br", compress(body.Bytes(), func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.BestCompression) })),
			newVariant("gzip", compress(body.Bytes(), func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })),
			newVariant("", body.Bytes()),
		},
	}
}

func compress(body []byte, coding func(io.Writer) io.WriteCloser) []byte {
	var to bytes.Buffer
	w := coding(&to)
	_, err := w.Write(body)
	if err != nil || w.Close() != nil {
		panic("spa: a buffer in memory refused to grow")
	}
	return to.Bytes()
}

// policyFor allows the style that stands in the page, by its hash.
func policyFor(page string) string {
	_, rest, found := strings.Cut(page, "<style>")
	style, _, closed := strings.Cut(rest, "</style>")
	if !found || !closed {
		return contentSecurityPolicy
	}
	sum := sha256.Sum256([]byte(style))
	hash := base64.StdEncoding.EncodeToString(sum[:])
	return strings.Replace(contentSecurityPolicy, "style-src 'self'", "style-src 'self' 'sha256-"+hash+"'", 1)
}

// choose returns the page for a visitor.
func (p pages) choose(c *fiber.Ctx) *file {
	s := shape{Language: "en"}
	sent := c.Cookies("im_language")
	if sent != "en" && sent != "de" {
		sent = preferred(c.Get(fiber.HeaderAcceptLanguage))
	}
	if sent == "de" {
		s.Language = "de"
	}
	if theme := c.Cookies("im_theme"); theme == "day" || theme == "night" {
		s.Theme = theme
	}
	s.SignIn = (c.Path() == "/" || c.Path() == "/sign-in") && !maySignedIn(c)
	return p[s]()
}

// maySignedIn reports whether the visitor sends a cookie of a session or of a
// pending sign-in (api/cookie.go). Nobody without one can be signed in.
func maySignedIn(c *fiber.Ctx) bool {
	for name := range c.Request().Header.Cookies() {
		plain := strings.TrimPrefix(string(name), "__Host-")
		if plain == "im_session" || plain == "im_pending" {
			return true
		}
	}
	return false
}

// preferred returns the first of our languages that an Accept-Language field
// (RFC 9110 section 12.5.4) lists with the highest weight; "" = none.
func preferred(field string) string {
	best, most := "", 0.0
	for item := range strings.SplitSeq(field, ",") {
		tag, parameters, _ := strings.Cut(item, ";")
		language, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if q := weight(parameters); q > most && slices.Contains([]string{"en", "de"}, language) {
			best, most = language, q
		}
	}
	return best
}

// loadPages returns nil if the web interface has not been built.
func loadPages(fsys fs.FS, site Site) (pages, error) {
	index, err := fs.ReadFile(fsys, indexName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return newPages(index, site)
}
