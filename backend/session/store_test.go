package session_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	testdb.Main(m, spendCeremony, testdb.Claim{
		Name: "spend pending sign-in",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			id, err := strconv.ParseInt(arg, 10, 64)
			if err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error {
				return session.SpendPending(ctx, tx, &session.Pending{ID: id}, 1, noon)
			})
		},
		Lost: func(err error) bool { return errors.Is(err, session.ErrNotFound) },
	})
}

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
	h.id = h.newAccount("anna")
	return h
}

func (h *kit) newAccount(name string) (id int64) {
	h.Helper()
	h.in(func(tx *database.Tx) error {
		a, err := account.Create(h.ctx, tx, account.New{Username: name, PasswordHash: "x"}, noon)
		if err == nil {
			id = a.ID
		}
		return err
	})
	return id
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

// try runs work in a transaction and returns its error.
func (h *kit) try(work func(tx *database.Tx) error) error { return h.db.InTx(h.ctx, work) }

// in runs work in a transaction that must succeed.
func (h *kit) in(work func(tx *database.Tx) error) {
	h.Helper()
	h.must(h.try(work))
}

func (h *kit) create(at time.Time) (*session.Session, string) {
	h.Helper()
	s, token, _ := h.createOf(h.id, 1, at)
	return s, token
}

func (h *kit) createOf(accountID, epoch int64, at time.Time) (s *session.Session, token string, ended session.Ended) {
	h.Helper()
	h.in(func(tx *database.Tx) (err error) {
		s = &session.Session{AccountID: accountID, Epoch: epoch, Level: session.LevelPassword}
		token, ended, err = session.Create(h.ctx, tx, s, session.Limits{}, at)
		return err
	})
	return s, token, ended
}

func (h *kit) find(token string, at time.Time) (*session.Session, error) {
	h.Helper()
	var found []session.Session
	h.must(h.db.Read(h.ctx).Where(session.ByToken, session.TokenValues(token, session.Limits{}, at)...).Find(&found).Error)
	if len(found) == 0 {
		return nil, session.ErrNotFound
	}
	return &found[0], nil
}

func (h *kit) ids() (ids []int64) {
	h.Helper()
	h.must(h.db.Read(h.ctx).Raw("SELECT id FROM sessions ORDER BY id").Scan(&ids).Error)
	return ids
}

func TestASessionCountsWithinBothLimits(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, token := h.create(noon)
		_, err := h.find(token, noon.Add(time.Hour-time.Millisecond))
		h.must(err)
		_, err = h.find(token, noon.Add(time.Hour))
		h.wants(err, session.ErrNotFound)
		_, err = h.find(token, noon.Add(-5*time.Minute))
		h.must(err)
		_, err = h.find(token, noon.Add(-5*time.Minute-time.Millisecond)) // seen while the clock was ahead
		h.wants(err, session.ErrNotFound)
		var last time.Time
		for at := noon; at.Before(noon.Add(24 * time.Hour)); at = at.Add(30 * time.Minute) {
			h.in(func(tx *database.Tx) error { return session.Touch(h.ctx, tx, s, at) })
			last = at
		}
		_, err = h.find(token, last.Add(30*time.Minute-time.Millisecond))
		h.must(err)
		_, err = h.find(token, noon.Add(24*time.Hour))
		h.wants(err, session.ErrNotFound)
		_, err = h.find(token+"x", noon)
		h.wants(err, session.ErrNotFound)
	})
}

// A request that is slower than a later one does not shorten the session.
func TestTouchMovesForwardOnly(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, token := h.create(noon)
		h.in(func(tx *database.Tx) error { return session.Touch(h.ctx, tx, s, noon.Add(-time.Minute)) })
		found, err := h.find(token, noon)
		h.must(err)
		if found.LastSeenAt != noon.UnixMilli() {
			t.Errorf("last seen at %v", found.LastSeen())
		}
	})
}

// Twenty sessions live. A new one ends those whose time is over and the one that
// was seen longest ago, and says which; those of a former epoch just go.
func TestCreateEndsOldSessions(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		foreign, _, _ := h.createOf(h.newAccount("otto"), 1, noon)
		former, _, _ := h.createOf(h.id, 1, noon)
		expired, _, _ := h.createOf(h.id, 2, noon)
		now := noon.Add(time.Hour)
		var live []int64
		for i := range 20 {
			s, _, ended := h.createOf(h.id, 2, now.Add(time.Duration(i)*time.Second))
			live = append(live, s.ID)
			want := []int64(nil)
			if i == 0 {
				want = []int64{expired.ID}
			}
			if !slices.Equal(ended.Expired, want) || ended.Evicted != nil {
				t.Errorf("session %d: ended %+v", i+1, ended)
			}
		}
		first := session.Session{ID: live[0]}
		h.in(func(tx *database.Tx) error { return session.Touch(h.ctx, tx, &first, now.Add(time.Minute)) })
		s, _, ended := h.createOf(h.id, 2, now.Add(2*time.Minute))
		if !slices.Equal(ended.Evicted, live[1:2]) || ended.Expired != nil {
			t.Errorf("session 21: ended %+v, want that with the id %d", ended, live[1])
		}
		want := append([]int64{foreign.ID, live[0]}, append(slices.Clone(live[2:]), s.ID)...)
		if got := h.ids(); !slices.Equal(got, want) {
			t.Errorf("sessions %v, want %v and not %d of the former epoch", got, want, former.ID)
		}
	})
}

