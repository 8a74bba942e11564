package account

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

func TestSearchWords(t *testing.T) {
	for typed, want := range map[string]string{
		"Anna": "anna", "  Anna   B ": "anna b", "JÜRGEN": "jurgen", "Ju\u0308rgen": "jurgen", "Straße": "strasse", "STRASSE": "strasse",
		"ａｎｎａ": "anna", "ﬁ": "fi", "Ångström": "angstrom", "Łódź": "lodz", "Sørensen": "sorensen", "Đorđe": "dorde", "Işık": "isik", "ᎳᏍ": "ꮃꮝ", "ꮃꮝ": "ꮃꮝ", "İSTANBUL": "istanbul", "Σίσυφος": "σισυφοσ", "ΣΊΣΥΦΟΣ": "σισυφοσ", "한글": "한글", "\u1112\u1161\u11ab글": "한글",
		"Müller-L": "muller-l", "Müller\u2011L": "muller-l", "Müller–L": "muller-l", "O’Brien": "o'brien", "O'Brien": "o'brien",
		"anna\u00a0b": "anna b", "an\u200dna\u200c": "anna", "\u202eanna": "anna", "ANNA@Example.ORG": "anna@example.org",
		"": "", " \t": "", "\u0301": "", "\u200b": "", "100%": "100%", `a_b\c`: `a_b\c`, "📱": "📱", "a\xffb": "a\ufffdb",
		strings.Repeat("Ä", 65):               strings.Repeat("a", 64),
		strings.Repeat("x", 63) + " y":        strings.Repeat("x", 63),
		strings.Repeat("a\u0301\u0301", 1000): strings.Repeat("a", 64),
	} {
		if got := SearchWords(typed); strings.Join(got, " ") != want {
			t.Errorf("%q is searched as %q, want %q", typed, got, want)
		}
	}
	for typed, want := range map[string][]string{
		"Berger, Anna": {"berger", "anna"}, "berger;anna , b,c ;": {"berger;anna", "b,c"}, "an An ANNA": {"an", "anna"}, ",": nil,
		"a b c d e f g h i j": {"a", "b", "c", "d", "e", "f", "g", "h"},
	} {
		if got := SearchWords(typed); !slices.Equal(got, want) {
			t.Errorf("%q is searched as %q, want %q", typed, got, want)
		}
	}
}

