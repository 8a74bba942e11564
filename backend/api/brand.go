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

// address is the path of the picture; nil = the pages show the built-in one.
func (l logo) address() *string {
	if l.bytes == nil {
		return nil
	}
	path := pathLogo
	return &path
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
