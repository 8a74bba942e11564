package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// ceremonyClaim says whose ceremony two processes try to spend.
type ceremonyClaim struct{ Session, Pending int64 }

func (c ceremonyClaim) holder() session.Holder {
	if c.Pending != 0 {
		return &session.Pending{ID: c.Pending}
	}
	return &session.Session{ID: c.Session}
}

var spendCeremony = testdb.Claim{
	Name: "spend ceremony",
	Run: func(ctx context.Context, db *database.DB, arg string) error {
		var c ceremonyClaim
		if err := json.Unmarshal([]byte(arg), &c); err != nil {
			return err
		}
		return db.InTx(ctx, func(tx *database.Tx) error {
			_, err := session.SpendCeremony(ctx, tx, c.holder(), 5*time.Minute, noon)
			return err
		})
	},
	Lost: func(err error) bool { return errors.Is(err, session.ErrNotFound) },
}

// onHolders runs a test for what a session keeps and what a pending sign-in keeps, each
// beside another one of the same kind.
func onHolders(t *testing.T, test func(h *kit, holder, other session.Holder)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		own, _ := h.create(noon)
		other, _ := h.create(noon)
		test(h, own, other)
		ownPending, _, _ := h.createPending(session.Pending{}, noon)
		otherPending, _, _ := h.createPending(session.Pending{}, noon)
		test(h, ownPending, otherPending)
	})
}

func (h *kit) setCeremony(holder session.Holder, text string, at time.Time) {
	h.Helper()
	h.in(func(tx *database.Tx) error {
		return session.SetCeremony(h.ctx, tx, holder, []byte(text), 5*time.Minute, at)
	})
}

func (h *kit) spend(holder session.Holder, at time.Time) (text string, err error) {
	h.Helper()
	err = h.try(func(tx *database.Tx) error {
		found, err := session.SpendCeremony(h.ctx, tx, holder, 5*time.Minute, at)
		text = string(found)
		return err
	})
	return text, err
}

// spends checks that a ceremony is spent, and which.
func (h *kit) spends(holder session.Holder, at time.Time, want string) {
	h.Helper()
	if got, err := h.spend(holder, at); err != nil || got != want {
		h.Errorf("spent %q: %v, want %q", got, err, want)
	}
}

// spendsNone checks that there is nothing to spend.
func (h *kit) spendsNone(holder session.Holder, at time.Time) {
	h.Helper()
	got, err := h.spend(holder, at)
	h.wants(err, session.ErrNotFound)
	if got != "" {
		h.Errorf("got %q", got)
	}
}

func TestACeremonyIsSpentOnce(t *testing.T) {
	onHolders(t, func(h *kit, holder, other session.Holder) {
		h.spendsNone(holder, noon)
		h.setCeremony(holder, "one", noon)
		h.spendsNone(other, noon)
		h.spends(holder, noon, "one")
		h.spendsNone(holder, noon)
	})
}

// The next ceremony takes the place of the former one, of which nothing is left.
func TestACeremonyReplacesTheFormerOne(t *testing.T) {
	onHolders(t, func(h *kit, holder, other session.Holder) {
		h.setCeremony(holder, "one", noon)
		h.setCeremony(other, "theirs", noon)
		h.setCeremony(holder, "two", noon.Add(time.Second))
		h.spends(holder, noon.Add(time.Second), "two")
		h.spendsNone(holder, noon.Add(time.Second))
		h.spends(other, noon.Add(time.Second), "theirs")
	})
}

// A ceremony lasts five minutes. One that seems to last for more than ten was begun while
// the clock was ahead.
func TestACeremonyEndsByItsTime(t *testing.T) {
	onHolders(t, func(h *kit, holder, _ session.Holder) {
		h.setCeremony(holder, "one", noon)
		h.spendsNone(holder, noon.Add(5*time.Minute))
		h.spendsNone(holder, noon.Add(5*time.Minute+time.Hour))
		h.spendsNone(holder, noon.Add(-5*time.Minute-time.Millisecond))
		h.spends(holder, noon.Add(5*time.Minute-time.Millisecond), "one")
		h.setCeremony(holder, "two", noon)
		h.spends(holder, noon.Add(-5*time.Minute), "two")
	})
}

