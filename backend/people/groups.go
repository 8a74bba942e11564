package people

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
)

// Groups returns all groups by name.
func (s *Service) Groups(ctx context.Context, by auth.Actor) ([]group.Counted, error) {
	if err := by.Require(account.Helper); err != nil {
		return nil, err
	}
	return group.List(ctx, s.DB.Read(ctx))
}

// changeGroups runs a change to groups.
func (s *Service) changeGroups(ctx context.Context, by auth.Actor, change func(tx *database.Tx) error) error {
	if err := s.RequireFresh(by, account.Administrator); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := s.LockActor(ctx, tx, by, account.Administrator); err != nil {
			return err
		}
		return orNotFound(change(tx))
	})
}

// recordGroup records what happened to a group.
func (s *Service) recordGroup(ctx context.Context, tx *database.Tx, by auth.Actor, kind audit.Kind, name string) error {
	return audit.Record(ctx, tx, s.EventBy(by, nil, kind, map[string]any{"group": name}))
}

// parseGroup checks what a group is called and what it is for.
func parseGroup(name, description string) (string, string, error) {
	name, err := group.ParseName(name)
	if err != nil {
		return "", "", err
	}
	description, err = account.ParseText("description", description, group.MaxDescription)
	return name, description, err
}

// CreateGroup makes a group.
func (s *Service) CreateGroup(ctx context.Context, by auth.Actor, name, description string) (created *group.Group, err error) {
	if name, description, err = parseGroup(name, description); err != nil {
		return nil, err
	}
	err = s.changeGroups(ctx, by, func(tx *database.Tx) (err error) {
		if created, err = group.Create(ctx, tx, name, description, s.Now()); err != nil {
			return err
		}
		return s.recordGroup(ctx, tx, by, audit.GroupCreated, name)
	})
	return created, err
}

// ChangeGroup changes the name and the description of a group. Applications see its
// new name.
func (s *Service) ChangeGroup(ctx context.Context, by auth.Actor, id int64, name, description string) error {
	name, description, err := parseGroup(name, description)
	if err != nil {
		return err
	}
	return s.changeGroups(ctx, by, func(tx *database.Tx) error {
		g, err := group.Lock(ctx, tx, id)
		if err != nil || g.Name == name && g.Description == description {
			return err
		}
		if name != g.Name {
			// Otherwise a member could give the own group the name of one that opens more.
			if err := s.requireOutside(ctx, tx, by, g); err != nil {
				return err
			}
		}
		facts := map[string]any{"group": g.Name, "detail": name}
		g.Name, g.Description = name, description
		if err := group.Set(ctx, tx, g); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.EventBy(by, nil, audit.GroupChanged, facts))
	})
}

// requireOutside refuses somebody who is in a group: nobody changes what the own account
// may do.
func (s *Service) requireOutside(ctx context.Context, tx *database.Tx, by auth.Actor, g *group.Group) error {
	if by.Caller == nil {
		return nil
	}
	memberships, err := group.Of(ctx, tx, by.ID())
	if err == nil && slices.ContainsFunc(memberships, func(m group.Membership) bool { return m.GroupID == g.ID }) {
		err = apperr.Of(apperr.OwnAccount)
	}
	return err
}

