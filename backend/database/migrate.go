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

// Each table has its file of the same number and name for both engines. On
// MySQL a file holds one statement that may be repeated, because a statement
// that changes a table cannot be rolled back there. A file that has landed never
// changes: baseline_test.go holds its hash.
//
//go:embed migrations
var migrations embed.FS

// maxMigrationTries bounds the tries of several processes that start at once
// on one SQLite file.
const maxMigrationTries = 10

// ErrBeforeBaseline refuses a database of the versions before the baseline, whose
// migrations were numbered from 1 to 99. The baseline begins at 100.
var ErrBeforeBaseline = errors.New("the database was made by a version of this program from before its present baseline and cannot be upgraded: " +
	"start with a new data folder or a new database")

// Migrate brings the schema up to date. Any number of processes may call it at
// the same time on the same database. A schema made by a newer program is
// refused, since this one does not know its rules. One from before the baseline
// is refused with ErrBeforeBaseline, and nothing is changed.
func (d *DB) Migrate(ctx context.Context) error {
	before, err := d.beforeBaseline(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the database's version: %w", err)
	}
	if before {
		return ErrBeforeBaseline
	}
	tries := 1
	if d.engine == SQLite {
		tries = maxMigrationTries
	}
	err = retry(ctx, tries, func(error) bool { return ctx.Err() == nil }, func() error { return d.migrateOnce(ctx) })
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
	if d.engine == MySQL {
		return d.whileLocked(ctx, func() error { return d.up(ctx, goose.DialectMySQL) })
	}
	return d.up(ctx, goose.DialectSQLite3)
}

func (d *DB) up(ctx context.Context, dialect goose.Dialect) error {
	files, err := migrationFiles(d.engine)
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

// hasVersions says whether any migration was ever applied.
func (d *DB) hasVersions(ctx context.Context) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'"
	if d.engine == MySQL {
		query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'goose_db_version'"
	}
	var tables int
	err := d.pools[len(d.pools)-1].QueryRowContext(ctx, query).Scan(&tables)
	return tables == 1, err
}

// beforeBaseline says whether a version from before the baseline made the schema.
func (d *DB) beforeBaseline(ctx context.Context) (bool, error) {
	made, err := d.hasVersions(ctx)
	if err != nil || !made {
		return false, err
	}
	var applied int
	err = d.pools[len(d.pools)-1].QueryRowContext(ctx, "SELECT count(*) FROM goose_db_version WHERE version_id BETWEEN 1 AND 99").Scan(&applied)
	return applied > 0, err
}

// mysqlLockWait keeps each wait for the lock shorter than common read timeouts.
const mysqlLockWait = 5 * time.Second

// whileLocked lets one process at a time migrate one database. The lock belongs
// to a connection that does nothing else, and a process that dies frees it.
// Goose's own locking would not do: it looks for pending migrations, and makes
// its table, before it locks. The name carries the database's name, since locks
// are shared by a whole server.
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
	// When ctx has ended, so has the connection, and with it the lock.
	_, unlockErr := conn.ExecContext(ctx, "DO RELEASE_LOCK(CONCAT('imagemaster:', SHA1(DATABASE())))")
	return errors.Join(err, unlockErr)
}
