package api

import (
	"context"

	"imagemaster/backend/app"
	"imagemaster/backend/people"
	"imagemaster/backend/proxyconf"
)

// ApplicationRequest makes or changes an application.
type ApplicationRequest struct {
	Name      string                   `json:"name" doc:"1 to 60 characters. Reasons: empty, not_allowed, too_long, taken, too_many."`
	Addresses []string                 `json:"addresses" nullable:"false" maxItems:"20" doc:"Scheme and host, such as https://wiki.example.com; http for loopback only. Reasons: count, not_allowed, own_host, duplicate, taken."`
	Rules     []people.ApplicationRule `json:"rules" nullable:"false" maxItems:"50" doc:"The first that fits decides. What fits none is refused."`
	Revision  int64                    `json:"revision" doc:"Of the application as it was read; 0 for a new one. If it was changed since, the answer is wrong_state."`
}

// ApplicationView is an application.
type ApplicationView struct {
	ID        int64                    `json:"id" doc:"The application's id."`
	Name      string                   `json:"name" doc:"What people see."`
	Addresses []string                 `json:"addresses" nullable:"false" doc:"At least one; the first is the one that people open."`
	Rules     []people.ApplicationRule `json:"rules" nullable:"false" doc:"The first that fits decides. What fits none is refused."`
	Revision  int64                    `json:"revision" doc:"Send it back with a change."`
	OpenedAt  *string                  `json:"opened_at" format:"date-time" doc:"When somebody last opened it, to a minute; null = never."`
}

// ApplicationList holds all applications.
type ApplicationList struct {
	Applications []ApplicationView `json:"applications" nullable:"false" doc:"Sorted by name."`
	Gate         bool              `json:"gate" doc:"False while the server runs without --gate-listen: then nothing can be opened."`
}

// ApplicationID names an application.
type ApplicationID struct {
	ID int64 `path:"id" doc:"The application's id."`
}

// forApplication is a request about an application.
type forApplication[T any] struct {
	ApplicationID
	Body T
}

// TrialRequest is a request to judge.
type TrialRequest struct {
	Address  string `json:"address" doc:"A whole address. Reasons: not_allowed."`
	Method   string `json:"method" doc:"Such as GET. Reasons: not_allowed."`
	Username string `json:"username" doc:"Whose request it is; empty = of somebody who is not signed in. Reasons: unknown."`
}

// TrialView says what would happen to a request.
type TrialView struct {
	Application string     `json:"application" doc:"Name; empty = there is none at the address."`
	Allowed     bool       `json:"allowed" doc:"True also if something is needed first."`
	Reason      string     `json:"reason" enum:"public,rule,no_right,no_rule,ambiguous,no_application,sign_in,disabled" doc:"Why."`
	Rule        *int       `json:"rule" doc:"Number of the rule that decides, from 1; null = none."`
	Needs       []app.Need `json:"needs" nullable:"false" enum:"set_up,password,code,key" doc:"What the person would be asked after signing in. key: a phishing-resistant passkey or hardware key."`
}

// ProxyView holds the finished settings of the proxies for an application.
type ProxyView struct {
	Nginx   string `json:"nginx" doc:"A server block for each address."`
	Caddy   string `json:"caddy" doc:"A site block for each address."`
	Traefik string `json:"traefik" doc:"Dynamic configuration."`
}

// OpenRequest asks to open an application.
type OpenRequest struct {
	App   string `json:"app" maxLength:"267" doc:"Its origin, such as https://wiki.example.com."`
	To    string `json:"to" maxLength:"8192" doc:"Path and query of the page; anything else becomes /."`
	State string `json:"state" minLength:"43" maxLength:"43" doc:"SHA-256 of the browser's start cookie, in base64url."`
	Again bool   `json:"again" doc:"True for the second try, after which no further one follows."`
}

// OpenView is the answer: where to go, what has to be done first, or no access.
type OpenView struct {
	State       string     `json:"state" enum:"open,denied,needs" doc:"open: go to url. denied: the person has no right to it. needs: something has to be done first."`
	Application string     `json:"application" doc:"Its name."`
	Address     string     `json:"address" doc:"Its origin."`
	URL         string     `json:"url" format:"uri" doc:"Where to go; good for 60 seconds, once. Empty unless open."`
	Needs       []app.Need `json:"needs" nullable:"false" enum:"set_up,password,code,key" doc:"What has to be done first. key: a phishing-resistant passkey or hardware key."`
}

