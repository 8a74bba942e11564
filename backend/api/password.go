package api

import "context"

// PasswordRequest carries the present and the new password.
type PasswordRequest struct {
	CurrentPassword string `json:"current_password" format:"password" doc:"The present password, however fresh the step-up is."`
	Password        string `json:"password" format:"password" doc:"The new password, 15 to 256 characters. Reasons: too_short, too_long, common, contains_name, unchanged."`
}

func (s *server) changePassword(ctx context.Context, in *body[PasswordRequest]) (*cookies, error) {
	return s.issue(s.Auth.ChangePassword(ctx, callerOf(ctx), in.Body.CurrentPassword, in.Body.Password))
}
