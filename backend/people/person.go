package people

import (
	"context"
	"errors"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/policy"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// Act is something that can be done to the account of somebody else.
type Act string

// The acts.
const (
	ActEndSessions  Act = "end_sessions"
	ActPasswordLink Act = "password_link"
	ActHelpCode     Act = "help_code"
	ActInvitation   Act = "invitation"
	ActDisable      Act = "disable"
	ActEnable       Act = "enable"
	ActRemoveFactor Act = "remove_second_factor"
	ActRename       Act = "rename"
	ActEmail        Act = "email"
	ActRole         Act = "role"
	ActGroups       Act = "groups"
	ActExcept       Act = "exception"
	ActEndExcept    Act = "end_exception"
	ActDelete       Act = "delete"
)

// Detail is all that the page of one person shows.
type Detail struct {
	Person
	Own         bool      // the account of the person who asks
	App         *totp.Key // nil = none
	Keys        []auth.KeyView
	Codes       *backupcode.Set // the live set, nil = none
	Memberships []group.Membership
	Sessions    []session.Session
	Link        *account.Link // one that works, nil = none
	LinkBy      string        // user name of its giver, "" = the operator
	Help        *auth.OpenHelp
	// PasswordKnown says that somebody without the second factor had the password lately.
	PasswordKnown bool
	Obligation    policy.Obligation // what is asked next
	Met           bool              // the obligation
	Exception     *Exception        // one that holds, nil = none
	May           []Act             // what the person who asks may do with the account now
}

// Find returns what is known of one person.
func (s *Service) Find(ctx context.Context, by auth.Actor, id int64) (Detail, error) {
	if err := by.Require(account.Helper); err != nil {
		return Detail{}, err
	}
	tx, now := s.DB.Read(ctx), s.Now()
	found, err := s.find(ctx, tx, []int64{id})
	if err != nil {
		return Detail{}, err
	}
	if len(found) == 0 {
		return Detail{}, apperr.Of(apperr.NotFound)
	}
	d := Detail{Person: found[0], Own: by.ID() == id}
	if d.App, err = totp.Find(ctx, tx, id); err != nil && !errors.Is(err, totp.ErrNotFound) {
		return Detail{}, err
	}
	if d.Keys, err = s.KeysOf(ctx, tx, id); err != nil {
		return Detail{}, err
	}
	if d.Codes, _, err = backupcode.Current(ctx, tx, id); err != nil && !errors.Is(err, backupcode.ErrNotFound) {
		return Detail{}, err
	}
	if d.Memberships, err = group.Of(ctx, tx, id); err != nil {
		return Detail{}, err
	}
	if d.Sessions, err = session.List(ctx, tx, id, d.Epoch, s.SessionLimits, now); err != nil {
		return Detail{}, err
	}
	if d.Link, d.LinkBy, err = s.OpenLink(ctx, tx, &d.Account); err != nil {
		return Detail{}, err
	}
	if d.Help, err = s.OpenHelpOf(ctx, tx, &d.Account); err != nil {
		return Detail{}, err
	}
	if d.PasswordKnown, err = s.PasswordKnownOf(ctx, &d.Account); err != nil {
		return Detail{}, err
	}
	if err := s.addObligation(ctx, tx, &d, now); err != nil {
		return Detail{}, err
	}
	d.May = d.acts(by, s.Mails(&d.Account), now)
	return d, nil
}

// addObligation adds what policies ask of the person, and an exception that holds.
func (s *Service) addObligation(ctx context.Context, tx *database.Tx, d *Detail, now time.Time) error {
	all, err := policy.List(ctx, tx)
	if err != nil {
		return err
	}
	asked, err := policy.Under(ctx, tx, all, now, auth.SubjectOf(&d.Account)) // an exception also where there is no policy
	if err != nil {
		return err
	}
	o, has := asked[d.ID], d.HasFactor() && d.SecondFactor != FactorPaused
	d.Obligation = *o.Next(has)
	d.Met = has && d.Obligation.Minimum.MetBy(true, slices.ContainsFunc(d.Keys, func(k auth.KeyView) bool { return k.Works }))
	if !d.Obligation.Exempt(now) {
		return nil
	}
	found, err := withPeople(ctx, tx, *d.Obligation.Exception)
	if err == nil {
		d.Exception = &found[0]
	}
	return err
}

// acts says what somebody may do with the account in its present state. Each act
// judges for itself; this spares people buttons that cannot work.
func (d *Detail) acts(by auth.Actor, mails bool, now time.Time) []Act {
	var may []Act
	add := func(act Act, possible bool) {
		if possible {
			may = append(may, act)
		}
	}
	switch {
	case d.Own, by.Role() == account.Helper && d.Role() != account.Person:
		return nil
	}
	helped := d.HelpStopped(now) == 0 // else the person has refused help
	add(ActEndSessions, len(d.Sessions) > 0)
	add(ActPasswordLink, helped && d.State == Enabled && (by.Role() == account.Administrator || d.HasFactor() || mails))
	add(ActHelpCode, d.State == Enabled && d.HasFactor())
	if by.Role() != account.Administrator {
		return may
	}
	add(ActInvitation, d.State == Invited)
	add(ActDisable, d.State != Disabled)
	add(ActEnable, d.State == Disabled)
	add(ActRemoveFactor, helped && d.HasFactor())
	add(ActRole, d.HasFactor() || d.Role() != account.Person)
	add(ActExcept, d.State != Disabled)
	add(ActEndExcept, d.Exception != nil)
	for _, act := range []Act{ActRename, ActEmail, ActGroups, ActDelete} {
		add(act, true)
	}
	return may
}

// activityPage is how many events one page holds.
const activityPage = 50

// Activity returns a page of the events of one person, the newest first, older than
// the event with the id before; 0 = from the newest. More says whether there is
// another page.
func (s *Service) Activity(ctx context.Context, by auth.Actor, id, before int64) (events []audit.Event, more bool, err error) {
	if err := by.Require(account.Helper); err != nil {
		return nil, false, err
	}
	if _, err := account.Find(ctx, s.DB.Read(ctx), id); err != nil {
		return nil, false, orNotFound(err)
	}
	events, err = audit.List(ctx, s.DB.Read(ctx), id, before, activityPage+1)
	if err != nil || len(events) <= activityPage {
		return events, false, err
	}
	return events[:activityPage], true, nil
}

func orNotFound(err error) error {
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, group.ErrNotFound) || errors.Is(err, session.ErrNotFound) {
		return apperr.Of(apperr.NotFound)
	}
	return err
}

// IDOf returns the id of the account with a user name, for the command line.
func (s *Service) IDOf(ctx context.Context, username string) (int64, error) {
	folded, _ := account.Fold(username)
	a, err := account.ByFoldedName(ctx, s.DB.Read(ctx), folded)
	if errors.Is(err, account.ErrNotFound) {
		return 0, apperr.New(apperr.NotFound, "There is no account of that name.")
	}
	if err != nil {
		return 0, err
	}
	return a.ID, nil
}
