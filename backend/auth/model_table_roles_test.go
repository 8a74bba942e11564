package auth_test

import (
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/policy"
)

// The actions of roles, help codes and policies, as in model_table_test.go.

func withHelp(w *model, v *visitor) bool { return owing(w, v) && w.helpWorks() }

func inWithHelp(w *model, v *visitor) bool { return in(w, v) && w.helpOpen() }

func outWithHelp(w *model, v *visitor) bool { return out(w, v) && w.helpWorks() }

func onlyEnrols(w *model, v *visitor) bool { return w.onlyEnrols(v) }

func withKeyWithoutHelp(w *model, _ *visitor) bool { return w.any() && !w.helpOpen() }

func helperIsPerson(w *model, _ *visitor) bool { return w.helper.role == account.Person }

func withPolicy(w *model, _ *visitor) bool { return len(w.policies) > 0 }

func excepted(w *model, _ *visitor) bool { return w.exempt() }

func beforeDeadline(w *model, _ *visitor) bool {
	_, ends, ok := w.asked()
	return ok && w.now().Before(ends)
}

// inDue fits a person who is in and has to set a second factor up.
func inDue(w *model, v *visitor) bool { return in(w, v) && !w.any() && w.next() == auth.NextSetUp }

// world makes an action of nobody in particular.
func world(name string, weight int, fits func(*model, *visitor) bool, do func(*model)) action {
	return action{name, weight, fits, func(w *model, _ *visitor) { do(w) }}
}

// helpActions are done by a visitor.
var helpActions = []action{
	{"use-help", 20, withHelp, (*model).useHelp},
	{"use-help-again", 1, owing, (*model).useHelp},
	{"use-wrong-help", 1, owing, (*model).useWrongHelp},
	{"use-wrong-help-often", 1, owing, repeated(4, (*model).useWrongHelp)},
	{"use-former-help", 2, owing, (*model).useFormerHelp},
	{"use-other-as-help", 1, owing, (*model).useOtherAsHelp},
	{"race-help", 6, withHelp, (*model).raceHelp},
	{"recover", 8, outWithHelp, (*model).recover},
	{"recover-in-session", 8, onlyEnrols, func(w *model, v *visitor) { w.begin(v); w.confirm(v, "code") }},
	{"set-up-where-due", 6, inDue, (*model).setUp},
	{"refuse-help", 3, inWithHelp, (*model).refuseHelp},
	{"refuse-no-help", 1, always, (*model).refuseHelp},
}

// roleActions are what greta and the operator do, for roles and help.
var roleActions = []action{
	world("helper-link", 3, withoutLink, func(w *model) { w.giveLink(true) }),
	world("operator-help", 3, withKeyWithoutHelp, func(w *model) { w.giveHelp(false, 15*time.Minute) }),
	world("helper-help", 8, withKeyWithoutHelp, func(w *model) { w.giveHelp(true, 15*time.Minute) }),
	world("helper-help-for-a-day", 3, withKeyWithoutHelp, func(w *model) { w.giveHelp(true, 24*time.Hour) }),
	world("helper-is-person", 1, always, func(w *model) { w.setHelperRole(account.Person) }),
	world("helper-is-helper", 6, helperIsPerson, func(w *model) { w.setHelperRole(account.Helper) }),
	world("helper-is-administrator", 2, always, func(w *model) { w.setHelperRole(account.Administrator) }),
	world("be-person", 2, always, func(w *model) { w.setRole(account.Person) }),
	world("be-helper", 1, always, func(w *model) { w.setRole(account.Helper) }),
	world("be-administrator", 1, always, func(w *model) { w.setRole(account.Administrator) }),
}

// stored makes an action that changes the newest policy.
func stored(name string, change func(p *modelPolicy)) action {
	return world(name, 1, withPolicy, func(w *model) { w.changePolicy(change) })
}

// policyActions are what administrators do.
var policyActions = []action{
	world("policy-everybody-now", 1, always, func(w *model) { w.addPolicy(policy.Everybody, 0, 0) }),
	world("policy-everybody-soon", 2, always, func(w *model) { w.addPolicy(policy.Everybody, 1, 1) }),
	world("policy-staff", 1, always, func(w *model) { w.addPolicy(policy.Staff, 0, 1) }),
	world("policy-group", 2, always, func(w *model) { w.addPolicy(policy.Groups, -3, 2) }),
	stored("policy-shorten", func(p *modelPolicy) { p.grace-- }),
	stored("policy-lengthen", func(p *modelPolicy) { p.grace += 2 }),
	stored("policy-earlier", func(p *modelPolicy) { p.start = p.start.AddDate(0, 0, -1) }),
	stored("policy-later", func(p *modelPolicy) { p.start = p.start.AddDate(0, 0, 1) }),
	stored("policy-for-everybody", func(p *modelPolicy) { p.audience = policy.Everybody }),
	stored("policy-for-staff", func(p *modelPolicy) { p.audience = policy.Staff }),
	stored("policy-for-group", func(p *modelPolicy) { p.audience = policy.Groups }),
	world("policy-delete", 6, withPolicy, (*model).deletePolicy),
	world("to-deadline", 3, beforeDeadline, (*model).toDeadline),
	world("join", 2, always, (*model).joinGroup),
	world("leave", 1, always, (*model).leaveGroup),
	world("except-for-a-day", 2, withPolicy, func(w *model) { w.except(false, 24*time.Hour) }),
	world("helper-except-for-long", 1, withPolicy, func(w *model) { w.except(true, 90*24*time.Hour) }),
	world("end-exception", 2, excepted, (*model).endException),
	world("to-exception-end", 1, excepted, (*model).toExceptionEnd),
}
