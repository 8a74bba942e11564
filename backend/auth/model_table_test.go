package auth_test

import (
	"context"
	"maps"
	"slices"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/session"
)

// action is one thing a visitor, the operator or time may do. Its name is what
// a kept sequence says, so it is never changed or given another meaning; new
// actions get new names. Whatever an action chooses is in its name. weight is
// how often it comes, mostly where it fits: so sequences get far, and what does
// not fit is tried as well.
type action struct {
	name   string
	weight int
	fits   func(w *model, v *visitor) bool
	do     func(w *model, v *visitor)
}

func always(*model, *visitor) bool { return true }

func out(w *model, v *visitor) bool { return w.state(v) == auth.Anonymous && !w.disabled }

func outWithPaper(w *model, v *visitor) bool { return out(w, v) && len(w.sheet) > 0 }

func owing(w *model, v *visitor) bool { return w.state(v) == auth.PendingSecondFactor }

func in(w *model, v *visitor) bool { return w.state(v) == auth.SignedIn }

func inWithKey(w *model, v *visitor) bool { return in(w, v) && w.any() }

func withLink(w *model, _ *visitor) bool { return w.linkWorks() }

func withoutLink(w *model, _ *visitor) bool { return !w.linkWorks() }

func behind(w *model, _ *visitor) bool { return w.now().Before(w.memory.latest) }

func isDisabled(w *model, _ *visitor) bool { return w.disabled }

func pausedForTime(w *model, _ *visitor) bool { return w.paused() && !w.pausing.ends.IsZero() }

func inPaused(w *model, v *visitor) bool { return in(w, v) && w.paused() }

func inWithOffer(w *model, v *visitor) bool { return in(w, v) && w.offered(v.session) != nil }

// eachCode makes one action of each code that can be typed.
func eachCode(name string, fits func(*model, *visitor) bool, do func(*model, *visitor, string), weights map[string]int) []action {
	var all []action
	for _, code := range slices.Sorted(maps.Keys(entries)) {
		weight, ok := weights[code]
		if !ok {
			weight = 1
		}
		all = append(all, action{name + "-" + code, weight, fits, func(w *model, v *visitor) { do(w, v, code) }})
	}
	return all
}

var wrongPassword = "a wrong password, long enough"

