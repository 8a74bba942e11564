package api

import (
	"context"
)

// SessionClientView is the browser of a session, with its User-Agent.
type SessionClientView struct {
	ClientView
	UserAgent string `json:"user_agent" doc:"The User-Agent as the browser sent it; may be empty."`
}

// SessionItem is one session of the account.
type SessionItem struct {
	ID         int64             `json:"id" doc:"The session's id. It stays when its token is renewed."`
	Current    bool              `json:"current" doc:"True for the session that asks."`
	Client     SessionClientView `json:"client" doc:"The browser that began it."`
	Address    string            `json:"address" doc:"May be empty."`
	CreatedAt  string            `json:"created_at" format:"date-time" doc:"When it began."`
	LastSeenAt string            `json:"last_seen_at" format:"date-time" doc:"Accurate to a minute."`
	Factor     string            `json:"factor" enum:",totp,backup,passkey,hardware_key" doc:"The second factor that was given last in it; empty = none. totp: a code of the app. backup: a backup code."`
}

// SessionList holds the account's live sessions, the one used last first.
type SessionList struct {
	Sessions []SessionItem `json:"sessions" nullable:"false" doc:"The live ones, the one used last first."`
}

// SessionID names a session.
type SessionID struct {
	ID int64 `path:"id" doc:"The session's id."`
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
			Factor: one.Factor,
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
