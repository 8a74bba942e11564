package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { testdb.Main(m) }

// kit is a database with one account.
type kit struct {
	*testing.T
	db  *database.DB
	ctx context.Context
	id  int64
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	h := &kit{T: t, db: db, ctx: context.Background()}
	h.must(h.in(func(tx *database.Tx) error {
		a, err := account.Create(h.ctx, tx, account.New{Username: "anna", PasswordHash: "x"}, noon)
		if err == nil {
			h.id = a.ID
		}
		return err
	}))
	return h
}

func (h *kit) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *kit) wants(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Errorf("got %v, want %v", err, want)
	}
}

func (h *kit) in(work func(tx *database.Tx) error) error { return h.db.InTx(h.ctx, work) }

func (h *kit) begin(at time.Time) (*session.Session, string) {
	h.Helper()
	s := &session.Session{AccountID: h.id, Epoch: 1, Level: session.LevelPassword}
	var token string
	h.must(h.in(func(tx *database.Tx) (err error) {
		s.ID = 0
		token, _, err = session.Begin(h.ctx, tx, s, at)
		return err
	}))
	return s, token
}

func (h *kit) find(token string, at time.Time) (*session.Session, error) {
	return session.Find(h.ctx, h.db.Read(h.ctx), token, at)
}

func TestFindHonoursBothLimits(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, token := h.begin(noon)
		_, err := h.find(token, noon.Add(time.Hour-time.Millisecond))
		h.must(err)
		_, err = h.find(token, noon.Add(time.Hour))
		h.wants(err, session.ErrNotFound)
		for at := noon; at.Before(noon.Add(24 * time.Hour)); at = at.Add(30 * time.Minute) {
			h.must(h.in(func(tx *database.Tx) error { return session.Touch(h.ctx, tx, s, at) }))
		}
		_, err = h.find(token, noon.Add(24*time.Hour-time.Millisecond))
		h.must(err)
		_, err = h.find(token, noon.Add(24*time.Hour))
		h.wants(err, session.ErrNotFound)
		_, err = h.find(token+"x", noon)
		h.wants(err, session.ErrNotFound)
	})
}

func TestPromoteKillsTheOldToken(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, old := h.begin(noon)
		var fresh string
		promote := func() error {
			return h.in(func(tx *database.Tx) (err error) { fresh, err = session.Promote(h.ctx, tx, s, noon); return err })
		}
		h.must(promote())
		_, err := h.find(old, noon)
		h.wants(err, session.ErrNotFound)
		found, err := h.find(fresh, noon)
		h.must(err)
		if found.ID != s.ID || found.Level != session.LevelTwo || found.CodeAt != noon.UnixMilli() {
			t.Errorf("session is %+v", found)
		}
		h.wants(promote(), session.ErrNotFound) // read before, moved on since
	})
}

func TestAPendingSignInIsSpentOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		p := &session.Pending{AccountID: h.id, Epoch: 1}
		h.must(h.in(func(tx *database.Tx) error {
			p.ID = 0
			_, _, err := session.BeginPending(h.ctx, tx, p, noon)
			return err
		}))
		spend := func(epoch int64, at time.Time) error {
			return h.in(func(tx *database.Tx) error { return session.SpendPending(h.ctx, tx, p, epoch, at) })
		}
		h.wants(spend(2, noon), session.ErrNotFound)
		h.wants(spend(1, noon.Add(10*time.Minute)), session.ErrNotFound)
		h.must(spend(1, noon.Add(10*time.Minute-time.Millisecond)))
		h.wants(spend(1, noon), session.ErrNotFound)
	})
}

func TestTwentyPendingSignIns(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		tokens := make([]string, 21)
		for i := range tokens {
			h.must(h.in(func(tx *database.Tx) (err error) {
				tokens[i], _, err = session.BeginPending(h.ctx, tx, &session.Pending{AccountID: h.id, Epoch: 1}, noon.Add(time.Duration(i)*time.Second))
				return err
			}))
		}
		_, err := session.FindPending(h.ctx, db.Read(h.ctx), tokens[0], noon)
		h.wants(err, session.ErrNotFound)
		_, err = session.FindPending(h.ctx, db.Read(h.ctx), tokens[1], noon)
		h.must(err)
	})
}

