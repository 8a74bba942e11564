package config

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// one returns a reader that finds the content under every name.
func one(content []byte) ReadFile {
	return func(_ string, most int) ([]byte, error) { return content[:min(most, len(content))], nil }
}

// FuzzPublicURL: an accepted address becomes an origin that stays the same.
func FuzzPublicURL(f *testing.F) {
	for _, seed := range []string{"https://login.example.org", "http://[::1]:8080", "http://localhost/", "https://a@b:1?c#d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		origin, err := ParseOrigin(text)
		if err != nil {
			return
		}
		if again, err := ParseOrigin(origin); err != nil || again != origin {
			t.Errorf("%q became %q, which becomes %q, %v", text, origin, again, err)
		}
	})
}

// FuzzProxies: the trusted networks are those in the list, never all addresses.
// An error is one line.
func FuzzProxies(f *testing.F) {
	for _, seed := range []string{"10.0.0.0/8, 192.0.2.1", "::1 fd00::/8", "0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "10.0.0.1/8", "fe80::1%eth0", ",;\n", "1.2.3.4/33", "::ffff:1.2.3.4",
		"0.0.0.0/1,128.0.0.0/1", "::/1", "1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8,5.0.0.0/16"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		prefixes, err := checkProxies(list)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%q is refused in several lines: %v", list, err)
			}
			return
		}
		written := make([]string, len(prefixes))
		for i, p := range prefixes {
			written[i] = p.String()
			if !p.IsValid() || p.Bits() == 0 || p.Addr().Is4In6() || p.Addr().Zone() != "" || p != p.Masked() {
				t.Errorf("%q: trusts %v", list, p)
			}
		}
		if held := share(prefixes); held < 0 || held > 4 {
			t.Errorf("%q holds %v of the widest networks", list, held)
		}
		again, err := checkProxies(strings.Join(written, ", "))
		if err != nil || len(again) != len(prefixes) {
			t.Fatalf("%q is %v, which is read again as %v, %v", list, prefixes, again, err)
		}
		if items := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }); len(items) != len(prefixes) {
			t.Errorf("%q gives %d networks", list, len(prefixes))
		}
	})
}

// FuzzDSNFile: the DSN is the one line of the file. A refusal does not repeat it.
func FuzzDSNFile(f *testing.F) {
	f.Add([]byte("user:password@tcp(db:3306)/name\n"))
	f.Add([]byte("\r\n a:b@/c \r\n"))
	f.Add([]byte("secret-of-the-first-line\nsecret-of-the-second"))
	f.Add(bytes.Repeat([]byte("x"), maxSecretFile+1))
	f.Add([]byte("\ufeffuser:password@tcp(db:3306)/name\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dsn, err := checkDSN(StoreFlags{DatabaseFile: "dsn"}, one(content))
		text := strings.TrimSpace(string(unmarked(content)))
		if err != nil {
			if len(text) > 20 && strings.Contains(err.Error(), text) {
				t.Errorf("the file is repeated: %v", err)
			}
			return
		}
		if dsn == "" || dsn != text || len(content) > maxSecretFile || strings.ContainsAny(dsn, "\r\n") {
			t.Errorf("%q gives %q", content, dsn)
		}
		if got, err := checkDSN(StoreFlags{Database: dsn}, nil); err != nil || got != dsn {
			t.Errorf("as an option %q is %q, %v", dsn, got, err)
		}
	})
}

// unmarked returns a text without byte order marks in front.
func unmarked(content []byte) []byte { return bytes.TrimLeft(content, "\ufeff") }

// FuzzSecretFile: the password is the file without its byte order mark and the line
// ends behind it. A refusal does not repeat it.
func FuzzSecretFile(f *testing.F) {
	f.Add([]byte(" a password with spaces \r\n"))
	f.Add([]byte("a password\r\rof two lines"))
	f.Add([]byte("\n"))
	f.Add([]byte("nul\x00"))
	f.Add([]byte("\xef\xbb\xbf marked \n\n"))
	f.Add([]byte("\ufeff\ufeff twice marked\n"))
	f.Add([]byte("\xff\xfew\x00i\x00d\x00e\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		secret, err := one(content).secret("file", "password", trimLineEnd)
		if err != nil {
			text := strings.TrimSpace(string(content))
			if secret != "" || len(text) > 20 && strings.Contains(err.Error(), text) {
				t.Errorf("%q is repeated: %v", content, err)
			}
			return
		}
		text := string(unmarked(content))
		if secret == "" || strings.ContainsAny(secret, "\x00\r\n") || !strings.HasPrefix(text, secret) {
			t.Errorf("%q gives %q", content, secret)
		}
		if end := text[min(len(secret), len(text)):]; strings.Trim(end, "\r\n") != "" {
			t.Errorf("%q loses %q", content, end)
		}
		if got, err := checkSecretLine(secret); err != nil || got != secret {
			t.Errorf("as an option %q is %q, %v", secret, got, err)
		}
	})
}

// FuzzLogo: an accepted logo is a picture of its type, small enough to be drawn.
func FuzzLogo(f *testing.F) {
	f.Add(picture(f))
	f.Add(picture(f)[:40])
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>`))
	f.Add([]byte(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>`))
	f.Add([]byte("<html><svg/></html>"))
	f.Add([]byte("<svg/><script>"))
	f.Add([]byte("\xef\xbb\xbf<svg/>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		logo, err := one(content).checkLogo("logo")
		if err != nil {
			return
		}
		if !bytes.Equal(logo.Bytes, unmarked(content)) || len(content) > maxLogo {
			t.Fatalf("%d bytes of %d are taken", len(logo.Bytes), len(content))
		}
		switch logo.Type {
		case "image/png":
			drawn, err := png.Decode(bytes.NewReader(content))
			if err != nil || drawn.Bounds().Dx() > maxLogoSide || drawn.Bounds().Dy() > maxLogoSide {
				t.Errorf("taken as a PNG: %v", err)
			}
		case "image/svg+xml":
			if !isSVG(content) || !bytes.Contains(content, []byte("svg")) {
				t.Errorf("taken as an SVG: %q", content)
			}
		default:
			t.Errorf("%q is taken as %q", content, logo.Type)
		}
	})
}

