package people

import (
	"context"
	"math"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/group"
	"imagemaster/backend/throttle"
)

// ReportPerson is one account in an exported report. Times are in UTC; null = never.
type ReportPerson struct {
	ID              int64        `json:"id"`
	Username        string       `json:"username"`
	DisplayName     string       `json:"display_name"`
	State           State        `json:"state"`
	Role            account.Role `json:"role"`
	Groups          []string     `json:"groups"`
	TwoFactor       SecondFactor `json:"two_factor"`
	Factors         FactorKinds  `json:"factors"` // of app, passkey and hardware_key
	FactorSince     *time.Time   `json:"factor_since"`
	FactorUsedAt    *time.Time   `json:"factor_last_used_at"`
	BackupCodesLeft int          `json:"backup_codes_left"`
	LastSignInAt    *time.Time   `json:"last_sign_in_at"`
	ExceptionUntil  *time.Time   `json:"exception_until"`
}

// forReport returns the person as a report lists it. exceptedUntil is in Unix ms, 0 = there
// is no exception.
func (p *Person) forReport(exceptedUntil int64) ReportPerson {
	e := p.Export()
	return ReportPerson{ID: e.ID, Username: e.Username, DisplayName: e.DisplayName, State: e.State, Role: e.Role, Groups: e.Groups, TwoFactor: e.TwoFactor, Factors: e.Factors,
		FactorSince: timeOrNull(p.FactorSince), FactorUsedAt: timeOrNull(p.FactorUsed), BackupCodesLeft: e.BackupCodesLeft, LastSignInAt: e.LastSignInAt,
		ExceptionUntil: timeOrNull(exceptedUntil)}
}

func timeOrNull(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	at := time.UnixMilli(ms).UTC()
	return &at
}

// reportBatch is how many people a report reads at once.
const reportBatch = 500

// people counts people, in batches of ids: many of them need little memory.
func (r *reporter) people(ctx context.Context, each func(ReportPerson)) error {
	groups, err := group.List(ctx, r.tx)
	if err != nil {
		return err
	}
	all := coverages{{Audience: CoversEverybody}, {Audience: CoversStaff}}
	place := map[string]int{}
	for _, g := range groups {
		place[g.Name] = len(all)
		all = append(all, Coverage{Audience: CoversGroup, Group: g.Name})
	}
	for last := int64(0); ; {
		ids, err := account.IDsAfter(ctx, r.tx, last, reportBatch)
		if err != nil {
			return err
		}
		some, err := r.findColumns(ctx, r.tx, reportColumns, ids)
		if err != nil {
			return err
		}
		for i := range some {
			r.People.count(&some[i])
			all.count(&some[i], place)
			each(some[i].forReport(r.excepted[some[i].ID]))
		}
		if err := r.stopped(ctx, ids, some); err != nil {
			return err
		}
		if len(ids) < reportBatch {
			break
		}
		last = ids[len(ids)-1]
	}
	r.Coverage = all.done()
	r.LockOuts.Now = limited(r, r.LockOuts.Now)
	return nil
}

// asks says whether the sign-in of a person asks for the second factor. One that no code
// opens any more still keeps others out.
func (p *Person) asks() bool {
	return p.SecondFactor != FactorNone && p.SecondFactor != FactorPaused
}

func (n *PeopleNumbers) count(p *Person) {
	n.Total++
	switch p.State {
	case Invited:
		n.Invited++
		return
	case Disabled:
		n.Disabled++
		return
	case Enabled:
		n.Enabled++
	}
	add := func(number *int, is bool) {
		if is {
			*number++
		}
	}
	add(&n.WithFactor, p.asks())
	add(&n.WithoutFactor, p.SecondFactor == FactorNone)
	add(&n.Paused, p.SecondFactor == FactorPaused)
	add(&n.WithApp, slices.Contains(p.Factors, App))
	add(&n.WithPasskey, slices.Contains(p.Factors, Passkey))
	add(&n.WithHardwareKey, slices.Contains(p.Factors, HardwareKey))
	add(&n.Dead, p.AppState == FactorDead)
	add(&n.Unreadable, p.AppState == FactorUnreadable)
	add(&n.Elsewhere, p.SecondFactor == FactorElsewhere)
	add(&n.WithoutCodes, p.HasFactor() && p.CodesLeft == 0)
	add(&n.NeverSignedIn, p.LastSignInAt == 0)
}

// coverages are first that of everybody, then that of helpers and administrators, then
// those of the groups.
type coverages []Coverage

// count counts a person in all that the person belongs to; place says where a group stands.
func (c coverages) count(p *Person, place map[string]int) {
	if p.State != Enabled {
		return
	}
	in := []int{0}
	if p.Role() != account.Person {
		in = append(in, 1)
	}
	for _, name := range p.Groups {
		if at, known := place[name]; known { // not made meanwhile
			in = append(in, at)
		}
	}
	for _, at := range in {
		c[at].Members++
		if p.asks() {
			c[at].WithFactor++
		}
	}
}

// done adds the percentages. They are rounded down: only all people are 100 percent.
func (c coverages) done() []Coverage {
	for i := range c {
		if c[i].Members > 0 {
			percent := math.Floor(float64(c[i].WithFactor)*1000/float64(c[i].Members)) / 10
			c[i].Percent = &percent
		}
	}
	return c
}

// stopped lists codes of these people that are not accepted any more. Only second factors
// count that they have.
func (r *reporter) stopped(ctx context.Context, ids []int64, some []Person) error {
	if len(ids) == 0 || len(r.LockOuts.Now) > r.most {
		return nil
	}
	budgets, err := throttle.Stopped(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	for _, b := range budgets {
		at := slices.IndexFunc(some, func(p Person) bool { return p.ID == b.AccountID })
		if at >= 0 && some[at].HasFactor() {
			r.LockOuts.Now = append(r.LockOuts.Now, StoppedCodes{Username: some[at].Username, Method: string(b.Method), Lane: string(b.Lane)})
		}
	}
	return nil
}
