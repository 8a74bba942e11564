package people

import (
	"context"
	"slices"
	"strings"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/policy"
)

// SecondFactor is the state of an account's second factor.
type SecondFactor string

// The states.
const (
	FactorNone    SecondFactor = "none"
	FactorEnabled SecondFactor = "enabled"
	FactorPaused  SecondFactor = "paused" // the sign-in does not ask for it
	// The others say that only backup codes still work.
	FactorDead       SecondFactor = "dead"       // the app is stopped after too many wrong codes
	FactorUnreadable SecondFactor = "unreadable" // the key of the app cannot be opened
	FactorElsewhere  SecondFactor = "elsewhere"  // all keys belong to another address
)

// FactorKind is a kind of second factor.
type FactorKind string

// The kinds.
const (
	App         FactorKind = "app"
	Passkey     FactorKind = FactorKind(passkey.Passkey)
	HardwareKey FactorKind = FactorKind(passkey.HardwareKey)
)

// FactorKinds are some kinds, in the order of the constants.
type FactorKinds []FactorKind

// String writes them with blanks between.
func (kinds FactorKinds) String() string {
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = string(kind)
	}
	return strings.Join(words, " ")
}

// askedInPause returns what policies ask of those who have a pause: one that is due ends it.
func (s *Service) askedInPause(ctx context.Context, tx *database.Tx, rows map[int64]personRow) (map[int64]policy.Obligation, error) {
	var paused []policy.Subject
	for _, row := range rows {
		if row.hasFactor() && row.Account.PausedAt != 0 {
			paused = append(paused, auth.SubjectOf(&row.Account))
		}
	}
	if paused == nil {
		return nil, nil
	}
	return policy.Of(ctx, tx, s.Now(), paused...)
}

// appStateOf says what can be done with the authenticator app of an account.
func (s *Service) appStateOf(row *personRow) SecondFactor {
	if !row.HasApp {
		return FactorNone
	}
	if _, err := row.Key.Open(s.Keys, row.Account.ID); err != nil {
		return FactorUnreadable
	}
	if row.StoppedLanes == lanes {
		return FactorDead
	}
	return FactorEnabled
}

// secondFactorOf says what can be done with all second factors of an account. One that
// works is enough.
func (s *Service) secondFactorOf(row *personRow, app SecondFactor, asked policy.Obligation) SecondFactor {
	switch {
	case !row.hasFactor():
		return FactorNone
	case app != FactorEnabled && !slices.ContainsFunc(row.Keys, s.KeyWorks):
		if !row.HasApp {
			return FactorElsewhere
		}
		return app
	case row.Account.Paused(s.Now()) && !s.RequireTwoFactor && !asked.Due(s.Now()):
		return FactorPaused
	}
	return FactorEnabled
}
