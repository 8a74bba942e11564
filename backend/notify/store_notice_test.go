package notify

import (
	"errors"
	"fmt"
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

// Of each kind 20 open notices of an account are kept: the first ten and the newest
// ten. Those of one kind take the place of no other, and dismissed ones of none.
func TestTwentyNoticesOfAKindAreKept(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(KeyMoved)
		o.notify(PasswordKnown)
		for range 30 {
			o.notify(Paused)
		}
		o.wantKept("of 30 that are open", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)
		o.must(o.dismiss(5, o.clock.now()))
		o.must(o.dismiss(31, o.clock.now()))
		o.notify(Paused)
		o.notify(Paused)
		o.wantKept("after two were dismissed", 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34)
		o.notify(Paused)
		o.wantKept("and one more", 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 23, 25, 26, 27, 28, 29, 30, 32, 33, 34, 35)
	})
}

// Dismissed notices make room, however many are open.
func TestDismissedNoticesMakeRoom(t *testing.T) {
	for _, open := range []int{0, 1, 9, 10, 19, 20} {
		each(t, func(o *kit) {
			for range 20 {
				o.notify(Paused)
			}
			o.tx(func(tx *database.Tx) error {
				return tx.Model(&Notice{}).Where("id > ?", open).UpdateColumn("dismissed_at", 1).Error
			})
			o.notify(Paused)
			o.notify(Paused)
			kinds, ids := o.shown()
			if len(kinds) != min(open+2, 20) || ids[0] != 22 || ids[1] != 21 {
				t.Errorf("with %d open ones %v are shown", open, ids)
			}
		})
	}
}

// What was done to another administrator is not dropped for other acts on that person.
func TestActsOnAnAdministratorKeepTheirNotices(t *testing.T) {
	each(t, func(o *kit) {
		on := func(detail string, times int) {
			for range times {
				o.notify(AdministratorChanged, func(n *Notice) { n.Actor, n.Subject, n.Detail = "otto", "bea", detail })
			}
		}
		on(DidRename, 12)
		on(DidGiveLink, 1)
		on(DidRename, 25)
		notices, err := ListOpen(o.Context(), o.db.Read(o.Context()), o.ada.ID, laterSession, o.clock.now())
		o.must(err)
		if !slices.ContainsFunc(notices, func(n Notice) bool { return n.Detail == DidGiveLink }) {
			t.Error("the link is not shown")
		}
	})
}

// What was done to one administrator is shown however often the same is done to another
// one. Renaming one often hides nothing else.
func TestAdministratorsTakeTurns(t *testing.T) {
	each(t, func(o *kit) {
		on := func(subject, detail string) {
			o.notify(AdministratorChanged, func(n *Notice) { n.Actor, n.Subject, n.Detail = "otto", subject, detail })
		}
		o.notify(RoleOfOther, func(n *Notice) { n.Actor, n.Subject, n.Detail = "otto", "mallory", "administrator" })
		on("emil", DidDisable)
		on("emil", DidGiveLink)
		for range 20 {
			on("bea", DidGiveLink)
		}
		for i := range 20 {
			on(fmt.Sprint("bea-", i), DidRename) // the former name
		}
		notices, err := ListOpen(o.Context(), o.db.Read(o.Context()), o.ada.ID, laterSession, o.clock.now())
		o.must(err)
		for _, detail := range []string{DidDisable, DidGiveLink} {
			if !slices.ContainsFunc(notices, func(n Notice) bool { return n.Subject == "emil" && n.Detail == detail }) {
				t.Errorf("that the account of emil was changed is not shown: %s", detail)
			}
		}
		for i := range 20 { // an act under another name each time
			on(fmt.Sprint("bea-", i), DidRename)
			on(fmt.Sprint("bea-", i+1), DidGiveLink)
		}
		if kinds, _ := o.shown(); !slices.Contains(kinds, RoleOfOther) {
			t.Errorf("the promotion is not shown: %v", kinds)
		}
	})
}

// An administrator who is renamed again and again, each time from another name, neither
// fills the disk nor floods the others with mails.
func TestRenamesOfAnAdministratorAreLimited(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("ada@example.org", "")
		before := len(o.mails())
		for i := range 25 {
			o.clock.move(time.Second)
			o.notify(AdministratorChanged, func(n *Notice) { n.Actor, n.Subject, n.Detail = "otto", fmt.Sprint("bea-", i), DidRename })
		}
		o.wantKept("of 25", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25)
		if got := len(o.mails()) - before; got != 20 {
			t.Errorf("%d mails about 25 renames, want 20", got)
		}
		o.notify(AdministratorChanged, func(n *Notice) { n.Actor, n.Subject, n.Detail = "otto", "bea", DidGiveLink })
		o.notify(AdministratorChanged, func(n *Notice) { n.Actor, n.Subject, n.Detail = "helga", "bea", DidRename })
		if got := len(o.mails()) - before; got != 22 {
			t.Errorf("%d mails with one of another act and one of another actor, want 22", got)
		}
	})
}

