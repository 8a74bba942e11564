package api

import (
	"bytes"
	"cmp"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/apperr"
)

var update = flag.Bool("update", false, "write openapi.json instead of comparing it")

// The types of the web interface are generated from the committed document. To
// update it: go test ./backend/api -run TestDocument -update
func TestDocumentIsCommitted(t *testing.T) {
	got, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.json is out of date: run go test ./backend/api -run TestDocument -update")
	}
}

// documented is the document before it is encoded, made once.
var documented = sync.OnceValue(func() *huma.OpenAPI {
	s := &server{}
	api := newHuma(adapter{fiber.New()})
	s.register(api)
	return api.OpenAPI()
})

// routesIn lists the operations of the document.
func routesIn(t testing.TB) routeList {
	t.Helper()
	list := routesOf(documented())
	if len(list) < 28 {
		t.Fatalf("only %d routes", len(list))
	}
	// Always in the same order: the changes of one route are there for the next.
	slices.SortFunc(list, func(a, b struct{ method, path string }) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.method, b.method))
	})
	return list
}

// checkDocumented compares an answer with what the document promises: status,
// error code and the shape of the body. Every test request goes through it.
func checkDocumented(t testing.TB, method, path string, a answer) {
	t.Helper()
	op := operation(method, path)
	if op == nil {
		return
	}
	promised := op.Responses[strconv.Itoa(a.status)]
	if promised == nil {
		t.Errorf("%s %s: status %d is not documented: %s", method, path, a.status, a.body)
		return
	}
	if code, ok := a.json["code"].(string); ok && a.status >= 400 && !strings.Contains(promised.Description, code+":") {
		t.Errorf("%s %s: code %s is not documented for %d", method, path, code, a.status)
	}
	for kind, content := range promised.Content {
		if !strings.HasPrefix(a.header.Get("Content-Type"), kind) {
			t.Errorf("%s %s: content type %q, documented %q", method, path, a.header.Get("Content-Type"), kind)
		}
		var result huma.ValidateResult
		huma.Validate(documented().Components.Schemas, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, a.json, &result)
		for _, err := range result.Errors {
			t.Errorf("%s %s: the answer is not as documented: %v", method, path, err)
		}
	}
}

func operation(method, path string) *huma.Operation {
	for template, item := range documented().Paths {
		if !matches(template, path) {
			continue
		}
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil && op.Method == method {
				return op
			}
		}
	}
	return nil
}

// TestServedDocument: anybody gets the committed document.
func TestServedDocument(t *testing.T) {
	a := sqlite(t).browser().want(200, "GET", "/api/openapi.json", "")
	committed, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if a.body != string(committed) || a.json["openapi"] != "3.1.0" {
		t.Error("another document is served")
	}
}

// TestProblemPages: the address in type is a page that describes the code.
func TestProblemPages(t *testing.T) {
	b := sqlite(t).browser()
	for _, code := range apperr.Codes() {
		of, _ := code.Meaning()
		if a := b.want(200, "GET", "/problems/"+string(code), ""); !strings.Contains(a.body, of.Title) {
			t.Errorf("%s: %s", code, a.body)
		}
	}
}

// TestDocumentDescribesEverything: others generate clients from it. Redocly and
// Spectral, with their recommended rules, ask for no more than this.
func TestDocumentDescribesEverything(t *testing.T) {
	d := documented()
	if d.Info.License == nil || d.Info.License.Identifier != "Apache-2.0" || d.Info.Contact == nil || d.Info.Description == "" || len(d.Servers) != 1 {
		t.Errorf("the document as a whole: %+v, servers %v", d.Info, d.Servers)
	}
	known := map[string]bool{}
	for _, tag := range d.Tags {
		known[tag.Name] = tag.Description != ""
	}
	described := map[string]bool{}
	for _, route := range routesIn(t) {
		op := operation(route.method, route.path)
		id := op.OperationID
		described[id] = true
		if id == "" || op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || !known[op.Tags[0]] {
			t.Errorf("%s %s: id %q, summary %q, description %q, tags %q", route.method, route.path, id, op.Summary, op.Description, op.Tags)
		}
		if op.Security == nil {
			t.Errorf("%s: does not say who may call it", id)
		}
		for _, p := range op.Parameters {
			if p.Description == "" {
				t.Errorf("%s: parameter %s has no description", id, p.Name)
			}
		}
		for status, response := range op.Responses {
			if response.Description == "" {
				t.Errorf("%s: answer %s has no description", id, status)
			}
		}
	}
	for id := range operations {
		if !described[id] {
			t.Errorf("%s is described and no operation", id)
		}
	}
	all := d.Components.Schemas.Map()
	for name, schema := range all {
		if schema.Description == "" {
			t.Errorf("%s has no description", name)
		}
		for member, of := range schema.Properties {
			if of.Description == "" {
				t.Errorf("%s: %s has no description", name, member)
			}
		}
	}
	for name := range schemas {
		if all[name] == nil {
			t.Errorf("%s is described and no schema", name)
		}
	}
}

// TestDocumentSaysWhatIsOpen: security is [] for the routes that anybody may call
// without any header, and never left out.
func TestDocumentSaysWhatIsOpen(t *testing.T) {
	var open []string
	for _, route := range routesIn(t) {
		if op := operation(route.method, route.path); len(op.Security) == 0 {
			open = append(open, op.OperationID)
		}
	}
	slices.Sort(open)
	if want := []string{"getSession", "getSetup"}; !slices.Equal(open, want) {
		t.Errorf("open: %q, want %q", open, want)
	}
	text, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), `"security": []`); got != 2 {
		t.Errorf("%d times", got)
	}
}
