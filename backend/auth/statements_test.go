package auth_test

import (
	"errors"

	"imagemaster/backend/database"
)

// countQueries returns a function that counts the statements a piece of work
// sends to the database.
func (h *kit) countQueries() func(work func()) int {
	h.Helper()
	count := 0
	watch := func(tx *database.Tx) {
		on, note := tx.Callback(), func(*database.Tx) { count++ }
		h.must(errors.Join(
			on.Query().Before("*").Register("count", note), on.Create().Before("*").Register("count", note),
			on.Update().Before("*").Register("count", note), on.Delete().Before("*").Register("count", note),
			on.Row().Before("*").Register("count", note), on.Raw().Before("*").Register("count", note)))
	}
	read := h.db.Read(h.ctx)
	watch(read)
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		if tx.Callback() != read.Callback() {
			watch(tx)
		}
		return nil
	}))
	return func(work func()) int {
		count = 0
		work()
		return count
	}
}
