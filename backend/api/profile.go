package api

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
)

// ProfileView holds the name and how the pages look.
type ProfileView struct {
	Username      string       `json:"username" doc:"The name to sign in with."`
	DisplayName   string       `json:"display_name" doc:"May be empty."`
	Language      string       `json:"language" enum:",en,de" doc:"Empty = as the browser says."`
	Theme         string       `json:"theme" enum:",day,night" doc:"Empty = as the system says."`
	Role          account.Role `json:"role" enum:"person,helper,administrator" doc:"What the person may do for others."`
	Groups        []string     `json:"groups" nullable:"false" doc:"The groups that the person is in, by name."`
	Email         string       `json:"email" doc:"The address that applications see; may be empty."`
	EmailOwn      bool         `json:"email_own" doc:"True if the person chose it, false if an administrator did."`
	NoticeAddress string       `json:"notice_address_confirmed" doc:"The confirmed address for notices, which the person may choose; empty = none."`
}

// EmailChoice chooses the address that applications see.
type EmailChoice struct {
	UseNoticeAddress bool `json:"use_notice_address" doc:"True: the confirmed address for notices. False: none. Reasons of email: taken."`
}

// ProfileRequest changes the members it carries.
type ProfileRequest struct {
	DisplayName *string `json:"display_name,omitempty" doc:"At most 100 characters, may be empty. Reasons: too_long, not_allowed."`
	Language    *string `json:"language,omitempty" doc:"Reasons: not_allowed." enum:",en,de"`
	Theme       *string `json:"theme,omitempty" doc:"Reasons: not_allowed." enum:",day,night"`
}

func (s *server) getProfile(ctx context.Context, _ *none) (*body[ProfileView], error) {
	return s.answerProfile(ctx, callerOf(ctx).Account)
}

func (s *server) changeProfile(ctx context.Context, in *body[ProfileRequest]) (*body[ProfileView], error) {
	a, err := s.Auth.ChangeProfile(ctx, callerOf(ctx),
		auth.ProfileInput{DisplayName: in.Body.DisplayName, Language: in.Body.Language, Theme: in.Body.Theme})
	if err != nil {
		return nil, err
	}
	return s.answerProfile(ctx, a)
}

func (s *server) answerProfile(ctx context.Context, a *account.Account) (*body[ProfileView], error) {
	more, err := s.Auth.ProfileOf(ctx, callerOf(ctx), a)
	if err != nil {
		return nil, err
	}
	return &body[ProfileView]{ProfileView{Username: a.Username, DisplayName: a.DisplayName, Language: a.Language, Theme: a.Theme, Role: a.Role(),
		Groups: more.Groups, Email: more.Email, EmailOwn: a.EmailOwn, NoticeAddress: more.NoticeAddress}}, nil
}

func (s *server) chooseEmail(ctx context.Context, in *body[EmailChoice]) (*none, error) {
	return nil, s.Auth.ChooseEmail(ctx, callerOf(ctx), in.Body.UseNoticeAddress)
}
