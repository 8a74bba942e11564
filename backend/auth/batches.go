package auth

import (
	"context"

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
