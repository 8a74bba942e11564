package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

// workPrefix begins the name of the folder in which a restore prepares the
// database.
const workPrefix = ".imagemaster-restore-"

// maxAhead is how far the clock may be behind the time of a backup. With a wrong
// clock, codes that were seen before would be accepted after the restore.
const maxAhead = 5 * time.Minute

// Restoration is one restore.
type Restoration struct {
	File   string
	Ring   *secretbox.Keyring
	Target database.Options
	Now    time.Time
	// Finish ends what was open at the time of the backup. It gets the new database,
	// already in the present schema, before anybody else can open it.
	Finish func(ctx context.Context, db *database.DB, m Manifest) error
}

// Done is what a restore did.
type Done struct {
	Manifest
	Former string // where the former embedded database is kept, "" = there was none
}

// Run restores a backup. The database is prepared under another name and takes its
// place in one step, so that a failure at any moment leaves the former database
// or the restored one, whole. A database server must have an empty database.
func (r Restoration) Run(ctx context.Context) (Done, error) {
	if r.Target.DSN != "" {
		return r.intoServer(ctx)
	}
	return r.intoFolder(ctx)
}

func (r Restoration) intoServer(ctx context.Context) (done Done, err error) {
	target, err := database.Open(ctx, r.Target)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if err := target.RequireEmpty(ctx); err != nil {
		return done, err
	}
	if err := removeWork(os.TempDir()); err != nil {
		return done, fmt.Errorf("prepare the restore: %w", err)
	}
	work, remove, err := newWork("")
	if err != nil {
		return done, fmt.Errorf("prepare the restore: %w", err)
	}
	defer func() { err = errors.Join(err, remove()) }()
	if done.Manifest, err = r.prepare(ctx, work); err != nil {
		return done, err
	}
	prepared, err := database.Open(ctx, database.Options{DataDir: work})
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, prepared.Close()) }()
	if err := target.CopyFrom(ctx, prepared); err != nil {
		return done, fmt.Errorf("restore: %w", err)
	}
	return done, nil
}

func (r Restoration) intoFolder(ctx context.Context) (done Done, err error) {
	dir := r.Target.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return done, fmt.Errorf("prepare the restore: %w", err)
	}
	lock, err := database.LockFolder(dir)
	if errors.Is(err, database.ErrLocked) {
		return done, fmt.Errorf("the server or a command is using the data folder %s: stop it first", dir)
	}
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := removeWork(dir); err != nil {
		return done, fmt.Errorf("prepare the restore: %w", err)
	}
	work, remove, err := newWork(dir)
	if err != nil {
		return done, fmt.Errorf("prepare the restore: %w", err)
	}
	defer func() { err = errors.Join(err, remove()) }()
	if done.Manifest, err = r.prepare(ctx, work); err != nil {
		return done, err
	}
	done.Former, err = swap(ctx, dir, work, r.Now)
	return done, err
}

// newWork makes a folder for the prepared database. The lock tells other restores
// that it is in use.
func newWork(parent string) (work string, remove func() error, err error) {
	if work, err = os.MkdirTemp(parent, workPrefix+"*"); err != nil { // mode 0700
		return "", nil, err
	}
	lock, err := database.ShareFolder(work)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(work))
	}
	return work, func() error { return errors.Join(os.RemoveAll(work), lock.Close()) }, nil
}

// removeWork deletes what killed restores have left.
func removeWork(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), workPrefix) {
			continue
		}
		work := filepath.Join(parent, e.Name())
		lock, err := database.LockFolder(work)
		if err != nil {
			continue // in use, or another user's
		}
		if err := errors.Join(os.RemoveAll(work), lock.Close()); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes a finished database in a folder: checked, of the present schema,
// with everything ended, and without side files.
func (r Restoration) prepare(ctx context.Context, work string) (m Manifest, err error) {
	path := filepath.Join(work, database.FileName)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return m, fmt.Errorf("prepare the restore: %w", err)
	}
	// A forged file may be larger than the disk, so nothing of it is written before.
	if _, err := Check(ctx, r.File, r.Ring); err != nil {
		return m, errors.Join(err, file.Close())
	}
	m, err = extract(ctx, r.File, r.Ring, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return m, err
	}
	if m.Time().After(r.Now.Add(maxAhead)) {
		return m, fmt.Errorf("the backup is of %s, which is in the future: set the clock of this machine right first", m.Time().Format(time.RFC3339))
	}
	db, err := database.Open(ctx, database.Options{DataDir: work, Rule: r.Target.Rule})
	if err != nil {
		return m, err
	}
	if err := errors.Join(r.finish(ctx, db, m), db.Close()); err != nil {
		return m, err
	}
	// The last connection to close leaves no side files.
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return m, errors.Join(errors.New("prepare the restore: the write-ahead log is still there"), err)
	}
	return m, syncFile(path)
}

func (r Restoration) finish(ctx context.Context, db *database.DB, m Manifest) error {
	found, err := db.Inspect(ctx)
	if err != nil {
		return err
	}
	if found.Schema > found.Current {
		return database.TooNew("the backup", found.Schema, found.Current)
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return r.Finish(ctx, db, m)
}

func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// swap puts the prepared database in place of the present one, which is kept under
// another name. The caller holds the lock of the folder. Where files can have two
// names, the folder holds one whole database under the right name at every moment.
func swap(ctx context.Context, dir, work string, now time.Time) (former string, err error) {
	path := filepath.Join(dir, database.FileName)
	switch _, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", fmt.Errorf("restore: %w", err)
	default:
		former = path + now.UTC().Format(".before-restore-20060102T150405.000Z")
		if err := keep(ctx, path, former); err != nil {
			return "", fmt.Errorf("keep the present database as %s: %w", former, err)
		}
	}
	// Side files left here belong to a database that is gone or damaged.
	for _, side := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return former, fmt.Errorf("restore: %w", err)
		}
	}
	if err := os.Rename(filepath.Join(work, database.FileName), path); err != nil {
		return former, fmt.Errorf("restore: %w", err)
	}
	return former, syncFolder(dir)
}

// keep gives the present database a second name. Its side files are written into it
// first; where it is too damaged for that, the log gets a second name too.
func keep(ctx context.Context, path, former string) error {
	_ = database.Settle(ctx, path)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := second(path, former); err != nil {
		return err
	}
	err := second(path+"-wal", former+"-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// second links a file to a further name, or moves it where there are no links.
func second(path, further string) error {
	err := os.Link(path, further)
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(path, further)
}
