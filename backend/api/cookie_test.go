package api

import (
	"net/http"
	"strings"
	"testing"
)

// setCookies returns the Set-Cookie lines of an answer by name.
func setCookies(a answer) map[string]string {
	lines := map[string]string{}
	for _, line := range a.header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(line, "=")
		lines[name] = line
	}
	return lines
}

func TestCookieAttributes(t *testing.T) {
	for _, c := range []struct{ url, prefix, secure string }{
		{"https://" + host, "__Host-", "; Secure"},
		{"http://" + host, "", ""},
	} {
		t.Run(c.url, func(t *testing.T) {
			w := sqlite(t, func(d *Deps) { d.PublicURL = c.url })
			w.addUser("ada")
			b := w.browser()
			in := setCookies(b.want(200, "POST", "/api/sign-in", object("username", "ada", "password", rightPassword)))
			b.load()
			attributes := "; HttpOnly" + c.secure + "; SameSite=Strict"
			wantCookie(t, in, c.prefix+"im_session", "; Path=/"+attributes)
			wantCookie(t, in, c.prefix+"im_device", "; Path=/; Max-Age=15552000"+attributes)

			b.enroll()
			out := setCookies(b.want(204, "DELETE", "/api/session", ""))
			wantCookie(t, out, c.prefix+"im_session", "; Path=/; Max-Age=0"+attributes)
			wantCookie(t, out, c.prefix+"im_pending", "; Path=/; Max-Age=0"+attributes)
			if _, ok := out[c.prefix+"im_device"]; ok {
				t.Error("signing out forgets the device")
			}

			b.csrf = ""
			pending := setCookies(b.want(200, "POST", "/api/sign-in", object("username", "ada", "password", rightPassword)))
			wantCookie(t, pending, c.prefix+"im_pending", "; Path=/"+attributes)
			cancelled := setCookies(b.want(204, "DELETE", "/api/sign-in", ""))
			wantCookie(t, cancelled, c.prefix+"im_pending", "; Path=/; Max-Age=0"+attributes)
		})
	}
}

// wantCookie checks the attributes, and that the value has 32 bytes unless the
// cookie expires.
func wantCookie(t *testing.T, lines map[string]string, name, rest string) {
	t.Helper()
	line, ok := lines[name]
	if !ok {
		t.Errorf("%s was not set: %v", name, lines)
		return
	}
	value, _, _ := strings.Cut(strings.TrimPrefix(line, name+"="), ";")
	if got := strings.TrimPrefix(line, name+"="+value); got != rest {
		t.Errorf("%s has %q, want %q", name, got, rest)
	}
	if expires := strings.Contains(rest, "Max-Age=0"); expires != (value == "") || !expires && len(value) != 43 {
		t.Errorf("%s has the value %q", name, value)
	}
}

// TestCookieTossing: if another host plants a cookie of our name, neither of the
// two counts.
func TestCookieTossing(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	victim, attacker := w.browser(), w.browser()
	victim.signIn("ada")
	attacker.signIn("ada")
	real, planted := victim.cookies["__Host-im_session"], attacker.cookies["__Host-im_session"]
	for name, lines := range map[string][]string{
		"planted first":    {"__Host-im_session=" + planted + "; __Host-im_session=" + real},
		"planted last":     {"__Host-im_session=" + real + "; __Host-im_session=" + planted},
		"the same twice":   {"__Host-im_session=" + real + "; __Host-im_session=" + real},
		"in two headers":   {"__Host-im_session=" + real, "__Host-im_session=" + planted},
		"without a prefix": {"im_session=" + real},
		"other case":       {"__host-im_session=" + real},
		"cut short":        {"__Host-im_session=" + real[:42]},
		"longer":           {"__Host-im_session=" + real + "A"},
	} {
		a := w.browser().send("GET", "/api/session", "", func(r *http.Request) { r.Header["Cookie"] = lines })
		if a.json["state"] != "anonymous" {
			t.Errorf("%s: %v", name, a.json["state"])
		}
	}
	if a := w.browser().send("GET", "/api/session", "", header("Cookie", "other=1; __Host-im_session="+real)); a.json["state"] != "signed_in" {
		t.Errorf("beside a foreign cookie: %v", a.json["state"])
	}
}

// TestRefusalKeepsCookies: a 401 never clears a cookie, so that one late request
// does not sign out every tab.
func TestRefusalKeepsCookies(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	for _, a := range []answer{
		b.send("POST", "/api/sign-in", object("username", "ada", "password", "wrong")),
		b.send("GET", "/api/two-factor", ""),
		b.send("POST", "/api/sign-in/verify", object("code", "123456")),
	} {
		if a.status != 401 || a.header.Get("Set-Cookie") != "" {
			t.Errorf("status %d sets %q", a.status, a.header.Get("Set-Cookie"))
		}
	}
}
