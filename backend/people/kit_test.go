package people_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/people"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

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

// kit is a service on a real database.
type kit struct {
	testing.TB
	*people.Service
	db       *database.DB
	ring     *secretbox.Keyring
	ringPath string
	clock    *clock
	ctx      context.Context
	made     int // of new words
}

func newKit(t testing.TB, db *database.DB, change ...func(*auth.Deps)) *kit {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	if err := secretbox.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	ring, err := secretbox.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h := &kit{TB: t, db: db, ring: ring, ringPath: path, ctx: context.Background(),
		clock: &clock{now: time.Date(2026, 11, 23, 9, 0, 5, 0, time.UTC)}}
	h.Service = h.on(db, change...)
	return h
}

// on is a service with the same keys and clock on a handle of the database.
func (h *kit) on(db *database.DB, change ...func(*auth.Deps)) *people.Service {
	deps := auth.Deps{DB: db, Keys: h.ring, Hasher: password.NewHasher(4, testCost), Now: h.clock.Now, Issuer: "ImageMaster",
		Version: "test", Host: "test", Operator: "root"}
	for _, c := range change {
		c(&deps)
	}
	return people.New(auth.New(deps))
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

// refusedField checks that err refuses one field for a reason.
func (h *kit) refusedField(err error, field, reason string) {
	h.Helper()
	if e := h.refused(err, apperr.Invalid); len(e.Fields) != 1 || e.Fields[0] != (apperr.Field{Name: field, Reason: reason}) {
		h.Fatalf("got %+v, want %s %s", e.Fields, field, reason)
	}
}

// fresh is a name that nobody has.
func (h *kit) fresh(word string) string {
	h.made++
	return fmt.Sprintf("%s-%d", word, h.made)
}

// oneWeek is how long the links of these tests work.
const oneWeek = 168 * time.Hour

func first[T any](v T, _ error) T { return v }

func second[T any](_ T, err error) error { return err }

// someone has an account, a browser, and perhaps a phone.
type someone struct {
	*kit
	name   string
	id     int64
	client auth.Client
	tokens auth.Tokens
	secret string // in the phone, "" = no second factor
}

// invited is somebody who has not chosen a password yet, and the link to do so.
func (h *kit) invited(name string) (*someone, string) {
	h.Helper()
	id, link, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: name, Lifetime: oneWeek, Language: "en"})
	h.must(err)
	return h.at(name, id), link.Token
}

// at is somebody with an account, at a browser that is new.
func (h *kit) at(name string, id int64) *someone {
	return &someone{kit: h, name: name, id: id, client: auth.Client{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "Firefox", RequestID: "r"}}
}

// person makes an account with a password, signed in at level 1.
func (h *kit) person(name string) *someone {
	h.Helper()
	p, token := h.invited(name)
	h.must(p.useLink(token, goodPassword))
	return p
}

// protected makes an account with a second factor and a role. The person has just
// given both factors.
func (h *kit) protected(name string, role account.Role) *someone {
	h.Helper()
	p := h.person(name)
	p.setUp()
	if role != account.Person {
		h.must(h.SetRole(h.ctx, auth.Operator, p.id, role, true))
	}
	return p
}

func (p *someone) caller() *auth.Caller {
	p.Helper()
	c, err := p.Resolve(p.ctx, p.client, p.tokens, false)
	p.must(err)
	return c
}

// by is the person as the one who acts.
func (p *someone) by() auth.Actor {
	p.Helper()
	return auth.By(p.caller())
}

func (p *someone) keep(i auth.Issued) {
	for from, to := range map[*string]*string{i.Session: &p.tokens.Session, i.Pending: &p.tokens.Pending, i.Device: &p.tokens.Device} {
		if from != nil {
			*to = *from
		}
	}
}

func (p *someone) useLink(token, typed string) error {
	p.Helper()
	r, err := p.UseLink(p.ctx, p.caller(), token, typed)
	p.keep(r.Issued)
	return err
}

func (p *someone) trySignIn(typed string) (auth.Next, error) {
	p.Helper()
	r, err := p.SignIn(p.ctx, p.caller(), p.name, typed)
	p.keep(r.Issued)
	return r.Next, err
}

func (p *someone) verify(code string) error {
	p.Helper()
	r, err := p.VerifySecondFactor(p.ctx, p.caller(), code)
	p.keep(r.Issued)
	return err
}

// enter signs in with all that the account asks for.
func (p *someone) enter() {
	p.Helper()
	next, err := p.trySignIn(goodPassword)
	p.must(err)
	if next == auth.NextSecondFactor {
		p.must(p.verify(p.code()))
	}
}

// elsewhere is the person in another browser, signed in.
func (p *someone) elsewhere() *someone {
	p.Helper()
	other := p.at(p.name, p.id)
	other.secret = p.secret
	other.enter()
	return other
}

// prove gives all factors again.
func (p *someone) prove() {
	p.Helper()
	pw, in := goodPassword, auth.StepUpInput{}
	in.Password = &pw
	if p.secret != "" {
		code := p.code()
		in.Code = &code
	}
	i, err := p.StepUp(p.ctx, p.caller(), in)
	p.must(err)
	p.keep(i)
}

func (p *someone) setUp() {
	p.Helper()
	e, err := p.BeginEnrollment(p.ctx, p.caller())
	p.must(err)
	p.secret = e.Secret
	r, err := p.ConfirmEnrollment(p.ctx, p.caller(), p.code(), "")
	p.must(err)
	p.keep(r.Issued)
}

// code is what the phone shows after it has shown another code.
func (p *someone) code() string {
	p.Helper()
	p.clock.move(30 * time.Second)
	code, err := hotp.GenerateCodeCustom(p.secret, uint64(p.clock.Now().Unix()/30), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	p.must(err)
	return code
}

// account is the stored account.
func (p *someone) account() *account.Account {
	p.Helper()
	a, err := account.Find(p.ctx, p.db.Read(p.ctx), p.id)
	p.must(err)
	return a
}

// detail is what the operator sees of the person.
func (p *someone) detail() people.Detail {
	p.Helper()
	d, err := p.Find(p.ctx, auth.Operator, p.id)
	p.must(err)
	return d
}

// events returns all events there are, the oldest first.
func (h *kit) events() (all []audit.Event) {
	h.Helper()
	h.must(audit.Export(h.ctx, h.db.Read(h.ctx), time.Time{}, func(e audit.Event) error {
		all = append(all, e)
		return nil
	}))
	return all
}

// eventsOf returns the events that a piece of work records.
func (h *kit) eventsOf(work func()) []audit.Event {
	h.Helper()
	before := len(h.events())
	work()
	return h.events()[before:]
}

func (h *kit) dump() []byte {
	h.Helper()
	return testdb.Dump(h.TB, h.db)
}

// unchanged checks that nothing was changed since a dump.
func (h *kit) unchanged(since []byte) {
	h.Helper()
	if changed := difference(since, h.dump()); changed != "" {
		h.Errorf("something was changed:\n%s", changed)
	}
}
