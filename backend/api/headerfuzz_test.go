package api

import (
	"mime"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// FuzzCookies: a token counts if its cookie is there once, and nothing else is
// taken for it.
func FuzzCookies(f *testing.F) {
	f.Add("other=1; ", "; more=2")
	f.Add("__Host-im_session=planted; ", "")
	f.Add("", ";__Host-im_session=planted")
	f.Add("__host-im_session=planted; im_session=planted;", ", __Host-im_pending=x")
	f.Add(`a="; `, `"; b="`)
	f.Add("__Host-im_session", "__Host-im_session=\x00")
	names := namesFor("https")
	token := strings.Repeat("t", 43)
	f.Fuzz(func(t *testing.T, before, after string) {
		before, after = strings.Map(noLineEnd, before), strings.Map(noLineEnd, after)
		if before != "" && !strings.HasSuffix(strings.TrimRight(before, " "), ";") {
			before += "; "
		}
		if after != "" && !strings.HasPrefix(strings.TrimLeft(after, " "), ";") {
			after = "; " + after
		}
		got := readCookies(names, before+names.session+"="+token+after)
		planted := strings.Contains(before+after, names.session)
		if got.Session != token && (got.Session != "" || !planted) {
			t.Errorf("between %q and %q the session is %q", before, after, got.Session)
		}
		alone := readCookies(names, before+"x=y"+after)
		if !strings.Contains(before+after, names.pending) && alone.Pending != "" || !strings.Contains(before+after, names.device) && alone.Device != "" {
			t.Errorf("%q and %q give %+v", before, after, alone)
		}
		if alone.Session != "" && !strings.Contains(before+after, names.session) {
			t.Errorf("%q and %q give the session %q", before, after, alone.Session)
		}
	})
}

func noLineEnd(r rune) rune {
	if r == '\r' || r == '\n' || r == 0 {
		return -1
	}
	return r
}

func readCookies(names cookieNames, line string) (tokens struct{ Session, Pending, Device string }) {
	app := fiber.New()
	rc := &fasthttp.RequestCtx{}
	rc.Request.Header.Set("Cookie", line)
	c := app.AcquireCtx(rc)
	defer app.ReleaseCtx(c)
	read := names.read(c)
	tokens.Session, tokens.Pending, tokens.Device = read.Session, read.Pending, read.Device
	return tokens
}

// FuzzHost: only our own host counts as ours, and only our own origin.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{host, "SIGN-IN.example:443", "sign-in.example:80", "sign-in.example.", "sign-in.example:443:443", "sıgn-in.example", "\u212a",
		"https://sign-in.example", "HTTPS://sign-in.example:443", "http\u017f://sign-in.example", "https://sign-in.example/", "null", "https://a@sign-in.example", ""} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, sent string, https bool) {
		scheme, port := "http", ":80"
		if https {
			scheme, port = "https", ":443"
		}
		for _, own := range []string{host, "kiosk.example:8443", "[::1]:8080"} {
			o := newOrigin(&url.URL{Scheme: scheme, Host: own})
			hosts := []string{own, own + port}
			if got := o.isHost(sent); got && !slices.Contains(hosts, lowerASCII(sent)) {
				t.Errorf("%q counts as the host %s", sent, own)
			}
			if got := o.isOrigin(sent); got && !slices.Contains([]string{scheme + "://" + hosts[0], scheme + "://" + hosts[1]}, lowerASCII(sent)) {
				t.Errorf("%q counts as the origin %s://%s", sent, scheme, own)
			}
			if !o.isHost(strings.ToUpper(own)) || !o.isOrigin(scheme+"://"+own) {
				t.Errorf("%s does not count as itself", own)
			}
		}
	})
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// FuzzUserAgent: the kept text fits the column and a log line, and is a part of
// the text that was sent.
func FuzzUserAgent(f *testing.F) {
	for _, seed := range []string{"Mozilla/5.0", "a\r\nb\x00\x7f\u0085", strings.Repeat("ä", 300), strings.Repeat("a", 511) + "€", "\xff\xfe", "\ufffd", "\u2028\u202e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		kept := cutUserAgent(sent)
		if len(kept) > maxUserAgentBytes || !utf8.ValidString(kept) || strings.ContainsFunc(kept, unicode.IsControl) {
			t.Errorf("of %q is kept %q", sent, kept)
		}
		if again := cutUserAgent(kept); again != kept {
			t.Errorf("of %q is kept %q, and of that %q", sent, kept, again)
		}
		rest := sent
		for _, r := range kept {
			_, after, found := strings.Cut(rest, string(r))
			if !found {
				t.Fatalf("of %q is kept %q", sent, kept)
			}
			rest = after
		}
	})
}

// FuzzContentType: only a field that says JSON counts as JSON, and none that a
// form can send.
func FuzzContentType(f *testing.F) {
	for _, seed := range []string{"application/json", "Application/JSON; charset=UTF-8", "text/plain", "application/json, text/plain", "application/json;charset=utf-16",
		"multipart/form-data; boundary=application/json", "application/json; charset=utf-8; charset=utf-8", "application/json;", "application/json; x=y", " application/json"} {
		f.Add(seed)
	}
	app := fiber.New()
	f.Fuzz(func(t *testing.T, sent string) {
		rc := &fasthttp.RequestCtx{}
		rc.Request.Header.SetMethod("POST")
		rc.Request.Header.Set("Content-Type", sent)
		c := app.AcquireCtx(rc)
		defer app.ReleaseCtx(c)
		if !isJSON(c) {
			return
		}
		kind, parameters, err := mime.ParseMediaType(sent)
		if err != nil || kind != "application/json" || len(parameters) > 1 {
			t.Errorf("%q counts as JSON", sent)
		}
		for _, simple := range []string{"text/plain", "multipart/form-data", "application/x-www-form-urlencoded"} {
			if strings.Contains(lowerASCII(sent), simple) {
				t.Errorf("%q counts as JSON", sent)
			}
		}
	})
}
