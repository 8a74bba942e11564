package secretbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"imagemaster/backend/access"
)

// Edit changes a key file. It holds a lock meanwhile, which keeps other commands
// from changing the file. A reader finds the whole former text or the whole new
// text, also after a power loss. Mode and group stay. When change returns an
// error or changes nothing, the file is not touched.
//
// Edit writes a new file and renames it. It therefore refuses a link, whose
// target would stay unchanged, and a folder in which other users may exchange
// files.
func Edit(path string, change func(f *File) error, rule ...access.Rule) error {
	f, err := lockKeyFile(path, access.Of(rule))
	if err != nil {
		return err
	}
	defer f.Close() // and with it the lock
	parsed, info, err := readFile(path, f, access.Of(rule))
	if err != nil {
		return err
	}
	before := parsed.text()
	if err := change(parsed); err != nil {
		return err
	}
	after := parsed.text()
	if bytes.Equal(before, after) {
		return nil
	}
	if _, err := parseFile(after); err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	return replaceKeyFile(path, info, after)
}

// lockKeyFile opens the key file and locks it. The former holder of the lock may
// have put a new file under the name; then it opens that one.
func lockKeyFile(path string, rule access.Rule) (*os.File, error) {
	if err := checkPlace(path, rule); err != nil {
		return nil, err
	}
	for {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("open key file: %w", err)
		}
		if err := lock(f); err != nil {
			return nil, errors.Join(fmt.Errorf("lock key file %s: %w", path, err), f.Close())
		}
		same, err := stillAt(path, f)
		if err == nil && same {
			return f, nil
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("open key file: %w", err)
		}
	}
}

func stillAt(path string, f *os.File) (bool, error) {
	opened, err := f.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Lstat(path)
	if err != nil {
		return false, err
	}
	return os.SameFile(opened, named), nil
}

func checkPlace(path string, rule access.Rule) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("open key file: %w", err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("key file %s is a link and is not changed: name the file itself", path)
	}
	if !info.Mode().IsRegular() {
		return errNoFile(path)
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open key file: %w", err)
	}
	if mode := folder.Mode(); mode&fs.ModeSticky == 0 && !rule.AllowsBeside(folder, 0o055) {
		return fmt.Errorf("key file %s is not changed, because other users may exchange files in its folder (mode %04o): run chmod go-w %s",
			path, mode.Perm(), filepath.Dir(path))
	}
	return nil
}

func replaceKeyFile(path string, was fs.FileInfo, text []byte) error {
	folder := filepath.Dir(path)
	temporary, err := writeTemporary(folder, text, 0o600)
	if err != nil {
		return fmt.Errorf("change key file %s: %w", path, err)
	}
	defer os.Remove(temporary) // does nothing after the rename
	if err := keepGroup(temporary, was); err != nil {
		return fmt.Errorf("change key file %s: %w", path, err)
	}
	if err := os.Chmod(temporary, was.Mode().Perm()); err != nil {
		return fmt.Errorf("change key file %s: %w", path, err)
	}
	now, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("change key file %s: %w", path, err)
	}
	if !sameVersion(was, now) {
		return fmt.Errorf("key file %s was changed by something else meanwhile and was left as it is", path)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("change key file %s: %w", path, err)
	}
	return syncFolder(folder)
}
