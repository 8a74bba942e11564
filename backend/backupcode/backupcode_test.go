package backupcode

import (
	"regexp"
	"strings"
	"testing"
)

func TestGenerate(t *testing.T) {
	form := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := make(map[string]bool)
	for range 200 {
		codes := Generate()
		if len(codes) != 10 {
			t.Fatalf("%d codes", len(codes))
		}
		for _, code := range codes {
			if !form.MatchString(code) {
				t.Fatalf("form of %q", code)
			}
			canonical, ok := Parse(code)
			if !ok || canonical != strings.ReplaceAll(code, "-", "") || Format(canonical) != code {
				t.Fatalf("Parse(%q) = %q, %v", code, canonical, ok)
			}
			if seen[code] {
				t.Fatal("a code came twice")
			}
			seen[code] = true
		}
	}
}

// Every symbol must be equally likely in every random position. With 16000
// draws a symbol is expected 500 times; 350 and 650 lie 6.8 standard
// deviations away.
func TestSymbolsAreUniform(t *testing.T) {
	var counts [15][base]int
	for range 1600 {
		for _, code := range Generate() {
			code, _ := Parse(code)
			for i := range counts {
				counts[i][strings.IndexByte(alphabet, code[i])]++
			}
		}
	}
	for position := range counts {
		for symbol, n := range counts[position] {
			if n < 350 || n > 650 {
				t.Errorf("%c stands %d times at position %d", alphabet[symbol], n, position)
			}
		}
	}
}

func TestCheckWord(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := make(map[string]bool)
	for range 100 {
		word := CheckWord()
		if !form.MatchString(word) {
			t.Fatalf("form of %q", word)
		}
		seen[word] = true
	}
	if len(seen) < 95 {
		t.Errorf("only %d different words", len(seen))
	}
}

// withCheck completes 15 symbols to a code.
func withCheck(payload string) string {
	return payload + string(alphabet[checkSymbol(payload)])
}

func TestParse(t *testing.T) {
	code := withCheck("7K2MQ9XA4TBDR8W")
	look := withCheck("0123456789ABCD1")
	if got := look[:15]; got != "0123456789ABCD1" {
		t.Fatal(got)
	}
	for _, c := range []struct{ input, want string }{
		{code, code},
		{Format(code), code},
		{strings.ToLower(Format(code)), code},
		{"  " + strings.Join(strings.Split(Format(code), "-"), "  ") + "\r\n", code},
		{strings.ReplaceAll(Format(code), "-", "\u00a0"), code}, // no-break space
		{strings.ReplaceAll(Format(code), "-", "\u3000"), code}, // ideographic space
		{strings.ReplaceAll(Format(code), "-", "\u2013"), code}, // en dash
		{strings.ReplaceAll(Format(code), "-", "\u2011"), code}, // no-break hyphen
		{strings.ReplaceAll(Format(code), "-", "\u2212"), code}, // minus sign
		{strings.ReplaceAll(Format(code), "-", "\u200b"), code}, // zero-width space
		{strings.ReplaceAll(Format(code), "-", " \u2014 "), code},
		{"\ufeff" + code, code},
		{strings.Join(strings.Split(code, ""), "-"), code},

		{"O" + look[1:], look},
		{"o" + look[1:], look},
		{look[:1] + "I" + look[2:], look},
		{look[:1] + "l" + look[2:14] + "i" + look[15:], look},

		{"", ""},
		{"    ", ""},
		{"----", ""},
		{"123456", ""},
		{code[:15], ""},
		{code + "0", ""},
		{code + code, ""},
		{"U" + code[1:], ""},
		{code[:15] + "*", ""},
		{strings.Replace(Format(code), "-", "_", 1), ""},
		{"７" + code[1:], code}, // full-width digit
		{"1.  " + Format(code), code},
		{"3.\u00a0" + Format(code), code},
		{"\u00a03.\u00a0 " + Format(code), code},
		{"\u200f３．\u3000" + Format(code), code},
		{"10. " + Format(code), code},
		{" \u2610 7) " + Format(code) + "\r\n", code},
		{"[ ] 3. " + Format(code), code},
		{"1." + Format(code), ""},
		{"123. " + Format(code), ""},
		{"1. 2. " + Format(code), ""},
		{"\xff" + code[1:], ""},
		{strings.Replace(code, "K", "\u212a", 1), ""}, // Kelvin sign
		{"К" + code[1:], ""},                          // Cyrillic letter
		{strings.Repeat("0", 5000), ""},
	} {
		got, ok := Parse(c.input)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Parse(%q) = %q, %v, want %q", c.input, got, ok, c.want)
		}
	}
}

