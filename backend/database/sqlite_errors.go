package database

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"modernc.org/sqlite"
)

// trouble is an error of SQLite that somebody has to do something about. It says
// what, in place of the number that SQLite gives.
type trouble struct {
	sentence string
	full     bool // the disk is
	err      error
}

func (t *trouble) Error() string { return t.sentence }
func (t *trouble) Unwrap() error { return t.err }

// SQLite's result codes that are told apart. The lowest byte is the primary code.
const (
	sqlitePermission     = 3
	sqliteLocked         = 6
	sqliteNoMemory       = 7
	sqliteReadOnly       = 8
	sqliteInputOutput    = 10
	sqliteCorrupt        = 11
	sqliteFull           = 13 // the disk is
	sqliteCannotOpen     = 14
	sqliteProtocol       = 15
	sqliteNoDatabase     = 26
	sqliteMoved          = 1032 // the file is no longer the one that was opened
	sqliteCannotDelete   = 2570
	sqliteSharedMemory   = 4618 // its file cannot be opened
	sqliteSharedSize     = 4874
	sqliteSharedLock     = 5130
	sqliteSharedMap      = 5386
	sqliteReadOnlyShared = 1288 // the shared memory cannot be made
)

// lowSpace is how many bytes SQLite needs at the least for its shared memory.
const lowSpace = 64 << 10

// explain turns an error of SQLite about a database file into a sentence. What is
// the program's own fault, such as a missing table, stays as it is.
func explain(path string, err error) error {
	var coded interface {
		error
		Code() int
	}
	if err == nil || !errors.As(err, &coded) {
		return err
	}
	code := coded.Code()
	full := diskFull(path, code)
	if full {
		code = sqliteFull
	}
	if sentence := sqliteSentence(path, code); sentence != "" {
		return &trouble{sentence, full, err}
	}
	return err
}

// diskFull says whether an error means that the disk is full. Without space there
// is no shared memory either, which is a file.
func diskFull(path string, code int) bool {
	switch code {
	case sqliteSharedMemory, sqliteSharedSize, sqliteSharedLock, sqliteSharedMap:
		free, known, err := freeSpace(filepath.Dir(path))
		return err == nil && known && free < lowSpace
	}
	return code&0xff == sqliteFull
}

func sqliteSentence(path string, code int) string {
	const restore = "stop the server and put a backup back with `imagemaster restore FILE`"
	switch code {
	case sqliteMoved:
		return fmt.Sprintf("the database file %s was moved, replaced or deleted while it was in use: put it back and start again", path)
	case sqliteCannotDelete, sqliteReadOnlyShared:
		return sqliteRights(path)
	case sqliteSharedMemory, sqliteSharedSize, sqliteSharedLock, sqliteSharedMap:
		return fmt.Sprintf("the file system of %s has no shared memory, which the embedded database needs: put the data folder on a disk of this machine, not on a network share", path)
	}
	switch code & 0xff {
	case sqliteFull:
		return fmt.Sprintf("the disk with %s is full: make room on it", path)
	case sqlitePermission, sqliteCannotOpen:
		return sqliteRights(path)
	case sqliteReadOnly:
		return fmt.Sprintf("the database file %s cannot be written: its file system is read-only, or this user may not write the file or its side files (-wal, -shm)", path)
	case sqliteCorrupt:
		return fmt.Sprintf("the database file %s is damaged, by the disk, or because a copy was put beside old side files (-wal, -shm) and they were mixed into it: %s", path, restore)
	case sqliteNoDatabase:
		return fmt.Sprintf("the file %s is not a database, or its beginning is damaged: %s", path, restore)
	case sqliteInputOutput:
		return fmt.Sprintf("the disk with %s cannot be read or written: look for its errors in the log of the system", path)
	case sqliteBusy, sqliteLocked, sqliteProtocol:
		return fmt.Sprintf("another process has kept the database file %s locked for too long: try again", path)
	case sqliteNoMemory:
		return "there is not enough memory for the database"
	}
	return ""
}

func sqliteRights(path string) string {
	return fmt.Sprintf("the database file %[1]s cannot be opened: this user must own it and its side files %[1]s-wal and %[1]s-shm, and be able to make and delete files in their folder", path)
}

// aboutCopy is an error of making a copy: when SQLite could not write, the sentence
// is about the disk of the copy.
func aboutCopy(path string, err error) error {
	var lite *sqlite.Error
	if errors.As(err, &lite) && slices.Contains([]int{sqliteFull, sqliteInputOutput, sqliteCannotOpen, sqliteReadOnly}, lite.Code()&0xff) {
		return explain(path, lite)
	}
	return err
}
