package testdb

import (
	"bytes"
	"fmt"
	"testing"

	"imagemaster/backend/database"
)

// Dump returns every value of every table, each on a line of its own. Two dumps are
// equal where nothing was changed between them.
func Dump(t testing.TB, db *database.DB) []byte {
	t.Helper()
	var tables []string
	query := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if db.Engine() == database.MySQL {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"
	}
	if err := db.Read(t.Context()).Raw(query).Scan(&tables).Error; err != nil {
		t.Fatal(err)
	}
	var dump bytes.Buffer
	for _, table := range tables {
		dumpTable(t, db, table, &dump)
	}
	return dump.Bytes()
}

func dumpTable(t testing.TB, db *database.DB, table string, dump *bytes.Buffer) {
	t.Helper()
	found, err := db.Read(t.Context()).Raw("SELECT * FROM " + table).Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	for found.Next() {
		if err := found.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			fmt.Fprintf(dump, "%s.%s=", table, columns[i])
			if raw, ok := (*v.(*any)).([]byte); ok {
				dump.Write(raw)
			} else {
				fmt.Fprint(dump, *v.(*any))
			}
			dump.WriteByte('\n')
		}
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
}
