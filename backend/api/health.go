package api

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
	"imagemaster/backend/health"
)

// live says that the process answers. It does not ask the database: a restart of
// this process would not bring the database back.
func (s *server) live(c *fiber.Ctx) error { return c.SendString("alive\n") }

// ready says whether requests should be sent here, from memory. If not, the
// answer names the check that failed and nothing else. The log has told the cause
// when it began.
func (s *server) ready(c *fiber.Ctx) error {
	err := s.Ready()
	if err == nil {
		return c.SendString("ready\n")
	}
	unavailable := apperr.Of(apperr.Unavailable)
	var failure *health.Failure
	if errors.As(err, &failure) {
		unavailable.Facts = map[string]any{"check": failure.Check}
	}
	return unavailable
}
