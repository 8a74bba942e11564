package api

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

// origin is the configured public address in comparable form.
type origin struct{ scheme, host string }

func newOrigin(u *url.URL) origin {
	o := origin{scheme: strings.ToLower(u.Scheme)}
	o.host = o.withoutDefaultPort(u.Host)
	return o
}

func (o origin) withoutDefaultPort(host string) string {
	host = strings.ToLower(host)
	if o.scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// isHost takes ASCII only: the lower case of some other letters is an ASCII
// letter, and no browser sends them.
func (o origin) isHost(host string) bool {
	return isASCII(host) && o.withoutDefaultPort(host) == o.host
}

func (o origin) isOrigin(header string) bool {
	scheme, host, ok := strings.Cut(header, "://")
	return ok && isASCII(scheme) && strings.EqualFold(scheme, o.scheme) && o.isHost(host)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// requireHost refuses requests for another host, so that nobody can get or cache
// an answer under a name that the operator did not choose. Health checks use the
// IP address and are exempt.
func (s *server) requireHost(c *fiber.Ctx) error {
	if !namesOneHost(c) {
		return fiber.ErrBadRequest
	}
	if s.origin.isHost(string(c.Request().Host())) || c.Path() == pathLive || c.Path() == pathReady {
		return c.Next()
	}
	if isAPI(c.Path()) {
		refused := apperr.Of(apperr.Misdirected)
		refused.Message += " Use " + s.base + " instead."
		return refused
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Status(http.StatusMisdirectedRequest)
	return misdirected.Execute(c, map[string]string{"Brand": s.Brand.Name, "URL": s.base})
}

// namesOneHost refuses an ambiguous Host (RFC 9112 section 3.2). The parser takes
// the last of several Host lines and drops a user name in it; a proxy in front
// may have read another part.
func namesOneHost(c *fiber.Ctx) bool {
	lines := 0
	for line := range bytes.Lines(c.Request().Header.RawHeaders()) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte(fiber.HeaderHost)) {
			lines++
		}
	}
	return lines <= 1 && !bytes.ContainsRune(c.Request().Header.Host(), '@') && len(c.Request().URI().Username()) == 0
}

// misdirected is for a person who followed a wrong address. Their language is not
// known yet, so the page is in both.
var misdirected = template.Must(template.New("misdirected").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{{.Brand}}: another address</title>
<h1>{{.Brand}} has another address</h1>
<p>Please use <a href="{{.URL}}/">{{.URL}}</a>.</p>
<section lang="de">
<h2>{{.Brand}} hat eine andere Adresse</h2>
<p>Bitte verwenden Sie <a href="{{.URL}}/">{{.URL}}</a>.</p>
</section>
</html>
`))
