package database

// ShareLock ends a SELECT in a transaction that holds the rows it finds: others
// may hold them likewise, nobody can change them before the transaction ends.
// The newer words FOR SHARE are unknown to MariaDB. On SQLite a transaction
// holds everything.
func ShareLock(tx *Tx) string {
	if tx.Name() == MySQL {
		return " LOCK IN SHARE MODE"
	}
	return ""
}
