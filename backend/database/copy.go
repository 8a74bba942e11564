package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