func picture(f *testing.F) []byte {
	f.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		f.Fatal(err)
	}
	return out.Bytes()
}

// FuzzBrandName: an accepted name fits into a key URI and cannot change how the
// text around it is shown.
func FuzzBrandName(f *testing.F) {
	for _, seed := range []string{"ImageMaster", " Tom & Co ", "a:b", "Bildmeister\u202e", "Ärzte", "\xff", "a\nb", "\u2066x", "\u00ad", "e\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		name, err := checkBrandName(typed)
		if err != nil {
			return
		}
		wantLine(t, name, maxBrandName)
		escaped := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
		if name == "" || strings.Contains(name, ":") || len(escaped) > maxBrandName {
			t.Errorf("%q becomes %q, in an address %q", typed, name, escaped)
		}
		if again, err := checkBrandName(name); err != nil || again != name {
			t.Errorf("%q becomes %q, and that %q, %v", typed, name, again, err)
		}
	})
}

// FuzzHelpContact: an accepted contact is one line that cannot change how the
// text around it is shown.
func FuzzHelpContact(f *testing.F) {
	for _, seed := range []string{"help@example.org, room 7", "", "<b>", "a\u2028b", "\x1b[31m", strings.Repeat("ä", maxHelpContact+1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		line, err := checkHelpContact(typed)
		if err != nil {
			return
		}
		wantLine(t, line, maxHelpContact)
		if again, err := checkHelpContact(line); err != nil || again != line {
			t.Errorf("%q becomes %q, and that %q, %v", typed, line, again, err)
		}
	})
}

func wantLine(t *testing.T, text string, limit int) {
	t.Helper()
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > limit || text != strings.TrimSpace(text) {
		t.Errorf("%q is taken", text)
	}
	for _, r := range text {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.In(r, unicode.Bidi_Control, unicode.Cs, unicode.Co) {
			t.Errorf("%q holds %U", text, r)
		}
	}
}

// FuzzAppURL: an accepted address is https, or this machine, and nothing that a
// browser would run or read in another way.
func FuzzAppURL(f *testing.F) {
	for _, seed := range []string{"https://app.example.org/a?b=c#d", "http://localhost:3000", "javascript:alert(1)", "https://user:secret@app.example.org",
		"HTTPS://APP.example.org", "https://app.example.org\\@evil.example", "https:app", "//evil.example", "https://[::1%25eth0]/", "https://a/? ", "https://a/?\u2000", "https://a/?\u202e", "http://127.1/", "https://a\tb/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, err := checkAppURL(typed)
		if err != nil || address == "" {
			if err == nil && typed != "" {
				t.Errorf("%q counts as none", typed)
			}
			return
		}
		u, err := url.Parse(address)
		if err != nil || u.User != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(strings.ToLower(u.Hostname()))) {
			t.Fatalf("%q leads to %q", typed, address)
		}
		if !strings.HasPrefix(address, u.Scheme+"://") || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) || strings.ContainsAny(u.Host, `\@/`) {
			t.Errorf("%q leads to %q", typed, address)
		}
		if again, err := checkAppURL(address); err != nil || again != address {
			t.Errorf("%q leads to %q, and that to %q, %v", typed, address, again, err)
		}
	})
}

// FuzzListen: an accepted address splits into the host and port that were checked.
func FuzzListen(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:8080", "[::1]:8080", ":80", "localhost:0", "a b:1", "host:65536", "[fe80::1%eth0]:1", "::1:80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, err := checkListen(typed)
		if err != nil {
			return
		}
		host, port, err := net.SplitHostPort(address)
		_, portErr := checkPort(port)
		if err != nil || address != typed || portErr != nil || strings.ContainsFunc(port, func(r rune) bool { return r < '0' || r > '9' }) {
			t.Fatalf("%q is taken: %q, %q, %v", typed, host, port, errors.Join(err, portErr))
		}
		if _, err := netip.ParseAddr(host); err != nil && host != "" && strings.ContainsAny(host, " \t\r\n/@:%") {
			t.Errorf("%q is taken with the host %q", typed, host)
		}
	})
}

// FuzzMailServer: an accepted host or sender cannot end a command to the mail
// server.
func FuzzMailServer(f *testing.F) {
	f.Add("mail.example.org", "sign-in@example.org")
	f.Add("[::1]", "Sign-in <sign-in@example.org>")
	f.Add("::1", "a@b\r\nRCPT TO:<c@d>")
	f.Add("MAIL.example.org.", `"a b"@c`)
	f.Add("fe80::1%eth0", "ü@b")
	f.Add("a", "a\u202e@b")
	f.Fuzz(func(t *testing.T, host, from string) {
		if got, err := checkMailHost(host); err == nil {
			if again, err := checkMailHost(got); err != nil || again != got || strings.ContainsAny(got, " \t\r\n/@%[]") {
				t.Errorf("host %q is %q, and that %q, %v", host, got, again, err)
			}
		}
		if got, err := checkFrom(from); err == nil {
			bad := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }
			if got != from || len(got) > maxMailAddress || !utf8.ValidString(got) || strings.ContainsFunc(got, bad) || strings.ContainsAny(got, "<>(),;:\\\"") {
				t.Errorf("sender %q is %q", from, got)
			}
		}
	})
}
