package notify

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// kindsInSource reads the kinds from the source, so that the tests miss none.
func kindsInSource(t *testing.T) []Kind {
	t.Helper()
	var kinds []Kind
	for _, name := range []string{"notify.go", "mail.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Kind" {
				word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, Kind(word))
			}
			return true
		})
	}
	if len(kinds) < 15 {
		t.Fatalf("only found %v", kinds)
	}
	return kinds
}

func TestEveryKindHasItsTexts(t *testing.T) {
	kinds := kindsInSource(t)
	names := map[string]string{English: "The operator ", German: "Der Betreiber "}
	for language, c := range texts {
		if c.language != language {
			t.Errorf("%s: the texts are marked as %s", language, c.language)
		}
		titles := map[string]bool{}
		for _, kind := range kinds {
			words, ok := c.kinds[kind]
			if !ok || words.title == "" || words.lead == "" {
				t.Errorf("%s: no text for %s", language, kind)
			}
			if titles[words.title] {
				t.Errorf("%s: %q stands for two kinds", language, words.title)
			}
			titles[words.title] = true
			if strings.ContainsAny(words.title+words.lead, "%<>") {
				t.Errorf("%s: %s has a character that is not text", language, kind)
			}
			byOperator := slices.Contains(operatorKinds, kind)
			if byOperator != strings.HasPrefix(string(kind), "operator_") || byOperator != strings.Contains(words.title, names[language]) {
				t.Errorf("%s: %s is said to be by the operator: %v, %q", language, kind, byOperator, words.title)
			}
		}
		if len(c.kinds) != len(kinds) {
			t.Errorf("%s: %d texts for %d kinds", language, len(c.kinds), len(kinds))
		}
	}
}

// Both languages have every text, with the same number of placeholders.
func TestCatalogsAreAlike(t *testing.T) {
	en, de := reflect.ValueOf(english), reflect.ValueOf(german)
	compared := 0
	for i := range en.NumField() {
		name := en.Type().Field(i).Name
		if en.Field(i).Kind() != reflect.String {
			continue
		}
		compared++
		a, b := en.Field(i).String(), de.Field(i).String()
		if a == "" || b == "" {
			t.Errorf("%s: %q and %q", name, a, b)
		}
		if strings.Count(a, "%s") != strings.Count(b, "%s") || strings.Count(a, "%") != strings.Count(a, "%s") {
			t.Errorf("%s has other placeholders: %q and %q", name, a, b)
		}
	}
	if compared < 15 {
		t.Errorf("only %d texts were compared", compared)
	}
}