// visitorActions are done by a visitor.
var visitorActions = concat(
	helpActions,
	keyActions,
	eachCode("verify", owing, (*model).verify, map[string]int{"code": 20, "replay": 3, "wrong": 4, "backup": 4}),
	eachCode("prove", inWithKey, (*model).proveCode, map[string]int{"code": 4, "backup": 2}),
	eachCode("enable", inPaused, (*model).enable, map[string]int{"code": 30}),
	eachCode("check", inWithKey, (*model).check, map[string]int{"backup": 3, "unknown-backup": 2}),
	[]action{
		{"sign-in", 12, out, func(w *model, v *visitor) { w.signIn(v, w.password) }},
		{"sign-in-wrong", 3, out, func(w *model, v *visitor) { w.signIn(v, wrongPassword) }},
		{"enter", 12, out, (*model).enter},
		{"enter-by-backup", 20, outWithPaper, (*model).enterByBackup},
		{"set-up", 5, in, (*model).setUp},
		{"prove", 12, in, (*model).prove},
		{"prove-password", 6, in, func(w *model, v *visitor) { w.provePassword(v, w.password) }},
		{"prove-wrong-password", 3, in, func(w *model, v *visitor) { w.provePassword(v, wrongPassword) }},
		{"prove-both-code", 3, inWithKey, func(w *model, v *visitor) { w.proveWithCode(v, &w.password, "code") }},
		{"prove-both-backup", 1, inWithKey, func(w *model, v *visitor) { w.proveWithCode(v, &w.password, "backup") }},
		{"prove-both-wrong", 1, inWithKey, func(w *model, v *visitor) { w.proveWithCode(v, &w.password, "wrong") }},
		{"prove-both-wrong-password", 1, inWithKey, func(w *model, v *visitor) { w.proveWithCode(v, &wrongPassword, "code") }},
		{"sign-out", 1, always, (*model).signOut},
		{"cancel", 2, owing, (*model).cancel},
		{"extend", 2, owing, (*model).extendPending},
		{"begin", 6, in, (*model).begin},
		{"extend-offer", 2, inWithOffer, (*model).extendOffer},
		{"withdraw", 2, inWithOffer, (*model).withdraw},
		{"confirm-code", 8, inWithOffer, func(w *model, v *visitor) { w.confirm(v, "code") }},
		{"confirm-early", 2, inWithOffer, func(w *model, v *visitor) { w.confirm(v, "early") }},
		{"confirm-late", 2, inWithOffer, func(w *model, v *visitor) { w.confirm(v, "late") }},
		{"confirm-two-steps-off", 1, inWithOffer, func(w *model, v *visitor) { w.confirm(v, "two-steps-off") }},
		{"confirm-wrong", 2, inWithOffer, func(w *model, v *visitor) { w.confirm(v, "wrong") }},
		{"generate", 8, inWithKey, (*model).generate},
		{"pause-hour", 2, inWithKey, func(w *model, v *visitor) { w.pause(v, time.Hour) }},
		{"pause-day", 2, inWithKey, func(w *model, v *visitor) { w.pause(v, 24*time.Hour) }},
		{"pause-week", 1, inWithKey, func(w *model, v *visitor) { w.pause(v, 7*24*time.Hour) }},
		{"pause-open", 4, inWithKey, func(w *model, v *visitor) { w.pause(v, 0) }},
		{"remove", 2, inWithKey, (*model).remove},
		{"change-password", 5, in, func(w *model, v *visitor) { w.changePassword(v, w.password, w.otherPassword()) }},
		{"change-password-by-a-wrong-one", 1, in, func(w *model, v *visitor) { w.changePassword(v, wrongPassword, w.otherPassword()) }},
		{"keep-password", 1, in, func(w *model, v *visitor) { w.changePassword(v, w.password, w.password) }},
		{"change-address", 3, in, (*model).changeAddress},
		{"confirm-codes", 3, inWithKey, func(w *model, v *visitor) { w.confirmCodes(v, w.setsMade) }},
		{"confirm-old-codes", 1, inWithKey, func(w *model, v *visitor) { w.confirmCodes(v, w.setsMade-1) }},
		{"read-notices", 3, in, func(w *model, v *visitor) { w.readNotices(v) }},
		{"dismiss", 3, in, (*model).dismissShown},
		{"dismiss-newest", 2, in, (*model).dismissNewest},
		{"dismiss-known", 2, in, (*model).dismissKnown},
		{"rename-phone", 1, inWithKey, (*model).renamePhone},
		{"list-sessions", 3, in, (*model).listSessions},
		{"end-session", 3, in, (*model).endOne},
		{"end-others", 3, in, (*model).endOthers},
		{"other-instance", 4, always, func(_ *model, v *visitor) { v.at = 1 - v.at }},
		{"forget-device", 2, always, func(_ *model, v *visitor) { v.tokens.Device, v.device = "", nil }},
		{"new-browser", 1, always, func(_ *model, v *visitor) { v.tokens, v.session, v.pending, v.device = auth.Tokens{}, nil, nil, nil }},
		{"siege", 2, owing, func(w *model, v *visitor) { w.siege(v, "wrong", 20) }},
		{"siege-backup", 1, owing, func(w *model, v *visitor) { w.siege(v, "unknown-backup", 20) }},
		{"long-siege", 1, owing, func(w *model, v *visitor) { w.siege(v, "wrong", 65) }},
		{"long-siege-backup", 1, owing, func(w *model, v *visitor) { w.siege(v, "unknown-backup", 65) }},
		{"verify-wrong-often", 4, owing, repeated(4, func(w *model, v *visitor) { w.verify(v, "wrong") })},
		{"verify-unknown-backup-often", 2, owing, repeated(4, func(w *model, v *visitor) { w.verify(v, "unknown-backup") })},
		{"guess-password", 1, out, repeated(7, func(w *model, v *visitor) { w.signIn(v, wrongPassword) })},
		{"guess-own-password", 1, in, repeated(5, func(w *model, v *visitor) { w.provePassword(v, wrongPassword) })},
		{"confirm-wrong-often", 1, inWithOffer, repeated(10, func(w *model, v *visitor) { w.confirm(v, "wrong") })},
		{"extend-often", 1, owing, repeated(11, (*model).extendPending)},
		{"extend-offer-often", 1, inWithOffer, repeated(11, (*model).extendOffer)},
		{"on-its-way", 2, always, (*model).onItsWay},
		{"race-code", 3, owing, func(w *model, v *visitor) { w.raceVerify(v, "code") }},
		{"race-backup", 2, owing, func(w *model, v *visitor) { w.raceVerify(v, "backup") }},
		{"race-prove", 2, inWithKey, (*model).raceProve},
		{"race-prove-password", 1, in, (*model).raceProvePassword},
		{"race-confirm", 2, inWithOffer, (*model).raceConfirm},
		{"use-link", 15, withLink, (*model).useLink},
		{"use-former-link", 2, always, (*model).useFormerLink},
		{"race-link", 4, withLink, (*model).raceLink},
		{"sign-in-by-other-name", 2, out, (*model).signInByOtherName},
	},
)

