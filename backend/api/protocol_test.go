package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial serves the app on a real connection and returns the client's end.
func (w *world) dial() net.Conn {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- w.app.Listener(listener) }()
	w.t.Cleanup(func() {
		if err := w.app.ShutdownWithTimeout(time.Second); err != nil {
			w.t.Log(err)
		}
		<-served
	})
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	return conn
}

// raw sends bytes as they are and reads one answer.
func (w *world) raw(request string) answer {
	w.t.Helper()
	conn := w.dial()
	go io.WriteString(conn, request) // a refused request is not read to its end
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		w.t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(text)}
	if err := json.Unmarshal(text, &a.json); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	return a
}

const ownPage = "Host: " + host + "\r\nSec-Fetch-Site: same-origin\r\nX-Requested-With: imagemaster\r\nContent-Type: application/json\r\n"

// TestProtocol covers what fails before any route is looked for.
func TestProtocol(t *testing.T) {
	const canary = "canary-in-a-broken-request"
	big := strings.Repeat("a", 20<<10)
	cases := []struct {
		name, request string
		status        int
		code          string
	}{
		{"body announced too large", fmt.Sprintf("POST /api/sign-in HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", ownPage, len(big), big), 413, "too_large"},
		{"body too large in chunks", fmt.Sprintf("POST /api/sign-in HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", ownPage, len(big), big), 413, "too_large"},
		{"headers too large", "GET /api/session HTTP/1.1\r\nHost: " + host + "\r\nX-Long: " + big + "\r\n\r\n", 431, "headers_too_large"},
		{"address too long", "GET /api/session?" + big + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 431, "headers_too_large"},
		{"not HTTP", canary + "\r\n\r\n", 400, "bad_request"},
		{"a bad length", "POST /api/sign-in HTTP/1.1\r\n" + ownPage + "Content-Length: " + canary + "\r\n\r\n", 400, "bad_request"},
		{"two hosts, ours last", "GET /api/session HTTP/1.1\r\nHost: evil.example\r\nhost: " + host + "\r\n\r\n", 400, "bad_request"},
		{"two hosts, ours first", "GET /api/session HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\n\r\n", 400, "bad_request"},
		{"a user name in the host", "GET /api/session HTTP/1.1\r\nHost: evil.example@" + host + "\r\n\r\n", 400, "bad_request"},
		{"a user name in the address", "GET http://evil.example@" + host + "/api/session HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 400, "bad_request"},
		{"another host in the address", "GET http://evil.example/api/session HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 421, "misdirected"},
		{"no host", "GET /api/session HTTP/1.0\r\n\r\n", 421, "misdirected"},
		{"TRACE", "TRACE /api/session HTTP/1.1\r\nHost: " + host + "\r\nX-Secret: " + canary + "\r\n\r\n", 405, "method_not_allowed"},
		{"OPTIONS", "OPTIONS /api/session HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n", 405, "method_not_allowed"},
		{"CONNECT", "CONNECT /api/session HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 405, "method_not_allowed"},
		{"an invented method", "STEAL /api/session HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 405, "method_not_allowed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := sqlite(t)
			w.t = t
			a := w.raw(c.request)
			a.isProblem(t, c.status, c.code)
			if strings.Contains(a.body, canary) || strings.Contains(w.logs.String(), canary) {
				t.Errorf("the request is repeated: %s %s", a.body, w.logs.String())
			}
			if a.header.Get("Content-Security-Policy") == "" || a.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("no security headers: %v", a.header)
			}
			if c.status == 405 && a.header.Get("Allow") != "DELETE, GET, HEAD" {
				t.Errorf("Allow %q", a.header.Get("Allow"))
			}
			for name := range a.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("has %s", name)
				}
			}
		})
	}
}

// TestLimits holds the numbers the server is started with.
func TestLimits(t *testing.T) {
	server := sqlite(t).app.Server()
	if server.ReadTimeout != 10*time.Second || server.WriteTimeout != 30*time.Second || server.IdleTimeout != time.Minute {
		t.Errorf("timeouts %v %v %v", server.ReadTimeout, server.WriteTimeout, server.IdleTimeout)
	}
	if server.MaxRequestBodySize != 16384 || server.ReadBufferSize != 16384 {
		t.Errorf("sizes %d %d", server.MaxRequestBodySize, server.ReadBufferSize)
	}
}
