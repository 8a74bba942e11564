package people_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/people"
	"imagemaster/backend/policy"
)

const day = 24 * time.Hour

// demand adds a policy for everybody that begins now.
func (h *kit) demand(grace int) int64 {
	h.Helper()
	id, err := h.CreatePolicy(h.ctx, auth.Operator, people.Policy{Audience: policy.Everybody, Minimum: policy.AnyFactor, StartsAt: h.clock.Now(), GraceDays: grace})
	h.must(err)
	return id
}

// enters signs somebody in and returns the caller.
func (p *someone) enters() *auth.Caller {
	p.Helper()
	p.enter()
	return p.caller()
}

// In grace nothing is owed; after it the session can only enrol, and an open one, too.
func TestGraceAndDeadline(t *testing.T) {
	each(t, func(h *kit) {
		anna, otto := h.person("anna"), h.protected("otto", account.Person)
		h.demand(10)
		c := anna.enters()
		if o := c.Obligation(); c.Next != auth.NextDone || !o.Begun(h.clock.Now()) || !o.Deadline(h.clock.Now()).Equal(h.clock.Now().Add(10*day)) {
			t.Errorf("in grace: next %s, %+v", c.Next, o)
		}
		h.clock.move(10*day - time.Second)
		if c := anna.enters(); c.Next != auth.NextDone {
			t.Errorf("a second before the deadline: next %s", c.Next)
		}
		h.clock.move(time.Second)
		if c := anna.caller(); c.Next != auth.NextSetUp {
			t.Errorf("an open session at the deadline: next %s", c.Next)
		}
		if c := anna.enters(); c.Next != auth.NextSetUp {
			t.Errorf("a sign-in at the deadline: next %s", c.Next)
		}
		if c := otto.enters(); c.Next != auth.NextDone || c.Obligation().Audience != "" {
			t.Errorf("somebody with a second factor: next %s, %+v", c.Next, c.Obligation())
		}
		anna.setUp()
		if c := anna.caller(); c.Next != auth.NextDone {
			t.Errorf("after the set-up: next %s", c.Next)
		}
	})
}

// A pause ends at the deadline for good, and a new one is refused once the policy has
// begun. So is removal.
func TestPoliciesAndPauses(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.protected("anna", account.Person)
		h.must(second(anna.keepIssued(h.Pause(h.ctx, anna.caller(), 0))))
		id := h.demand(3)
		view, err := h.TwoFactor(h.ctx, anna.caller())
		h.must(err)
		if !view.Paused || !view.PausedUntil.Equal(h.clock.Now().Add(3*day)) {
			t.Errorf("the pause ends %v", view.PausedUntil)
		}
		if c := anna.enters(); c.State != auth.SignedIn || c.Session.Level != 1 {
			t.Errorf("in grace the sign-in asks for more: %+v", c.Session)
		}
		h.clock.move(3 * day)
		events := h.eventsOf(func() {
			if next, err := anna.trySignIn(goodPassword); err != nil || next != auth.NextSecondFactor {
				t.Errorf("at the deadline: %q, %v", next, err)
			}
		})
		if !slices.ContainsFunc(events, func(e audit.Event) bool { return e.Kind == audit.Resumed && e.Reason == audit.ReasonPolicy }) {
			t.Errorf("the end of the pause is not recorded: %+v", events)
		}
		h.must(anna.verify(anna.code()))
		h.must(h.DeletePolicy(h.ctx, auth.Operator, id))
		if anna.account().PausedAt != 0 {
			t.Error("the pause has come back")
		}
		anna.prove()
		h.demand(30)
		h.refused(second(h.Pause(h.ctx, anna.caller(), time.Hour)), apperr.TwoFactorRequired)
		h.refused(second(h.RemoveFactors(h.ctx, anna.caller())), apperr.TwoFactorRequired)
		h.must(h.GiveException(h.ctx, auth.Operator, anna.id, "on leave", h.clock.Now().Add(5*day)))
		h.must(second(anna.keepIssued(h.Pause(h.ctx, anna.caller(), time.Hour))))
	})
}

func (p *someone) keepIssued(i auth.Issued, err error) (auth.Issued, error) {
	p.keep(i)
	return i, err
}

