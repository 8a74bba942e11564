package audit_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// put stores an event a number of times, each a second after the one before.
func put(t *testing.T, db *database.DB, e audit.Event, times int) {
	t.Helper()
	for range times {
		if err := db.InTx(t.Context(), func(tx *database.Tx) error { return audit.Record(t.Context(), tx, e) }); err != nil {
			t.Fatal(err)
		}
		e.At += 1000
	}
}

// flushRepeats does what the housekeeping does at a time, and returns the events
// that this has made.
func flushRepeats(t *testing.T, db *database.DB, at time.Time) []audit.Event {
	t.Helper()
	before := map[int64]bool{}
	for _, e := range exported(t, db, time.Time{}) {
		before[e.ID] = true
	}
	err := db.InTx(t.Context(), func(tx *database.Tx) error {
		_, err := audit.FlushRepeats(t.Context(), tx, audit.Event{At: at.UnixMilli(), Version: "2", Host: "h2"}, 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var made []audit.Event
	for _, e := range exported(t, db, time.Time{}) {
		if !before[e.ID] {
			made = append(made, e)
		}
	}
	return made
}

// A sign-in from elsewhere is kept, however often the account has signed in before,
// until they come from ten networks and more.
func TestASignInFromElsewhereIsKept(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		anna := int64(7)
		signIn := func(n int) audit.Event {
			return audit.Event{At: start.UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK, AccountID: &anna, Actor: audit.Person,
				Address: fmt.Sprintf("192.0.%d.1", n), Network: fmt.Sprintf("192.0.%d.0/24", n)}
		}
		put(t, db, signIn(0), 300)
		put(t, db, signIn(1), 1)
		kept := exported(t, db, time.Time{})
		if len(kept) != 21 || !slices.ContainsFunc(kept, func(e audit.Event) bool { return e.Address == "192.0.1.1" }) {
			t.Fatalf("%d events are kept: %+v", len(kept), kept)
		}
		for n := 2; n < 20; n++ {
			put(t, db, signIn(n), 25)
		}
		if n := len(exported(t, db, time.Time{})); n != 200 {
			t.Errorf("%d events are kept, want 200", n)
		}
		made := flushRepeats(t, db, start.Add(time.Hour))
		if len(made) != 1 || made[0].Count != 300+1+18*25-200 || made[0].AccountID == nil {
			t.Errorf("the hour is told by %+v", made)
		}
	})
}

// Of events that are alike 20 are kept in an hour. The rest is one event, which
// says how many there were.
func TestRepeatsOfAnHourAreOneEvent(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		anna, otto := int64(7), int64(8)
		changed := audit.Event{At: start.UnixMilli(), Kind: audit.ProfileChanged, Outcome: audit.OK, AccountID: &anna, Actor: audit.Person, Address: "192.0.2.1"}
		put(t, db, changed, 1000)
		others := changed
		others.AccountID = &otto
		put(t, db, others, 3)
		ended := changed
		ended.Kind, ended.Count = audit.OthersEnded, 2
		put(t, db, ended, 22)
		if n := len(exported(t, db, time.Time{})); n != 20+3+20 {
			t.Errorf("%d events are kept, want 43", n)
		}
		if made := flushRepeats(t, db, start.Add(time.Hour-time.Second)); made != nil {
			t.Errorf("before the hour is over it is told: %+v", made)
		}
		made := flushRepeats(t, db, start.Add(time.Hour))
		if len(made) != 2 {
			t.Fatalf("the hour is told by %+v", made)
		}
		for _, e := range made {
			want := map[audit.Kind]int{audit.ProfileChanged: 980, audit.OthersEnded: 4}[e.Kind]
			if e.Count != want || e.Outcome != audit.OK || e.AccountID == nil || *e.AccountID != anna || e.Actor != audit.Person || e.Version != "2" || e.Host != "h2" {
				t.Errorf("event %+v, want a count of %d", e, want)
			}
			if e.Kind == audit.ProfileChanged && e.At != start.UnixMilli()+999_000 {
				t.Errorf("the sum is of %v, not of the last change", e.Time())
			}
		}
		if made := flushRepeats(t, db, start.Add(5*time.Hour)); made != nil {
			t.Errorf("it is told again: %+v", made)
		}
		changed.At += time.Hour.Milliseconds()
		put(t, db, changed, 1)
		if n := len(exported(t, db, start.Add(time.Hour))); n != 1 {
			t.Errorf("%d events of the next hour", n)
		}
	})
}