// worldActions are done by nobody in particular.
var worldActions = concat(roleActions, policyActions, []action{
	{"+1s", 2, always, moves(time.Second)},
	{"+30s", 8, always, moves(30 * time.Second)},
	{"+1m", 10, always, moves(time.Minute)},
	{"+4m", 3, always, moves(4 * time.Minute)},
	{"+5m", 4, always, moves(5 * time.Minute)},
	{"+10m", 6, always, moves(10 * time.Minute)},
	{"+1h", 3, always, moves(time.Hour)},
	{"+1d", 1, always, moves(24 * time.Hour)},
	{"+3d", 1, always, moves(72 * time.Hour)},
	{"-1s", 1, always, moves(-time.Second)},
	{"-20s", 2, always, moves(-20 * time.Second)},
	{"-1m", 1, always, moves(-time.Minute)},
	{"-5m", 1, always, moves(-5 * time.Minute)},
	{"-1h", 1, always, moves(-time.Hour)},
	{"-1d", 1, always, moves(-24 * time.Hour)},
	{"catch-up", 40, behind, func(w *model, _ *visitor) { w.clock.move(max(w.memory.latest.Sub(w.now()), 0)) }},
	{"to-pause-end", 15, pausedForTime, func(w *model, _ *visitor) { w.toPauseEnd() }},
	{"housekeeping", 4, always, func(w *model, _ *visitor) { w.housekeep() }},
	{"restart-0", 1, always, func(w *model, _ *visitor) { w.stop(0); w.start(0) }},
	{"restart-1", 1, always, func(w *model, _ *visitor) { w.stop(1); w.start(1) }},
	{"reload-ring", 1, always, func(w *model, _ *visitor) { w.reloadRing() }},
	{"rotate-ring", 1, always, func(w *model, _ *visitor) { w.rotateRing() }},
	{"foreign-ring", 1, always, func(w *model, _ *visitor) { w.foreignRing() }},
	{"lose-ring", 1, always, func(w *model, _ *visitor) { w.loseRing() }},
	{"operator-password", 1, always, func(w *model, _ *visitor) { w.operatorPassword() }},
	{"operator-reset", 1, always, func(w *model, _ *visitor) { w.operatorReset() }},
	{"operator-recover", 1, always, func(w *model, _ *visitor) { w.operatorRecover() }},
	{"operator-disable", 1, always, func(w *model, _ *visitor) { w.operatorSet(true) }},
	{"operator-enable", 40, isDisabled, func(w *model, _ *visitor) { w.operatorSet(false) }},
	{"operator-link", 4, withoutLink, func(w *model, _ *visitor) { w.giveLink(false) }},
	{"operator-rename", 1, always, func(w *model, _ *visitor) { w.rename() }},
})

