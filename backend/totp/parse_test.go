package totp

import (
	"strings"
	"testing"
)

func TestParseCode(t *testing.T) {
	for input, want := range map[string]string{
		"123456":                         "123456",
		"000000":                         "000000",
		" 123 456 ":                      "123456",
		"123-456":                        "123456",
		"12 34 56\r\n":                   "123456",
		"123\u00a0456":                   "123456",
		"123\u2009456":                   "123456",
		"123\u3000456":                   "123456",
		"123\u2013456":                   "123456",
		"123\u2011456":                   "123456",
		"123\u2212456":                   "123456",
		"\u202a123\u200b456\u202c\ufeff": "123456",
		"":                               "",
		"   ":                            "",
		"12345":                          "",
		"1234567":                        "",
		"12345a":                         "",
		"12345.":                         "",
		"+123456":                        "",
		"１２３４５６":                         "123456",
		"١٢٣٤٥٦":                         "123456",
		"۱۲۳ ۴۵۶":                        "123456",
		"①23456":                         "",
		"123456\x00":                     "",
		"12345\xff6":                     "",
		"7K2M-Q9XA-4TBD-R8WC":            "",
	} {
		got, ok := ParseCode(input)
		if ok != (want != "") || ok && got != want {
			t.Errorf("ParseCode(%q) = %q, %v", input, got, ok)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"", "123456", "123 456", "\u200b1-2-3-4-5-6", "１２３４５６", "\xff", "1234567", "\u0661\u0662\u0663\u06f4\u06f5\u06f6"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		code, ok := ParseCode(input)
		if !ok {
			return
		}
		if len(code) != Digits || strings.Trim(code, "0123456789") != "" {
			t.Errorf("accepted as %q", code)
		}
		if again, ok := ParseCode(code); !ok || again != code {
			t.Errorf("read again as %q, %v", again, ok)
		}
	})
}
