package api

import (
	"mime"
	"net/http"
	"strings"

	"imagemaster/backend/apperr"

	"github.com/gofiber/fiber/v2"
)

// requireOwnPage refuses a change that our own page did not send: one from
// another site or a sibling subdomain, from a form, or without the fixed header
// that no form can set. It also protects the sign-in, where no session exists
// yet (login CSRF).
func (s *server) requireOwnPage(c *fiber.Ctx) error {
	if isSafe(c.Method()) {
		return c.Next()
	}
	if !s.isSameOrigin(c) || c.Get(headerRequested) != requestedValue {
		return apperr.Of(apperr.CrossSite)
	}
	if !isJSON(c) {
		return apperr.Of(apperr.UnsupportedMedia)
	}
	return c.Next()
}

// isSameOrigin demands at least one header that names the sender's origin, and
// that each one sent names ours.
func (s *server) isSameOrigin(c *fiber.Ctx) bool {
	sent := c.Get(fiber.HeaderOrigin)
	if sent != "" && !s.origin.isOrigin(sent) {
		return false
	}
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return sent != ""
	default:
		return false
	}
}

// isJSON says whether the body is declared as JSON in UTF-8 without a content
// coding. A DELETE may have neither body nor type.
func isJSON(c *fiber.Ctx) bool {
	sent := c.Get(fiber.HeaderContentType)
	if c.Method() == http.MethodDelete && len(c.Request().Body()) == 0 && sent == "" {
		return true
	}
	kind, params, err := mime.ParseMediaType(sent)
	if err != nil || kind != fiber.MIMEApplicationJSON || c.Get(fiber.HeaderContentEncoding) != "" {
		return false
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}

// isSafe says whether a method changes nothing (RFC 9110 section 9.2.1).
func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead
}
