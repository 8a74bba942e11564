package api

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

// PersonItem is a person in a list.
type PersonItem struct {
	ID              int64               `json:"id" doc:"The account's id."`
	Username        string              `json:"username" doc:"The name to sign in with."`
	DisplayName     string              `json:"display_name" doc:"May be empty."`
	Email           string              `json:"email" doc:"The address that applications see; may be empty."`
	Role            account.Role        `json:"role" enum:"person,helper,administrator" doc:"What the person may do for others."`
	State           people.State        `json:"state" enum:"enabled,disabled,invited" doc:"invited: no password was chosen yet."`
	Groups          []string            `json:"groups" nullable:"false" doc:"Names, sorted."`
	SecondFactor    people.SecondFactor `json:"second_factor" enum:"none,enabled,paused,dead,unreadable,elsewhere" doc:"The last three: only backup codes still work. dead: the app is blocked after too many wrong codes. unreadable: the server cannot open the key of the app. elsewhere: all keys belong to another address."`
	FactorKinds     []people.FactorKind `json:"factor_kinds" nullable:"false" enum:"app,passkey,hardware_key" doc:"The kinds of second factors that the account has."`
	BackupCodesLeft int                 `json:"backup_codes_left" doc:"Unused codes, 0 to 10."`
	CreatedAt       string              `json:"created_at" format:"date-time" doc:"When the account was made."`
	LastSignInAt    *string             `json:"last_sign_in_at" format:"date-time" doc:"null = never."`
}

// PeopleQuery says which people a list holds.
type PeopleQuery struct {
	Search string        `query:"search" maxLength:"200" doc:"Beginnings of words of the names, or of the e-mail address, in any order; case and accents do not matter."`
	Filter people.Filter `query:"filter" enum:",no_second_factor,no_codes,never_signed_in,disabled" doc:"Empty = everybody."`
	Group  int64         `query:"group" minimum:"0" doc:"Only members of the group with this id; 0 = all."`
	After  string        `query:"after" maxLength:"1000" doc:"The after of the page before."`
}

// PeoplePage is a page of people.
type PeoplePage struct {
	People []PersonItem `json:"people" nullable:"false" doc:"At most 50, sorted by name, or by the word that was searched."`
	After  *string      `json:"after" doc:"What to ask for the next page with; null = this is the last one. A page may hold fewer people although there are more."`
}

// ExportRequest asks for a list as a file.
type ExportRequest struct {
	Format string        `json:"format" enum:"csv,json" doc:"The form of the file."`
	Search string        `json:"search" maxLength:"200" doc:"As in listPeople."`
	Filter people.Filter `json:"filter" enum:",no_second_factor,no_codes,never_signed_in,disabled" doc:"As in listPeople."`
	Group  int64         `json:"group" minimum:"0" doc:"As in listPeople."`
}

// ExportAnswer is a list as a file.
type ExportAnswer struct {
	Filename string `json:"filename" doc:"What to call it."`
	Type     string `json:"type" doc:"Its media type."`
	Content  string `json:"content" doc:"The text of the file."`
}

// PersonID names a person.
type PersonID struct {
	ID int64 `path:"id" doc:"The account's id."`
}

// FactorView is a second factor of a person.
type FactorView struct {
	Kind       people.FactorKind `json:"kind" enum:"app,passkey,hardware_key" doc:"app: codes of an authenticator app."`
	Name       string            `json:"name" doc:"What the person calls the phone or the key; may be empty."`
	Label      string            `json:"label" doc:"How the app shows it; empty for a key."`
	Works      bool              `json:"works" doc:"False for an app whose codes are not accepted or whose key cannot be opened, and for a key of another address."`
	Since      string            `json:"since" format:"date-time" doc:"When it was set up or added."`
	LastUsedAt *string           `json:"last_used_at" format:"date-time" doc:"null = never."`
}