// The doubled values of Luhn's algorithm must all differ, or a wrong symbol
// could go unnoticed. This is checked for every symbol and both weights in
// every position of some codes.
func TestEveryWrongSymbolIsNoticed(t *testing.T) {
	for _, code := range Generate() {
		code, _ := Parse(code)
		for i := range code {
			for _, wrong := range []byte(alphabet) {
				if wrong == code[i] {
					continue
				}
				typed := code[:i] + string(wrong) + code[i+1:]
				if _, ok := Parse(typed); ok {
					t.Fatalf("%s was accepted for %s", typed, code)
				}
			}
		}
	}
}

// All pairs of neighbours, at every position: only 0 and Z may be exchanged
// unnoticed, as with Luhn's algorithm for 0 and 9.
func TestExchangedNeighboursAreNoticed(t *testing.T) {
	const filler = "7K2MQ9XA4TBDR8W"
	for i := range 15 {
		for _, a := range []byte(alphabet) {
			for _, b := range []byte(alphabet) {
				code, exchanged, possible := exchange(filler, i, a, b)
				if !possible || a == b {
					continue
				}
				_, ok := Parse(exchanged)
				zeroAndZ := a == '0' && b == 'Z' || a == 'Z' && b == '0'
				if ok != zeroAndZ {
					t.Fatalf("%s for %s: accepted %v", exchanged, code, ok)
				}
			}
		}
	}
}

// exchange makes a code with a and b at i and i+1 and the same with b and a.
// For the check symbol b follows from the others, so not every pair exists.
func exchange(filler string, i int, a, b byte) (code, exchanged string, possible bool) {
	payload := []byte(filler)
	payload[i] = a
	if i+1 < len(payload) {
		payload[i+1] = b
	}
	code = withCheck(string(payload))
	if i+1 == len(payload) && code[i+1] != b {
		// Another symbol elsewhere gives the wanted check symbol.
		for _, other := range []byte(alphabet) {
			payload[0] = other
			if code = withCheck(string(payload)); code[i+1] == b {
				break
			}
		}
	}
	swapped := []byte(code)
	swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
	return code, string(swapped), code[i] == a && code[i+1] == b
}

// A worked example, computed by hand: payload 000000000000001 doubles its last
// symbol to 2, the sum is 2, and 30 (Y) fills it up to 32.
func TestCheckSymbolByHand(t *testing.T) {
	for payload, want := range map[string]byte{
		"000000000000000": '0',
		"000000000000001": 'Y', // 32 - 2
		"000000000000010": 'Z', // 32 - 1
		"00000000000000G": 'Z', // 2*16 = 32 = "10", digit sum 1
		"00000000000000Z": '1', // 2*31 = 62 = "1Y", digit sum 31
		"100000000000000": 'Y', // the first symbol has the weight of the last
	} {
		if got := alphabet[checkSymbol(payload)]; got != want {
			t.Errorf("check symbol of %s = %c, want %c", payload, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "7K2M-Q9XA-4TBD-R8WC", "0000-0000-0000-0000", "oooo iiii llll 0000", "\u200b\u2212\xff", "123456",
		"1.  7K2M-Q9XA-4TBD-R8WC", "\u25a1 10. 7K2M-Q9XA-4TBD-R8WC\r\n", "７Ｋ２Ｍ－Ｑ９ＸＡ－４ＴＢＤ－Ｒ８ＷＣ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		code, ok := Parse(input)
		if !ok {
			if code != "" {
				t.Errorf("refused and returned %q", code)
			}
			return
		}
		if len(code) != 16 || strings.Trim(code, alphabet) != "" {
			t.Errorf("canonical form %q", code)
		}
		if again, ok := Parse(Format(code)); !ok || again != code {
			t.Errorf("%q read again is %q, %v", code, again, ok)
		}
	})
}
