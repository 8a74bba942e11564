package api

import (
	"context"

	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

// HelpCodeRequest gives a help code.
type HelpCodeRequest struct {
	ReasonRequest
	Minutes int `json:"minutes" doc:"How long it works, 5 to 1440. Reasons: not_allowed."`
}

// HelpCodeAnswer is a help code that was just given.
type HelpCodeAnswer struct {
	Code   string `json:"code" doc:"Shown only now."`
	EndsAt string `json:"ends_at" format:"date-time" doc:"When it ends. It works once."`
}

// HelpView is a help code that can still be used, or that has opened a session which may
// still enrol.
type HelpView struct {
	By      string `json:"by" doc:"User name of its giver; empty = the operator."`
	GivenAt string `json:"given_at" format:"date-time" doc:"When it was given."`
	EndsAt  string `json:"ends_at" format:"date-time" doc:"When it, or the session, ends."`
	Used    bool   `json:"used" doc:"True once a session that can only enrol was opened with it."`
}

func viewHelp(open *auth.OpenHelp) orNull[HelpView] {
	if open == nil {
		return orNull[HelpView]{}
	}
	return orNull[HelpView]{&HelpView{By: open.By, GivenAt: stamp(open.Given()), EndsAt: stamp(open.Ends()), Used: open.UsedAt != 0}}
}

func (s *server) giveHelpCode(ctx context.Context, in *forPerson[HelpCodeRequest]) (*body[HelpCodeAnswer], error) {
	given, err := s.People.GiveHelpCode(ctx, by(ctx), in.ID, in.Body.Reason, people.Minutes(in.Body.Minutes))
	if err != nil {
		return nil, err
	}
	return &body[HelpCodeAnswer]{HelpCodeAnswer{given.Code, stamp(given.EndsAt)}}, nil
}

// UseHelpRequest carries a help code.
type UseHelpRequest struct {
	Code string `json:"code" doc:"HELP- and sixteen symbols; case, spaces and dashes do not matter. Reasons: malformed, which spends no try."`
}

func (s *server) useHelpCode(ctx context.Context, in *body[UseHelpRequest]) (*bodyAndCookies[SignInAnswer], error) {
	result, err := s.Auth.UseHelpCode(ctx, callerOf(ctx), in.Body.Code)
	if err != nil {
		return nil, err
	}
	return s.answerSignIn(result), nil
}

func (s *server) refuseHelp(ctx context.Context, _ *none) (*none, error) {
	return nil, s.Auth.RefuseHelp(ctx, callerOf(ctx))
}
