package auth

import (
	"context"

	"imagemaster/backend/account"
)

// SecondFactor is the state of an account's second factor.
type SecondFactor string

// The states.
const (
	FactorNone       SecondFactor = "none"
	FactorEnabled    SecondFactor = "enabled"
	FactorPaused     SecondFactor = "paused"     // the sign-in does not ask for it
	FactorDead       SecondFactor = "dead"       // stopped after too many wrong codes
	FactorUnreadable SecondFactor = "unreadable" // the key cannot be opened
)

// User is an account as the operator sees it.
type User struct {
	account.Account
	SecondFactor SecondFactor
	CodesLeft    int
	LastSignIn   int64 // Unix ms; 0 = never, or longer ago than events are kept
}

// ListUsers returns all accounts by name.
func (s *Service) ListUsers(ctx context.Context) ([]User, error) {
	rows, err := listUsers(ctx, s.DB.Read(ctx))
	if err != nil {
		return nil, err
	}
	users := make([]User, len(rows))
	for i := range rows {
		users[i] = User{rows[i].Account, s.secondFactorOf(&rows[i]), rows[i].CodesLeft, rows[i].LastSignIn}
	}
	return users, nil
}

func (s *Service) secondFactorOf(row *userRow) SecondFactor {
	if !row.HasKey {
		return FactorNone
	}
	_, err := row.Key.Open(s.Keys, row.Account.ID)
	switch {
	case err != nil:
		return FactorUnreadable
	case row.StoppedLanes == lanes:
		return FactorDead
	case row.Account.Paused(s.Now()):
		return FactorPaused
	}
	return FactorEnabled
}
