// Package database opens the store, brings its schema up to date and runs
// transactions. It is the only place that knows which engine is underneath.
//
// Two engines are supported: an embedded SQLite file in the data folder (the
// default) and MySQL or MariaDB named by a DSN, for several instances. Both
// get the same tables from migrations/sqlite and migrations/mysql, and
// everything above this package uses only what both understand.
//
// What the rest of the product relies on:
//
//   - Rules that may be used once (a code, a step, a set-up) are conditional
//     updates judged by the number of rows affected. On MySQL the driver must
//     therefore report the rows found, not the rows changed, and transactions
//     run in READ COMMITTED so that the WHERE clause sees what others have
//     committed. On SQLite every transaction takes the write lock when it
//     begins and is flushed to disk when it ends: with a weaker setting a
//     spent code could come back after a power loss.
//   - A transaction that loses a conflict is run again by InTx, so its
//     function must do nothing outside the transaction.
//   - Nothing here prints SQL, its values or the DSN: they carry password
//     hashes, sealed seeds and the database password (ASVS 16.2.5).
//   - The data folder can be opened by its owner only (0700), its files
//     likewise (0600). A folder others may open is refused, because changing
//     the mode of a folder we did not make could break something else.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// The engines, as Engine names them.
const (
	SQLite = "sqlite"
	MySQL  = "mysql"
)

// Options says where the data is.
type Options struct {
	DataDir string // folder of the embedded database; made if missing
	DSN     string // MySQL or MariaDB; empty means embedded
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine string
	write  *gorm.DB
	read   *gorm.DB
	pools  []*sql.DB
	txOpts *sql.TxOptions
}

// Open connects to the database and checks that it answers. It changes no
// table: call Migrate next. Errors are sentences for the operator and never
// contain the DSN's password.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.DSN == "" {
		return openSQLite(ctx, o.DataDir)
	}
	return openMySQL(ctx, o.DSN)
}

// Engine returns SQLite or MySQL.
func (d *DB) Engine() string { return d.engine }

// Read returns a handle for reading outside a transaction, bound to ctx. On
// SQLite it refuses to write and must not be used inside InTx, where it would
// not see the transaction's own changes.
func (d *DB) Read(ctx context.Context) *gorm.DB { return d.read.WithContext(ctx) }

// InTx runs fn in one transaction and commits if it returns nil. When another
// transaction won a conflict it waits a moment and runs fn again, at most
// maxTries times, so fn must be free of effects outside tx.
func (d *DB) InTx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return retry(ctx, maxTries, isConflict, func() error {
		if d.txOpts == nil {
			return d.write.WithContext(ctx).Transaction(fn)
		}
		return d.write.WithContext(ctx).Transaction(fn, d.txOpts)
	})
}

// Ping reports whether the database answers and holds at least the schema this
// program needs. A newer schema is accepted, so that running instances stay
// ready while the first newer one starts.
func (d *DB) Ping(ctx context.Context) error {
	have, err := d.schemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	want, err := latestMigration(d.engine)
	if err != nil {
		return err
	}
	if have < want {
		return fmt.Errorf("database: schema version is %d, this program needs %d", have, want)
	}
	return nil
}

// Close ends all connections.
func (d *DB) Close() error {
	var errs []error
	for _, pool := range d.pools {
		errs = append(errs, pool.Close())
	}
	return errors.Join(errs...)
}

// newGORM wraps a connection pool. The logger is silent because GORM logs
// statements with their values. Errors for duplicate and foreign keys come
// back as gorm.ErrDuplicatedKey and gorm.ErrForeignKeyViolated on both engines.
// SQLite's statements are prepared once: parsing them is half their time. MySQL's
// driver sends statement and values together, in one round trip.
func newGORM(dialector gorm.Dialector, engine string) (*gorm.DB, error) {
	return gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		PrepareStmt:            engine == SQLite,
		TranslateError:         true,
		Logger:                 logger.Discard,
	})
}
