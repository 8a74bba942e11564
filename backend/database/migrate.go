package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
)

// Both engines have the same file names. On MySQL a file holds one statement that
// may run twice, or fails the second time as isRepeated says, because MySQL cannot roll back a
// statement that changes a table. A file that has landed never changes:
// baseline_test.go holds its hash.
//
//go:embed migrations
var migrations embed.FS

// maxMigrationTries bounds the tries when several processes start at the same
// time on one SQLite file.
const maxMigrationTries = 10

// ErrBeforeBaseline refuses a database of the versions before the baseline, whose
// migrations were numbered from 1 to 99. The baseline begins at 100.
var ErrBeforeBaseline = errors.New("the database was made by a version of this program from before its present baseline and cannot be upgraded: " +
	"start with a new data folder or a new database")

// Migrate brings the schema up to date. Any number of processes may call it at
// the same time on the same database. It refuses a schema made by a newer
// program, because this one does not know its rules. It refuses one from before
// the baseline with ErrBeforeBaseline, and changes nothing in it.
func (d *DB) Migrate(ctx context.Context) error {
	before, err := d.beforeBaseline(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the database's version: %w", err)
	}
	if before {
		return ErrBeforeBaseline
	}
	if d.engine == MySQL {
		err = d.whileLocked(ctx, func() error { return d.up(ctx, goose.DialectMySQL) })
		if err == nil {
			err = errors.Join(d.checkTables(ctx), d.checkChange(ctx))
		}
	} else {
		again := func(err error) bool {
			var t *trouble // only a lock may be gone at another try
			return ctx.Err() == nil && (isConflict(err) || !errors.As(err, &t))
		}
		err = retry(ctx, maxMigrationTries, again, func() error { return d.up(ctx, goose.DialectSQLite3) })
	}
	if sentence := mysqlSentence(err); sentence != "" {
		err = &trouble{sentence: sentence, err: err}
	}
	var t *trouble
	if errors.As(err, &t) {
		err = t // without what goose and database/sql add
	}
	if err != nil {
		return fmt.Errorf("cannot bring the database up to date: %w", err)
	}
	have, err := d.schemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the database's version: %w", err)
	}
	if want := latestMigration(d.engine); have > want {
		return fmt.Errorf("%w or restore a backup", TooNew("the database", have, want))
	}
	return nil
}

// TooNew refuses what, a database or a backup, whose schema this program does not
// know.
func TooNew(what string, schema, known int64) error {
	return fmt.Errorf("%s was made by a newer version of this program (schema %d, this program knows %d): use that version", what, schema, known)
}

// versionTable is goose's own: one row for each migration that was applied.
const versionTable = "goose_db_version"

func (d *DB) up(ctx context.Context, dialect goose.Dialect) error {
	return d.upTo(ctx, dialect, latestMigration(d.engine))
}

func (d *DB) upTo(ctx context.Context, dialect goose.Dialect, version int64) error {
	files, err := fs.Sub(migrations, "migrations/"+d.engine)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, d.pools[0], files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if err := d.completeVersions(ctx); err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	for half := (*goose.PartialError)(nil); errors.As(err, &half) && isRepeated(err); half = nil {
		if err := d.recordVersion(ctx, half.Failed.Source.Version); err != nil {
			return err
		}
		_, err = provider.UpTo(ctx, version)
	}
	return err
}

// isRepeated says whether MySQL refuses a column or an index because it is there: a
// process was killed after a migration had added it, and before goose recorded that.
// A file holds one statement, which MySQL carries out as a whole.
func isRepeated(err error) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) && (my.Number == 1060 || my.Number == 1061)
}

// recordVersion records that a migration was applied.
func (d *DB) recordVersion(ctx context.Context, version int64) error {
	_, err := d.pools[0].ExecContext(ctx, "INSERT INTO "+versionTable+" (version_id, is_applied) VALUES (?, 1)", version)
	return err
}

// completeVersions adds the row that goose puts into its new table, where a process
// was killed between the two on MySQL. Goose refuses the table without it.
func (d *DB) completeVersions(ctx context.Context) error {
	made, err := d.hasVersions(ctx)
	if err != nil || !made || d.engine != MySQL {
		return err
	}
	_, err = d.pools[0].ExecContext(ctx, "INSERT INTO "+versionTable+" (version_id, is_applied) SELECT 0, 1 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM "+versionTable+")")
	return err
}

// Schema returns the schema version that this program was built for.
func Schema(engine string) int64 { return latestMigration(engine) }

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
	err := d.readPool().QueryRowContext(ctx,
		"SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable+" WHERE is_applied = 1").Scan(&version)
	return version, err
}

// readPool is the pool of what only reads.
func (d *DB) readPool() *sql.DB { return d.pools[len(d.pools)-1] }

// hasVersions says whether the table of versions is there.
func (d *DB) hasVersions(ctx context.Context) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE name = ?"
	if d.engine == MySQL {
		query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	}
	var tables int
	err := d.readPool().QueryRowContext(ctx, query, versionTable).Scan(&tables)
	return tables == 1, err
}

// beforeBaseline says whether a version from before the baseline made the schema.
func (d *DB) beforeBaseline(ctx context.Context) (bool, error) {
	made, err := d.hasVersions(ctx)
	if err != nil || !made {
		return false, err
	}
	var applied int
	err = d.readPool().QueryRowContext(ctx, "SELECT count(*) FROM "+versionTable+" WHERE version_id BETWEEN 1 AND 99").Scan(&applied)
	return applied > 0, err
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