// A ceremony of a transaction that is rolled back is not spent.
func TestACeremonyIsKeptWhereNothingWasStored(t *testing.T) {
	onHolders(t, func(h *kit, holder, _ session.Holder) {
		h.setCeremony(holder, "one", noon)
		undone := errors.New("undone")
		h.wants(h.try(func(tx *database.Tx) error {
			_, err := session.SpendCeremony(h.ctx, tx, holder, 5*time.Minute, noon)
			h.must(err)
			return undone
		}), undone)
		h.spends(holder, noon, "one")
	})
}

func TestOneOfTwoHundredClaimsOfACeremonyWins(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		s, _ := h.create(noon)
		p, _, _ := h.createPending(session.Pending{}, noon)
		for _, claim := range []ceremonyClaim{{Session: s.ID}, {Pending: p.ID}} {
			h.setCeremony(claim.holder(), "one", noon)
			arg, err := json.Marshal(claim)
			h.must(err)
			if got := testdb.Race(t, o, "spend ceremony", string(arg)); got.Won != 1 || got.Lost != 199 {
				t.Errorf("%+v: %d won and %d lost", claim, got.Won, got.Lost)
			}
		}
	})
}

func TestRefusedKeysAreCounted(t *testing.T) {
	onHolders(t, func(h *kit, holder, other session.Holder) {
		count := func(holder session.Holder, want int) {
			h.Helper()
			h.in(func(tx *database.Tx) error {
				got, err := session.CountKeyFailure(h.ctx, tx, holder)
				if got != want {
					h.Errorf("%d refused answers, want %d", got, want)
				}
				return err
			})
		}
		for n := range 10 {
			count(holder, n+1)
		}
		count(other, 1)
	})
}

// Any second factor that is given in a session ends the counting there.
func TestAGivenFactorEndsTheCountingOfRefusedKeys(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		s, _ := h.create(noon)
		for _, given := range []session.Given{{At: noon, Factor: "passkey", Key: true}, {At: noon, Factor: "totp"}} {
			h.in(func(tx *database.Tx) error {
				if _, err := session.CountKeyFailure(h.ctx, tx, s); err != nil {
					return err
				}
				_, err := session.Update(h.ctx, tx, s, session.Change{Given: given})
				return err
			})
			var failures int
			h.must(h.db.Read(h.ctx).Raw("SELECT key_failures FROM sessions WHERE id = ?", s.ID).Scan(&failures).Error)
			if failures != 0 {
				t.Errorf("%d refused answers are left after %s", failures, given.Factor)
			}
		}
	})
}

// What each factor leaves in a session: nothing but its own times.
func TestWhatASessionKeepsOfAFactor(t *testing.T) {
	at := noon.UnixMilli()
	for _, c := range []struct {
		given session.Given
		want  session.Session
	}{
		{session.Given{At: noon, Factor: "totp"}, session.Session{CodeAt: at, Factor: "totp"}},
		{session.Given{At: noon, Factor: "backup", BackupCode: true}, session.Session{CodeAt: at, BackupCodeAt: at, Factor: "backup"}},
		{session.Given{At: noon, Factor: "passkey", Key: true}, session.Session{KeyAt: at, Factor: "passkey"}},
		{session.Given{At: noon, Factor: "hardware_key", Key: true, Resistant: true}, session.Session{KeyAt: at, ResistantAt: at, Factor: "hardware_key"}},
	} {
		var fresh session.Session
		fresh.Give(c.given)
		testdb.Each(t, func(t *testing.T, db *database.DB) {
			h := newKit(t, db)
			s, _ := h.create(noon)
			h.in(func(tx *database.Tx) error {
				_, err := session.Update(h.ctx, tx, s, session.Change{Given: c.given})
				return err
			})
			var stored session.Session
			h.must(db.Read(h.ctx).Where("id = ?", s.ID).Take(&stored).Error)
			for how, got := range map[string]session.Session{"a new session": fresh, "a session": stored} {
				if got.CodeAt != c.want.CodeAt || got.KeyAt != c.want.KeyAt || got.ResistantAt != c.want.ResistantAt ||
					got.BackupCodeAt != c.want.BackupCodeAt || got.Factor != c.want.Factor || got.BackupAt != 0 {
					t.Errorf("%s keeps of %+v: %+v", how, c.given, got)
				}
			}
		})
	}
}