// CodeSetView is a set of backup codes, without the codes.
type CodeSetView struct {
	Left        int     `json:"left" doc:"Unused codes."`
	Number      int     `json:"number" doc:"The number of the set."`
	CreatedAt   string  `json:"created_at" format:"date-time" doc:"When it was generated."`
	ConfirmedAt *string `json:"confirmed_at" format:"date-time" doc:"When the person said that it is saved; null = never."`
}

// MembershipView is a group that a person is in.
type MembershipView struct {
	ID       int64  `json:"id" doc:"The group's id."`
	Name     string `json:"name" doc:"The group's name."`
	JoinedAt string `json:"joined_at" format:"date-time" doc:"Since when."`
}

// PersonSession is a session of a person.
type PersonSession struct {
	ID         int64      `json:"id" doc:"The session's id."`
	Client     ClientView `json:"client" doc:"The browser that began it."`
	Address    string     `json:"address" doc:"May be empty."`
	CreatedAt  string     `json:"created_at" format:"date-time" doc:"When it began."`
	LastSeenAt string     `json:"last_seen_at" format:"date-time" doc:"Accurate to a minute."`
}

// OpenLinkView is a link that can still be used.
type OpenLinkView struct {
	Kind      account.LinkKind `json:"kind" enum:"invitation,password" doc:"What it is for."`
	CreatedAt string           `json:"created_at" format:"date-time" doc:"When it was given."`
	ExpiresAt string           `json:"expires_at" format:"date-time" doc:"When it ends."`
	By        string           `json:"by" doc:"User name of its giver; empty = the operator."`
}

// PersonView is all that the page of one person shows.
type PersonView struct {
	PersonItem
	EmailOwn           bool                   `json:"email_own" doc:"True if the person chose the address."`
	DisabledAt         *string                `json:"disabled_at" format:"date-time" doc:"null = it is not disabled."`
	MustChangePassword bool                   `json:"must_change_password" doc:"True if the password has to be changed at the next sign-in."`
	PausedUntil        *string                `json:"paused_until" format:"date-time" doc:"When a pause ends by itself; null = no pause or an open end."`
	Factors            []FactorView           `json:"factors" nullable:"false" doc:"The second factors."`
	Codes              orNull[CodeSetView]    `json:"codes" doc:"The present set of backup codes; null = none."`
	Memberships        []MembershipView       `json:"memberships" nullable:"false" doc:"The groups, sorted by name."`
	Sessions           []PersonSession        `json:"sessions" nullable:"false" doc:"The live ones, the one used last first."`
	Link               orNull[OpenLinkView]   `json:"link" doc:"A link that can still be used; null = none."`
	Help               orNull[HelpView]       `json:"help_code" doc:"A help code that can still be used, or whose session may still enrol; null = none."`
	HelpStoppedUntil   *string                `json:"help_stopped_until" format:"date-time" doc:"Until then nobody may help, because the person refused help; null = help is allowed."`
	PasswordKnown      bool                   `json:"password_known" doc:"True if somebody without the second factor has had the password lately."`
	Obligation         orNull[ObligationView] `json:"obligation" doc:"What policies ask of the person; null = nothing."`
	Exception          orNull[ExceptionView]  `json:"exception" doc:"An exception that holds; null = none."`
	Own                bool                   `json:"own" doc:"True for the account of the caller."`
	May                []people.Act           `json:"may" nullable:"false" enum:"end_sessions,password_link,help_code,invitation,disable,enable,remove_second_factor,rename,email,role,groups,delete,exception,end_exception" doc:"What the caller may do with the account now."`
}

// PersonActivityQuery names a page of events of a person.
type PersonActivityQuery struct {
	PersonID
	ActivityQuery
}

// PersonSessionID names a session of a person.
type PersonSessionID struct {
	PersonID
	Session int64 `path:"session" doc:"The session's id."`
}

// forPerson is a request about a person.
type forPerson[T any] struct {
	PersonID
	Body T
}

// ReasonRequest says why something is done.
type ReasonRequest struct {
	Reason string `json:"reason" doc:"1 to 200 characters, kept in the events. Reasons: empty, too_long, not_allowed."`
}

