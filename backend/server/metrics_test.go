package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testserver"
)

// scrape reads the metrics with a token, "" for none.
func scrape(t *testing.T, address, token string) (int, string) {
	t.Helper()
	return scrapeAs(t, address, address, token)
}

// scrapeAs asks with a Host of its own.
func scrapeAs(t *testing.T, address, host, token string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// The metrics count what was done, and hold no name. They are off unless asked for.
func TestMetrics(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	s := testserver.New(t, "--data", dataFolder(t), "--metrics-listen", address).Start()
	s.SetUp() // signs in
	b := testserver.Visit(t, s.URL)
	for range 2 {
		b.Must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", map[string]string{"username": "nobody-of-this-name", "password": "x"})
	}
	b.Must(http.StatusUnauthorized, http.MethodPost, "/api/sign-in", map[string]string{"username": testserver.GoodName, "password": "x"})
	s.SignIn()
	b.Must(http.StatusMethodNotAllowed, "INVENTED", "/api/session", nil)
	b.Must(http.StatusNotFound, http.MethodGet, "/api/invented", nil)
	// Silent readers take few of the files of the process, and keep nobody out.
	var silent []net.Conn
	for range 40 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		silent = append(silent, conn)
	}
	status, text := scrape(t, address, "")
	if err := silent[0].SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := silent[0].Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the first of 40 silent readers still has its place: %v", err)
	}
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, text)
	}
	if status, _ := scrapeAs(t, address, "localhost:9090", ""); status != http.StatusOK {
		t.Errorf("localhost gets %d", status)
	}
	if status, text := scrapeAs(t, address, "rebound.example", ""); status != http.StatusMisdirectedRequest || strings.Contains(text, "imagemaster_") {
		t.Errorf("a name that a web page has chosen gets %d: %s", status, text)
	}
	for _, line := range []string{
		`imagemaster_requests_total{method="POST",route="/api/sign-in",status="401"} 3`,
		`imagemaster_requests_total{method="POST",route="/api/sign-in",status="200"} 1`,
		`imagemaster_requests_total{method="other",route="none",status="405"} 1`,
		`imagemaster_requests_total{method="GET",route="/api",status="404"} 1`,
		`imagemaster_request_duration_seconds_bucket{route="/api/sign-in",le="+Inf"} 4`,
		`imagemaster_request_duration_seconds_count{route="/api/sign-in"} 4`,
		`imagemaster_events_total{event="password",outcome="failed",factor="password",reason="unknown_name"} 2`,
		`imagemaster_events_total{event="password",outcome="failed",factor="password",reason="wrong"} 1`,
		`imagemaster_events_total{event="sign_in",outcome="ok",factor="",reason=""} 2`,
		`imagemaster_hash_wait_seconds_count{got="true"} 5`, // with the set-up
		`imagemaster_ready 1`, `imagemaster_sessions 2`, `imagemaster_mails_queued 0`, `imagemaster_hash_queue 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	for _, name := range []string{`imagemaster_database_duration_seconds_count{use="read",ok="true"} `, `imagemaster_database_duration_seconds_count{use="transaction",ok="true"} `, "imagemaster_connections ", "imagemaster_database_connections ", "go_goroutines ", "process_resident_memory_bytes "} {
		if !strings.Contains(text, name) {
			t.Errorf("lacks %s", name)
		}
	}
	if strings.Contains(text, testserver.GoodName) || strings.Contains(text, "nobody") || strings.Contains(strings.ToLower(text), "invented") || strings.Contains(text, "127.0.0.1") {
		t.Errorf("a label holds a name or an address:\n%s", text)
	}
	if t.Failed() {
		t.Log(text)
	}
	s.Stop()
}

// With a token the metrics are for those who have it.
func TestMetricsToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("a-token-of-the-operator\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + freePort(t)
	s := testserver.New(t, "--data", dataFolder(t), "--metrics-listen", address, "--metrics-token-file", file).Start().Ready()
	for token, want := range map[string]int{"": 401, "wrong": 401, "a-token-of-the-operato": 401, "a-token-of-the-operator": 200} {
		if status, text := scrape(t, address, token); status != want || want == 401 && strings.Contains(text, "imagemaster_") {
			t.Errorf("with the token %q: %d", token, status)
		}
	}
	testserver.Visit(t, s.URL).Must(http.StatusNotFound, http.MethodGet, "/metrics", nil)
	s.Stop()
	testserver.Command(t, "serve", "--metrics-listen", "0.0.0.0:9090", "--data", dataFolder(t)).Refuses(2, "--metrics-listen: must be an address of this machine")
	testserver.Command(t, "serve", "--metrics-token-file", file, "--data", dataFolder(t)).Refuses(2, "--metrics-token-file: only together")
}
