package api

import (
	"context"

	"imagemaster/backend/auth"
)

// SignInRequest begins a sign-in.
type SignInRequest struct {
	Username string `json:"username" doc:"The user name, in any case."`
	Password string `json:"password" format:"password" doc:"The password."`
}

// SignInAnswer says how the sign-in goes on.
type SignInAnswer struct {
	Next auth.Next `json:"next" enum:"done,second_factor,set_up,change_password" doc:"done: signed in. second_factor: a code is owed. set_up, change_password: signed in, and this has to be done before anything else."`
}

// CodeRequest carries one code.
type CodeRequest struct {
	Code string `json:"code" doc:"Six digits of the authenticator app, or a backup code; case, spaces and dashes do not matter. Reasons: malformed, which spends no try."`
}

// VerifyAnswer says how a completed sign-in goes on.
type VerifyAnswer struct {
	Next            auth.Next `json:"next" enum:"done,set_up,change_password" doc:"What has to be done before anything else; done = nothing."`
	Method          string    `json:"method" enum:"totp,backup,passkey,hardware_key" doc:"What was accepted: a kind of code or of key."`
	BackupCodesLeft *int      `json:"backup_codes_left" doc:"Unused backup codes that are left; null unless one was used."`
}

func (s *server) signIn(ctx context.Context, in *body[SignInRequest]) (*bodyAndCookies[SignInAnswer], error) {
	result, err := s.Auth.SignIn(ctx, callerOf(ctx), in.Body.Username, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.answerSignIn(result), nil
}

func (s *server) answerSignIn(result auth.SignInResult) *bodyAndCookies[SignInAnswer] {
	return &bodyAndCookies[SignInAnswer]{
		SetCookie: s.cookies.lines(result.Issued),
		Body:      SignInAnswer{Next: result.Next},
	}
}

func (s *server) verifySecondFactor(ctx context.Context, in *body[CodeRequest]) (*bodyAndCookies[VerifyAnswer], error) {
	return s.answerVerify(s.Auth.VerifySecondFactor(ctx, callerOf(ctx), in.Body.Code))
}

func (s *server) answerVerify(result auth.VerifyResult, err error) (*bodyAndCookies[VerifyAnswer], error) {
	if err != nil {
		return nil, err
	}
	return &bodyAndCookies[VerifyAnswer]{
		SetCookie: s.cookies.lines(result.Issued),
		Body:      VerifyAnswer{Next: result.Next, Method: result.Factor, BackupCodesLeft: result.BackupCodesLeft},
	}, nil
}

func (s *server) extendSignIn(ctx context.Context, _ *none) (*none, error) {
	return nil, s.Auth.ExtendPending(ctx, callerOf(ctx))
}

func (s *server) cancelSignIn(ctx context.Context, _ *none) (*cookies, error) {
	return s.issue(s.Auth.CancelPending(ctx, callerOf(ctx)))
}