// NamesRequest changes both names.
type NamesRequest struct {
	Username    string `json:"username" doc:"Reasons: empty, too_long, not_allowed, taken."`
	DisplayName string `json:"display_name" doc:"May be empty. Reasons: too_long, not_allowed."`
}

// EmailRequest changes the address that applications see.
type EmailRequest struct {
	Email string `json:"email" doc:"May be empty. Reasons: not_allowed, taken."`
}

// RoleRequest changes a role.
type RoleRequest struct {
	Role account.Role `json:"role" enum:"person,helper,administrator" doc:"The new role."`
}

// GroupsRequest names the groups of a person.
type GroupsRequest struct {
	Groups []string `json:"groups" nullable:"false" maxItems:"1000" doc:"All of them, by name. Reasons: unknown."`
}

// UsernameRequest repeats a user name.
type UsernameRequest struct {
	Username string `json:"username" doc:"The user name of the account. Reasons: different."`
}

// by is the actor of a request.
func by(ctx context.Context) auth.Actor { return auth.By(callerOf(ctx)) }

func (s *server) listPeople(ctx context.Context, in *PeopleQuery) (*body[PeoplePage], error) {
	page, err := s.People.List(ctx, by(ctx), people.Query{Search: in.Search, Filter: in.Filter, Group: in.Group, After: in.After})
	if err != nil {
		return nil, err
	}
	view := PeoplePage{People: make([]PersonItem, len(page.People)), After: textOrNull(page.After)}
	for i := range page.People {
		view.People[i] = viewPerson(&page.People[i])
	}
	return &body[PeoplePage]{view}, nil
}

