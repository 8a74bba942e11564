package auth

import (
	"context"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/policy"
	"imagemaster/backend/session"
)

// Actor is a helper or an administrator in a session, or the operator at the command
// line, who acts on another account.
type Actor struct {
	Caller *Caller // nil = the operator
}

// Operator is the command line.
var Operator = Actor{}

// By is the person who sends a request.
func By(c *Caller) Actor { return Actor{c} }

// Name is the user name of the person who acts, "" = the operator.
func (by Actor) Name() string {
	if by.Caller == nil {
		return ""
	}
	return by.Caller.Account.Username
}

// ID is the account of the person who acts, 0 = the operator.
func (by Actor) ID() int64 {
	if by.Caller == nil {
		return 0
	}
	return by.Caller.Account.ID
}

// Role is what the actor may do. The operator may do everything.
func (by Actor) Role() account.Role {
	if by.Caller == nil {
		return account.Administrator
	}
	return by.Caller.Account.Role()
}

// Require refuses an actor below a role, or whose session has not given a second
// factor: nobody sees other people without one.
func (by Actor) Require(least account.Role) error {
	c := by.Caller
	if c == nil {
		return nil
	}
	if err := c.ready(); err != nil {
		return err
	}
	return c.requireRole(least)
}

// RequireFresh is Require for a change: the factors were given lately, too.
func (s *Service) RequireFresh(by Actor, least account.Role) error {
	if err := by.Require(least); err != nil || by.Caller == nil {
		return err
	}
	return by.Caller.requireFresh(s.Now(), strongest)
}

func (c *Caller) requireRole(least account.Role) error {
	roles := account.Roles()
	switch {
	case slices.Index(roles, c.Account.Role()) < slices.Index(roles, least):
		return apperr.Of(apperr.RoleOwed)
	case !c.factors.Any():
		return apperr.Of(apperr.FactorOwed)
	case c.Session.Level < session.LevelTwo: // opened during a pause
		return errStepUpOwed(apperr.NeedCode)
	}
	return nil
}

// Meets says whether the person who acts meets a policy: there is a second factor that the
// sign-in asks for, and a key where the policy demands one. The operator has no account.
func (by Actor) Meets(least policy.Minimum, now time.Time) bool {
	if by.Caller == nil {
		return true
	}
	f := by.Caller.factors
	return f.RequiredLevel(now) == session.LevelTwo && f.meets(least)
}

// LockActor locks the actor for a change that has no target account, such as a new
// group, and judges the role and the step-up again.
func (s *Service) LockActor(ctx context.Context, tx *database.Tx, by Actor, least account.Role) error {
	if by.Caller == nil {
		return nil
	}
	if err := lock(ctx, tx, by.Caller, s.Now()); err != nil {
		return err
	}
	return s.RequireFresh(by, least)
}
