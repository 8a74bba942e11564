package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

// Both engines have the same file names, one for each table. On MySQL a file
// holds one statement that may run twice, because MySQL cannot roll back a
// statement that changes a table.
//
//go:embed migrations
var migrations embed.FS

// maxMigrationTries bounds the tries when several processes start at the same
// time on one SQLite file.
const maxMigrationTries = 10

// Migrate brings the schema up to date. Any number of processes may call it at
// the same time on the same database. It refuses a schema made by a newer
// program, because this one does not know its rules.
func (d *DB) Migrate(ctx context.Context) error {
	var err error
	if d.engine == MySQL {
		err = d.whileLocked(ctx, func() error { return d.up(ctx, goose.DialectMySQL) })
	} else {
		again := func(error) bool { return ctx.Err() == nil }
		err = retry(ctx, maxMigrationTries, again, func() error { return d.up(ctx, goose.DialectSQLite3) })
	}
	if err != nil {
		return fmt.Errorf("cannot bring the database up to date: %w", err)
	}
	have, err := d.schemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the database's version: %w", err)
	}
	if want := latestMigration(d.engine); have > want {
		return fmt.Errorf("the database was made by a newer version of this program (schema %d, this program knows %d): use that version or restore a backup", have, want)
	}
	return nil
}

func (d *DB) up(ctx context.Context, dialect goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations/"+d.engine)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, d.pools[0], files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// latestMigration returns the schema version this program was built for. The files
// are embedded and sorted by name, so reading them cannot fail.
func latestMigration(engine string) int64 {
	files, _ := migrations.ReadDir("migrations/" + engine)
	version, _ := goose.NumericComponent(files[len(files)-1].Name())
	return version
}

// schemaVersion returns the version of the last applied migration.
func (d *DB) schemaVersion(ctx context.Context) (int64, error) {
	var version int64
	err := d.pools[len(d.pools)-1].QueryRowContext(ctx,
		"SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied = 1").Scan(&version)
	return version, err
}

// mysqlLockWait keeps each wait for the lock shorter than common read timeouts.
const mysqlLockWait = 5 * time.Second

// whileLocked lets one process at a time migrate a database. The lock belongs to
// a connection that does nothing else; if the process dies, the server frees it.
// Goose's own lock comes too late: Goose looks for pending migrations and
// creates its table before it locks. Locks are shared by the whole server, so
// the name of this one includes the database.
func (d *DB) whileLocked(ctx context.Context, do func() error) error {
	conn, err := d.pools[0].Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for locked := false; !locked; {
		err := conn.QueryRowContext(ctx, "SELECT COALESCE(GET_LOCK(CONCAT('imagemaster:', SHA1(DATABASE())), ?), 0)",
			mysqlLockWait.Seconds()).Scan(&locked)
		if err != nil {
			return fmt.Errorf("wait for another instance to migrate: %w", err)
		}
	}
	err = do()
	// When ctx has ended, the connection is closed and the lock is free.
	_, unlockErr := conn.ExecContext(ctx, "DO RELEASE_LOCK(CONCAT('imagemaster:', SHA1(DATABASE())))")
	return errors.Join(err, unlockErr)
}
