package sheet

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// The fonts must have every character of our own texts, and no text may be empty,
// in every language.
func TestFontsCoverOurOwnTexts(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	check := func(what, s string) {
		if s == "" || fonts.regular.whole(s) != s || fonts.bold.whole(s) != s {
			t.Errorf("%s: %q", what, s)
		}
	}
	for _, words := range []texts{english, german} {
		v := reflect.ValueOf(words)
		for i := range v.NumField() {
			what := words.language + " " + v.Type().Field(i).Name
			if v.Field(i).Kind() == reflect.String {
				check(what, v.Field(i).String())
			}
		}
		for _, month := range words.months {
			check(words.language+" month", month)
		}
	}
	if fonts.mono.whole("0123456789ABCDEFGHJKMNPQRSTVWXYZ-") == "" || fonts.regular.whole("□…") == "" || fonts.bold.whole("…") == "" {
		t.Error("a character of the sheet is missing in a font")
	}
}

// TestTheWideFontCoversItsScripts: every letter that the languages of these blocks
// use has a glyph, and none that must be joined, turned or placed over another.
func TestTheWideFontCoversItsScripts(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string][2]rune{
		"Basic Latin": {0x21, 0x7e}, "Latin-1": {0xa1, 0xac}, "Latin-1, letters": {0xc0, 0xff}, "Latin Extended-A": {0x100, 0x17f},
		"Latin Extended-B": {0x180, 0x24f}, "Latin Extended Additional": {0x1e00, 0x1ef9}, "Greek": {0x386, 0x3ce},
		"Cyrillic": {0x400, 0x481}, "Cyrillic, further": {0x48a, 0x525}, "Armenian": {0x531, 0x556}, "Georgian": {0x10d0, 0x10fa},
	} {
		for r := block[0]; r <= block[1]; r++ {
			if unicode.IsPrint(r) && fonts.wide.whole(string(r)) == "" {
				t.Errorf("%s: %q (%U) is missing", name, r, r)
			}
		}
	}
	for r := range fonts.regular.glyphs {
		if fonts.wide.whole(string(r)) == "" && unicode.IsLetter(r) {
			t.Errorf("%q (%U) is in the Go font only", r, r)
		}
	}
	for _, r := range "אبกअ漢가\u0301\u0300\u20dd\u200f\u202e" {
		if fonts.wide.whole(string(r)) != "" {
			t.Errorf("%q (%U) would be set alone", r, r)
		}
	}
}

func TestWrap(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	f := fonts.regular
	for _, s := range []string{"", "short", strings.Repeat("word ", 50) + "end", strings.Repeat("W", 300), "a " + strings.Repeat("Щ", 200) + " b", strings.Repeat("ä", 100)} {
		for _, width := range []float64{3, 20, 100, 174} {
			for _, most := range []int{1, 2, 1000} {
				lines := f.wrap(s, bodySize, width, most)
				if len(lines) > most {
					t.Errorf("%d lines, at most %d", len(lines), most)
				}
				for _, line := range lines {
					if line == "" || f.width(line, bodySize) > width && len([]rune(line)) > 2 {
						t.Errorf("%.20q: line %q in %v mm", s, line, width)
					}
				}
				if most == 1000 && strings.ReplaceAll(strings.Join(lines, ""), " ", "") != strings.ReplaceAll(s, " ", "") {
					t.Errorf("%.20q in %v mm: text is lost", s, width)
				}
			}
		}
	}
}
