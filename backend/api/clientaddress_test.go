package api

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/audit"
)

func TestClientAddress(t *testing.T) {
	reader := addressReader{trusted: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("fd00::/8"),
	}}
	cases := []struct {
		name  string
		peer  string
		lines []string
		want  string
	}{
		{"no header", "10.0.0.1", nil, "10.0.0.1"},
		{"one hop", "10.0.0.1", []string{"203.0.113.7"}, "203.0.113.7"},
		{"the left part is invented", "10.0.0.1", []string{"198.51.100.9, 203.0.113.7"}, "203.0.113.7"},
		{"two proxies", "10.0.0.1", []string{"203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		{"an invented proxy in front", "10.0.0.1", []string{"10.9.9.9, 203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		{"only proxies", "10.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"several lines", "10.0.0.1", []string{"198.51.100.9", "203.0.113.7"}, "203.0.113.7"},
		{"IPv4 in IPv6", "10.0.0.1", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{"a proxy written as IPv6", "10.0.0.1", []string{"203.0.113.7, ::ffff:10.0.0.2"}, "203.0.113.7"},
		{"IPv6", "fd00::1", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 with a port", "fd00::1", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		{"IPv4 with a port", "10.0.0.1", []string{"203.0.113.7:5000"}, "203.0.113.7"},
		{"a zone", "10.0.0.1", []string{"fe80::1%eth0"}, "fe80::1"},
		{"spaces", "10.0.0.1", []string{"  203.0.113.7  "}, "203.0.113.7"},
		{"not an address", "10.0.0.1", []string{"unknown"}, "10.0.0.1"},
		{"an empty hop", "10.0.0.1", []string{"203.0.113.7,"}, "10.0.0.1"},
		{"empty", "10.0.0.1", []string{""}, "10.0.0.1"},
		{"garbage further left does not matter", "10.0.0.1", []string{"<script>, 203.0.113.7"}, "203.0.113.7"},
		{"more hops than anyone has", "10.0.0.1", []string{strings.Repeat("10.0.0.2,", 40) + "10.0.0.2"}, "10.0.0.1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := reader.walk(netip.MustParseAddr(c.peer), c.lines)
			if got != netip.MustParseAddr(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestForwardedThroughTheApp reads the address in a notice and in an audit event,
// which also names the proxy. A header counts only if the peer, which is 0.0.0.0 in
// this test, is a listed proxy.
func TestForwardedThroughTheApp(t *testing.T) {
	for _, c := range []struct {
		name    string
		trusted []netip.Prefix
		want    string
		proxy   string
	}{
		{"listed", []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")}, "203.0.113.7", "0.0.0.0"},
		{"not listed", nil, "0.0.0.0", ""},
		{"others listed", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "0.0.0.0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := sqlite(t, func(d *Deps) { d.TrustedProxies = c.trusted })
			w.addUser("ada")
			b := w.browser()
			b.signIn("ada")
			secret := b.want(200, "POST", "/api/two-factor/enrollment", "").json["secret"].(string)
			b.send("POST", "/api/two-factor/enrollment/confirm", object("code", w.code(secret, 0)),
				header("X-Forwarded-For", "198.51.100.9, 203.0.113.7"),
				header("X-Real-Ip", "198.51.100.1"),
				header("Forwarded", "for=198.51.100.2"),
				func(r *http.Request) { r.Header.Set("Cf-Connecting-Ip", "198.51.100.3") })
			other := w.browser()
			other.signIn("ada")
			other.verify(secret)
			notices := other.load()["notices"].([]any)
			if len(notices) != 1 || notices[0].(map[string]any)["address"] != c.want {
				t.Errorf("notices %v, want the address %s", notices, c.want)
			}
			err := audit.Export(t.Context(), w.db.Read(t.Context()), time.Time{}, func(e audit.Event) error {
				if e.Kind == audit.KeyBound && (e.Address != c.want || e.Proxy != c.proxy) {
					t.Errorf("event %+v, want the address %s and the proxy %s", e, c.want, c.proxy)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzForwardedFor(f *testing.F) {
	reader := addressReader{trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	peer := netip.MustParseAddr("10.0.0.1")
	f.Add("203.0.113.7, 10.0.0.2")
	f.Add("[2001:db8::7]:1,::ffff:10.0.0.2")
	f.Add(",,%")
	f.Fuzz(func(t *testing.T, line string) {
		got := reader.walk(peer, []string{line})
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Errorf("%q gives %v", line, got)
		}
	})
}
