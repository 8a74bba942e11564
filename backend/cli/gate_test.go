package cli

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answering is a stand-in for a proxy with one answer for everything.
func answering(t *testing.T, answer string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for from := bufio.NewReader(conn); ; {
					if line, err := from.ReadString('\n'); err != nil || line == "\r\n" {
						break
					}
				}
				_, _ = conn.Write([]byte(answer))
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestGateCheck(t *testing.T) {
	gate := answering(t, "HTTP/1.1 401 Unauthorized\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nContent-Type: application/problem+json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	o := call{args: []string{"gate", "check", gate + "/page"}}.succeeds(t)
	for _, want := range []string{"could not tell  signed in: the page: what reaches the application of a person is not seen without --cookie-file\n",
		"ok              without a cookie: GET: the gate answers (401)\n", "\nOk: ", ", came through: 0, could not tell: 3.\n"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("%q is missing in\n%s", want, o.stdout)
		}
	}
	open := call{args: []string{"gate", "check", answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")}}.run(t)
	if ExitCode(open.err) != 1 || open.err == nil || !strings.Contains(open.err.Error(), "something came through") ||
		!strings.Contains(open.stdout, "CAME THROUGH    without a cookie: GET: answered (200), and not by the gate\n") {
		t.Errorf("an open application gives %v and\n%s", open.err, open.stdout)
	}
}

func TestGateCheckIsRefused(t *testing.T) {
	folder := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cookie := strings.Repeat("Ab-_9", 8) + "xyz"
	good, wrong := file("good", "__Host-im_app="+cookie+"\n", 0o600), file("wrong", "hunter2-is-no-cookie", 0o600)
	for _, c := range []struct {
		code int
		want string
		args string
	}{
		{2, "<url>", ""},
		{2, "URL: must be a whole address", "wiki.example.org"},
		{2, "URL: must be a whole address", "https://me@wiki.example.org"},
		{2, "URL: must be a whole address", "ftp://wiki.example.org/"},
		{2, "URL: must begin with https", "http://wiki.example.org"},
		{2, "--cookie-file: cannot read", "https://wiki.example.org --cookie-file " + filepath.Join(folder, "missing")},
		{2, "--cookie-file: " + wrong + " holds no value of the cookie __Host-im_app", "https://wiki.example.org --cookie-file " + wrong},
		{2, "--cookie-file: every user of this machine may open", "https://wiki.example.org --cookie-file " + file("open", cookie, 0o644)},
		{2, "--other-cookie-file: is the same cookie", "https://wiki.example.org --cookie-file " + good + " --other-cookie-file " + file("same", cookie, 0o600)},
		{2, "--other-url: only together with --other-cookie-file", "https://wiki.example.org --other-url https://files.example.org"},
		{2, "--other-url: must be a whole address", "https://wiki.example.org --other-url files --other-cookie-file " + good},
		{2, `--as-application: "3000" is not HOST:PORT`, "https://wiki.example.org --as-application 3000"},
		{2, `--connect: "127.0.0.1" is not HOST:PORT`, "https://wiki.example.org --connect 127.0.0.1"},
		{2, "these mistakes were found:", "x --connect y"},
		{2, "there is no command \"gate nix\"", "nix"},
		{1, "cannot try http://127.0.0.1:1: ", "http://127.0.0.1:1"},
	} {
		args := append([]string{"gate", "check"}, strings.Fields(c.args)...)
		if c.args == "nix" {
			args = []string{"gate", "nix"}
		}
		call{args: args}.fails(t, c.code, c.want)
		if o := (call{args: args}).run(t); strings.Contains(fmt.Sprint(o.err), "hunter2") || strings.Contains(fmt.Sprint(o.err), cookie) {
			t.Errorf("a secret is repeated: %v", o.err)
		}
	}
}