// That somebody became an administrator is shown and mailed, however often the role of
// that person or of others changes otherwise.
func TestAPromotionIsNotHiddenBehindOtherRoles(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("ada@example.org", "")
		role := func(subject, role string, times int) {
			for range times {
				o.clock.move(time.Second)
				o.notify(RoleOfOther, func(n *Notice) { n.Actor, n.Subject, n.Detail = "otto", subject, role })
			}
		}
		role("mallory", "helper", 25)
		role("mallory", "administrator", 1)
		for _, name := range []string{"mallory", "bob", "carl"} {
			role(name, "helper", 20)
		}
		notices, err := ListOpen(o.Context(), o.db.Read(o.Context()), o.ada.ID, laterSession, o.clock.now())
		o.must(err)
		if !slices.ContainsFunc(notices, func(n Notice) bool { return n.Detail == "administrator" }) {
			t.Error("the promotion is not shown")
		}
		due, err := findDue(o.Context(), o.db.Read(o.Context()), o.clock.now())
		o.must(err)
		if !slices.ContainsFunc(due, func(m mail) bool { return m.Detail == "administrator" }) {
			t.Error("the promotion is not among the mails that are sent next")
		}
		mailed := 0
		for _, m := range o.mails() {
			if m.Kind == RoleOfOther && m.Subject == "mallory" && m.Detail == "helper" {
				mailed++
			}
		}
		if mailed != 20 {
			t.Errorf("%d mails about the other role, want 20", mailed)
		}
	})
}

// What one person did is not dropped because another one does the same often.
func TestActorsKeepTheirOwnNotices(t *testing.T) {
	each(t, func(o *kit) {
		by := func(name string, times int) {
			for range times {
				o.notify(LinkGiven, func(n *Notice) { n.Actor = name })
			}
		}
		by("helga", 10)
		by("otto", 1)
		by("helga", 11)
		o.wantKept("of two", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)
	})
}

// wantKept compares the ids of the notices that are stored.
func (o *kit) wantKept(what string, want ...int64) {
	o.Helper()
	var ids []int64
	o.must(o.db.Read(o.Context()).Model(&Notice{}).Order("id").Pluck("id", &ids).Error)
	if !slices.Equal(ids, want) {
		o.Errorf("%s: %v are kept, want %v", what, ids, want)
	}
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
		for range 11 {
			o.notify(Paused)
			o.notify(KeyBound)
		}
		_, ids := o.shown()
		if len(ids) != 20 || ids[0] != 22 || ids[19] != 3 || !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("%v are shown", ids)
		}
		o.must(o.dismiss(ids[0], o.clock.now()))
		if _, ids = o.shown(); len(ids) != 20 || ids[19] != 2 {
			t.Errorf("after one was dismissed %v are shown", ids)
		}
	})
}

// Many notices of one kind by one person hide none of another kind or by another.
func TestKindsOfNoticesTakeTurns(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(LinkUsed)
		o.notify(EmailChanged, func(n *Notice) { n.Actor = "otto" })
		for i := range 12 { // more than are read
			for range 20 {
				o.notify(RoleOfOther, func(n *Notice) { n.Actor, n.Subject = "helga", string(rune('a'+i)) })
			}
		}
		o.notify(EmailChanged, func(n *Notice) { n.Actor = "helga" })
		kinds, ids := o.shown()
		if len(ids) != 20 || kinds[0] != EmailChanged || kinds[18] != EmailChanged || kinds[19] != LinkUsed {
			t.Errorf("%v are shown", kinds)
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

// Applications added and deleted under many names hide no notice of another kind, and do
// not fill the disk.
func TestManyApplicationsHideNothing(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(AdministratorChanged, func(n *Notice) { n.Actor, n.Subject, n.Detail = "mallory", "boss", DidDisable })
		for i := range 60 {
			o.clock.move(time.Second)
			for _, kind := range []Kind{ApplicationAdded, ApplicationDeleted} {
				o.notify(kind, func(n *Notice) { n.Actor, n.Detail = "mallory", fmt.Sprintf("name %d", i) })
			}
		}
		if kinds, _ := o.shown(); !slices.Contains(kinds, AdministratorChanged) {
			t.Errorf("shown are %v", kinds)
		}
		var count int64
		if err := o.db.Read(t.Context()).Model(&Notice{}).Where("kind = ?", ApplicationAdded).Count(&count).Error; err != nil || count > maxKept {
			t.Errorf("%d notices of added applications, %v", count, err)
		}
	})
}
