package auth_test

import (
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// The model of notices: each change creates one, which later sessions show and
// the session that made the change does not. Of the operator's notices of one
// hour only the newest is shown. Notices of a known password depend on what
// others do; only their spacing is checked. A link that is given or used, and a new
// name, are told each time.

// modelNotice is one notice.
type modelNotice struct {
	id     int64
	kind   notify.Kind
	at     time.Time
	by     *modelSession // nil = no session
	actor  string        // the helper who acted, "" = the person or the operator
	detail string        // which other role
	says   string        // of which key
	closed bool
}

// tell is the model of a change that creates a notice.
func (w *model) tell(kind notify.Kind, by *modelSession) {
	w.addNotice(&modelNotice{kind: kind, at: w.now(), by: by})
}

// tellBy is tell of what a helper has done, "" = the operator.
func (w *model) tellBy(kind notify.Kind, actor string) {
	w.addNotice(&modelNotice{kind: kind, at: w.now(), actor: actor})
}

// tellOfRole tells an administrator that somebody else has another role.
func (w *model) tellOfRole(role account.Role) {
	w.addNotice(&modelNotice{kind: notify.RoleOfOther, at: w.now(), detail: string(role)})
}

// addNotice keeps 20 notices that are alike: of more, the oldest dismissed one goes, else
// the eleventh.
func (w *model) addNotice(n *modelNotice) {
	w.notices = append(w.notices, n)
	var alike []*modelNotice
	for _, other := range w.notices {
		if other.kind == n.kind && other.actor == n.actor && other.detail == n.detail {
			alike = append(alike, other)
		}
	}
	if len(alike) <= 20 {
		return
	}
	drop := alike[10]
	if at := slices.IndexFunc(alike, func(other *modelNotice) bool { return other.closed }); at >= 0 {
		drop = alike[at]
	}
	w.notices = slices.DeleteFunc(w.notices, func(other *modelNotice) bool { return other == drop })
}

// tellEvicted is the notice of an evicted session, at most one an hour.
func (w *model) tellEvicted() {
	for _, n := range w.notices {
		if n.kind == notify.SessionEvicted && n.at.After(w.now().Add(-time.Hour)) && !n.at.After(w.now().Add(5*time.Minute)) {
			return
		}
	}
	w.tell(notify.SessionEvicted, nil)
}

// operators says whether the notice is of one of the commands with which the operator
// helps somebody who is locked out.
func (n *modelNotice) operators() bool {
	switch n.kind {
	case notify.OperatorPassword, notify.OperatorReset, notify.OperatorRecovery, notify.OperatorDisabled, notify.OperatorEnabled:
		return true
	}
	return false
}

// shown says whether a session may see a notice and dismiss it.
func (n *modelNotice) shown(s *modelSession) bool {
	return n != nil && !n.closed && n.by != s && !n.at.After(s.began)
}

// standsFor says whether an earlier notice is shown and dismissed as part of
// this one.
func (n *modelNotice) standsFor(earlier *modelNotice) bool {
	return n.operators() && earlier.operators() && n.id >= earlier.id && n.at.Sub(earlier.at) <= time.Hour
}

// shownTo are the notices a session shows, the newest first.
func (w *model) shownTo(s *modelSession) (all []*modelNotice) {
	var operator *modelNotice
	for _, n := range slices.Backward(w.notices) {
		if !n.shown(s) || operator != nil && operator.standsFor(n) {
			continue
		}
		if n.operators() {
			operator = n
		}
		all = append(all, n)
	}
	return all
}

// page are the notices that a session shows at once, the newest first, when there are
// more than so many. Kinds and actors take turns then; those of the operator have theirs together.
func (w *model) page(s *modelSession, most int) []*modelNotice {
	type series struct {
		kind          notify.Kind
		actor, detail string
	}
	turns, turn := map[series]int{}, map[*modelNotice]int{}
	for _, n := range slices.Backward(w.notices) {
		if !n.shown(s) {
			continue
		}
		kind := series{n.kind, n.actor, n.detail}
		if n.operators() {
			kind.kind = notify.OperatorReset
		}
		turns[kind]++
		turn[n] = turns[kind]
	}
	all := w.shownTo(s)
	slices.SortStableFunc(all, func(a, b *modelNotice) int { return turn[a] - turn[b] })
	all = all[:min(len(all), most)]
	slices.SortFunc(all, func(a, b *modelNotice) int { return int(b.id - a.id) })
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
	if v.session.recovery {
		if len(all) > 0 {
			w.fail("%s can only enrol and sees notices", v.name)
		}
		return 0
	}
	var want []int64
	for _, n := range w.page(v.session, 20-len(known)) {
		want = append(want, n.id)
	}
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
	if !w.expect(at.DismissNotice(w.ctx(), c, id), want) {
		return
	}
	for _, earlier := range w.notices {
		if earlier == n || earlier.shown(v.session) && n.standsFor(earlier) {
			earlier.closed = true
		}
	}
}

// dismissing is the refusal of a session that has not given all factors, or only a new key
// beside the app.
func (w *model) dismissing(v *visitor) answer {
	a := w.withFactor(v)
	if a == (answer{}) && w.strongest() == "app_code" && v.session.codeAt.IsZero() {
		return answer{code: apperr.StepUpOwed, need: "app_code"}
	}
	return a
}

// withFactor is the refusal of a session that has something else to do, or has not given the
// second factor.
func (w *model) withFactor(v *visitor) answer {
	if a := w.settled(v); a != (answer{}) {
		return a
	}
	if w.any() && v.session.level < session.LevelTwo {
		return answer{code: apperr.StepUpOwed, need: "code"}
	}
	return answer{}
}

// dismissKnown dismisses the notice of a known password and those it stands for:
// no other one is shown then.
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

// lookAtNotices checks that each change has created its notice, that exactly the
// dismissed ones are closed, and that a known password is told once an hour. Of a
// new password, and after a notice from a clock that was ahead, it is told anew.
func (w *model) lookAtNotices() {
	var rows []struct {
		ID, At, DismissedAt int64
		Kind                notify.Kind
		Detail              string
	}
	w.must(w.operator().db.Read(w.ctx()).Raw("SELECT id, at, kind, detail, dismissed_at FROM notices WHERE account_id = ? ORDER BY id", w.id).Scan(&rows).Error)
	var told time.Time
	seen := 0
	for _, row := range rows {
		if row.Kind == notify.PasswordKnown {
			at := time.UnixMilli(row.At)
			ofNew := slices.ContainsFunc(w.changes, func(c time.Time) bool { return !c.Truncate(time.Millisecond).Before(told) && !c.After(at) })
			if gap := at.Sub(told); gap >= -5*time.Minute && gap < time.Hour && !ofNew {
				w.fail("a known password is told twice in an hour")
			}
			told = at
			continue
		}
		if seen == len(w.notices) {
			w.fail("there is a notice %q that the model does not know", row.Kind)
		}
		n := w.notices[seen]
		seen++
		if n.id = row.ID; n.kind != row.Kind || n.at.UnixMilli() != row.At || n.closed != (row.DismissedAt != 0) || n.says != "" && n.says != row.Detail {
			w.fail("a notice is %+v, the model says %+v", row, *n)
		}
	}
	if seen != len(w.notices) {
		w.fail("there is no notice %q", w.notices[seen].kind)
	}
}