func concat(lists ...[]action) []action {
	var all []action
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

func moves(d time.Duration) func(*model, *visitor) {
	return func(w *model, _ *visitor) { w.clock.move(d) }
}

func repeated(times int, do func(*model, *visitor)) func(*model, *visitor) {
	return func(w *model, v *visitor) {
		for range times {
			do(w, v)
		}
	}
}

// enter signs in with the password and a code that was waited for.
func (w *model) enter(v *visitor) {
	w.signIn(v, w.password)
	switch {
	case w.state(v) != auth.PendingSecondFactor:
	case w.key == nil && len(w.keys) > 0:
		w.askFor(v, w.newestKey())
		w.verifyKey(v, w.newestKey(), right)
	default:
		w.await()
		w.verify(v, "code")
	}
	if w.state(v) == auth.SignedIn && w.mustChange {
		w.changePassword(v, w.password, w.otherPassword())
	}
}

func (w *model) enterByBackup(v *visitor) {
	w.signIn(v, w.password)
	w.verify(v, "backup")
}

// await lets the phone show a code that was not used.
func (w *model) await() {
	for range 3 {
		if w.freshStep() > w.spent() {
			return
		}
		w.clock.move(30 * time.Second)
	}
}

func (w *model) prove(v *visitor) {
	w.provePassword(v, w.password)
	if w.key != nil {
		w.await()
		w.proveCode(v, "code")
	}
	if len(w.keys) > 0 {
		w.askFor(v, w.newestKey())
		w.proveKey(v, nil, w.newestKey(), right)
	}
}

func (w *model) setUp(v *visitor) {
	w.prove(v)
	w.begin(v)
	w.confirm(v, "code")
}

// siege types wrong codes and sits out every wait.
func (w *model) siege(v *visitor, code string, tries int) {
	for range tries {
		if w.disabled || w.owes() < session.LevelTwo {
			return
		}
		kind := entries[code](w).kind
		w.clock.move(w.budgets[w.lane(v)][kind].wait(w.now()))
		if w.state(v) != auth.PendingSecondFactor {
			w.signIn(v, w.password)
		}
		if w.state(v) == auth.PendingSecondFactor && w.budgets[w.lane(v)][kind].wait(w.now()) == 0 {
			w.verify(v, code)
		}
	}
}

// toPauseEnd moves to the very moment at which a pause ends.
func (w *model) toPauseEnd() {
	if pausedForTime(w, nil) {
		w.clock.move(w.pausing.ends.Sub(w.now()))
	}
}

// housekeep runs on both instances, as it does every hour or so.
func (w *model) housekeep() {
	w.freshenHelper()
	for _, at := range w.instances {
		w.must(at.Housekeep(w.ctx()))
	}
	if w.any() && !w.pauseRuns() {
		w.pausing.on = false
	}
	w.forgetOld()
	w.forgetActs()
	w.endOverdueHelp()
}

func (w *model) reloadRing() {
	for _, at := range w.instances {
		w.must(w.rotation().Reload(w.ctx(), at.Keys))
		w.must(rotation.Ready(w.ctx(), at.db, at.Keys, w.ringPath))
	}
}

func (w *model) rotation() rotation.Service {
	return rotation.Service{DB: w.operator().db, Now: w.clock.Now, Version: "test", Host: "test"}
}

// rotateRing lets a new ring key seal everything while both instances run. The
// former one stays in the file and opens nothing any more.
func (w *model) rotateRing() {
	var added string
	w.must(secretbox.Edit(w.ringPath, func(f *secretbox.File) error { added = f.Add(); return nil }))
	w.reloadRing()
	w.must(secretbox.Edit(w.ringPath, func(f *secretbox.File) error {
		if err := f.Use(added); err != nil {
			return err
		}
		return w.rotation().Use(w.ctx(), f.Keyring())
	}))
	w.reloadRing()
	ring, err := secretbox.Load(w.ringPath)
	w.must(err)
	_, err = w.rotation().Reseal(w.ctx(), ring, func(rotation.Progress) error { return nil })
	w.must(err)
}

// foreignRing is a key file of another database: no server starts with it.
func (w *model) foreignRing() {
	ring, err := secretbox.Load(ringFile(w.t))
	w.must(err)
	if w.rotation().Check(w.ctx(), ring) == nil || rotation.Fits(w.ctx(), w.operator().db, ring) == nil {
		w.fail("a foreign key file is good enough")
	}
}

// loseRing is a key file that is gone for good: the operator declares its keys
// lost and starts with a new one. Nobody's second factor is off by that.
func (w *model) loseRing() {
	former, err := secretbox.Load(w.ringPath)
	w.must(err)
	w.ringPath = ringFile(w.t)
	for _, id := range former.IDs() {
		_, err := w.rotation().DeclareLost(w.ctx(), id)
		if apperr.CodeOf(err) != apperr.NotFound {
			w.must(err)
		}
	}
	for i := range w.instances {
		w.stop(i)
		w.start(i)
	}
	if w.key != nil {
		w.key.lost = true
	}
	for _, s := range w.sessions {
		if s.offer != nil {
			s.offer.lost = true
		}
	}
	w.sign.forgetNames()
	w.enrollHelper()
}

func (w *model) operatorPassword() {
	fresh := w.otherPassword()
	w.must(second(w.operator().SetPassword(w.ctx(), w.name, fresh)))
	w.choosePassword(fresh, true)
	w.sign.of(w.name).day = &passwordBudget{}
	w.tellOfAct(notify.DidSetPassword)
	w.tell(notify.OperatorPassword, nil)
	w.endAll(nil)
}

func (w *model) operatorReset() {
	w.reset(auth.Reset{KeepPassword: true}, notify.OperatorReset)
}

// operatorRecover removes the second factor and sets a password, in one act.
func (w *model) operatorRecover() {
	fresh := w.otherPassword()
	if w.reset(auth.Reset{Password: fresh}, notify.OperatorRecovery) {
		w.choosePassword(fresh, true)
		w.sign.of(w.name).day = &passwordBudget{}
	}
}

// reset says whether there was something to remove.
func (w *model) reset(how auth.Reset, notice notify.Kind) bool {
	done, err := w.operator().ResetTwoFactor(w.ctx(), w.name, how)
	if !w.expect(err, wrongState(!w.any())) {
		return false
	}
	if could := w.any() && len(w.sheet) > 0; done.CouldRecover != could {
		w.fail("the operator hears that a backup code was left: %v, the model says %v", done.CouldRecover, could)
	}
	w.dropKey()
	w.tellOfAct(notify.DidRemove)
	w.tell(notice, nil)
	w.endAll(nil)
	return true
}

func (w *model) operatorSet(disabled bool) {
	set, notice, did := w.operator().EnableAccount, notify.OperatorEnabled, notify.DidEnable
	if disabled {
		set = func(ctx context.Context, name string) (auth.Recovery, error) {
			return w.operator().DisableAccount(ctx, name, false)
		}
		notice, did = notify.OperatorDisabled, notify.DidDisable
	}
	want := wrongState(w.disabled == disabled)
	if disabled && want == (answer{}) {
		want = w.lastAdministrator()
	}
	if w.expect(second(set(w.ctx(), w.name)), want) {
		w.tellOfAct(did)
		w.disabled = disabled
		w.tell(notice, nil)
		w.endAll(nil)
	}
}
