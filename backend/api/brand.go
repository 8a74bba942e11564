package api

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/gofiber/fiber/v2"
)

// logo is the operator's picture, for <img> only. When it is opened by itself,
// the policy prevents that an SVG runs or loads anything.
type logo struct {
	bytes []byte
	kind  string
	etag  string
}

func newLogo(b Brand) logo {
	if len(b.Logo) == 0 {
		return logo{}
	}
	sum := sha256.Sum256(b.Logo)
	return logo{bytes: b.Logo, kind: b.LogoType, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// LogoPath is the path of the picture; "" = the pages show the built-in one.
func (b Brand) LogoPath() string {
	if len(b.Logo) == 0 {
		return ""
	}
	return pathLogo
}

func viewBrand(b Brand) BrandView {
	view := BrandView{Name: b.Name}
	if path := b.LogoPath(); path != "" {
		view.Logo = &path
	}
	return view
}

func (s *server) serveLogo(c *fiber.Ctx) error {
	if s.logo.bytes == nil {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderETag, s.logo.etag)
	if c.Get(fiber.HeaderIfNoneMatch) == s.logo.etag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, s.logo.kind)
	return c.Send(s.logo.bytes)
}

// changePasswordPage redirects password managers to the page (W3C, A Well-Known
// URL for Changing Passwords). It has a body, so that HEAD tells a length as well.
func (s *server) changePasswordPage(c *fiber.Ctx) error {
	page := s.base + "/password"
	c.Location(page)
	return c.Status(fiber.StatusFound).SendString(page + "\n")
}
