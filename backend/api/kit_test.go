package api

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	otp "github.com/pquerna/otp/totp"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/health"
	"imagemaster/backend/password"
	"imagemaster/backend/people"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/sheet"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

const (
	publicURL     = "https://sign-in.example"
	host          = "sign-in.example"
	rightPassword = "violin marmalade tundra oxide"
)

// clock is a clock that the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// journal collects the log, with every level.
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

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Reset()
}

// kit is the whole back end on a real database, with a clock of its own.
type kit struct {
	t     testing.TB
	db    *database.DB
	app   *fiber.App
	auth  *auth.Service
	clock *clock
	logs  *journal
	deps  Deps
	// hasher is a quick one if a test sets none.
	hasher *password.Hasher
	sent   []string // "METHOD path" of every request
}

func newKit(t testing.TB, db *database.DB, change ...func(*Deps)) *kit {
	t.Helper()
	w := &kit{t: t, db: db, clock: &clock{at: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)}, logs: &journal{}}
	w.deps = Deps{
		Keys:        newKeys(t),
		Sheets:      sheet.NewRenderer(1),
		PublicURL:   publicURL,
		Brand:       Brand{Name: "ImageMaster"},
		HelpContact: "help@sign-in.example",
		AppURL:      "https://app.example",
		Ready: func() error {
			if err := db.Ping(context.Background()); err != nil {
				return &health.Failure{Check: "schema", Err: err}
			}
			return nil
		},
		Examples: os.DirFS("../../docs/examples"),
		Log:      slog.New(slog.NewJSONHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:      w.clock.now,
	}
	w.start(change...)
	return w
}

// start serves the database with the settings of w.deps, changed.
func (w *kit) start(change ...func(*Deps)) {
	w.t.Helper()
	for _, c := range change {
		c(&w.deps)
	}
	hasher := w.hasher
	if hasher == nil {
		hasher = password.NewHasher(2, password.Cost{MemoryKiB: 64, Iterations: 1})
	}
	w.auth = auth.New(auth.Deps{DB: w.db, Keys: w.deps.Keys, Hasher: hasher, Now: w.clock.now,
		Issuer: w.deps.Brand.Name, PublicURL: publicURL, RequireTwoFactor: w.deps.RequireTwoFactor, Version: "test", Host: "test"})
	w.deps.Auth, w.deps.People = w.auth, people.New(w.auth)
	var err error
	if w.app, err = New(w.deps); err != nil {
		w.t.Fatal(err)
	}
}

// restarted is another server on the same database with the same clock, with
// changed settings.
func (w *kit) restarted(change ...func(*Deps)) *kit {
	w.t.Helper()
	next := *w
	next.start(change...)
	return &next
}

// sqlite is a kit for tests that do not depend on the database.
func sqlite(t *testing.T, change ...func(*Deps)) *kit {
	t.Helper()
	return newKit(t, testdb.New(t, testdb.SQLite), change...)
}

func newKeys(t testing.TB) *secretbox.Keyring {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if err := secretbox.NewKeyFile(file); err != nil {
		t.Fatal(err)
	}
	keys, err := secretbox.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// addUser makes an account whose password needs no change.
func (w *kit) addUser(name string) {
	w.t.Helper()
	token, err := w.auth.NewSetupToken(w.t.Context())
	if err != nil || token == "" {
		w.t.Fatalf("no set-up token: %v", err)
	}
	_, err = w.auth.CreateFirstAdministrator(w.t.Context(), &auth.Caller{},
		auth.SetupInput{Token: token, Username: name, Password: rightPassword})
	if err != nil {
		w.t.Fatal(err)
	}
}

// addPerson makes one more account, whose password was changed already.
func (w *kit) addPerson(name string) {
	w.t.Helper()
	const first = "first password of the operator"
	if err := w.auth.CreateUser(w.t.Context(), auth.NewUser{Username: name, Password: first}); err != nil {
		w.t.Fatal(err)
	}
	b := w.browser()
	b.want(200, "POST", "/api/sign-in", object("username", name, "password", first))
	b.load()
	b.want(204, "PUT", "/api/password", passwords(first, rightPassword))
	b.want(204, "DELETE", "/api/session", "")
}

// makes gives somebody a role, as the operator does.
func (w *kit) makes(name string, role account.Role) {
	w.t.Helper()
	if err := w.deps.People.SetRole(w.t.Context(), auth.Operator, w.id(name), role, true); err != nil {
		w.t.Fatal(err)
	}
}

// invite makes an account without a password, as the operator does, and returns the
// token of its link.
func (w *kit) invite(name string) string {
	w.t.Helper()
	_, link, err := w.deps.People.Invite(w.t.Context(), auth.Operator, people.Invitation{Username: name, Lifetime: 168 * time.Hour, Language: "en"})
	if err != nil {
		w.t.Fatal(err)
	}
	return link.Token
}

// id is the account's id of somebody.
func (w *kit) id(name string) int64 {
	w.t.Helper()
	a, err := account.ByFoldedName(w.t.Context(), w.db.Read(w.t.Context()), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.ID
}

// group makes a group with members and returns its id.
func (w *kit) group(name string, members ...string) int64 {
	w.t.Helper()
	g, err := w.deps.People.CreateGroup(w.t.Context(), auth.Operator, name, "")
	if err == nil && len(members) > 0 {
		_, err = w.deps.People.Join(w.t.Context(), auth.Operator, g.ID, members)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return g.ID
}

// application adds an application for everybody at an address made of its name, and returns
// its id.
func (w *kit) application(name string) int64 {
	w.t.Helper()
	a, err := w.deps.People.CreateApplication(w.t.Context(), auth.Operator, people.Application{Name: name, Addresses: []string{"https://" + name + ".example"},
		Rules: []people.ApplicationRule{{Path: "/", Methods: people.AllMethods, Who: app.Everybody, Factor: app.TwoFactors}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return a.ID
}

// code is what an authenticator app shows, made by an independent library.
func (w *kit) code(secret string, offset time.Duration) string {
	w.t.Helper()
	code, err := otp.GenerateCode(secret, w.clock.now().Add(offset))
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// wrongCode is a code that is wrong in every step near now.
func (w *kit) wrongCode(secret string) string {
	w.t.Helper()
	var near []string
	for step := -200; step <= 5; step++ {
		near = append(near, w.code(secret, time.Duration(step)*30*time.Second))
	}
	for _, code := range []string{"000000", "111111", "222222"} {
		if !slices.Contains(near, code) {
			return code
		}
	}
	w.t.Fatal("every candidate is a right code")
	return ""
}
