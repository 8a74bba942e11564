package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

const exampleHost = "sign-in.example.com"

// example reads a file of docs/examples with some of its words replaced. Each of
// them must be there.
func example(t *testing.T, name string, words ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "examples", name))
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

// certificate writes a certificate for a host and its key.
func certificate(t *testing.T, folder, host string) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
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

// background starts a program that ends with the test, and waits until it accepts
// connections.
func background(t *testing.T, port string, cmd *exec.Cmd) {
	t.Helper()
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for deadline := time.Now().Add(testserver.GiveUp); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatal("the proxy has ended")
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the proxy does not answer: %v", err)
		}
	}
}

// startNginx runs the example on a port, before a server.
func startNginx(t *testing.T, host, port, backend string) *x509.CertPool {
	t.Helper()
	folder := t.TempDir()
	cert, key, roots := certificate(t, folder, exampleHost)
	runNginx(t, folder, port, example(t, "nginx.conf", "Host "+exampleHost, "Host "+host, "listen 443 ssl;", "listen 127.0.0.1:"+port+" ssl;",
		"/etc/ssl/sign-in.pem", cert, "/etc/ssl/sign-in.key", key, "127.0.0.1:8080", backend))
	return roots
}

// runNginx runs nginx with a site.
func runNginx(t *testing.T, folder, port, site string) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/nginx")
	}
	if err != nil {
		t.Skip("nginx is not installed")
	}
	var places strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&places, "%s_temp_path %s;\n", kind, filepath.Join(folder, kind))
	}
	file := filepath.Join(folder, "nginx.conf")
	config := "daemon off; master_process off; pid " + folder + "/pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + places.String() + site + "}\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, port, exec.Command(program, "-p", folder, "-c", file))
}

// startCaddy runs the example on a port, before a server, with certificates of
// Caddy's own authority.
func startCaddy(t *testing.T, host, port, backend string) *x509.CertPool {
	t.Helper()
	httpsPort := ""
	if host == exampleHost {
		httpsPort = port
	}
	return runCaddy(t, exampleHost, port, httpsPort, example(t, "Caddyfile", exampleHost+" {", host+" {", "127.0.0.1:8080", backend))
}

// runCaddy runs Caddy with a site, and waits for the certificate of a name, "" = none.
// httpsPort is the port of addresses without one, "" = 443.
func runCaddy(t *testing.T, name, port, httpsPort, site string) *x509.CertPool {
	t.Helper()
	program := os.Getenv("IMAGEMASTER_TEST_CADDY") // npm test builds it
	if program == "" {
		t.Skip("IMAGEMASTER_TEST_CADDY does not name a Caddy")
	}
	folder := t.TempDir()
	options := "{\nadmin off\nlocal_certs\nskip_install_trust\ndefault_bind 127.0.0.1\nstorage file_system " + folder + "\nhttp_port " + freePort(t) + "\n"
	if httpsPort != "" {
		options += "https_port " + httpsPort + "\n"
	}
	options += "}\n"
	file := filepath.Join(folder, "Caddyfile")
	if err := os.WriteFile(file, []byte(options+site), 0o600); err != nil {
		t.Fatal(err)
	}
	caddy := exec.Command(program, "run", "--config", file, "--adapter", "caddyfile")
	caddy.Env = append(os.Environ(), "HOME="+folder, "XDG_CONFIG_HOME="+folder)
	background(t, port, caddy)
	if name == "" {
		return nil
	}
	roots := x509.NewCertPool()
	for deadline := time.Now().Add(testserver.GiveUp); ; time.Sleep(10 * time.Millisecond) {
		root, err := os.ReadFile(filepath.Join(folder, "pki", "authorities", "local", "root.crt"))
		if err == nil && roots.AppendCertsFromPEM(root) {
			var conn *tls.Conn
			if conn, err = tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{ServerName: name, RootCAs: roots}); err == nil {
				_ = conn.Close()
				return roots
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("Caddy has no certificate: %v", err)
		}
	}
}

// forging adds an X-Forwarded-For of the client's own.
type forging struct{ http.RoundTripper }

func (f forging) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	return f.RoundTripper.RoundTrip(r)
}

