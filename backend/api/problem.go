package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

// Codes of requests that never became one.
const (
	codeBadRequest apperr.Code = "bad_request"     // 400 not HTTP as it should be
	codeTimeout    apperr.Code = "request_timeout" // 408 the request did not arrive in time
)

// retryAfter is what a busy server asks for when the cause gives no time.
const retryAfter = 5 * time.Second

// kind is what is always the same about a code.
type kind struct {
	status int
	title  string
}

// kinds says the status and the title of every code (RFC 9457 section 3.1).
var kinds = map[apperr.Code]kind{
	codeBadRequest:            {400, "The request cannot be read"},
	apperr.CredentialsWrong:   {401, "The user name or password is not right"},
	apperr.PasswordWrong:      {401, "The password is not right"},
	apperr.CodeWrong:          {401, "The code is not right"},
	apperr.CodeUsed:           {401, "The code has been used already"},
	apperr.CodeReplaced:       {401, "The backup code is from an older set"},
	apperr.SignedOut:          {401, "Nobody is signed in"},
	apperr.PendingEnded:       {401, "The sign-in has ended"},
	apperr.SetupTokenWrong:    {401, "The set-up link is not right or too old"},
	apperr.StepUpOwed:         {403, "A factor has to be given again"},
	apperr.SecondFactorOwed:   {403, "The second factor is owed"},
	apperr.SetUpOwed:          {403, "Two-factor authentication has to be set up first"},
	apperr.PasswordChangeOwed: {403, "The password has to be changed first"},
	apperr.CrossSite:          {403, "Not sent by this server's own pages"},
	apperr.CSRF:               {403, "The page does not belong to the current session"},
	apperr.NotFound:           {404, "Not found"},
	apperr.MethodNotAllowed:   {405, "The method is not allowed here"},
	codeTimeout:               {408, "The request took too long to arrive"},
	apperr.WrongState:         {409, "The page is out of date"},
	apperr.PendingKeyEnded:    {409, "The key offered for set-up has ended"},
	apperr.KeyDead:            {409, "The key is blocked after too many wrong codes"},
	apperr.KeyUnreadable:      {409, "The stored key cannot be read"},
	apperr.CodeStopped:        {409, "No more tries of this kind from this browser"},
	apperr.ClockChanged:       {409, "The server's clock was changed"},
	apperr.AddressCodeEnded:   {409, "The code for the address has ended"},
	apperr.TwoFactorRequired:  {409, "Two-factor authentication is required here"},
	apperr.SetupClosed:        {409, "The first administrator exists"},
	apperr.TooLarge:           {413, "The request is too large"},
	apperr.UnsupportedMedia:   {415, "The content is not JSON"},
	apperr.Misdirected:        {421, "Another server's address"},
	apperr.Invalid:            {422, "The input is not valid"},
	apperr.CodeWait:           {429, "Wait before the next code"},
	apperr.MailWait:           {429, "Wait before the next mail"},
	apperr.SignInWait:         {429, "Wait before the next password"},
	apperr.HeadersTooLarge:    {431, "The headers are too large"},
	apperr.Internal:           {500, "Something went wrong on the server"},
	apperr.Busy:               {503, "The server is busy"},
	apperr.Unavailable:        {503, "The server is not ready"},
}

// Problem is the answer to every request that fails (RFC 9457).
type Problem struct {
	Type        string         `json:"type" format:"uri" doc:"Absolute address of a description of this kind of problem; its last part is the code."`
	Title       string         `json:"title" doc:"What kind of problem it is, always the same for a code."`
	Status      int            `json:"status" doc:"The HTTP status."`
	Detail      string         `json:"detail" doc:"What happened and what to do, in English, for people; not for programs."`
	Code        apperr.Code    `json:"code" doc:"The kind of problem, stable: branch on this."`
	TriesLeft   *int           `json:"tries_left,omitempty" doc:"How many tries are left before a wait."`
	WaitSeconds *int64         `json:"wait_seconds,omitempty" doc:"Whole seconds until the next try."`
	Need        []apperr.Need  `json:"need,omitempty" nullable:"false" enum:"password,code" doc:"What a step-up still has to give."`
	Errors      []FieldProblem `json:"errors,omitempty" nullable:"false" doc:"Which members of the request are refused, and why."`
	RequestID   string         `json:"request_id" doc:"Names this request in the server's log."`

	facts map[string]any
}

// FieldProblem is one refused member.
type FieldProblem struct {
	Pointer string `json:"pointer" doc:"JSON Pointer to the member, as a URI fragment; # is the whole body." example:"#/code"`
	Reason  string `json:"reason" doc:"Why, as a stable word: malformed, unknown, duplicate, missing, wrong_type, or one of the member's own." example:"malformed"`
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	headers := http.Header{}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		wait := seconds(retryAfter)
		if p.WaitSeconds != nil {
			wait = *p.WaitSeconds
		}
		headers.Set(fiber.HeaderRetryAfter, strconv.FormatInt(wait, 10))
	}
	return headers
}