func viewPerson(p *people.Person) PersonItem {
	item := PersonItem{ID: p.ID, Username: p.Username, DisplayName: p.DisplayName, Email: p.Email, Role: p.Role(), State: p.State, Groups: p.Groups,
		SecondFactor: p.SecondFactor, FactorKinds: p.Factors, BackupCodesLeft: p.CodesLeft, CreatedAt: stamp(p.Created()), LastSignInAt: stampOrNull(p.LastSignIn())}
	if item.Groups == nil {
		item.Groups = []string{}
	}
	if item.FactorKinds == nil {
		item.FactorKinds = []people.FactorKind{}
	}
	return item
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func msOrNull(ms int64) *string {
	if ms == 0 {
		return nil
	}
	return stampOrNull(time.UnixMilli(ms))
}

func (s *server) exportPeople(ctx context.Context, in *body[ExportRequest]) (*body[ExportAnswer], error) {
	return exported(s.People.Export(ctx, by(ctx), in.Body.Format, people.Query{Search: in.Body.Search, Filter: in.Body.Filter, Group: in.Body.Group}))
}

func (s *server) getPerson(ctx context.Context, in *PersonID) (*body[PersonView], error) {
	d, err := s.People.Find(ctx, by(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	view := PersonView{PersonItem: viewPerson(&d.Person), EmailOwn: d.EmailOwn, DisabledAt: msOrNull(d.DisabledAt), MustChangePassword: d.MustChangePassword,
		Factors: []FactorView{}, Memberships: []MembershipView{}, Sessions: []PersonSession{}, Own: d.Own, May: d.May}
	if d.May == nil {
		view.May = []people.Act{}
	}
	if d.SecondFactor == people.FactorPaused {
		view.PausedUntil = msOrNull(d.PausedUntil)
	}
	if d.App != nil {
		view.Factors = append(view.Factors, FactorView{Kind: people.App, Name: d.App.PhoneName, Label: d.App.Label, Works: d.AppState == people.FactorEnabled,
			Since: stamp(time.UnixMilli(d.App.BoundAt)), LastUsedAt: msOrNull(d.App.LastUsedAt)})
	}
	for _, k := range d.Keys {
		view.Factors = append(view.Factors, FactorView{Kind: people.FactorKind(k.Kind()), Name: k.Name, Works: k.Works,
			Since: stamp(time.UnixMilli(k.CreatedAt)), LastUsedAt: msOrNull(k.LastUsedAt)})
	}
	if d.Codes != nil {
		view.Codes = orNull[CodeSetView]{&CodeSetView{d.CodesLeft, d.Codes.Number, stamp(time.UnixMilli(d.Codes.CreatedAt)), msOrNull(d.Codes.ConfirmedAt)}}
	}
	for _, m := range d.Memberships {
		view.Memberships = append(view.Memberships, MembershipView{m.GroupID, m.Name, stamp(time.UnixMilli(m.JoinedAt))})
	}
	for _, one := range d.Sessions {
		view.Sessions = append(view.Sessions, PersonSession{one.ID, viewClient(one.UserAgent), one.Address, stamp(one.Created()), stamp(one.LastSeen())})
	}
	if d.Link != nil {
		view.Link = orNull[OpenLinkView]{&OpenLinkView{d.Link.Kind, stamp(time.UnixMilli(d.Link.CreatedAt)), stamp(d.Link.Ends()), d.LinkBy}}
	}
	view.Help, view.PasswordKnown, view.Obligation = viewHelp(d.Help), d.PasswordKnown, s.viewObligation(d.Obligation, d.Met)
	if left := d.HelpStopped(s.Now()); left > 0 {
		view.HelpStoppedUntil = stampOrNull(s.Now().Add(left))
	}
	if d.Exception != nil {
		e := viewException(d.Exception)
		view.Exception = orNull[ExceptionView]{&e}
	}
	return &body[PersonView]{view}, nil
}

func (s *server) listPersonActivity(ctx context.Context, in *PersonActivityQuery) (*body[ActivityPage], error) {
	events, more, err := s.People.Activity(ctx, by(ctx), in.ID, in.Before)
	if err != nil {
		return nil, err
	}
	return &body[ActivityPage]{viewEvents(events, more, viewEvent)}, nil
}

func (s *server) endPersonSession(ctx context.Context, in *PersonSessionID) (*none, error) {
	return nil, s.People.EndSession(ctx, by(ctx), in.ID, in.Session)
}

func (s *server) endPersonSessions(ctx context.Context, in *PersonID) (*none, error) {
	return nil, s.People.EndSessions(ctx, by(ctx), in.ID)
}

func (s *server) disablePerson(ctx context.Context, in *PersonID) (*none, error) {
	return nil, s.People.Disable(ctx, by(ctx), in.ID)
}

func (s *server) enablePerson(ctx context.Context, in *PersonID) (*none, error) {
	return nil, s.People.Enable(ctx, by(ctx), in.ID)
}

func (s *server) removePersonFactor(ctx context.Context, in *forPerson[ReasonRequest]) (*none, error) {
	return nil, s.People.RemoveSecondFactor(ctx, by(ctx), in.ID, in.Body.Reason)
}

func (s *server) renamePerson(ctx context.Context, in *forPerson[NamesRequest]) (*none, error) {
	return nil, s.People.Rename(ctx, by(ctx), in.ID, people.Names{Username: in.Body.Username, DisplayName: in.Body.DisplayName})
}

func (s *server) setPersonEmail(ctx context.Context, in *forPerson[EmailRequest]) (*none, error) {
	return nil, s.People.SetEmail(ctx, by(ctx), in.ID, in.Body.Email)
}

func (s *server) setPersonRole(ctx context.Context, in *forPerson[RoleRequest]) (*none, error) {
	return nil, s.People.SetRole(ctx, by(ctx), in.ID, in.Body.Role, false)
}

func (s *server) setPersonGroups(ctx context.Context, in *forPerson[GroupsRequest]) (*none, error) {
	return nil, s.People.SetGroups(ctx, by(ctx), in.ID, in.Body.Groups)
}

func (s *server) deletePerson(ctx context.Context, in *forPerson[UsernameRequest]) (*none, error) {
	return nil, s.People.Delete(ctx, by(ctx), in.ID, in.Body.Username, false)
}
