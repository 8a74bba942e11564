package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

// TestErrorsBecomeProblems returns every kind of error from a handler.
func TestErrorsBecomeProblems(t *testing.T) {
	const inner = "the-database-says-this"
	var fault error
	w := sqlite(t, func(d *Deps) { d.Web = func(*fiber.Ctx) error { return fault } })
	left := 2
	for _, c := range []struct {
		name       string
		err        error
		status     int
		code       apperr.Code
		retryAfter string
		logged     bool
	}{
		{"known", apperr.Of(apperr.WrongState), 409, "wrong_state", "", false},
		{"known and wrapped", fmt.Errorf("read: %w", apperr.Of(apperr.NotFound)), 404, "not_found", "", false},
		{"known with a cause", &apperr.Error{Code: apperr.KeyUnreadable, Cause: errors.New(inner)}, 409, "key_unreadable", "", true},
		{"a wait", &apperr.Error{Code: apperr.CodeWait, Wait: 1500 * time.Millisecond, TriesLeft: &left}, 429, "code_wait", "2", false},
		{"a wrong code with a wait", &apperr.Error{Code: apperr.CodeWrong, Wait: time.Minute}, 401, "code_wrong", "", false},
		{"busy without a time", apperr.Of(apperr.Busy), 503, "busy", "5", false},
		{"busy for a time", &apperr.Error{Code: apperr.Busy, Wait: 7 * time.Second}, 503, "busy", "7", false},
		{"of Fiber", fiber.ErrRequestEntityTooLarge, 413, "too_large", "", false},
		{"of Fiber, with a text", fiber.NewError(404, inner), 404, "not_found", "", false},
		{"of Fiber, without a code of ours", fiber.ErrTeapot, 400, "bad_request", "", false},
		{"a missed deadline", fmt.Errorf("%s: %w", inner, context.DeadlineExceeded), 503, "unavailable", "5", true},
		{"any other", errors.New(inner), 500, "internal", "", true},
		{"a code without a meaning", &apperr.Error{Code: "invented", Cause: errors.New(inner)}, 500, "internal", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			fault = c.err
			w.logs.reset()
			a := w.browser().refused(c.status, string(c.code), http.MethodGet, "/two-factor", "")
			of, _ := c.code.Meaning()
			if a.json["title"] != of.Title || a.json["detail"] != of.Sentence {
				t.Errorf("title %v, detail %v", a.json["title"], a.json["detail"])
			}
			if got := a.header.Get("Retry-After"); got != c.retryAfter {
				t.Errorf("Retry-After %q, want %q", got, c.retryAfter)
			}
			if strings.Contains(a.body, inner) {
				t.Errorf("the cause is told: %s", a.body)
			}
			if got := strings.Contains(w.logs.String(), inner); got != c.logged {
				t.Errorf("in the log: %v, want %v: %s", got, c.logged, w.logs)
			}
		})
	}
}

// TestFactsInProblems: the facts of an error are members of the answer.
func TestFactsInProblems(t *testing.T) {
	left := 3
	w := sqlite(t, func(d *Deps) {
		d.Web = func(*fiber.Ctx) error {
			return &apperr.Error{Code: apperr.CodeWrong, Message: "Other words.", Wait: time.Minute, TriesLeft: &left,
				Need: []apperr.Need{apperr.NeedCode}, Facts: map[string]any{"clock_offset_seconds": -240}}
		}
	})
	a := w.browser().refused(401, "code_wrong", http.MethodGet, "/two-factor", "")
	if a.json["detail"] != "Other words." || a.json["tries_left"] != 3.0 || a.json["wait_seconds"] != 60.0 ||
		a.json["clock_offset_seconds"] != -240.0 || fmt.Sprint(a.json["need"]) != "[code]" {
		t.Error(a.body)
	}
	plain := sqlite(t).browser().refused(404, "not_found", http.MethodGet, "/api/unknown", "")
	for _, absent := range []string{"tries_left", "wait_seconds", "need", "errors", "clock_offset_seconds"} {
		if _, there := plain.json[absent]; there {
			t.Errorf("%s is there: %s", absent, plain.body)
		}
	}
}
