package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(crashVariable); text != "" {
		var life busyLife
		err := json.Unmarshal([]byte(text), &life)
		if err == nil {
			err = life.live(context.Background())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testdb.Main(m, claims...)
}

// testCost keeps the tests on rules, not on hashing.
var testCost = password.Cost{MemoryKiB: 64, Iterations: 1}

const (
	goodPassword = "nine grey herons wade slowly"
	newPassword  = "seven green bottles on a wall"
)

// clock is a server clock that the test moves.
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

// kit is a service on a real database, and the person's side of it.
type kit struct {
	*testing.T
	*auth.Service
	db   *database.DB
	ring *secretbox.Keyring
	// ringPath is where the ring was loaded from.
	ringPath string
	clock    *clock
	ctx      context.Context
}

func newKit(t *testing.T, db *database.DB, change ...func(*auth.Deps)) *kit {
	t.Helper()
	path := ringFile(t)
	ring, err := secretbox.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h := &kit{T: t, db: db, ring: ring, ringPath: path, ctx: context.Background(),
		clock: &clock{now: time.Date(2026, 11, 23, 9, 0, 5, 0, time.UTC)}}
	deps := auth.Deps{DB: db, Keys: ring, Hasher: password.NewHasher(4, testCost), Now: h.clock.Now, Issuer: "ImageMaster", Version: "test", Host: "test"}
	for _, c := range change {
		c(&deps)
	}
	h.Service = auth.New(deps)
	return h
}

// each runs a scenario on both engines.
func each(t *testing.T, scenario func(h *kit), change ...func(*auth.Deps)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { scenario(newKit(t, db, change...)) })
}

func (h *kit) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("unexpected: %v", err)
	}
}

// refused checks that err carries a code and returns it.
func (h *kit) refused(err error, code apperr.Code) *apperr.Error {
	h.Helper()
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != code {
		h.Fatalf("got %v, want the code %s", err, code)
	}
	return e
}

// addUser makes an account that has changed its first password.
func (h *kit) addUser(name string) {
	h.Helper()
	h.must(h.CreateUser(h.ctx, auth.NewUser{Username: name, Password: "first password of the operator"}))
	b := h.browser()
	b.signIn(name, "first password of the operator")
	h.must(b.changePassword("first password of the operator", goodPassword))
	b.signOut()
}

// browser is somebody's browser: it keeps the cookies.
type browser struct {
	*kit
	client auth.Client
	tokens auth.Tokens
}

func (h *kit) browser() *browser {
	return &browser{kit: h, client: auth.Client{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "Firefox", RequestID: "r"}}
}

func (b *browser) caller() *auth.Caller {
	b.Helper()
	c, err := b.Resolve(b.ctx, b.client, b.tokens, false)
	b.must(err)
	return c
}

func (b *browser) keep(i auth.Issued) {
	for from, to := range map[*string]*string{i.Session: &b.tokens.Session, i.Pending: &b.tokens.Pending, i.Device: &b.tokens.Device} {
		if from != nil {
			*to = *from
		}
	}
}

func (b *browser) trySignIn(name, pw string) (auth.Next, error) {
	b.Helper()
	r, err := b.SignIn(b.ctx, b.caller(), name, pw)
	b.keep(r.Issued)
	return r.Next, err
}

func (b *browser) signIn(name, pw string) auth.Next {
	b.Helper()
	next, err := b.trySignIn(name, pw)
	b.must(err)
	return next
}

func (b *browser) signOut() {
	b.Helper()
	i, err := b.SignOut(b.ctx, b.caller())
	b.must(err)
	b.keep(i)
}

func (b *browser) verify(code string) error {
	b.Helper()
	r, err := b.VerifySecondFactor(b.ctx, b.caller(), code)
	b.keep(r.Issued)
	return err
}

func (b *browser) changePassword(present, typed string) error {
	b.Helper()
	i, err := b.ChangePassword(b.ctx, b.caller(), present, typed)
	b.keep(i)
	return err
}

// pause pauses the second factor, for a time or, with 0, until it is enabled.
func (b *browser) pause(length time.Duration) error {
	b.Helper()
	i, err := b.Pause(b.ctx, b.caller(), length)
	b.keep(i)
	return err
}

func (b *browser) enable(code string) error {
	b.Helper()
	i, err := b.Enable(b.ctx, b.caller(), code)
	b.keep(i)
	return err
}

func (b *browser) removeKey() error {
	b.Helper()
	i, err := b.RemoveKey(b.ctx, b.caller())
	b.keep(i)
	return err
}

func (b *browser) stepUp(pw, code string) error {
	b.Helper()
	in := auth.StepUpInput{}
	if pw != "" {
		in.Password = &pw
	}
	if code != "" {
		in.Code = &code
	}
	i, err := b.StepUp(b.ctx, b.caller(), in)
	b.keep(i)
	return err
}

func (b *browser) begin() *phone {
	b.Helper()
	e, err := b.BeginEnrollment(b.ctx, b.caller())
	b.must(err)
	return &phone{kit: b.kit, secret: e.Secret}
}

func (b *browser) confirm(code string) error {
	b.Helper()
	r, err := b.ConfirmEnrollment(b.ctx, b.caller(), code, "")
	b.keep(r.Issued)
	return err
}

// setUp binds a key in a browser that is signed in and returns the phone. The
// clock moves on, so that the phone shows a code nobody has used.
func (b *browser) setUp() *phone {
	b.Helper()
	p := b.begin()
	b.must(b.confirm(p.code(0)))
	b.clock.move(time.Minute)
	return p
}

// phone is an authenticator app, computed by a library that is not ours.
type phone struct {
	*kit
	secret string
}

// code is what the app shows, steps ahead of the server's clock.
func (p *phone) code(steps int64) string {
	return codeAt(p.secret, p.clock.Now().Add(time.Duration(steps)*totp.Period*time.Second))
}

func codeAt(secret string, at time.Time) string {
	code, err := hotp.GenerateCodeCustom(secret, uint64(totp.Step(at)),
		hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		panic(err)
	}
	return code
}

// wrong is a well-formed code that is right at no step of the window.
func (p *phone) wrong() string {
	p.Helper()
	taken := map[string]bool{}
	for steps := int64(-3); steps <= 3; steps++ {
		taken[p.code(steps)] = true
	}
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"} {
		if !taken[code] {
			return code
		}
	}
	p.Fatal("every code is taken")
	return ""
}