// Who gets which deadline: by group, role, exception and change.
func TestWhoseDeadline(t *testing.T) {
	each(t, func(h *kit) {
		anna, otto := h.person("anna"), h.person("otto")
		h.mustHaveGroup("finance")
		in := func(p *someone, names ...string) { h.must(h.SetGroups(h.ctx, auth.Operator, p.id, names)) }
		in(anna, "finance")
		start := h.clock.Now()
		id, err := h.CreatePolicy(h.ctx, auth.Operator, people.Policy{Audience: policy.Groups, Minimum: policy.AnyFactor, Groups: []string{"finance"}, StartsAt: start, GraceDays: 10})
		h.must(err)
		deadline := func(p *someone, want time.Time) {
			t.Helper()
			if o := p.detail().Obligation; !o.Deadline(h.clock.Now()).Equal(want) || o.Asks() != !want.IsZero() {
				t.Errorf("%s: %+v, want %v", p.name, o, want)
			}
		}
		deadline(anna, start.Add(10*day))
		deadline(otto, time.Time{})
		h.clock.move(4 * day)
		in(otto, "finance")
		deadline(otto, start.Add(14*day))
		in(anna) // leaving and coming back begins anew
		in(anna, "finance")
		deadline(anna, start.Add(14*day))
		h.clock.move(day)
		change := people.Policy{ID: id, Audience: policy.Groups, Minimum: policy.AnyFactor, Groups: []string{"finance"}, StartsAt: start, GraceDays: 20}
		h.must(h.ChangePolicy(h.ctx, auth.Operator, change))
		deadline(anna, start.Add(24*day))
		change.GraceDays = 2
		h.must(h.ChangePolicy(h.ctx, auth.Operator, change))
		deadline(anna, start.Add(7*day))
		until := start.Add(50 * day)
		h.must(h.GiveException(h.ctx, auth.Operator, anna.id, "on leave", until))
		deadline(anna, until)
		h.clock.move(2 * day)
		if c := anna.enters(); c.Next != auth.NextDone {
			t.Errorf("in an exception: next %s", c.Next)
		}
		if c := otto.enters(); c.Next != auth.NextSetUp {
			t.Errorf("without one: next %s", c.Next)
		}
		h.must(h.EndException(h.ctx, auth.Operator, anna.id))
		if c := anna.caller(); c.Next != auth.NextSetUp {
			t.Errorf("when it was ended: next %s", c.Next)
		}
		if err := h.DeleteGroup(h.ctx, auth.Operator, h.groupID("finance")); apperr.CodeOf(err) != apperr.GroupInUse {
			t.Errorf("the group of a policy is deleted: %v", err)
		}
		h.must(h.DeletePolicy(h.ctx, auth.Operator, id))
		if c := otto.caller(); c.Next != auth.NextDone {
			t.Errorf("without the policy: next %s", c.Next)
		}
	})
}

// Another instance sees a new policy, and this one at once.
func TestPoliciesOnTwoInstances(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.person("anna")
		other := h.on(h.db)
		next := func(on *people.Service) auth.Next {
			c, err := on.Resolve(h.ctx, anna.client, anna.tokens, true)
			h.must(err)
			return c.Next
		}
		if a, b := next(h.Service), next(other); a != auth.NextDone || b != auth.NextDone {
			t.Fatalf("%s and %s", a, b)
		}
		h.demand(0)
		made := time.Now()
		if got := next(h.Service); got != auth.NextSetUp {
			t.Errorf("this instance: next %s", got)
		}
		for next(other) != auth.NextSetUp {
			if time.Since(made) > 5*time.Second {
				t.Fatal("the other instance does not see the policy")
			}
		}
	})
}

// An administrator whom a policy would keep out must not make it; nor may anybody below.
func TestPolicyNeedsItsAuthor(t *testing.T) {
	each(t, func(h *kit) {
		root, helga := h.protected("root", account.Administrator), h.protected("helga", account.Helper)
		ask := people.Policy{Audience: policy.Everybody, Minimum: policy.AnyFactor, StartsAt: h.clock.Now(), GraceDays: 10}
		helga.prove()
		h.refused(second(h.CreatePolicy(h.ctx, helga.by(), ask)), apperr.RoleOwed)
		root.prove()
		h.must(second(root.keepIssued(h.Pause(h.ctx, root.caller(), time.Hour))))
		root.prove()
		h.refused(second(h.CreatePolicy(h.ctx, root.by(), ask)), apperr.PolicyNotMet)
		h.refused(h.GiveException(h.ctx, root.by(), root.id, "me", h.clock.Now().Add(day)), apperr.OwnAccount)
		h.must(second(root.keepIssued(h.Service.Service.Enable(h.ctx, root.caller(), root.code()))))
		h.must(second(h.CreatePolicy(h.ctx, root.by(), ask)))
	})
}

