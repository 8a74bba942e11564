package database

import (
	"context"
	"fmt"
	"time"
)

// Inspection is what an operator may want to know of a database.
type Inspection struct {
	Engine  string // as people know it, with its version
	Schema  int64  // of the database, 0 = none yet
	Current int64  // the schema this program was built for
	// BeforeBaseline: Migrate will refuse the database with ErrBeforeBaseline.
	BeforeBaseline bool
}

// Inspect looks at the database and changes nothing.
func (d *DB) Inspect(ctx context.Context) (Inspection, error) {
	var i Inspection
	query := "SELECT 'SQLite ' || sqlite_version()"
	if d.engine == MySQL {
		query = "SELECT IF(VERSION() LIKE '%MariaDB%', CONCAT('MariaDB ', VERSION()), CONCAT('MySQL ', VERSION()))"
	}
	if err := d.read.WithContext(ctx).Raw(query).Scan(&i.Engine).Error; err != nil {
		return i, fmt.Errorf("ask for the database's version: %w", err)
	}
	var err error
	if i.Current, err = latestMigration(d.engine); err != nil {
		return i, err
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

// ClockOffset returns how far the clock of the database server is ahead of
// now, and how far the answer may be wrong because of the way it came. The
// embedded database has no clock of its own; then ok is false.
func (d *DB) ClockOffset(ctx context.Context, now func() time.Time) (offset, doubt time.Duration, ok bool, err error) {
	if d.engine != MySQL {
		return 0, 0, false, nil
	}
	// The first question may have to connect.
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
