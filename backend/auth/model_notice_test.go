package auth_test

import (
	"slices"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// The model of notices: each change leaves one, which is shown to later
// sessions and not to the one that made it. Those of a known password hang on
// what strangers do and are only held to their spacing.

// modelNotice is one that is left.
type modelNotice struct {
	id     int64
	kind   notify.Kind
	at     time.Time
	by     *modelSession // nil = the operator
	closed bool
}

// tell is the model of a change that leaves a notice.
func (w *model) tell(kind notify.Kind, by *modelSession) {
	w.notices = append(w.notices, &modelNotice{kind: kind, at: w.now(), by: by})
}

// shown says whether a session may see a notice and dismiss it.
func (n *modelNotice) shown(s *modelSession) bool {
	return n != nil && !n.closed && n.by != s && !n.at.After(s.began)
}

// shownTo are the notices a session may see, the newest first.
func (w *model) shownTo(s *modelSession) []*modelNotice {
	all := slices.DeleteFunc(slices.Clone(w.notices), func(n *modelNotice) bool { return !n.shown(s) })
	slices.Reverse(all)
	return all
}

// readNotices returns the id of the notice of a known password, 0 = none.
func (w *model) readNotices(v *visitor) int64 {
	at, c := w.arrive(v)
	all, err := at.Notices(w.ctx(), c)
	if !w.expect(err, w.signedIn(v)) {
		return 0
	}
	var known, ids []int64
	for _, n := range all {
		if n.Kind == notify.PasswordKnown {
			known = append(known, n.ID)
		} else {
			ids = append(ids, n.ID)
		}
	}
	var want []int64
	for _, n := range w.shownTo(v.session) {
		want = append(want, n.id)
	}
	want = want[:min(len(want), 20-len(known))]
	if len(known) > 1 || !slices.Equal(ids, want) {
		w.fail("%s sees the notices %v and %v, the model says %v", v.name, known, ids, want)
	}
	return slices.Max(append(known, 0))
}

// dismissShown dismisses the newest notice that is shown.
func (w *model) dismissShown(v *visitor) {
	if w.state(v) != auth.SignedIn {
		w.dismiss(v, nil)
		return
	}
	w.dismiss(v, slices.Concat(w.shownTo(v.session), []*modelNotice{nil})[0])
}

// dismissNewest tries the newest notice there is, which may be of the session
// itself or of a time after it began.
func (w *model) dismissNewest(v *visitor) {
	w.dismiss(v, slices.Concat([]*modelNotice{nil}, w.notices)[len(w.notices)])
}

func (w *model) dismiss(v *visitor, n *modelNotice) {
	at, c := w.arrive(v)
	id := int64(1 << 40)
	if n != nil {
		id = n.id
	}
	want := first(
		func() answer { return w.dismissing(v) },
		func() answer {
			if !n.shown(v.session) {
				return refusal(apperr.NotFound)
			}
			return answer{}
		},
	)
	if w.expect(at.DismissNotice(w.ctx(), c, id), want) {
		n.closed = true
	}
}

// dismissing is the refusal of whoever has not given all factors there are.
func (w *model) dismissing(v *visitor) answer {
	if a := w.settled(v); a != (answer{}) {
		return a
	}
	if w.key != nil && v.session.level < session.LevelTwo {
		return answer{code: apperr.StepUpOwed, need: "code"}
	}
	return answer{}
}

// dismissKnown dismisses the notice of a known password with all that it stands
// for: no other is in its place.
func (w *model) dismissKnown(v *visitor) {
	id := w.readNotices(v)
	if id == 0 {
		return
	}
	at, c := w.arrive(v)
	if w.expect(at.DismissNotice(w.ctx(), c, id), w.dismissing(v)) && w.readNotices(v) != 0 {
		w.fail("there is another notice of a known password")
	}
}

// lookAtNotices: each change has left its notice, and none is closed or open
// that should not be. A known password is told once an hour.
func (w *model) lookAtNotices() {
	var rows []struct {
		ID, At, DismissedAt int64
		Kind                notify.Kind
	}
	w.must(w.operator().db.Read(w.ctx()).Raw("SELECT id, at, kind, dismissed_at FROM notices ORDER BY id").Scan(&rows).Error)
	latest, seen := int64(0), 0
	for _, row := range rows {
		if row.Kind == notify.PasswordKnown {
			if row.At < latest {
				w.fail("a known password is told twice in an hour")
			}
			latest = row.At + time.Hour.Milliseconds()
			continue
		}
		if seen == len(w.notices) {
			w.fail("there is a notice %q that the model does not know", row.Kind)
		}
		n := w.notices[seen]
		seen++
		if n.id = row.ID; n.kind != row.Kind || n.at.UnixMilli() != row.At || n.closed != (row.DismissedAt != 0) {
			w.fail("a notice is %+v, the model says %+v", row, *n)
		}
	}
	if seen != len(w.notices) {
		w.fail("there is no notice %q", w.notices[seen].kind)
	}
}