// All administrators are told, and the events say what has changed.
func TestPoliciesAreTold(t *testing.T) {
	each(t, func(h *kit) {
		root, ada := h.protected("root", account.Administrator), h.protected("ada", account.Administrator)
		h.mustHaveGroup("finance")
		root.prove()
		ask := people.Policy{Audience: policy.Groups, Minimum: policy.AnyFactor, Groups: []string{"finance"}, StartsAt: h.clock.Now(), GraceDays: 10}
		var id int64
		events := h.eventsOf(func() {
			var err error
			id, err = h.CreatePolicy(h.ctx, root.by(), ask)
			h.must(err)
			ask.ID, ask.GraceDays = id, 5
			h.must(h.ChangePolicy(h.ctx, root.by(), ask))
			h.must(h.ChangePolicy(h.ctx, root.by(), ask)) // the same again
			h.must(h.DeletePolicy(h.ctx, root.by(), id))
		})
		var kinds []audit.Kind
		for _, e := range events {
			kinds = append(kinds, e.Kind)
			if f := e.Facts(); f.By != "root" || f.Detail != "groups: finance" {
				t.Errorf("%+v", e)
			}
		}
		if want := []audit.Kind{audit.PolicyAdded, audit.PolicyChanged, audit.PolicyDeleted}; !slices.Equal(kinds, want) {
			t.Errorf("%v, want %v", kinds, want)
		}
		if !strings.Contains(events[1].Details, `"grace_days":5`) || !strings.Contains(events[1].Details, `"grace_days":10`) {
			t.Errorf("the change is recorded as %s", events[1].Details)
		}
		for _, kind := range []notify.Kind{notify.PolicyAdded, notify.PolicyChanged, notify.PolicyDeleted} {
			h.wantNotice(ada, kind)
		}
		h.refused(h.ChangePolicy(h.ctx, root.by(), ask), apperr.NotFound)
		h.refused(h.DeletePolicy(h.ctx, root.by(), id), apperr.NotFound)
	})
}

// The dry run counts what would be, and changes nothing.
func TestDryRun(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator) // has no codes
		h.person("anna")
		h.invited("carl")
		off := h.person("off")
		h.must(h.Disable(h.ctx, auth.Operator, off.id))
		paused := h.protected("paused", account.Person)
		h.must(second(paused.keepIssued(h.Pause(h.ctx, paused.caller(), 0))))
		excepted := h.person("excepted")
		h.must(h.GiveException(h.ctx, auth.Operator, excepted.id, "on leave", h.clock.Now().Add(80*day)))
		ask := people.Policy{Audience: policy.Everybody, Minimum: policy.AnyFactor, StartsAt: h.clock.Now(), GraceDays: 7}
		before := h.dump()
		run, err := h.TryPolicy(h.ctx, root.by(), ask)
		h.must(err)
		h.unchanged(before)
		if got := fmt.Sprint(run.Affected, run.WithoutFactor, run.Paused, run.WithoutCodes, run.NeverSignedIn, run.Excepted); got != "5 3 1 2 1 1" {
			t.Errorf("counted %s", got)
		}
		var names []string
		for _, p := range run.People {
			names = append(names, p.Username)
		}
		if !slices.Equal(names, []string{"anna", "carl", "excepted"}) || run.More || !run.FirstDeadline.Equal(h.clock.Now().Add(7*day)) {
			t.Errorf("%v, %v, first %v", names, run.More, run.FirstDeadline)
		}
		for i := range 55 {
			h.invited(fmt.Sprint("more-", i))
		}
		run, err = h.TryPolicy(h.ctx, auth.Operator, ask)
		h.must(err)
		if run.Affected != 60 || len(run.People) != 50 || !run.More {
			t.Errorf("%d affected, %d listed, more %v", run.Affected, len(run.People), run.More)
		}
		ask.Audience, ask.Groups = policy.Groups, []string{"cats"}
		h.refusedField(second(h.TryPolicy(h.ctx, auth.Operator, ask)), "groups", "unknown")
	})
}

