package auth_test

import (
	"errors"
	"strings"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// answer is what comes of an action: the zero value is a success.
type answer struct {
	code apperr.Code
	need string        // the factors a step-up owes
	wait time.Duration // of CodeWait, HelpStopped and ActedLately
}

func answerOf(err error) answer {
	var e *apperr.Error
	switch {
	case err == nil:
		return answer{}
	case !errors.As(err, &e):
		return answer{code: apperr.Internal}
	}
	a := answer{code: e.Code}
	for _, need := range e.Need {
		a.need = strings.TrimSpace(a.need + " " + string(need))
	}
	switch e.Code {
	case apperr.CodeWait, apperr.HelpStopped, apperr.ActedLately:
		a.wait = e.Wait
	}
	return a
}

// expect compares an answer with the model's and says whether it is a success.
func (w *model) expect(err error, want answer) bool {
	if got := answerOf(err); got != want {
		w.fail("the answer is %v, the model says %+v", err, want)
	}
	return err == nil
}

func refusal(code apperr.Code) answer { return answer{code: code} }

// arrive is a request of a visitor: it must be seen as what it is.
func (w *model) arrive(v *visitor) (*instance, *auth.Caller) {
	w.settleDoubts(v)
	at := w.instances[v.at]
	c, err := at.Resolve(w.ctx(), v.client, v.tokens, false)
	w.must(err)
	w.seePause(v)
	w.compare(v, c)
	if c.State == auth.SignedIn && w.now().Sub(v.session.seen) >= time.Minute {
		v.session.seen = w.now()
	}
	return at, c
}

// compare holds what a request counts as against the model.
func (w *model) compare(v *visitor, c *auth.Caller) {
	if want := w.state(v); c.State != want {
		w.fail("%s is in state %d, the model says %d", v.name, c.State, want)
	}
	if (c.Device != nil) != w.known(v) {
		w.fail("%s is known: %v, the model says %v", v.name, c.Device != nil, w.known(v))
	}
	if (c.Session != nil) != w.stands(v.session) {
		w.fail("%s has a session: %v, the model says %v", v.name, c.Session != nil, w.stands(v.session))
	}
	if c.Session == nil {
		return
	}
	if c.Session.Level != v.session.level {
		w.fail("%s is at level %d and has proved %d", v.name, c.Session.Level, v.session.level)
	}
	if c.Session.Recovery != v.session.recovery {
		w.fail("%s can only enrol: %v", v.name, c.Session.Recovery)
	}
	w.compareGiven(v, c.Session)
	if next := w.nextIn(v.session); c.State == auth.SignedIn && c.Next != next && (c.Next != "" || next != auth.NextDone) {
		w.fail("%s must do %q next, the model says %q", v.name, c.Next, next)
	}
	v.session.id = c.Session.ID
}

// settleDoubts asks what has become of a record that was out of time and, since
// the clock was set back, is in time again: it may have been deleted meanwhile.
// What it counts for is the model's as before.
func (w *model) settleDoubts(v *visitor) {
	if s := v.session; s != nil && s.doubt && w.stands(s) {
		c, err := w.instances[v.at].Resolve(w.ctx(), v.client, v.tokens, true)
		w.must(err)
		s.over, s.doubt = c.Session == nil, false
		w.seePause(v)
		w.sweep()
	}
	if p := v.pending; p != nil && p.doubt && w.waits(p) {
		c, err := w.instances[v.at].Resolve(w.ctx(), v.client, v.tokens, true)
		w.must(err)
		p.over, p.doubt = c.Pending == nil, false
		w.seePause(v)
	}
	if s := v.session; w.stands(s) && s.offer != nil && s.offer.doubt && w.offered(s) != nil {
		var left int
		w.must(w.instances[v.at].db.Read(w.ctx()).
			Raw("SELECT COUNT(*) FROM pending_keys WHERE session_id = ?", s.id).Scan(&left).Error)
		s.offer.doubt = false
		if left == 0 {
			s.offer = nil
		}
	}
}

// noteTimes marks what is out of time now.
func (w *model) noteTimes() {
	if w.link != nil && !w.now().Before(w.link.ends) {
		w.link.doubt = true
	}
	for _, s := range w.sessions {
		s.doubt = s.doubt || !w.inTime(s)
		if s.offer != nil && !w.now().Before(s.offer.ends) {
			s.offer.doubt = true
		}
	}
	for _, v := range w.visitors {
		if v.pending != nil && !w.now().Before(v.pending.ends) {
			v.pending.doubt = true
		}
	}
}

// keep stores new cookies. What they replace must never count again.
func (w *model) keep(v *visitor, i auth.Issued) {
	before := v.tokens
	if i.Session != nil {
		if before.Session != "" && w.stands(v.session) {
			w.retire(auth.Tokens{Session: before.Session})
		}
		v.tokens.Session = *i.Session
	}
	if i.Pending != nil {
		if before.Pending != "" && w.waits(v.pending) {
			w.retire(auth.Tokens{Pending: before.Pending})
		}
		v.tokens.Pending = *i.Pending
	}
	if i.Device != nil {
		if before.Device != "" {
			w.retire(auth.Tokens{Device: before.Device})
		}
		v.tokens.Device = *i.Device
	}
}

// retire remembers the tokens that were replaced last.
func (w *model) retire(tokens auth.Tokens) {
	w.retired = append(w.retired, tokens)
	w.retired = w.retired[max(len(w.retired)-6, 0):]
}

// signedIn is the refusal of a visitor who is not signed in.
func (w *model) signedIn(v *visitor) answer {
	switch {
	case w.state(v) == auth.SignedIn:
		return answer{}
	case w.stands(v.session):
		return refusal(apperr.SecondFactorOwed)
	}
	return refusal(apperr.SignedOut)
}

// settled is the refusal of a visitor who must do something else first.
func (w *model) settled(v *visitor, allowed ...auth.Next) answer {
	if a := w.signedIn(v); a != (answer{}) {
		return a
	}
	next := w.nextIn(v.session)
	for _, a := range allowed {
		if a == next {
			return answer{}
		}
	}
	switch next {
	case auth.NextChangePassword:
		return refusal(apperr.PasswordChangeOwed)
	case auth.NextSetUp:
		return refusal(apperr.SetUpOwed)
	}
	return answer{}
}

// fresh says whether a factor was given at most five minutes ago.
func (w *model) fresh(at time.Time) bool {
	age := w.now().Sub(at)
	return !at.IsZero() && age >= 0 && age <= 5*time.Minute
}

// stepUp is the refusal of a visitor who has not given the password and the strongest factor
// lately.
func (w *model) stepUp(v *visitor, backupCounts bool) answer {
	a := answer{}
	if !w.fresh(v.session.passwordAt) {
		a = answer{code: apperr.StepUpOwed, need: "password"}
	}
	if owed := w.factorOwed(v.session, w.strongest(), backupCounts); owed != (answer{}) {
		a.code = apperr.StepUpOwed
		a.need = strings.TrimSpace(a.need + " " + owed.need)
	}
	return a
}

// factorOwed is the refusal where a second factor was not given lately.
func (w *model) factorOwed(s *modelSession, need string, backupCounts bool) answer {
	given := map[string]bool{"code": w.fresh(s.codeAt) || w.fresh(s.keyAt), "app_code": w.fresh(s.codeAt), "key": w.fresh(s.resistantAt) || w.fresh(s.backupCodeAt)}
	if !w.any() || given[need] || backupCounts && (w.backupCounts(s) || s.recovery) {
		return answer{}
	}
	return answer{code: apperr.StepUpOwed, need: need}
}

// backupCounts says whether the backup code that opened a session still counts: for
// 30 minutes.
func (w *model) backupCounts(s *modelSession) bool {
	age := w.now().Sub(s.backupAt)
	return !s.backupAt.IsZero() && age >= 0 && age <= 30*time.Minute
}

// renewedByChange checks that a change of what the account requires gives the
// session a new token, and its device where there is one, and keeps them.
func (w *model) renewedByChange(v *visitor, i auth.Issued) {
	device := v.session.device
	live := device != nil && !device.over
	if i.Session == nil || *i.Session == v.tokens.Session || (i.Device != nil) != live {
		w.fail("a change renews the session: %v, the device: %v; it has a device: %v", i.Session != nil, i.Device != nil, live)
	}
	w.keep(v, i)
	if live {
		v.device = device
	}
}

// first returns the first refusal, in the order of the checks.
func first(answers ...func() answer) answer {
	for _, a := range answers {
		if found := a(); found != (answer{}) {
			return found
		}
	}
	return answer{}
}

// wrongState is the refusal of what needs something that is not there.
func wrongState(missing bool) answer {
	if missing {
		return refusal(apperr.WrongState)
	}
	return answer{}
}

// malformed is the refusal of what cannot be read.
func malformed(is bool) answer {
	if is {
		return refusal(apperr.Invalid)
	}
	return answer{}
}

// entry is a code that somebody types.
type entry struct {
	kind throttle.Method
	text string
}

// judge is the answer to a code where the account asks for one.
func (w *model) judge(v *visitor, e entry) answer {
	lane := w.lane(v)
	b := w.budgets[lane][e.kind]
	switch {
	case !w.any(), w.key == nil && e.kind == throttle.App:
		return refusal(apperr.WrongState)
	case w.stopped(lane, e.kind):
		return w.stoppedAnswer(e.kind)
	case b.wait(w.now()) > 0:
		return answer{code: apperr.CodeWait, wait: b.wait(w.now())}
	case e.kind == throttle.App && w.key.lost:
		return refusal(apperr.KeyUnreadable)
	case e.kind == throttle.App && w.key.spent > totp.Step(w.now())+2:
		return refusal(apperr.ClockChanged)
	}
	return w.compared(e)
}

// compared is the answer to a code that is looked at.
func (w *model) compared(e entry) answer {
	if e.kind == throttle.HelpCode {
		return w.judgeHelp(e.text)
	}
	if e.kind == throttle.App {
		step, ok := w.stepOf(w.key.phone, e.text)
		switch {
		case !ok && !w.spentLately(e.text):
			return refusal(apperr.CodeWrong)
		case !ok, step <= w.key.spent:
			return refusal(apperr.CodeUsed)
		}
		return answer{}
	}
	switch {
	case has(w.sheet, e.text):
		return answer{}
	case has(w.used, e.text):
		return refusal(apperr.CodeUsed)
	case has(w.replaced, e.text):
		return refusal(apperr.CodeReplaced)
	}
	return refusal(apperr.CodeWrong)
}

func has(codes []string, code string) bool {
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}

func (w *model) stoppedAnswer(kind throttle.Method) answer {
	if w.dead(kind) {
		return refusal(apperr.KeyDead)
	}
	return refusal(apperr.CodeStopped)
}

// stepOf is the step of the window a code belongs to, the latest of them.
func (w *model) stepOf(p *phone, code string) (int64, bool) {
	now := totp.Step(w.now())
	for step := now + 1; step >= now-1; step-- {
		if w.at(p, step) == code {
			return step, true
		}
	}
	return 0, false
}

// spentLately says whether a code that is too old now is the one that was spent
// last, within the hour.
func (w *model) spentLately(code string) bool {
	now := totp.Step(w.now())
	for step := now - 2; step >= now-120; step-- {
		if w.at(w.key.phone, step) == code {
			return step == w.key.spent
		}
	}
	return false
}

// miss counts a code that was looked at and refused, and returns the answer,
// which the last try of a lane changes.
func (w *model) miss(v *visitor, e entry, want answer, counts bool) answer {
	switch want.code {
	case apperr.CodeWrong, apperr.CodeUsed, apperr.CodeReplaced:
	default:
		return want
	}
	lane := w.lane(v)
	w.budgets[lane][e.kind].miss(w.now())
	if lane == throttle.Unknown && counts {
		w.unknownFailures = append(w.unknownFailures, w.now())
	}
	if lane == throttle.Unknown {
		w.suspect()
	}
	if lane == throttle.Known {
		if v.device.misses++; v.device.misses >= 40 {
			v.device.over = true
			w.sweep()
		}
	}
	if w.stopped(lane, e.kind) {
		return w.stoppedAnswer(e.kind)
	}
	return want
}

// spend notes a code that was accepted.
func (w *model) spend(e entry) {
	if e.kind == throttle.App {
		w.key.spent, _ = w.stepOf(w.key.phone, e.text)
		return
	}
	for i, code := range w.sheet {
		if code == e.text {
			w.sheet = append(w.sheet[:i:i], w.sheet[i+1:]...)
			w.used = append(w.used, code)
			w.everUsed = append(w.everUsed, code)
			return
		}
	}
}

// promote is the model of a session in which a second factor is given.
func (w *model) promote(s *modelSession, given modelGiven) {
	s.level, s.seen, s.refused = session.LevelTwo, w.now(), 0
	s.add(given)
}
