package api

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
)

// ProfileView holds the name and how the pages look.
type ProfileView struct {
	Username    string `json:"username" doc:"The name to sign in with."`
	DisplayName string `json:"display_name" doc:"May be empty."`
	Language    string `json:"language" enum:",en,de" doc:"Empty = as the browser says."`
	Theme       string `json:"theme" enum:",day,night" doc:"Empty = as the system says."`
}

// ProfileRequest changes the members it carries.
type ProfileRequest struct {
	DisplayName *string `json:"display_name,omitempty" doc:"At most 100 characters, may be empty. Reasons: too_long, not_allowed."`
	Language    *string `json:"language,omitempty" doc:"Reasons: not_allowed." enum:",en,de"`
	Theme       *string `json:"theme,omitempty" doc:"Reasons: not_allowed." enum:",day,night"`
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
