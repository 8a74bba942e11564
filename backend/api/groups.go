package api

import (
	"context"
	"time"

	"imagemaster/backend/group"
)

// GroupView is a group of people.
type GroupView struct {
	ID          int64  `json:"id" doc:"The group's id."`
	Name        string `json:"name" doc:"What applications see."`
	Description string `json:"description" doc:"May be empty."`
	CreatedAt   string `json:"created_at" format:"date-time" doc:"When it was made."`
}

// GroupItem is a group in the list.
type GroupItem struct {
	GroupView
	Members int `json:"members" doc:"How many people are in it."`
}

// GroupList holds all groups.
type GroupList struct {
	Groups []GroupItem `json:"groups" nullable:"false" doc:"Sorted by name."`
}

// GroupRequest makes or changes a group.
type GroupRequest struct {
	Name        string `json:"name" doc:"1 to 64 of a to z, 0 to 9, dot, underscore, hyphen. Reasons: empty, not_allowed, taken, too_many."`
	Description string `json:"description" doc:"At most 200 characters, may be empty. Reasons: too_long, not_allowed."`
}

// GroupID names a group.
type GroupID struct {
	ID int64 `path:"id" doc:"The group's id."`
}

// forGroup is a request about a group.
type forGroup[T any] struct {
	GroupID
	Body T
}

// MembersQuery names a page of members.
type MembersQuery struct {
	GroupID
	After string `query:"after" maxLength:"1000" doc:"The after of the page before."`
}

// MemberView is a person in a group.
type MemberView struct {
	ID          int64  `json:"id" doc:"The account's id."`
	Username    string `json:"username" doc:"The name to sign in with."`
	DisplayName string `json:"display_name" doc:"May be empty."`
	JoinedAt    string `json:"joined_at" format:"date-time" doc:"Since when."`
}

// MembersPage is a page of the members of a group.
type MembersPage struct {
	Group   GroupView    `json:"group" doc:"The group."`
	Members []MemberView `json:"members" nullable:"false" doc:"At most 50, sorted by name."`
	After   *string      `json:"after" doc:"What to ask for the next page with; null = this is the last one. A page may hold fewer people although there are more."`
}

// JoinRequest adds people to a group.
type JoinRequest struct {
	Usernames []string `json:"usernames" nullable:"false" minItems:"1" maxItems:"100" doc:"User names. Reasons: unknown."`
}

// JoinAnswer says how many people were added.
type JoinAnswer struct {
	Joined int `json:"joined" doc:"How many were not in the group before."`
}

// MemberID names a person in a group.
type MemberID struct {
	GroupID
	Account int64 `path:"account" doc:"The account's id."`
}

func viewGroup(g *group.Group) GroupView {
	return GroupView{g.ID, g.Name, g.Description, stamp(g.Created())}
}

func (s *server) listGroups(ctx context.Context, _ *none) (*body[GroupList], error) {
	all, err := s.People.Groups(ctx, by(ctx))
	if err != nil {
		return nil, err
	}
	list := GroupList{Groups: make([]GroupItem, len(all))}
	for i := range all {
		list.Groups[i] = GroupItem{viewGroup(&all[i].Group), all[i].Members}
	}
	return &body[GroupList]{list}, nil
}

func (s *server) createGroup(ctx context.Context, in *body[GroupRequest]) (*body[GroupView], error) {
	g, err := s.People.CreateGroup(ctx, by(ctx), in.Body.Name, in.Body.Description)
	if err != nil {
		return nil, err
	}
	return &body[GroupView]{viewGroup(g)}, nil
}

func (s *server) changeGroup(ctx context.Context, in *forGroup[GroupRequest]) (*none, error) {
	return nil, s.People.ChangeGroup(ctx, by(ctx), in.ID, in.Body.Name, in.Body.Description)
}

func (s *server) deleteGroup(ctx context.Context, in *GroupID) (*none, error) {
	return nil, s.People.DeleteGroup(ctx, by(ctx), in.ID)
}

func (s *server) listMembers(ctx context.Context, in *MembersQuery) (*body[MembersPage], error) {
	page, err := s.People.Members(ctx, by(ctx), in.ID, in.After)
	if err != nil {
		return nil, err
	}
	view := MembersPage{Group: viewGroup(&page.Group), Members: make([]MemberView, len(page.Members)), After: textOrNull(page.After)}
	for i, m := range page.Members {
		view.Members[i] = MemberView{m.ID, m.Username, m.DisplayName, stamp(time.UnixMilli(m.JoinedAt))}
	}
	return &body[MembersPage]{view}, nil
}

func (s *server) joinGroup(ctx context.Context, in *forGroup[JoinRequest]) (*body[JoinAnswer], error) {
	joined, err := s.People.Join(ctx, by(ctx), in.ID, in.Body.Usernames)
	if err != nil {
		return nil, err
	}
	return &body[JoinAnswer]{JoinAnswer{joined}}, nil
}

func (s *server) leaveGroup(ctx context.Context, in *MemberID) (*none, error) {
	return nil, s.People.Leave(ctx, by(ctx), in.ID, in.Account)
}
