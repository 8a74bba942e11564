package notify

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"imagemaster/backend/account"
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
	if len(kinds) < 25 {
		t.Fatalf("only found %v", kinds)
	}
	return kinds
}

// byOthers are the kinds of what somebody else did: the operator, a helper or an
// administrator.
var byOthers = []Kind{"operator_password", "operator_reset", "operator_recovery", "operator_disabled", "operator_enabled",
	"password_link_given", "sessions_ended", "renamed", "email_changed", "role_changed", "account_deleted", "role_of_other", "administrator_changed",
	"application_added", "application_changed", "application_deleted", "policy_added", "policy_changed", "policy_deleted",
	"help_code_given", "exception_given", "exception_ended"}

// ofKeys are the kinds of what happened to a passkey or hardware key.
var ofKeys = []Kind{"passkey_added", "passkey_removed", "passkey_refused", "passkey_copied"}

// placeholders says which names each kind needs: those of the title, those of the
// text below.
func placeholders(kind Kind) (title, lead []string) {
	if slices.Contains(byOthers, kind) {
		title = append(title, "{who}")
	}
	if slices.Contains([]Kind{"invitation_accepted", "password_link_spent", "role_of_other", "administrator_changed", "help_code_spent", "help_refused"}, kind) {
		title = append(title, "{subject}")
	}
	if slices.Contains(reminderKinds, kind) {
		title = append(title, "{detail}")
	}
	if slices.Contains(ofKeys, kind) {
		title = append(title, "{detail}")
	}
	if kind == "help_refused" {
		lead = append(lead, "{detail}", "{subject}")
	}
	if slices.Contains([]Kind{"renamed", "email_changed", "role_changed", "role_of_other", "administrator_changed",
		"application_added", "application_changed", "application_deleted", "policy_added", "policy_changed", "policy_deleted", "exception_given"}, kind) {
		lead = append(lead, "{detail}")
	}
	return title, lead
}

var placeholder = regexp.MustCompile(`\{[^}]*\}?`)

func TestEveryKindHasItsTexts(t *testing.T) {
	kinds := kindsInSource(t)
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
			title, lead := placeholders(kind)
			if got := placeholder.FindAllString(words.title, -1); !slices.Equal(got, title) {
				t.Errorf("%s: the title of %s names %v, want %v", language, kind, got, title)
			}
			if got := placeholder.FindAllString(words.lead, -1); !slices.Equal(got, lead) {
				t.Errorf("%s: the text of %s names %v, want %v", language, kind, got, lead)
			}
		}
		if len(c.kinds) != len(kinds) {
			t.Errorf("%s: %d texts for %d kinds", language, len(c.kinds), len(kinds))
		}
	}
}

// What one person did to another is told as such: the mail does not ask whether it
// was the reader.
func TestKindsByOthersAreOperatorKinds(t *testing.T) {
	for _, kind := range kindsInSource(t) {
		watch := slices.Contains([]Kind{"role_of_other", "administrator_changed", "application_added", "application_changed", "application_deleted",
			"policy_added", "policy_changed", "policy_deleted"}, kind)
		want := slices.Contains(byOthers, kind) && !watch // these are not about the reader's account
		if got := slices.Contains(operatorKinds, kind); got != want {
			t.Errorf("%s is by somebody else: %v, want %v", kind, got, want)
		}
		if strings.HasPrefix(string(kind), "operator_") && !want {
			t.Errorf("%s is not by the operator", kind)
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
	for _, role := range account.Roles() {
		for language, c := range texts {
			if c.roles[string(role)] == "" || len(c.roles) != 3 {
				t.Errorf("%s: the role %s is called %q among %d", language, role, c.roles[string(role)], len(c.roles))
			}
		}
	}
}
