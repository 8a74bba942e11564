package auth_test

import (
	"context"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/notify"
	"imagemaster/backend/policy"
)

// The model of policies. Each one asks a second factor of its audience, some days after
// the latest of its start, the account, the role or the group, and the last change that
// made it stricter. The strictest counts. Once one has begun nobody pauses or removes the
// second factor. A change that makes a policy stricter gives no new days of grace to a
// person whose deadline was set before; a change that gives more time gives it to everybody.
// From the deadline on no pause counts, and a person without a second factor can only set
// one up. While an exception holds nothing is asked.

// modelPolicy is one policy.
type modelPolicy struct {
	id        int64
	audience  policy.Audience
	start     time.Time
	grace     int // days
	tightened time.Time
	added     time.Time // the group, to the policy
	former    []modelPolicy
}

// startPolicies makes the group that policies are for.
func (w *model) startPolicies() {
	w.must(w.operator().db.InTx(w.ctx(), func(tx *database.Tx) error {
		made, err := group.Create(w.ctx(), tx, "lab", "", w.now())
		if err == nil {
			w.group = made.ID
		}
		return err
	}))
}

// tellOfPolicy is told to all administrators.
func (w *model) tellOfPolicy(kind notify.Kind, p *modelPolicy) {
	if w.helper.role == account.Administrator {
		w.tellHelper(kind, "", string(p.audience))
	}
	if w.role == account.Administrator && !w.disabled {
		w.tell(kind, nil)
	}
}

// changePolicies runs a change. Both instances hear of it at once, so that no sequence
// depends on how fast it runs.
func (w *model) changePolicies(kind notify.Kind, p *modelPolicy, change func(ctx context.Context, tx *database.Tx) error) {
	w.must(w.operator().db.InTx(w.ctx(), func(tx *database.Tx) error {
		w.must(account.LockAdministrators(w.ctx(), tx))
		for _, at := range w.instances {
			at.PoliciesChange(tx)
		}
		w.must(w.operator().TellOfChange(w.ctx(), tx, auth.Operator, kind, string(p.audience)))
		return change(w.ctx(), tx)
	}))
	w.tellOfPolicy(kind, p)
}

// row is the policy as it is stored.
func (w *model) row(p *modelPolicy) policy.Policy {
	row := policy.Policy{ID: p.id, Audience: p.audience, Minimum: policy.AnyFactor, StartsAt: p.start.UnixMilli(), GraceDays: p.grace}
	if p.audience == policy.Groups {
		row.Groups = []policy.Group{{ID: w.group, Name: "lab"}}
	}
	return row
}

// addPolicy adds one that starts in some days. There are at most four.
func (w *model) addPolicy(audience policy.Audience, startsIn, grace int) {
	if len(w.policies) >= 4 {
		return
	}
	p := &modelPolicy{audience: audience, start: w.now().AddDate(0, 0, startsIn), grace: grace, tightened: w.now(), added: w.now()}
	w.changePolicies(notify.PolicyAdded, p, func(ctx context.Context, tx *database.Tx) error {
		row := w.row(p)
		row.Follows(nil, w.now())
		err := policy.Create(ctx, tx, &row)
		p.id = row.ID
		return err
	})
	w.policies = append(w.policies, p)
}

// changePolicy changes the newest policy. A change asks more with an earlier start, fewer
// days of grace, or another audience, unless everybody was asked before.
func (w *model) changePolicy(change func(p *modelPolicy)) {
	if len(w.policies) == 0 {
		return
	}
	p := w.policies[len(w.policies)-1]
	old := *p
	change(p)
	p.grace = max(p.grace, 0)
	if p.start.Equal(old.start) && p.grace == old.grace && p.audience == old.audience {
		return
	}
	if p.start.Before(old.start) || p.grace < old.grace || p.audience != old.audience && old.audience != policy.Everybody {
		p.tightened = w.now()
	}
	p.former = nil
	for _, before := range append(slices.Clone(old.former), old) { // time that is given is given to everybody
		before.former = nil
		before.grace += max(0, p.grace-old.grace)
		if p.start.After(old.start) && p.start.After(before.start) {
			before.start = p.start
		}
		p.former = append(p.former, before)
	}
	if p.audience == policy.Groups && old.audience != policy.Groups {
		p.added = w.now()
	}
	w.changePolicies(notify.PolicyChanged, p, func(ctx context.Context, tx *database.Tx) error {
		all, err := policy.List(ctx, tx)
		w.must(err)
		at := slices.IndexFunc(all, func(one policy.Policy) bool { return one.ID == p.id })
		row := w.row(p)
		row.Follows(&all[at], w.now())
		return policy.Set(ctx, tx, &row)
	})
}

