package auth_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

// resealClaim lets a racing process reseal everything, as the command does.
var resealClaim = testdb.Claim{
	Name: "reseal",
	Run: func(ctx context.Context, db *database.DB, ringPath string) error {
		ring, err := secretbox.Load(ringPath)
		if err != nil {
			return err
		}
		k := rotation.Service{DB: db, Now: time.Now}
		_, err = k.Reseal(ctx, ring, func(rotation.Progress) error { return nil })
		return err
	},
	Lost: func(error) bool { return false },
}

// idle creates accounts with keys that nobody uses, so that there is much to
// reseal.
func (h *kit) idle(count int) []totp.Key {
	h.Helper()
	keys := make([]totp.Key, count)
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		for i := range keys {
			a, err := account.Create(h.ctx, tx, account.New{Username: fmt.Sprintf("idle%d", i)}, h.clock.Now())
			if err != nil {
				return err
			}
			id := fmt.Appendf(nil, "%016d", i)
			keys[i] = totp.Key{AccountID: a.ID, Label: "x",
				Sealed: totp.Seal(h.ring, a.ID, id, totp.NewSeed())}
			if err := tx.Create(&keys[i]).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	return keys
}

// resident is a person who signs in with codes again and again, and moves to a
// new phone now and then. Each has a clock of their own, so that every sign-in
// has its own step.
type resident struct {
	name   string
	now    time.Time
	auth   *auth.Service
	tokens auth.Tokens
	secret string
	rounds atomic.Int64
	moves  atomic.Int64
}

func (h *kit) resident(name string, at *kit) *resident {
	h.Helper()
	h.addUser(name)
	b := h.browser()
	b.signIn(name, goodPassword)
	r := &resident{name: name, secret: b.setUp().secret, now: h.clock.Now()}
	b.signOut()
	r.auth = auth.New(auth.Deps{DB: at.db, Keys: at.ring, Hasher: password.NewHasher(4, testCost), Now: func() time.Time { return r.now }, Issuer: "x"})
	return r
}

// caller comes from an address of its own: each resident has its own clock, and
// the limits per address are for one clock.
func (r *resident) caller(ctx context.Context) (*auth.Caller, error) {
	address := netip.AddrFrom4([4]byte{198, 51, 100, r.name[len(r.name)-1]})
	return r.auth.Resolve(ctx, auth.Client{Address: address, UserAgent: r.name}, r.tokens, false)
}

func (r *resident) keep(i auth.Issued) {
	for from, to := range map[*string]*string{i.Session: &r.tokens.Session, i.Pending: &r.tokens.Pending, i.Device: &r.tokens.Device} {
		if from != nil {
			*to = *from
		}
	}
}

// round is one sign-in, every third time with a move.
func (r *resident) round(ctx context.Context) error {
	r.now = r.now.Add(time.Minute)
	c, err := r.caller(ctx)
	if err != nil {
		return err
	}
	s, err := r.auth.SignIn(ctx, c, r.name, goodPassword)
	r.keep(s.Issued)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if s.Next != auth.NextSecondFactor {
		return fmt.Errorf("next is %q", s.Next)
	}
	if c, err = r.caller(ctx); err != nil {
		return err
	}
	v, err := r.auth.VerifySecondFactor(ctx, c, codeAt(r.secret, r.now))
	r.keep(v.Issued)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if r.rounds.Add(1)%3 != 0 {
		return nil
	}
	return r.move(ctx)
}

func (r *resident) move(ctx context.Context) error {
	c, err := r.caller(ctx)
	if err != nil {
		return err
	}
	e, err := r.auth.BeginEnrollment(ctx, c, false)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	i, err := r.auth.ConfirmEnrollment(ctx, c, codeAt(e.Secret, r.now), "")
	r.keep(i.Issued)
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	r.secret = e.Secret
	r.moves.Add(1)
	return nil
}

// crowd are residents that are all busy.
type crowd struct {
	residents []*resident
	stop      chan struct{}
	all       sync.WaitGroup
}

func (h *kit) crowd(instances ...*kit) *crowd {
	h.Helper()
	c := &crowd{stop: make(chan struct{})}
	for i := range 6 {
		c.residents = append(c.residents, h.resident(fmt.Sprintf("resident%d", i), instances[i%len(instances)]))
	}
	for _, r := range c.residents {
		c.all.Go(func() {
			for {
				select {
				case <-c.stop:
					return
				default:
				}
				if err := r.round(context.Background()); err != nil {
					h.Errorf("%s: %v", r.name, err)
					return
				}
			}
		})
	}
	return c
}

// busy waits until everybody has signed in a few times more, with a move.
func (c *crowd) busy(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for _, r := range c.residents {
		for want := r.moves.Load() + 1; r.moves.Load() < want; time.Sleep(time.Millisecond) {
			if t.Failed() || time.Now().After(deadline) {
				t.Fatalf("%s has stopped after %d rounds", r.name, r.rounds.Load())
			}
		}
	}
}

func (c *crowd) rounds() (sum int64) {
	for _, r := range c.residents {
		sum += r.rounds.Load()
	}
	return sum
}

func (c *crowd) end() {
	close(c.stop)
	c.all.Wait()
}

// Two hundred reseals in two processes, while people sign in and move at two
// instances that read their key files at different moments: nobody is refused,
// the old key seals nothing in the end, and everybody signs in without it.
func TestResealUnderLoad(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		a := newKit(t, db)
		asleep := a.idle(250)
		b := a.instance(t)
		old := a.ring.CurrentID()
		people := a.crowd(a, b)
		people.busy(t)

		fresh := a.addKey(a.ringPath)
		a.reload()
		b.distribute(a.ringPath)
		people.busy(t)
		a.useKey(a.ringPath, fresh)
		a.reload()
		// SQLite has one writer at a time. On a busy machine the reseals may be
		// that writer all the time, and then they run again.
		before, during := people.rounds(), int64(0)
		for races := 0; during == 0 && races < 20 && !t.Failed(); races++ {
			if got := testdb.Race(t, o, resealClaim.Name, a.ringPath); got.Won != testdb.All() {
				t.Errorf("%d of %d reseals went well", got.Won, testdb.All())
			}
			during = people.rounds() - before
		}
		b.distribute(a.ringPath)
		people.busy(t)
		// The second instance may have sealed with the old key until now.
		a.reseal(a.load(a.ringPath))
		a.must(a.retireKey(a.ringPath, old))
		a.reload()
		b.distribute(a.ringPath)
		people.busy(t)
		people.end()

		if during == 0 {
			t.Error("nobody signed in while the reseals ran")
		}
		if n := a.sealedBy(old); n != 0 {
			t.Errorf("the old key seals %d seeds", n)
		}
		alone := a.load(a.ringPath)
		if len(alone.IDs()) != 1 || alone.CurrentID() != fresh {
			t.Errorf("the key file holds %v", alone.IDs())
		}
		people.returnTo(t, a.withRing(t, a.ringPath))
		a.allOpen(asleep, alone)
	})
}