func TestDevices(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		keep := func(known *session.Device, at time.Time) (token string) {
			h.must(h.in(func(tx *database.Tx) (err error) {
				token, _, err = session.KeepDevice(h.ctx, tx, known, h.id, 1, at)
				return err
			}))
			return token
		}
		find := func(token string, at time.Time) (*session.Device, error) {
			return session.FindDevice(h.ctx, db.Read(h.ctx), token, at)
		}
		first := keep(nil, noon)
		known, err := find(first, noon)
		h.must(err)
		h.must(h.in(func(tx *database.Tx) error { return session.CountDeviceMiss(h.ctx, tx, known.ID) }))
		second := keep(known, noon)
		_, err = find(first, noon)
		h.wants(err, session.ErrNotFound)
		rotated, err := find(second, noon)
		h.must(err)
		if rotated.ID != known.ID || rotated.Failures != 0 {
			t.Errorf("device is %+v", rotated)
		}
		_, err = find(second, noon.Add(180*24*time.Hour-time.Millisecond))
		h.must(err)
		_, err = find(second, noon.Add(180*24*time.Hour))
		h.wants(err, session.ErrNotFound)
		if stale := keep(known, noon); stale == second { // the old token rotates nothing
			t.Error("a token was given twice")
		}
		for range 8 { // with those two, ten
			keep(nil, noon.Add(time.Second))
		}
		_, err = find(second, noon)
		h.must(err)
		keep(nil, noon.Add(time.Second))
		_, err = find(second, noon)
		h.wants(err, session.ErrNotFound)
	})
}

func TestEndIsForOnesOwnSessions(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, token := h.begin(noon)
		h.wants(h.in(func(tx *database.Tx) error { return session.End(h.ctx, tx, h.id+1, s.ID) }), session.ErrNotFound)
		_, err := h.find(token, noon)
		h.must(err)
		h.must(h.in(func(tx *database.Tx) error { return session.End(h.ctx, tx, h.id, s.ID) }))
		_, err = h.find(token, noon)
		h.wants(err, session.ErrNotFound)
	})
}

func TestFactorsAreFreshForFiveMinutes(t *testing.T) {
	s := &session.Session{PasswordAt: noon.UnixMilli()}
	for at, want := range map[time.Duration]bool{
		0: true, 5 * time.Minute: true, 5*time.Minute + time.Millisecond: false,
		-time.Millisecond: false, // a clock set back makes nothing fresh
	} {
		if got := s.PasswordFresh(noon.Add(at)); got != want {
			t.Errorf("after %v: fresh is %v", at, got)
		}
	}
	if s.CodeFresh(noon) {
		t.Error("a code that was never given is fresh")
	}
}

// A pending sign-in begun while the clock was ahead would outlast its time.
func TestAPendingSignInFromTheFutureDoesNotCount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		var token string
		h.must(h.in(func(tx *database.Tx) (err error) {
			token, _, err = session.BeginPending(h.ctx, tx, &session.Pending{AccountID: h.id, Epoch: 1}, noon)
			return err
		}))
		find := func(at time.Time) error {
			_, err := session.FindPending(h.ctx, h.db.Read(h.ctx), token, at)
			return err
		}
		h.must(find(noon.Add(-5 * time.Minute)))
		h.wants(find(noon.Add(-5*time.Minute-time.Millisecond)), session.ErrNotFound)
	})
}

// The limits that are enforced by the use cases of auth.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct{ got, want int }{
		"sessions":           {session.MaxSessions, 20},
		"wrong step-ups":     {session.MaxWrongStepUps, 5},
		"misses of a device": {session.MaxDeviceMisses, 40},
		"extensions":         {session.MaxExtensions, 10},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}
