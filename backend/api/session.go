package api

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
)

// SessionView holds what every page needs.
type SessionView struct {
	State            string                 `json:"state" enum:"anonymous,pending,signed_in" doc:"pending: the password was right, or the session's level is below what the account owes now; a code is owed."`
	Next             auth.Next              `json:"next" enum:"done,set_up,change_password" doc:"What a signed-in person has to do before anything else; done = nothing."`
	Level            int                    `json:"level" enum:"0,1,2" doc:"What the session has proved: 0 nothing, 1 the password, 2 the password and the second factor."`
	ExpiresAt        *string                `json:"expires_at" format:"date-time" doc:"When the pending sign-in, or the session if nothing more is done in it, ends; null for nobody."`
	EndsAt           *string                `json:"ends_at" format:"date-time" doc:"When the session ends in any case; null without one."`
	ServerTime       string                 `json:"server_time" format:"date-time" doc:"The server's clock, to count down with."`
	CSRF             string                 `json:"csrf" doc:"To be sent as X-CSRF-Token with every change; empty without a session."`
	Account          orNull[AccountView]    `json:"account" doc:"Who it is; null for nobody. While the second factor is owed only id, language and theme are told."`
	Brand            BrandView              `json:"brand" doc:"Name and picture on every page."`
	HelpContact      string                 `json:"help_contact" doc:"Who helps a person who is locked out; may be empty."`
	AppURL           string                 `json:"app_url" doc:"Where the application is; may be empty."`
	RequireTwoFactor bool                   `json:"require_two_factor" doc:"True where everybody needs a second factor."`
	SetupNeeded      bool                   `json:"setup_needed" doc:"True while the first administrator is still to be made. False for a person who is signed in."`
	SecurePublicURL  string                 `json:"secure_public_url" doc:"The public address of this server."`
	TwoFactor        orNull[SummaryView]    `json:"two_factor" doc:"The state of the second factor that every page shows; null unless signed in with nothing else to do first."`
	Recovery         bool                   `json:"recovery" doc:"True if the session was opened with a help code: it can only enrol a new second factor."`
	HelpCode         orNull[HelpView]       `json:"help_code" doc:"A help code for the account that the caller can refuse; null = none."`
	Obligation       orNull[ObligationView] `json:"obligation" doc:"What policies ask that the person does not have, or has paused, once it has begun and while no exception holds; null = nothing."`
	FailedCodes      int                    `json:"failed_codes" doc:"How many wrong codes there were between the sign-in before and this one."`
	Notices          []NoticeView           `json:"notices" nullable:"false" doc:"Notices of the account that have not been dismissed."`
	Ways             []WayView              `json:"ways" nullable:"false" doc:"How the caller can give the second factor, the one that was used last first, backup codes last."`
	NewKeys          []RecentKeyView        `json:"new_keys" nullable:"false" doc:"Keys that were added in the last 72 hours in other sessions, the newest first: the caller can refuse them."`
}

// SummaryView is the state of the second factor that every page shows.
type SummaryView struct {
	Status          string        `json:"status" enum:"enabled,disabled" doc:"disabled: no second factor (off), or paused."`
	HasFactor       bool          `json:"has_factor" doc:"True with an authenticator app, a passkey or a hardware key."`
	Paused          bool          `json:"paused" doc:"The factors are kept and not asked for at sign-in."`
	PausedUntil     *string       `json:"paused_until" format:"date-time" doc:"When a pause ends by itself; null = no pause or an open end."`
	Key             auth.KeyState `json:"key" enum:"none,live,dead,unreadable" doc:"Of the authenticator app. dead: blocked after too many wrong codes. unreadable: the server cannot open it."`
	BackupCodesLeft int           `json:"backup_codes_left" doc:"Unused codes, 0 to 10."`
	CheckedAt       *string       `json:"checked_at" format:"date-time" doc:"When a saved code was last checked; null = never."`
	UnconfirmedSet  *int          `json:"unconfirmed_set" doc:"The number of the present set while nobody has said that it is saved; null otherwise."`
}

// AccountView is the caller's own account.
type AccountView struct {
	ID          int64        `json:"id" doc:"The account's id."`
	Username    string       `json:"username" doc:"Empty while the second factor is owed."`
	DisplayName string       `json:"display_name" doc:"May be empty."`
	Role        account.Role `json:"role" enum:",person,helper,administrator" doc:"What the person may do for others. Empty while the second factor is owed."`
	Language    string       `json:"language" enum:",en,de" doc:"Empty = as the browser says."`
	Theme       string       `json:"theme" enum:",day,night" doc:"Empty = as the system says."`
}

// BrandView is the name and the picture on every page.
type BrandView struct {
	Name string  `json:"name" doc:"What the operator calls this sign-in."`
	Logo *string `json:"logo" doc:"Path of the operator's own picture; null = the built-in one."`
}

// NoticeView is one notice.
type NoticeView struct {
	ID      int64       `json:"id" doc:"The notice's id."`
	Kind    notify.Kind `json:"kind" doc:"What happened, as a stable word."`
	At      string      `json:"at" format:"date-time" doc:"When it happened."`
	Address string      `json:"address" doc:"The address it came from; may be empty."`
	Client  ClientView  `json:"client" doc:"The browser it came from."`
	Actor   string      `json:"actor" doc:"User name of the helper or administrator who acted; empty = the person or the operator."`
	Subject string      `json:"subject" doc:"User name of somebody else whom it is about; empty = the reader."`
	Detail  string      `json:"detail" doc:"The new role, user name or e-mail address, by kind; may be empty."`
}

