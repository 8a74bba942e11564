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

func (w *model) begin(v *visitor) {
	at, c := w.arrive(v)
	want := w.settled(v, auth.NextSetUp)
	var present *modelOffer
	if want == (answer{}) {
		present = w.shownOffer(v.session)
		want = first(
			func() answer { return w.stepUp(v, true) },
			func() answer {
				if present != nil && present.lost {
					return refusal(apperr.KeyUnreadable)
				}
				return answer{}
			},
		)
	}
	e, err := at.BeginEnrollment(w.ctx(), c)
	if !w.expect(err, want) {
		return
	}
	if present == nil {
		v.session.offer = &modelOffer{phone: w.newPhone(e.Secret), replaces: w.key, began: w.now(), ends: w.now().Add(pendingLife)}
	} else if e.Secret != present.secret {
		w.fail("a second look shows another key")
	}
	if ends := v.session.offer.ends; !e.EndsAt.Equal(ends) {
		w.fail("the offer ends at %v, the model says %v", e.EndsAt, ends)
	}
	if e.Replaces != (w.key != nil && !v.session.recovery) {
		w.fail("the offer replaces a key: %v", e.Replaces)
	}
}

// shownOffer is the key that a session is shown again: while no factor was given
// after it was offered.
func (w *model) shownOffer(s *modelSession) *modelOffer {
	offer := w.offered(s)
	if offer == nil || s.passwordAt.After(offer.began) || s.codeAt.After(offer.began) || s.keyAt.After(offer.began) {
		return nil
	}
	return offer
}

func (w *model) extendOffer(v *visitor) {
	at, c := w.arrive(v)
	want := w.settled(v, auth.NextSetUp)
	var offer *modelOffer
	if want == (answer{}) {
		offer = w.offered(v.session)
		switch {
		case offer == nil:
			want = refusal(apperr.PendingKeyEnded)
		case offer.extended >= 10:
			want = refusal(apperr.WrongState)
		}
	}
	if w.expect(at.ExtendEnrollment(w.ctx(), c), want) {
		offer.extended++
		offer.ends = w.now().Add(pendingLife)
	}
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
		return entry{throttle.App, "000000"}
	}
	offer := v.session.offer
	steps, ok := map[string]int64{"early": -1, "code": 0, "late": 1, "two-steps-off": 2}[name]
	if !ok {
		return entry{throttle.App, offer.wrong()}
	}
	return entry{throttle.App, offer.code(steps)}
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
		if s.recovery && !w.mayEnroll() {
			return refusal(apperr.SignedOut)
		}
		return answer{}
	}
	if offer.failures++; offer.failures >= 10 {
		return refusal(apperr.PendingKeyEnded)
	}
	return refusal(apperr.CodeWrong)
}

// bound is the model of a key that has given its first code.
func (w *model) bound(v *visitor, e entry, r auth.ConfirmResult) {
	beside := w.key == nil && len(w.keys) > 0 && !v.session.recovery // it then ends nothing
	if beside {
		w.renewedAlone(v, r.Issued)
	} else {
		w.renewedByChange(v, r.Issued)
	}
	v.session.backupAt = time.Time{}
	notice := notify.KeyBound
	if w.key != nil {
		w.oldPhone = w.key.phone
		notice = notify.KeyMoved
	}
	w.tell(notice, v.session)
	offer := v.session.offer
	step, _ := w.stepOf(offer.phone, e.text)
	w.key, w.pausing = &modelKey{phone: offer.phone, spent: step}, modelPause{}
	v.session.offer = nil
	w.memory.bound = true
	w.forgetKind(throttle.App)
	if v.session.recovery {
		w.dropOwnKeys()
		w.recovered(v.session)
	}
	w.promote(v.session, w.codeGiven(throttle.App))
	if !beside {
		w.endAll(v.session)
	}
}

func (w *model) generate(v *visitor) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(!w.any()) },
		func() answer { return w.stepUp(v, true) },
	)
	codes, err := at.ReplaceBackupCodes(w.ctx(), c, noSheet)
	if !w.expect(err, want) {
		return
	}
	w.replaced = slices.Concat(w.replaced, w.used, w.sheet)
	w.sheet, w.used = codes.Codes, nil
	w.forgetKind(throttle.BackupCode)
	w.setsMade++
	w.set = &modelSet{number: w.setsMade, made: w.now()}
	w.tell(notify.CodesGenerated, v.session)
}

// confirmCodes says that a set of that number is saved, once.
func (w *model) confirmCodes(v *visitor, number int) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.withFactor(v) },
		func() answer { return wrongState(w.set == nil || w.set.number != number || !w.set.confirmed.IsZero()) },
	)
	if w.expect(at.ConfirmBackupCodes(w.ctx(), c, number), want) {
		w.set.confirmed = w.now()
	}
}

// weakening is the answer to an act after which the sign-in asks for less.
func (w *model) weakening(v *visitor) answer {
	return first(
		func() answer { return w.settled(v) },
		w.free,
		func() answer { return wrongState(!w.any()) },
		func() answer { return w.stepUp(v, false) },
	)
}

func (w *model) pause(v *visitor, length time.Duration) {
	at, c := w.arrive(v)
	want := w.weakening(v)
	i, err := at.Pause(w.ctx(), c, length)
	if !w.expect(err, want) {
		return
	}
	w.renewedByChange(v, i)
	w.pausing.on, w.pausing.at, w.pausing.ends = true, w.now(), time.Time{}
	if length != 0 {
		w.pausing.ends = w.now().Add(length)
	}
	w.tell(notify.Paused, v.session)
	w.endAll(v.session)
}

func (w *model) remove(v *visitor) {
	at, c := w.arrive(v)
	want := w.weakening(v)
	i, err := at.RemoveFactors(w.ctx(), c)
	if w.expect(err, want) {
		w.renewedByChange(v, i)
		v.session.backupAt, v.session.resistantAt = time.Time{}, time.Time{}
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
		func() answer { return malformed(e.kind == throttle.BackupCode) },
		func() answer { return wrongState(!w.paused()) },
		func() answer { return w.miss(v, e, w.judge(v, e), true) },
	)
	i, err := at.Enable(w.ctx(), c, e.text)
	if !w.expect(err, want) {
		return
	}
	w.renewedByChange(v, i)
	w.spend(e)
	*w.budgets[lane][e.kind] = prior
	w.pausing.on = false
	w.promote(v.session, w.codeGiven(e.kind))
	w.tell(notify.Resumed, v.session)
	w.endAll(v.session)
}

func (w *model) changePassword(v *visitor, present, typed string) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v, auth.NextChangePassword) },
		func() answer { return w.factorOwed(v.session, w.strongest(), w.mustChange) },
		func() answer { return w.passwordProof(v, &present) },
		func() answer { return malformed(typed == w.password) },
	)
	i, err := at.ChangePassword(w.ctx(), c, present, typed)
	if !w.expect(err, want) {
		return
	}
	w.renewedByChange(v, i)
	w.passwordGiven(v.session)
	w.choosePassword(typed, false)
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
		func() answer { return w.ordinary(v) },
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
		func() answer { return w.withFactor(v) },
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
	for _, other := range w.visitors {
		if other.pending != nil {
			other.pending.over = true
		}
	}
	w.sweep()
}
