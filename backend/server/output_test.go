package server

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

func TestEachStartPrintsItsOwnSetupLink(t *testing.T) {
	data := dataFolder(t)
	links := map[string]bool{}
	for range 2 {
		s := testserver.New(t, "--data", data).Start()
		_, token, _ := strings.Cut(s.Until("/setup#"), "#")
		links[token] = len(token) >= 43
		s.Ready().Stop()
	}
	for token, long := range links {
		if !long {
			t.Errorf("%q holds less than 256 bits", token)
		}
	}
	if len(links) != 2 {
		t.Error("the same link twice")
	}
}

// A start that is not ready says so, and why.
func TestStartThatIsNotReady(t *testing.T) {
	s := testserver.New(t, "--data", testdb.SmallDisk(t, "48m")).Start()
	if line := s.Until("is not ready"); !strings.Contains(line, "ImageMaster runs at "+s.URL+", but is not ready: free_space: only ") {
		t.Errorf("printed %q", line)
	}
	s.UntilStatus(http.StatusServiceUnavailable, "/readyz")
}

func TestSetupLinkWorksOnce(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t)).Start()
	link := s.Until("/setup#")
	s.Ready()
	_, token, _ := strings.Cut(link, "#")
	body := map[string]string{"token": "x" + token, "username": testserver.GoodName, "password": testserver.GoodPassword, "display_name": ""}
	testserver.Visit(t, s.URL).Must(http.StatusUnauthorized, http.MethodPost, "/api/setup", body)
	body["token"] = token
	testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodPost, "/api/setup", body)
	body["username"] = "mallory"
	testserver.Visit(t, s.URL).Must(http.StatusConflict, http.MethodPost, "/api/setup", body)
}

// With --listen alone the printed address does not answer; the server says why.
func TestUnreachableAddressIsReported(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	s.Cmd.Args = append(s.Cmd.Args, "--public-url", "http://localhost")
	s.Start().Until("people open port 80, the server listens on " + port + ". Make --public-url and --listen agree.")
	s.Stop()
}

// With --log json both outputs are lines of JSON.
func TestOutputInJSON(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t), "--log", "json", "--log-level", "debug").Start()
	link := s.Until(`"link":"` + s.URL + `/setup#`)
	if !strings.Contains(link, "first administrator") {
		t.Errorf("the link is printed as %s", link)
	}
	s.Until(`"msg":"ready"`)
	testserver.Visit(t, s.URL).Must(http.StatusOK, http.MethodGet, "/livez", nil)
	again := testserver.New(t, "--data", dataFolder(t), "--log", "json", "--listen", strings.TrimPrefix(s.URL, "http://")).Start()
	code, failed := again.End()
	if code != 1 || !strings.Contains(failed, "is in use by another program") {
		t.Errorf("a server on the same port ended with code %d: %s", code, failed)
	}
	for line := range strings.Lines(s.Stop() + failed) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestNothingSecretIsPrinted(t *testing.T) {
	s := testserver.New(t, "--data", dataFolder(t))
	s.Cmd.Env = append(s.Cmd.Env, "QRCODE_DEBUG=1")
	s.Start().SetUp()
	secret := s.Enroll()
	testserver.Visit(t, s.URL).Send(http.MethodPost, "/api/sign-in", map[string]string{"username": testserver.GoodName, "password": "wrong-" + testserver.GoodPassword})
	testserver.Visit(t, s.URL).Send(http.MethodPost, "/api/sign-in", map[string]string{"username": testserver.GoodName, "pass": testserver.GoodPassword})
	out := s.Stop()
	for _, canary := range []string{testserver.GoodPassword, secret, "otpauth"} {
		if strings.Contains(out, canary) {
			t.Errorf("%q was printed:\n%s", canary, out)
		}
	}
}
