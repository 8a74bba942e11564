package api

import (
	"context"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/people"
	"imagemaster/backend/policy"
)

// ObligationView is what policies ask of a person next: of several the one with the earliest
// deadline, and of somebody with a second factor a key, if one is asked.
type ObligationView struct {
	Audience       policy.Audience `json:"audience" enum:"everybody,groups,staff" doc:"Whom the policy is for. staff: helpers and administrators."`
	Minimum        policy.Minimum  `json:"minimum" enum:"any,resistant" doc:"any: a second factor of any kind. resistant: a passkey or hardware key."`
	Met            bool            `json:"met" doc:"True if the person has that, and it is not paused."`
	Groups         []string        `json:"groups" nullable:"false" doc:"Those of the policy that the person is in."`
	Since          policy.Since    `json:"since" enum:"start,created,joined,role,changed" doc:"What grace is counted from: the start of the policy, the account, the joining of the group, the role, a change of the policy."`
	SinceAt        string          `json:"since_at" format:"date-time" doc:"When that was; it may be ahead."`
	BeginsAt       string          `json:"begins_at" format:"date-time" doc:"When the person is asked first."`
	Deadline       string          `json:"deadline" format:"date-time" doc:"From then on the person has to have it."`
	ExceptionUntil *string         `json:"exception_until" format:"date-time" doc:"Until when an exception holds; null = there is none."`
}

func (s *server) viewObligation(o policy.Obligation, met bool) orNull[ObligationView] {
	if !o.Asks() {
		return orNull[ObligationView]{}
	}
	view := &ObligationView{Audience: o.Audience, Minimum: o.Minimum, Met: met, Groups: o.Groups, Since: o.Since, SinceAt: stamp(o.SinceAt), BeginsAt: stamp(o.Begins), Deadline: stamp(o.Deadline(s.Now()))}
	if view.Groups == nil {
		view.Groups = []string{}
	}
	if o.Exempt(s.Now()) {
		view.ExceptionUntil = stampOrNull(o.Exception.Ends())
	}
	return orNull[ObligationView]{view}
}

// PolicyRequest makes or changes a policy.
type PolicyRequest struct {
	Audience  policy.Audience `json:"audience" enum:"everybody,groups,staff" doc:"Whom it is for. staff: helpers and administrators."`
	Minimum   policy.Minimum  `json:"minimum" enum:"any,resistant" doc:"any: a second factor of any kind. resistant: a passkey or hardware key."`
	Groups    []string        `json:"groups" nullable:"false" maxItems:"1000" doc:"By name, for the audience groups only. Reasons: empty, not_allowed, unknown."`
	StartsAt  string          `json:"starts_at" format:"date-time" doc:"Reasons: not_allowed."`
	GraceDays int             `json:"grace_days" doc:"0 to 365 days, counted from the start, the account, the joining of the group, the role, or a change that asks more, whichever is latest. Reasons: not_allowed."`
}

func (r *PolicyRequest) policy(id int64) (people.Policy, error) {
	starts, err := parseTime("starts_at", r.StartsAt)
	return people.Policy{ID: id, Audience: r.Audience, Minimum: r.Minimum, Groups: r.Groups, StartsAt: starts, GraceDays: r.GraceDays}, err
}

// parseTime reads a time of a request.
func parseTime(field, text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, apperr.OfField(field, "not_allowed")
	}
	return at, nil
}

// PolicyTrialRequest is a policy to be tried.
type PolicyTrialRequest struct {
	ID int64 `json:"id" doc:"The policy that it would replace; 0 = a new one."`
	PolicyRequest
}

// PolicyID names a policy.
type PolicyID struct {
	ID int64 `path:"id" doc:"The policy's id."`
}

// forPolicy is a request about a policy.
type forPolicy[T any] struct {
	PolicyID
	Body T
}

// PolicyAnswer is a policy that was made.
type PolicyAnswer struct {
	ID int64 `json:"id" doc:"The policy's id."`
}

// PolicyView is a policy.
type PolicyView struct {
	ID        int64           `json:"id" doc:"The policy's id."`
	Audience  policy.Audience `json:"audience" enum:"everybody,groups,staff" doc:"Whom it is for. staff: helpers and administrators."`
	Minimum   policy.Minimum  `json:"minimum" enum:"any,resistant" doc:"any: a second factor of any kind. resistant: a passkey or hardware key."`
	Groups    []string        `json:"groups" nullable:"false" doc:"By name, sorted."`
	StartsAt  string          `json:"starts_at" format:"date-time" doc:"When it begins."`
	GraceDays int             `json:"grace_days" doc:"Days of grace."`
	ChangedAt string          `json:"changed_at" format:"date-time" doc:"When it was made or last changed."`
}

// ExceptionView is an exception.
type ExceptionView struct {
	AccountID   int64  `json:"account_id" doc:"The account's id."`
	Username    string `json:"username" doc:"The person's user name."`
	DisplayName string `json:"display_name" doc:"May be empty."`
	Reason      string `json:"reason" doc:"Why."`
	EndsAt      string `json:"ends_at" format:"date-time" doc:"When it ends."`
	GivenBy     string `json:"given_by" doc:"User name of its giver; empty = the operator."`
	GivenAt     string `json:"given_at" format:"date-time" doc:"When it was given."`
}

