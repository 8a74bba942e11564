package api

import (
	"context"

	"imagemaster/backend/auth"
)

// SetupState says whether the first administrator exists.
type SetupState struct {
	Needed bool `json:"needed" doc:"True while the first administrator is still to be made."`
}

// SetupRequest makes the first administrator.
type SetupRequest struct {
	Token       string `json:"token" doc:"The part of the set-up link after #, valid 24 hours."`
	Username    string `json:"username" doc:"1 to 64 characters. Reasons: empty, too_long, not_allowed, taken."`
	Password    string `json:"password" format:"password" doc:"15 to 256 characters. Reasons: too_short, too_long, common, contains_name."`
	DisplayName string `json:"display_name" doc:"At most 100 characters, may be empty. Reasons: too_long, not_allowed."`
}

func (s *server) getSetup(ctx context.Context, _ *none) (*body[SetupState], error) {
	needed, err := s.Auth.SetupNeeded(ctx)
	if err != nil {
		return nil, err
	}
	return &body[SetupState]{SetupState{Needed: needed}}, nil
}

func (s *server) createFirstAdministrator(ctx context.Context, in *body[SetupRequest]) (*bodyAndCookies[SignInAnswer], error) {
	result, err := s.Auth.CreateFirstAdministrator(ctx, callerOf(ctx), auth.SetupInput{
		Token:       in.Body.Token,
		Username:    in.Body.Username,
		Password:    in.Body.Password,
		DisplayName: in.Body.DisplayName,
	})
	if err != nil {
		return nil, err
	}
	return s.answerSignIn(result), nil
}
