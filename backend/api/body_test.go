package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"imagemaster/backend/apperr"
)

func TestBodies(t *testing.T) {
	w := sqlite(t)
	b := w.browser()
	const canary = "canary-in-a-body"
	ok := `"username":"nobody","password":"` + canary + `"`
	cases := []struct{ name, body, pointer, reason string }{
		{"empty", "", "#", "missing"},
		{"not JSON", canary, "#", "malformed"},
		{"an array", `["` + canary + `"]`, "#", "malformed"},
		{"a text", `"` + canary + `"`, "#", "malformed"},
		{"null", "null", "#", "malformed"},
		{"cut short", `{"username":"` + canary, "#", "malformed"},
		{"cut after the members", `{` + ok, "#", "malformed"},
		{"a second object", `{` + ok + `}{` + ok + `}`, "#", "malformed"},
		{"trailing text", `{` + ok + `} ` + canary, "#", "malformed"},
		{"a comment", `{` + ok + `/* x */}`, "#", "malformed"},
		{"a comma too many", `{` + ok + `,}`, "#", "malformed"},
		{"invalid UTF-8", `{"username":"` + "\xff\xfe" + `","password":"` + canary + `"}`, "#", "malformed"},
		{"UTF-8 that is too long", `{"username":"` + "\xc0\xaf" + `","password":"` + canary + `"}`, "#", "malformed"},
		{"half a surrogate pair", `{"username":"\ud800","password":"` + canary + `"}`, "#/username", "wrong_type"},
		{"a byte order mark", "\ufeff{" + ok + `}`, "#", "malformed"},
		{"an unknown member", `{` + ok + `,"` + canary + `":1}`, "#", "unknown"},
		{"an unknown admin flag", `{` + ok + `,"admin":true}`, "#", "unknown"},
		{"a known member twice", `{` + ok + `,"password":"other"}`, "#/password", "duplicate"},
		{"twice, once escaped", `{` + ok + `,"\u0070assword":"other"}`, "#/password", "duplicate"},
		{"the same member in other case", `{` + ok + `,"Password":"other"}`, "#", "unknown"},
		{"only in other case", `{"Username":"nobody","Password":"` + canary + `"}`, "#", "unknown"},
		{"missing", `{"username":"` + canary + `"}`, "#/password", "missing"},
		{"null member", `{"username":"` + canary + `","password":null}`, "#/password", "wrong_type"},
		{"a number", `{"username":"` + canary + `","password":123}`, "#/password", "wrong_type"},
		{"a list", `{"username":"` + canary + `","password":["` + canary + `"]}`, "#/password", "wrong_type"},
		{"an object", `{"username":{"` + canary + `":1},"password":""}`, "#/username", "wrong_type"},
		{"deep", `{"username":` + strings.Repeat("[", 8000), "#/username", "wrong_type"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := b.refused(422, "invalid", "POST", "/api/sign-in", c.body)
			want := []any{map[string]any{"pointer": c.pointer, "reason": c.reason}}
			if !reflect.DeepEqual(a.json["errors"], want) {
				t.Errorf("errors %v, want %v", a.json["errors"], want)
			}
			if strings.Contains(a.body, canary) {
				t.Errorf("the input is repeated: %s", a.body)
			}
		})
	}
	if strings.Contains(w.logs.String(), canary) {
		t.Error("the input is in the log")
	}
	b.refused(401, "credentials_wrong", "POST", "/api/sign-in", " \n{"+ok+"}\t\n")
}

// TestBodiesWhereNoneIsWanted: routes without input take nothing or {}.
func TestBodiesWhereNoneIsWanted(t *testing.T) {
	b := sqlite(t).browser()
	b.want(204, "DELETE", "/api/sign-in", "")
	b.want(204, "DELETE", "/api/sign-in", "{}")
	b.refused(422, "invalid", "DELETE", "/api/sign-in", `{"all":true}`)
	b.refused(422, "invalid", "DELETE", "/api/session", `[]`)
}

// FuzzBody: what passes is read by encoding/json in one way only, and a refusal
// never repeats anything.
func FuzzBody(f *testing.F) {
	schema := documented().Components.Schemas.SchemaFromRef("#/components/schemas/ConfirmRequest")
	if schema == nil {
		f.Fatal("no schema")
	}
	f.Add([]byte(`{"code":"123456","phone_name":"Pixel"}`))
	f.Add([]byte(`{"code":"1","code":"2"}`))
	f.Add([]byte(`{"code":"\ud800"}`))
	f.Add([]byte(`{"code":null}{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		checkOneReading(t, body, schema)
	})
}

func checkOneReading(t *testing.T, body []byte, schema *huma.Schema) {
	t.Helper()
	err := checkBody(body, schema, true)
	if err != nil {
		var told *apperr.Error
		if !errors.As(err, &told) || told.Code != apperr.Invalid || len(told.Fields) != 1 {
			t.Fatalf("refused with %v", err)
		}
		if name := told.Fields[0].Name; name != "" && schema.Properties[name] == nil {
			t.Fatalf("the name %q is repeated", name)
		}
		return
	}
	var read map[string]any
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatalf("%q passed and cannot be read: %v", body, err)
	}
	if _, ok := read["code"].(string); !ok {
		t.Fatalf("%q passed without a code", body)
	}
	for name, value := range read {
		if _, ok := value.(string); !ok || schema.Properties[name] == nil {
			t.Fatalf("%q passed with %s = %v", body, name, value)
		}
	}
}