// returnTo checks that everybody can sign in at a restarted server.
func (c *crowd) returnTo(t *testing.T, h *kit) {
	t.Helper()
	for _, r := range c.residents {
		r.auth = auth.New(auth.Deps{DB: h.db, Keys: h.ring, Hasher: password.NewHasher(4, testCost), Now: func() time.Time { return r.now }})
		r.tokens = auth.Tokens{}
		if err := r.round(context.Background()); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// allOpen checks that the seeds are what they were, with the new key alone.
func (h *kit) allOpen(keys []totp.Key, ring *secretbox.Keyring) {
	h.Helper()
	for _, was := range keys {
		now, err := totp.Find(h.ctx, h.db.Read(h.ctx), was.AccountID)
		h.must(err)
		want, err := was.Open(h.ring, was.AccountID)
		h.must(err)
		got, err := now.Open(ring, was.AccountID)
		if err != nil || string(got) != string(want) || now.RingKeyID != ring.CurrentID() {
			h.Errorf("account %d: %v, sealed by %s", was.AccountID, err, now.RingKeyID)
		}
	}
}

// A move and a removal between reading and resealing a row win.
func TestResealYieldsToThePerson(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		read, err := totp.Find(h.ctx, h.db.Read(h.ctx), 1)
		h.must(err)
		h.must(b.verify(p.code(0)))
		h.useKey(h.ringPath, h.addKey(h.ringPath))
		p = b.setUp() // a move
		reseal := func() (done bool) {
			h.must(h.db.InTx(h.ctx, func(tx *database.Tx) (err error) {
				done, err = totp.Reseal(h.ctx, tx, h.load(h.ringPath), read)
				return err
			}))
			return done
		}
		if reseal() {
			t.Error("the former seed was written over the new one")
		}
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0)))
		h.must(h.RemoveKey(h.ctx, b.caller()))
		if reseal() {
			t.Error("a removed key came back")
		}
		if next := b.caller().Next; next != auth.NextDone {
			t.Errorf("next is %q", next)
		}
	})
}
