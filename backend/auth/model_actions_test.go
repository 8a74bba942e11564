package auth_test

import (
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// entries are the codes that a person, a thief or a chance may type.
var entries = map[string]func(w *model) entry{
	"code":           func(w *model) entry { return w.appCode(w.freshStep()) },
	"early":          func(w *model) entry { return w.appCode(totp.Step(w.now()) - 1) },
	"late":           func(w *model) entry { return w.appCode(totp.Step(w.now()) + 1) },
	"two-steps-off":  func(w *model) entry { return w.appCode(totp.Step(w.now()) + 2) },
	"two-steps-past": func(w *model) entry { return w.appCode(totp.Step(w.now()) - 2) },
	"replay":         func(w *model) entry { return w.appCode(w.spent()) },
	"wrong":          func(w *model) entry { return w.wrongCode() },
	"old-phone":      func(w *model) entry { return w.oldCode() },
	"backup":         func(w *model) entry { return paper(w.sheet) },
	"used-backup":    func(w *model) entry { return paper(w.used) },
	"old-backup":     func(w *model) entry { return paper(w.replaced) },
	"gone-backup":    func(w *model) entry { return paper(w.gone) },
	"unknown-backup": func(*model) entry { return paper(nil) },
}

func (w *model) appCode(step int64) entry {
	if w.key == nil {
		return entry{throttle.App, "000000"}
	}
	return entry{throttle.App, w.at(w.key.phone, step)}
}

func (w *model) spent() int64 {
	if w.key == nil {
		return 0
	}
	return w.key.spent
}

// freshStep is the first step of the window that was not spent, the present one
// where all are.
func (w *model) freshStep() int64 {
	now := totp.Step(w.now())
	for step := now - 1; step <= now+1; step++ {
		if step > w.spent() {
			return step
		}
	}
	return now
}

func (w *model) wrongCode() entry {
	if w.key == nil {
		return entry{throttle.App, "000000"}
	}
	return entry{throttle.App, w.key.wrong()}
}

func (w *model) oldCode() entry {
	if w.oldPhone == nil {
		return w.wrongCode()
	}
	return entry{throttle.App, w.oldPhone.code(0)}
}

// paper is the last code of a list, one that never was where it is empty.
func paper(codes []string) entry {
	if len(codes) == 0 {
		return entry{throttle.BackupCode, backupcode.Generate()[0]}
	}
	return entry{throttle.BackupCode, codes[len(codes)-1]}
}

func (w *model) signIn(v *visitor, typed string) { w.signInAs(v, w.name, typed) }

func (w *model) signInAs(v *visitor, name, typed string) {
	at, c := w.arrive(v)
	r, err := at.SignIn(w.ctx(), c, name, typed)
	switch {
	case w.passwordWaits(v, name):
		w.expect(err, refusal(apperr.SignInWait))
		return
	case name != w.name, typed != w.password, w.disabled:
		w.passwordTried(v, name, false)
		w.expect(err, refusal(apperr.CredentialsWrong))
		return
	}
	w.passwordTried(v, name, true)
	w.expect(err, answer{})
	w.endOverduePause()
	w.keep(v, r.Issued)
	w.leave(v)
	if w.owes() == session.LevelTwo {
		v.pending = &modelPending{passwordAt: w.now(), ends: w.now().Add(pendingLife)}
		w.expectNext(r.Next, auth.NextSecondFactor)
		return
	}
	w.complete(v, &modelSession{level: session.LevelPassword, passwordAt: w.now()})
	w.expectNext(r.Next, w.next())
}

func (w *model) expectNext(got, want auth.Next) {
	if got != want {
		w.fail("next is %q, the model says %q", got, want)
	}
}

// leave ends what a browser was signed in to.
func (w *model) leave(v *visitor) {
	if w.stands(v.session) {
		v.session.over = true
	}
	v.session, v.pending = nil, nil
	w.sweep()
}

func (w *model) verify(v *visitor, name string) {
	at, c := w.arrive(v)
	e := entries[name](w)
	want := refusal(apperr.PendingEnded)
	if w.state(v) == auth.PendingSecondFactor {
		want = w.miss(v, e, w.judge(v, e), true)
	}
	r, err := at.VerifySecondFactor(w.ctx(), c, e.text)
	if !w.expect(err, want) {
		return
	}
	w.verified(v, e, r)
}

// verified is the model of a code that completes a sign-in.
func (w *model) verified(v *visitor, e entry, r auth.VerifyResult) {
	w.keep(v, r.Issued)
	*w.budgets[w.lane(v)][e.kind] = budget{}
	w.spend(e)
	w.completed(v, w.codeGiven(e.kind))
	if e.kind == throttle.BackupCode {
		v.session.backupAt = w.now()
		w.tell(notify.BackupCodeUsed, v.session)
	}
	w.expectNext(r.Next, w.next())
	if left := r.BackupCodesLeft; left != nil && *left != len(w.sheet) {
		w.fail("%d codes are left, the model says %d", *left, len(w.sheet))
	}
}

// completed is the model of a second factor that completes a sign-in, or raises a session.
func (w *model) completed(v *visitor, given modelGiven) {
	w.pausing.on = false // it is over, and stays so with the clock set back
	if w.stands(v.session) {
		w.promote(v.session, given)
		v.session.device = w.keepDevice(v, session.LevelTwo)
		w.demandPassword()
		return
	}
	w.complete(v, &modelSession{level: session.LevelTwo, passwordAt: v.pending.passwordAt, modelGiven: given})
}

func (w *model) proveCode(v *visitor, name string) { w.proveWithCode(v, nil, name) }

// proveWithCode gives a code, after a password where there is one.
func (w *model) proveWithCode(v *visitor, typed *string, name string) {
	at, c := w.arrive(v)
	e := entries[name](w)
	lane := w.lane(v)
	prior := *w.budgets[lane][e.kind]
	want := first(
		func() answer { return w.signedIn(v) },
		func() answer { return wrongState(v.session.recovery) },
		func() answer { return w.passwordProof(v, typed) },
		func() answer { return w.miss(v, e, w.judge(v, e), true) },
	)
	i, err := at.StepUp(w.ctx(), c, auth.StepUpInput{Password: typed, Code: &e.text})
	if !w.expect(err, want) {
		return
	}
	*w.budgets[lane][e.kind] = prior // a step-up ends no counting
	if typed != nil {
		w.passwordGiven(v.session)
	}
	w.proved(v, e, i)
}

// proved is the model of a code that was given in a session.
func (w *model) proved(v *visitor, e entry, i auth.Issued) {
	w.renewed(v, i, e.kind == throttle.App)
	w.keep(v, i)
	w.spend(e)
	if e.kind == throttle.BackupCode {
		w.tell(notify.BackupCodeUsed, v.session)
	}
	w.promote(v.session, w.codeGiven(e.kind))
}

// renewed checks that a step-up gives the session a new token. One that a backup code has
// opened gets it only for another factor.
func (w *model) renewed(v *visitor, i auth.Issued, other bool) {
	kept := !v.session.backupAt.IsZero() && !other
	if fresh := i.Session != nil && *i.Session != v.tokens.Session; fresh == kept {
		w.fail("a step-up gives a new token: %v, the session was opened with a backup code: %v, another factor was given: %v", fresh, !v.session.backupAt.IsZero(), other)
	}
}

func (w *model) provePassword(v *visitor, typed string) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.signedIn(v) },
		func() answer { return w.passwordProof(v, &typed) },
	)
	i, err := at.StepUp(w.ctx(), c, auth.StepUpInput{Password: &typed})
	if w.expect(err, want) {
		w.passwordGiven(v.session)
		w.renewed(v, i, false)
		w.keep(v, i)
	}
}

