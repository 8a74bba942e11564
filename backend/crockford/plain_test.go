package crockford

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func TestPlain(t *testing.T) {
	for input, want := range map[string]string{
		"123456": "123456", "": "", "７Ｋ２Ｍ－ｑ９ｘａ": "7K2M-q9xa", "１２３４５６": "123456", "٠١٢٣٤٥٦٧٨٩": "0123456789",
		"۰۱۲۳۴۵۶۷۸۹": "0123456789", "०१२३४५६७८९": "0123456789", "๐๑๒๓๔๕๖๗๘๙": "0123456789", "𝟎𝟏𝟗𝟘𝟡": "01909", "𞥐𞥙": "09",
		"½²①Ⅳ": "½²①Ⅳ",
	} {
		if got := Plain(input); got != want {
			t.Errorf("%q: %q, want %q", input, got, want)
		}
	}
}

// Every decimal digit of Unicode has a value, and where a compatible form exists it
// is that of the form.
func TestEveryDecimalDigit(t *testing.T) {
	count := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			continue
		}
		count++
		got := Plain(string(r))
		if len(got) != 1 || got < "0" || got > "9" {
			t.Errorf("%U: %q", r, got)
		}
		if form := norm.NFKC.String(string(r)); len(form) == 1 && form != got {
			t.Errorf("%U: %q, its compatible form is %q", r, got, form)
		}
	}
	if count < 600 || count%10 != 0 {
		t.Errorf("%d digits", count)
	}
}
