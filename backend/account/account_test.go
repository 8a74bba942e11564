package account

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"imagemaster/backend/apperr"
)

func TestFold(t *testing.T) {
	for typed, want := range map[string]string{
		"anna": "anna", "ANNA": "anna", "  Anna ": "anna", "Jürgen": "jürgen", "ａｎｎａ": "anna", // full width
		"a.b@example.com": "a.b@example.com", strings.Repeat("a", 64): strings.Repeat("a", 64),
		" " + strings.Repeat("a", 64) + "\t": strings.Repeat("a", 64),
		strings.Repeat("u\u0308", 64):        strings.Repeat("ü", 64), // the signs of a keyboard that sends two for a letter
	} {
		if got, ok := Fold(typed); !ok || got != want {
			t.Errorf("%q folds to %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", " ", "two words", "a\x00b", "a\u202eb", "a\nb", strings.Repeat("a", 65), "\xff"} {
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
		"": "empty", "\t": "empty", "two words": "not_allowed", "tab\there": "not_allowed", strings.Repeat("ä", 65): "too_long",
	} {
		_, _, err := ParseUsername(typed)
		wantReason(t, typed, err, "username", reason)
	}
}

func TestParseText(t *testing.T) {
	for typed, want := range map[string]string{"": "", " My phone ": "My phone", "e\u0301": "é", "電話 📱": "電話 📱", "क्\u200dष": "क्\u200dष", "👩\u200d💻": "👩\u200d💻"} {
		if got, err := ParseText("phone_name", typed, 40); err != nil || got != want {
			t.Errorf("%q becomes %q, %v", typed, got, err)
		}
	}
	for typed, reason := range map[string]string{strings.Repeat("a", 41): "too_long", "a\nb": "not_allowed", "a\x00": "not_allowed", "\xff": "not_allowed",
		"\u200b": "not_allowed", "\u200d": "not_allowed", "a\u202eb": "not_allowed", "a\u00adb": "not_allowed", "a\u2066b": "not_allowed", "\u3164": "not_allowed", "\u2800": "not_allowed", "\u115f\u2800\u1160\uffa0": "not_allowed"} {
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

// FuzzParseUsername: a name that is taken is found again under every way of
// typing it, fits the column, and cannot change how the text around it looks.
func FuzzParseUsername(f *testing.F) {
	for _, seed := range []string{"anna", " Anna.Berger ", "ａｎｎａ", "e\u0301va", "a\u200db", "\u0130stanbul", "ﬁ", "ß", "שלום", "a\u0627b", "\xff", "K\u212a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		name, folded, err := ParseUsername(typed)
		if err != nil {
			wantOneReason(t, err, "username", typed)
			return
		}
		if n := utf8.RuneCountInString(name); n == 0 || n > 64 || utf8.RuneCountInString(folded) > 64 {
			t.Errorf("%q: %q and %q are too long or empty", typed, name, folded)
		}
		for _, text := range []string{name, folded} {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
				t.Errorf("%q becomes %q", typed, text)
			}
		}
		for _, way := range []string{typed, name, folded, " " + name + "\t", norm.NFD.String(name)} {
			if got, ok := Fold(way); !ok || got != folded {
				t.Errorf("%q has the form %q; typed as %q it is looked for as %q, %v", typed, folded, way, got, ok)
			}
		}
		if again, same, err := ParseUsername(name); err != nil || again != name || same != folded {
			t.Errorf("%q, read again, is %q, %q, %v", name, again, same, err)
		}
	})
}

// FuzzFold: whatever is typed at the sign-in is looked for in one form only.
func FuzzFold(f *testing.F) {
	for _, seed := range []string{"anna", "ANNA", "ａｎｎａ", "two words", "ǅ", "Σς", "\u1e9e", "a\u0307", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		folded, ok := Fold(typed)
		if !ok {
			return
		}
		if folded == "" || !utf8.ValidString(folded) {
			t.Fatalf("%q is looked for as %q", typed, folded)
		}
		if again, ok := Fold(folded); ok && again != folded {
			t.Errorf("%q is looked for as %q, and that as %q", typed, folded, again)
		}
	})
}

// FuzzParseText: a name that was shown can be saved again and stays as it is.
func FuzzParseText(f *testing.F) {
	f.Add("Pixel 9", uint8(40))
	f.Add(" e\u0301\u0301 \u2028 ", uint8(3))
	f.Add("\u0344\u0344", uint8(2)) // grows when it is normalised
	f.Add("\ufdfa\xff\x00", uint8(1))
	f.Fuzz(func(t *testing.T, typed string, limit uint8) {
		text, err := ParseText("phone_name", typed, int(limit))
		if err != nil {
			wantOneReason(t, err, "phone_name", typed)
			return
		}
		if utf8.RuneCountInString(text) > int(limit) || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q becomes %q", typed, text)
		}
		if again, err := ParseText("phone_name", text, int(limit)); err != nil || again != text {
			t.Errorf("%q becomes %q, and that %q, %v", typed, text, again, err)
		}
	})
}

// wantOneReason checks that a refusal names the field and never the input.
func wantOneReason(t *testing.T, err error, field, typed string) {
	t.Helper()
	var told *apperr.Error
	if !errors.As(err, &told) || told.Code != apperr.Invalid || len(told.Fields) != 1 || told.Fields[0].Name != field || told.Cause != nil {
		t.Fatalf("refused with %v", err)
	}
	if len(typed) > 12 && strings.Contains(told.Message+told.Fields[0].Reason, typed) {
		t.Errorf("%q is repeated in %q", typed, told.Message)
	}
}

func TestLimits(t *testing.T) {
	if MaxDisplayName != 100 {
		t.Errorf("a full name has up to %d characters, want 100", MaxDisplayName)
	}
	if SetupTokenLifetime != 24*time.Hour {
		t.Errorf("the set-up link lives for %v, want a day", SetupTokenLifetime)
	}
}

func TestPauseEndsByTheClock(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) int64 { return noon.Add(d).UnixMilli() }
	for name, c := range map[string]struct {
		account      Account
		paused, over bool
	}{
		"never paused":      {Account{}, false, false},
		"open end":          {Account{PausedAt: at(-time.Hour)}, true, false},
		"until later":       {Account{PausedAt: at(-time.Hour), PausedUntil: at(time.Millisecond)}, true, false},
		"until now":         {Account{PausedAt: at(-time.Hour), PausedUntil: at(0)}, false, true},
		"ended":             {Account{PausedAt: at(-time.Hour), PausedUntil: at(-time.Minute)}, false, true},
		"end without start": {Account{PausedUntil: at(time.Hour)}, false, false},
	} {
		if paused, over := c.account.Paused(noon), c.account.PauseOver(noon); paused != c.paused || over != c.over {
			t.Errorf("%s: paused is %v, over is %v", name, paused, over)
		}
	}
}
