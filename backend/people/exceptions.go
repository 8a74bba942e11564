package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/policy"
)

// Exception is an exception with the names of the people.
type Exception struct {
	AccountID             int64
	Username, DisplayName string
	Reason                string
	EndsAt, GivenAt       time.Time
	GivenBy               string // user name, "" = the operator
}

// maxExceptions is how many exceptions are listed.
const maxExceptions = 1000

// Exceptions returns the exceptions that hold, the one that ends first at the beginning.
func (s *Service) Exceptions(ctx context.Context, by auth.Actor) ([]Exception, error) {
	if err := by.Require(account.Administrator); err != nil {
		return nil, err
	}
	tx := s.DB.Read(ctx)
	stored, err := policy.Exceptions(ctx, tx, s.Now(), maxExceptions)
	if err != nil {
		return nil, err
	}
	return withPeople(ctx, tx, stored...)
}

func withPeople(ctx context.Context, tx *database.Tx, stored ...policy.Exception) ([]Exception, error) {
	var ids []int64
	for _, e := range stored {
		ids = append(ids, e.AccountID, e.GivenBy)
	}
	names, err := account.NamesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]Exception, len(stored))
	for i, e := range stored {
		all[i] = Exception{AccountID: e.AccountID, Username: names[e.AccountID].Username, DisplayName: names[e.AccountID].DisplayName, Reason: e.Reason,
			EndsAt: e.Ends(), GivenAt: time.UnixMilli(e.CreatedAt).UTC(), GivenBy: names[e.GivenBy].Username}
		if e.GivenBy != 0 && all[i].GivenBy == "" {
			all[i].GivenBy = fmt.Sprint("#", e.GivenBy) // deleted since
		}
	}
	return all, nil
}

// GiveException lets somebody be without a second factor until a time, for a reason.
func (s *Service) GiveException(ctx context.Context, by auth.Actor, id int64, reason string, until time.Time) error {
	reason, err := parseReason(reason, "Say why the person is excepted.")
	if err != nil {
		return err
	}
	now := s.Now()
	if !until.After(now) || until.Sub(now) > policy.MaxException {
		return apperr.InvalidField("ends_at", "not_allowed", "An exception ends within 90 days.")
	}
	return s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		return auth.Change{Events: []audit.Kind{audit.ExceptionGiven}, Facts: map[string]any{"detail": reason, "until": until.UTC().Format(time.RFC3339)},
			Notice: notify.ExceptionGiven, Detail: until.UTC().Format(time.RFC3339), Told: notify.DidExcept,
			Do: func(ctx context.Context, tx *database.Tx) error {
				former, err := policy.ExceptionOf(ctx, tx, id)
				if err != nil {
					return err
				}
				if former != nil && former.Reason == reason && former.EndsAt == until.UnixMilli() {
					return auth.ErrUnchanged
				}
				return policy.GiveException(ctx, tx, &policy.Exception{AccountID: id, Reason: reason, EndsAt: until.UnixMilli(), GivenBy: by.ID(), CreatedAt: s.Now().UnixMilli()})
			}}
	})
}

// EndException ends somebody's exception.
func (s *Service) EndException(ctx context.Context, by auth.Actor, id int64) error {
	return s.change(ctx, by, id, func(auth.Factors) auth.Change {
		return auth.Change{Events: []audit.Kind{audit.ExceptionEnded}, Notice: notify.ExceptionEnded,
			Do: func(ctx context.Context, tx *database.Tx) error {
				err := policy.EndException(ctx, tx, id, s.Now())
				if errors.Is(err, policy.ErrNotFound) {
					err = apperr.New(apperr.WrongState, "The person has no exception. Nothing was changed.")
				}
				return err
			}}
	})
}
