package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// Plan says what a set of applications changes. Each part is sorted by name, but for
// Added, which is in the order of the set.
type Plan struct {
	Added, Deleted, Unchanged []Application
	Changed                   []Change
}

// Change is an application before and after.
type Change struct{ Before, After Application }

// Empty reports that nothing is changed.
func (p *Plan) Empty() bool { return len(p.Added)+len(p.Deleted)+len(p.Changed) == 0 }

// errPlanned ends a transaction that stores nothing.
var errPlanned = errors.New("people: only planned")

// ApplyApplications makes the stored applications those of a whole set, all of it or
// nothing. They are compared by name; what is equal is left alone, and nothing is told
// about it. Without commit everything is done and then undone: the set is refused for
// what would be refused, and the plan says what would happen.
//
// The field of an error begins with "applications/" and the number in the set, from 0.
func (s *Service) ApplyApplications(ctx context.Context, by auth.Actor, set []Application, commit bool) (Plan, error) {
	var plan Plan
	err := s.changeApplications(ctx, by, func(tx *database.Tx) error {
		w, err := s.compare(ctx, tx, set)
		if err != nil {
			return err
		}
		if err := s.carryOut(ctx, tx, by, w); err != nil {
			return err
		}
		if plan, err = w.plan(ctx, tx); err == nil && (!commit || plan.Empty()) {
			return errPlanned
		}
		return err
	})
	if err != nil && !errors.Is(err, errPlanned) {
		return Plan{}, err
	}
	return plan, nil
}

// work is what a set changes, as it is stored. before and after are of the same length.
type work struct {
	added, deleted, unchanged []app.Application
	before, after             []app.Application
}

// compare checks a set and compares it with what is stored. The caller holds the lock on
// applications.
func (s *Service) compare(ctx context.Context, tx *database.Tx, set []Application) (work, error) {
	wanted, err := s.parseWhole(ctx, tx, set)
	if err != nil {
		return work{}, err
	}
	stored, err := app.List(ctx, tx)
	if err != nil {
		return work{}, err
	}
	var w work
	for _, old := range stored {
		i := slices.IndexFunc(wanted, func(a app.Application) bool { return a.Name == old.Name })
		if i < 0 {
			w.deleted = append(w.deleted, old)
			continue
		}
		fresh := wanted[i]
		wanted = slices.Delete(wanted, i, i+1)
		if equal(old, fresh) {
			w.unchanged = append(w.unchanged, old)
			continue
		}
		fresh.ID, fresh.Revision, fresh.OpenedAt = old.ID, old.Revision, old.OpenedAt
		w.before, w.after = append(w.before, old), append(w.after, fresh)
	}
	w.added = wanted
	return w, nil
}

// parseWhole checks the applications of a set, each as on the page, and all together.
func (s *Service) parseWhole(ctx context.Context, tx *database.Tx, set []Application) ([]app.Application, error) {
	if len(set) > app.MaxApplications { // before each is looked at
		return nil, inSet("", app.CheckWhole(make([]app.Application, len(set))))
	}
	all := make([]app.Application, len(set))
	for i, typed := range set {
		typed.ID, typed.Revision = 0, 0
		a, err := s.parseApplication(ctx, tx, typed)
		if err != nil {
			return nil, inSet(fmt.Sprint(i), err)
		}
		all[i] = a
	}
	return all, inSet("", app.CheckWhole(all))
}

// inSet names the place of an error in the whole set.
func inSet(place string, err error) error {
	var known *apperr.Error
	if !errors.As(err, &known) {
		return err
	}
	named := *known
	named.Fields = slices.Clone(known.Fields)
	for i, f := range named.Fields {
		parts := slices.DeleteFunc([]string{"applications", place, f.Name}, func(part string) bool { return part == "" })
		named.Fields[i].Name = strings.Join(parts, "/")
	}
	return &named
}

// equal compares two applications whose names are.
func equal(a, b app.Application) bool {
	return slices.Equal(a.Addresses, b.Addresses) && slices.EqualFunc(a.Rules, b.Rules, func(x, y app.Rule) bool {
		return x.Path == y.Path && x.Reading == y.Reading && x.Who == y.Who && x.Factor == y.Factor && x.MaxAgeMinutes == y.MaxAgeMinutes &&
			slices.Equal(slices.Sorted(slices.Values(x.Groups)), slices.Sorted(slices.Values(y.Groups))) && slices.Equal(x.Origins, y.Origins)
	})
}

// carryOut stores what is changed. Administrators are notified first, which locks their
// accounts: all transactions lock accounts before applications. Hosts that are given up
// are free before they are taken.
func (s *Service) carryOut(ctx context.Context, tx *database.Tx, by auth.Actor, w work) error {
	for _, part := range []struct {
		event  audit.Kind
		notice notify.Kind
		of     []app.Application
	}{
		{audit.ApplicationDeleted, notify.ApplicationDeleted, w.deleted},
		{audit.ApplicationChanged, notify.ApplicationChanged, w.after},
		{audit.ApplicationAdded, notify.ApplicationAdded, w.added},
	} {
		for _, a := range part.of {
			if err := s.tell(ctx, tx, by, part.event, part.notice, a.Name); err != nil {
				return err
			}
		}
	}
	for _, a := range w.deleted {
		if err := app.Delete(ctx, tx, a.ID); err != nil {
			return err
		}
	}
	ids := make([]int64, len(w.after))
	for i, a := range w.after {
		ids[i] = a.ID
	}
	if err := app.Vacate(ctx, tx, ids...); err != nil {
		return err
	}
	for i := range w.after {
		if err := app.Replace(ctx, tx, &w.after[i]); err != nil {
			return err
		}
	}
	for i := range w.added {
		if err := app.Create(ctx, tx, &w.added[i]); err != nil {
			return err
		}
	}
	return nil
}

// plan names the groups in what was compared.
func (w work) plan(ctx context.Context, tx *database.Tx) (p Plan, err error) {
	var before, after []Application
	for _, part := range []struct {
		of []app.Application
		to *[]Application
	}{{w.added, &p.Added}, {w.deleted, &p.Deleted}, {w.unchanged, &p.Unchanged}, {w.before, &before}, {w.after, &after}} {
		if *part.to, err = withNames(ctx, tx, part.of...); err != nil {
			return Plan{}, err
		}
	}
	for i := range before {
		p.Changed = append(p.Changed, Change{before[i], after[i]})
	}
	return p, nil
}
