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
	"runtime"

	gormsqlite "github.com/libtnb/sqlite"
)

// FileName is the embedded database inside the data folder.
const FileName = "imagemaster.db"

// readers is the number of connections that read beside the writing one.
const readers = 4

func openSQLite(ctx context.Context, dir string) (*DB, error) {
	path, err := prepareFile(dir)
	if err != nil {
		return nil, err
	}
	d := &DB{engine: SQLite}
	// One writing connection: transactions queue in order inside the process
	// instead of meeting at the file lock.
	writer, err := sql.Open(gormsqlite.DriverName, sqliteDSN(path, "_txlock=immediate", "journal_mode(WAL)", "synchronous(FULL)"))
	if err != nil {
		return nil, sqliteUnusable(path, err)
	}
	writer.SetMaxOpenConns(1)
	d.pools = append(d.pools, writer)
	reader, err := sql.Open(gormsqlite.DriverName, sqliteDSN(path, "", "query_only(1)"))
	if err != nil {
		return nil, errors.Join(sqliteUnusable(path, err), d.Close())
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	d.pools = append(d.pools, reader)
	if err := d.useSQLite(ctx, writer, reader); err != nil {
		return nil, errors.Join(sqliteUnusable(path, err), d.Close())
	}
	return d, nil
}

// useSQLite makes the first connections and hands the pools to GORM. Switching
// a new file to the write-ahead log needs the file alone and does not wait for
// other starting processes, hence the tries.
func (d *DB) useSQLite(ctx context.Context, writer, reader *sql.DB) error {
	err := retry(ctx, maxMigrationTries, isConflict, func() error { return writer.PingContext(ctx) })
	if err != nil {
		return err
	}
	// Opening a file touches nothing; only a read shows that it is a database.
	var tables int
	if err := writer.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	if d.write, err = newGORM(gormsqlite.New(gormsqlite.Config{Conn: writer}), SQLite); err != nil {
		return err
	}
	d.read, err = newGORM(gormsqlite.New(gormsqlite.Config{Conn: reader}), SQLite)
	return err
}

// sqliteDSN names the file as a URI, so that any character may be in its path.
// The wait for locks is set before anything that could meet one.
func sqliteDSN(path, option string, pragmas ...string) string {
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	query := "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"
	for _, pragma := range pragmas {
		query += "&_pragma=" + pragma
	}
	if option != "" {
		query += "&" + option
	}
	file.RawQuery = query
	return file.String()
}

// prepareFile makes the data folder and the empty database file if they are
// missing and sees to their modes. SQLite gives its side files the mode of the
// database file.
func prepareFile(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("cannot find the data folder: %w", err)
	}
	if err := prepareFolder(dir); err != nil {
		return "", err
	}
	path := filepath.Join(dir, FileName)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", folderUnusable(dir, err)
	}
	if err := file.Close(); err != nil {
		return "", folderUnusable(dir, err)
	}
	return path, tightenFiles(path)
}

func prepareFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return folderUnusable(dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return folderUnusable(dir, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("the data folder %s can be opened by other users of this machine (mode %04o): run chmod 700 %s", dir, mode, dir)
	}
	return nil
}

// tightenFiles takes away what other users were given, for example by a
// restore from a backup.
func tightenFiles(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm() != 0o600 {
			err = os.Chmod(name, 0o600)
		}
		if err != nil {
			return fmt.Errorf("cannot protect the database file %s: %w", name, reason(err))
		}
	}
	return nil
}

func folderUnusable(dir string, err error) error {
	return fmt.Errorf("cannot use the data folder %s: %w", dir, reason(err))
}

func sqliteUnusable(path string, err error) error {
	return fmt.Errorf("cannot open the database file %s: %w", path, err)
}

// reason drops operation and path from a file error, since the sentence around
// it names them already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
