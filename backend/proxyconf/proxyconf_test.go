package proxyconf

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var examples = os.DirFS(filepath.Join("..", "..", "docs", "examples"))

func fill(t *testing.T, origins []string, gate string) Settings {
	t.Helper()
	s, err := Fill(examples, origins, gate)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cases are addresses of every kind.
var cases = []struct {
	name    string
	origins []string
}{
	{"https", []string{"https://files.example.org"}},
	{"port", []string{"https://files.example.org:8443"}},
	{"several", []string{"https://files.example.org", "https://files.example.org:8443", "https://f.example.net", "http://localhost:9000"}},
	{"loopback", []string{"http://localhost:9000"}},
	{"loopback name", []string{"http://files.localhost:9000"}},
	{"loopback address", []string{"http://127.0.0.3:9000"}},
	{"loopback port 80", []string{"http://localhost"}},
	{"IPv4", []string{"https://192.0.2.7"}},
	{"IPv6", []string{"https://[2001:db8::7]"}},
	{"IPv6 port", []string{"https://[2001:db8::7]:8443"}},
	{"IPv6 loopback", []string{"http://[::1]:9000"}},
	{"example", []string{"https://wiki.example.com"}},
}

var gates = []string{"", "127.0.0.1:9081", "[::1]:9081", "localhost:9081", "unix:/run/imagemaster/gate.sock"}

// certificate writes a certificate that nginx accepts.
func certificate(t *testing.T, folder string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func find(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// nginx accepts what is made for every address and every listener.
func TestNginxAcceptsSettings(t *testing.T) {
	nginx := find("nginx", "/usr/sbin/nginx")
	if nginx == "" {
		t.Skip("nginx is not installed")
	}
	folder := t.TempDir()
	cert, key := certificate(t, folder)
	files := regexp.MustCompile(`/etc/ssl/\S+\.(pem|key);`)
	ports := regexp.MustCompile(`listen (\S+:)?(443|80)( ssl)?;`)
	for _, c := range cases {
		for _, gate := range gates {
			text := files.ReplaceAllStringFunc(fill(t, c.origins, gate).Nginx, func(found string) string {
				if strings.HasSuffix(found, ".key;") {
					return key + ";"
				}
				return cert + ";"
			})
			text = ports.ReplaceAllString(text, "listen ${1}18${2}${3};") // free for every user
			if strings.Contains(text, "listen [") && !hasIPv6() {
				continue
			}
			config := "error_log stderr; pid " + folder + "/pid;\nevents {}\nhttp {\naccess_log off;\n"
			for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
				config += kind + "_temp_path " + folder + "/" + kind + ";\n"
			}
			// Two files of the same folder, as two applications have them.
			config += text + "\n" + strings.NewReplacer("files.", "second.", "f.example", "g.example").Replace(text) + "}\n"
			path := filepath.Join(folder, "nginx.conf")
			if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(nginx, "-t", "-p", folder, "-c", path).CombinedOutput(); err != nil {
				t.Errorf("%s, gate %q: %v\n%s", c.name, gate, err, out)
			}
		}
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// Caddy accepts what is made for every address and every listener.
func TestCaddyAcceptsSettings(t *testing.T) {
	caddy := os.Getenv("IMAGEMASTER_TEST_CADDY") // npm test builds it
	if caddy == "" {
		t.Skip("IMAGEMASTER_TEST_CADDY does not name a Caddy")
	}
	folder := t.TempDir()
	for _, gate := range gates {
		all := "{\nadmin off\nlocal_certs\nskip_install_trust\nstorage file_system " + folder + "\n}\n"
		for _, c := range cases {
			if c.name != "several" { // its addresses are those of others
				all += fill(t, c.origins, gate).Caddy + "\n"
			}
		}
		path := filepath.Join(folder, "Caddyfile")
		if err := os.WriteFile(path, []byte(all), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(caddy, "adapt", "--validate", "--config", path, "--adapter", "caddyfile")
		cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_CONFIG_HOME="+folder)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("gate %q: %v\n%s", gate, err, out)
		}
	}
}

// The settings of an application name its addresses wherever the example names its own.
func TestFill(t *testing.T) {
	for _, c := range []struct {
		origin                                  string
		listen, name, proto, host, caddy, rules string
	}{
		{"https://files.example.org", "443 ssl", "files.example.org", "https", "files.example.org", "files.example.org", "Host(`files.example.org`)"},
		{"https://files.example.org:8443", "8443 ssl", "files.example.org", "https", "files.example.org:8443", "files.example.org:8443", "Host(`files.example.org`)"},
		{"http://localhost:9000", "127.0.0.1:9000", "localhost", "http", "localhost:9000", "http://localhost:9000", "Host(`localhost`)"},
		{"http://127.0.0.3:9000", "127.0.0.3:9000", "127.0.0.3", "http", "127.0.0.3:9000", "http://127.0.0.3:9000", "Host(`127.0.0.3`)"},
		{"http://localhost", "127.0.0.1:80", "localhost", "http", "localhost", "http://localhost", "Host(`localhost`)"},
		{"https://[2001:db8::7]:8443", "[::]:8443 ssl", "[2001:db8::7]", "https", "[2001:db8::7]:8443", "[2001:db8::7]:8443", "(Host(`[2001:db8::7]`) || Host(`2001:db8::7`))"},
		{"http://[::1]:9000", "[::1]:9000", "[::1]", "http", "[::1]:9000", "http://[::1]:9000", "(Host(`[::1]`) || Host(`::1`))"},
	} {
		s := fill(t, []string{c.origin}, "127.0.0.1:9081")
		count(t, s.Nginx, map[string]int{
			"\tlisten " + c.listen + ";": 1, "\tserver_name " + c.name + ";": 1, "X-Forwarded-Proto " + c.proto + ";": 1,
			"proxy_set_header Host " + c.host + ";": 2, "X-Forwarded-Host " + c.host + ";": 1, "X-Original-URL " + c.origin + "$request_uri;": 2,
			"http://127.0.0.1:9081": 3, "wiki": 0, "8081": 0, "ssl_certificate": map[string]int{"https": 2}[c.proto],
		})
		count(t, s.Caddy, map[string]int{"\n" + c.caddy + " {\n": 1, "127.0.0.1:9081": 2, "wiki": 0, "8081": 0})
		tls := map[string]int{"https": 2}[c.proto]
		count(t, s.Traefik, map[string]int{`rule: "` + c.rules: 2, "tls: {}": tls, `entryPoints: ["websecure"]`: tls, `entryPoints: ["web"]`: 2 - tls,
			"http://127.0.0.1:9081": 2, "wiki": 0, "8081": 0, "NOT TRIED": 1})
	}
}

// count counts texts in settings, comments included.
func count(t *testing.T, settings string, want map[string]int) {
	t.Helper()
	for text, n := range want {
		if got := strings.Count(settings, text); got != n {
			t.Errorf("%q occurs %d times, want %d, in\n%s", text, got, n, settings)
		}
	}
}

// Each address has a block, and names in settings are given once.
func TestSeveralAddresses(t *testing.T) {
	s := fill(t, []string{"https://a.example.org", "https://a.example.org:8443", "http://localhost:9000"}, "")
	count(t, s.Nginx, map[string]int{"\nserver {": 3, "map $http_upgrade": 1, "map $gate_upgrade": 1, "ssl_certificate ": 2, "127.0.0.1:8081": 9})
	count(t, s.Caddy, map[string]int{"\na.example.org {": 1, "\na.example.org:8443 {": 1, "\nhttp://localhost:9000 {": 1})
	count(t, s.Traefik, map[string]int{"\n    a-example-org:\n": 2, "\n    a-example-org-8443:\n": 1, "\n    localhost-9000:\n": 1, "\n    localhost-9000-gate:\n": 1,
		"\n    a-example-org-gate:\n": 2, `service: "a-example-org"`: 3, `service: "a-example-org-gate"`: 3, "\n  services:": 1, "\n  middlewares:": 1})
}

// The gate's socket is written as each proxy wants it.
func TestSocket(t *testing.T) {
	s := fill(t, []string{"https://a.example.org"}, "unix:/run/imagemaster/gate.sock")
	count(t, s.Nginx, map[string]int{"proxy_pass http://unix:/run/imagemaster/gate.sock:/gate/nginx;": 1, "proxy_pass http://unix:/run/imagemaster/gate.sock;": 2, "8081": 0})
	count(t, s.Caddy, map[string]int{"forward_auth unix//run/imagemaster/gate.sock {": 1, "reverse_proxy unix//run/imagemaster/gate.sock\n": 1, "8081": 0})
	count(t, s.Traefik, map[string]int{"cannot reach a unix socket": 1, "routers": 0})
	// A path that settings would read in another way is left to the operator.
	s = fill(t, []string{"https://a.example.org"}, "unix:/run/my gate; #{}.sock")
	count(t, s.Nginx, map[string]int{"{}.sock": 0, "http://127.0.0.1:8081": 3, "Replace 127.0.0.1:8081 by --gate-listen": 1})
	count(t, s.Caddy, map[string]int{"{}.sock": 0, "Replace 127.0.0.1:8081 by --gate-listen": 1})
}

// Nothing but an address in the form in which it is stored gets into settings.
func TestRefusedAddresses(t *testing.T) {
	for _, origins := range [][]string{nil, {""}, {"https://a.example.org/"}, {"https://A.example.org"}, {"https://a.example.org:443"}, {"http://a.example.org"},
		{"https://a.example.org;}"}, {"https://a.example.org\nlisten 1;"}, {"https://$host"}, {"https://*.example.org"}, {"https://a.example.org", "https://`"}} {
		if s, err := Fill(examples, origins, ""); err == nil {
			t.Errorf("%q is accepted:\n%s", origins, s.Nginx)
		}
	}
}

// An example that has lost a word to replace is not filled in halfway.
func TestChangedExamples(t *testing.T) {
	if _, err := Fill(nil, []string{"https://a.example.org"}, ""); err == nil {
		t.Error("no examples are accepted")
	}
	whole := fstest.MapFS{}
	for _, name := range []string{"gate-nginx.conf", "gate-Caddyfile", "gate-traefik.yml"} {
		text, err := fs.ReadFile(examples, name)
		if err != nil {
			t.Fatal(err)
		}
		whole[name] = &fstest.MapFile{Data: text}
	}
	for name, words := range map[string][]string{
		"gate-nginx.conf":  {"listen 443 ssl;", "server_name wiki.example.com;", "X-Forwarded-Proto https;", "https://wiki.example.com$request_uri", "server {", "/etc/ssl/wiki.example.com.", "http://127.0.0.1:8081"},
		"gate-Caddyfile":   {"wiki.example.com {", "127.0.0.1:8081"},
		"gate-traefik.yml": {"Host(`wiki.example.com`)", "127.0.0.1:8081", "  middlewares:\n", "    wiki-example-com:", "    # Sign-in", "# NOT TRIED"},
	} {
		for _, word := range words {
			changed := fstest.MapFS{}
			for file, content := range whole {
				changed[file] = content
			}
			changed[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(whole[name].Data), word, "x"))}
			if _, err := Fill(changed, []string{"https://a.example.org"}, ""); err == nil {
				t.Errorf("%s without %q is filled in", name, word)
			}
		}
		delete(whole, name)
		if _, err := Fill(whole, []string{"https://a.example.org"}, ""); err == nil {
			t.Errorf("without %s there are settings", name)
		}
		text, _ := fs.ReadFile(examples, name)
		whole[name] = &fstest.MapFile{Data: text}
	}
}
