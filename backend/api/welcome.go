package api

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
)

// TokenRequest carries the token of a link.
type TokenRequest struct {
	Token string `json:"token" doc:"The part of the link after #."`
}

// WelcomeView says whose link it is, and what for.
type WelcomeView struct {
	Kind        account.LinkKind `json:"kind" enum:"invitation,password" doc:"invitation: the first password. password: another one."`
	Username    string           `json:"username" doc:"The name to sign in with."`
	DisplayName string           `json:"display_name" doc:"May be empty."`
	ExpiresAt   string           `json:"expires_at" format:"date-time" doc:"When the link ends."`
}

// WelcomeRequest chooses a password with a link.
type WelcomeRequest struct {
	Token    string `json:"token" doc:"The part of the link after #. It works once."`
	Password string `json:"password" format:"password" doc:"15 to 256 characters. Reasons: too_short, too_long, common, contains_name."`
}

// WelcomeAnswer says how it goes on.
type WelcomeAnswer struct {
	Next     auth.Next `json:"next" enum:"done,set_up" doc:"What has to be done before anything else; done = nothing."`
	SignedIn bool      `json:"signed_in" doc:"True after an invitation. A link for another password opens no session: the second factor stays owed."`
}

func (s *server) lookAtLink(ctx context.Context, in *body[TokenRequest]) (*body[WelcomeView], error) {
	w, err := s.Auth.LookAtLink(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return &body[WelcomeView]{WelcomeView{w.Kind, w.Username, w.DisplayName, stamp(w.EndsAt)}}, nil
}

func (s *server) choosePassword(ctx context.Context, in *body[WelcomeRequest]) (*bodyAndCookies[WelcomeAnswer], error) {
	result, err := s.Auth.UseLink(ctx, callerOf(ctx), in.Body.Token, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return &bodyAndCookies[WelcomeAnswer]{
		SetCookie: s.cookies.lines(result.Issued),
		Body:      WelcomeAnswer{Next: result.Next, SignedIn: result.Issued.Session != nil},
	}, nil
}
