package database

type afterKey struct{}

// AfterCommit runs fn once the transaction has committed, and never if it rolls
// back or is run again.
func AfterCommit(tx *Tx, fn func()) {
	if after, ok := tx.Statement.Context.Value(afterKey{}).(*[]func()); ok {
		*after = append(*after, fn)
	}
}