func TestNameKey(t *testing.T) {
	for _, c := range []struct{ display, username, want string }{
		{"Änne Öz", "zoe", "anne oz"}, {"", "Zoe", "zoe"}, {"´", "Zoe", "zoe"}, {"", "\u0301", "\u0301"},
		{strings.Repeat("ä", 100), "zoe", strings.Repeat("a", 100)}, {strings.Repeat("ﷺ", 100), "zoe", ""},
	} {
		got := nameKey(c.display, c.username)
		if c.want == "" { // it grows: 18 signs of each
			if n := utf8.RuneCountInString(got); n == 0 || n > 128 {
				t.Errorf("%q has a key of %d characters", c.display, n)
			}
		} else if got != c.want {
			t.Errorf("%q, %q is sorted by %q, want %q", c.display, c.username, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		account Account
		want    []string
	}{
		{Account{Username: "anna"}, []string{"anna"}},
		{Account{Username: "Anna", DisplayName: "Anna Berger"}, []string{"anna", "anna berger", "berger"}},
		{Account{Username: "a.berger", Email: "Anna@Example.org"}, []string{"a.berger", "anna@example.org", "berger"}},
		{Account{Username: "kml", DisplayName: "Karl Müller-Lüdenscheidt"}, []string{"kml", "karl muller-ludenscheidt", "muller-ludenscheidt", "ludenscheidt"}},
		{Account{Username: "sean", DisplayName: "Seán O’Brien"}, []string{"sean", "sean o'brien", "o'brien", "brien"}},
		// The domain of a user name is no word: all accounts may have it.
		{Account{Username: "anna.berger@example.org", Email: "anna.berger@example.org"}, []string{"anna.berger@example.org", "berger@example.org"}},
		{Account{Username: "x", DisplayName: "Anna Berger @work"}, []string{"x", "anna berger @work", "berger @work", "@work", "work"}},
		{Account{Username: "x", DisplayName: "(Anna) 📱"}, []string{"x", "(anna) 📱", "anna) 📱", "📱"}},
		{Account{Username: "x", DisplayName: "कामना"}, []string{"x", "कामना"}},
		{Account{Username: "\u0301"}, nil},
	} {
		if got := words(&c.account); !slices.Equal(got, c.want) {
			t.Errorf("%q, %q, %q is found by %q, want %q", c.account.Username, c.account.DisplayName, c.account.Email, got, c.want)
		}
	}
}

// A long display name hides an account from no search for its user name or address.
func TestWordsOfAnOverlongName(t *testing.T) {
	a := Account{Username: "zoe.zimmer", Email: "zoe@example.org", DisplayName: strings.TrimSpace(strings.Repeat("a ", 50))}
	got := words(&a)
	for _, want := range []string{"zoe.zimmer", "zoe@example.org", "zimmer"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	a.DisplayName = strings.Repeat("ﷺ", 100) // each becomes four words
	if got = words(&a); len(got) > 64 || !slices.Contains(got, "zoe.zimmer") || !slices.Contains(got, "zoe@example.org") {
		t.Errorf("found by %d words: %q", len(got), got)
	}
}

// FuzzWords: what accounts are found by is bounded, and what a person types of a name
// finds it: the whole name or from one of its words on, up to any character, in either
// case, with accents or without.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"Anna Berger", "Karl Müller-Lüdenscheidt", "e\u0301va \u0344", "ｗｉｄｅ ﬁ", "ǅ Σς ß \u1e9e", "한글 이름", "a\u0301\u05b0\u093e b", "ﷺ ﷺ", "\u0130stanbul ı",
		"कामना", "a – b", "O’Brien", "\u09c7\u0301\u09be", "📱👩\u200d💻", "% _ \\ '", "\xf0Ú"} {
		f.Add(seed, "anna.berger", uint8(3))
	}
	f.Add("", "\u0301", uint8(0))
	f.Fuzz(func(t *testing.T, display, username string, at uint8) {
		wantSearchForm(t, display)
		name, _, err := ParseUsername(username)
		if err != nil {
			return
		}
		display, err = ParseText("display_name", display, MaxDisplayName)
		if err != nil {
			return
		}
		found := words(&Account{Username: name, DisplayName: display})
		if len(found) > 64 {
			t.Errorf("%q has %d words", display, len(found))
		}
		for i, word := range found {
			if n := utf8.RuneCountInString(word); n == 0 || n > 64 || !utf8.ValidString(word) || slices.Contains(found[:i], word) {
				t.Errorf("%q has the word %q", display, word)
			}
		}
		if n := utf8.RuneCountInString(nameKey(display, name)); n == 0 || n > 128 {
			t.Errorf("%q, %q has a key of %d characters", display, name, n)
		}
		if whole := searchForm(display, 1000); utf8.RuneCountInString(whole) > 128 || len(fromEachWord(whole, len(whole))) > 32 {
			return // more than is kept
		}
		for from, first := range display {
			if from > 0 && !strings.HasSuffix(display[:from], " ") || first == ' ' {
				continue
			}
			rest := display[from:]
			for _, typed := range []string{rest, strings.ToUpper(rest), norm.NFD.String(rest), width.Widen.String(rest), upTo(rest, int(at))} {
				wantFound(t, found, display, typed)
			}
		}
		for _, typed := range []string{name, upTo(name, int(at))} {
			wantFound(t, found, name, typed)
		}
	})
}

// upTo returns the beginning of a text with about n characters, up to a place where
// no character composes with the next one.
func upTo(text string, n int) string {
	for i := range text {
		if n--; n < 0 && norm.NFC.PropertiesString(text[i:]).BoundaryBefore() {
			return text[:i]
		}
	}
	return text
}

func wantFound(t *testing.T, words []string, name, typed string) {
	t.Helper()
	for _, prefix := range SearchWords(typed) {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, prefix) }) {
			t.Errorf("%q, typed for %q, is searched as %q among %q", typed, name, prefix, words)
		}
	}
}

// wantSearchForm checks the form of a text in which names are compared.
func wantSearchForm(t *testing.T, text string) {
	t.Helper()
	form := searchForm(text, 64)
	if again := searchForm(form, 64); again != form {
		t.Errorf("%q is searched as %q, and that as %q", text, form, again)
	}
	if utf8.RuneCountInString(form) > 64 || !utf8.ValidString(form) || strings.TrimSpace(form) != form || strings.Contains(form, "  ") {
		t.Errorf("%q is searched as %q", text, form)
	}
	if strings.ContainsFunc(form, func(r rune) bool { return unicode.Is(unicode.Mn, r) || unicode.IsSpace(r) && r != ' ' }) {
		t.Errorf("%q is searched as %q", text, form)
	}
}