// DeleteGroup deletes a group. Its members stay.
func (s *Service) DeleteGroup(ctx context.Context, by auth.Actor, id int64) error {
	return s.changeGroups(ctx, by, func(tx *database.Tx) error {
		g, err := group.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.requireOutside(ctx, tx, by, g); err != nil {
			return err
		}
		naming, err := app.NamingGroup(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(naming) > 0 { // otherwise a rule would be for nobody, unseen
			return apperr.New(apperr.GroupInUse, "Rules of these applications name the group: "+strings.Join(naming, ", ")+". Take it out of them first.")
		}
		if err := groupInPolicy(ctx, tx, g); err != nil {
			return err
		}
		if err := group.Delete(ctx, tx, id); err != nil {
			return err
		}
		return s.recordGroup(ctx, tx, by, audit.GroupDeleted, g.Name)
	})
}

// GroupNamed finds a group by its name, for the command line.
func (s *Service) GroupNamed(ctx context.Context, by auth.Actor, name string) (*group.Group, error) {
	if err := by.Require(account.Helper); err != nil {
		return nil, err
	}
	g, err := group.ByName(ctx, s.DB.Read(ctx), strings.TrimSpace(name))
	if err = orNotFound(err); apperr.CodeOf(err) == apperr.NotFound {
		err = apperr.New(apperr.NotFound, "There is no group of that name.")
	}
	return g, err
}

// Member is a person in a group.
type Member struct {
	ID                    int64
	Username, DisplayName string
	JoinedAt              int64 // Unix ms
}

// Members is a page of the members of a group, by name.
type Members struct {
	Group   group.Group
	Members []Member
	After   string // what to ask for the next page with, "" = this is the last
}

// Members returns a page of the members of a group.
func (s *Service) Members(ctx context.Context, by auth.Actor, id int64, after string) (Members, error) {
	if err := by.Require(account.Helper); err != nil {
		return Members{}, err
	}
	tx := s.DB.Read(ctx)
	g, err := group.Find(ctx, tx, id)
	if err != nil {
		return Members{}, orNotFound(err)
	}
	page, err := s.list(ctx, tx, Query{Group: id, After: after}, pageSize)
	if err != nil {
		return Members{}, err
	}
	var ids []int64
	for _, p := range page.People {
		ids = append(ids, p.ID)
	}
	joined := map[int64]int64{}
	if len(ids) > 0 {
		memberships, err := group.Of(ctx, tx, ids...)
		if err != nil {
			return Members{}, err
		}
		for _, m := range memberships {
			if m.GroupID == id {
				joined[m.AccountID] = m.JoinedAt
			}
		}
	}
	members := Members{Group: *g, After: page.After}
	for _, p := range page.People {
		members.Members = append(members.Members, Member{p.ID, p.Username, p.DisplayName, joined[p.ID]})
	}
	return members, nil
}

// maxJoin is how many people one request adds to a group.
const maxJoin = 100

// Join adds people to a group by their user names, and returns how many were not in
// it before. An unknown name adds nobody; the error says which by its place in the list.
func (s *Service) Join(ctx context.Context, by auth.Actor, id int64, usernames []string) (count int, err error) {
	if len(usernames) == 0 || len(usernames) > maxJoin {
		return 0, apperr.InvalidField("usernames", "not_allowed", "Name 1 to 100 people at once.")
	}
	err = s.changeGroups(ctx, by, func(tx *database.Tx) error {
		g, err := group.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		byID := map[int64]*account.Account{}
		var ids []int64
		for i, typed := range usernames {
			folded, _ := account.Fold(typed)
			a, err := account.ByFoldedName(ctx, tx, folded)
			if orNotFound(err) != err {
				return apperr.InvalidField(fmt.Sprintf("usernames/%d", i), "unknown", "There is no account of that name.")
			}
			if err != nil {
				return err
			}
			if a.ID == by.ID() {
				return apperr.Of(apperr.OwnAccount)
			}
			if byID[a.ID] == nil { // not named before
				byID[a.ID], ids = a, append(ids, a.ID)
			}
		}
		joined, err := group.Join(ctx, tx, id, ids, s.Now())
		if err != nil {
			return err
		}
		count = len(joined)
		var events []audit.Event
		for _, id := range joined {
			events = append(events, s.EventBy(by, byID[id], audit.GroupJoined, map[string]any{"group": g.Name}))
		}
		return audit.Record(ctx, tx, events...)
	})
	return count, err
}

// Leave takes a person out of a group.
func (s *Service) Leave(ctx context.Context, by auth.Actor, id, accountID int64) error {
	return s.changeGroups(ctx, by, func(tx *database.Tx) error {
		if accountID == by.ID() {
			return apperr.Of(apperr.OwnAccount)
		}
		g, err := group.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		a, err := account.Find(ctx, tx, accountID)
		if err != nil {
			return err
		}
		left, err := group.Leave(ctx, tx, id, accountID)
		if err != nil {
			return err
		}
		if !left {
			return apperr.New(apperr.NotFound, "That person is not in the group.")
		}
		return audit.Record(ctx, tx, s.EventBy(by, a, audit.GroupLeft, map[string]any{"group": g.Name}))
	})
}
