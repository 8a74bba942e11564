package auth

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
)

// batch is how many rows one transaction touches that goes through a table.
const batch = 200

func counted(step func(context.Context, *database.Tx) (int64, error)) func(context.Context, *database.Tx) (int, error) {
	return func(ctx context.Context, tx *database.Tx) (int, error) {
		n, err := step(ctx, tx)
		return int(n), err
	}
}

// inBatches repeats a step, each time in a transaction of its own, until it
// finds less than a whole batch.
func (s *Service) inBatches(ctx context.Context, step func(ctx context.Context, tx *database.Tx) (int, error)) error {
	for {
		var n int
		err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
			n, err = step(ctx, tx)
			return err
		})
		if err != nil || n < batch {
			return err
		}
	}
}

// FillNames computes what accounts are sorted and found by, where an older version of
// the program has made them. It changes nothing where none is missing.
func (s *Service) FillNames(ctx context.Context) error {
	missing, err := account.NamesMissing(ctx, s.DB.Read(ctx))
	if err != nil || !missing {
		return err
	}
	return s.inBatches(ctx, func(ctx context.Context, tx *database.Tx) (int, error) {
		return account.FillNames(ctx, tx, batch)
	})
}
