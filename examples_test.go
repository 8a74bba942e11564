package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testserver"
)

const exampleHost = "sign-in.example.com"

// example reads a file of docs/examples with some of its words replaced. Each of
// them must be there.
func example(t *testing.T, name string, words ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("docs", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for i := 0; i < len(words); i += 2 {
		if !strings.Contains(text, words[i]) {
			t.Fatalf("%s lacks %q", name, words[i])
		}
		text = strings.ReplaceAll(text, words[i], words[i+1])
	}
	return text
}

// certificate writes a certificate for the host and its key.
func certificate(t *testing.T, folder string) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: exampleHost}, DNSNames: []string{exampleHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for path, content := range map[string][]byte{certFile: chain, keyFile: pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	return certFile, keyFile, roots
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// startNginx runs the example before a server and returns when it accepts
// connections.
func startNginx(t *testing.T, port, backend string, words ...string) *x509.CertPool {
	t.Helper()
	program := ""
	for _, candidate := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(candidate); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("nginx is not installed")
	}
	folder := t.TempDir()
	cert, key, roots := certificate(t, folder)
	words = append(words, "listen 443 ssl;", "listen 127.0.0.1:"+port+" ssl;", "/etc/ssl/sign-in.pem", cert, "/etc/ssl/sign-in.key", key, "127.0.0.1:8080", backend)
	var temporary strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temporary, "%s_temp_path %s;\n", kind, filepath.Join(folder, kind))
	}
	config := "daemon off; master_process off; pid " + folder + "/pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n" +
		temporary.String() + example(t, "nginx.conf", words...) + "}\n"
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	nginx := exec.Command(program, "-p", folder, "-c", file)
	var log strings.Builder
	nginx.Stderr = &log
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = nginx.Process.Kill()
		_ = nginx.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for deadline := time.Now().Add(testserver.GiveUp); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
			return roots
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not answer: %v", err)
		}
	}
}

// The example for nginx works on port 443 and on another: a person signs in
// through it with cookies for https only, and the event holds the address of the
// client. Without nginx another Host gets 421.
func TestNginxExample(t *testing.T) {
	for name, withPort := range map[string]bool{"port 443": false, "another port": true} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			public, words := "https://"+exampleHost, []string(nil)
			if withPort {
				public += ":" + port
				words = []string{"Host " + exampleHost, "Host " + exampleHost + ":" + port}
			}
			data := dataFolder(t)
			s := testserver.New(t, "--data", data, "--trusted-proxies", "127.0.0.1/32")
			listening := strings.TrimPrefix(s.URL, "http://localhost")
			for i, arg := range s.Cmd.Args {
				if arg == s.URL {
					s.Cmd.Args[i] = public
				}
			}
			s.Start()
			link := s.Until(public + "/setup#")
			s.Ready()
			roots := startNginx(t, port, "127.0.0.1"+listening, words...)

			b := testserver.Visit(t, public)
			b.HTTP.Transport = &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: roots},
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}} // another address than nginx has
					return from.DialContext(ctx, network, "127.0.0.1:"+port)
				},
			}
			_, token, _ := strings.Cut(link, "#")
			b.Must(http.StatusNoContent, http.MethodPost, "/api/setup",
				map[string]string{"token": token, "username": testserver.GoodName, "password": testserver.GoodPassword, "display_name": ""})
			b.Must(http.StatusOK, http.MethodPost, "/api/sign-in", map[string]string{"username": testserver.GoodName, "password": testserver.GoodPassword})
			if state := b.Must(http.StatusOK, http.MethodGet, "/api/session", nil)["state"]; state != "signed_in" {
				t.Errorf("through nginx the session is %v", state)
			}
			events := testserver.Command(t, "audit", "export", "--data", data).Succeeds("")
			if !strings.Contains(events, `"kind":"sign_in"`) || !strings.Contains(events, `"address":"127.0.0.2"`) {
				t.Errorf("the events are\n%s", events)
			}
			direct, err := http.Get("http://127.0.0.1" + listening + "/api/session")
			if err != nil {
				t.Fatal(err)
			}
			_ = direct.Body.Close()
			if direct.StatusCode != http.StatusMisdirectedRequest {
				t.Errorf("another Host gets %d", direct.StatusCode)
			}
		})
	}
}

// The settings of the package start a server, and every name in them is an option.
func TestEnvironmentExample(t *testing.T) {
	data := dataFolder(t)
	text := example(t, "imagemaster.env", "/var/lib/imagemaster", data, "/etc/imagemaster/imagemaster.key", filepath.Join(data, "key"), "#IMAGEMASTER_TRUSTED", "IMAGEMASTER_TRUSTED")
	s := testserver.Command(t, "serve", "--listen", "127.0.0.1:"+freePort(t))
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			s.Cmd.Env = append(s.Cmd.Env, line)
		}
	}
	s.Start().Until(`"msg":"ready"`)
	s.Stop()
}

// The image of the Dockerfile holds the static program alone: it runs in an empty
// root that cannot be written, as a user without a name, with the environment that
// the file sets.
func TestDockerfileExample(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("this user may make no root of its own")
	}
	file := example(t, "Dockerfile", "FROM scratch\nCOPY imagemaster /imagemaster\nUSER 65534:65534\n", "", `ENTRYPOINT ["/imagemaster"]`, "", `CMD ["serve"]`, "")
	root := t.TempDir()
	for _, folder := range []string{"data"} {
		if err := os.Mkdir(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(root, "imagemaster"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chown(filepath.Join(root, "data"), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	var environ []string
	for line := range strings.Lines(file) {
		if settings, ok := strings.CutPrefix(line, "ENV "); ok {
			environ = append(environ, strings.Fields(strings.ReplaceAll(settings, "0.0.0.0:8080", "127.0.0.1:"+port))...)
		}
	}
	if len(environ) != 3 {
		t.Fatalf("the environment is %q", environ)
	}
	s := testserver.Command(t)
	const script = `mount --bind "$0" "$0" && mount --bind "$0/data" "$0/data" && mount -o remount,bind,ro "$0" && ` +
		`exec chroot --userspec=65534:65534 --groups= "$0" /imagemaster serve`
	s.Cmd.Path, s.Cmd.Args = unshare, []string{"unshare", "--mount", "sh", "-c", script, root}
	s.Cmd.Env = environ
	s.Start().Until(`"msg":"ready"`)
	response, err := http.Get("http://127.0.0.1:" + port + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("/livez: %d", response.StatusCode)
	}
	s.Stop()
}

// The service manager is told when the server is ready, and when it stops.
func TestServiceManagerIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	listening, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listening.Close() }()
	told := func(want string) {
		t.Helper()
		if err := listening.SetReadDeadline(time.Now().Add(testserver.GiveUp)); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, 100)
		n, _, err := listening.ReadFrom(message)
		if err != nil || string(message[:n]) != want {
			t.Errorf("told %q, %v, want %q", message[:n], err, want)
		}
	}
	s := testserver.New(t, "--data", dataFolder(t))
	s.Cmd.Env = append(s.Cmd.Env, "NOTIFY_SOCKET="+socket)
	s.Start().Ready()
	told("READY=1")
	s.Stop()
	told("STOPPING=1")
}
