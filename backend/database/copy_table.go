package database

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// How many rows one statement inserts.
const (
	mysqlBatch  = 200
	sqliteBatch = 50
)

func (d *DB) fill(ctx context.Context, source *sql.DB, tables []table) error {
	read, err := source.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = read.Rollback() }()
	write, err := d.pools[0].BeginTx(ctx, d.txOpts)
	if err != nil {
		return err
	}
	defer func() { _ = write.Rollback() }()
	// As in snapshotTo. After a failure the setting stays with the connection, which
	// the caller closes with the database.
	if _, err := write.ExecContext(ctx, "SET SESSION foreign_key_checks = 0"); err != nil {
		return err
	}
	for _, t := range tables {
		if err := t.copy(ctx, read, write, mysqlBatch); err != nil {
			return fmt.Errorf("copy table %s: %w", t.name, err)
		}
	}
	if _, err := write.ExecContext(ctx, "SET SESSION foreign_key_checks = 1"); err != nil {
		return err
	}
	return write.Commit()
}

// table is a table of the product. Both engines have the same tables and columns.
type table struct {
	name    string
	columns []string
	text    []bool   // by column: its values are text
	order   []string // its primary key
}

// tablesOf lists the tables of an embedded database.
func tablesOf(ctx context.Context, pool *sql.DB) ([]table, error) {
	found, err := pool.QueryContext(ctx, "SELECT t.name, c.name, c.type, c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c "+
		"WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name <> ? ORDER BY t.name, c.cid", versionTable)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	var tables []table
	for found.Next() {
		var name, column, kind string
		var key int
		if err := found.Scan(&name, &column, &kind, &key); err != nil {
			return nil, err
		}
		if len(tables) == 0 || tables[len(tables)-1].name != name {
			tables = append(tables, table{name: name})
		}
		t := &tables[len(tables)-1]
		t.columns = append(t.columns, column)
		t.text = append(t.text, kind == "TEXT")
		if key > 0 {
			t.order = append(t.order, column)
		}
	}
	return tables, found.Err()
}

func list(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

// copy streams the rows from one transaction into another, so many in a statement.
// They replace rows that the migrations have made.
func (t table) copy(ctx context.Context, from, to *sql.Tx, batch int) error {
	if _, err := to.ExecContext(ctx, "DELETE FROM `"+t.name+"`"); err != nil {
		return err
	}
	found, err := from.QueryContext(ctx, "SELECT "+list(t.columns)+" FROM `"+t.name+"` ORDER BY "+list(t.order))
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	full, err := to.PrepareContext(ctx, t.insert(batch))
	if err != nil {
		return err
	}
	defer func() { _ = full.Close() }()
	var waiting []any
	row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range row {
		into[i] = &row[i]
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return err
		}
		for i, value := range row {
			if raw, ok := value.([]byte); ok && t.text[i] {
				value = string(raw) // the driver of MySQL gives bytes for both
			}
			waiting = append(waiting, value)
		}
		if len(waiting) == batch*len(t.columns) {
			if _, err := full.ExecContext(ctx, waiting...); err != nil {
				return err
			}
			waiting = waiting[:0]
		}
	}
	if err := found.Err(); err != nil || len(waiting) == 0 {
		return err
	}
	_, err = to.ExecContext(ctx, t.insert(len(waiting)/len(t.columns)), waiting...)
	return err
}

// insert is the statement for so many rows.
func (t table) insert(rows int) string {
	one := "(?" + strings.Repeat(", ?", len(t.columns)-1) + ")"
	return "INSERT INTO `" + t.name + "` (" + list(t.columns) + ") VALUES " + strings.Join(slices.Repeat([]string{one}, rows), ", ")
}
