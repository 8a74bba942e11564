package password

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"imagemaster/backend/apperr"
)

func reasonOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != apperr.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != "password" {
		t.Fatalf("not an error of the field password: %v", err)
	}
	return e.Fields[0].Reason
}

func TestCheck(t *testing.T) {
	names := []string{"anna.schmidt@example.org", "Änne Großmann", "ImageMaster", "al"}
	for _, c := range []struct{ pw, want string }{
		// Length counts code points after NFC, nothing else.
		{"", "too_short"},
		{"vioLin7kettle4", "too_short"},
		{"vioLin7kettle45", ""},
		{"дождькотокнобел", ""},
		{"e\u0301e\u0301e\u0301rzwqmnpx", "too_short"},
		{strings.Repeat("kettle violin 4", 2), ""},
		{longPassword(256), ""},
		{longPassword(257), "too_long"},
		{strings.Repeat("x", 300), "too_long"},

		// Everything printable is allowed, and nothing has to be there.
		{"#%&*()-=_[]{};:", ""},
		{"correct horse staple violin", ""},
		{"correct-horse-violin", ""},
		{"the cat likes my keyboard", ""},
		{"😀🐘🌵🍕🚲🎻🧊🪁🦉🛶🧵🥝🪐🦊🎈", ""},
		{"3141592653589793238462643", ""},
		{"Wolke Tisch Gabel Rad", ""},

		// From the lists, whatever the case, spaces and look-alikes.
		{"passwordpassword", "common"},
		{"PassWordPassWord", "common"},
		{"p@ssw0rdP@$$W0RD", "common"},
		{"pass word pass word", "common"},
		{"password12345678", "common"},
		{"Password12345678!", "common"},
		{"password 12345678", "common"},
		{"letmein-letmein1", "common"},
		{"trustno1trustno1!", "common"},
		{"sunshinefootball", "common"},
		{"correcthorsebatterystaple", "common"},
		{"Correct Horse Battery Staple", "common"},
		{"dasistmeinpasswort", "common"},
		{"ichliebedichsosehr", "common"},
		{"парольпарольпароль", "common"},
		{"ｐａｓｓｗｏｒｄ１２３４５６７８", "common"},
		{"teenage mutant ninja turtles", "common"},

		// Repetitions, few letters, sequences and walks.
		{"aaaaaaaaaaaaaaa", "common"},
		{"aaaaabbbbbccccc", "common"},
		{"121212121212121", "common"},
		{"abcabcabcabcabc", "common"},
		{"xk7q!xk7q!xk7q!", "common"},
		{"kq7vz3mkq7vz3mk", "common"},
		{"kettle kettle kettle", "common"},
		{"123456789012345", "common"},
		{"0987654321098765", "common"},
		{"abcdefghijklmnop", "common"},
		{"zyxwvutsrqponml", "common"},
		{"acegikmoqsuwyace", "common"},
		{"абвгдежзийклмноп", "common"},
		{"qwertyuiopasdfgh", "common"},
		{"qwertzuiopasdfgh", "common"},
		{"azertyuiopqsdfgh", "common"},
		{"1qaz2wsx3edc4rfv5tgb", "common"},
		{"mnbvcxzlkjhgfdsapoiuytrewq", "common"},
		{"йцукенгшщзхъфыва", "common"},
		{"1q2w3e4r5t6y7u8i9o", "common"},
		{"qwertyuiop1234567890", "common"},
		{"abcdefghqwertyui1", "common"},

		// Names alone, padded, repeated; but not names among other words.
		{"anna.schmidt@example.org", "contains_name"},
		{"annaschmidtanna", "contains_name"},
		{"Schmidt-Anna-2026", "contains_name"},
		{"ImageMasterImageMaster", "contains_name"},
		{"imagemaster2026!", "contains_name"},
		{"1mageM4ster 12345678", "contains_name"},
		{"imagemaster-password", "contains_name"},
		{"grossmann.grossmann", "contains_name"},
		{"GROẞMANN12345678", "contains_name"},
		{"anna drinks kettle water", ""},
		{"imagemaster violin kettle 4", ""},
		{"imagemaster#%&*()-=_[]", ""},
		{"always all almond altar", ""},
	} {
		if got := reasonOf(t, Check(c.pw, names...)); got != c.want {
			t.Errorf("Check(%q) = %q, want %q", c.pw, got, c.want)
		}
	}
}

// longPassword returns n letters without pattern.
func longPassword(n int) string {
	var b strings.Builder
	state := uint32(1)
	for range n {
		state = state*1664525 + 1013904223
		b.WriteByte('a' + byte(state>>24)%26)
	}
	return b.String()
}

func TestCheckDoesNotEchoThePassword(t *testing.T) {
	for _, pw := range []string{"violinK", "passwordpassword", "imagemaster2026!", strings.Repeat("violinK", 50)} {
		err := Check(pw, "ImageMaster")
		if err == nil || strings.Contains(err.Error(), pw) {
			t.Errorf("Check(%q) = %v", pw, err)
		}
	}
}

// OWASP ASVS 6.2.4 asks for the 3000 most common passwords that satisfy the
// length rule. Lists hold almost none, so this test builds them from the top of
// the list in the ways that common.go describes.
func TestListCoversThreeThousandLongPasswords(t *testing.T) {
	var top []string
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			top = append(top, line)
		}
	}
	if len(top) < 10000 {
		t.Fatalf("the list has %d entries", len(top))
	}
	refused := make(map[string]bool)
	for _, a := range top[:100] {
		for _, b := range top[:100] {
			pw := a + b
			if utf8.RuneCountInString(pw) < MinLength {
				continue
			}
			if Check(pw) == nil {
				t.Fatalf("%q is accepted", pw)
			}
			refused[pw] = true
		}
	}
	for _, word := range top {
		if pw := strings.Repeat(word, 4); utf8.RuneCountInString(pw) >= MinLength {
			if Check(pw) == nil {
				t.Fatalf("%q is accepted", pw)
			}
			refused[pw] = true
		}
	}
	if len(refused) < 3000 {
		t.Errorf("only %d long passwords were tried", len(refused))
	}
}

func TestListedLongPasswordsAreRefused(t *testing.T) {
	tried := 0
	for _, text := range []string{commonText, phrasesText} {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "#") || utf8.RuneCountInString(line) < MinLength {
				continue
			}
			tried++
			if got := reasonOf(t, Check(line)); got != "common" {
				t.Errorf("Check(%q) = %q", line, got)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d entries have %d characters", tried, MinLength)
	}
}

func TestNormalize(t *testing.T) {
	if got := Normalize("Zu\u0308rich"); got != "Z\u00fcrich" {
		t.Errorf("Normalize = %q", got)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"", "passwordpassword", "anna anna anna anna", "\xff\xfe", "e\u0301", strings.Repeat("ab", 128)} {
		f.Add(seed, "anna")
	}
	f.Fuzz(func(t *testing.T, pw, name string) {
		err := Check(pw, name)
		length := utf8.RuneCountInString(Normalize(pw))
		if err == nil && (length < MinLength || length > MaxLength) {
			t.Errorf("accepted %d code points", length)
		}
		if (Check(pw, name) == nil) != (err == nil) {
			t.Error("two answers for one password")
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	pw := longPassword(MaxLength)
	Check(pw) // reads the lists
	for b.Loop() {
		Check(pw, "anna.schmidt@example.org", "ImageMaster")
	}
}