// What differs in outcome, reason, factor or lane is not alike: what somebody
// guesses hides nothing of what the person does.
func TestWhatIsNotAlikeIsKept(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		anna := int64(7)
		wrong := audit.Event{At: start.UnixMilli(), Kind: audit.SecondFactor, Outcome: audit.Failed, Reason: audit.ReasonWrong, Factor: "totp", Lane: "unknown", AccountID: &anna, Actor: audit.Person}
		put(t, db, wrong, 50)
		for _, change := range []func(e *audit.Event){
			func(e *audit.Event) { e.Outcome = audit.OK },
			func(e *audit.Event) { e.Reason = audit.ReasonReplayed },
			func(e *audit.Event) { e.Factor = "backup" },
			func(e *audit.Event) { e.Lane = "known" },
			func(e *audit.Event) { e.Kind = audit.StepUpCode },
			func(e *audit.Event) { e.Actor, e.Kind = audit.Operator, audit.KeyRemoved },
		} {
			e := wrong
			change(&e)
			put(t, db, e, 1)
		}
		if n := len(exported(t, db, time.Time{})); n != 26 {
			t.Errorf("%d events are kept, want 26", n)
		}
		operator := audit.Event{At: start.UnixMilli(), Kind: audit.AccountDisabled, Outcome: audit.OK, AccountID: &anna, Actor: audit.Operator}
		put(t, db, operator, 25)
		put(t, db, audit.Event{At: start.UnixMilli(), Kind: audit.ServerStarted, Outcome: audit.OK, Actor: audit.System}, 25)
		if n := len(exported(t, db, time.Time{})); n != 76 {
			t.Errorf("%d events are kept with those of operator and server, want 76", n)
		}
	})
}

// Refused passwords are counted by network, whatever the names are. Those of
// unknown names are summed for the network, those of an account for the account.
func TestRefusedPasswordsAreSummed(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		anna := int64(7)
		for i := range 60 {
			e := audit.Event{At: start.UnixMilli() + int64(i), Kind: audit.Password, Outcome: audit.Failed, Factor: "password", Actor: audit.Person,
				Network: "2001:db8:1::/48", Address: fmt.Sprintf("2001:db8:1:%x::1", i)}
			if i%2 == 0 {
				e.AccountID, e.Reason = &anna, audit.ReasonWrong
			} else {
				e.Reason, e.NameHash = audit.ReasonUnknown, fmt.Sprint(i)
			}
			put(t, db, e, 1)
		}
		elsewhere := audit.Event{At: start.UnixMilli(), Kind: audit.Password, Outcome: audit.Failed, Factor: "password", Reason: audit.ReasonUnknown,
			Actor: audit.Person, Network: "192.0.2.0/24", Address: "192.0.2.7"}
		put(t, db, elsewhere, 1)
		if n := len(exported(t, db, time.Time{})); n != 21 {
			t.Errorf("%d events are kept, want 21", n)
		}
		made := flushRepeats(t, db, start.Add(time.Hour))
		if len(made) != 2 {
			t.Fatalf("the hour is told by %+v", made)
		}
		for _, e := range made {
			if e.Count != 20 || (e.AccountID == nil) != (e.Reason == audit.ReasonUnknown) || (e.Address == "2001:db8:1::/48") != (e.AccountID == nil) {
				t.Errorf("event %+v", e)
			}
		}
	})
}

// Parallel events of one account are counted exactly, also the first ones.
func TestParallelRepeatsAreCounted(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		anna := int64(7)
		e := audit.Event{At: start.UnixMilli(), Kind: audit.SignIn, Outcome: audit.OK, AccountID: &anna, Actor: audit.Person}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 10 {
					if err := db.InTx(t.Context(), func(tx *database.Tx) error { return audit.Record(t.Context(), tx, e) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := len(exported(t, db, time.Time{})); n != 20 {
			t.Errorf("%d events are kept, want 20", n)
		}
		made := flushRepeats(t, db, start.Add(time.Hour))
		if len(made) != 1 || made[0].Count != 60 {
			t.Errorf("the rest is %+v, want a count of 60", made)
		}
	})
}

// Wrong codes that were summed up count for the suspicion as those that are kept,
// before and after the hour is over.
func TestSummedWrongCodesRaiseTheSuspicion(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		anna := int64(7)
		wrong := audit.Event{At: start.UnixMilli(), Kind: audit.SecondFactor, Outcome: audit.Failed, Reason: audit.ReasonWrong, Factor: "totp", Lane: "unknown", AccountID: &anna, Actor: audit.Person}
		put(t, db, wrong, 30)
		nth := func(n int) time.Time {
			t.Helper()
			at, err := audit.NthUnknownFailure(t.Context(), db.Read(t.Context()), anna, n, start)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		for _, when := range []string{"before", "after"} {
			if at := nth(30); !at.Equal(start) {
				t.Errorf("%s the hour is over: the 30th newest is of %v", when, at)
			}
			if at := nth(31); !at.IsZero() {
				t.Errorf("%s the hour is over: a 31st was found, of %v", when, at)
			}
			if at := nth(10); !at.Equal(start.Add(29 * time.Second)) {
				t.Errorf("%s the hour is over: the 10th newest is of %v", when, at)
			}
			flushRepeats(t, db, start.Add(time.Hour))
		}
	})
}
