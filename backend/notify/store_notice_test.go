package notify

import (
	"errors"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/database"
)

// laterSession is the id of a session that made none of the changes.
const laterSession = 99

// shown returns the notices that a session which begins now shows.
func (o *kit) shown() (kinds []Kind, ids []int64) {
	o.Helper()
	notices, err := ListOpen(o.Context(), o.db.Read(o.Context()), o.ada.ID, laterSession, o.clock.now())
	o.must(err)
	for _, n := range notices {
		kinds, ids = append(kinds, n.Kind), append(ids, n.ID)
	}
	return kinds, ids
}

func (o *kit) wantShown(what string, want ...Kind) {
	o.Helper()
	if got, _ := o.shown(); !slices.Equal(got, want) {
		o.Errorf("%s: %v are shown, want %v", what, got, want)
	}
}

// dismiss closes a notice in a session that began at a time.
func (o *kit) dismiss(id int64, began time.Time) error {
	return o.db.InTx(o.Context(), func(tx *database.Tx) error {
		return Dismiss(o.Context(), tx, o.ada.ID, laterSession, id, began, o.clock.now())
	})
}

// The newest PasswordKnown stands for the earlier ones, and not for those from
// after the sign-in.
func TestKnownPasswordIsShownOnce(t *testing.T) {
	each(t, func(o *kit) {
		for range 3 {
			o.notify(PasswordKnown)
			o.clock.move(time.Hour)
		}
		o.notify(KeyBound)
		o.notify(KeyBound)
		o.wantShown("at first", KeyBound, KeyBound, PasswordKnown)
		_, ids := o.shown()
		began := o.clock.now()
		o.clock.move(time.Hour)
		o.notify(PasswordKnown)
		o.must(o.dismiss(ids[2], began))
		if err := o.dismiss(ids[2], began); !errors.Is(err, ErrNotFound) {
			t.Errorf("dismissed again: %v", err)
		}
		o.wantShown("afterwards", PasswordKnown, KeyBound, KeyBound)
		_, ids = o.shown()
		o.must(o.dismiss(ids[0], o.clock.now()))
		o.wantShown("after both", KeyBound, KeyBound)
	})
}

// Of each kind the newest 20 notices of an account are kept. Those of one kind
// take the place of no other.
func TestTwentyNoticesOfAKindAreKept(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(KeyMoved)
		o.notify(PasswordKnown)
		for range 30 {
			o.notify(Paused)
		}
		var kept []Notice
		o.must(o.db.Read(o.Context()).Order("id DESC").Find(&kept).Error)
		if len(kept) != 22 || kept[0].Kind != Paused || kept[21].Kind != KeyMoved || kept[0].ID-kept[19].ID != 19 {
			t.Errorf("%d notices are kept: %+v", len(kept), kept)
		}
	})
}

// The operator's notices of one hour are shown as one, and dismissed as one.
// Those of a person are shown each.
func TestOperatorNoticesOfAnHourAreOne(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(OperatorReset) // yesterday
		o.notify(OperatorPassword)
		o.clock.move(24 * time.Hour)
		o.notify(OperatorDisabled)
		o.clock.move(time.Minute)
		o.notify(OperatorReset)
		o.notify(PasswordChanged)
		o.clock.move(time.Hour - time.Millisecond)
		o.notify(OperatorPassword)
		o.wantShown("an hour but a millisecond later", OperatorPassword, PasswordChanged, OperatorDisabled, OperatorPassword)
		o.clock.move(time.Millisecond)
		o.notify(OperatorEnabled)
		o.wantShown("an hour later", OperatorEnabled, PasswordChanged, OperatorDisabled, OperatorPassword)

		_, ids := o.shown()
		began := o.clock.now()
		o.clock.move(time.Minute)
		o.notify(OperatorReset)
		o.must(o.dismiss(ids[0], began))
		o.wantShown("with a later one", OperatorReset, PasswordChanged, OperatorDisabled, OperatorPassword)
		_, ids = o.shown()
		for _, id := range []int64{ids[2], ids[0]} {
			o.must(o.dismiss(id, o.clock.now()))
		}
		o.wantShown("in the end", PasswordChanged, OperatorPassword)
		if err := o.dismiss(ids[0], o.clock.now()); !errors.Is(err, ErrNotFound) {
			t.Errorf("dismissed again: %v", err)
		}
	})
}

// What a helper or an administrator did is shown each time, and so is what the
// operator did besides a rescue: one act does not hide another.
func TestActsOfAnHourAreShownEach(t *testing.T) {
	each(t, func(o *kit) {
		by := func(name string) func(*Notice) { return func(n *Notice) { n.Actor = name } }
		o.notify(OperatorReset)
		o.notify(LinkGiven, by("helga"))
		o.notify(OperatorDisabled, by("helga"))
		o.notify(OperatorReset, by("otto"))
		o.notify(RoleChanged)
		o.notify(Renamed)
		o.notify(EmailChanged)
		o.notify(SessionsEnded)
		o.notify(OperatorPassword)
		o.notify(SessionsEnded, by("helga"))
		o.notify(OperatorEnabled, by("helga"))
		o.wantShown("within an hour", OperatorEnabled, SessionsEnded, OperatorPassword, SessionsEnded, EmailChanged, Renamed, RoleChanged,
			OperatorReset, OperatorDisabled, LinkGiven)
		_, ids := o.shown()
		o.must(o.dismiss(ids[0], o.clock.now()))
		o.must(o.dismiss(ids[2], o.clock.now())) // stands for the first one as well
		o.wantShown("after two were dismissed", SessionsEnded, SessionsEnded, EmailChanged, Renamed, RoleChanged, OperatorReset, OperatorDisabled, LinkGiven)
	})
}

// Twenty are shown at once, the newest first, and the others after those.
func TestTwentyNoticesAreShown(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(Paused)
		for range 20 {
			o.notify(KeyBound)
		}
		kinds, ids := o.shown()
		if len(kinds) != 20 || slices.Contains(kinds, Paused) || !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("%v are shown", ids)
		}
		o.must(o.dismiss(ids[0], o.clock.now()))
		if kinds, _ = o.shown(); len(kinds) != 20 || kinds[19] != Paused {
			t.Errorf("after one was dismissed %v are shown", kinds)
		}
	})
}

func TestNotifiedSince(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(PasswordKnown)
		for since, want := range map[time.Time]bool{start: false, start.Add(-time.Millisecond): true} {
			for kind, of := range map[Kind]bool{PasswordKnown: true, KeyBound: false} {
				got, err := NotifiedSince(o.Context(), o.db.Read(o.Context()), o.ada.ID, kind, since, start)
				o.must(err)
				if got != (want && of) {
					t.Errorf("%s since %v: %v", kind, since, got)
				}
			}
		}
		for behind, want := range map[time.Duration]bool{5 * time.Minute: true, 5*time.Minute + time.Millisecond: false} {
			now := start.Add(-behind)
			got, err := NotifiedSince(o.Context(), o.db.Read(o.Context()), o.ada.ID, PasswordKnown, now, now)
			o.must(err)
			if got != want {
				t.Errorf("a notice from %s ahead: %v", behind, got)
			}
		}
	})
}
