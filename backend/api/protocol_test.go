package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial serves the app on a real connection and returns the client's end.
func (w *kit) dial() net.Conn {
	w.t.Helper()
	return w.connect(w.listen())
}

// listen serves the app on a free port of this machine.
func (w *kit) listen() net.Addr {
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
	return listener.Addr()
}

func (w *kit) connect(address net.Addr) net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", address.String())
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
func (w *kit) raw(request string) answer {
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

// TestProtocol covers the requests that fail before a route is looked up.
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

// TestSlowRequests: a client that sends slowly keeps its connection for the time
// of one request only, and other clients are served meanwhile.
func TestSlowRequests(t *testing.T) {
	w := sqlite(t)
	w.app.Server().ReadTimeout = 2 * time.Second
	address := w.listen()
	var slow []net.Conn
	for name, begin := range map[string]string{
		"nothing":      "",
		"a first line": "GET /api/session HTTP/1.1\r\n",
		"headers":      "GET /api/session HTTP/1.1\r\nHost: " + host + "\r\nX-Slow: ",
		"a body":       "POST /api/sign-in HTTP/1.1\r\n" + ownPage + "Content-Length: 16000\r\n\r\n{",
		"chunks":       "POST /api/sign-in HTTP/1.1\r\n" + ownPage + "Transfer-Encoding: chunked\r\n\r\n",
	} {
		conn := w.connect(address)
		slow = append(slow, conn)
		if _, err := io.WriteString(conn, begin); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if begin != "" {
			go trickle(conn, name)
		}
	}
	quick := w.connect(address)
	if _, err := io.WriteString(quick, "GET /livez HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(bufio.NewReader(quick), nil); err != nil || res.StatusCode != 200 {
		t.Fatalf("beside slow connections: %v, %v", res, err)
	}
	for _, conn := range slow {
		answer, err := io.ReadAll(conn) // ends when the server closes the connection
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Error("a slow request still holds its connection")
		}
		if len(answer) > 0 && !bytes.HasPrefix(answer, []byte("HTTP/1.1 4")) {
			t.Errorf("a request that never came is answered: %s", answer)
		}
	}
}

// trickle sends the next bytes of the request slowly, until the connection is
// closed.
func trickle(conn net.Conn, name string) {
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		next := "a"
		if name == "chunks" {
			next = "1\r\na\r\n"
		}
		if _, err := io.WriteString(conn, next); err != nil {
			tick.Stop()
			return
		}
	}
}

// TestLimits: the server is started with these numbers.
func TestLimits(t *testing.T) {
	server := sqlite(t).app.Server()
	if server.ReadTimeout != 10*time.Second || server.WriteTimeout != 30*time.Second || server.IdleTimeout != time.Minute {
		t.Errorf("timeouts %v %v %v", server.ReadTimeout, server.WriteTimeout, server.IdleTimeout)
	}
	if server.MaxRequestBodySize != 16384 || server.ReadBufferSize != 16384 {
		t.Errorf("sizes %d %d", server.MaxRequestBodySize, server.ReadBufferSize)
	}
}
