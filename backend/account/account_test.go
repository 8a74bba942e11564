package account

import (
	"strings"
	"testing"

	"imagemaster/backend/apperr"
)

func TestFold(t *testing.T) {
	for typed, want := range map[string]string{
		"anna": "anna", "ANNA": "anna", "  Anna ": "anna", "Jürgen": "jürgen", "ａｎｎａ": "anna", // full width
		"a.b@example.com": "a.b@example.com", strings.Repeat("a", MaxUsername): strings.Repeat("a", MaxUsername),
	} {
		if got, ok := Fold(typed); !ok || got != want {
			t.Errorf("%q folds to %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", " ", "two words", "a\x00b", "a\u202eb", "a\nb", strings.Repeat("a", MaxUsername+1), "\xff"} {
		if got, ok := Fold(typed); ok {
			t.Errorf("%q folds to %q", typed, got)
		}
	}
}

func TestParseUsername(t *testing.T) {
	name, folded, err := ParseUsername(" Anna.Berger ")
	if err != nil || name != "Anna.Berger" || folded != "anna.berger" {
		t.Errorf("got %q, %q, %v", name, folded, err)
	}
	for typed, reason := range map[string]string{
		"": "empty", "\t": "empty", "two words": "not_allowed", "tab\there": "not_allowed", strings.Repeat("ä", MaxUsername+1): "too_long",
	} {
		_, _, err := ParseUsername(typed)
		wantReason(t, typed, err, "username", reason)
	}
}

func TestParseText(t *testing.T) {
	for typed, want := range map[string]string{"": "", " My phone ": "My phone", "e\u0301": "é", "電話 📱": "電話 📱"} {
		if got, err := ParseText("phone_name", typed, 40); err != nil || got != want {
			t.Errorf("%q becomes %q, %v", typed, got, err)
		}
	}
	for typed, reason := range map[string]string{strings.Repeat("a", 41): "too_long", "a\nb": "not_allowed", "a\x00": "not_allowed", "\xff": "not_allowed"} {
		_, err := ParseText("phone_name", typed, 40)
		wantReason(t, typed, err, "phone_name", reason)
	}
}

func wantReason(t *testing.T, typed string, err error, field, reason string) {
	t.Helper()
	e, ok := err.(*apperr.Error)
	if !ok || e.Code != apperr.Invalid || len(e.Fields) != 1 || e.Fields[0] != (apperr.Field{Name: field, Reason: reason}) {
		t.Errorf("%q: got %v, want %s on %s", typed, err, reason, field)
	}
}
