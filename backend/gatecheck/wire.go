package gatecheck

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// The most that is read of a request or an answer.
const (
	maxHead = 64 << 10
	maxBody = 16 << 10
)

// try is one request.
type try struct {
	name    string
	mark    string   // tells the requests of a run apart
	method  string   // "" = GET
	target  string   // of the request line, "" = the page
	host    string   // of the Host header, "" = that of the application
	headers []string // further lines, as they are sent
	cookie  string   // value of the Cookie header, "" = none
	// elsewhere says that the request may rightly lead to another site.
	elsewhere bool
	otherHost bool // it names a host that is not that of the application
}

// header is one line of a head, as it was sent.
type header struct{ name, value string }

// head is the first line and the headers of a request or an answer.
type head struct {
	line    string
	headers []header
}

// get returns the value of the first header of a name, "" = none.
func (h head) get(name string) string {
	for _, one := range h.headers {
		if strings.EqualFold(one.name, name) {
			return one.value
		}
	}
	return ""
}

// answer is what came back. With status 0 there was none.
type answer struct {
	head
	status  int
	body    string
	silent  bool // nothing came in time
	reached bool // it is from the stand-in
}

// lines writes a request. Connection is closed after the answer.
func (c *check) lines(t try) string {
	method, target, host := t.method, t.target, t.host
	if method == "" {
		method = "GET"
	}
	if target == "" {
		target = c.Page
	}
	if host == "" {
		host = c.host
	}
	lines := []string{method + " " + target + " HTTP/1.1", "Host: " + host, markHeader + ": " + t.mark, "User-Agent: imagemaster-gate-check"}
	if t.cookie != "" {
		lines = append(lines, "Cookie: "+t.cookie)
	}
	upgrades := false
	for _, line := range t.headers {
		upgrades = upgrades || strings.HasPrefix(line, "Connection:")
	}
	if !upgrades {
		lines = append(lines, "Connection: close")
	}
	return strings.Join(append(lines, t.headers...), "\r\n") + "\r\n\r\n"
}

// send sends a request on a connection of its own. An error is one of connecting.
func (c *check) send(ctx context.Context, t try) (answer, error) { return c.exchange(ctx, c.lines(t)) }

func (c *check) exchange(ctx context.Context, request string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	_, writing := io.WriteString(conn, request) // refused halfway, the answer counts
	a, err := readAnswer(bufio.NewReaderSize(conn, 4<<10), strings.HasPrefix(request, "HEAD "))
	a.silent = isTimeout(err) || isTimeout(writing)
	a.reached = c.standIn != nil && a.get(markHeader) == c.id
	return a, nil
}

func isTimeout(err error) bool {
	var timed net.Error
	return errors.As(err, &timed) && timed.Timeout()
}

// dial connects to the proxy.
func (c *check) dial(ctx context.Context) (net.Conn, error) {
	address := c.Connect
	if address == "" {
		if address = c.host; portOf(c.host) == "" {
			address = net.JoinHostPort(strings.Trim(c.host, "[]"), map[bool]string{true: "443", false: "80"}[c.isTLS()])
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil || !c.isTLS() {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{ServerName: nameOf(c.host), InsecureSkipVerify: c.Insecure, NextProtos: []string{"http/1.1"}})
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

func (c *check) isTLS() bool { return strings.HasPrefix(c.Origin, "https:") }

func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}

// portOf returns the port of a host, "" = none.
func portOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return host[i+1:]
	}
	return ""
}

// nameOf returns a host without its port and brackets.
func nameOf(host string) string {
	if port := portOf(host); port != "" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return strings.Trim(host, "[]")
}

// readAnswer reads an answer. What is there until an error counts.
func readAnswer(from *bufio.Reader, headOnly bool) (answer, error) {
	for {
		h, err := readHead(from)
		if err != nil {
			return answer{}, err
		}
		version, rest, _ := strings.Cut(h.line, " ")
		code, _, _ := strings.Cut(rest, " ")
		status, err := strconv.Atoi(code)
		if err != nil || !strings.HasPrefix(version, "HTTP/1.") || status < 100 || status > 999 {
			return answer{}, fmt.Errorf("%q is no answer of HTTP/1", h.line)
		}
		if status < 200 && status != 101 {
			continue // the answer is still to come
		}
		a := answer{head: h, status: status}
		if headOnly || status == 101 {
			return a, nil
		}
		length := int64(maxBody)
		if n, err := strconv.ParseInt(h.get("Content-Length"), 10, 64); err == nil {
			length = min(max(n, 0), length)
		}
		body, _ := io.ReadAll(io.LimitReader(from, length))
		a.body = string(body)
		return a, nil
	}
}

// readHead reads a first line and the headers behind it.
func readHead(from *bufio.Reader) (head, error) {
	var h head
	for left := maxHead; ; {
		line, err := readLine(from, &left)
		switch {
		case err != nil:
			return head{}, err
		case h.line == "":
			if h.line = line; line == "" {
				return head{}, errors.New("an empty line comes first")
			}
		case line == "":
			return h, nil
		default:
			name, value, _ := strings.Cut(line, ":")
			h.headers = append(h.headers, header{name, strings.TrimSpace(value)})
		}
	}
}

func readLine(from *bufio.Reader, left *int) (string, error) {
	var line []byte
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		if *left -= len(part); *left < 0 {
			return "", errors.New("the head is too long")
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return strings.TrimRight(string(line), "\r\n"), err
	}
}
