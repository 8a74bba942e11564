package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/notify"
)

// Application is an application as administrators read and write it: with the names of
// groups, not their ids.
type Application struct {
	ID        int64             `json:"-"`
	Revision  int64             `json:"-"` // has to be that of the last reading
	Opened    time.Time         `json:"-"` // zero = never
	Name      string            `json:"name"`
	Addresses []string          `json:"addresses"`
	Rules     []ApplicationRule `json:"rules"`
}

// Methods says what a rule is for.
type Methods string

// What a rule is for.
const (
	Reading    Methods = "reading" // GET and HEAD
	AllMethods Methods = "all"
)

// ApplicationRule says who may open what. The tags describe it in the interface.
type ApplicationRule struct {
	Path          string     `json:"path" doc:"A prefix of whole segments. Reasons: not_allowed, too_long, ambiguous."`
	Methods       Methods    `json:"methods" enum:"reading,all" doc:"reading: GET and HEAD only."`
	Who           app.Who    `json:"who" enum:"everybody,groups,public" doc:"everybody: who is signed in. public: anybody."`
	Groups        []string   `json:"groups" nullable:"false" maxItems:"50" doc:"Names of groups, only with groups. Reasons: unknown, count."`
	Factor        app.Factor `json:"factor" enum:"none,password,two,resistant" doc:"What the person must have given; none for public, and only there. resistant: a passkey or hardware key that counts as phishing-resistant."`
	MaxAgeMinutes int        `json:"max_age_minutes" minimum:"0" maximum:"1440" doc:"How old the factors may be, the oldest counts; 0 = as old as the session."`
	Origins       []string   `json:"origins" nullable:"false" maxItems:"20" doc:"Further origins whose pages may send requests. Reasons: not_allowed."`
}

// Applications returns all applications by name.
func (s *Service) Applications(ctx context.Context, by auth.Actor) ([]Application, error) {
	if err := by.Require(account.Administrator); err != nil {
		return nil, err
	}
	tx := s.DB.Read(ctx)
	all, err := app.List(ctx, tx)
	if err != nil {
		return nil, err
	}
	return withNames(ctx, tx, all...)
}

// Application returns one application.
func (s *Service) Application(ctx context.Context, by auth.Actor, id int64) (Application, error) {
	if err := by.Require(account.Administrator); err != nil {
		return Application{}, err
	}
	return one(ctx, s.DB.Read(ctx), id)
}

func one(ctx context.Context, tx *database.Tx, id int64) (Application, error) {
	found, err := app.Find(ctx, tx, id)
	if err != nil {
		return Application{}, noApplication(err)
	}
	all, err := withNames(ctx, tx, *found)
	if err != nil {
		return Application{}, err
	}
	return all[0], nil
}

func noApplication(err error) error {
	if errors.Is(err, app.ErrNotFound) {
		return apperr.Of(apperr.NotFound)
	}
	return err
}

// withNames gives stored applications the names of the groups in their rules.
func withNames(ctx context.Context, tx *database.Tx, stored ...app.Application) ([]Application, error) {
	groups, err := group.List(ctx, tx)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	all := make([]Application, len(stored))
	for i, a := range stored {
		all[i] = Application{ID: a.ID, Revision: a.Revision, Opened: a.Opened(), Name: a.Name, Addresses: a.Addresses, Rules: []ApplicationRule{}}
		for _, r := range a.Rules {
			rule := ApplicationRule{Path: r.Path, Methods: AllMethods, Who: r.Who, Groups: []string{}, Factor: r.Factor,
				MaxAgeMinutes: r.MaxAgeMinutes, Origins: append([]string{}, r.Origins...)}
			if r.Reading {
				rule.Methods = Reading
			}
			for _, id := range r.Groups {
				rule.Groups = append(rule.Groups, names[id])
			}
			slices.Sort(rule.Groups)
			all[i].Rules = append(all[i].Rules, rule)
		}
	}
	return all, nil
}

// parseApplication checks an application and finds the groups that its rules name.
func (s *Service) parseApplication(ctx context.Context, tx *database.Tx, typed Application) (app.Application, error) {
	name, err := account.ParseText("name", typed.Name, app.MaxName)
	if err != nil {
		return app.Application{}, err
	}
	var named []string
	for _, r := range typed.Rules {
		named = append(named, r.Groups...)
	}
	ids, err := group.IDs(ctx, tx, named)
	if err != nil {
		return app.Application{}, err
	}
	a := app.Application{ID: typed.ID, Revision: typed.Revision, Name: name, Addresses: typed.Addresses}
	for i, r := range typed.Rules {
		if r.Methods != Reading && r.Methods != AllMethods {
			return app.Application{}, apperr.InvalidField(fmt.Sprintf("rules/%d/methods", i), "not_allowed", "A rule is for reading or for all methods.")
		}
		if r.Factor == app.Resistant && !s.KeysPossible() { // nobody could open it
			return app.Application{}, apperr.Of(apperr.KeysImpossible)
		}
		rule := app.Rule{Path: r.Path, Reading: r.Methods == Reading, Who: r.Who, Factor: r.Factor, MaxAgeMinutes: r.MaxAgeMinutes, Origins: r.Origins}
		for j, name := range r.Groups {
			id, ok := ids[name]
			if !ok {
				return app.Application{}, apperr.InvalidField(fmt.Sprintf("rules/%d/groups/%d", i, j), "unknown", "There is no group "+name+".")
			}
			rule.Groups = append(rule.Groups, id)
		}
		a.Rules = append(a.Rules, rule)
	}
	return app.Parse(a, s.PublicURL)
}