// MarshalJSON adds the facts of the error as further members.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	body, err := json.Marshal((*plain)(p))
	if err != nil || len(p.facts) == 0 {
		return body, err
	}
	facts, err := json.Marshal(p.facts)
	if err != nil {
		return nil, err
	}
	return append(append(body[:len(body)-1], ','), facts[1:]...), nil
}

// TransformSchema lists the codes and the facts that some of them add.
func (*Problem) TransformSchema(_ huma.Registry, schema *huma.Schema) *huma.Schema {
	for _, code := range slices.Sorted(maps.Keys(kinds)) {
		schema.Properties["code"].Enum = append(schema.Properties["code"].Enum, string(code))
	}
	schema.Properties["clock_offset_seconds"] = &huma.Schema{
		Type:        huma.TypeInteger,
		Format:      "int64",
		Description: "How far the phone's clock seems to be off, in seconds; negative = slow. Told only where it gives nothing away.",
	}
	schema.AdditionalProperties = true
	return schema
}

// problem is the one place where an error becomes an answer. Only an
// *apperr.Error may be told; everything else is logged here, once, and told as
// "internal" or "unavailable".
func (s *server) problem(r *request, err error) *Problem {
	var told *apperr.Error
	switch {
	case errors.As(err, &told):
	case errors.Is(err, context.DeadlineExceeded):
		told = &apperr.Error{Code: apperr.Unavailable, Message: "That took too long. Try again in a moment.", Cause: err}
	default:
		told = &apperr.Error{Code: apperr.Internal, Cause: err}
	}
	s.logProblem(r, told)
	return s.describe(r, told)
}

func (s *server) logProblem(r *request, e *apperr.Error) {
	if e.Cause == nil {
		return
	}
	s.Log.Error("request failed", "request_id", r.id, "code", string(e.Code), "error", e.Cause.Error())
}

func (s *server) describe(r *request, e *apperr.Error) *Problem {
	of, known := kinds[e.Code]
	if !known {
		e, of = &apperr.Error{Code: apperr.Internal}, kinds[apperr.Internal]
	}
	p := &Problem{
		Type:      s.base + pathProblems + string(e.Code),
		Title:     of.title,
		Status:    of.status,
		Detail:    e.Message,
		Code:      e.Code,
		TriesLeft: e.TriesLeft,
		Need:      e.Need,
		RequestID: r.id,
		facts:     e.Facts,
	}
	if p.Detail == "" {
		p.Detail = of.title + "."
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

func seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }

func pointer(member string) string {
	if member == "" {
		return "#"
	}
	return "#/" + member
}

// handleError answers what no route answered: errors of the middleware, of
// Fiber and of the HTTP parser, which all come without a body of ours.
func (s *server) handleError(c *fiber.Ctx, err error) error {
	r := s.open(c)
	var fault *fiber.Error
	if errors.As(err, &fault) {
		err = apperr.New(codeFor(fault.Code), "")
	}
	p := s.problem(r, err)
	if p.Code == apperr.MethodNotAllowed {
		c.Set(fiber.HeaderAllow, strings.Join(s.routes.allowed(c.Path()), ", "))
	}
	for name, values := range p.GetHeaders() {
		c.Set(name, values[0])
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, p.ContentType(""))
	return c.Status(p.Status).Send(body)
}

// codeFor translates a status that Fiber or the HTTP parser chose.
func codeFor(status int) apperr.Code {
	switch status {
	case http.StatusNotFound:
		return apperr.NotFound
	case http.StatusMethodNotAllowed:
		return apperr.MethodNotAllowed
	case http.StatusRequestTimeout:
		return codeTimeout
	case http.StatusRequestEntityTooLarge:
		return apperr.TooLarge
	case http.StatusRequestHeaderFieldsTooLarge:
		return apperr.HeadersTooLarge
	case http.StatusInternalServerError:
		return apperr.Internal
	default:
		return codeBadRequest
	}
}

// useProblems makes huma answer with Problem. Its own error would repeat the
// rejected input, passwords too. The hooks are variables of huma's package and
// hold for the whole process, so what belongs to one server is found through
// the request.
var useProblems = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
		return &Problem{Status: status}
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		r := requestOf(ctx.Context())
		p := r.server.problem(r, refusal(status, errs))
		for name, values := range p.GetHeaders() {
			ctx.SetHeader(name, values[0])
		}
		return p
	}
})

// refusal says in our words why huma does not take a request.
func refusal(status int, errs []error) error {
	for _, err := range errs {
		var told *apperr.Error
		if errors.As(err, &told) {
			return told
		}
		var detail *huma.ErrorDetail
		if !errors.As(err, &detail) {
			continue
		}
		if strings.HasPrefix(detail.Location, "path.") {
			return apperr.New(apperr.NotFound, "")
		}
		// Members and types were checked before; what is left is the value.
		if member, ok := strings.CutPrefix(detail.Location, "body."); ok {
			return invalidBody(member, reasonValue)
		}
	}
	if status >= http.StatusInternalServerError {
		return errors.New("huma could not handle the request") // its own text may repeat the input
	}
	return apperr.InvalidField("", reasonMalformed, "The request is not as the interface describes it.")
}
