package api

import (
	"context"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/people"
)

// EventsFilter says which events of everybody are wanted.
type EventsFilter struct {
	Person  string     `query:"person" json:"person" maxLength:"200" doc:"A user name, also a former one, or the id of an account; empty = everybody. Reasons: unknown."`
	By      string     `query:"by" json:"by" maxLength:"200" doc:"The same of a helper or an administrator: only what that person did; empty = all. Reasons: unknown."`
	Kind    audit.Kind `query:"kind" json:"kind" maxLength:"48" doc:"What happened; empty = everything."`
	Address string     `query:"address" json:"address" maxLength:"64" doc:"An address, or a network such as 192.0.2.0/24; empty = all. Reasons: not_allowed."`
	Since   string     `query:"since" json:"since" maxLength:"40" doc:"The first moment, RFC 3339; empty = from the oldest. Reasons: malformed, too_many (only of an export)."`
	Until   string     `query:"until" json:"until" maxLength:"40" doc:"The first moment that is too late, RFC 3339; empty = up to the newest. Reasons: malformed."`
}

// EventsQuery names a page of the events of everybody.
type EventsQuery struct {
	EventsFilter
	Before string `query:"before" maxLength:"60" doc:"The before of the page before; empty or missing = from the newest."`
}

// AccountEventView is an event with the account it is about.
type AccountEventView struct {
	EventView
	AccountID   *int64 `json:"account_id" doc:"The account it is about; null = none."`
	Username    string `json:"username" doc:"The user name of the account by now; empty if it is deleted or there is none."`
	DisplayName string `json:"display_name" doc:"May be empty."`
}

// EventsPage is a page of the events of everybody.
type EventsPage struct {
	Events []AccountEventView `json:"events" nullable:"false" doc:"At most 50, the newest first."`
	Before *string            `json:"before" doc:"What to ask for the next page with; null = this is the last one. A page may hold fewer events, or none, although there are more."`
}

// EventsExportRequest asks for events of everybody as a file.
type EventsExportRequest struct {
	Format string `json:"format" enum:"csv,json" doc:"The form of the file."`
	EventsFilter
}

func (f *EventsFilter) query() (people.EventQuery, error) {
	q := people.EventQuery{Person: f.Person, By: f.By, Kind: f.Kind, Address: f.Address}
	for _, one := range []struct {
		field, text string
		at          *time.Time
	}{{"since", f.Since, &q.Since}, {"until", f.Until, &q.Until}} {
		if one.text == "" {
			continue
		}
		var err error
		if *one.at, err = time.Parse(time.RFC3339, one.text); err != nil {
			return q, apperr.OfField(one.field, "malformed")
		}
	}
	return q, nil
}

func (s *server) listEvents(ctx context.Context, in *EventsQuery) (*body[EventsPage], error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	q.Before = in.Before
	page, err := s.People.Events(ctx, by(ctx), q)
	if err != nil {
		return nil, err
	}
	view := EventsPage{Events: make([]AccountEventView, len(page.Events)), Before: textOrNull(page.Before)}
	for i := range page.Events {
		e := &page.Events[i]
		view.Events[i] = AccountEventView{viewEvent(&e.Event), e.AccountID, e.Username, e.DisplayName}
	}
	return &body[EventsPage]{view}, nil
}

func (s *server) exportEvents(ctx context.Context, in *body[EventsExportRequest]) (*body[ExportAnswer], error) {
	q, err := in.Body.query()
	if err != nil {
		return nil, err
	}
	return exported(s.People.ExportEvents(ctx, by(ctx), in.Body.Format, q))
}

// exported is the answer to a request for a file.
func exported(e people.Export, err error) (*body[ExportAnswer], error) {
	if err != nil {
		return nil, err
	}
	return &body[ExportAnswer]{ExportAnswer{e.Filename, e.Type, e.Content}}, nil
}

// ReportQuery says of which time the report tells.
type ReportQuery struct {
	Days int `query:"days" minimum:"1" maximum:"400" default:"90" doc:"How many days back events are told."`
}

// ReportExportRequest asks for the report as a file.
type ReportExportRequest struct {
	Format string `json:"format" enum:"csv,json" doc:"The form of the file."`
	Days   int    `json:"days" minimum:"1" maximum:"400" doc:"How many days back events are told. Reasons: too_many."`
}

func (s *server) getReport(ctx context.Context, in *ReportQuery) (*body[people.Report], error) {
	report, err := s.People.Report(ctx, by(ctx), in.Days)
	if err != nil {
		return nil, err
	}
	return &body[people.Report]{report}, nil
}

func (s *server) exportReport(ctx context.Context, in *body[ReportExportRequest]) (*body[ExportAnswer], error) {
	return exported(s.People.ExportReport(ctx, by(ctx), in.Body.Format, in.Body.Days))
}
