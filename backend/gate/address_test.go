package gate_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
)

// What a proxy says about a request must leave no doubt.
func TestHeadersOfTheProxy(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, public("/"))
	sound := map[string][]string{
		"nginx":   {"X-Original-URL: " + wiki + "/page", "X-Original-Method: GET"},
		"forward": {"X-Forwarded-Proto: https", "X-Forwarded-Host: wiki.example.com", "X-Forwarded-Uri: /page", "X-Forwarded-Method: GET"},
	}
	ask := func(endpoint string, lines []string) int {
		t.Helper()
		res := k.raw("GET /gate/" + endpoint + " HTTP/1.1\r\nHost: gate\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n")
		return res.StatusCode
	}
	for endpoint, lines := range sound {
		if got := ask(endpoint, lines); got != 200 {
			t.Errorf("%s: the sound headers give %d", endpoint, got)
		}
		for i, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			if got := ask(endpoint, append(append([]string{}, lines[:i]...), lines[i+1:]...)); got != 403 {
				t.Errorf("%s without %s gives %d", endpoint, name, got)
			}
			for _, more := range []string{line, name + ": ", strings.ToLower(name) + ": " + value, strings.ReplaceAll(name, "-", "_") + ": " + value,
				strings.ReplaceAll(name, "-", ".") + ": " + value, strings.Replace(name, "-", "_", 1) + ": x", strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + ": x",
				strings.ReplaceAll(name, "-", "!") + ": x", strings.Replace(name, "-", "~", 1) + ": x", strings.ReplaceAll(name, "-", "'") + ": x"} {
				if got := ask(endpoint, append(append([]string{}, lines...), more)); got != 403 {
					t.Errorf("%s with also %q gives %d", endpoint, more, got)
				}
				if got := ask(endpoint, append([]string{more}, lines...)); got != 403 {
					t.Errorf("%s with %q first gives %d", endpoint, more, got)
				}
			}
			if strings.HasSuffix(name, "URL") || strings.HasSuffix(name, "Uri") {
				continue // a path may have a comma
			}
			changed := append([]string{}, lines...)
			changed[i] = name + ": " + value + ", " + value
			if got := ask(endpoint, changed); got != 403 {
				t.Errorf("%s with the list %q gives %d", endpoint, changed[i], got)
			}
		}
	}
	// The headers of the other kind are the browser's, and say nothing.
	if got := ask("nginx", append(append([]string{}, sound["nginx"]...), "X-Forwarded-Host: evil.example", "X-Forwarded-Host: two.example")); got != 200 {
		t.Errorf("nginx with the browser's own X-Forwarded-Host gives %d", got)
	}
	if got := ask("forward", append(append([]string{}, sound["forward"]...), "X-Original-URL: https://evil.example/")); got != 200 {
		t.Errorf("forward with the browser's own X-Original-URL gives %d", got)
	}
}

// Which addresses are those of an application.
func TestAddresses(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, public("/"))
	k.application("Files", "https://files.example.com:8443", public("/"))
	for address, want := range map[string]int{
		wiki + "/":                              200,
		wiki + "/?x=1":                          200,
		"https://WIKI.Example.COM/":             200,
		wiki + ":443/":                          200,
		"wss://wiki.example.com/socket":         200,
		"https://files.example.com:8443/":       200,
		wiki:                                    403, // no path
		wiki + "?x":                             403,
		"https://files.example.com/":            403, // another port
		"https://files.example.com:08443/":      403,
		"http://wiki.example.com/":              403, // another scheme
		"http://wiki.example.com:443/":          403,
		"https://wiki.example.com:8443/":        403,
		"https://other.example.com/":            403,
		"https://wiki.example.com./":            403,
		"https://user@wiki.example.com/":        403,
		"https://wiki.example.com:443:443/":     403,
		"https://wiki.example.com:/":            403,
		"https://wiki.example.com\\@evil/":      403,
		"https://wiki.example.com%2f/":          403,
		"https://wiki.example.com,evil/":        403,
		"https://wiki.example.comhttp://evil/x": 403,
		"https:/wiki.example.com/":              403,
		"//wiki.example.com/":                   403,
		"/":                                     403,
		publicURL + "/":                         403,
		wiki + "/page#part":                     403,
		wiki + "/.imagemaster/done":             403,
		wiki + "/.IMAGEMASTER/x":                403,
		wiki + "/.imagemaster":                  403,
		wiki + "/%2eimagemaster/x":              403,
		wiki + "/.%69magemaster/x":              403,
	} {
		if got := k.ask(question{"nginx", "GET", address, nil}).StatusCode; got != want {
			t.Errorf("nginx: %s gives %d, want %d", address, got, want)
		}
	}
	for _, c := range []struct {
		proto, host, uri string
		want             int
	}{
		{"https", "wiki.example.com", "/", 200},
		{"HTTPS", "Wiki.example.com:443", "/x", 200},
		{"wss", "wiki.example.com", "/", 200},
		{"http", "wiki.example.com", "/", 403},
		{"https", "wiki.example.com.", "/", 403},
		{"https", "evil@wiki.example.com", "/", 403},
		{"https", "wiki.example.com/evil", "/", 403},
		{"https", "wiki.example.com", "http://evil.example/", 403},
		{"https", "wiki.example.com", "*", 403},
		{"ftp", "wiki.example.com", "/", 403},
		{"https", "wiki.example.com, evil.example", "/", 403},
	} {
		res := k.raw(fmt.Sprintf("GET /gate/forward HTTP/1.1\r\nHost: gate\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Proto: %s\r\nX-Forwarded-Host: %s\r\nX-Forwarded-Uri: %s\r\n\r\n",
			c.proto, c.host, c.uri))
		if res.StatusCode != c.want {
			t.Errorf("forward: %+v gives %d", c, res.StatusCode)
		}
	}
}

