package api

import (
	"reflect"
	"strings"
	"testing"
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

// TestBodiesWhereNoneIsWanted: routes without input take no body or {}.
func TestBodiesWhereNoneIsWanted(t *testing.T) {
	b := sqlite(t).browser()
	b.want(204, "DELETE", "/api/sign-in", "")
	b.want(204, "DELETE", "/api/sign-in", "{}")
	b.refused(422, "invalid", "DELETE", "/api/sign-in", `{"all":true}`)
	b.refused(422, "invalid", "DELETE", "/api/session", `[]`)
}