func (w *model) passwordGiven(s *modelSession) { s.passwordAt, s.wrongPasswords = w.now(), 0 }

// passwordProof is the answer to a password inside a session, nil = none. A right
// one counts only where all of its request is right.
func (w *model) passwordProof(v *visitor, typed *string) answer {
	s := v.session
	switch {
	case typed == nil, *typed == w.password:
		return answer{}
	}
	if s.wrongPasswords++; s.wrongPasswords < 5 {
		return refusal(apperr.PasswordWrong)
	}
	s.over = true
	w.sweep()
	return refusal(apperr.SignedOut)
}

func (w *model) signOut(v *visitor) {
	at, c := w.arrive(v)
	i, err := at.SignOut(w.ctx(), c)
	w.must(err)
	w.keep(v, i)
	if v.pending != nil {
		v.pending.over = true
	}
	w.leave(v)
}

// cancel ends a sign-in that owes a code. Cookies go in any case.
func (w *model) cancel(v *visitor) {
	at, c := w.arrive(v)
	owed := w.state(v) == auth.PendingSecondFactor
	i, err := at.CancelPending(w.ctx(), c)
	w.must(err)
	w.keep(v, i)
	if owed {
		w.leave(v)
	}
	v.pending = nil
}

func (w *model) extendPending(v *visitor) {
	at, c := w.arrive(v)
	want := answer{}
	switch {
	case w.stands(v.session) || !w.waits(v.pending):
		want = refusal(apperr.PendingEnded)
	case v.pending.extended >= 10:
		want = refusal(apperr.WrongState)
	}
	if w.expect(at.ExtendPending(w.ctx(), c), want) {
		v.pending.extended++
		v.pending.ends = w.now().Add(pendingLife)
	}
}

// check says what a saved code is worth and uses none up.
func (w *model) check(v *visitor, name string) {
	at, c := w.arrive(v)
	e := entries[name](w)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(!w.any()) },
		func() answer {
			if v.session.level < session.LevelTwo {
				return answer{code: apperr.StepUpOwed, need: "code"}
			}
			return answer{}
		},
		func() answer { return malformed(e.kind != throttle.BackupCode) },
	)
	result := auth.CheckValid
	if want == (answer{}) {
		want, result = w.checked(v, e)
	}
	r, err := at.CheckBackupCode(w.ctx(), c, e.text)
	if !w.expect(err, want) {
		return
	}
	if r.Result != result {
		w.fail("a check says %q, the model says %q", r.Result, result)
	}
	if result == auth.CheckValid {
		w.set.checked = w.now()
	}
}

// checked is the answer to a check that is made; only an unknown code counts.
func (w *model) checked(v *visitor, e entry) (answer, auth.Check) {
	want := w.judge(v, e)
	switch want.code {
	case "":
		return want, auth.CheckValid
	case apperr.CodeUsed:
		return answer{}, auth.CheckUsed
	case apperr.CodeReplaced:
		if has(w.everUsed, e.text) { // a check says when
			return answer{}, auth.CheckUsed
		}
		return answer{}, auth.CheckReplaced
	case apperr.CodeWrong:
		if want = w.miss(v, e, want, false); want.code == apperr.CodeWrong {
			return answer{}, auth.CheckUnknown
		}
	}
	return want, ""
}
