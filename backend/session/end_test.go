package session_test

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

func TestEndIsForOnesOwnSessions(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, token := h.create(noon)
		h.wants(h.try(func(tx *database.Tx) error { return session.End(h.ctx, tx, h.id+1, s.ID) }), session.ErrNotFound)
		_, err := h.find(token, noon)
		h.must(err)
		h.in(func(tx *database.Tx) error { return session.End(h.ctx, tx, h.id, s.ID) })
		_, err = h.find(token, noon)
		h.wants(err, session.ErrNotFound)
	})
}

func TestEndOthersKeepsOne(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		foreign, _, _ := h.createOf(h.newAccount("otto"), 1, noon)
		h.create(noon)
		keep, _ := h.create(noon)
		h.create(noon)
		h.in(func(tx *database.Tx) error {
			n, err := session.EndOthers(h.ctx, tx, h.id, keep.ID)
			if n != 2 {
				t.Errorf("%d ended, want 2", n)
			}
			return err
		})
		if got := h.ids(); !slices.Equal(got, []int64{foreign.ID, keep.ID}) {
			t.Errorf("sessions %v, want %d and %d", got, foreign.ID, keep.ID)
		}
	})
}

// Lock finds a session under any token, and none that has ended.
func TestLockWantsTheSameEpochAndOwner(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, _ := h.create(noon)
		lock := func(s session.Session) error {
			return h.try(func(tx *database.Tx) error { return session.Lock(h.ctx, tx, &s) })
		}
		h.in(func(tx *database.Tx) error {
			_, err := session.Update(h.ctx, tx, s, session.Change{Renew: true})
			return err
		})
		h.must(lock(*s))
		for _, change := range []func(s *session.Session){
			func(s *session.Session) { s.Epoch = 2 },
			func(s *session.Session) { s.AccountID++ },
			func(s *session.Session) { s.ID++ },
		} {
			stale := *s
			change(&stale)
			h.wants(lock(stale), session.ErrNotFound)
		}
	})
}

// The housekeeping ends what is over, up to a limit, and nothing that lives.
func TestEndOverdue(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		idle, _ := h.create(noon)
		old, _ := h.create(noon)
		// A new session would end the other two: it is of another account.
		live, _, _ := h.createOf(h.newAccount("otto"), 1, noon.Add(23*time.Hour+30*time.Minute))
		now := noon.Add(24 * time.Hour)
		h.in(func(tx *database.Tx) error { return session.Touch(h.ctx, tx, old, now.Add(-time.Minute)) })
		var ended []int64
		var before []int64
		for range 3 {
			before = append(before, int64(len(ended)))
			h.in(func(tx *database.Tx) error {
				some, err := session.EndOverdue(h.ctx, tx, session.Limits{}, now, 1)
				for _, s := range some {
					ended = append(ended, s.ID)
				}
				return err
			})
		}
		if !slices.Equal(ended, []int64{idle.ID, old.ID}) || !slices.Equal(before, []int64{0, 1, 2}) {
			t.Errorf("ended %v, one by one %v", ended, before)
		}
		if got := h.ids(); !slices.Equal(got, []int64{live.ID}) {
			t.Errorf("sessions %v, want %d", got, live.ID)
		}
	})
}

// A raised epoch ends sessions, pending sign-ins and devices of the account.
func TestEndStale(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		otto := h.newAccount("otto")
		for _, accountID := range []int64{h.id, otto} {
			for _, epoch := range []int64{1, 2} {
				token := make([]byte, 32)
				token[0], token[1] = byte(accountID), byte(epoch)
				for _, insert := range []string{
					`INSERT INTO sessions (account_id, token_hash, epoch, level, created_at, expires_at, last_seen_at, password_at, address, user_agent)
						VALUES (?, ?, ?, 1, 0, 0, 0, 0, '', '')`,
					`INSERT INTO pending_sign_ins (account_id, token_hash, epoch, created_at, expires_at, password_at, address, user_agent)
						VALUES (?, ?, ?, 0, 0, 0, '', '')`,
					"INSERT INTO devices (account_id, token_hash, epoch, last_used_at) VALUES (?, ?, ?, 0)",
				} {
					h.in(func(tx *database.Tx) error { return tx.Exec(insert, accountID, token, epoch).Error })
				}
			}
		}
		h.in(func(tx *database.Tx) error { return session.EndStale(h.ctx, tx, h.id, 2) })
		for _, table := range []string{"sessions", "pending_sign_ins", "devices"} {
			for accountID, want := range map[int64][]int64{h.id: {2}, otto: {1, 2}} {
				var epochs []int64
				h.must(db.Read(h.ctx).Raw("SELECT epoch FROM "+table+" WHERE account_id = ? ORDER BY epoch", accountID).Scan(&epochs).Error)
				if !slices.Equal(epochs, want) {
					t.Errorf("%s of account %d have the epochs %v, want %v", table, accountID, epochs, want)
				}
			}
		}
	})
}
