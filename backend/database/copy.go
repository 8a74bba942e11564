package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// A backup (package backup) is an SQLite database with a trailer of BackupTrailer
// bytes behind it, which begins with BackupMark.
const (
	BackupTrailer = 512
	BackupMark    = "\nimagemaster backup 1\n"
)

// hasBackupMark says whether a file is a backup.
func hasBackupMark(file *os.File) (bool, error) {
	info, err := file.Stat()
	if err != nil || info.Size() < BackupTrailer {
		return false, err
	}
	mark := make([]byte, len(BackupMark))
	_, err = file.ReadAt(mark, info.Size()-BackupTrailer)
	return string(mark) == BackupMark, err
}

// CopyTo copies the whole database, as it is at one moment, to an empty file, and
// returns the version of its schema. The file becomes an SQLite database, with
// either engine, and is not flushed to disk. Others may write meanwhile.
func (d *DB) CopyTo(ctx context.Context, path string) (schema int64, err error) {
	before, err := d.beforeBaseline(ctx)
	if err != nil {
		return 0, err
	}
	if before {
		return 0, ErrBeforeBaseline
	}
	if d.engine == SQLite {
		_, err = d.pools[0].ExecContext(ctx, "VACUUM INTO "+quoted(path))
		err = aboutCopy(path, err)
	} else {
		err = d.snapshotTo(ctx, path)
	}
	if err != nil {
		return 0, err
	}
	made := &DB{engine: SQLite}
	defer func() { _ = made.Close() }()
	if _, err := made.sqlitePool(path, 1, "_pragma=query_only(1)"); err != nil {
		return 0, err
	}
	return made.schemaVersion(ctx)
}

// Settle writes the side files of an embedded database that nobody has open into
// its file. It does nothing where there are none, or under a backup.
func Settle(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	marked, err := hasBackupMark(file)
	if err := errors.Join(err, file.Close()); err != nil || marked {
		return err
	}
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	d := &DB{engine: SQLite}
	pool, err := d.sqlitePool(path, 1, "_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, d.Close())
}

// quoted writes a text as SQL. VACUUM INTO takes no values on its own.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// snapshotTo reads all tables of a server in one transaction, so that they belong
// together. The rows are streamed: neither side holds a table in memory.
func (d *DB) snapshotTo(ctx context.Context, path string) error {
	source, err := d.pools[0].BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = source.Rollback() }()
	var version int64 // the first read makes the snapshot
	if err := source.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+versionTable+" WHERE is_applied = 1").Scan(&version); err != nil {
		return err
	}
	if known := latestMigration(SQLite); version > known {
		return TooNew("the database", version, known)
	}
	target := &DB{engine: SQLite}
	defer func() { _ = target.Close() }()
	pool, err := target.sqlitePool(path, 1, "_txlock=immediate&_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)")
	if err != nil {
		return err
	}
	if err := target.upTo(ctx, goose.DialectSQLite3, version); err != nil {
		return err
	}
	tables, err := tablesOf(ctx, pool)
	if err != nil {
		return err
	}
	sequences, err := mysqlSequences(ctx, source)
	if err != nil {
		return err
	}
	// The tables come in no order that suits their references.
	if _, err := pool.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	rows, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Rollback() }()
	for _, t := range tables {
		if err := t.copy(ctx, source, rows, sqliteBatch); err != nil {
			return fmt.Errorf("copy table %s: %w", t.name, err)
		}
		if next, counts := sequences[t.name]; counts {
			if err := setSequence(ctx, rows, t.name, next-1); err != nil {
				return err
			}
		}
	}
	return rows.Commit()
}

// mysqlSequences returns the next automatic id of each table that has them. An id
// of a deleted row must not be given again, because audit events refer to it.
func mysqlSequences(ctx context.Context, tx *sql.Tx) (map[string]int64, error) {
	// MySQL answers from a cache unless told otherwise; MariaDB has no cache.
	_, _ = tx.ExecContext(ctx, "SET SESSION information_schema_stats_expiry = 0")
	found, err := tx.QueryContext(ctx, "SELECT table_name, auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	next := map[string]int64{}
	for found.Next() {
		var table string
		var id int64
		if err := found.Scan(&table, &id); err != nil {
			return nil, err
		}
		next[table] = id
	}
	return next, found.Err()
}

func setSequence(ctx context.Context, tx *sql.Tx, table string, last int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = ?", table); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, last)
	return err
}

// ErrNotEmpty refuses to copy into a database that is in use.
var ErrNotEmpty = errors.New("the database at the server is not empty: restore into an empty one")

// CopyFrom fills an empty database of a server with an embedded one of the present
// schema, all or nothing. An instance that starts meanwhile waits.
func (d *DB) CopyFrom(ctx context.Context, from *DB) error {
	if d.engine != MySQL {
		return errors.New("database: CopyFrom fills a database server only")
	}
	source := from.pools[0]
	tables, err := tablesOf(ctx, source)
	if err != nil {
		return err
	}
	return d.whileLocked(ctx, func() error {
		if err := d.RequireEmpty(ctx); err != nil {
			return err
		}
		if err := d.up(ctx, goose.DialectMySQL); err != nil {
			return err
		}
		if err := d.continueSequences(ctx, source); err != nil {
			return err
		}
		return d.fill(ctx, source, tables)
	})
}

// RequireEmpty accepts a database without tables, or with the empty ones that an
// interrupted restore has made.
func (d *DB) RequireEmpty(ctx context.Context) error {
	var tables int
	err := d.pools[0].QueryRowContext(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables)
	if err != nil || tables == 0 {
		return err
	}
	made, err := d.hasVersions(ctx)
	if err != nil {
		return err
	}
	if !made {
		return ErrNotEmpty
	}
	// The first start of a server fills key_canaries.
	for _, table := range []string{"accounts", "audit_events", "key_canaries"} {
		var there int
		err := d.pools[0].QueryRowContext(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?", table).Scan(&there)
		if err != nil {
			return err
		}
		if there == 0 {
			continue
		}
		var used bool
		if err := d.pools[0].QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+")").Scan(&used); err != nil {
			return err
		}
		if used {
			return ErrNotEmpty
		}
	}
	return nil
}

func (d *DB) continueSequences(ctx context.Context, source *sql.DB) error {
	found, err := source.QueryContext(ctx, "SELECT name, seq FROM sqlite_sequence WHERE name <> ?", versionTable)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var table string
		var last int64
		if err := found.Scan(&table, &last); err != nil {
			return err
		}
		if _, err := d.pools[0].ExecContext(ctx, fmt.Sprintf("ALTER TABLE `%s` AUTO_INCREMENT = %d", table, last+1)); err != nil {
			return err
		}
	}
	return found.Err()
}

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
