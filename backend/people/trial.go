package people

import (
	"context"
	"slices"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/group"
)

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
	case !app.IsMethod(method):
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
	who := &known{}
	if username != "" {
		if who, err = s.personNamed(ctx, username); err != nil {
			return Trial{}, err
		}
	}
	trial := tried(a, a.Decide(method, target.Path, &who.Person, s.Now()), who.disabled)
	if trial.Reason == TrialRule && who.mustSetUp && !slices.Contains(trial.Needs, app.NeedSetUp) {
		trial.Needs = append(trial.Needs, app.NeedSetUp)
	}
	return trial, nil
}

// known is somebody with an account, as rules judge them.
type known struct {
	app.Person
	disabled  bool
	mustSetUp bool // the operator or a policy demands a factor that is missing
}

// personNamed returns how somebody is judged who has just signed in, with the strongest
// factor there is.
func (s *Service) personNamed(ctx context.Context, username string) (*known, error) {
	id, err := s.IDOf(ctx, username)
	if apperr.CodeOf(err) == apperr.NotFound {
		return nil, apperr.InvalidField("username", "unknown", "There is no account of that name.")
	}
	if err != nil {
		return nil, err
	}
	f, err := s.Target(ctx, id)
	if err != nil {
		return nil, err
	}
	memberships, err := group.Of(ctx, s.DB.Read(ctx), id)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	p := &known{disabled: f.Account().Disabled(), mustSetUp: f.MustSetUp(now), Person: app.Person{SignedIn: true, HasFactor: f.Any(), HasKey: f.HasKey(),
		TwoFactors: f.Any() && !f.Paused(now), PasswordAt: now.UnixMilli()}}
	if p.TwoFactors {
		p.CodeAt = p.PasswordAt
		if f.Resistant(now) {
			p.ResistantAt = p.PasswordAt
		}
	}
	for _, m := range memberships {
		p.Groups = append(p.Groups, m.GroupID)
	}
	return p, nil
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
