package gate_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/gate"
	"imagemaster/backend/opaque"
	"imagemaster/backend/password"
	"imagemaster/backend/people"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

const (
	publicURL    = "https://sign-in.example"
	wiki         = "https://wiki.example.com"
	goodPassword = "nine grey herons wade slowly"
)

// clock is a clock that the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// journal collects the log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// kit is a gate on a real database.
type kit struct {
	testing.TB
	*people.Service
	db    *database.DB
	ring  *secretbox.Keyring
	gate  *fiber.App
	clock *clock
	logs  *journal
	ctx   context.Context
}

func newKit(t testing.TB, db *database.DB) *kit {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	if err := secretbox.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	ring, err := secretbox.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{TB: t, db: db, ring: ring, ctx: context.Background(), clock: &clock{now: time.Date(2026, 11, 23, 9, 0, 5, 0, time.UTC)}, logs: &journal{}}
	return k.on(db)
}

// on is another instance with the same keys and clock.
func (k *kit) on(db *database.DB, change ...func(*auth.Deps)) *kit {
	k.Helper()
	deps := auth.Deps{DB: db, Keys: k.ring, Hasher: password.NewHasher(4, password.Cost{MemoryKiB: 64, Iterations: 1}), Now: k.clock.Now,
		Issuer: "ImageMaster", PublicURL: publicURL, Version: "test", Host: "test", Operator: "root"}
	for _, c := range change {
		c(&deps)
	}
	other := *k
	other.db, other.Service = db, people.New(auth.New(deps))
	var err error
	other.gate, err = gate.New(gate.Deps{Auth: other.Service.Service, PublicURL: publicURL, Brand: "ImageMaster",
		Log: slog.New(slog.NewJSONHandler(k.logs, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: k.clock.Now})
	k.must(err)
	return &other
}

// each runs a scenario on both engines.
func each(t *testing.T, scenario func(k *kit)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { scenario(newKit(t, db)) })
}

// sqlite is a kit for tests that do not depend on the database.
func sqlite(t testing.TB) *kit {
	t.Helper()
	return newKit(t, testdb.New(t, testdb.SQLite))
}

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatalf("unexpected: %v", err)
	}
}

// everybody is a rule that lets everybody in who is signed in with two factors.
func everybody(path string) people.ApplicationRule {
	return people.ApplicationRule{Path: path, Methods: people.AllMethods, Who: app.Everybody, Factor: app.TwoFactors}
}

// public is a rule for reading without a sign-in.
func public(path string) people.ApplicationRule {
	return people.ApplicationRule{Path: path, Methods: people.Reading, Who: app.Public, Factor: app.NoFactor}
}

// application adds an application.
func (k *kit) application(name, address string, rules ...people.ApplicationRule) people.Application {
	k.Helper()
	a, err := k.CreateApplication(k.ctx, auth.Operator, people.Application{Name: name, Addresses: []string{address}, Rules: rules})
	k.must(err)
	return a
}

// question is what a proxy asks the gate.
type question struct {
	endpoint string // "nginx" or "forward"
	method   string
	address  string
	headers  http.Header // of the browser
}

// both are the endpoints.
var both = []string{"nginx", "forward"}

// navigation are the headers of a browser that opens a page.
func navigation() http.Header {
	return http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"none"}, "Accept": {"text/html"}}
}

// fetched are the headers of a script of the application's own page.
func fetched() http.Header {
	return http.Header{"Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Site": {"same-origin"}, "Accept": {"*/*"}}
}

// ask sends a question as the proxy of that endpoint does.
func (k *kit) ask(q question) *http.Response {
	k.Helper()
	r := httptest.NewRequest(http.MethodGet, "/gate/"+q.endpoint, nil)
	for name, values := range q.headers {
		r.Header[name] = values
	}
	if q.endpoint == "nginx" {
		r.Header.Set("X-Original-URL", q.address)
		r.Header.Set("X-Original-Method", q.method)
		return k.send(r)
	}
	scheme, rest, _ := strings.Cut(q.address, "://")
	host, _, _ := strings.Cut(rest, "/")
	r.Header.Set("X-Forwarded-Proto", scheme)
	r.Header.Set("X-Forwarded-Host", host)
	r.Header.Set("X-Forwarded-Uri", strings.TrimPrefix(rest, host))
	r.Header.Set("X-Forwarded-Method", q.method)
	return k.send(r)
}

