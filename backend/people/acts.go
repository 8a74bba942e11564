package people

import (
	"context"
	"errors"
	"slices"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// change finds an account and makes a change to it.
func (s *Service) change(ctx context.Context, by auth.Actor, id int64, make func(f auth.Factors) auth.Change) error {
	if err := s.RequireFresh(by, account.Helper); err != nil {
		return err // before it says whether there is such an account
	}
	f, err := s.Target(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.ChangeFor(ctx, by, f, make(f))
	return err
}

// Disable disables an account.
func (s *Service) Disable(ctx context.Context, by auth.Actor, id int64) error {
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change { return s.Disabling(f, true) })
}

// Enable enables an account again.
func (s *Service) Enable(ctx context.Context, by auth.Actor, id int64) error {
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change { return s.Disabling(f, false) })
}

// RemoveSecondFactor removes somebody's second factor, for a reason that the events
// keep.
func (s *Service) RemoveSecondFactor(ctx context.Context, by auth.Actor, id int64, reason string) error {
	reason, err := parseReason(reason, "Say why the second factor is removed.")
	if err != nil {
		return err
	}
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		change := s.RemovingFactor(f)
		change.Facts = map[string]any{"detail": reason}
		return change
	})
}

// EndSession ends one session of somebody.
func (s *Service) EndSession(ctx context.Context, by auth.Actor, id, sessionID int64) error {
	return s.endSessions(ctx, by, id, func(ctx context.Context, tx *database.Tx, a *account.Account) (int, error) {
		return 1, orNotFound(session.End(ctx, tx, a.ID, sessionID))
	})
}

// EndSessions ends all sessions and pending sign-ins of somebody. Where there are none,
// nothing is recorded.
func (s *Service) EndSessions(ctx context.Context, by auth.Actor, id int64) error {
	return s.endSessions(ctx, by, id, s.EndOpen)
}

func (s *Service) endSessions(ctx context.Context, by auth.Actor, id int64, end func(context.Context, *database.Tx, *account.Account) (int, error)) error {
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		var count int
		return auth.Change{Helper: true, Events: []audit.Kind{audit.SessionsEnded}, Count: &count, Notice: notify.SessionsEnded,
			Do: func(ctx context.Context, tx *database.Tx) (err error) {
				count, err = end(ctx, tx, f.Account())
				return err
			}}
	})
}

// GivePasswordLink gives somebody who forgot the password a link to choose another
// one. The second factor is still required.
func (s *Service) GivePasswordLink(ctx context.Context, by auth.Actor, id int64, language string) (link auth.NewLink, err error) {
	err = s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		return auth.Change{Helper: true, Takeover: account.TakeoverPassword, Events: []audit.Kind{audit.LinkGiven}, Notice: notify.LinkGiven, Told: notify.DidGiveLink,
			Do: func(ctx context.Context, tx *database.Tx) error {
				if stateOf(f.Account()) != Enabled {
					return apperr.New(apperr.WrongState, "The account is disabled, or was invited and has no password yet.")
				}
				if err := s.requireFactorForHelper(ctx, tx, by, f.Account()); err != nil {
					return err
				}
				link, err = s.GiveLink(ctx, tx, by, auth.LinkFor{Kind: account.PasswordLink, Lifetime: account.PasswordLinkLifetime, Language: language}, f.Account())
				return err
			}}
	})
	return link, err
}

// requireFactorForHelper refuses a helper who would see a link that alone opens the
// account, because there is no second factor. An administrator may give it.
func (s *Service) requireFactorForHelper(ctx context.Context, tx *database.Tx, by auth.Actor, a *account.Account) error {
	if by.Role() == account.Administrator || s.Mails(a) {
		return nil
	}
	has, err := auth.HasFactor(ctx, tx, a.ID)
	if err == nil && !has {
		err = apperr.Of(apperr.RoleOwed)
	}
	return err
}

// Names are the two names of a person.
type Names struct {
	Username, DisplayName string
}

// Rename changes somebody's user name and display name. Nobody else gets the former
// user name, and an open link ends.
func (s *Service) Rename(ctx context.Context, by auth.Actor, id int64, names Names) error {
	username, _, err := account.ParseUsername(names.Username)
	if err != nil {
		return err
	}
	displayName, err := account.ParseText("display_name", names.DisplayName, account.MaxDisplayName)
	if err != nil {
		return err
	}
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		a, facts := f.Account(), map[string]any{"detail": username}
		told := username != a.Username
		change := auth.Change{Events: []audit.Kind{audit.Renamed}, Facts: facts,
			Do: func(ctx context.Context, tx *database.Tx) error {
				if a.Username == username && a.DisplayName == displayName {
					return auth.ErrUnchanged
				}
				if told != (username != a.Username) { // renamed meanwhile: who is told was decided by the name before
					return apperr.New(apperr.WrongState, "The account was renamed meanwhile. Nothing was changed.")
				}
				facts["from"] = a.Username // as it is under the lock
				if err := account.SetNames(ctx, tx, a, username, displayName); err != nil {
					return err
				}
				return auth.EndHelp(ctx, tx, a.ID)
			}}
		if told {
			change.Notice, change.Detail, change.Told = notify.Renamed, username, notify.DidRename
		}
		return change
	})
}

