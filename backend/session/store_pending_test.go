package session_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

func (h *kit) createPending(p session.Pending, at time.Time) (created *session.Pending, token string, evicted bool) {
	h.Helper()
	h.in(func(tx *database.Tx) (err error) {
		p.ID = 0
		if p.AccountID == 0 {
			p.AccountID = h.id
		}
		if p.Epoch == 0 {
			p.Epoch = 1
		}
		token, evicted, err = session.CreatePending(h.ctx, tx, &p, at)
		return err
	})
	return &p, token, evicted
}

func (h *kit) findPending(token string, at time.Time) (*session.Pending, error) {
	h.Helper()
	var found []session.Pending
	h.must(h.db.Read(h.ctx).Where(session.PendingByToken, session.PendingTokenValues(token, at)...).Find(&found).Error)
	if len(found) == 0 {
		return nil, session.ErrNotFound
	}
	return &found[0], nil
}

func TestAPendingSignInIsSpentOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		p, _, _ := h.createPending(session.Pending{}, noon)
		spend := func(epoch int64, at time.Time) error {
			return h.try(func(tx *database.Tx) error { return session.SpendPending(h.ctx, tx, p, epoch, at) })
		}
		h.wants(spend(2, noon), session.ErrNotFound)
		h.wants(spend(1, noon.Add(10*time.Minute)), session.ErrNotFound)
		h.must(spend(1, noon))
		h.wants(spend(1, noon), session.ErrNotFound)
	})
}

func TestOneOfTwoHundredClaimsOfAPendingSignInWins(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		p, _, _ := h.createPending(session.Pending{}, noon)
		got := testdb.Race(t, o, "spend pending sign-in", strconv.FormatInt(p.ID, 10))
		if got.Won != 1 || got.Lost != 199 {
			t.Errorf("%d won and %d lost", got.Won, got.Lost)
		}
	})
}

// Twenty pending sign-ins of known browsers live, and twenty of others: over that
// the oldest of the same sort ends.
func TestTwentyPendingSignIns(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		otto := h.newAccount("otto")
		var own, theirs []string
		for i := range 20 {
			at := noon.Add(time.Duration(i) * time.Second)
			_, known, evicted := h.createPending(session.Pending{Known: true}, at)
			_, unknown, evictedToo := h.createPending(session.Pending{}, at)
			own, theirs = append(own, known), append(theirs, unknown)
			if evicted || evictedToo {
				t.Fatalf("pending sign-in %d has ended another", i+1)
			}
		}
		now := noon.Add(time.Minute)
		if _, _, evicted := h.createPending(session.Pending{AccountID: otto}, now); evicted {
			t.Error("another account's pending sign-in has ended one")
		}
		if _, _, evicted := h.createPending(session.Pending{}, now); !evicted {
			t.Error("the 21st has ended none")
		}
		_, err := h.findPending(theirs[0], now)
		h.wants(err, session.ErrNotFound)
		for _, token := range append(own, theirs[1:]...) {
			_, err := h.findPending(token, now)
			h.must(err)
		}
		if _, _, evicted := h.createPending(session.Pending{Known: true}, now); !evicted {
			t.Error("the 21st of a known browser has ended none")
		}
		_, err = h.findPending(own[0], now)
		h.wants(err, session.ErrNotFound)
	})
}

// What is over takes no place. It stays for the housekeeping, which notifies the
// person; only that of a former epoch goes at once.
func TestOverduePendingSignInsTakeNoPlace(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		for range 20 {
			h.createPending(session.Pending{}, noon)
		}
		h.createPending(session.Pending{Epoch: 1, Known: true}, noon)
		if _, _, evicted := h.createPending(session.Pending{}, noon.Add(10*time.Minute)); evicted {
			t.Error("one that was over has been evicted")
		}
		h.pendings(22)
		if _, _, evicted := h.createPending(session.Pending{Epoch: 2}, noon); evicted {
			t.Error("one of a former epoch has been evicted")
		}
		h.pendings(1)
	})
}

func (h *kit) pendings(want int64) {
	h.Helper()
	var n int64
	h.must(h.db.Read(h.ctx).Raw("SELECT count(*) FROM pending_sign_ins").Scan(&n).Error)
	if n != want {
		h.Errorf("%d pending sign-ins, want %d", n, want)
	}
}

// Signing in again keeps the first start time, so it cannot postpone the notice.
func TestAPendingSignInKeepsItsFirstStart(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		later := noon.Add(9 * time.Minute)
		_, token, _ := h.createPending(session.Pending{CreatedAt: noon.UnixMilli()}, later)
		p, err := h.findPending(token, later)
		h.must(err)
		if p.CreatedAt != noon.UnixMilli() || p.PasswordAt != later.UnixMilli() || p.ExpiresAt != later.Add(10*time.Minute).UnixMilli() {
			t.Errorf("pending sign-in is %+v", p)
		}
		if p.Stale(later) || !p.Stale(noon.Add(10*time.Minute)) {
			t.Error("it is not stale ten minutes after its first start")
		}
	})
}

