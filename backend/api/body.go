package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"imagemaster/backend/apperr"
)

// Reasons a member or the whole body is refused for.
const (
	reasonMalformed = "malformed" // not one JSON object in UTF-8
	reasonUnknown   = "unknown"   // a member that does not exist
	reasonDuplicate = "duplicate"
	reasonMissing   = "missing"
	reasonType      = "wrong_type"
	reasonValue     = "not_allowed" // none of the words offered, or not in this request
)

// strictBody refuses a body that is not exactly one JSON object with known
// members, each at most once and of the right type. encoding/json and huma
// both take the last of two equal members and match names whatever their case,
// so a proxy in front could have judged another value than the one used here.
func (s *server) strictBody(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		body, err := io.ReadAll(ctx.BodyReader())
		if err == nil {
			err = checkBody(body, bodySchema(api, ctx.Operation()), bodyRequired(ctx.Operation()))
		}
		if err != nil {
			requestOf(ctx.Context()).fail(err)
			return
		}
		next(ctx)
	}
}

// bodySchema returns the schema of an operation's body, nil when it has none.
func bodySchema(api huma.API, op *huma.Operation) *huma.Schema {
	if op.RequestBody == nil {
		return nil
	}
	schema := op.RequestBody.Content["application/json"].Schema
	if schema.Ref != "" {
		schema = api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	return schema
}

func bodyRequired(op *huma.Operation) bool {
	return op.RequestBody != nil && op.RequestBody.Required
}

// checkBody checks a body against the flat object schema describes; a nil
// schema allows no members.
func checkBody(body []byte, schema *huma.Schema, required bool) error {
	if schema == nil {
		schema = &huma.Schema{}
	}
	if len(body) == 0 {
		if required {
			return invalid(reasonMissing)
		}
		return nil
	}
	if !utf8.Valid(body) {
		return invalid(reasonMalformed)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	seen := map[string]bool{}
	if !nextIs(dec, json.Delim('{')) {
		return invalid(reasonMalformed)
	}
	for dec.More() {
		if err := checkMember(dec, schema, seen); err != nil {
			return err
		}
	}
	if !nextIs(dec, json.Delim('}')) || !atEnd(dec) {
		return invalid(reasonMalformed)
	}
	for _, name := range schema.Required {
		if !seen[name] {
			return invalid(reasonMissing, name)
		}
	}
	return nil
}

// checkMember reads one member. The name of an unknown one is not repeated in
// the answer: it may be a value that slipped.
func checkMember(dec *json.Decoder, schema *huma.Schema, seen map[string]bool) error {
	token, err := dec.Token()
	name, isName := token.(string)
	if err != nil || !isName {
		return invalid(reasonMalformed)
	}
	member := schema.Properties[name]
	if member == nil {
		return invalid(reasonUnknown)
	}
	if seen[name] {
		return invalid(reasonDuplicate, name)
	}
	seen[name] = true
	value, err := dec.Token()
	if err != nil {
		return invalid(reasonMalformed)
	}
	if !hasType(value, member) {
		return invalid(reasonType, name)
	}
	return nil
}

// hasType covers the types request members have. The replacement character
// stands where half a surrogate pair was sent: two texts would become one.
func hasType(value json.Token, member *huma.Schema) bool {
	switch v := value.(type) {
	case string:
		return member.Type == huma.TypeString && !strings.ContainsRune(v, utf8.RuneError)
	case bool:
		return member.Type == huma.TypeBoolean
	case json.Number:
		_, err := strconv.ParseInt(v.String(), 10, 64)
		return err == nil && member.Type == huma.TypeInteger
	case nil:
		return member.Nullable
	default:
		return false
	}
}

func nextIs(dec *json.Decoder, want json.Delim) bool {
	token, err := dec.Token()
	return err == nil && token == want
}

func atEnd(dec *json.Decoder) bool {
	_, err := dec.Token()
	return errors.Is(err, io.EOF)
}

// invalid refuses the value at a path, or the whole body.
func invalid(reason string, path ...string) error {
	return apperr.OfField(strings.Join(path, "/"), reason)
}
