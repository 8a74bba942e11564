package config

import (
	"strings"
	"testing"
)

func TestGateListen(t *testing.T) {
	long := "/" + strings.Repeat("a", 102)
	run(t, []check{
		{"127.0.0.1:8081", "127.0.0.1:8081", ""},
		{"127.3.2.1:1", "127.3.2.1:1", ""},
		{"[::1]:8081", "[::1]:8081", ""},
		{"[::ffff:127.0.0.1]:8081", "127.0.0.1:8081", ""},
		{"[0:0:0:0:0:0:0:1]:8081", "[::1]:8081", ""},
		{"localhost:8081", "localhost:8081", ""},
		{"/run/imagemaster/gate.sock", "unix:/run/imagemaster/gate.sock", ""},
		{"unix:/run//./gate.sock", "unix:/run/gate.sock", ""},
		{long, "unix:" + long, ""},

		{"8081", "", "HOST:PORT"},
		{"run/gate.sock", "", "or the path of a unix socket"},
		{":8081", "", "must be an address of this machine"},
		{"0.0.0.0:8081", "", "must be an address of this machine"},
		{"[::]:8081", "", "must be an address of this machine"},
		{"192.168.1.2:8081", "", "must be an address of this machine"},
		{"gate.example.org:8081", "", "must be an address of this machine"},
		{"gate.localhost:8081", "", "must be an address of this machine"}, // may lead anywhere
		{"127.0.0.1:0", "", "port"},
		{"127.0.0.1:65536", "", "port"},
		{"unix:gate.sock", "", "whole path"},
		{"unix:", "", "whole path"},
		{"unix:@gate", "", "whole path"},
		{"unix:///", "", "whole path"},
		{"/", "", "whole path"},
		{"/run/", "", "whole path"},
		{"/run/gate\n.sock", "", "invisible"},
		{"/run/gate\x00.sock", "", "invisible"},
		{long + "a", "", "has 104 bytes"},
	}, checkGateListen)
}

// The gate takes the port of no other listener.
func TestGateListensElsewhere(t *testing.T) {
	for _, c := range []struct{ gate, listen, metrics, want string }{
		{"127.0.0.1:8081", "127.0.0.1:8080", "127.0.0.1:9090", ""},
		{"127.0.0.2:8080", "127.0.0.1:8080", "", ""},
		{"[::1]:8080", "127.0.0.1:8080", "", ""},
		{"127.0.0.1:8080", "192.0.2.1:8080", "", ""},
		{"127.0.0.1:8080", "login.example.org:8080", "", ""},
		{"/run/gate.sock", "127.0.0.1:8080", "", ""},
		{"127.0.0.1:8080", "127.0.0.1:8080", "", "--gate-listen: 127.0.0.1:8080 is taken by --listen: choose"},
		{"127.0.0.1:8080", "[::ffff:127.0.0.1]:08080", "", "taken by --listen"},
		{"127.0.0.1:8080", ":8080", "", "taken by --listen"},
		{"127.0.0.1:8080", "0.0.0.0:8080", "", "taken by --listen"},
		{"localhost:8080", "127.0.0.1:8080", "", "taken by --listen"},
		{"127.0.0.1:8080", "LocalHost:8080", "", "taken by --listen"},
		{"localhost:9090", "127.0.0.1:8080", "127.0.0.1:9090", "taken by --metrics-listen"},
	} {
		flags := defaults[ServeFlags]()
		flags.GateListen, flags.Listen, flags.MetricsListen = c.gate, c.listen, c.metrics
		_, err := Validate(defaults[StoreFlags](), defaults[BrandFlags](), flags, noFiles)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q beside %q and %q: got %v, want one line with %q", c.gate, c.listen, c.metrics, err, c.want)
		}
	}
}

// FuzzGateListen: an accepted address is of this machine and stays the same.
func FuzzGateListen(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:8081", "[::1]:1", "localhost:8081", "/run/gate.sock", "unix:/a/../b", "/.", "unix:relative", ":8081", "[fe80::1%lo]:1", "[::1%lo]:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, err := checkGateListen(typed)
		if err != nil {
			return
		}
		if again, err := checkGateListen(address); err != nil || again != address {
			t.Errorf("%q becomes %q, and that %q, %v", typed, address, again, err)
		}
		if !strings.HasPrefix(address, "unix:/") && !strings.HasPrefix(address, "127.") && !strings.HasPrefix(address, "[::1]:") && !strings.HasPrefix(address, "localhost:") {
			t.Errorf("%q is taken as %q", typed, address)
		}
	})
}
