package auth_test

import (
	"slices"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// pendingLife is how long a pending sign-in and a pending key live.
const pendingLife = 10 * time.Minute

func (w *model) begin(v *visitor, extend bool) {
	at, c := w.arrive(v)
	want := w.settled(v, auth.NextSetUp)
	var present *modelOffer
	if want == (answer{}) {
		present = w.offered(v.session)
		want = w.beginAnswer(v, present, extend)
	}
	e, err := at.BeginEnrollment(w.ctx(), c, extend)
	if !w.expect(err, want) {
		return
	}
	switch {
	case present == nil:
		v.session.offer = &modelOffer{phone: w.newPhone(e.Secret), ends: w.now().Add(pendingLife)}
	case e.Secret != present.secret:
		w.fail("a second look shows another key")
	case extend:
		present.extended++
		present.ends = w.now().Add(pendingLife)
	}
	if ends := v.session.offer.ends; !e.EndsAt.Equal(ends) {
		w.fail("the offer ends at %v, the model says %v", e.EndsAt, ends)
	}
	if e.Replaces != (w.key != nil) {
		w.fail("the offer replaces a key: %v", e.Replaces)
	}
}

func (w *model) beginAnswer(v *visitor, present *modelOffer, extend bool) answer {
	switch {
	case present == nil:
		return w.stepUp(v, true)
	case extend && present.extended >= 10:
		return refusal(apperr.WrongState)
	case present.lost:
		if extend {
			present.extended++
			present.ends = w.now().Add(pendingLife)
		}
		return refusal(apperr.KeyUnreadable)
	}
	return answer{}
}

func (w *model) withdraw(v *visitor) {
	at, c := w.arrive(v)
	want := w.settled(v, auth.NextSetUp)
	if w.expect(at.CancelEnrollment(w.ctx(), c), want) {
		v.session.offer = nil
	}
}

// offerEntry is what somebody types to confirm a key.
func (w *model) offerEntry(v *visitor, name string) entry {
	if v.session == nil || v.session.offer == nil {
		return entry{throttle.TOTP, "000000"}
	}
	offer := v.session.offer
	steps, ok := map[string]int64{"early": -1, "code": 0, "late": 1, "two-steps-off": 2}[name]
	if !ok {
		return entry{throttle.TOTP, offer.wrong()}
	}
	return entry{throttle.TOTP, offer.code(steps)}
}

func (w *model) confirm(v *visitor, name string) {
	at, c := w.arrive(v)
	e := w.offerEntry(v, name)
	want := w.settled(v, auth.NextSetUp)
	if want == (answer{}) {
		want = w.confirmAnswer(v.session, e)
	}
	r, err := at.ConfirmEnrollment(w.ctx(), c, e.text, "")
	if w.expect(err, want) {
		w.bound(v, e, r)
	}
}

func (w *model) confirmAnswer(s *modelSession, e entry) answer {
	offer := w.offered(s)
	switch {
	case offer == nil:
		return refusal(apperr.PendingKeyEnded)
	case offer.lost:
		return refusal(apperr.KeyUnreadable)
	}
	if _, ok := w.stepOf(offer.phone, e.text); ok {
		return answer{}
	}
	if offer.failures++; offer.failures >= 10 {
		return refusal(apperr.PendingKeyEnded)
	}
	return refusal(apperr.CodeWrong)
}

// bound is the model of a key that has given its first code.
func (w *model) bound(v *visitor, e entry, r auth.ConfirmResult) {
	w.keep(v, r.Issued)
	notice := notify.KeyBound
	if w.key != nil {
		w.oldPhone = w.key.phone
		notice = notify.KeyMoved
	}
	w.tell(notice, v.session)
	offer := v.session.offer
	step, _ := w.stepOf(offer.phone, e.text)
	w.key = &modelKey{phone: offer.phone, spent: step}
	w.memory.bound = true
	w.forgetKind(throttle.TOTP)
	w.promote(v.session)
	w.endAll(v.session)
}

func (w *model) generate(v *visitor) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(w.key == nil) },
		func() answer { return w.stepUp(v, true) },
	)
	codes, err := at.ReplaceBackupCodes(w.ctx(), c, noSheet)
	if !w.expect(err, want) {
		return
	}
	w.replaced = slices.Concat(w.replaced, w.used, w.sheet)
	w.sheet, w.used = codes.Codes, nil
	w.forgetKind(throttle.Backup)
	w.setsMade++
	w.set = &modelSet{number: w.setsMade}
	w.tell(notify.CodesGenerated, v.session)
}

// confirmCodes says that a set of that number is saved, once.
func (w *model) confirmCodes(v *visitor, number int) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(w.set == nil || w.set.number != number || !w.set.confirmed.IsZero()) },
	)
	if w.expect(at.ConfirmBackupCodes(w.ctx(), c, number), want) {
		w.set.confirmed = w.now()
	}
}

