package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

// Each table has its file of the same number and name for both engines. On
// MySQL a file holds one statement that may be repeated, because a statement
// that changes a table cannot be rolled back there.
//
//go:embed migrations
var migrations embed.FS

// maxMigrationTries bounds the tries of several processes that start at once
// on one SQLite file.
const maxMigrationTries = 10

// Migrate brings the schema up to date. Any number of processes may call it at
// the same time on the same database. A schema made by a newer program is
// refused, since this one does not know its rules.
func (d *DB) Migrate(ctx context.Context) error {
	tries := 1
	if d.engine == SQLite {
		tries = maxMigrationTries
	}
	err := retry(ctx, tries, func(error) bool { return ctx.Err() == nil }, func() error { return d.migrateOnce(ctx) })
	if err != nil {
		return fmt.Errorf("cannot bring the database up to date: %w", err)
	}
	have, err := d.schemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the database's version: %w", err)
	}
	want, err := latestMigration(d.engine)
	if err != nil {
		return err
	}
	if have > want {
		return fmt.Errorf("the database was made by a newer version of this program (schema %d, this program knows %d): use that version or restore a backup", have, want)
	}
	return nil
}

func (d *DB) migrateOnce(ctx context.Context) error {
	files, err := migrationFiles(d.engine)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.engine == MySQL {
		dialect = goose.DialectMySQL
		options = append(options, goose.WithSessionLocker(mysqlLock{}))
	}
	provider, err := goose.NewProvider(dialect, d.pools[0], files, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

func migrationFiles(engine string) (fs.FS, error) { return fs.Sub(migrations, "migrations/"+engine) }

// latestMigration is the schema version this program was built for.
func latestMigration(engine string) (int64, error) {
	files, err := migrationFiles(engine)
	if err != nil {
		return 0, err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("no migrations for %s: %w", engine, err)
	}
	return goose.NumericComponent(names[len(names)-1])
}

// schemaVersion is the version of the last applied migration.
func (d *DB) schemaVersion(ctx context.Context) (int64, error) {
	var version int64
	err := d.pools[len(d.pools)-1].QueryRowContext(ctx,
		"SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied = 1").Scan(&version)
	return version, err
}

// mysqlLock lets one process at a time migrate one database. The lock belongs
// to the connection, so goose takes it, migrates and gives it back on the same
// one, and a process that dies frees it. Its name carries the database's name,
// since locks are shared by a whole server.
type mysqlLock struct{}

// mysqlLockSlice keeps each wait shorter than common read timeouts.
const mysqlLockSlice = 5 * time.Second

var errLockLost = errors.New("the migration lock was not held")

func (mysqlLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var got sql.NullInt64
		err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(CONCAT('imagemaster:', SHA1(DATABASE())), ?)", mysqlLockSlice.Seconds()).Scan(&got)
		if err != nil {
			return fmt.Errorf("wait for another instance to migrate: %w", err)
		}
		if got.Int64 == 1 {
			return nil
		}
	}
}

func (mysqlLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	var freed sql.NullInt64
	err := conn.QueryRowContext(ctx, "SELECT RELEASE_LOCK(CONCAT('imagemaster:', SHA1(DATABASE())))").Scan(&freed)
	if err == nil && freed.Int64 != 1 {
		return errLockLost
	}
	return err
}