// PolicyList holds all policies and the exceptions from them.
type PolicyList struct {
	Policies   []PolicyView    `json:"policies" nullable:"false" doc:"In the order in which they were made."`
	Exceptions []ExceptionView `json:"exceptions" nullable:"false" doc:"Those that hold, the one that ends first at the beginning; at most 1000."`
}

// PolicyTrial says what a policy would do.
type PolicyTrial struct {
	Affected      int              `json:"affected" doc:"People whom it is for and who are not disabled."`
	WithoutFactor int              `json:"without_factor" doc:"Those of them without a second factor."`
	WithoutKey    int              `json:"without_key" doc:"Those with a second factor and without a passkey or hardware key, if the policy demands one."`
	Paused        int              `json:"paused" doc:"Those with a pause, which would end at the deadline."`
	WithoutCodes  int              `json:"without_codes" doc:"Those with a second factor and no unused backup code."`
	NeverSignedIn int              `json:"never_signed_in" doc:"Those who have never signed in."`
	Excepted      int              `json:"excepted" doc:"Those with an exception."`
	FirstDeadline *string          `json:"first_deadline" format:"date-time" doc:"The earliest of those who do not have what is demanded; null = there are none."`
	People        []AffectedPerson `json:"people" nullable:"false" doc:"Those who do not have what is demanded, at most 50."`
	More          bool             `json:"more" doc:"True if there are more."`
}

// AffectedPerson is somebody who does not have what a policy demands.
type AffectedPerson struct {
	ID            int64  `json:"id" doc:"The account's id."`
	Username      string `json:"username" doc:"The user name."`
	DisplayName   string `json:"display_name" doc:"May be empty."`
	NeverSignedIn bool   `json:"never_signed_in" doc:"True if the person has never signed in."`
	Deadline      string `json:"deadline" format:"date-time" doc:"When it would be due."`
}

// ExceptionRequest gives an exception.
type ExceptionRequest struct {
	ReasonRequest
	EndsAt string `json:"ends_at" format:"date-time" doc:"Within 90 days. Reasons: not_allowed."`
}

func viewException(e *people.Exception) ExceptionView {
	return ExceptionView{AccountID: e.AccountID, Username: e.Username, DisplayName: e.DisplayName, Reason: e.Reason, EndsAt: stamp(e.EndsAt),
		GivenBy: e.GivenBy, GivenAt: stamp(e.GivenAt)}
}

func (s *server) listPolicies(ctx context.Context, _ *none) (*body[PolicyList], error) {
	policies, err := s.People.Policies(ctx, by(ctx))
	if err != nil {
		return nil, err
	}
	exceptions, err := s.People.Exceptions(ctx, by(ctx))
	if err != nil {
		return nil, err
	}
	list := PolicyList{Policies: []PolicyView{}, Exceptions: []ExceptionView{}}
	for _, p := range policies {
		list.Policies = append(list.Policies, PolicyView{p.ID, p.Audience, p.Minimum, p.Groups, stamp(p.StartsAt), p.GraceDays, stamp(p.ChangedAt)})
	}
	for i := range exceptions {
		list.Exceptions = append(list.Exceptions, viewException(&exceptions[i]))
	}
	return &body[PolicyList]{list}, nil
}

func (s *server) createPolicy(ctx context.Context, in *body[PolicyRequest]) (*body[PolicyAnswer], error) {
	p, err := in.Body.policy(0)
	if err != nil {
		return nil, err
	}
	id, err := s.People.CreatePolicy(ctx, by(ctx), p)
	if err != nil {
		return nil, err
	}
	return &body[PolicyAnswer]{PolicyAnswer{id}}, nil
}

func (s *server) changePolicy(ctx context.Context, in *forPolicy[PolicyRequest]) (*none, error) {
	p, err := in.Body.policy(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.People.ChangePolicy(ctx, by(ctx), p)
}

func (s *server) deletePolicy(ctx context.Context, in *PolicyID) (*none, error) {
	return nil, s.People.DeletePolicy(ctx, by(ctx), in.ID)
}

func (s *server) tryPolicy(ctx context.Context, in *body[PolicyTrialRequest]) (*body[PolicyTrial], error) {
	p, err := in.Body.policy(in.Body.ID)
	if err != nil {
		return nil, err
	}
	run, err := s.People.TryPolicy(ctx, by(ctx), p)
	if err != nil {
		return nil, err
	}
	view := PolicyTrial{Affected: run.Affected, WithoutFactor: run.WithoutFactor, WithoutKey: run.WithoutKey, Paused: run.Paused, WithoutCodes: run.WithoutCodes,
		NeverSignedIn: run.NeverSignedIn, Excepted: run.Excepted, FirstDeadline: stampOrNull(run.FirstDeadline), People: []AffectedPerson{}, More: run.More}
	for i := range run.People {
		one := &run.People[i]
		view.People = append(view.People, AffectedPerson{one.ID, one.Username, one.DisplayName, one.LastSignInAt == 0, stamp(one.Deadline)})
	}
	return &body[PolicyTrial]{view}, nil
}

func (s *server) giveException(ctx context.Context, in *forPerson[ExceptionRequest]) (*none, error) {
	until, err := parseTime("ends_at", in.Body.EndsAt)
	if err != nil {
		return nil, err
	}
	return nil, s.People.GiveException(ctx, by(ctx), in.ID, in.Body.Reason, until)
}

func (s *server) endException(ctx context.Context, in *PersonID) (*none, error) {
	return nil, s.People.EndException(ctx, by(ctx), in.ID)
}
