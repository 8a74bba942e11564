package database

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// MinFreeSpace is how many bytes must stay free beside the embedded database.
// With less, only what needs little space or gives some back may go on.
const MinFreeSpace = 64 << 20

// reserveSize is the size of a file that is given back when the disk is full, so
// that sessions can still be ended: SQLite writes even a deletion to its log first.
const (
	reserveName = "imagemaster.reserve"
	reserveSize = 2 << 20
)

// FreeSpace returns how many bytes the user of this process can still write
// into the data folder. A database server looks after its own disk: with one,
// and on systems that do not tell, known is false.
func (d *DB) FreeSpace() (free uint64, known bool, err error) {
	if d.engine != SQLite {
		return 0, false, nil
	}
	return freeSpace(d.dir)
}

// Full reports whether less than MinFreeSpace is free.
func (d *DB) Full() bool { return d.hasLess(MinFreeSpace) }

// OutOfSpace reports whether hardly anything is free: less than the reserve takes.
func (d *DB) OutOfSpace() bool { return d.hasLess(reserveSize) }

func (d *DB) hasLess(bytes uint64) bool {
	free, known, err := d.FreeSpace()
	return err == nil && known && free < bytes
}

// KeepReserve makes the reserve while there is space for it. It reports no error:
// without a reserve the floor still holds.
func (d *DB) KeepReserve() {
	free, known, err := d.FreeSpace()
	if err != nil || !known || free <= MinFreeSpace+reserveSize {
		return
	}
	path := filepath.Join(d.dir, reserveName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		_ = os.WriteFile(path, make([]byte, reserveSize), 0o600) // zeros that are written take their place
	}
}

type reserveKey struct{}

// WithReserve returns a context whose transactions may use up the reserve: those that
// give space back, and those of people who can make room. Nobody else may, or a
// guesser would use it up with wrong passwords.
func WithReserve(ctx context.Context) context.Context {
	return context.WithValue(ctx, reserveKey{}, true)
}

// giveReserve deletes the reserve when the disk is full, and reports whether what
// failed may be tried again for that.
func (d *DB) giveReserve(ctx context.Context, err error) bool {
	if d.engine != SQLite || !IsFull(err) || ctx.Value(reserveKey{}) == nil {
		return false
	}
	return os.Remove(filepath.Join(d.dir, reserveName)) == nil
}

// IsFull reports whether err means that there is no space left for the embedded
// database.
func IsFull(err error) bool {
	var t *trouble
	return errors.As(err, &t) && t.full
}
