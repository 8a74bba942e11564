package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	gormsqlite "github.com/libtnb/sqlite"
	"modernc.org/sqlite"

	"imagemaster/backend/access"
)

// FileName is the embedded database inside the data folder.
const FileName = "imagemaster.db"

// readers is the number of reading connections beside the writing one.
const readers = 4

func openSQLite(ctx context.Context, dir string, rule access.Rule) (*DB, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot find the data folder: %w", err)
	}
	if err := prepareFolder(dir, rule); err != nil {
		return nil, err
	}
	d := &DB{engine: SQLite, dir: dir}
	d.lock, err = lockFolder(dir, shared)
	if errors.Is(err, ErrLocked) {
		return nil, fmt.Errorf("a backup is being restored into the data folder %s: wait until that is done", dir)
	}
	if err != nil {
		return nil, err
	}
	path, err := prepareFile(dir, rule)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	err = d.connectSQLite(ctx, path)
	if d.giveReserve(WithReserve(ctx), err) {
		err = d.closePools()
		d.pools = nil
		err = errors.Join(err, d.connectSQLite(ctx, path))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the database: %w", err), d.Close())
	}
	return d, nil
}

func (d *DB) connectSQLite(ctx context.Context, path string) error {
	// One writing connection: transactions queue in order inside the process
	// instead of meeting at the file lock.
	writer, err := d.sqlitePool(path, 1, "_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	reader, err := d.sqlitePool(path, readers, "_pragma=query_only(1)")
	if err != nil {
		return err
	}
	// Switching a new file to the write-ahead log needs the file alone and does
	// not wait for other processes that start, so it is tried again.
	err = retry(ctx, maxMigrationTries, isConflict, func() error { return writer.PingContext(ctx) })
	if err != nil {
		return err
	}
	// Opening a file touches nothing; only a read shows that it is a database.
	var tables int
	if err := writer.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	if d.write, err = newGORM(gormsqlite.New(gormsqlite.Config{Conn: writer})); err != nil {
		return err
	}
	d.read, err = newGORM(gormsqlite.New(gormsqlite.Config{Conn: reader}))
	return err
}

// sqlitePool makes a pool of at most a number of connections. The file is named
// by a URI, so that any character may be in its path. The wait for locks is set
// before anything that could meet one.
func (d *DB) sqlitePool(path string, most int, settings string) (*sql.DB, error) {
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	connector, err := sqlite.NewConnector(file + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&" + settings)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(preparing{connector, path})
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	d.pools = append(d.pools, pool)
	return pool, nil
}

// prepareFile creates the empty database file if it is missing, and corrects the
// modes. SQLite gives its side files the mode of the database file. A backup that
// was put there by hand is refused.
func prepareFile(dir string, rule access.Rule) (string, error) {
	path := filepath.Join(dir, FileName)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, rule.Mode())
	if err != nil {
		return "", folderUnusable(dir, err)
	}
	marked, err := hasBackupMark(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", folderUnusable(dir, err)
	}
	if marked {
		return "", fmt.Errorf("%[1]s is a backup that was put there by hand, where sessions of its time would be valid again and old side files would be mixed into it: "+
			"move it out of the data folder, and run imagemaster restore with it", path)
	}
	return path, correctModes(path, rule)
}

func prepareFolder(dir string, rule access.Rule) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return folderUnusable(dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return folderUnusable(dir, err)
	}
	if rule.Allows(info) {
		return nil
	}
	err = fmt.Errorf("the data folder %[1]s can be opened by %[2]s (mode %04[3]o): run chmod 700 %[1]s", dir, rule.Others(info), info.Mode().Perm())
	if access.Group.Allows(info) {
		err = fmt.Errorf("%w, or if its group shall work with it, use --data-group", err)
	}
	return err
}

// correctModes takes the rights of other users away, which for example a restore
// from a backup may have given. A group that works with the files gets its rights.
func correctModes(path string, rule access.Rule) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := correctMode(name, rule); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot give the database file %s the mode %04o: %w", name, rule.Mode(), access.Cause(err))
		}
	}
	return nil
}

func correctMode(path string, rule access.Rule) error {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm() != rule.Mode() && !rule.Shares(info) {
		err = os.Chmod(path, rule.Mode())
	}
	return err
}

func folderUnusable(dir string, err error) error {
	return fmt.Errorf("cannot use the data folder %s: %w", dir, access.Cause(err))
}
