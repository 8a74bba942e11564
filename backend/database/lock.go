package database

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"imagemaster/backend/access"
)

// ServerLockName is a file in the data folder. A server locks it while it runs. It
// stays, and tells that the folder has been in use.
const ServerLockName = "imagemaster.lock"

// ErrLocked means that another process holds the lock.
var ErrLocked = errors.New("another process holds the lock")

// Lock is held until it is closed or the process ends, also by a kill. Closing it
// twice is allowed.
type Lock struct{ file *os.File }

// Close gives the lock back.
func (l *Lock) Close() error {
	if l == nil {
		return nil
	}
	if err := l.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// LockServer keeps a second server away from a data folder.
func LockServer(dir string, rule access.Rule) (*Lock, error) {
	return lockServer(dir, rule, os.O_CREATE)
}

// LockServerAgain is LockServer where a server has run before. Elsewhere it makes no
// file and returns no lock.
func LockServerAgain(dir string, rule access.Rule) (*Lock, error) {
	l, err := lockServer(dir, rule, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return l, err
}

func lockServer(dir string, rule access.Rule, create int) (*Lock, error) {
	path := filepath.Join(dir, ServerLockName)
	file, err := os.OpenFile(path, os.O_RDWR|create, rule.Mode())
	if err != nil {
		return nil, folderUnusable(dir, err)
	}
	if err := correctMode(path, rule); err != nil {
		_ = file.Close()
		return nil, folderUnusable(dir, err)
	}
	if err := lock(file, exclusive); err != nil {
		_ = file.Close()
		if errors.Is(err, ErrLocked) {
			return nil, fmt.Errorf("a server runs on the data folder %s already: stop it, or give this one another folder with --data", dir)
		}
		return nil, fmt.Errorf("cannot lock the data folder %s: %w", dir, err)
	}
	return &Lock{file}, nil
}

// LockFolder waits for nobody: it returns ErrLocked while any process has the
// database of the folder open, and keeps others from opening it.
func LockFolder(dir string) (*Lock, error) { return lockFolder(dir, exclusive) }

// ShareFolder keeps LockFolder away, as every open database does with its folder.
func ShareFolder(dir string) (*Lock, error) { return lockFolder(dir, shared) }

// lockFolder locks the folder itself, which every process that opens the database
// shares.
func lockFolder(dir string, how lockMode) (*Lock, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() { // opening a pipe would wait for its writer
		return nil, folderUnusable(dir, errors.New("it is no folder"))
	}
	file, err := os.Open(dir)
	if err != nil {
		return nil, folderUnusable(dir, err)
	}
	if err := lock(file, how); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock the data folder %s: %w", dir, err)
	}
	return &Lock{file}, nil
}

// LockFile locks an open file until it is closed. It waits for nobody: free is false
// while another process has locked it.
func LockFile(file *os.File) (free bool, err error) {
	err = lock(file, exclusive)
	if errors.Is(err, ErrLocked) {
		return false, nil
	}
	return err == nil, err
}
