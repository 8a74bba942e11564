package api

import "context"

// PasswordRequest carries the present password and a new one.
type PasswordRequest struct {
	CurrentPassword string `json:"current_password" format:"password" doc:"The present password."`
	Password        string `json:"password" format:"password" doc:"The new password, 15 to 256 characters. Reasons: too_short, too_long, common, contains_name, unchanged."`
}

func (s *server) changePassword(ctx context.Context, in *body[PasswordRequest]) (*cookies, error) {
	issued, err := s.Auth.ChangePassword(ctx, callerOf(ctx), in.Body.CurrentPassword, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return &cookies{s.cookies.lines(issued)}, nil
}
