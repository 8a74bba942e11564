package spa

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"
)

// templated is an index.html with all that the build puts into one.
const templated = `<!doctype html><html lang="{{.Language}}"{{with .Theme}} data-theme="{{.}}"{{end}}><title>{{.Brand}}</title>` +
	`<style>p{color:red}</style>{{if .SignIn}}<img src="{{.Logo}}" alt="{{.Brand}}"><p>{{.Help}}</p>{{end}}</html>`

func templatedApp(site Site) *fiber.App {
	a := fiber.New()
	a.Use(Handler(fstest.MapFS{"index.html": {Data: []byte(templated)}}, site))
	return a
}

func TestThePageIsInTheVisitorsLanguage(t *testing.T) {
	a := templatedApp(Site{})
	for name, test := range map[string]struct{ accept, cookie, want string }{
		"nothing asked":              {"", "", "en"},
		"German":                     {"de", "", "de"},
		"Austrian first":             {"de-AT,de;q=0.9,en;q=0.8", "", "de"},
		"English first":              {"en-GB,de;q=0.9", "", "en"},
		"the order does not matter":  {"en;q=0.5, de;q=0.7", "", "de"},
		"another, then German":       {"fr-FR,fr;q=0.9,de;q=0.4", "", "de"},
		"only others":                {"fr,sv", "", "en"},
		"German refused":             {"de;q=0", "", "en"},
		"upper case":                 {"DE-DE", "", "de"},
		"a longer word":              {"den,deu", "", "en"},
		"a weight that is no number": {"de;q=high,en;q=0.1", "", "en"},
		"chosen before":              {"de", "im_language=en", "en"},
		"chosen before, German":      {"en", "im_language=de", "de"},
		"a choice that is none":      {"de", "im_language=fr", "de"},
		"a choice with markup":       {"en", `im_language="><script>`, "en"},
	} {
		t.Run(name, func(t *testing.T) {
			_, body := ask(t, a, "GET", "/", map[string]string{"Accept-Language": test.accept, "Cookie": test.cookie})
			if !strings.Contains(body, `<html lang="`+test.want+`">`) {
				t.Errorf("want %s: %s", test.want, body)
			}
		})
	}
}

func TestThePageHasTheChosenTheme(t *testing.T) {
	a := templatedApp(Site{})
	for cookie, want := range map[string]string{
		"":                               `<html lang="en">`,
		"im_theme=day":                   `<html lang="en" data-theme="day">`,
		"im_language=de; im_theme=night": `<html lang="de" data-theme="night">`,
		"im_theme=pink":                  `<html lang="en">`,
	} {
		if _, body := ask(t, a, "GET", "/", map[string]string{"Cookie": cookie}); !strings.Contains(body, want) {
			t.Errorf("%q: want %s in %s", cookie, want, body)
		}
	}
}

// TestOnlyAVisitorWhoIsNotSignedInGetsSignIn: somebody who may be signed in must
// not see Sign in for a moment.
func TestOnlyAVisitorWhoIsNotSignedInGetsSignIn(t *testing.T) {
	a := templatedApp(Site{Help: "room 7"})
	for name, test := range map[string]struct {
		path, cookie string
		want         bool
	}{
		"the page":                       {"/sign-in", "", true},
		"the page, coming from another":  {"/sign-in?next=/sessions", "", true},
		"the root":                       {"/", "", true},
		"a known browser":                {"/", "im_device=x; im_theme=day", true},
		"a session":                      {"/", "im_device=x; im_session=y", false},
		"a session on https":             {"/sign-in", "__Host-im_session=y", false},
		"a pending sign-in":              {"/sign-in", "im_pending=y", false},
		"a pending sign-in on https":     {"/", "__Host-im_device=x; __Host-im_pending=y", false},
		"a page that needs a session":    {"/two-factor", "", false},
		"the page after the set-up link": {"/setup", "", false},
		"a page that does not exist":     {"/sign-in/x", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, body := ask(t, a, "GET", test.path, map[string]string{"Cookie": test.cookie, "Sec-Fetch-Mode": "navigate"})
			if got := strings.Contains(body, "room 7"); got != test.want {
				t.Errorf("holds Sign in: %v, want %v", got, test.want)
			}
		})
	}
}

