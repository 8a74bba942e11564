package api

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

const readyTimeout = 3 * time.Second

// live says that the process answers. It does not ask the database: a restart of
// this process would not bring the database back.
func (s *server) live(c *fiber.Ctx) error { return c.SendString("alive\n") }

// ready says whether requests can be served now: database, schema and key are
// usable, and the process is not shutting down.
func (s *server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		return &apperr.Error{Code: apperr.Unavailable, Cause: err}
	}
	return c.SendString("ready\n")
}

// changePasswordPage redirects password managers to the page (W3C, A Well-Known
// URL for Changing Passwords).
func (s *server) changePasswordPage(c *fiber.Ctx) error {
	return c.Redirect(s.base+"/password", fiber.StatusFound)
}
