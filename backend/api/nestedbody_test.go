package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

// nestedRequest is a body of objects and arrays inside each other. No route has
// it.
type nestedRequest struct {
	Name   string        `json:"name"`
	Owner  nestedOwner   `json:"owner"`
	Tags   []string      `json:"tags,omitempty" nullable:"false"`
	Phones []nestedPhone `json:"phones,omitempty" nullable:"false"`
	Grid   [][]int64     `json:"grid,omitempty" nullable:"false"`
}

type nestedOwner struct {
	Login string      `json:"login"`
	Place nestedPlace `json:"place,omitzero"`
}

type nestedPlace struct {
	City *string `json:"city,omitempty"`
}

type nestedPhone struct {
	Number string `json:"number"`
	Kind   string `json:"kind,omitempty" enum:"home,work"`
	Main   bool   `json:"main,omitempty"`
}

// nestedRoute serves one operation with that body, registered like every other.
func nestedRoute(t *testing.T) *browser {
	t.Helper()
	w := sqlite(t)
	s, err := newServer(w.deps)
	if err != nil {
		t.Fatal(err)
	}
	w.app = fiber.New(fiber.Config{ErrorHandler: s.answerError, BodyLimit: maxBody})
	w.app.Use(s.begin, s.resolve)
	add(s, newHuma(adapter{w.app}), anyone, http.MethodPost, "/nested", "nested", "Take a nested body",
		func(context.Context, *body[nestedRequest]) (*none, error) { return nil, nil }, nil)
	return w.browser()
}

func TestNestedBodies(t *testing.T) {
	b := nestedRoute(t)
	const canary = "canary-in-a-body"
	const start = `{"name":"n","owner":{"login":"ada"}`
	for _, c := range []struct{ name, body, pointer, reason string }{
		{"an unknown member inside", `{"name":"n","owner":{"login":"ada","` + canary + `":1}}`, "#/owner", "unknown"},
		{"an unknown member two levels inside", `{"name":"n","owner":{"login":"ada","place":{"` + canary + `":1}}}`, "#/owner/place", "unknown"},
		{"an unknown member in a list", start + `,"phones":[{"number":"1"},{"number":"2","` + canary + `":1}]}`, "#/phones/1", "unknown"},
		{"a member of the outer object inside", `{"name":"n","owner":{"login":"ada","name":"` + canary + `"}}`, "#/owner", "unknown"},
		{"a member of the inner object outside", start + `,"login":"` + canary + `"}`, "#", "unknown"},
		{"other case inside", `{"name":"n","owner":{"Login":"` + canary + `"}}`, "#/owner", "unknown"},
		{"twice inside", `{"name":"n","owner":{"login":"a","login":"` + canary + `"}}`, "#/owner/login", "duplicate"},
		{"twice inside, once escaped", `{"name":"n","owner":{"login":"a","l\u006fgin":"` + canary + `"}}`, "#/owner/login", "duplicate"},
		{"twice in a list", start + `,"phones":[{"number":"1","main":true,"main":false}]}`, "#/phones/0/main", "duplicate"},
		{"an object twice", start + `,"owner":{"login":"` + canary + `"}}`, "#/owner", "duplicate"},
		{"a list twice", start + `,"tags":[],"tags":["` + canary + `"]}`, "#/tags", "duplicate"},
		{"missing inside", `{"name":"n","owner":{}}`, "#/owner/login", "missing"},
		{"missing in a list", start + `,"phones":[{"number":"1"},{"kind":"home"}]}`, "#/phones/1/number", "missing"},
		{"the object is missing", `{"name":"n"}`, "#/owner", "missing"},
		{"a text instead of an object", `{"name":"n","owner":"` + canary + `"}`, "#/owner", "wrong_type"},
		{"a list instead of an object", `{"name":"n","owner":[{"login":"ada"}]}`, "#/owner", "wrong_type"},
		{"null instead of an object", `{"name":"n","owner":null}`, "#/owner", "wrong_type"},
		{"an object instead of a list", start + `,"tags":{"0":"` + canary + `"}}`, "#/tags", "wrong_type"},
		{"an object instead of a text", start + `,"tags":["a",{"b":"` + canary + `"}]}`, "#/tags/1", "wrong_type"},
		{"a list instead of a text", start + `,"tags":["a",["` + canary + `"]]}`, "#/tags/1", "wrong_type"},
		{"a number in a list of texts", start + `,"tags":["a","b",3]}`, "#/tags/2", "wrong_type"},
		{"null in a list of texts", start + `,"tags":[null]}`, "#/tags/0", "wrong_type"},
		{"null instead of a list", start + `,"tags":null}`, "#/tags", "wrong_type"},
		{"a text in a list of objects", start + `,"phones":["` + canary + `"]}`, "#/phones/0", "wrong_type"},
		{"a text instead of a boolean", start + `,"phones":[{"number":"1","main":"` + canary + `"}]}`, "#/phones/0/main", "wrong_type"},
		{"half a number in a list of lists", start + `,"grid":[[1,2],[3,4.5]]}`, "#/grid/1/1", "wrong_type"},
		{"a number instead of a list", start + `,"grid":[[1,2],3]}`, "#/grid/1", "wrong_type"},
		{"one list too many", start + `,"grid":[[[1]]]}`, "#/grid/0/0", "wrong_type"},
		{"half a surrogate pair inside", `{"name":"n","owner":{"login":"\ud800"}}`, "#/owner/login", "wrong_type"},
		{"a word that is not offered", start + `,"phones":[{"number":"1"},{"number":"2","kind":"` + canary + `"}]}`, "#/phones/1/kind", "not_allowed"},
		{"an object that does not end", `{"name":"n","owner":{"login":"ada"`, "#", "malformed"},
		{"a list that does not end", start + `,"tags":["a"`, "#", "malformed"},
		{"a list that ends as an object", start + `,"tags":["a"}}`, "#", "malformed"},
		{"an object that ends as a list", `{"name":"n","owner":{"login":"ada"]}`, "#", "malformed"},
		{"a comma too many in a list", start + `,"tags":["a",]}`, "#", "malformed"},
		{"a comma too few in a list", start + `,"tags":["a" "b"]}`, "#", "malformed"},
		{"a name without a value", `{"name":"n","owner":{"login"}}`, "#", "malformed"},
		{"a name that is a number", `{"name":"n","owner":{1:"` + canary + `"}}`, "#", "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := b.refused(422, "invalid", "POST", "/nested", c.body)
			if pointer, reason := a.field(); pointer != c.pointer || reason != c.reason {
				t.Errorf("%s %s, want %s %s", pointer, reason, c.pointer, c.reason)
			}
			if strings.Contains(a.body, canary) {
				t.Errorf("the input is repeated: %s", a.body)
			}
		})
	}
	for _, taken := range []string{
		start + `}`,
		start + `,"tags":[],"phones":[],"grid":[[],[1,-2]]}`,
		"\n{\t" + `"owner": {"place": {"city": "Ulm"}, "login": "ada"}, "phones": [ {"main": true, "number": "1", "kind": "work"} ], "name": "n"} `,
	} {
		b.want(204, "POST", "/nested", taken)
	}
}