// OwnApplicationView is an application that the person may open.
type OwnApplicationView struct {
	Name    string `json:"name" doc:"What people see."`
	Address string `json:"address" format:"uri" doc:"Where it begins."`
}

// OwnApplicationList holds the applications that the person may open.
type OwnApplicationList struct {
	Applications []OwnApplicationView `json:"applications" nullable:"false" doc:"Sorted by name."`
}

func viewApplication(a people.Application) ApplicationView {
	view := ApplicationView{ID: a.ID, Name: a.Name, Addresses: a.Addresses, Rules: a.Rules, Revision: a.Revision}
	if a.Rules == nil {
		view.Rules = []people.ApplicationRule{}
	}
	view.OpenedAt = stampOrNull(a.Opened)
	return view
}

func (in *ApplicationRequest) application(id int64) people.Application {
	return people.Application{ID: id, Revision: in.Revision, Name: in.Name, Addresses: in.Addresses, Rules: in.Rules}
}

func (s *server) listApplications(ctx context.Context, _ *none) (*body[ApplicationList], error) {
	all, err := s.People.Applications(ctx, by(ctx))
	if err != nil {
		return nil, err
	}
	list := ApplicationList{Applications: make([]ApplicationView, len(all)), Gate: s.GateListen != ""}
	for i, a := range all {
		list.Applications[i] = viewApplication(a)
	}
	return &body[ApplicationList]{list}, nil
}

func viewOrError(a people.Application, err error) (*body[ApplicationView], error) {
	if err != nil {
		return nil, err
	}
	return &body[ApplicationView]{viewApplication(a)}, nil
}

func (s *server) createApplication(ctx context.Context, in *body[ApplicationRequest]) (*body[ApplicationView], error) {
	return viewOrError(s.People.CreateApplication(ctx, by(ctx), in.Body.application(0)))
}

func (s *server) getApplication(ctx context.Context, in *ApplicationID) (*body[ApplicationView], error) {
	return viewOrError(s.People.Application(ctx, by(ctx), in.ID))
}

func (s *server) changeApplication(ctx context.Context, in *forApplication[ApplicationRequest]) (*body[ApplicationView], error) {
	return viewOrError(s.People.ChangeApplication(ctx, by(ctx), in.Body.application(in.ID)))
}

func (s *server) deleteApplication(ctx context.Context, in *ApplicationID) (*none, error) {
	return nil, s.People.DeleteApplication(ctx, by(ctx), in.ID)
}

func (s *server) tryApplication(ctx context.Context, in *body[TrialRequest]) (*body[TrialView], error) {
	trial, err := s.People.Try(ctx, by(ctx), in.Body.Address, in.Body.Method, in.Body.Username)
	if err != nil {
		return nil, err
	}
	view := TrialView{Application: trial.Application, Allowed: trial.Allowed, Reason: trial.Reason, Needs: append([]app.Need{}, trial.Needs...)}
	if trial.Rule != 0 {
		view.Rule = &trial.Rule
	}
	return &body[TrialView]{view}, nil
}

func (s *server) getProxySettings(ctx context.Context, in *ApplicationID) (*body[ProxyView], error) {
	a, err := s.People.Application(ctx, by(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	settings, err := proxyconf.Fill(s.Examples, a.Addresses, s.GateListen)
	if err != nil {
		return nil, err
	}
	return &body[ProxyView]{ProxyView(settings)}, nil
}

func (s *server) openApplication(ctx context.Context, in *body[OpenRequest]) (*body[OpenView], error) {
	opening, err := s.Auth.OpenApplication(ctx, callerOf(ctx), in.Body.App, in.Body.To, in.Body.State)
	if err != nil {
		return nil, err
	}
	view := OpenView{State: "denied", Application: opening.Application, Address: opening.Origin, Needs: append([]app.Need{}, opening.Needs...)}
	switch {
	case opening.Ticket != "":
		view.State, view.URL = "open", opening.Done(in.Body.Again)
	case len(opening.Needs) > 0:
		view.State = "needs"
	}
	return &body[OpenView]{view}, nil
}

func (s *server) listOwnApplications(ctx context.Context, _ *none) (*body[OwnApplicationList], error) {
	own, err := s.Auth.OwnApplications(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	list := OwnApplicationList{Applications: make([]OwnApplicationView, len(own))}
	for i, a := range own {
		list.Applications[i] = OwnApplicationView{a.Name, a.Origin + a.Start}
	}
	return &body[OwnApplicationList]{list}, nil
}
