package api

import (
	"context"

	"imagemaster/backend/audit"
)

// ActivityQuery names a page of events.
type ActivityQuery struct {
	Before int64 `query:"before" minimum:"0" doc:"Only events older than the one with this id; 0 or missing = from the newest."`
}

// EventView is one security event.
type EventView struct {
	ID      int64         `json:"id" doc:"The event's id; later events have larger ones."`
	At      string        `json:"at" format:"date-time" doc:"When it happened."`
	Kind    audit.Kind    `json:"kind" doc:"What happened, as a stable word."`
	Outcome audit.Outcome `json:"outcome" enum:"ok,failed,denied" doc:"failed: a try was wrong. denied: it was refused before anything was compared."`
	Reason  string        `json:"reason" doc:"Why it failed or was denied, or the result of a check; may be empty."`
	Factor  string        `json:"factor" enum:",password,totp,backup,help,passkey,hardware_key" doc:"What was used, tried or changed; empty where nothing was."`
	Actor   string        `json:"actor" enum:"person,helper,administrator,operator,system" doc:"Who did it: the person, a helper or administrator, the operator by a command, or the server by itself."`
	By      string        `json:"by" doc:"User name of the helper or administrator, or the system user who ran the command; may be empty."`
	Group   string        `json:"group" doc:"The name of the group it is about; may be empty."`
	Detail  string        `json:"detail" doc:"The new role, user name or e-mail address, the name of a key, or the reason that was given, by kind; may be empty."`
	Client  ClientView    `json:"client" doc:"The browser it came from."`
	Address string        `json:"address" doc:"May be empty."`
	Count   *int          `json:"count" doc:"How many tries were refused, how many sessions ended, or how many more times the same happened within the hour; null where nothing was counted."`
	Offset  *int64        `json:"clock_offset_seconds" doc:"How far the clock of the phone was off, negative = slow; null where that is not known."`
}

// ActivityPage is a page of events, the newest first.
type ActivityPage struct {
	Events []EventView `json:"events" nullable:"false" doc:"The newest first."`
	Before *int64      `json:"before" doc:"What to ask for the next page with; null = this is the last one."`
}

func (s *server) listActivity(ctx context.Context, in *ActivityQuery) (*body[ActivityPage], error) {
	events, more, err := s.Auth.Activity(ctx, callerOf(ctx), in.Before)
	if err != nil {
		return nil, err
	}
	return &body[ActivityPage]{viewEvents(events, more, viewOwnEvent)}, nil
}

func viewEvents(events []audit.Event, more bool, view func(*audit.Event) EventView) ActivityPage {
	page := ActivityPage{Events: make([]EventView, len(events))}
	for i := range events {
		page.Events[i] = view(&events[i])
	}
	if more {
		page.Before = &events[len(events)-1].ID
	}
	return page
}

// viewOwnEvent leaves out from where somebody else acted on the account.
func viewOwnEvent(e *audit.Event) EventView {
	view := viewEvent(e)
	if e.ByOther() {
		view.Client, view.Address = ClientView{}, ""
	}
	return view
}

func viewEvent(e *audit.Event) EventView {
	facts := e.Facts()
	view := EventView{ID: e.ID, At: stamp(e.Time()), Kind: e.Kind, Outcome: e.Outcome, Reason: e.Reason, Factor: e.Factor,
		Actor: e.Actor, By: facts.By, Group: facts.Group, Detail: facts.Detail, Client: viewClient(e.UserAgent), Address: e.Address}
	if e.Count != 0 {
		view.Count = &e.Count
	}
	if e.ClockOffsetSeconds != 0 {
		view.Offset = &e.ClockOffsetSeconds
	}
	return view
}
