package people

import (
	"cmp"
	"context"
	"slices"

	"imagemaster/backend/audit"
	"imagemaster/backend/totp"
)

// Filters of the events that a report lists.
var (
	heldBack = []audit.Filter{{Reason: audit.ReasonWait}, {Reason: audit.ReasonStopped}}

	recovering = []audit.Filter{
		{Kind: audit.LinkGiven}, {Kind: audit.LinkUsed, Reason: "password"}, // not those of invitations
		{Kind: audit.HelpCodeGiven}, {Kind: audit.HelpCodeUsed}, {Kind: audit.HelpRefused},
		{Kind: audit.KeyRemoved, ByOther: true}, {Kind: audit.PasswordChanged, ByOther: true},
	}

	aboutKeys = []audit.Filter{
		{Kind: audit.RingKeyAdded}, {Kind: audit.RingKeyUsed}, {Kind: audit.RingResealed}, {Kind: audit.RingKeyRetired},
		{Kind: audit.RingKeyLost}, {Kind: audit.RingKeyFound}, {Kind: audit.Restored},
	}
)

// events returns the events of the report's time that fit one of the filters, the newest
// first.
func (r *reporter) events(ctx context.Context, filters []audit.Filter) ([]NamedEvent, error) {
	var all []audit.Event
	for _, f := range filters {
		f.Since = r.Since.UnixMilli()
		some, _, err := eventsThatFit(ctx, r.tx, f, r.most+1)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b audit.Event) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID)) })
	return nameEvents(ctx, r.tx, limited(r, all))
}

func (r *reporter) heldBack(ctx context.Context) (err error) {
	if r.LockOuts.HeldBack, err = audit.CountWithReason(ctx, r.tx, []string{audit.ReasonWait, audit.ReasonStopped}, r.Since); err != nil {
		return err
	}
	found, err := r.events(ctx, heldBack)
	r.LockOuts.Events = make([]HeldBack, len(found))
	for i := range found {
		e := &found[i]
		r.LockOuts.Events[i] = HeldBack{At: e.Time(), Username: e.Username, Kind: e.Kind, Reason: e.Reason, Tries: max(e.Count, 1)}
	}
	return err
}

func (r *reporter) recoveries(ctx context.Context) error {
	found, err := r.events(ctx, recovering)
	r.Recoveries = make([]Recovery, len(found))
	for i := range found {
		e, facts := &found[i], found[i].Facts()
		r.Recoveries[i] = Recovery{At: e.Time(), Kind: e.Kind, AccountID: e.AccountID, Username: e.Username, Actor: e.Actor, By: facts.By, Reason: facts.Detail}
		if e.Kind == audit.HelpRefused { // the detail is who had given the help
			r.Recoveries[i].By, r.Recoveries[i].Reason = facts.Detail, ""
		}
	}
	return err
}

func (r *reporter) keys(ctx context.Context) error {
	for _, id := range r.Service.Keys.IDs() {
		sealed, err := totp.CountSealedBy(ctx, r.tx, id)
		if err != nil {
			return err
		}
		r.Report.Keys.Present = append(r.Report.Keys.Present, RingKey{ID: id, Seals: id == r.Service.Keys.CurrentID(), Sealed: sealed})
	}
	found, err := r.events(ctx, aboutKeys)
	r.Report.Keys.Events = make([]KeyEvent, len(found))
	for i := range found {
		e, facts := &found[i], found[i].Facts()
		r.Report.Keys.Events[i] = KeyEvent{At: e.Time(), Kind: e.Kind, Key: facts.Key, By: facts.By}
	}
	return err
}
