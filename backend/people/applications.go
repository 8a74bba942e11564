package people

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

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
	OpenedAt  int64             `json:"-"` // Unix ms, 0 = never
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
	Factor        app.Factor `json:"factor" enum:"none,password,two" doc:"What the person must have given; none for public, and only there."`
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
		all[i] = Application{ID: a.ID, Revision: a.Revision, OpenedAt: a.OpenedAt, Name: a.Name, Addresses: a.Addresses, Rules: []ApplicationRule{}}
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

// tell records a change to an application and notifies all administrators.
func (s *Service) tell(ctx context.Context, tx *database.Tx, by auth.Actor, event audit.Kind, notice notify.Kind, name string) error {
	if err := s.TellOfApplication(ctx, tx, by, notice, name); err != nil {
		return err
	}
	return audit.Record(ctx, tx, s.EventBy(by, nil, event, map[string]any{"detail": name}))
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
	if err := s.tell(ctx, tx, by, audit.ApplicationChanged, notify.ApplicationChanged, before.Name); err != nil {
		return Application{}, err
	}
	if err := app.Replace(ctx, tx, &a); err != nil {
		return Application{}, err
	}
	return one(ctx, tx, a.ID)
}

// DeleteApplication deletes an application. Who is signed in to it is so no more.
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

// Why a trial ends as it does.
const (
	TrialPublic    = "public"
	TrialRule      = "rule"           // a rule lets the person in
	TrialNoRight   = "no_right"       // a rule fits, and is for others
	TrialNoRule    = "no_rule"        // no rule fits
	TrialAmbiguous = "ambiguous"      // every rule has to allow the path, and not all do
	TrialNoApp     = "no_application" // nothing is at the address, or the gate itself
	TrialSignIn    = "sign_in"        // nobody is signed in
	TrialDisabled  = "disabled"       // the account is disabled
)

// Trial says what would happen to a request.
type Trial struct {
	Application string // name, "" = none
	Allowed     bool   // after what is needed was done
	Reason      string
	Rule        int        // number of the rule that decides, 0 = none
	Needs       []app.Need // what the person would be asked
}

var methodForm = regexp.MustCompile(`^[A-Z]{1,20}$`)

// Try says what would happen if a person, "" = somebody who is not signed in, sent a
// request now, just after signing in.
func (s *Service) Try(ctx context.Context, by auth.Actor, address, method, username string) (Trial, error) {
	if err := by.Require(account.Administrator); err != nil {
		return Trial{}, err
	}
	target, ok := app.ParseTarget(address)
	switch {
	case !ok:
		return Trial{}, apperr.InvalidField("address", "not_allowed", "Enter a whole address, such as https://wiki.example.com/page.")
	case !methodForm.MatchString(method):
		return Trial{}, apperr.InvalidField("method", "not_allowed", "Enter a method, such as GET.")
	}
	set, err := s.ApplicationSet(ctx)
	if err != nil {
		return Trial{}, err
	}
	a := set.At(target.Origin)
	if a == nil || target.IsReserved() {
		return Trial{Reason: TrialNoApp}, nil
	}
	person, disabled := &app.Person{}, false
	if username != "" {
		if person, disabled, err = s.personNamed(ctx, username); err != nil {
			return Trial{}, err
		}
	}
	return tried(a, a.Decide(method, target.Path, person, s.Now()), disabled), nil
}

// personNamed returns how somebody is judged who has just signed in.
func (s *Service) personNamed(ctx context.Context, username string) (p *app.Person, disabled bool, err error) {
	id, err := s.IDOf(ctx, username)
	if apperr.CodeOf(err) == apperr.NotFound {
		return nil, false, apperr.InvalidField("username", "unknown", "There is no account of that name.")
	}
	if err != nil {
		return nil, false, err
	}
	f, err := s.Target(ctx, id)
	if err != nil {
		return nil, false, err
	}
	memberships, err := group.Of(ctx, s.DB.Read(ctx), id)
	if err != nil {
		return nil, false, err
	}
	now := s.Now()
	p = &app.Person{SignedIn: true, HasFactor: f.Any(), TwoFactors: f.Any() && !f.Paused(now), PasswordAt: now.UnixMilli()}
	if p.TwoFactors {
		p.CodeAt = p.PasswordAt
	}
	for _, m := range memberships {
		p.Groups = append(p.Groups, m.GroupID)
	}
	return p, f.Account().Disabled(), nil
}

func tried(a *app.Application, d app.Decision, disabled bool) Trial {
	t := Trial{Application: a.Name, Rule: d.Rule, Needs: d.Needs}
	signIn := slices.Contains(d.Needs, app.NeedSignIn)
	switch {
	case d.Allowed && d.Public:
		t.Reason, t.Allowed = TrialPublic, true
	case disabled:
		t.Reason, t.Needs = TrialDisabled, nil
	case signIn:
		t.Reason, t.Needs = TrialSignIn, nil
	case d.Allowed || len(d.Needs) > 0:
		t.Reason, t.Allowed = TrialRule, true
	case d.Ambiguous:
		t.Reason = TrialAmbiguous
	case d.Rule == 0:
		t.Reason = TrialNoRule
	default:
		t.Reason = TrialNoRight
	}
	return t
}
