package auth_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/password"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

// verifyClaim is what a racing process needs to send one code.
type verifyClaim struct {
	Ring   string
	Tokens auth.Tokens
	Code   string
	Now    time.Time
}

func (v verifyClaim) run(ctx context.Context, db *database.DB) error {
	ring, err := secretbox.Load(v.Ring)
	if err != nil {
		return err
	}
	s := auth.New(auth.Deps{DB: db, Keys: ring, Hasher: password.NewHasher(1, testCost), Now: func() time.Time { return v.Now }})
	c, err := s.Resolve(ctx, auth.Client{Address: netip.MustParseAddr("192.0.2.7")}, v.Tokens, false)
	if err != nil {
		return err
	}
	_, err = s.VerifySecondFactor(ctx, c, v.Code)
	return err
}

// keyClaim is what a racing process needs to send one answer of a key.
type keyClaim struct {
	Ring   string
	Tokens auth.Tokens
	Answer string
	Now    time.Time
	StepUp bool // else it completes a sign-in
}

func (k keyClaim) run(ctx context.Context, db *database.DB) error {
	ring, err := secretbox.Load(k.Ring)
	if err != nil {
		return err
	}
	s := auth.New(auth.Deps{DB: db, Keys: ring, Hasher: password.NewHasher(1, testCost), Now: func() time.Time { return k.Now }, PublicURL: origin})
	c, err := s.Resolve(ctx, auth.Client{Address: netip.MustParseAddr("192.0.2.7")}, k.Tokens, true)
	if err != nil {
		return err
	}
	if k.StepUp {
		return second(s.StepUp(ctx, c, auth.StepUpInput{Key: json.RawMessage(k.Answer)}))
	}
	return second(s.VerifyKey(ctx, c, json.RawMessage(k.Answer)))
}

var claims = []testdb.Claim{resealClaim, {
	Name: "answer of a key",
	Run: func(ctx context.Context, db *database.DB, arg string) error {
		var k keyClaim
		if err := json.Unmarshal([]byte(arg), &k); err != nil {
			return err
		}
		return k.run(ctx, db)
	},
	Lost: func(err error) bool {
		switch apperr.CodeOf(err) {
		case apperr.CeremonyEnded, apperr.PendingEnded, apperr.SignedOut:
			return true
		}
		return false
	},
}, {
	Name: "verify",
	Run: func(ctx context.Context, db *database.DB, arg string) error {
		var v verifyClaim
		if err := json.Unmarshal([]byte(arg), &v); err != nil {
			return err
		}
		return v.run(ctx, db)
	},
	Lost: func(err error) bool {
		switch apperr.CodeOf(err) {
		case apperr.CodeUsed, apperr.CodeWait, apperr.PendingEnded, apperr.SignedOut:
			return true
		}
		return false
	},
}}

// The same code of one pending sign-in, two hundred times at once from two
// processes: one session, no more.
func TestOneCodeOpensOneSession(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		b, p := withKey(h)
		arg, err := json.Marshal(verifyClaim{Ring: h.ringPath, Tokens: b.tokens, Code: p.code(0), Now: h.clock.Now()})
		h.must(err)
		got := testdb.Race(t, o, "verify", string(arg))
		if got.Won != 1 || got.Lost != testdb.All()-1 {
			t.Errorf("%d won and %d lost of %d", got.Won, got.Lost, testdb.All())
		}
		h.refused(b.verify(p.code(0)), apperr.PendingEnded)
	})
}

// The same answer of a key, two hundred times at once from two processes: it completes one
// sign-in, and renews one session, no more.
func TestOneAnswerOfAKeyCountsOnce(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		in, k := keysOnly(h, passkey.Passkey)
		out := h.browser()
		out.signIn("anna", goodPassword)
		for _, b := range []*browser{out, in} {
			answer := b.answer(k)
			events := len(h.acts())
			arg, err := json.Marshal(keyClaim{Ring: h.ringPath, Tokens: b.tokens, Answer: answer, Now: h.clock.Now(), StepUp: b == in})
			h.must(err)
			if got := testdb.Race(t, o, "answer of a key", string(arg)); got.Won != 1 || got.Lost != 199 {
				t.Errorf("%d won and %d lost", got.Won, got.Lost)
			}
			want := []string{"second_factor ok passkey", "sign_in ok"}
			if b == in {
				want = []string{"step_up_key ok passkey"}
			}
			if said := h.acts()[events:]; !slices.Equal(said, want) {
				t.Errorf("recorded %q, want %q", said, want)
			}
		}
		if n := h.countOf("sessions"); n != 2 {
			t.Errorf("%d sessions", n)
		}
	})
}

func ringFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	if err := secretbox.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}