// StepUpRequest gives factors again.
type StepUpRequest struct {
	Password *string `json:"password,omitempty" format:"password" doc:"The password, where it is owed."`
	Code     *string `json:"code,omitempty" doc:"A code of either kind, where one is owed. Reasons: malformed."`
	Answer   *string `json:"answer,omitempty" maxLength:"12288" doc:"The answer of a passkey or hardware key in place of a code, as JSON text. Reasons: malformed."`
}

// NoticeID names a notice.
type NoticeID struct {
	ID int64 `path:"id" doc:"The notice's id."`
}

// signedOut also makes the browser clear its cache of the pages.
type signedOut struct {
	SetCookie     []string `header:"Set-Cookie" doc:"Expired cookies."`
	ClearSiteData string   `header:"Clear-Site-Data" doc:"Always \"cache\"."`
}

var stateNames = map[auth.State]string{
	auth.Anonymous:           "anonymous",
	auth.PendingSecondFactor: "pending",
	auth.SignedIn:            "signed_in",
}

func (s *server) getSession(ctx context.Context, _ *none) (*body[SessionView], error) {
	caller := callerOf(ctx)
	view := SessionView{
		State:            stateNames[caller.State],
		Next:             auth.NextDone,
		ServerTime:       stamp(s.Now()),
		Account:          viewAccount(caller),
		Brand:            viewBrand(s.Brand),
		HelpContact:      s.HelpContact,
		AppURL:           s.AppURL,
		RequireTwoFactor: s.RequireTwoFactor,
		SecurePublicURL:  s.base,
		Notices:          []NoticeView{},
		Ways:             []WayView{},
		NewKeys:          []RecentKeyView{},
	}
	s.addSession(&view, caller)
	if err := s.addWays(ctx, &view, caller); err != nil {
		return nil, err
	}
	if caller.State == auth.Anonymous {
		var err error
		if view.SetupNeeded, err = s.Auth.SetupNeeded(ctx); err != nil {
			return nil, err
		}
	}
	if caller.State != auth.SignedIn {
		return &body[SessionView]{view}, nil
	}
	view.Next, view.Recovery = caller.Next, caller.Session.Recovery
	if o := caller.Obligation(); o.Binds(s.Now()) {
		view.Obligation = s.viewObligation(o, false)
	}
	help, err := s.Auth.Help(ctx, caller)
	if err != nil {
		return nil, err
	}
	view.HelpCode = viewHelp(help)
	if caller.Next == auth.NextDone {
		state, err := s.Auth.TwoFactor(ctx, caller)
		if err != nil {
			return nil, err
		}
		view.TwoFactor = summarize(state)
	}
	notices, err := s.Auth.Notices(ctx, caller)
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		view.Notices = append(view.Notices, NoticeView{ID: n.ID, Kind: n.Kind, At: stamp(n.Time()), Address: n.Address, Client: viewClient(n.UserAgent),
			Actor: n.Actor, Subject: n.Subject, Detail: n.Detail})
	}
	return &body[SessionView]{view}, nil
}

func summarize(state auth.TwoFactorView) orNull[SummaryView] {
	view := &SummaryView{Status: statusOf(state), HasFactor: state.HasFactor, Paused: state.Paused, PausedUntil: stampOrNull(state.PausedUntil), Key: state.Key}
	if set := state.Codes; set != nil {
		view.BackupCodesLeft, view.CheckedAt = set.Left, stampOrNull(set.CheckedAt)
		if set.ConfirmedAt.IsZero() {
			view.UnconfirmedSet = &set.Number
		}
	}
	return orNull[SummaryView]{view}
}

// addSession adds what depends on the session or on the pending sign-in.
func (s *server) addSession(view *SessionView, caller *auth.Caller) {
	switch {
	case caller.Session != nil:
		view.Level = int(caller.Session.Level)
		view.ExpiresAt = stampOrNull(caller.Session.Ends(s.Auth.SessionLimits))
		view.EndsAt = stampOrNull(caller.Session.OverallEnd())
		view.CSRF = s.csrf.token(caller.Session.ID)
		view.FailedCodes = caller.Session.FailedCodes
	case caller.Pending != nil:
		view.ExpiresAt = stampOrNull(caller.Pending.Ends())
	}
}

// viewAccount says who the caller is. A caller who has given only the password may
// have stolen it. While the second factor is owed, the page gets language and
// theme only, and the id, by which it notices that another tab has signed in as
// somebody else.
func viewAccount(caller *auth.Caller) orNull[AccountView] {
	a := caller.Account
	if a == nil {
		return orNull[AccountView]{}
	}
	view := &AccountView{ID: a.ID, Language: a.Language, Theme: a.Theme}
	if caller.State == auth.SignedIn {
		view.Username, view.DisplayName, view.Role = a.Username, a.DisplayName, a.Role()
	}
	return orNull[AccountView]{view}
}

func (s *server) signOut(ctx context.Context, _ *none) (*signedOut, error) {
	issued, err := s.Auth.SignOut(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return &signedOut{SetCookie: s.cookies.lines(issued), ClearSiteData: `"cache"`}, nil
}

func (s *server) stepUp(ctx context.Context, in *body[StepUpRequest]) (*cookies, error) {
	given := auth.StepUpInput{Password: in.Body.Password, Code: in.Body.Code}
	if in.Body.Answer != nil {
		given.Key = []byte(*in.Body.Answer)
	}
	return s.issue(s.Auth.StepUp(ctx, callerOf(ctx), given))
}

func (s *server) dismissNotice(ctx context.Context, in *NoticeID) (*none, error) {
	return nil, s.Auth.DismissNotice(ctx, callerOf(ctx), in.ID)
}
