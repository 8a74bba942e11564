package api

import (
	"context"

	"imagemaster/backend/auth"
)

// AddressRequest carries the address for security notices.
type AddressRequest struct {
	Email    string `json:"email" doc:"An e-mail address, or empty for none. Where notices are mailed, a code goes to it first; naming the present one drops a new one. Reasons: not_allowed."`
	Language string `json:"language,omitempty" enum:",en,de" doc:"The language of the page. Mails use it if the profile names none."`
}

// AddressCodeRequest carries the code that was mailed to an address.
type AddressCodeRequest struct {
	Code string `json:"code" doc:"Eight letters and digits; case, spaces and dashes do not matter. Reasons: malformed, which spends no try."`
}

func (s *server) setNoticeAddress(ctx context.Context, in *body[AddressRequest]) (*none, error) {
	return nil, s.Auth.SetNoticeAddress(ctx, callerOf(ctx), auth.AddressInput{Email: in.Body.Email, Language: in.Body.Language})
}

func (s *server) confirmNoticeAddress(ctx context.Context, in *body[AddressCodeRequest]) (*none, error) {
	return nil, s.Auth.ConfirmNoticeAddress(ctx, callerOf(ctx), in.Body.Code)
}
