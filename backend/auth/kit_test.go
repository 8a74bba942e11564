package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
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
	origin       = "https://sign-in.example" // of the server
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
	deps := auth.Deps{DB: db, Keys: ring, Hasher: password.NewHasher(4, testCost), Now: h.clock.Now, Issuer: "ImageMaster", PublicURL: origin, Version: "test", Host: "test"}
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

// invite makes an account without a password, and an invitation for it.
func (h *kit) invite(name string) (token string) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		a, err := h.CreateAccount(h.ctx, tx, account.New{Username: name})
		if err != nil {
			return err
		}
		links, err := h.GiveLinks(h.ctx, tx, auth.Operator, auth.LinkFor{Kind: account.Invitation, Lifetime: time.Hour, Language: "en"}, a)
		if err == nil {
			token = links[0].Token
		}
		return err
	}))
	return token
}

func second[T any](_ T, err error) error { return err }

// withKey returns a browser that owes a code and the phone that has it.
func withKey(h *kit) (*browser, *phone) {
	h.Helper()
	h.addUser("anna")
	b := h.browser()
	b.signIn("anna", goodPassword)
	p := b.setUp()
	b.signOut()
	b.signIn("anna", goodPassword)
	return b, p
}

// signedInAnna returns a browser in which anna has just signed in.
func signedInAnna(h *kit) *browser {
	h.Helper()
	h.addUser("anna")
	b := h.browser()
	b.signIn("anna", goodPassword)
	return b
}

// withCodes returns a browser signed in at level 2, its phone and a set.
func withCodes(h *kit) (*browser, *phone, auth.NewCodes) {
	h.Helper()
	b := signedInAnna(h)
	p := b.setUp()
	return b, p, b.generate()
}

func count(all []string, want string) (n int) {
	for _, one := range all {
		if one == want {
			n++
		}
	}
	return n
}
