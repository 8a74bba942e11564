package auth_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
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

var claims = []testdb.Claim{resealClaim, {
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

func ringFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	if err := secretbox.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}