// deletePolicy deletes the oldest policy.
func (w *model) deletePolicy() {
	if len(w.policies) == 0 {
		return
	}
	p := w.policies[0]
	w.policies = w.policies[1:]
	w.changePolicies(notify.PolicyDeleted, p, func(ctx context.Context, tx *database.Tx) error { return policy.Delete(ctx, tx, p.id) })
}

func (w *model) joinGroup() {
	w.must(w.operator().db.InTx(w.ctx(), func(tx *database.Tx) error {
		joined, err := group.Join(w.ctx(), tx, w.group, []int64{w.id}, w.now())
		if len(joined) > 0 {
			w.joined = w.now()
		}
		return err
	}))
}

func (w *model) leaveGroup() {
	w.must(w.operator().db.InTx(w.ctx(), func(tx *database.Tx) error { return second(group.Leave(w.ctx(), tx, w.group, w.id)) }))
	w.joined = time.Time{}
}

// except gives anna an exception, in place of a former one. A helper may not.
func (w *model) except(helper bool, length time.Duration) {
	until := w.now().Add(length)
	change := auth.Change{Events: []audit.Kind{audit.ExceptionGiven}, Notice: notify.ExceptionGiven, Told: notify.DidExcept,
		Do: func(ctx context.Context, tx *database.Tx) error {
			return policy.GiveException(ctx, tx, &policy.Exception{AccountID: w.id, Reason: "ill", EndsAt: until.UnixMilli(), CreatedAt: w.now().UnixMilli()})
		}}
	if !w.expect(w.changeBy(helper, change), w.mayAct(helper, false)) {
		return
	}
	w.exceptUntil = until
	w.tellOfAct(notify.DidExcept)
	by := ""
	if helper {
		by = helperName
	}
	w.tellBy(notify.ExceptionGiven, by)
}

func (w *model) endException() {
	err := w.changeBy(false, auth.Change{Events: []audit.Kind{audit.ExceptionEnded}, Notice: notify.ExceptionEnded,
		Do: func(ctx context.Context, tx *database.Tx) error { return policy.EndException(ctx, tx, w.id, w.now()) }})
	if !w.now().Before(w.exceptUntil) { // also one that is over
		if err != policy.ErrNotFound {
			w.fail("the end of no exception says %v", err)
		}
		return
	}
	w.must(err)
	w.exceptUntil = time.Time{}
	w.tell(notify.ExceptionEnded, nil)
}

func (w *model) changeBy(helper bool, change auth.Change) error {
	by := w.actor(helper)
	f, err := w.operator().Target(w.ctx(), w.id)
	w.must(err)
	_, err = w.operator().ChangeFor(w.ctx(), by, f, change)
	return err
}

// exempt says whether an exception holds.
func (w *model) exempt() bool {
	return w.now().Before(w.exceptUntil) && !w.exceptUntil.After(w.now().Add(90*24*time.Hour+5*time.Minute))
}

// counted are the times from which the grace of a policy may be counted, by their names,
// nil = it does not ask anna. A stored time that is ahead of the clock is of a wrong one.
func (w *model) counted(p *modelPolicy) map[policy.Since]time.Time {
	times := map[policy.Since]time.Time{policy.SinceStart: p.start, policy.SinceCreated: w.made, policy.SinceTightened: p.tightened}
	switch p.audience {
	case policy.Staff:
		if w.role == account.Person {
			return nil
		}
		times[policy.SinceRole] = w.staffSince
	case policy.Groups:
		if w.joined.IsZero() {
			return nil
		}
		times[policy.SinceJoined] = w.joined
		if added := w.past(p.added); added.After(w.past(w.joined)) {
			times[policy.SinceJoined] = added
		}
	}
	for since, at := range times {
		if since != policy.SinceStart {
			times[since] = w.past(at)
		}
	}
	return times
}

