package totp

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var november = time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("", 2*60*60))

func TestKeyURI(t *testing.T) {
	const tail = "&algorithm=SHA1&digits=6&period=30"
	const secret = "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="
	for _, c := range []struct{ issuer, label, want string }{
		{"ImageMaster", "anna", "otpauth://totp/ImageMaster:anna" + secret + "ImageMaster" + tail},
		{"Tom & Co=1+2", "a/b?c#d@x", "otpauth://totp/Tom%20%26%20Co%3D1%2B2:a%2Fb%3Fc%23d%40x" + secret + "Tom%20%26%20Co%3D1%2B2" + tail},
		{"Büro", "jörg", "otpauth://totp/B%C3%BCro:j%C3%B6rg" + secret + "B%C3%BCro" + tail},
		{"A:B", "c:d", "otpauth://totp/A-B:c-d" + secret + "A-B" + tail},
		{"Ключ", "анна", "otpauth://totp/%D0%9A%D0%BB%D1%8E%D1%87:%D0%B0%D0%BD%D0%BD%D0%B0" + secret + "%D0%9A%D0%BB%D1%8E%D1%87" + tail},
		{"🔑", "🦊", "otpauth://totp/%F0%9F%94%91:%F0%9F%A6%8A" + secret + "%F0%9F%94%91" + tail},
		{"100%", "a-b._~", "otpauth://totp/100%25:a-b._~" + secret + "100%25" + tail},
		{"I", "anna (2, 2026-11-23)", "otpauth://totp/I:anna%20%282%2C%202026-11-23%29" + secret + "I" + tail},
		{"I'm!*", "\"<>", "otpauth://totp/I%27m%21%2A:%22%3C%3E" + secret + "I%27m%21%2A" + tail},
	} {
		if got := KeyURI(c.issuer, c.label, rfcSeed); got != c.want {
			t.Errorf("KeyURI(%q, %q)\n got %s\nwant %s", c.issuer, c.label, got, c.want)
		}
	}
}

func TestLongestKeyURI(t *testing.T) {
	for _, brand := range []string{strings.Repeat("I", 99), strings.Repeat("ü", 99), strings.Repeat("🦊", 99), strings.Repeat(" ", 99)} {
		for _, name := range []string{strings.Repeat("n", 64), strings.Repeat("ü", 64), strings.Repeat("🦊", 64), "a"} {
			uri := KeyURI(brand, Label(name, 12, november, 1234), rfcSeed)
			if len(uri) > 194 {
				t.Errorf("%d bytes: %s", len(uri), uri)
			}
		}
	}
}

func TestIssuer(t *testing.T) {
	for brand, want := range map[string]string{
		"ImageMaster":                  "ImageMaster",
		"Image:Master":                 "Image-Master",
		"Twenty-four bytes.......":     "Twenty-four bytes.....", // a space counts three
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaa": "aaaaaaaaaaaaaaaaaaaaaaaa",
		"ИмиджМастер":                  "Имид",
		"\xffa":                        "\uFFFDa",
	} {
		if got := Issuer(brand); got != want {
			t.Errorf("Issuer(%q) = %q, want %q", brand, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		name   string
		number int
		id     int64
		want   string
	}{
		{"anna", 1, 17, "anna"},
		{"anna", 2, 17, "anna (2, 2026-11-23)"},
		{"maximilian.mustermann", 2, 17, "maximilian.mustermann (2, 2026-11-23)"},
		{"maximilian.mustermann@example.com", 2, 17, "maximilian.mustermann@example.com (2)"},
		{"a:b", 1, 17, "a-b #17"},
		{"a-b", 1, 18, "a-b"},
		{"a:b", 3, 17, "a-b #17 (3, 2026-11-23)"},
		{strings.Repeat("n", 48), 1, 17, strings.Repeat("n", 48)},
		{strings.Repeat("n", 49), 1, 17, strings.Repeat("n", 40) + " #17"},
		{strings.Repeat("n", 64), 2, 17, strings.Repeat("n", 30) + " #17 (2)"},
		{"александр", 1, 17, "алекса #17"}, // six letters of six bytes, eight for the id
	} {
		if got := Label(c.name, c.number, november, c.id); got != c.want {
			t.Errorf("Label(%q, %d) = %q, want %q", c.name, c.number, got, c.want)
		}
	}
}

// Long names that differ only at their end, names that look like labels, all
// numbers and ids: no label may be longer than allowed or come twice.
func TestLabelsAreShortAndNeverEqual(t *testing.T) {
	seen := make(map[string]string)
	id := int64(0)
	for _, beginning := range []string{"", strings.Repeat("n", 50), strings.Repeat("ü", 30), strings.Repeat("🦊", 20), "a:b", "a-b", "a#1"} {
		for _, end := range []string{"a", "b", ":", "-", "#1", "(2)", "1"} {
			id++
			for _, account := range []int64{id, math.MaxInt64 - id} {
				name := fmt.Sprint(beginning, end, account)
				for _, number := range []int{1, 2, 10, math.MaxInt32} {
					label := Label(name, number, november, account)
					if len(escape(label)) > maxLabel || strings.Contains(label, ":") || !utf8.ValidString(label) {
						t.Errorf("label %q", label)
					}
					what := fmt.Sprint(name, number)
					if other, taken := seen[label]; taken {
						t.Errorf("%q stands for %q and %q", label, other, what)
					}
					seen[label] = what
				}
			}
		}
	}
}

func FuzzKeyURI(f *testing.F) {
	f.Add("Tom & Co=1+2", "a/b?c#d@x", rfcSeed)
	f.Add("A:B", "c:d %3A", rfcSeed)
	f.Add("", "", []byte{})
	f.Add("\xff", "🦊\u202e", []byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, issuer, label string, seed []byte) {
		uri := KeyURI(issuer, label, seed)
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%s: %v", uri, err)
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Fragment != "" || u.User != nil || len(query) != 5 {
			t.Fatalf("%s: %+v, %v", uri, u, err)
		}
		if query.Get("secret") != Secret(seed) || query.Get("issuer") != Issuer(issuer) {
			t.Errorf("%s: secret or issuer lost", uri)
		}
		want := "/" + Issuer(issuer) + ":" + withoutColon(label)
		if u.Path != want || strings.Count(u.Path, ":") != 1 {
			t.Errorf("path %q, want %q", u.Path, want)
		}
	})
}