// A path that applications may read in more than one way needs every rule.
func TestPathsWithMoreThanOneReading(t *testing.T) {
	k := sqlite(t)
	k.must(second(k.CreateGroup(k.ctx, auth.Operator, "admins", "")))
	admin := everybody("/admin")
	admin.Who, admin.Groups = app.Groups, []string{"admins"}
	k.application("Wiki", wiki, admin, public("/public"), everybody("/"))
	anna, root := k.protected("anna"), k.protected("root")
	k.must(k.SetGroups(k.ctx, auth.Operator, root.id, []string{"admins"}))
	anna.opens(wiki)
	root.opens(wiki)
	nobody := &someone{kit: k, cookies: map[string]string{}}
	for _, path := range []string{"/public/../admin", "/public/./x", "/x//y", "//admin", "/x\\..\\admin", "/public;/admin", "/public;x=1", "/%2e%2e/admin",
		"/public/%2E./admin", "/x%2fadmin", "/x%5Cadmin", "/%61dmin", "/ADMIN", "/Admin/users", "/adm%49n", "/x%00", "/x%0a", "/%252e%252e/admin", "/x%", "/x%zz",
		"/%u0061dmin", "/x%c0%afadmin", "/\xc3\xa4", "/admi%4e", "/public%3b/x"} {
		anna.status(403, "GET", wiki+path, fetched())
		root.status(200, "GET", wiki+path, navigation())
		nobody.status(401, "GET", wiki+path, fetched())
	}
	for _, path := range []string{"/", "/page", "/caf%C3%A9", "/a%20b", "/administrator", "/x.y/..z", "/a/"} {
		anna.status(200, "GET", wiki+path, navigation())
	}
	anna.status(403, "GET", wiki+"/admin/x", fetched())
	nobody.status(200, "GET", wiki+"/public/x", fetched())
}

// A request that announces a body gets its answer, and the connection is closed: the body
// must not become the next request.
func TestNoBodyIsTheNextRequest(t *testing.T) {
	k := sqlite(t)
	k.application("Wiki", wiki, public("/"))
	const smuggled = "GET /.imagemaster/start HTTP/1.1\r\nHost: wiki.example.com\r\n\r\n"
	sound := "Host: gate\r\nX-Original-URL: " + wiki + "/\r\nX-Original-Method: POST\r\n"
	for name, request := range map[string]string{
		"a length":          fmt.Sprintf("GET /gate/nginx HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", sound, len(smuggled), smuggled),
		"chunks":            fmt.Sprintf("GET /gate/nginx HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n%s", sound, len(smuggled), smuggled, smuggled),
		"a body never sent": fmt.Sprintf("POST /gate/nginx HTTP/1.1\r\n%sContent-Length: 1000000\r\n\r\n", sound),
		"100-continue":      fmt.Sprintf("POST /.imagemaster/denied HTTP/1.1\r\n%sContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", sound, len(smuggled)),
		"both":              fmt.Sprintf("GET /gate/nginx HTTP/1.1\r\n%sContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n%s", sound, smuggled),
	} {
		t.Run(name, func(t *testing.T) {
			conn := k.connect()
			_, err := conn.Write([]byte(request))
			k.must(err)
			reader := bufio.NewReader(conn)
			res, err := http.ReadResponse(reader, nil)
			k.must(err)
			_ = bodyOf(k, res)
			if !res.Close {
				t.Errorf("%d, and the connection stays open", res.StatusCode)
			}
			if rest, err := http.ReadResponse(reader, nil); err == nil {
				t.Errorf("the body was answered with %d", rest.StatusCode)
			}
		})
	}
}

// connect opens a connection to the gate on a port of its own.
func (k *kit) connect() net.Conn {
	k.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	k.must(err)
	served := make(chan error, 1)
	go func() { served <- k.gate.Listener(socket) }()
	conn, err := net.Dial("tcp", socket.Addr().String())
	k.must(err)
	k.must(conn.SetDeadline(time.Now().Add(30 * time.Second)))
	k.Cleanup(func() {
		_ = conn.Close()
		_ = socket.Close()
		<-served
	})
	return conn
}

// raw sends a request as it is written.
func (k *kit) raw(request string) *http.Response {
	k.Helper()
	conn := k.connect()
	_, err := conn.Write([]byte(request))
	k.must(err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	k.must(err)
	k.Cleanup(func() { _ = res.Body.Close() })
	return res
}