// tree is a schema that contains itself, so that only maxDepth bounds a body.
type tree struct {
	Kids []tree `json:"kids,omitempty" nullable:"false"`
}

func TestDepthOfBodies(t *testing.T) {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	wanted := bodyOf(schemas.Schema(reflect.TypeFor[tree](), true, ""))
	nested := func(levels int) []byte {
		return []byte(strings.Repeat(`{"kids":[`, levels) + strings.Repeat(`]}`, levels))
	}
	if err := checkBody(nested(4), wanted, schemas); err != nil { // 4 objects, 4 arrays
		t.Errorf("8 levels: %v", err)
	}
	for _, levels := range []int{5, 6, 1500} {
		err := checkBody(nested(levels), wanted, schemas)
		var e *apperr.Error
		if !errors.As(err, &e) || !slices.Equal(e.Fields, []apperr.Field{{Name: "kids/0/kids/0/kids/0/kids/0", Reason: "too_deep"}}) {
			t.Errorf("%d levels: %+v", 2*levels, err)
		}
	}
}

// bodyOf is a required body.
func bodyOf(schema *huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// FuzzBody: a body that passes means the same to every reader, and a refusal
// repeats nothing.
func FuzzBody(f *testing.F) {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	wanted := bodyOf(schemas.Schema(reflect.TypeFor[nestedRequest](), true, ""))
	f.Add([]byte(`{"name":"n","owner":{"login":"ada"}}`))
	f.Add([]byte(`{"name":"n","owner":{"login":"ada","place":{"city":"Ulm"}},"tags":["a","b"],"grid":[[1],[]]}`))
	f.Add([]byte(`{"name":"n","owner":{"login":"ada"},"phones":[{"number":"1","kind":"home","main":true},{"number":"2"}]}`))
	f.Add([]byte(`{"name":"1","owner":{"login":"a","login":"b"}}`))
	f.Add([]byte(`{"name":"1","owner":{"login":"a"},"grid":[[1,[2]]]}`))
	f.Add([]byte(`{"name":"\ud800"}`))
	f.Add([]byte(`{"name":null}{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := checkBody(body, wanted, schemas); err != nil {
			checkRefusal(t, err)
			return
		}
		checkOneMeaning(t, body)
	})
}

// checkRefusal: the answer names members of the schema and indexes only.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != apperr.Invalid || len(e.Fields) != 1 {
		t.Fatalf("refused with %v", err)
	}
	known := []string{"", "name", "owner", "login", "place", "city", "tags", "phones", "number", "kind", "main", "grid"}
	for part := range strings.SplitSeq(e.Fields[0].Name, "/") {
		if !slices.Contains(known, part) && strings.Trim(part, "0123456789") != "" {
			t.Fatalf("the name %q is repeated", part)
		}
	}
}

func checkOneMeaning(t *testing.T, body []byte) {
	t.Helper()
	var read nestedRequest
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&read); err != nil {
		t.Fatalf("%q passed and cannot be read: %v", body, err)
	}
	var all map[string]any
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatalf("%q passed and cannot be read: %v", body, err)
	}
	again, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	// Of members with the same name only one is written again.
	if tokens(t, body) != tokens(t, again) {
		t.Fatalf("%q passed and is read as %s", body, again)
	}
	owner, ok := all["owner"].(map[string]any)
	if !ok || all["name"] != read.Name || owner["login"] != read.Owner.Login {
		t.Fatalf("%q passed and is read as %+v", body, read)
	}
}

func tokens(t *testing.T, text []byte) int {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	for n := 0; ; n++ {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
}
