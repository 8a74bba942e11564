package api

import "context"

// PasswordRequest carries a new password; the present one is proved by step-up.
type PasswordRequest struct {
	Password string `json:"password" format:"password" doc:"The new password, 15 to 256 characters. Reasons: too_short, too_long, common, contains_name, unchanged."`
}

func (s *server) changePassword(ctx context.Context, in *body[PasswordRequest]) (*none, error) {
	return nil, s.Auth.ChangePassword(ctx, callerOf(ctx), in.Body.Password)
}
