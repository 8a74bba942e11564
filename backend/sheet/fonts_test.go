package sheet

import (
	"reflect"
	"strings"
	"testing"
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
