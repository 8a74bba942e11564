package auth_test

import (
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// The model of help codes. One works once, after the password, and opens a session of 15
// minutes that can only enrol. The former factors go on working until a new one is bound
// there; then all of them are gone. A pause ends when a code is given. Every other session
// that has given both factors can refuse the code, which ends it with the session that it
// has opened, an open link, and all help for a day. It ends with its time, the epoch, a
// name, a role, another code, and the role of its giver.

// modelHelp is the help code that was given last.
type modelHelp struct {
	text        string
	byHelper    bool // else by the operator
	given, ends time.Time
	used        time.Time // zero = not yet; then ends is that of the time to enrol
	over        bool
}

// by is the user name of who gave the code, "" = the operator.
func (h *modelHelp) by() string {
	if h.byHelper {
		return helperName
	}
	return ""
}

// helpOpen says whether the help code can be used, or was and its session may enrol.
func (w *model) helpOpen() bool {
	h := w.help
	return h != nil && !h.over && w.now().Before(h.ends) && !h.given.After(w.now().Add(5*time.Minute))
}

func (w *model) helpWorks() bool {
	return w.helpOpen() && w.help.used.IsZero() && w.helpStopped() == (answer{})
}

// endHelp ends the code and the session that it has opened.
func (w *model) endHelp() {
	if w.help != nil {
		w.help.over = true
	}
	w.endRecoveries()
}

// mayEnroll says whether the code that has opened a session still lets a key be bound in it.
func (w *model) mayEnroll() bool {
	return w.helpOpen() && !w.help.used.IsZero() && w.mayAct(w.help.byHelper, true) == (answer{})
}

// endOverdueHelp is what the housekeeping does.
func (w *model) endOverdueHelp() {
	if w.help != nil && !w.now().Before(w.help.ends) {
		w.help.over = true
	}
}

func (w *model) endRecoveries() {
	for _, s := range w.sessions {
		s.over = s.over || s.recovery
	}
	w.sweep()
}

// helpStopped is the refusal of help for a day after the person has refused it. More than
// a day was set by a clock that was ahead.
func (w *model) helpStopped() answer {
	if left := w.stoppedUntil.Sub(w.now()); left > 0 && left <= 24*time.Hour+5*time.Minute {
		return answer{code: apperr.HelpStopped, wait: left}
	}
	return answer{}
}

func (w *model) giveHelp(helper bool, lifetime time.Duration) {
	s, by := w.operator(), w.actor(helper)
	want := first(
		func() answer { return w.mayAct(helper, true) },
		func() answer { return w.takeover(helper, account.TakeoverHelp) },
		func() answer { return wrongState(w.disabled || !w.any()) },
		w.helpStopped,
	)
	code, err := s.NewHelpCode(w.ctx(), by)
	w.must(err)
	f, err := s.Target(w.ctx(), w.id)
	w.must(err)
	_, err = s.ChangeFor(w.ctx(), by, f, s.HelpCodeFor(f, by, code, "the phone is lost", lifetime))
	if !w.expect(err, want) {
		return
	}
	w.acted(helper, account.TakeoverHelp)
	if w.help != nil {
		w.formerHelp = append(w.formerHelp, w.help.text)
	}
	w.endRecoveries()
	for lane, budgets := range w.budgets {
		if w.stopped(lane, throttle.HelpCode) { // a wait goes on
			budgets[throttle.HelpCode] = &budget{}
		}
	}
	w.pausing.on = false
	w.help = &modelHelp{text: code.Text, byHelper: helper, given: w.now(), ends: w.now().Add(lifetime)}
	w.tellOfAct(notify.DidGiveHelp)
	w.tellBy(notify.HelpCodeGiven, w.help.by())
}

// judgeHelp says what a help code is worth. Of every one that does not count it says only
// that it is wrong.
func (w *model) judgeHelp(text string) answer {
	switch {
	case !w.helpOpen(), text != w.help.text, w.helpStopped() != (answer{}):
		return refusal(apperr.CodeWrong)
	case !w.help.used.IsZero():
		return refusal(apperr.CodeUsed)
	}
	return answer{}
}

func (w *model) useHelp(v *visitor) {
	text := helpcode.Generate()
	if w.help != nil {
		text = w.help.text
	}
	w.enterHelp(v, text)
}

func (w *model) useWrongHelp(v *visitor) { w.enterHelp(v, helpcode.Generate()) }

// useFormerHelp tries a code that another one has replaced.
func (w *model) useFormerHelp(v *visitor) {
	if n := len(w.formerHelp); n > 0 {
		w.enterHelp(v, w.formerHelp[n-1])
	}
}

// useOtherAsHelp types what is no help code: it costs no try.
func (w *model) useOtherAsHelp(v *visitor) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.pendingOwed(v) },
		func() answer { return malformed(true) },
	)
	for _, text := range []string{paper(w.sheet).text, w.appCode(w.freshStep()).text, ""} {
		w.expect(second(at.UseHelpCode(w.ctx(), c, text)), want)
	}
}

