package database

import (
	"context"

	"github.com/pressly/goose/v3"
)

// MigrateTo brings an empty database to an earlier version of the schema.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	dialect := goose.DialectSQLite3
	if d.engine == MySQL {
		dialect = goose.DialectMySQL
	}
	return d.upTo(ctx, dialect, version)
}

// Dir returns the data folder.
func (d *DB) Dir() string { return d.dir }
