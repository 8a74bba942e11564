package database

import (
	"context"
	"fmt"
	"time"
)

// Inspection describes a database to its operator.
type Inspection struct {
	Engine  string // name and version, such as "MariaDB 11.8.2"
	Schema  int64  // schema version of the database, 0 = no tables yet
	Current int64  // schema version this program was built for
	// Forgetful: a power failure may take back what was committed within the last
	// second, such as the use of a code.
	Forgetful bool
	// BeforeBaseline: Migrate will refuse the database with ErrBeforeBaseline.
	BeforeBaseline bool
}

// Inspect reads the versions and changes nothing.
func (d *DB) Inspect(ctx context.Context) (Inspection, error) {
	i := Inspection{Current: latestMigration(d.engine)}
	query := "SELECT 'SQLite ' || sqlite_version()"
	if d.engine == MySQL {
		query = "SELECT IF(VERSION() LIKE '%MariaDB%', CONCAT('MariaDB ', VERSION()), CONCAT('MySQL ', VERSION()))"
	}
	if err := d.read.WithContext(ctx).Raw(query).Scan(&i.Engine).Error; err != nil {
		return i, fmt.Errorf("ask for the database's version: %w", err)
	}
	if d.engine == MySQL {
		if err := d.read.WithContext(ctx).Raw("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit IN (0, 2)").Scan(&i.Forgetful).Error; err != nil {
			return i, fmt.Errorf("ask when the database writes to its disk: %w", err)
		}
	}
	made, err := d.hasVersions(ctx)
	if err != nil || !made {
		return i, err
	}
	if i.Schema, err = d.schemaVersion(ctx); err != nil {
		return i, err
	}
	i.BeforeBaseline, err = d.beforeBaseline(ctx)
	return i, err
}

// ClockOffset returns how far the clock of the database server is ahead of now,
// and by how much that may be wrong because the answer took time. The embedded
// database has no clock of its own; then ok is false.
func (d *DB) ClockOffset(ctx context.Context, now func() time.Time) (offset, doubt time.Duration, ok bool, err error) {
	if d.engine != MySQL {
		return 0, 0, false, nil
	}
	// The first query may have to connect, so only the second one counts.
	var theirs int64
	for range 2 {
		asked := now()
		err := d.read.WithContext(ctx).Raw("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)").Scan(&theirs).Error
		if err != nil {
			return 0, 0, false, fmt.Errorf("ask for the database's time: %w", err)
		}
		answered := now()
		doubt = answered.Sub(asked) / 2
		offset = time.UnixMicro(theirs).Sub(asked.Add(doubt))
	}
	return offset, doubt, true, nil
}