// answersStayWithTheirRequests sends forms with a request behind their last part.
// The proxy shares its connections between clients: were that one taken for a
// request, the next client would get its answer.
func answersStayWithTheirRequests(t *testing.T, client *http.Client, public, host string) {
	t.Helper()
	form := "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n" + strings.Repeat("\r\n", 3000) +
		"GET /api/setup HTTP/1.1\r\nHost: " + host + "\r\nX-Next: "
	for range 5 {
		sent, err := client.Post(public+"/api/sign-in", "multipart/form-data; boundary=x", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		_ = sent.Body.Close()
		next, err := client.Get(public + "/livez")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(next.Body)
		_ = next.Body.Close()
		if err != nil || string(text) != "alive\n" {
			t.Fatalf("the next client gets %q, %v", text, err)
		}
	}
}

// The examples of proxies work on port 443 and on another: a person signs
// in through them without a redirect, with cookies for https only, and
// the events hold the address of the client, not one that it claims. A request past
// the proxy with another Host gets 421.
func TestProxyExamples(t *testing.T) {
	proxies := map[string]func(t *testing.T, host, port, backend string) *x509.CertPool{"nginx": startNginx, "Caddy": startCaddy}
	for name, start := range proxies {
		for _, on443 := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/443 %v", name, on443), func(t *testing.T) {
				port := freePort(t)
				host := exampleHost
				if !on443 {
					host += ":" + port
				}
				public := "https://" + host
				data := dataFolder(t)
				backend := "127.0.0.1:" + freePort(t)
				s := testserver.Command(t, "serve", "--listen", backend, "--public-url", public, "--data", data, "--trusted-proxies", "127.0.0.1/32").Start()
				_, token, _ := strings.Cut(s.Until(public+"/setup#"), "#")
				s.Ready()
				roots := start(t, host, port, backend)

				b := testserver.Visit(t, public)
				b.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("redirected") }
				b.HTTP.Transport = forging{&http.Transport{
					TLSClientConfig: &tls.Config{RootCAs: roots},
					DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
						from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}} // not that of the proxy
						return from.DialContext(ctx, network, "127.0.0.1:"+port)
					},
				}}
				account := map[string]string{"username": testserver.GoodName, "password": testserver.GoodPassword}
				b.Must(http.StatusOK, http.MethodPost, "/api/setup",
					map[string]string{"token": token, "username": account["username"], "password": account["password"], "display_name": ""})
				if state := b.Must(http.StatusOK, http.MethodGet, "/api/session", nil)["state"]; state != "signed_in" {
					t.Errorf("the session is %v", state)
				}
				events := testserver.Command(t, "audit", "export", "--data", data).Succeeds("")
				if !strings.Contains(events, `"kind":"sign_in"`) || !strings.Contains(events, `"address":"127.0.0.2"`) || strings.Contains(events, "203.0.113.9") {
					t.Errorf("the events are\n%s", events)
				}
				answersStayWithTheirRequests(t, b.HTTP, public, host)
				direct, err := http.Get("http://" + backend + "/api/session")
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
}

// The example for MariaDB makes a database that two instances can share.
func TestMariaDBExample(t *testing.T) {
	server := testdb.NewServer(t)
	server.Exec("DROP USER imagemaster@localhost") // that of other tests
	for statement := range strings.SplitSeq(example(t, "mariadb.sql"), ";") {
		if statement = strings.TrimSpace(statement); statement != "" {
			server.Exec(statement)
		}
	}
	folder := t.TempDir()
	place := filepath.Join(folder, "database")
	if err := os.WriteFile(place, []byte("imagemaster:choose-a-password@unix("+server.Socket()+")/imagemaster\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(folder, "key")
	testserver.Command(t, "key", "new", key).Succeeds("")
	first := testserver.New(t, "--database-file", place, "--key-file", key).Start()
	first.SetUp()
	second := testserver.New(t, "--database-file", place, "--key-file", key).Start().Ready()
	second.SignIn()
}

// The settings of the package start a server, and every name in them is an option.
func TestEnvironmentExample(t *testing.T) {
	data := dataFolder(t)
	text := example(t, "imagemaster.env", "/var/lib/imagemaster", data, "/etc/imagemaster/keys/imagemaster.key", filepath.Join(data, "key"), "#IMAGEMASTER_TRUSTED", "IMAGEMASTER_TRUSTED")
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
// root that cannot be written, as a user without a name, with a volume as Docker
// makes it and the environment that the file sets.
func TestDockerfileExample(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("this user may make no root of its own")
	}
	file := example(t, "Dockerfile", "FROM scratch\nCOPY imagemaster /imagemaster\nUSER 65534:65534\n", "", "WORKDIR /data\nVOLUME /data\n", "", `ENTRYPOINT ["/imagemaster"]`, "", `CMD ["serve"]`, "")
	root := t.TempDir()
	data := filepath.Join(root, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(root, "imagemaster"), "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chown(data, 65534, 65534); err != nil {
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

// The service manager is told when the server is ready, when it reads the key file
// again, and when it stops.
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
	s.Signal(syscall.SIGHUP)
	told("RELOADING=1")
	told("READY=1")
	s.Stop()
	told("STOPPING=1")
}