// changeApplications runs a change to applications. Its locks are those on
// administrators, on applications, and on the person who acts, in this order. All
// administrators are told before the application is touched: their accounts come first.
// Deleting one meets a ticket that is redeemed, and a group its rules, in another order on
// MySQL: then InTx runs one of the two again.
func (s *Service) changeApplications(ctx context.Context, by auth.Actor, change func(tx *database.Tx) error) error {
	if err := s.RequireFresh(by, account.Administrator); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := account.LockAdministrators(ctx, tx); err != nil {
			return err
		}
		if err := app.Lock(ctx, tx); err != nil {
			return err
		}
		if err := s.LockActor(ctx, tx, by, account.Administrator); err != nil {
			return err
		}
		return noApplication(change(tx))
	})
}

// tell records a change to an application and notifies all administrators. changes are the
// parts that are different now.
func (s *Service) tell(ctx context.Context, tx *database.Tx, by auth.Actor, event audit.Kind, notice notify.Kind, name string, changes ...string) error {
	if err := s.TellOfChange(ctx, tx, by, notice, name); err != nil {
		return err
	}
	facts := map[string]any{"detail": name}
	if len(changes) > 0 {
		facts["changed"] = changes
	}
	return audit.Record(ctx, tx, s.EventBy(by, nil, event, facts))
}

// CreateApplication stores a new application.
func (s *Service) CreateApplication(ctx context.Context, by auth.Actor, typed Application) (created Application, err error) {
	err = s.changeApplications(ctx, by, func(tx *database.Tx) error {
		created, err = s.create(ctx, tx, by, typed)
		return err
	})
	return created, err
}

func (s *Service) create(ctx context.Context, tx *database.Tx, by auth.Actor, typed Application) (Application, error) {
	a, err := s.parseApplication(ctx, tx, typed)
	if err != nil {
		return Application{}, err
	}
	if err := s.tell(ctx, tx, by, audit.ApplicationAdded, notify.ApplicationAdded, a.Name); err != nil {
		return Application{}, err
	}
	if err := app.Create(ctx, tx, &a); err != nil {
		return Application{}, err
	}
	return one(ctx, tx, a.ID)
}

// ChangeApplication replaces the name, the addresses and the rules of an application. If
// somebody has changed it since it was read, nothing is changed.
func (s *Service) ChangeApplication(ctx context.Context, by auth.Actor, typed Application) (changed Application, err error) {
	err = s.changeApplications(ctx, by, func(tx *database.Tx) error {
		changed, err = s.replace(ctx, tx, by, typed)
		return err
	})
	return changed, err
}

func (s *Service) replace(ctx context.Context, tx *database.Tx, by auth.Actor, typed Application) (Application, error) {
	before, err := app.Find(ctx, tx, typed.ID)
	if err != nil {
		return Application{}, err
	}
	if before.Revision != typed.Revision {
		return Application{}, apperr.Of(apperr.WrongState)
	}
	a, err := s.parseApplication(ctx, tx, typed)
	if err != nil {
		return Application{}, err
	}
	named := before.Name
	if a.Name != before.Name {
		named += " → " + a.Name
	}
	if err := s.tell(ctx, tx, by, audit.ApplicationChanged, notify.ApplicationChanged, named, before.Changes(&a)...); err != nil {
		return Application{}, err
	}
	if err := app.Replace(ctx, tx, &a); err != nil {
		return Application{}, err
	}
	return one(ctx, tx, a.ID)
}

// DeleteApplication deletes an application. Everybody who is signed in to it is signed out.
func (s *Service) DeleteApplication(ctx context.Context, by auth.Actor, id int64) error {
	return s.changeApplications(ctx, by, func(tx *database.Tx) error { return s.remove(ctx, tx, by, id) })
}

func (s *Service) remove(ctx context.Context, tx *database.Tx, by auth.Actor, id int64) error {
	a, err := app.Find(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, tx, by, audit.ApplicationDeleted, notify.ApplicationDeleted, a.Name); err != nil {
		return err
	}
	return app.Delete(ctx, tx, id)
}
