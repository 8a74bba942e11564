package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

// Codes that every route can answer with, and those that every change can.
var (
	always  = codes{apperr.Misdirected, apperr.Invalid, apperr.HeadersTooLarge, apperr.Internal, apperr.NoSpace, apperr.Unavailable}
	changes = codes{apperr.CrossSite, apperr.CSRF, apperr.TooLarge, apperr.UnsupportedMedia}
)

const documentText = `The interface of the two-factor sign-in.

A browser's own page uses it with cookies. Every change (POST, PUT, PATCH, DELETE) comes from the page itself
(Sec-Fetch-Site or Origin), carries X-Requested-With: imagemaster, and is application/json. A signed-in caller
also sends X-CSRF-Token with the value of csrf in GET /api/session. A request that the page sends by itself
carries X-Background: 1 and does not count as activity.

Bodies are at most 16384 bytes, those of an import 540672. Unknown and repeated members are refused. Times are RFC 3339 in UTC with
milliseconds. Errors are problem details (RFC 9457) with a stable code.`

// newHuma returns an empty interface on an adapter. Huma's own additions are off:
// its documentation page loads scripts from another site, and its links add a
// member to every answer.
func newHuma(a huma.Adapter) huma.API {
	useProblems()
	config := huma.DefaultConfig("Two-factor sign-in", "1")
	config.Info.Description = documentText
	config.OpenAPIPath = ""
	config.DocsPath = ""
	config.SchemasPath = ""
	config.CreateHooks = nil
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session":   {Type: "apiKey", In: "cookie", Name: "__Host-im_session", Description: "The session. On loopback http the name is im_session."},
		"pending":   {Type: "apiKey", In: "cookie", Name: "__Host-im_pending", Description: "A sign-in that still owes its second factor. On loopback http the name is im_pending."},
		"requested": {Type: "apiKey", In: "header", Name: headerRequested, Description: "Always imagemaster. No form can send it, and another site only if this server allowed it."},
		"csrf":      {Type: "apiKey", In: "header", Name: headerCSRF, Description: "The csrf of GET /api/session."},
	}
	return huma.NewAPI(config, a)
}

// describe documents who may call an operation and every error it can answer with.
func describe(op *huma.Operation, g guard, more codes) {
	change := op.Method != http.MethodGet
	need := map[string][]string{}
	all := slices.Concat(more, g.codes(), always)
	switch g {
	case pendingSignIn:
		need["pending"] = []string{}
	case signedIn:
		need["session"] = []string{}
	}
	if change {
		all = append(all, changes...)
		need["requested"] = []string{}
		if g == signedIn {
			need["csrf"] = []string{}
		}
	}
	op.Security = []map[string][]string{} // open to anybody, which the document says
	if len(need) > 0 {
		op.Security = append(op.Security, need)
	}
	op.Responses = responses(all)
}

// responses groups codes by their status.
func responses(all codes) map[string]*huma.Response {
	byStatus := map[int]codes{}
	for _, code := range all {
		of, _ := code.Meaning()
		if !slices.Contains(byStatus[of.Status], code) {
			byStatus[of.Status] = append(byStatus[of.Status], code)
		}
	}
	answers := map[string]*huma.Response{}
	for status, list := range byStatus {
		answers[strconv.Itoa(status)] = &huma.Response{
			Description: sentences(list),
			Headers:     retryHeader(status),
			Content: map[string]*huma.MediaType{
				problemJSON: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
			},
		}
	}
	return answers
}

func sentences(list codes) string {
	var lines []string
	for _, code := range slices.Sorted(slices.Values(list)) {
		of, _ := code.Meaning()
		lines = append(lines, fmt.Sprintf("%s: %s.", code, of.Title))
	}
	return strings.Join(lines, "\n")
}

func retryHeader(status int) map[string]*huma.Param {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return nil
	}
	return map[string]*huma.Param{fiber.HeaderRetryAfter: {
		Description: "Whole seconds to wait.",
		Schema:      &huma.Schema{Type: huma.TypeInteger},
	}}
}

// orNull is an object that may be null. Huma itself describes only simple values
// as nullable.
type orNull[T any] struct{ value *T }

// Schema implements huma.SchemaProvider.
func (orNull[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}

// MarshalJSON implements json.Marshaler.
func (n orNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// Document returns the OpenAPI 3.1 document of the interface.
func Document() ([]byte, error) {
	s := &server{}
	api := newHuma(adapter{fiber.New()})
	s.register(api)
	return encodeDocument(api.OpenAPI())
}

func encodeDocument(document *huma.OpenAPI) ([]byte, error) {
	compact, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("indent the OpenAPI document: %w", err)
	}
	text.WriteByte('\n')
	return text.Bytes(), nil
}

func (s *server) serveDocument(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(s.document)
}

// problemPage is the page that the type of a problem links to.
func (s *server) problemPage(c *fiber.Ctx) error {
	code := apperr.Code(c.Params("code"))
	of, known := code.Meaning()
	if !known {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString(fmt.Sprintf("%s (%d)\n%s.\n", code, of.Status, of.Title))
}
