package api

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

const readyTimeout = 3 * time.Second

// live says that the process answers; it depends on nothing else, so that a
// database that is away does not get the process restarted.
func (s *server) live(c *fiber.Ctx) error { return c.SendString("alive\n") }

// ready says whether requests can be served now: database, schema and key, and
// no shutdown under way.
func (s *server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		return &apperr.Error{Code: apperr.Unavailable, Cause: err}
	}
	return c.SendString("ready\n")
}

// changePasswordPage leads password managers to the page (W3C, A Well-Known
// URL for Changing Passwords).
func (s *server) changePasswordPage(c *fiber.Ctx) error {
	return c.Redirect(s.base+"/password", fiber.StatusFound)
}