// relaxing is the answer to what asks for less at the sign-in.
func (w *model) relaxing(v *visitor) answer {
	return first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(w.key == nil) },
		func() answer { return w.stepUp(v, false) },
	)
}

func (w *model) pause(v *visitor, length time.Duration) {
	at, c := w.arrive(v)
	if !w.expect(at.Pause(w.ctx(), c, length), w.relaxing(v)) {
		return
	}
	w.key.paused, w.key.pauseEnd = true, time.Time{}
	if length != 0 {
		w.key.pauseEnd = w.now().Add(length)
	}
	w.tell(notify.Paused, v.session)
	w.endAll(v.session)
}

func (w *model) remove(v *visitor) {
	at, c := w.arrive(v)
	if w.expect(at.RemoveKey(w.ctx(), c), w.relaxing(v)) {
		w.dropKey()
		w.tell(notify.KeyRemoved, v.session)
		w.endAll(v.session)
	}
}

func (w *model) enable(v *visitor, name string) {
	at, c := w.arrive(v)
	e := entries[name](w)
	lane := w.lane(v)
	prior := *w.budgets[lane][e.kind]
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return malformed(e.kind == throttle.Backup) },
		func() answer { return wrongState(!w.paused()) },
		func() answer { return w.miss(v, e, w.judge(v, e), true) },
	)
	i, err := at.Enable(w.ctx(), c, e.text)
	if !w.expect(err, want) {
		return
	}
	w.keep(v, i)
	w.spend(e)
	*w.budgets[lane][e.kind] = prior
	w.key.paused = false
	w.promote(v.session)
	w.tell(notify.Resumed, v.session)
	w.endAll(v.session)
}

func (w *model) changePassword(v *visitor, typed string) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v, auth.NextChangePassword) },
		func() answer { return w.stepUp(v, w.mustChange) },
		func() answer { return malformed(typed == w.password) },
	)
	if !w.expect(at.ChangePassword(w.ctx(), c, typed), want) {
		return
	}
	w.password, w.mustChange, w.changedAt = typed, false, w.now()
	if v.session.level == session.LevelTwo {
		w.forgetFailures()
	}
	w.tell(notify.PasswordChanged, v.session)
	w.endAll(v.session)
}

// otherPassword is a new password.
func (w *model) otherPassword() string {
	if w.password == goodPassword {
		return newPassword
	}
	return goodPassword
}

func (w *model) changeAddress(v *visitor) {
	at, c := w.arrive(v)
	fresh := "anna@example.com"
	if w.address == fresh {
		fresh = "anna@example.org"
	}
	want := first(
		func() answer { return w.settled(v, auth.NextSetUp) },
		func() answer { return w.stepUp(v, false) },
	)
	if w.expect(at.SetNoticeAddress(w.ctx(), c, auth.AddressInput{Email: fresh}), want) {
		w.address = fresh
		w.tell(notify.AddressChanged, v.session)
	}
}

func (w *model) renamePhone(v *visitor) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(w.key == nil) },
	)
	w.expect(at.RenamePhone(w.ctx(), c, "phone"), want)
}

// listSessions must show each session that counts and none that has ended.
func (w *model) listSessions(v *visitor) {
	at, c := w.arrive(v)
	all, err := at.Sessions(w.ctx(), c)
	if !w.expect(err, w.settled(v)) {
		return
	}
	listed := map[int64]bool{}
	for _, s := range all {
		listed[s.ID] = true
		if !slices.ContainsFunc(w.sessions, func(m *modelSession) bool { return m.id == s.ID }) {
			w.fail("a session that has ended is listed")
		}
	}
	for _, s := range w.sessions {
		if w.stands(s) && !s.doubt && !listed[s.id] {
			w.fail("a session that counts is not listed")
		}
	}
}

func (w *model) passwordOwed(v *visitor) answer {
	if w.fresh(v.session.passwordAt) {
		return answer{}
	}
	return answer{code: apperr.StepUpOwed, need: "password"}
}

// endOne ends the session of the next visitor, or tries its own.
func (w *model) endOne(v *visitor) {
	at, c := w.arrive(v)
	other := w.visitors[(int(v.name[0]-'a')+1)%len(w.visitors)].session
	id := int64(1 << 40)
	if other != nil && other.id != 0 && !other.doubt {
		id = other.id
	} else {
		other = nil
	}
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return w.passwordOwed(v) },
		func() answer {
			if other == nil || other.over {
				return refusal(apperr.NotFound)
			}
			return answer{}
		},
	)
	if w.expect(at.EndSession(w.ctx(), c, id), want) {
		other.over = true
		w.sweep()
	}
}

func (w *model) endOthers(v *visitor) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return w.passwordOwed(v) },
	)
	if !w.expect(at.EndOtherSessions(w.ctx(), c), want) {
		return
	}
	for _, s := range w.sessions {
		s.over = s != v.session
	}
	w.sweep()
}
