// Package database opens the database, brings its schema up to date and runs
// transactions. Only this package knows which engine is in use.
//
// Two engines are supported: an embedded SQLite file in the data folder (the
// default), and MySQL or MariaDB named by a DSN, for several instances. Both
// get the same tables from migrations/sqlite and migrations/mysql, and the
// packages above use only SQL that both understand.
//
// The rest of the product relies on these rules:
//
//   - A thing that can be used once (a code, a time step, the set-up) is spent
//     by a conditional update, and the number of rows affected decides. On MySQL
//     the driver must therefore report the rows found, not the rows changed, and
//     transactions run in READ COMMITTED so that the WHERE clause sees what
//     other transactions have committed. On SQLite every transaction takes the
//     write lock when it begins and is flushed to disk when it commits: with a
//     weaker setting a spent code could be valid again after a power loss.
//   - InTx runs a transaction again when it loses a conflict, so its function
//     must set every value outside the transaction anew.
//   - Nothing here prints SQL, its values or the DSN: they hold password hashes,
//     sealed seeds and the database password (ASVS 16.2.5).
//   - Only its owner can open the data folder (0700) and its files (0600), or
//     with access.Group also a group of this process (2770 and 0660). A
//     folder that others may open is refused, because changing the mode of a
//     folder we did not make could break something else.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"imagemaster/backend/access"
	"imagemaster/backend/metrics"
)

// The names that Engine returns.
const (
	SQLite = "sqlite"
	MySQL  = "mysql"
)

// Options says where the data is.
type Options struct {
	DataDir string      // folder of the embedded database; made if missing
	DSN     string      // MySQL or MariaDB; empty means embedded
	Rule    access.Rule // who may open the data folder and its files
}

// Tx is an open transaction, or a handle for reads. Use cases pass it on to
// the store functions that know the tables; only those call its methods.
type Tx = gorm.DB

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine string
	dir    string // data folder, "" with a server
	write  *gorm.DB
	read   *gorm.DB
	pools  []*sql.DB
	txOpts *sql.TxOptions // nil = the engine's own
	lock   *Lock          // shared, on the data folder; nil with a server
	// commits counts for Commits.
	commits atomic.Uint64
}

// Open connects to the database and checks that it answers. It changes no
// table: call Migrate next. Errors are sentences for the operator and never
// hold the DSN's password.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.DSN == "" {
		return openSQLite(ctx, o.DataDir, o.Rule)
	}
	return openMySQL(ctx, o.DSN)
}

// Engine returns SQLite or MySQL.
func (d *DB) Engine() string { return d.engine }

// Read returns a handle for reading outside a transaction, bound to ctx. On
// SQLite it refuses to write and must not be used inside InTx, where it would
// not see the transaction's own changes.
func (d *DB) Read(ctx context.Context) *gorm.DB { return d.read.WithContext(ctx) }

// InTx runs fn in one transaction and commits if fn returns nil. After a conflict with
// another transaction every further statement of fn fails. Then, or when the reserve for
// a full disk was given back (WithReserve), InTx waits a moment and runs fn again, at
// most maxTries times, so fn must set every value outside tx anew. If the commit gets no
// answer, the error is ErrUnknownOutcome.
func (d *DB) InTx(ctx context.Context, fn func(tx *gorm.DB) error) (err error) {
	began := time.Now()
	defer func() { metrics.Database("transaction", time.Since(began), err == nil) }()
	again := func(err error) bool { return isConflict(err) || d.giveReserve(ctx, err) }
	return retry(ctx, maxTries, again, func() error {
		committing := false
		var after []func()
		var lost error
		err := d.write.WithContext(ctx).Set(afterKey, &after).Set(lostKey, &lost).Transaction(func(tx *gorm.DB) error {
			err := fn(tx)
			if lost != nil {
				err = lost
			}
			committing = err == nil
			return err
		}, d.txOpts)
		if committing && ctx.Value(minorKey{}) == nil {
			d.commits.Add(1) // also when the outcome is not known
		}
		if committing && err != nil && !answered(err) {
			return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
		}
		if err == nil {
			for _, fn := range after {
				fn()
			}
		}
		return err
	})
}

// Commits grows with each transaction that this process commits, but for minor ones. What
// was read before it grew may have changed.
func (d *DB) Commits() uint64 { return d.commits.Load() }

type minorKey struct{}

// Minor returns a context for transactions that change nothing that anybody keeps in
// memory, such as the time at which a session was last seen.
func Minor(ctx context.Context) context.Context { return context.WithValue(ctx, minorKey{}, true) }

// ShareLock ends a SELECT in a transaction that locks the rows it finds: others
// may lock them for reading too, nobody can change them before the transaction
// ends. MariaDB does not know the newer words FOR SHARE. On SQLite a
// transaction locks the whole file.
func ShareLock(tx *Tx) string {
	if tx.Name() == MySQL {
		return " LOCK IN SHARE MODE"
	}
	return ""
}

// Ping checks that the database answers and has at least the schema that this
// program needs. A newer schema is accepted, so that running instances stay
// ready while the first instance of a newer version starts.
func (d *DB) Ping(ctx context.Context) error {
	have, err := d.schemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if want := latestMigration(d.engine); have < want {
		return fmt.Errorf("database: schema version is %d, this program needs %d", have, want)
	}
	return nil
}

// Close ends all connections.
func (d *DB) Close() error {
	errs := []error{d.closePools()}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}

func (d *DB) closePools() error {
	var errs []error
	for _, pool := range d.pools {
		errs = append(errs, pool.Close())
	}
	return errors.Join(errs...)
}

// newGORM wraps a connection pool. The logger is silent because GORM logs
// statements with their values. Both engines report duplicate keys as
// gorm.ErrDuplicatedKey and missing foreign keys as gorm.ErrForeignKeyViolated.
func newGORM(dialector gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard,
	})
	if err != nil {
		return nil, err
	}
	return db, errors.Join(measureReads(db), stopAfterConflict(db))
}

// Connections returns how many connections are open, and how many of them are in
// use.
func (d *DB) Connections() (open, used int) {
	for _, pool := range d.pools {
		stats := pool.Stats()
		open, used = open+stats.OpenConnections, used+stats.InUse
	}
	return open, used
}