func (k *kit) send(r *http.Request) *http.Response {
	k.Helper()
	res, err := k.gate.Test(r, -1)
	k.must(err)
	k.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func bodyOf(k *kit, res *http.Response) string {
	k.Helper()
	body, err := io.ReadAll(res.Body)
	k.must(err)
	return string(body)
}

// someone has an account, a browser, and perhaps a phone.
type someone struct {
	*kit
	name    string
	id      int64
	tokens  auth.Tokens
	secret  string            // in the phone, "" = no second factor
	cookies map[string]string // of the application's host
}

// person makes an account with a password, signed in at level 1.
func (k *kit) person(name string) *someone {
	k.Helper()
	id, link, err := k.Invite(k.ctx, auth.Operator, people.Invitation{Username: name, DisplayName: "Änne 100%", Email: name + "@example.com",
		Lifetime: 168 * time.Hour, Language: "en"})
	k.must(err)
	p := &someone{kit: k, name: name, id: id, cookies: map[string]string{}}
	r, err := p.UseLink(p.ctx, p.caller(), link.Token, goodPassword)
	p.must(err)
	p.keep(r.Issued)
	return p
}

// protected makes an account with a second factor. The person has just given both.
func (k *kit) protected(name string) *someone {
	k.Helper()
	p := k.person(name)
	e, err := p.BeginEnrollment(p.ctx, p.caller())
	p.must(err)
	p.secret = e.Secret
	r, err := p.ConfirmEnrollment(p.ctx, p.caller(), p.code(), "")
	p.must(err)
	p.keep(r.Issued)
	return p
}

func (p *someone) caller() *auth.Caller {
	p.Helper()
	c, err := p.Resolve(p.ctx, auth.Client{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "Firefox", RequestID: "r"}, p.tokens, true)
	p.must(err)
	return c
}

func (p *someone) keep(i auth.Issued) {
	for from, to := range map[*string]*string{i.Session: &p.tokens.Session, i.Pending: &p.tokens.Pending, i.Device: &p.tokens.Device} {
		if from != nil {
			*to = *from
		}
	}
}

// code is what the phone shows after it has shown another code.
func (p *someone) code() string {
	p.Helper()
	p.clock.move(30 * time.Second)
	code, err := hotp.GenerateCodeCustom(p.secret, uint64(p.clock.Now().Unix()/30), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	p.must(err)
	return code
}

// visit sends a request of the person's browser to the part of a host that is the gate's,
// and keeps its cookies.
func (p *someone) visit(host, path string) *http.Response {
	p.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = host
	r.Header.Set("Cookie", p.cookieLine())
	res := p.send(r)
	for _, c := range res.Cookies() {
		p.cookies[c.Name] = c.Value
	}
	return res
}

func (p *someone) cookieLine() string {
	var pairs []string
	for name, value := range p.cookies {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}

// location is where an answer leads.
func location(k *kit, res *http.Response) *url.URL {
	k.Helper()
	if res.StatusCode != http.StatusSeeOther {
		k.Fatalf("answered with %d: %s", res.StatusCode, bodyOf(k, res))
	}
	u, err := url.Parse(res.Header.Get("Location"))
	k.must(err)
	return u
}

// ticket gets a ticket for a page of an application, by way of its host.
func (p *someone) ticket(origin, page string) (done *url.URL) {
	p.Helper()
	host := strings.TrimPrefix(strings.TrimPrefix(origin, "https://"), "http://")
	open := location(p.kit, p.visit(host, "/.imagemaster/start?"+url.Values{"to": {page}}.Encode()))
	query := open.Query()
	o, err := p.OpenApplication(p.ctx, p.caller(), query.Get("app"), query.Get("to"), query.Get("state"))
	p.must(err)
	if o.Ticket == "" {
		p.Fatalf("no ticket: %+v", o)
	}
	done, err = url.Parse(o.Done(query.Get("again") == "1"))
	p.must(err)
	return done
}

// opens signs the person's browser in to an application.
func (p *someone) opens(origin string) {
	p.Helper()
	done := p.ticket(origin, "/")
	if to := location(p.kit, p.visit(done.Host, done.RequestURI())); to.String() != origin+"/" {
		p.Fatalf("led to %s", to)
	}
}

// as is a question with the cookies of the person's browser.
func (p *someone) as(q question) question {
	q.headers = q.headers.Clone()
	if q.headers == nil {
		q.headers = http.Header{}
	}
	q.headers.Set("Cookie", p.cookieLine())
	return q
}

// status asks at both endpoints and wants the same answer.
func (p *someone) status(want int, method, address string, headers http.Header) {
	p.Helper()
	for _, endpoint := range both {
		if res := p.ask(p.as(question{endpoint, method, address, headers})); res.StatusCode != want {
			p.Errorf("%s: %s %s gives %d, want %d: %s", endpoint, method, address, res.StatusCode, want, bodyOf(p.kit, res))
		}
	}
}

func randomToken() string {
	token, _ := opaque.NewToken()
	return token
}

func encoded(hash []byte) string { return base64.RawURLEncoding.EncodeToString(hash) }
