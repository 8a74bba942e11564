package api

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// browser keeps cookies and the CSRF token as a page does.
type browser struct {
	w       *kit
	cookies map[string]string
	csrf    string
}

func (w *kit) browser() *browser { return &browser{w: w, cookies: map[string]string{}} }

// copy returns a browser with a copy of the cookies, as a thief has it.
func (b *browser) copy() *browser {
	return &browser{w: b.w, cookies: maps.Clone(b.cookies), csrf: b.csrf}
}

// tab is another tab of the same browser: it shares the cookies and keeps the
// CSRF token it was loaded with.
func (b *browser) tab() *browser { return &browser{w: b.w, cookies: b.cookies, csrf: b.csrf} }

type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (b *browser) request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = host
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if method == http.MethodGet || method == http.MethodHead {
		return r
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-Requested-With", "imagemaster")
	if body != "" || method != http.MethodDelete {
		r.Header.Set("Content-Type", "application/json")
	}
	if b.csrf != "" {
		r.Header.Set("X-CSRF-Token", b.csrf)
	}
	return r
}

func (b *browser) send(method, path, body string, change ...func(*http.Request)) answer {
	b.w.t.Helper()
	r := b.request(method, path, body)
	for _, c := range change {
		c(r)
	}
	res, err := b.w.app.Test(r, -1)
	if err != nil {
		b.w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b.keep(res)
	b.w.sent = append(b.w.sent, method+" "+r.URL.Path)
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(text)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") && method != http.MethodHead {
		if err := json.Unmarshal(text, &a.json); err != nil {
			b.w.t.Fatalf("%s %s answered %q: %v", method, path, text, err)
		}
	}
	checkDocumented(b.w.t, method, r.URL.Path, a)
	return a
}

func (b *browser) keep(res *http.Response) {
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
}

// want sends a request that must be answered with that status.
func (b *browser) want(status int, method, path, body string) answer {
	b.w.t.Helper()
	a := b.send(method, path, body)
	if a.status != status {
		b.w.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// refused sends a request that must fail with that status and code.
func (b *browser) refused(status int, code, method, path, body string) answer {
	b.w.t.Helper()
	a := b.want(status, method, path, body)
	a.isProblem(b.w.t, status, code)
	return a
}

// isProblem checks what every problem has.
func (a answer) isProblem(t testing.TB, status int, code string) {
	t.Helper()
	if a.status != status || a.json["code"] != code {
		t.Fatalf("status %d, want %d and code %s: %s", a.status, status, code, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	if a.json["type"] != publicURL+"/problems/"+code || a.json["status"] != float64(status) {
		t.Errorf("type %v, status %v", a.json["type"], a.json["status"])
	}
	if a.json["title"] == "" || a.json["detail"] == "" {
		t.Errorf("no words: %s", a.body)
	}
	if id := a.header.Get("X-Request-Id"); id == "" || a.json["request_id"] != id {
		t.Errorf("request id %v in the body, %q in the header", a.json["request_id"], id)
	}
	retry := a.header.Get("Retry-After")
	if (status == 429 || status == 503) != (retry != "") {
		t.Errorf("status %d with Retry-After %q", status, retry)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", a.header.Get("Cache-Control"))
	}
}

// passwords is the body of a change of password.
func passwords(current, fresh string) string {
	return object("current_password", current, "password", fresh)
}

// object is a body of a request.
func object(members ...any) string {
	m := map[string]any{}
	for i := 0; i < len(members); i += 2 {
		m[members[i].(string)] = members[i+1]
	}
	return encode(m)
}

func encode(members map[string]any) string {
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// load reads the session, as the page does, and keeps its CSRF token.
func (b *browser) load() map[string]any {
	b.w.t.Helper()
	a := b.want(200, "GET", "/api/session", "")
	b.csrf = a.json["csrf"].(string)
	return a.json
}

// signIn gives name and password and returns what is next.
func (b *browser) signIn(name string) string {
	b.w.t.Helper()
	a := b.want(200, "POST", "/api/sign-in", object("username", name, "password", rightPassword))
	b.load()
	return a.json["next"].(string)
}

// enroll sets up an authenticator and returns its secret.
func (b *browser) enroll() string {
	b.w.t.Helper()
	a := b.want(200, "POST", "/api/two-factor/enrollment", "")
	secret := a.json["secret"].(string)
	b.want(200, "POST", "/api/two-factor/enrollment/confirm", object("code", b.w.code(secret, 0)))
	b.load()
	return secret
}

// verify completes a sign-in with the app's next unused code.
func (b *browser) verify(secret string) {
	b.w.t.Helper()
	b.w.clock.move(31 * time.Second)
	b.want(200, "POST", "/api/sign-in/verify", object("code", b.w.code(secret, 0)))
	b.load()
}

// generate makes a set of backup codes and returns them.
func (b *browser) generate() []string {
	b.w.t.Helper()
	a := b.want(200, "POST", "/api/two-factor/backup-codes", object("paper", "a4", "language", "en"))
	var codes []string
	for _, code := range a.json["codes"].([]any) {
		codes = append(codes, code.(string))
	}
	return codes
}

// stepUp gives factors again, as pairs of member and value.
func (b *browser) stepUp(factors ...any) {
	b.w.t.Helper()
	b.want(204, "POST", "/api/session/step-up", object(factors...))
}

// owes checks that an action asks for exactly these factors again.
func (b *browser) owes(method, path, body string, factors ...string) {
	b.w.t.Helper()
	a := b.refused(403, "step_up_owed", method, path, body)
	if got := fmt.Sprint(a.json["need"]); got != fmt.Sprint(factors) {
		b.w.t.Fatalf("%s %s needs %s, want %v", method, path, got, factors)
	}
}

// field returns which member a refused request was refused for, and why.
func (a answer) field() (pointer, reason string) {
	errs, _ := a.json["errors"].([]any)
	if len(errs) != 1 {
		return "", ""
	}
	field := errs[0].(map[string]any)
	return field["pointer"].(string), field["reason"].(string)
}

// number writes a JSON number for a path.
func number(v any) string { return strconv.FormatInt(int64(v.(float64)), 10) }
