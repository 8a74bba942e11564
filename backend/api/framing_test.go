package api

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// second is a request that a proxy could have taken for the body of the first.
const second = "GET /livez HTTP/1.1\r\nHost: " + host + "\r\n\r\n"

// TestUnclearEnds: a request whose end two servers could read differently is
// answered with 400, and what comes after it on the connection is never a request
// (RFC 9112 sections 2.2, 5.1, 5.2, 6.1 and 6.3).
func TestUnclearEnds(t *testing.T) {
	w := sqlite(t)
	address := w.listen()
	const chunks = "2\r\n{}\r\n0\r\n\r\n"
	for name, headers := range map[string]string{
		"length, then chunks":         "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
		"chunks, then length":         "Transfer-Encoding: chunked\r\nContent-Length: 12\r\n",
		"chunks in capitals":          "Content-Length: 12\r\nTRANSFER-ENCODING: CHUNKED\r\n",
		"chunks twice":                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"chunks, then identity":       "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"identity":                    "Transfer-Encoding: identity\r\n",
		"identity and a length":       "Transfer-Encoding: identity\r\nContent-Length: 12\r\n",
		"an unknown encoding":         "Transfer-Encoding: xchunked\r\n",
		"two encodings":               "Transfer-Encoding: gzip, chunked\r\n",
		"an empty encoding":           "Transfer-Encoding:\r\nContent-Length: 12\r\n",
		"a vertical tab":              "Transfer-Encoding: \x0bchunked\r\n",
		"space before the colon":      "Transfer-Encoding : chunked\r\nContent-Length: 12\r\n",
		"a tab before the colon":      "Transfer-Encoding\t: chunked\r\nContent-Length: 12\r\n",
		"space before another colon":  "X-Other : a\r\nContent-Length: 12\r\n",
		"space before the name":       "X-Other: a\r\n Content-Length: 12\r\n",
		"a value on two lines":        "Transfer-Encoding:\r\n chunked\r\n",
		"another value on two lines":  "X-Other: a\r\n\tb\r\nContent-Length: 12\r\n",
		"a line feed alone":           "X-Other: a\nTransfer-Encoding: chunked\r\n",
		"line feeds alone":            "X-Other: a\n\nContent-Length: 12\r\n",
		"a carriage return alone":     "X-Other: a\rTransfer-Encoding: chunked\r\n",
		"two equal lengths":           "Content-Length: 12\r\nContent-Length: 12\r\n",
		"two different lengths":       "Content-Length: 12\r\nContent-Length: 0\r\n",
		"two lengths in one line":     "Content-Length: 12, 12\r\n",
		"a length with a sign":        "Content-Length: +12\r\n",
		"a length below zero":         "Content-Length: -12\r\n",
		"a length in other digits":    "Content-Length: 0xc\r\n",
		"a length beyond all numbers": "Content-Length: 18446744073709551628\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			refusedAndClosed(t, w, address, "POST /api/sign-in HTTP/1.1\r\n"+ownPage+headers+"\r\n"+chunks)
		})
	}
	for name, request := range map[string]string{
		"chunks in HTTP/1.0":         "POST /api/sign-in HTTP/1.0\r\n" + ownPage + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"a GET with both":            "GET /livez HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"an unknown method and both": "STEAL /livez HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
	} {
		t.Run(name, func(t *testing.T) { refusedAndClosed(t, w, address, request) })
	}
}

func refusedAndClosed(t *testing.T, w *kit, address net.Addr, request string) {
	t.Helper()
	w.t = t
	conn := w.connect(address)
	go io.WriteString(conn, request+second) // the server may stop reading before the end
	all, err := io.ReadAll(conn)            // ends when the server closes the connection
	if err != nil && !strings.Contains(err.Error(), "connection reset") {
		t.Fatalf("the connection stays open: %v", err)
	}
	if got := bytes.Count(all, []byte("HTTP/1.1 ")); got != 1 || !bytes.HasPrefix(all, []byte("HTTP/1.1 400 ")) {
		t.Errorf("%d answers: %s", got, all)
	}
}

// TestClearEnds: what RFC 9112 allows is still served, and the connection kept.
func TestClearEnds(t *testing.T) {
	w := sqlite(t)
	address := w.listen()
	for name, rest := range map[string]string{
		"a length":            "Content-Length: 2\r\n\r\n{}",
		"chunks":              "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"chunks, other case":  "transfer-encoding:\tCHUNKED \r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"chunks, with a name": "Transfer-Encoding: chunked\r\n\r\n2;name=value\r\n{}\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			conn := w.connect(address)
			if _, err := io.WriteString(conn, "POST /api/sign-in HTTP/1.1\r\n"+ownPage+rest+second); err != nil {
				t.Fatal(err)
			}
			wantAnswers(t, conn, 422, 200) // a sign-in without its members, then /livez
		})
	}
}

// wantAnswers reads answers with these statuses from a connection that is kept.
func wantAnswers(t *testing.T, conn net.Conn, statuses ...int) {
	t.Helper()
	in := bufio.NewReader(conn)
	for _, status := range statuses {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != status || res.Close {
			t.Errorf("status %d, closed %t", res.StatusCode, res.Close)
		}
	}
}

// A form is as long as its Content-Length says. What stands behind its last part,
// where a parser of forms stops, is no request.
func TestWhatFollowsAFormIsNoRequest(t *testing.T) {
	w := sqlite(t)
	address := w.listen()
	const form = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"
	for name, body := range map[string]string{
		"nothing between":    form + second,
		"much between":       form + strings.Repeat("\r\n", 2500) + second,
		"another boundary":   strings.ReplaceAll(form, "--x", "--y") + strings.Repeat("\r\n", 2500) + second,
		"the last part ends": strings.TrimSuffix(form, "--\r\n") + "\r\n\r\n" + second,
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			conn := w.connect(address)
			request := fmt.Sprintf("POST /api/sign-in HTTP/1.1\r\n%sContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s",
				strings.ReplaceAll(ownPage, "Content-Type: application/json\r\n", ""), len(body), body)
			if _, err := io.WriteString(conn, request+strings.ReplaceAll(second, "/livez", "/none")); err != nil {
				t.Fatal(err)
			}
			wantAnswers(t, conn, 415, 404)
		})
	}
}
