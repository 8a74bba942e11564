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

// Reasons why a member or the whole body is refused.
const (
	reasonMalformed = "malformed" // not one JSON object in UTF-8
	reasonUnknown   = "unknown"   // the object has a member that does not exist
	reasonDuplicate = "duplicate"
	reasonMissing   = "missing"
	reasonType      = "wrong_type"
	reasonDepth     = "too_deep"
	reasonValue     = "not_allowed" // none of the words offered, or not in this request
)

// maxDepth bounds objects and arrays inside each other, the body itself counted.
// No request needs half of it.
const maxDepth = 8

// strictBody refuses a body that is not exactly one JSON object with known
// members, each at most once and of the right type, at every depth.
// encoding/json and huma both take the last of two equal members; a proxy in
// front may have checked the first.
func (s *server) strictBody(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		body, err := io.ReadAll(ctx.BodyReader())
		if err == nil {
			err = checkBody(body, ctx.Operation().RequestBody, api.OpenAPI().Components.Schemas)
		}
		if err != nil {
			requestOf(ctx.Context()).fail(err)
			return
		}
		next(ctx)
	}
}

// checkBody checks a body against the one an operation describes; nil allows
// no members.
func checkBody(body []byte, wanted *huma.RequestBody, schemas huma.Registry) error {
	schema := &huma.Schema{Type: huma.TypeObject}
	if wanted != nil {
		schema = wanted.Content["application/json"].Schema
	}
	if len(body) == 0 {
		if wanted != nil && wanted.Required {
			return invalid(reasonMissing)
		}
		return nil
	}
	if !utf8.Valid(body) {
		return invalid(reasonMalformed)
	}
	b := &bodyReader{Decoder: json.NewDecoder(bytes.NewReader(body)), schemas: schemas}
	b.UseNumber()
	if !b.nextIs('{') {
		return invalid(reasonMalformed)
	}
	if err := b.checkObject(b.resolve(schema), nil); err != nil {
		return err
	}
	if _, err := b.Token(); !errors.Is(err, io.EOF) {
		return invalid(reasonMalformed)
	}
	return nil
}

// bodyReader reads a body token by token and compares it with its schema. A
// path holds the names and indexes that lead to a value.
type bodyReader struct {
	*json.Decoder
	schemas huma.Registry
}

func (b *bodyReader) resolve(schema *huma.Schema) *huma.Schema {
	if schema.Ref != "" {
		return b.schemas.SchemaFromRef(schema.Ref)
	}
	return schema
}

// checkObject reads an object after its opening brace. The name of an unknown
// member is not repeated in the answer: it may be a value in the wrong place.
func (b *bodyReader) checkObject(schema *huma.Schema, path []string) error {
	seen := map[string]bool{}
	for b.More() {
		token, err := b.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return invalid(reasonMalformed)
		}
		member := schema.Properties[name]
		if member == nil {
			return invalid(reasonUnknown, path...)
		}
		at := append(path, name)
		if seen[name] {
			return invalid(reasonDuplicate, at...)
		}
		seen[name] = true
		if err := b.checkValue(member, at); err != nil {
			return err
		}
	}
	if !b.nextIs('}') {
		return invalid(reasonMalformed)
	}
	for _, name := range schema.Required {
		if !seen[name] {
			return invalid(reasonMissing, append(path, name)...)
		}
	}
	return nil
}

// checkArray reads an array after its opening bracket.
func (b *bodyReader) checkArray(schema *huma.Schema, path []string) error {
	for i := 0; b.More(); i++ {
		if err := b.checkValue(schema.Items, append(path, strconv.Itoa(i))); err != nil {
			return err
		}
	}
	if !b.nextIs(']') {
		return invalid(reasonMalformed)
	}
	return nil
}

func (b *bodyReader) checkValue(schema *huma.Schema, path []string) error {
	schema = b.resolve(schema)
	token, err := b.Token()
	opens := token == json.Delim('{') && schema.Type == huma.TypeObject || token == json.Delim('[') && schema.Type == huma.TypeArray
	switch {
	case err != nil:
		return invalid(reasonMalformed)
	case opens && len(path) >= maxDepth:
		return invalid(reasonDepth, path...)
	case opens && schema.Type == huma.TypeObject:
		return b.checkObject(schema, path)
	case opens:
		return b.checkArray(schema, path)
	case !hasType(token, schema):
		return invalid(reasonType, path...)
	}
	return nil
}

// hasType covers the simple types that requests have. The decoder turns half a
// surrogate pair into the replacement character, which would make different texts
// equal.
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

func (b *bodyReader) nextIs(want json.Delim) bool {
	token, err := b.Token()
	return err == nil && token == want
}

// invalid refuses the value at a path, or the whole body.
func invalid(reason string, path ...string) error {
	return apperr.OfField(strings.Join(path, "/"), reason)
}
