package auth_test

import (
	"imagemaster/backend/auth"
	"imagemaster/backend/passkey"
	"imagemaster/backend/throttle"
)

// onItsWay ends a visitor's session and then lets everything arrive that it had
// sent before: nothing of that may do anything, which the tables tell, too.
func (w *model) onItsWay(v *visitor) {
	at, c := w.arrive(v)
	if c.Session == nil {
		return
	}
	late := w.lateRequests(v, at, c)
	w.signOut(v)
	for _, request := range late {
		if request.send() == nil {
			w.fail("a session that has ended may %s", request.what)
		}
	}
	w.learn() // a code costs its try
}

type lateRequest struct {
	what string
	send func() error
}

func (w *model) lateRequests(v *visitor, at *instance, c *auth.Caller) []lateRequest {
	ctx, password, offered := w.ctx(), w.password, w.offerEntry(v, "code").text
	other, notice := int64(1<<40), int64(1<<40)
	used, made := w.lateAnswers(v)
	for _, s := range w.sessions {
		if s != v.session {
			other = s.id
		}
	}
	for _, n := range w.shownTo(v.session) {
		notice = n.id
	}
	stepUp := func(password, code *string) error {
		_, err := at.StepUp(ctx, c, auth.StepUpInput{Password: password, Code: code})
		return err
	}
	requests := []lateRequest{
		{"give its password", func() error { return stepUp(&password, nil) }},
		{"try a password", func() error { return stepUp(&wrongPassword, nil) }},
		{"pause", func() error { return second(at.Pause(ctx, c, 0)) }},
		{"remove the key", func() error { return second(at.RemoveFactors(ctx, c)) }},
		{"begin a move", func() error { return second(at.BeginEnrollment(ctx, c)) }},
		{"confirm a key", func() error { return second(at.ConfirmEnrollment(ctx, c, offered, "")) }},
		{"generate codes", func() error { return second(at.ReplaceBackupCodes(ctx, c, noSheet)) }},
		{"confirm codes", func() error { return at.ConfirmBackupCodes(ctx, c, w.setsMade) }},
		{"change the password", func() error { return second(at.ChangePassword(ctx, c, password, w.otherPassword())) }},
		{"try a present password", func() error { return second(at.ChangePassword(ctx, c, wrongPassword, w.otherPassword())) }},
		{"extend an offer", func() error { return at.ExtendEnrollment(ctx, c) }},
		{"change the profile", func() error { return second(at.ChangeProfile(ctx, c, auth.ProfileInput{})) }},
		{"change the address", func() error {
			return at.SetNoticeAddress(ctx, c, auth.AddressInput{Email: "late@example.com"})
		}},
		{"ask for a key", func() error { return second(at.AskKey(ctx, c, passkey.Passkey, false)) }},
		{"give a key", func() error { return second(at.StepUp(ctx, c, auth.StepUpInput{Key: used})) }},
		{"enable with a key", func() error { return second(at.EnableWithKey(ctx, c, used)) }},
		{"finish a sign-in with a key", func() error { return second(at.VerifyKey(ctx, c, used)) }},
		{"make a key", func() error { return second(at.MakeKey(ctx, c, passkey.Passkey)) }},
		{"add a key", func() error { return second(at.AddKey(ctx, c, made)) }},
		{"remove a key", func() error { return second(at.RemoveKey(ctx, c, w.newestKey().id)) }},
		{"rename a key", func() error { return at.RenameKey(ctx, c, w.newestKey().id, "late") }},
		{"refuse a key", func() error { return second(at.RefuseKey(ctx, c, w.newestKey().id)) }},
		{"remove the app", func() error { return second(at.RemoveApp(ctx, c)) }},
		{"rename the phone", func() error { return at.RenamePhone(ctx, c, "late") }},
		{"dismiss a notice", func() error { return at.DismissNotice(ctx, c, notice) }},
		{"end a session", func() error { return at.EndSession(ctx, c, other) }},
		{"refuse help", func() error { return at.RefuseHelp(ctx, c) }},
		{"end all others", func() error { return at.EndOtherSessions(ctx, c) }},
	}
	if w.helpWorks() && w.mayRace(v, entry{throttle.HelpCode, w.help.text}) {
		requests = append(requests, lateRequest{"use a help code", func() error { return second(at.UseHelpCode(ctx, c, w.help.text)) }})
	}
	if len(w.sheet) > 0 { // what becomes of an unknown code is told in any case
		saved := paper(w.sheet).text
		requests = append(requests, lateRequest{"check a code", func() error { return second(at.CheckBackupCode(ctx, c, saved)) }})
	}
	e := entries["code"](w)
	if !w.mayRace(v, e) {
		return requests
	}
	return append(requests,
		lateRequest{"give a code", func() error { return stepUp(nil, &e.text) }},
		lateRequest{"give both", func() error { return stepUp(&password, &e.text) }},
		lateRequest{"finish a sign-in", func() error { return second(at.VerifySecondFactor(ctx, c, e.text)) }},
		lateRequest{"enable", func() error { return second(at.Enable(ctx, c, e.text)) }},
	)
}
