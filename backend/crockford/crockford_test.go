package crockford

import (
	"regexp"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for input, want := range map[string]string{
		"7K2MQ9XA":                  "7K2MQ9XA",
		"7k2m-q9xa":                 "7K2MQ9XA",
		" 7k2m\u2009q9xa\n":         "7K2MQ9XA",
		"7K2M\u2013Q9XA":            "7K2MQ9XA",
		"7K2M\u2212Q9XA":            "7K2MQ9XA",
		"7K2M\u200bQ9XA":            "7K2MQ9XA",
		"oO0iIlL1":                  "00011111",
		"7K2MQ9X":                   "",
		"7K2MQ9XAA":                 "",
		"7K2MQ9XU":                  "",
		"7K2M_Q9XA":                 "",
		"\uff17K2MQ9XA":             "7K2MQ9XA", // a digit of full width
		"7K2MQ9X\u0131":             "",         // a letter that folds to I
		"":                          "",
		strings.Repeat(" ", 9):      "",
		strings.Repeat("7", 10_000): "",
	} {
		got, ok := Parse(input, 8)
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", input, got, ok, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("7k2m-q9xa")
	f.Add("oil")
	f.Add("７Ｋ２Ｍ－ｑ９ｘａ")
	f.Add("\u0667K\u0662M-Q\u06f9XA") // digits of Arabic and Persian
	f.Fuzz(func(t *testing.T, input string) {
		symbols, ok := Parse(input, 8)
		if ok != (len(symbols) == 8) {
			t.Fatalf("%q gives %q, %v", input, symbols, ok)
		}
		if again, _ := Parse(Format(symbols), 8); again != symbols {
			t.Fatalf("%q is read as %q, then as %q", input, symbols, again)
		}
	})
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"\x00\x00\x00\x00\x00", 8, "00000000"},
		{"\xff\xff\xff\xff\xff", 8, "ZZZZZZZZ"},
		{"\x00\x44\x32\x14\xc7", 8, "01234567"},
		{"\x08\x00\x00\x00\x01 more", 8, "10000001"},
	} {
		if got := Encode([]byte(c.from), c.n); got != c.want {
			t.Errorf("%x: got %s, want %s", c.from, got, c.want)
		}
	}
}

func TestRandom(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{8}$`)
	seen := map[string]bool{}
	for range 500 {
		symbols := Random(8)
		if !form.MatchString(symbols) || seen[symbols] {
			t.Fatalf("%q, seen before: %v", symbols, seen[symbols])
		}
		seen[symbols] = true
	}
}

func TestFormat(t *testing.T) {
	for in, want := range map[string]string{"": "", "7K2M": "7K2M", "7K2MQ9XA": "7K2M-Q9XA", "7K2MQ": "7K2M-Q"} {
		if got := Format(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
