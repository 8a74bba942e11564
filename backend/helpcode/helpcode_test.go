package helpcode_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/helpcode"
)

func TestGenerate(t *testing.T) {
	form := regexp.MustCompile(`^HELP(-[0-9A-HJKMNP-TV-Z]{4}){4}$`)
	seen := map[string]bool{}
	for range 1000 {
		code := helpcode.Generate()
		canonical, ok := helpcode.Parse(code)
		if !form.MatchString(code) || !ok || "HELP"+canonical != strings.ReplaceAll(code, "-", "") || seen[code] {
			t.Fatalf("%s is read as %q", code, canonical)
		}
		seen[code] = true
	}
}

func TestParse(t *testing.T) {
	const want = "01230123ABCDWXYZ"
	for _, typed := range []string{
		"HELP-0123-0123-ABCD-WXYZ", "help-0123-0123-abcd-wxyz", "HELP 0123 0123 ABCD WXYZ", "HELP01230123ABCDWXYZ", "  he1p-oi23-Ol23-abcd-wxyz\t",
		"HELP–0123—0123−ABCD‑WXYZ", "ＨＥＬＰ－０１２３－０１２３－ＡＢＣＤ－ＷＸＹＺ", "HELP-٠١٢٣-٠١٢٣-ABCD-WXYZ", "H E L P-0123\u200b0123ABCDWXYZ",
	} {
		if got, ok := helpcode.Parse(typed); !ok || got != want {
			t.Errorf("%q is read as %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{
		"", "HELP", "0123-0123-ABCD-WXYZ", "HELP-0123-0123-ABCD-WXY", "HELP-0123-0123-ABCD-WXYZ0", "HULP-0123-0123-ABCD-WXYZ",
		"0123-0123-ABCD-WXYZ-HELP", "HELP-0123-0123-ABCD-WXYU", "123456", "HELP-0123-0123-ABCD-WXY!",
	} {
		if got, ok := helpcode.Parse(typed); ok || got != "" {
			t.Errorf("%q is read as %q, %v", typed, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"HELP-0123-0123-ABCD-WXYZ", "help", "HELP-ＡＢＣＤ-0123-0123-0123", "\xffHELP"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := helpcode.Parse(typed)
		if !ok {
			if code != "" {
				t.Fatalf("%q is refused and read as %q", typed, code)
			}
			return
		}
		if again, ok := helpcode.Parse("HELP-" + code); !ok || again != code || len(code) != 16 {
			t.Fatalf("%q is read as %q, and that as %q", typed, code, again)
		}
	})
}

func TestOpen(t *testing.T) {
	given := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	code := helpcode.Code{Epoch: 7, CreatedAt: given.UnixMilli(), ExpiresAt: given.Add(15 * time.Minute).UnixMilli()}
	for name, c := range map[string]struct {
		epoch int64
		after time.Duration
		want  bool
	}{
		"at once":                     {7, 0, true},
		"its last moment":             {7, 15*time.Minute - time.Millisecond, true},
		"its end":                     {7, 15 * time.Minute, false},
		"another epoch":               {8, 0, false},
		"a former epoch":              {6, 0, false},
		"a clock that is a bit back":  {7, -5 * time.Minute, true},
		"a clock that was ahead then": {7, -5*time.Minute - time.Millisecond, false},
	} {
		if got := code.Open(c.epoch, given.Add(c.after)); got != c.want {
			t.Errorf("%s: open %v", name, got)
		}
	}
}
