package api

import (
	"context"
	"time"
)

// DisableRequest says how two-factor authentication is disabled.
type DisableRequest struct {
	Mode string  `json:"mode" enum:"pause,remove" doc:"pause keeps key and codes and does not ask for them at sign-in; remove deletes them."`
	For  *string `json:"for,omitempty" enum:"hour,day,week,open" doc:"How long a pause lasts; open = until it is enabled again. Only with pause, where it is needed."`
}

// EnableRequest ends a pause.
type EnableRequest struct {
	Code   *string `json:"code,omitempty" doc:"Six digits from the app. Reasons: malformed, which spends no try. Either this or answer."`
	Answer *string `json:"answer,omitempty" maxLength:"12288" doc:"The answer of a passkey or hardware key, as JSON text. Reasons: malformed."`
}

var pauseLengths = map[string]time.Duration{
	"hour": time.Hour,
	"day":  24 * time.Hour,
	"week": 7 * 24 * time.Hour,
	"open": 0,
}

func (s *server) disableTwoFactor(ctx context.Context, in *body[DisableRequest]) (*cookies, error) {
	caller := callerOf(ctx)
	if in.Body.Mode == "remove" {
		if in.Body.For != nil {
			return nil, invalid(reasonValue, "for")
		}
		return s.issue(s.Auth.RemoveFactors(ctx, caller))
	}
	if in.Body.For == nil {
		return nil, invalid(reasonMissing, "for")
	}
	return s.issue(s.Auth.Pause(ctx, caller, pauseLengths[*in.Body.For]))
}

func (s *server) enableTwoFactor(ctx context.Context, in *body[EnableRequest]) (*cookies, error) {
	switch {
	case in.Body.Answer != nil && in.Body.Code != nil:
		return nil, invalid(reasonValue, "answer")
	case in.Body.Answer != nil:
		return s.issue(s.Auth.EnableWithKey(ctx, callerOf(ctx), []byte(*in.Body.Answer)))
	case in.Body.Code == nil:
		return nil, invalid(reasonMissing, "code")
	}
	return s.issue(s.Auth.Enable(ctx, callerOf(ctx), *in.Body.Code))
}
