package people

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/policy"
)

// GivenHelpCode is a help code, shown once to its giver.
type GivenHelpCode struct {
	Code   string
	EndsAt time.Time
}

// Minutes turns a number of minutes into a duration. Large numbers are cut, so that none
// overflows into the allowed range.
func Minutes(n int) time.Duration {
	const most = 100_000
	return time.Duration(max(-1, min(n, most))) * time.Minute
}

// GiveHelpCode gives somebody who has lost the phone and the backup codes a code to enrol
// a new second factor with, for a reason that the events keep.
func (s *Service) GiveHelpCode(ctx context.Context, by auth.Actor, id int64, reason string, lifetime time.Duration) (GivenHelpCode, error) {
	reason, err := parseReason(reason, "Say why the help code is given, and how you made sure who asks.")
	if err != nil {
		return GivenHelpCode{}, err
	}
	if lifetime < helpcode.MinLifetime || lifetime > helpcode.MaxLifetime {
		return GivenHelpCode{}, apperr.InvalidField("minutes", "not_allowed", "A help code works for 5 minutes to 24 hours.")
	}
	if err := s.RequireFresh(by, account.Helper); err != nil {
		return GivenHelpCode{}, err // before it costs a hash
	}
	code, err := s.NewHelpCode(ctx, by)
	if err != nil {
		return GivenHelpCode{}, err
	}
	given := GivenHelpCode{code.Text, s.Now().Add(lifetime).UTC()}
	err = s.change(ctx, by, id, func(f auth.Factors) auth.Change { return s.HelpCodeFor(f, by, code, reason, lifetime) })
	if err != nil {
		return GivenHelpCode{}, err
	}
	return given, nil
}

// parseReason checks the reason of an act. missing says what to enter.
func parseReason(typed, missing string) (string, error) {
	reason, err := account.ParseText("reason", typed, policy.MaxReason)
	if err == nil && reason == "" {
		err = apperr.InvalidField("reason", "empty", missing)
	}
	return reason, err
}
