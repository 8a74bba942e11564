package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
)

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
