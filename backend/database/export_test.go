package database

import (
	"context"
	"os"

	"github.com/pressly/goose/v3"
)

// MigrateTo brings an empty database to an earlier version of the schema.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	dialect := goose.DialectSQLite3
	if d.engine == MySQL {
		dialect = goose.DialectMySQL
	}
	provider, err := goose.NewProvider(dialect, d.pools[0], os.DirFS("migrations/"+d.engine), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}