func (w *model) pendingOwed(v *visitor) answer {
	if w.state(v) != auth.PendingSecondFactor {
		return refusal(apperr.PendingEnded)
	}
	return answer{}
}

func (w *model) enterHelp(v *visitor, text string) {
	at, c := w.arrive(v)
	e := entry{throttle.HelpCode, text}
	want := first(
		func() answer { return w.pendingOwed(v) },
		func() answer { return w.miss(v, e, w.judge(v, e), true) },
	)
	r, err := at.UseHelpCode(w.ctx(), c, text)
	if w.expect(err, want) {
		w.helpUsed(v, r)
	}
}

// helpUsed is the model of a session that a help code opens. It takes the place of the
// session of this browser that owed a code, whose password counts no more, and ends no
// counting of wrong codes.
func (w *model) helpUsed(v *visitor, r auth.SignInResult) {
	fresh := &modelSession{level: session.LevelPassword, recovery: true}
	if !w.stands(v.session) {
		fresh.passwordAt = v.pending.passwordAt
	}
	w.keep(v, r.Issued)
	w.leave(v)
	w.complete(v, fresh)
	w.help.used, w.help.ends = w.now(), w.now().Add(15*time.Minute)
	w.tell(notify.HelpCodeUsed, fresh)
	if w.help.byHelper {
		w.tellHelper(notify.AcceptedHelp, w.name, "")
	}
	w.expectNext(r.Next, auth.NextSetUp)
}

// recovered is the model of a new key that was bound with a help code: nothing is left of
// the former factors, and the session is one like others.
func (w *model) recovered(s *modelSession) {
	s.recovery = false
	w.gone = slices.Concat(w.gone, w.sheet, w.used, w.replaced)
	w.sheet, w.used, w.replaced, w.set = nil, nil, nil, nil
	w.forgetFailures()
}

// recover goes from the password to a new phone.
func (w *model) recover(v *visitor) {
	w.signIn(v, w.password)
	w.useHelp(v)
	w.begin(v)
	w.confirm(v, "code")
}

// raceHelp uses the code twice at once.
func (w *model) raceHelp(v *visitor) {
	w.settleDoubts(v)
	if w.state(v) != auth.PendingSecondFactor || !w.helpWorks() || !w.mayRace(v, entry{throttle.HelpCode, w.help.text}) {
		return
	}
	w.contest([2]*visitor{v, w.rival(v)}, func(who *contender) error {
		r, err := who.at.UseHelpCode(w.ctx(), who.c, w.help.text)
		who.won = func() { w.helpUsed(who.v, r) }
		return err
	})
}

// ordinary is the refusal of a session that a help code has opened.
func (w *model) ordinary(v *visitor) answer {
	if v.session.recovery {
		return refusal(apperr.SetUpOwed)
	}
	return answer{}
}

// mayRefuseHelp is the refusal of a visitor who cannot say that the help was not asked for.
func (w *model) mayRefuseHelp(v *visitor) answer {
	if a := w.signedIn(v); a != (answer{}) {
		return a
	}
	if a := w.ordinary(v); a != (answer{}) {
		return a
	}
	if w.any() && v.session.level < session.LevelTwo {
		return answer{code: apperr.StepUpOwed, need: "code"}
	}
	return answer{}
}

func (w *model) refuseHelp(v *visitor) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.mayRefuseHelp(v) },
		func() answer { return wrongState(!w.helpOpen()) },
	)
	if !w.expect(at.RefuseHelp(w.ctx(), c), want) {
		return
	}
	w.endHelp()
	w.endLink()
	w.stoppedUntil = w.now().Add(24 * time.Hour)
	w.tell(notify.HelpStopped, v.session)
	if w.help.byHelper || w.helper.role == account.Administrator {
		w.tellHelper(notify.HelpRefused, w.name, w.help.by())
	}
}

// lookAtHelp: each session but the one that the code has opened sees it.
func (w *model) lookAtHelp(v *visitor, at *instance, c *auth.Caller) {
	seen, err := at.Help(w.ctx(), c)
	w.must(err)
	want := w.helpOpen() && w.mayRefuseHelp(v) == (answer{})
	switch {
	case (seen != nil) != want:
		w.fail("%s sees a help code: %v", v.name, seen != nil)
	case !want:
	case seen.By != w.help.by() || !seen.Ends().Equal(w.help.ends) || !seen.Given().Equal(w.help.given) || (seen.UsedAt != 0) == w.help.used.IsZero():
		w.fail("%s sees the help code %+v by %q, the model says %+v", v.name, *seen.Code, seen.By, *w.help)
	}
}