func TestRenewKillsTheOldToken(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, old := h.create(noon)
		var fresh *string
		renew := func() error {
			return h.try(func(tx *database.Tx) (err error) {
				fresh, err = session.Update(h.ctx, tx, s, session.Change{Renew: true, Level: session.LevelTwo, Given: session.Given{At: noon, Factor: "totp"}})
				return err
			})
		}
		h.must(renew())
		_, err := h.find(old, noon)
		h.wants(err, session.ErrNotFound)
		found, err := h.find(*fresh, noon)
		h.must(err)
		if found.ID != s.ID || found.Level != session.LevelTwo || found.CodeAt != noon.UnixMilli() {
			t.Errorf("session is %+v", found)
		}
		h.wants(renew(), session.ErrNotFound) // it still names the old token
	})
}

// Each member of a change writes its columns and no other.
func TestUpdateWritesWhatItNames(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		later := noon.Add(time.Minute)
		ms := later.UnixMilli()
		for name, c := range map[string]struct {
			change session.Change
			want   func(s *session.Session)
		}{
			"level":         {session.Change{Level: session.LevelTwo}, func(s *session.Session) { s.Level = 2 }},
			"epoch":         {session.Change{Epoch: 2}, func(s *session.Session) { s.Epoch = 2 }},
			"password":      {session.Change{PasswordAt: later}, func(s *session.Session) { s.PasswordAt, s.PasswordFailures = ms, 0 }},
			"code":          {session.Change{Given: session.Given{At: later, Factor: "totp"}}, func(s *session.Session) { s.CodeAt, s.LastSeenAt, s.Factor = ms, ms, "totp" }},
			"backup code":   {session.Change{BackupAt: later}, func(s *session.Session) { s.BackupAt = ms }},
			"forgets":       {session.Change{ClearsBackup: true}, func(s *session.Session) { s.BackupAt = 0 }},
			"device":        {session.Change{DeviceID: 9}, func(s *session.Session) { s.DeviceID = 9 }},
			"two at a time": {session.Change{Level: session.LevelTwo, DeviceID: 9}, func(s *session.Session) { s.Level, s.DeviceID = 2, 9 }},
		} {
			_, token := h.create(noon)
			h.in(func(tx *database.Tx) error {
				return tx.Exec("UPDATE sessions SET password_failures = 3, backup_at = 5, code_at = 6, device_id = 7").Error
			})
			before, err := h.find(token, noon)
			h.must(err)
			h.in(func(tx *database.Tx) error {
				fresh, err := session.Update(h.ctx, tx, before, c.change)
				if fresh != nil {
					t.Errorf("%s: a new token", name)
				}
				return err
			})
			after, err := h.find(token, noon)
			h.must(err)
			c.want(before)
			if !slices.Equal(after.TokenHash, before.TokenHash) {
				t.Errorf("%s: another token", name)
			}
			after.TokenHash, before.TokenHash = nil, nil
			if !reflect.DeepEqual(after, before) {
				t.Errorf("%s: session is %+v, want %+v", name, after, before)
			}
		}
	})
}

// A request of a session that ended or moved on in the meantime changes nothing.
func TestUpdateRefusesWhatHasChanged(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		read, token := h.create(noon)
		for name, change := range map[string]func(s *session.Session){
			"token":   func(s *session.Session) { s.TokenHash = make([]byte, 32) },
			"epoch":   func(s *session.Session) { s.Epoch = 2 },
			"session": func(s *session.Session) { s.ID++ },
		} {
			stale := *read
			change(&stale)
			h.wants(h.try(func(tx *database.Tx) error {
				_, err := session.Update(h.ctx, tx, &stale, session.Change{Renew: true, Level: session.LevelTwo})
				return err
			}), session.ErrNotFound)
			h.wants(h.try(func(tx *database.Tx) error {
				_, err := session.CountWrongPassword(h.ctx, tx, &stale)
				return err
			}), session.ErrNotFound)
			if found, err := h.find(token, noon); err != nil || found.Level != session.LevelPassword || found.PasswordFailures != 0 {
				t.Errorf("stale %s: session is %+v, %v", name, found, err)
			}
		}
		h.in(func(tx *database.Tx) error { return session.End(h.ctx, tx, h.id, read.ID) })
		h.wants(h.try(func(tx *database.Tx) error {
			_, err := session.Update(h.ctx, tx, read, session.Change{Level: session.LevelTwo})
			return err
		}), session.ErrNotFound)
	})
}

func TestWrongPasswordsOfASessionAreCounted(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, _ := h.create(noon)
		other, _ := h.create(noon)
		count := func(s *session.Session) (n int) {
			h.in(func(tx *database.Tx) (err error) { n, err = session.CountWrongPassword(h.ctx, tx, s); return err })
			return n
		}
		if a, b, c := count(s), count(s), count(other); a != 1 || b != 2 || c != 1 {
			t.Errorf("counted %d, %d and %d", a, b, c)
		}
		h.in(func(tx *database.Tx) error {
			_, err := session.Update(h.ctx, tx, s, session.Change{PasswordAt: noon})
			return err
		})
		if n := count(s); n != 1 {
			t.Errorf("counted %d after a right password", n)
		}
	})
}

func TestFactorsAreFreshForFiveMinutes(t *testing.T) {
	s := &session.Session{PasswordAt: noon.UnixMilli(), BackupAt: noon.UnixMilli()}
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
	if !s.BackupCounts(noon.Add(30*time.Minute)) || s.BackupCounts(noon.Add(30*time.Minute+time.Millisecond)) {
		t.Error("a backup code does not count for 30 minutes")
	}
}

// The limits that the use cases of auth enforce.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct{ got, want int }{
		"sessions":             {session.MaxSessions, 20},
		"wrong step-ups":       {session.MaxWrongStepUps, 5},
		"failures of a device": {session.MaxDeviceFailures, 40},
		"extensions":           {session.MaxExtensions, 10},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}