// A pending sign-in begun while the clock was ahead would outlast its time.
func TestAPendingSignInFromTheFutureDoesNotCount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		_, token, _ := h.createPending(session.Pending{}, noon)
		_, err := h.findPending(token, noon.Add(-5*time.Minute))
		h.must(err)
		_, err = h.findPending(token, noon.Add(-5*time.Minute-time.Millisecond))
		h.wants(err, session.ErrNotFound)
		_, err = h.findPending(token, noon.Add(10*time.Minute-time.Millisecond))
		h.must(err)
		_, err = h.findPending(token, noon.Add(10*time.Minute))
		h.wants(err, session.ErrNotFound)
		_, err = h.findPending(token+"x", noon)
		h.wants(err, session.ErrNotFound)
	})
}

func TestLockPendingWantsOneThatCounts(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		p, _, _ := h.createPending(session.Pending{}, noon)
		lock := func(p session.Pending, at time.Time) error {
			return h.try(func(tx *database.Tx) error { return session.LockPending(h.ctx, tx, &p, at) })
		}
		h.must(lock(*p, noon.Add(10*time.Minute-time.Millisecond)))
		h.wants(lock(*p, noon.Add(10*time.Minute)), session.ErrNotFound)
		h.wants(lock(session.Pending{ID: p.ID, Epoch: 2}, noon), session.ErrNotFound)
		h.in(func(tx *database.Tx) error { return session.EndPending(h.ctx, tx, p.ID) })
		h.wants(lock(*p, noon), session.ErrNotFound)
	})
}

func TestAPendingSignInIsExtendedTenTimes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		p, token, _ := h.createPending(session.Pending{}, noon)
		at := noon
		extend := func() error {
			return h.try(func(tx *database.Tx) error { return session.ExtendPending(h.ctx, tx, p, at) })
		}
		for range 10 {
			at = at.Add(10*time.Minute - time.Millisecond)
			h.must(extend())
		}
		stored, err := h.findPending(token, at.Add(10*time.Minute-time.Millisecond))
		h.must(err)
		if stored.Extended != 10 || stored.ExpiresAt != at.Add(10*time.Minute).UnixMilli() {
			t.Errorf("pending sign-in is %+v", stored)
		}
		h.wants(extend(), session.ErrNotFound)
		_, err = h.findPending(token, at)
		h.must(err)
		p, _, _ = h.createPending(session.Pending{}, noon)
		at = noon.Add(10 * time.Minute)
		h.wants(extend(), session.ErrNotFound) // its time is over
	})
}

func TestUnrecognisedPending(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		find := func(epoch int64) (*session.Pending, error) {
			return session.UnrecognisedPending(h.ctx, db.Read(h.ctx), h.id, epoch)
		}
		h.createPending(session.Pending{Known: true}, noon)
		h.createPending(session.Pending{AccountID: h.newAccount("otto")}, noon)
		_, err := find(1)
		h.wants(err, session.ErrNotFound)
		h.createPending(session.Pending{}, noon)
		newest, _, _ := h.createPending(session.Pending{}, noon)
		h.createPending(session.Pending{Known: true}, noon)
		if p, err := find(1); err != nil || p.ID != newest.ID {
			t.Errorf("found %+v, %v", p, err)
		}
		_, err = find(2)
		h.wants(err, session.ErrNotFound)
	})
}

func TestEndAllPendingIsForOneAccount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		h.createPending(session.Pending{}, noon)
		h.createPending(session.Pending{Known: true}, noon)
		_, foreign, _ := h.createPending(session.Pending{AccountID: h.newAccount("otto")}, noon)
		h.in(func(tx *database.Tx) error {
			ended, err := session.EndAllPending(h.ctx, tx, h.id)
			if ended != 2 {
				t.Errorf("%d have ended, want 2", ended)
			}
			return err
		})
		h.pendings(1)
		_, err := h.findPending(foreign, noon)
		h.must(err)
	})
}

// The housekeeping ends what is over exactly once, and not what was extended since
// it was listed.
func TestEndOverduePending(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		first, _, _ := h.createPending(session.Pending{}, noon)
		second, _, _ := h.createPending(session.Pending{}, noon.Add(time.Second))
		third, _, _ := h.createPending(session.Pending{}, noon.Add(2*time.Second))
		at := noon.Add(10*time.Minute + time.Second)
		list := func(limit int) (ids []int64) {
			over, err := session.OverduePending(h.ctx, db.Read(h.ctx), at, limit)
			h.must(err)
			for _, p := range over {
				ids = append(ids, p.ID)
			}
			return ids
		}
		if got := list(10); !slices.Equal(got, []int64{first.ID, second.ID}) {
			t.Errorf("listed %v", got)
		}
		if got := list(1); !slices.Equal(got, []int64{first.ID}) {
			t.Errorf("listed %v", got)
		}
		end := func(p *session.Pending) (done bool) {
			h.in(func(tx *database.Tx) (err error) { done, err = session.EndOverduePending(h.ctx, tx, p, at); return err })
			return done
		}
		h.in(func(tx *database.Tx) error { return session.ExtendPending(h.ctx, tx, second, noon.Add(time.Minute)) })
		for _, c := range []struct {
			p    *session.Pending
			want bool
		}{{first, true}, {first, false}, {second, false}, {third, false}} {
			if got := end(c.p); got != c.want {
				t.Errorf("%d: ended is %v", c.p.ID, got)
			}
		}
		h.pendings(2)
	})
}