// Mails go out at the start and 7, 3 and 1 days before the deadline, each once, also
// with two instances.
func TestReminders(t *testing.T) {
	mail := func(d *auth.Deps) { d.Mail = true }
	each(t, func(h *kit) {
		id, link, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "anna", Lifetime: oneWeek, Language: "en"})
		h.must(err)
		anna := h.at("anna", id)
		h.must(anna.useLink(link.Token, goodPassword))
		h.must(h.SetEmail(h.ctx, auth.Operator, anna.id, "anna@example.org"))
		h.protected("otto", account.Person)
		other := h.on(h.db, mail)
		h.demand(10)
		mailed := func() (n int64) {
			h.Helper()
			h.must(h.Housekeep(h.ctx))
			h.must(other.Housekeep(h.ctx))
			h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(*) FROM mails WHERE kind IN ('policy_reminder', 'exception_ending')").Scan(&n).Error)
			return n
		}
		for after, want := range []int64{1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 4} {
			if got := mailed(); got != want {
				t.Errorf("day %d: %d mails, want %d", after, got, want)
			}
			h.clock.move(day)
		}
		var recipients []string
		h.must(h.db.Read(h.ctx).Raw("SELECT DISTINCT recipient FROM mails WHERE kind = 'policy_reminder'").Scan(&recipients).Error)
		if !slices.Equal(recipients, []string{"anna@example.org"}) {
			t.Errorf("mailed to %v", recipients)
		}
		h.must(h.GiveException(h.ctx, auth.Operator, anna.id, "on leave", h.clock.Now().Add(20*day)))
		if got := mailed(); got != 4 {
			t.Errorf("with a new exception: %d mails", got)
		}
		h.clock.move(13 * day)
		if got := mailed(); got != 5 {
			t.Errorf("a week before its end: %d mails", got)
		}
	}, mail)
}

// A change that asks more does not free those who are due already; one that asks less does.
func TestTighteningFreesNobody(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.person("anna")
		h.mustHaveGroup("finance")
		h.must(h.SetGroups(h.ctx, auth.Operator, anna.id, []string{"finance"}))
		p := people.Policy{Audience: policy.Groups, Minimum: policy.AnyFactor, Groups: []string{"finance"}, StartsAt: h.clock.Now(), GraceDays: 30}
		var err error
		p.ID, err = h.CreatePolicy(h.ctx, auth.Operator, p)
		h.must(err)
		h.clock.move(31 * day)
		otto := h.person("otto")
		for _, change := range []func(){
			func() { p.GraceDays = 29 },
			func() { p.GraceDays = 28 },
			func() { p.StartsAt = p.StartsAt.Add(-day) },
			func() { p.Audience, p.Groups = policy.Everybody, nil },
		} {
			change()
			h.must(h.ChangePolicy(h.ctx, auth.Operator, p))
			h.clock.move(day)
			if c := anna.enters(); c.Next != auth.NextSetUp {
				t.Errorf("%+v: next %s", p, c.Next)
			}
		}
		if c := otto.enters(); c.Next != auth.NextDone {
			t.Errorf("somebody who was not due: next %s", c.Next)
		}
		p.GraceDays = 60
		h.must(h.ChangePolicy(h.ctx, auth.Operator, p))
		if c := anna.enters(); c.Next != auth.NextDone {
			t.Errorf("after more grace: next %s", c.Next)
		}
	})
}

// The event of a change names the group that was taken out, however many there are.
func TestTheEventNamesTheGroupTakenOut(t *testing.T) {
	each(t, func(h *kit) {
		var names []string
		for i := range 6 {
			names = append(names, fmt.Sprintf("a%d-%s", i, strings.Repeat("x", 60)))
		}
		names = append(names, "zz-finance")
		for _, name := range names {
			h.mustHaveGroup(name)
		}
		p := people.Policy{Audience: policy.Groups, Minimum: policy.AnyFactor, Groups: names, StartsAt: h.clock.Now(), GraceDays: 1}
		var err error
		p.ID, err = h.CreatePolicy(h.ctx, auth.Operator, p)
		h.must(err)
		p.Groups = names[:6]
		events := h.eventsOf(func() { h.must(h.ChangePolicy(h.ctx, auth.Operator, p)) })
		if !strings.Contains(events[0].Details, `"groups_removed":"zz-finance"`) {
			t.Errorf("the event is %s", events[0].Details)
		}
	})
}

// The same exception again changes nothing.
func TestTheSameExceptionAgain(t *testing.T) {
	each(t, func(h *kit) {
		anna, until := h.person("anna"), h.clock.Now().Add(30*day)
		h.must(h.GiveException(h.ctx, auth.Operator, anna.id, "on leave", until))
		before := h.dump()
		h.must(h.GiveException(h.ctx, auth.Operator, anna.id, "on leave", until))
		h.unchanged(before)
	})
}