func TestWhatTheOperatorChoseIsEscaped(t *testing.T) {
	a := templatedApp(Site{Brand: `<b>"A" & 'B'</b>`, Logo: "/api/brand/logo", Help: "</p><script>alert(1)</script>"})
	_, body := ask(t, a, "GET", "/", nil)
	want := `<title>&lt;b&gt;&#34;A&#34; &amp; &#39;B&#39;&lt;/b&gt;</title><style>p{color:red}</style>` +
		`<img src="/api/brand/logo" alt="&lt;b&gt;&#34;A&#34; &amp; &#39;B&#39;&lt;/b&gt;"><p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>`
	if !strings.Contains(body, want) {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

// TestThePolicyAllowsTheStyleOfThePage, and nothing else inline.
func TestThePolicyAllowsTheStyleOfThePage(t *testing.T) {
	sum := sha256.Sum256([]byte("p{color:red}"))
	want := "; style-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; "
	for _, path := range []string{"/", "/two-factor"} {
		response, body := ask(t, templatedApp(Site{}), "GET", path, map[string]string{"Sec-Fetch-Mode": "navigate"})
		if !strings.Contains(body, "<style>p{color:red}</style>") {
			t.Fatalf("%s is sent without the style: %s", path, body)
		}
		if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, want) || strings.Count(policy, "sha256") != 1 {
			t.Errorf("%s: %s", path, policy)
		}
	}
}

func TestEachShapeOfThePageHasItsTag(t *testing.T) {
	a := templatedApp(Site{})
	seen := map[string]string{}
	for _, cookie := range []string{"im_x=1", "im_language=de", "im_theme=day", "im_theme=night", "im_session=x", "im_session=x; im_theme=day"} {
		for _, coding := range []string{"", "gzip", "br"} {
			headers := map[string]string{"Cookie": cookie, "Accept-Encoding": coding}
			response, body := ask(t, a, "GET", "/", headers)
			if got := response.Header.Get("Vary"); got != "Accept-Encoding, Accept-Language, Cookie" {
				t.Errorf("Vary %q", got)
			}
			if got := response.Header.Get("Content-Encoding"); got != coding {
				t.Errorf("asked for %q: Content-Encoding %q", coding, got)
			}
			tag, name := response.Header.Get("ETag"), cookie+" "+coding
			if other, twice := seen[tag]; twice {
				t.Errorf("%q and %q have the same tag", name, other)
			}
			seen[tag] = name
			_, plain := ask(t, a, "GET", "/", map[string]string{"Cookie": cookie})
			if got := decode(t, coding, body); got != plain {
				t.Errorf("%s is not %s", got, plain)
			}
		}
	}
}

func decode(t *testing.T, coding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	switch coding {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		var err error
		if r, err = gzip.NewReader(r); err != nil {
			t.Fatal(err)
		}
	}
	var plain bytes.Buffer
	if _, err := io.Copy(&plain, r); err != nil {
		t.Fatal(err)
	}
	return plain.String()
}

func TestATemplateThatNamesAnUnknownFieldStartsNoServer(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Handler took it")
		}
	}()
	Handler(fstest.MapFS{"index.html": {Data: []byte("{{.Nothing}}")}}, Site{})
}

// FuzzAcceptLanguage: only a language that the field names is chosen, and one that
// comes first without a weight always is.
func FuzzAcceptLanguage(f *testing.F) {
	for _, seed := range []string{"", "de-AT,en;q=0.5", "*", "de;q=NaN", "en;q=1e400,de", ",;=", "\xff-de"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		got := preferred(field)
		if got != "" && got != "en" && got != "de" || !strings.Contains(strings.ToLower(field), got) {
			t.Errorf("%q gives %q", field, got)
		}
		if got := preferred("de," + field); got != "de" && !strings.Contains(strings.ToLower(field), "en") {
			t.Errorf("German, then %q gives %q", field, got)
		}
	})
}
