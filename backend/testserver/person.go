package testserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// Person is a person's browser.
type Person struct {
	URL  string
	HTTP *http.Client
	t    testing.TB
	csrf string
}

// Visit opens a fresh browser at an address.
func Visit(t testing.TB, url string) *Person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Person{t: t, URL: url, HTTP: &http.Client{Jar: jar, Timeout: GiveUp}}
}

// Send sends a request and returns the status and the decoded answer.
func (p *Person) Send(method, path string, body any) (int, map[string]any) {
	p.t.Helper()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			p.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, p.URL+path, &content)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Origin", p.URL)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Requested-With", "imagemaster")
	request.Header.Set("X-CSRF-Token", p.csrf)
	response, err := p.HTTP.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	err = json.NewDecoder(response.Body).Decode(&answer)
	var syntax *json.SyntaxError
	// There may be no content, or plain text such as that of /readyz.
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &syntax) {
		p.t.Fatal(err)
	}
	return response.StatusCode, answer
}

// Must sends a request and checks the status.
func (p *Person) Must(status int, method, path string, body any) map[string]any {
	p.t.Helper()
	got, answer := p.Send(method, path, body)
	if got != status {
		p.t.Fatalf("%s %s: %d, want %d: %v", method, path, got, status, answer)
	}
	return answer
}

// Renew reads the session again, after an act that has opened a new one, and returns it.
func (p *Person) Renew() map[string]any {
	p.t.Helper()
	session := p.Must(http.StatusOK, http.MethodGet, "/api/session", nil)
	p.csrf, _ = session["csrf"].(string)
	return session
}