// past leaves out a time that is ahead of the clock.
func (w *model) past(at time.Time) time.Time {
	if at.After(w.now().Add(5 * time.Minute)) {
		return time.UnixMilli(0)
	}
	return at
}

// begins is when a policy begins to ask anna, false = it does not.
func (w *model) begins(p *modelPolicy) (latest time.Time, ok bool) {
	for _, at := range w.counted(p) {
		if !ok || at.After(latest) {
			latest, ok = at, true
		}
	}
	return latest, ok
}

// asks is when a policy begins to ask anna and when it is due. A former rule counts where
// it is due earlier.
func (w *model) asks(p *modelPolicy) (begins, ends time.Time, ok bool) {
	if begins, ok = w.begins(p); !ok {
		return begins, ends, false
	}
	own := begins.Add(time.Duration(p.grace) * 24 * time.Hour)
	ends = own
	for i := range p.former {
		before, due, ok := w.asks(&modelPolicy{audience: p.former[i].audience, start: p.former[i].start, grace: p.former[i].grace,
			tightened: p.former[i].tightened, added: p.former[i].added})
		if !ok || !due.Before(own) {
			continue
		}
		begins, ends = earliest(begins, before), earliest(ends, due)
	}
	return begins, ends, true
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// asked is when the first policy begins and when the strictest is due, false = none asks.
func (w *model) asked() (begins, ends time.Time, ok bool) {
	for _, p := range w.policies {
		at, due, asks := w.asks(p)
		switch {
		case !asks:
		case !ok:
			begins, ends, ok = at, due, true
		default:
			begins, ends = earliest(begins, at), earliest(ends, due)
		}
	}
	return begins, ends, ok
}

// due says whether anna has to have a second factor now.
func (w *model) due() bool {
	_, ends, ok := w.asked()
	return ok && !w.now().Before(ends) && !w.exempt()
}

// free is the refusal to weaken the second factor.
func (w *model) free() answer {
	if begins, _, ok := w.asked(); ok && !w.now().Before(begins) && !w.exempt() {
		return refusal(apperr.TwoFactorRequired)
	}
	return answer{}
}

// pauseEnds is when a pause ends at the latest: at its time or at the deadline.
func (w *model) pauseEnds() time.Time {
	_, deadline, ok := w.asked()
	if w.exempt() && w.exceptUntil.After(deadline) {
		deadline = w.exceptUntil
	}
	if ok && (w.pausing.ends.IsZero() || deadline.Before(w.pausing.ends)) {
		return deadline
	}
	return w.pausing.ends
}

// toDeadline moves to the very moment at which a second factor is due.
func (w *model) toDeadline() {
	if beforeDeadline(w, nil) {
		_, ends, _ := w.asked()
		w.clock.move(ends.Sub(w.now()))
	}
}

func (w *model) toExceptionEnd() {
	if w.exempt() {
		w.clock.move(w.exceptUntil.Sub(w.now()))
	}
}

// lookAtObligation: a person sees which policy counts, and since when.
func (w *model) lookAtObligation(v *visitor, seen policy.Obligation) {
	begins, ends, ok := w.asked()
	if seen.Asks() != ok || ok && (seen.Exempt(w.now()) != w.exempt() || seen.Begun(w.now()) == w.now().Before(begins) || !seen.Ends.Equal(ends)) {
		w.fail("%s is asked %+v, the model says from %v, due %v, exempt %v", v.name, seen, begins, ends, w.exempt())
	}
	if ok && !slices.ContainsFunc(w.policies, func(p *modelPolicy) bool {
		_, due, asks := w.asks(p)
		return asks && p.audience == seen.Audience && due.Equal(ends) && slices.ContainsFunc(append(slices.Clone(p.former), *p), func(rule modelPolicy) bool {
			at, ok := w.begins(&rule)
			return ok && w.counted(&rule)[seen.Since].Equal(at) && seen.SinceAt.Equal(at) && at.Add(time.Duration(rule.grace)*24*time.Hour).Equal(ends)
		})
	}) {
		w.fail("%s is asked by %q since %q, and no such policy is the strictest", v.name, seen.Audience, seen.Since)
	}
}
