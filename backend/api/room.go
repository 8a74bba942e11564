package api

import (
	"context"
	"encoding/json"
	"fmt"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
)

// SessionClientView is the browser of a session, with the text it was named by.
type SessionClientView struct {
	ClientView
	UserAgent string `json:"user_agent" doc:"The User-Agent as the browser sent it; may be empty."`
}

// SessionItem is one session of the account.
type SessionItem struct {
	ID         int64             `json:"id"`
	Current    bool              `json:"current" doc:"True for the session that asks."`
	Client     SessionClientView `json:"client"`
	Address    string            `json:"address" doc:"May be empty."`
	CreatedAt  string            `json:"created_at" format:"date-time"`
	LastSeenAt string            `json:"last_seen_at" format:"date-time" doc:"Accurate to a minute."`
}

// SessionList holds the account's live sessions, the one used last first.
type SessionList struct {
	Sessions []SessionItem `json:"sessions" nullable:"false"`
}

// SessionID names a session.
type SessionID struct {
	ID int64 `path:"id" doc:"The session's id."`
}

// ActivityQuery names a page of events.
type ActivityQuery struct {
	Before int64 `query:"before" minimum:"0" doc:"Only events older than the one with this id; 0 or missing = from the newest."`
}

// EventView is one security event.
type EventView struct {
	ID      int64         `json:"id"`
	At      string        `json:"at" format:"date-time"`
	Kind    audit.Kind    `json:"kind" doc:"What happened, a stable word."`
	Outcome audit.Outcome `json:"outcome" enum:"ok,failed,denied"`
	Reason  string        `json:"reason" doc:"Why it failed or was denied, or the result of a check; may be empty."`
	Factor  string        `json:"factor" enum:",password,totp,backup"`
	Actor   string        `json:"actor" enum:"person,operator,system"`
	Client  ClientView    `json:"client"`
	Address string        `json:"address" doc:"May be empty."`
	Count   *int          `json:"count" doc:"How many tries were held back, or how many sessions ended; null where there is nothing to count."`
	Offset  *int          `json:"clock_offset_seconds" doc:"How far the clock of the phone was off, negative = slow; null where that is not known."`
}

// eventDetails is what the details of an event say to the person.
type eventDetails struct {
	Count  *int `json:"count"`
	Offset *int `json:"clock_offset_seconds"`
}

// ActivityPage is a page of events, the newest first.
type ActivityPage struct {
	Events []EventView `json:"events" nullable:"false"`
	Before *int64      `json:"before" doc:"What to ask for the next page with; null = this is the last one."`
}

// ProfileView is what a person chooses about the pages.
type ProfileView struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name" doc:"May be empty."`
	Language    string `json:"language" enum:",en,de" doc:"Empty = as the browser says."`
	Theme       string `json:"theme" enum:",day,night" doc:"Empty = as the system says."`
}

// ProfileRequest changes what it names.
type ProfileRequest struct {
	DisplayName *string `json:"display_name,omitempty" doc:"At most 100 characters, may be empty. Reasons: too_long, not_allowed."`
	Language    *string `json:"language,omitempty" doc:"Reasons: not_allowed." enum:",en,de"`
	Theme       *string `json:"theme,omitempty" doc:"Reasons: not_allowed." enum:",day,night"`
}

// AddressRequest carries the address for security notices.
type AddressRequest struct {
	Email    string `json:"email" doc:"An e-mail address, or empty for none. Where notices are mailed, a code goes to it first; naming the present one drops a new one. Reasons: not_allowed."`
	Language string `json:"language,omitempty" enum:",en,de" doc:"The language of the page, for mails to somebody whose profile names none."`
}

// AddressCodeRequest carries the code that was mailed to an address.
type AddressCodeRequest struct {
	Code string `json:"code" doc:"Eight letters and digits; case, spaces and dashes do not matter. Reasons: malformed, which spends no try."`
}

func (s *server) listSessions(ctx context.Context, _ *none) (*body[SessionList], error) {
	caller := callerOf(ctx)
	all, err := s.Auth.Sessions(ctx, caller)
	if err != nil {
		return nil, err
	}
	list := SessionList{Sessions: make([]SessionItem, len(all))}
	for i, one := range all {
		list.Sessions[i] = SessionItem{
			ID: one.ID, Current: one.ID == caller.Session.ID, Client: SessionClientView{viewClient(one.UserAgent), one.UserAgent},
			Address: one.Address, CreatedAt: stamp(one.Created()), LastSeenAt: stamp(one.LastSeen()),
		}
	}
	return &body[SessionList]{list}, nil
}

func (s *server) endSession(ctx context.Context, in *SessionID) (*none, error) {
	return nil, s.Auth.EndSession(ctx, callerOf(ctx), in.ID)
}

func (s *server) endOtherSessions(ctx context.Context, _ *none) (*none, error) {
	return nil, s.Auth.EndOtherSessions(ctx, callerOf(ctx))
}

func (s *server) listActivity(ctx context.Context, in *ActivityQuery) (*body[ActivityPage], error) {
	events, more, err := s.Auth.Activity(ctx, callerOf(ctx), in.Before)
	if err != nil {
		return nil, err
	}
	page := ActivityPage{Events: make([]EventView, len(events))}
	for i, e := range events {
		if page.Events[i], err = viewEvent(&e); err != nil {
			return nil, err
		}
	}
	if more {
		page.Before = &events[len(events)-1].ID
	}
	return &body[ActivityPage]{page}, nil
}

func viewEvent(e *audit.Event) (EventView, error) {
	var details eventDetails
	if err := json.Unmarshal([]byte(e.Details), &details); err != nil {
		return EventView{}, fmt.Errorf("details of event %d: %w", e.ID, err)
	}
	return EventView{ID: e.ID, At: stamp(e.Time()), Kind: e.Kind, Outcome: e.Outcome, Reason: e.Reason, Factor: e.Factor,
		Actor: e.Actor, Client: viewClient(e.UserAgent), Address: e.Address, Count: details.Count, Offset: details.Offset}, nil
}

func (s *server) getProfile(ctx context.Context, _ *none) (*body[ProfileView], error) {
	return &body[ProfileView]{viewProfile(callerOf(ctx).Account)}, nil
}

func (s *server) changeProfile(ctx context.Context, in *body[ProfileRequest]) (*body[ProfileView], error) {
	a, err := s.Auth.ChangeProfile(ctx, callerOf(ctx),
		auth.ProfileInput{DisplayName: in.Body.DisplayName, Language: in.Body.Language, Theme: in.Body.Theme})
	if err != nil {
		return nil, err
	}
	return &body[ProfileView]{viewProfile(a)}, nil
}

func viewProfile(a *account.Account) ProfileView {
	return ProfileView{Username: a.Username, DisplayName: a.DisplayName, Language: a.Language, Theme: a.Theme}
}

func (s *server) setNoticeAddress(ctx context.Context, in *body[AddressRequest]) (*none, error) {
	return nil, s.Auth.SetNoticeAddress(ctx, callerOf(ctx), auth.AddressInput{Email: in.Body.Email, Language: in.Body.Language})
}

func (s *server) confirmNoticeAddress(ctx context.Context, in *body[AddressCodeRequest]) (*none, error) {
	return nil, s.Auth.ConfirmNoticeAddress(ctx, callerOf(ctx), in.Body.Code)
}
