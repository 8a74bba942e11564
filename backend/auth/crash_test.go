package auth_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

const (
	crashVariable = "IMAGEMASTER_TEST_CRASH"
	crashRounds   = 50
)

// busyLife is what a process needs that moves, generates and removes without
// end, until it is killed.
type busyLife struct {
	Database database.Options
	Ring     string
	Secret   string // of the account's key, "" = it has none
	Now      time.Time
}

// live signs in and works. Each secret is said before its key can be live, so
// that the killing test knows every key the account may have.
func (l busyLife) live(ctx context.Context) error {
	db, err := database.Open(ctx, l.Database)
	if err != nil {
		return err
	}
	ring, err := secretbox.Load(l.Ring)
	if err != nil {
		return err
	}
	b := &worker{secret: l.Secret, now: l.Now}
	b.Service = auth.New(auth.Deps{DB: db, Keys: ring, Hasher: password.NewHasher(1, testCost), Now: func() time.Time { return b.now }})
	if err := b.signIn(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		b.now = b.now.Add(time.Minute)
		if err := b.work(ctx); err != nil {
			return err
		}
	}
}

// worker is a person's browser and phone in the process that is killed.
type worker struct {
	*auth.Service
	tokens auth.Tokens
	secret string
	now    time.Time
}

func (w *worker) caller(ctx context.Context) (*auth.Caller, error) {
	return w.Resolve(ctx, auth.Client{Address: netip.MustParseAddr("192.0.2.7")}, w.tokens, false)
}

func (w *worker) keep(i auth.Issued) {
	for from, to := range map[*string]*string{i.Session: &w.tokens.Session, i.Pending: &w.tokens.Pending, i.Device: &w.tokens.Device} {
		if from != nil {
			*to = *from
		}
	}
}

func (w *worker) signIn(ctx context.Context) error {
	c, err := w.caller(ctx)
	if err != nil {
		return err
	}
	r, err := w.SignIn(ctx, c, "anna", goodPassword)
	w.keep(r.Issued)
	if err != nil || r.Next == auth.NextDone {
		return err
	}
	if c, err = w.caller(ctx); err != nil {
		return err
	}
	v, err := w.VerifySecondFactor(ctx, c, codeAt(w.secret, w.now))
	w.keep(v.Issued)
	return err
}

func (w *worker) work(ctx context.Context) error {
	c, err := w.stepUp(ctx)
	if err != nil {
		return err
	}
	action := rand.IntN(3)
	switch {
	case w.secret == "" || action == 0:
		return w.bind(ctx, c)
	case action == 1:
		_, err = w.ReplaceBackupCodes(ctx, c, noSheet)
	default:
		var i auth.Issued
		i, err = w.RemoveFactors(ctx, c)
		w.keep(i)
		if err == nil {
			w.secret = ""
		}
	}
	return err
}

func (w *worker) stepUp(ctx context.Context) (*auth.Caller, error) {
	c, err := w.caller(ctx)
	if err != nil {
		return nil, err
	}
	pw := goodPassword
	in := auth.StepUpInput{Password: &pw}
	if w.secret != "" {
		code := codeAt(w.secret, w.now)
		in.Code = &code
	}
	i, err := w.StepUp(ctx, c, in)
	w.keep(i)
	if err != nil {
		return nil, err
	}
	return w.caller(ctx)
}

func (w *worker) bind(ctx context.Context, c *auth.Caller) error {
	e, err := w.BeginEnrollment(ctx, c)
	if err != nil {
		return err
	}
	fmt.Println(e.Secret)
	r, err := w.ConfirmEnrollment(ctx, c, codeAt(e.Secret, w.now), "")
	w.keep(r.Issued)
	if err == nil {
		w.secret = e.Secret
	}
	return err
}

// Killed at any moment of a move, a generation or a removal, an account is
// whole: it has no key or one whose secret its person holds, no set or one with
// all its codes, and it can sign in.
func TestKilledAtAnyMoment(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		h.addUser("anna")
		secret := ""
		for range crashRounds {
			h.clock.move(24 * time.Hour)
			said := h.killedLife(busyLife{Database: o, Ring: h.ringPath, Secret: secret, Now: h.clock.Now()})
			h.clock.move(24 * time.Hour)
			secret = h.mustBeWhole(append(said, secret))
		}
	})
}

// killedLife runs a busy process, kills it at a random moment and returns the
// secrets it said.
func (h *kit) killedLife(l busyLife) (secrets []string) {
	h.Helper()
	text, err := json.Marshal(l)
	h.must(err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	h.must(err)
	h.must(cmd.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		h.Fatalf("the busy process said %q", lines.Text())
	}
	timer := time.AfterFunc(time.Duration(rand.IntN(40_000))*time.Microsecond, func() { cmd.Process.Kill() })
	defer timer.Stop()
	for lines.Scan() {
		secrets = append(secrets, lines.Text())
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		h.Fatalf("the busy process ended by itself: %v", err)
	}
	return secrets
}

// mustBeWhole checks the account and returns the secret of its key, "" = none.
func (h *kit) mustBeWhole(held []string) string {
	h.Helper()
	users, err := account.ListAfter(h.ctx, h.db.Read(h.ctx), 0, 10)
	h.must(err)
	a := users[0]
	h.mustHaveWholeSets(a.ID)
	b := h.browser()
	next := b.signIn("anna", goodPassword)
	key, err := totp.Find(h.ctx, h.db.Read(h.ctx), a.ID)
	if err != nil {
		if next != auth.NextDone {
			h.Errorf("without a key next is %q", next)
		}
		return ""
	}
	seed, err := key.Open(h.ring, a.ID)
	h.must(err)
	secret := totp.Secret(seed)
	for _, s := range held {
		if s == secret {
			h.must(b.verify(codeAt(secret, h.clock.Now())))
			return secret
		}
	}
	h.Fatal("the account has a key nobody was shown")
	return ""
}

func (h *kit) mustHaveWholeSets(accountID int64) {
	h.Helper()
	var sets []backupcode.Set
	h.must(h.db.Read(h.ctx).Where("account_id = ?", accountID).Find(&sets).Error)
	live := 0
	for _, s := range sets {
		var codes, dead int64
		of := h.db.Read(h.ctx).Model(&backupcode.Code{}).Where("account_id = ? AND set_number = ?", accountID, s.Number)
		h.must(of.Count(&codes).Error)
		h.must(h.db.Read(h.ctx).Model(&backupcode.Code{}).
			Where("account_id = ? AND set_number = ? AND replaced_at <> 0", accountID, s.Number).Count(&dead).Error)
		wantDead := int64(0)
		if s.ReplacedAt != 0 {
			wantDead = backupcode.SetSize
		} else {
			live++
		}
		if codes != backupcode.SetSize || dead != wantDead {
			h.Errorf("set %d has %d codes, %d of them dead", s.Number, codes, dead)
		}
	}
	if live > 1 {
		h.Errorf("%d live sets", live)
	}
}
