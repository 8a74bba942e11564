package useragent

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string][2]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                           {"Firefox", "Windows"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":              {"Edge", "Windows"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                      {"Safari", "macOS"},
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                            {"Chrome", "Android"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1": {"Chrome", "iPhone"},
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                     {"Firefox", "Linux"},
		"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": {"Samsung Internet", "Android"},
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0":               {"Opera", "ChromeOS"},
		"curl/8.5.0":                             {"", ""},
		"":                                       {"", ""},
		"<script>alert(1)</script> Windows evil": {"", "Windows"},
	} {
		if browser, system := Parse(text); browser != want[0] || system != want[1] {
			t.Errorf("%q: got %q on %q, want %q", text, browser, system, want)
		}
	}
}

// FuzzParse: the result is one of our own names, for a sign that the text holds.
// Text added at the end never removes a name.
func FuzzParse(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", " Edg/1")
	f.Add("Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) Version/18.5 Safari/605.1.15", "\xff")
	f.Add("<script>alert(1)</script> Chrome", "/ Windows")
	f.Fuzz(func(t *testing.T, text, more string) {
		browser, system := Parse(text)
		wantName(t, browsers, text, browser)
		wantName(t, systems, text, system)
		longer, on := Parse(text + more)
		if browser != "" && longer == "" || system != "" && on == "" {
			t.Errorf("%q is %q on %q, with %q behind it %q on %q", text, browser, system, more, longer, on)
		}
	})
}

// wantName checks a name against the list: the first sign the text has.
func wantName(t *testing.T, names []struct{ sign, name string }, text, got string) {
	t.Helper()
	for _, n := range names {
		switch has := strings.Contains(text, n.sign); {
		case has && n.name == got:
			return
		case has:
			t.Fatalf("%q is %q, want %q", text, got, n.name)
		}
	}
	if got != "" {
		t.Fatalf("%q is %q, want nothing", text, got)
	}
}