// SetEmail changes the e-mail address that applications see of somebody, "" = none. A
// link ends: it may have been mailed to the former address.
func (s *Service) SetEmail(ctx context.Context, by auth.Actor, id int64, email string) error {
	address, _, err := account.ParseEmail(email)
	if err != nil {
		return err
	}
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		return auth.Change{Takeover: account.TakeoverEmail, Events: []audit.Kind{audit.EmailChanged}, Facts: map[string]any{"detail": address},
			Notice: notify.EmailChanged, Detail: address, Told: notify.DidChangeEmail,
			Do: func(ctx context.Context, tx *database.Tx) error {
				if a := f.Account(); a.Email == address && !a.EmailOwn {
					return auth.ErrUnchanged
				}
				return errors.Join(account.SetEmail(ctx, tx, f.Account(), address, false), auth.EndHelp(ctx, tx, id))
			}}
	})
}

// SetRole changes what somebody may do for others. Other roles than person need a
// second factor. All administrators are told.
func (s *Service) SetRole(ctx context.Context, by auth.Actor, id int64, role account.Role, evenLast bool) error {
	if !slices.Contains(account.Roles(), role) {
		return apperr.OfField("role", "not_allowed")
	}
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		return auth.Change{Guarded: true, EvenLast: evenLast || role == account.Administrator, Events: []audit.Kind{audit.RoleChanged},
			Facts: map[string]any{"detail": role}, Notice: notify.RoleChanged, Detail: string(role),
			Do: func(ctx context.Context, tx *database.Tx) error { return s.setRole(ctx, tx, by, f.Account(), role) }}
	})
}

func (s *Service) setRole(ctx context.Context, tx *database.Tx, by auth.Actor, a *account.Account, role account.Role) error {
	if a.Role() == role {
		return apperr.New(apperr.WrongState, "The account has that role already. Nothing was changed.")
	}
	if role != account.Person {
		has, err := auth.HasFactor(ctx, tx, a.ID)
		if err == nil && !has {
			err = apperr.Of(apperr.FactorMissing)
		}
		if err != nil {
			return err
		}
	}
	if err := account.SetRole(ctx, tx, a, role, s.Now()); err != nil {
		return err
	}
	// A link that was given for the former role, or by it, must not work again if the role is given back.
	if err := errors.Join(auth.EndHelp(ctx, tx, a.ID), auth.EndHelpGivenBy(ctx, tx, a.ID)); err != nil {
		return err
	}
	return s.TellOfRole(ctx, tx, by, a, role)
}

// Delete deletes an account for good. The user name has to be repeated. The events
// stay, and the person gets a last mail.
func (s *Service) Delete(ctx context.Context, by auth.Actor, id int64, username string, evenLast bool) error {
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		a, facts := f.Account(), map[string]any{}
		return auth.Change{Guarded: true, EvenLast: evenLast, Events: []audit.Kind{audit.AccountDeleted}, Facts: facts, Told: notify.DidDelete,
			Do: func(ctx context.Context, tx *database.Tx) error {
				facts["username"] = a.Username // as it is under the lock
				if folded, _ := account.Fold(username); folded != a.UsernameFolded {
					return apperr.InvalidField("username", "different", "That is not the user name of the account.")
				}
				farewell := notify.Notice{AccountID: a.ID, Kind: notify.AccountDeleted, At: s.Now().UnixMilli(), Actor: by.Name()}
				if err := notify.NotifyByMail(ctx, tx, farewell, notify.Reader{Username: a.Username, Language: a.Language}); err != nil {
					return err
				}
				return errors.Join(auth.EndHelp(ctx, tx, a.ID), auth.EndHelpGivenBy(ctx, tx, a.ID), account.Delete(ctx, tx, a))
			}}
	})
}

// SetGroups makes somebody a member of exactly these groups.
func (s *Service) SetGroups(ctx context.Context, by auth.Actor, id int64, names []string) error {
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		return auth.Change{Do: func(ctx context.Context, tx *database.Tx) error {
			wanted, err := groupsByName(ctx, tx, names)
			if err != nil {
				return err
			}
			return s.setGroups(ctx, tx, by, f.Account(), wanted)
		}}
	})
}

func (s *Service) setGroups(ctx context.Context, tx *database.Tx, by auth.Actor, a *account.Account, wanted map[string]int64) error {
	present, err := group.Of(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	var events []audit.Event
	for _, m := range present {
		if _, stays := wanted[m.Name]; stays {
			continue
		}
		if _, err := group.Leave(ctx, tx, m.GroupID, a.ID); err != nil {
			return err
		}
		events = append(events, s.EventBy(by, a, audit.GroupLeft, map[string]any{"group": m.Name}))
	}
	for name, id := range wanted {
		joined, err := group.Join(ctx, tx, id, []int64{a.ID}, s.Now())
		if err != nil {
			return err
		}
		if len(joined) > 0 {
			events = append(events, s.EventBy(by, a, audit.GroupJoined, map[string]any{"group": name}))
		}
	}
	return audit.Record(ctx, tx, events...)
}

// groupsByName returns the ids of groups, and refuses a name that none has.
func groupsByName(ctx context.Context, tx *database.Tx, names []string) (map[string]int64, error) {
	ids, err := group.IDs(ctx, tx, names)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, found := ids[name]; !found {
			return nil, errNoGroup()
		}
	}
	return ids, nil
}

func errNoGroup() error {
	return apperr.InvalidField("groups", "unknown", "There is no group of that name.")
}
