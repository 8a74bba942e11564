package database

// afterKey names the list of functions in the settings of a transaction, which a
// handle keeps when it is bound to another context.
const afterKey = "imagemaster:after_commit"

// AfterCommit runs fn once the transaction has committed, and never if it rolls
// back. Of a transaction that InTx runs again only what the last run gave counts.
func AfterCommit(tx *Tx, fn func()) {
	if list, ok := tx.Get(afterKey); ok {
		after := list.(*[]func())
		*after = append(*after, fn)
	}
}
