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
	t    *testing.T
	csrf string
}

// Visit opens a fresh browser at an address.
func Visit(t *testing.T, url string) *Person {
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
	status, answer, err := p.try(method, path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	return status, answer
}

func (p *Person) try(method, path string, body any) (int, map[string]any, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, p.URL+path, content)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Origin", p.URL)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Requested-With", "imagemaster")
	request.Header.Set("X-CSRF-Token", p.csrf)
	response, err := p.HTTP.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	err = json.NewDecoder(response.Body).Decode(&answer)
	var syntax *json.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) {
		err = nil // no content, or plain text such as that of /readyz
	}
	return response.StatusCode, answer, err
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
