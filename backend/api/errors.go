package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/metrics"
)

const problemJSON = "application/problem+json"

// retryAfter is the wait that a 503 names when its cause gives none.
const retryAfter = 5 * time.Second

// answerError is the only function that answers with a problem: it writes the
// status, the headers and the body. Two pages are written elsewhere: that of
// requireHost, and that of a front end that is not built. All others only return an
// error, which arrives here in one of these ways:
//   - Middleware and routes outside huma return it to begin.
//   - A guard, the check of a body, a use case and huma's own validation put it
//     into request.failure, which the adapter returns to begin.
//   - Fiber calls it for a request that the HTTP parser refused, and
//     refuseBeforeFiber for what Fiber must not see.
func (s *server) answerError(c *fiber.Ctx, err error) error {
	early := !requestOf(c.UserContext()).opened // begin has not seen it
	r := s.open(c)
	e := published(err)
	if e.Cause != nil {
		s.logFailure(r, "request failed", e)
	}
	p := s.newProblem(r, e)
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		wait := seconds(retryAfter)
		if p.WaitSeconds != nil {
			wait = *p.WaitSeconds
		}
		c.Set(fiber.HeaderRetryAfter, strconv.FormatInt(wait, 10))
	}
	if p.Status == http.StatusMethodNotAllowed {
		c.Set(fiber.HeaderAllow, strings.Join(s.routes.allowed(c.Path()), ", "))
	}
	if early {
		metrics.Refused(p.Status)
		r.log.Debug("request refused", "code", string(p.Code), "status", p.Status)
	}
	c.Set(fiber.HeaderContentType, problemJSON)
	return c.Status(p.Status).Send(body)
}

// newProblem describes an error whose code has a meaning.
func (s *server) newProblem(r *request, e *apperr.Error) *Problem {
	of, _ := e.Code.Meaning()
	p := &Problem{
		Type:      s.base + pathProblems + string(e.Code),
		Title:     of.Title,
		Status:    of.Status,
		Detail:    e.Sentence(),
		Code:      e.Code,
		TriesLeft: e.TriesLeft,
		Need:      e.Need,
		RequestID: r.id,
		facts:     e.Facts,
	}
	if e.Wait > 0 {
		wait := seconds(e.Wait)
		p.WaitSeconds = &wait
	}
	for _, field := range e.Fields {
		p.Errors = append(p.Errors, FieldProblem{Pointer: pointer(field.Name), Reason: field.Reason})
	}
	return p
}

// pointer needs no escapes: the names are those of our own schemas.
func pointer(member string) string {
	if member == "" {
		return "#"
	}
	return "#/" + member
}

// logFailure writes the cause of an error. While the database is away or its disk is
// full, which the check of readiness tells of, requests could fill the disk with
// lines: of such failures one in a second is told.
func (s *server) logFailure(r *request, text string, e *apperr.Error) {
	level := slog.LevelError
	if e.Code == apperr.Unavailable || e.Code == apperr.NoSpace {
		now := time.Now().Unix()
		if s.failureTold.Swap(now) == now {
			level = slog.LevelDebug
		}
	}
	r.log.Log(context.Background(), level, text, "code", string(e.Code), "error", e.Cause.Error())
}

// published turns any error into one that a client may see. Another error than
// an *apperr.Error becomes a cause, which only the log shows.
func published(err error) *apperr.Error {
	var known *apperr.Error
	if errors.As(err, &known) {
		if _, ok := known.Code.Meaning(); ok {
			return known
		}
	}
	var fault *fiber.Error
	switch {
	case errors.As(err, &fault):
		return apperr.Of(codeFor(fault.Code))
	case errors.Is(err, database.ErrUnknownOutcome):
		return &apperr.Error{Code: apperr.Internal, Cause: err}
	case database.IsFull(err):
		return &apperr.Error{Code: apperr.NoSpace, Cause: err}
	case errors.Is(err, context.DeadlineExceeded) || database.IsUnavailable(err):
		return &apperr.Error{Code: apperr.Unavailable, Cause: err}
	default:
		return &apperr.Error{Code: apperr.Internal, Cause: err}
	}
}

// codeFor translates a status that Fiber or the HTTP parser chose.
func codeFor(status int) apperr.Code {
	switch status {
	case http.StatusNotFound:
		return apperr.NotFound
	case http.StatusMethodNotAllowed:
		return apperr.MethodNotAllowed
	case http.StatusRequestTimeout:
		return apperr.RequestTimeout
	case http.StatusRequestEntityTooLarge:
		return apperr.TooLarge
	case http.StatusRequestHeaderFieldsTooLarge:
		return apperr.HeadersTooLarge
	case http.StatusInternalServerError:
		return apperr.Internal
	default:
		return apperr.BadRequest
	}
}

// fail keeps an error for answerError. What it returns makes huma stop; huma
// writes it as an answer of its own, which answerError replaces.
func (r *request) fail(err error) *Problem {
	r.failure = err
	return &Problem{Status: http.StatusInternalServerError}
}

// useProblems replaces huma's errors: their text repeats the rejected input,
// passwords too. The hooks are variables of huma's package and hold for
// the whole process, so the server is found through the request.
var useProblems = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	// Only the schema of the document is made from it.
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
		return &Problem{Status: status}
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return requestOf(ctx.Context()).fail(refusal(status, errs))
	}
})

// refusal translates huma's reasons for refusing a request.
func refusal(status int, errs []error) error {
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			continue
		}
		if strings.HasPrefix(detail.Location, "path.") {
			return apperr.Of(apperr.NotFound)
		}
		// checkBody has checked names and types; what is left is the value.
		if member, ok := strings.CutPrefix(detail.Location, "body."); ok {
			return apperr.OfField(bodyPath.Replace(member), reasonValue)
		}
	}
	if status >= http.StatusInternalServerError {
		return errors.New("huma could not handle the request") // its own text may repeat the input
	}
	return apperr.OfField("", reasonMalformed)
}

// bodyPath writes huma's phones[1].name as phones/1/name.
var bodyPath = strings.NewReplacer("[", "/", "]", "", ".", "/")
