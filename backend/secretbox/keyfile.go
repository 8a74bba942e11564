package secretbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"imagemaster/backend/access"
)

// maxKeyFile is the largest size of a key file: some hundreds of keys.
const maxKeyFile = 64 << 10

// NewKeyFile makes a key file with one new key, for its owner only unless another
// rule is given. It never overwrites: the error then matches fs.ErrExist. The file appears under
// its name complete or not at all, so that a second process starting at the
// same moment cannot read half of it.
func NewKeyFile(path string, rule ...access.Rule) error {
	mode := access.Of(rule).Mode()
	temporary, err := writeTemporary(filepath.Dir(path), newFile().text(), mode)
	if err != nil {
		return fmt.Errorf("make key file %s: %w", path, err)
	}
	defer os.Remove(temporary)
	err = os.Link(temporary, path)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("key file %s exists already and was left as it is: %w", path, fs.ErrExist)
	}
	if err != nil { // a file system without hard links
		err = copyExclusive(temporary, path, mode)
	}
	if err != nil {
		return fmt.Errorf("make key file %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func writeTemporary(folder string, text []byte, mode fs.FileMode) (name string, err error) {
	f, err := os.CreateTemp(folder, ".key-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func copyExclusive(from, to string, mode fs.FileMode) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		os.Remove(to)
	}
	return err
}

// syncFolder makes the new name survive a power loss.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Load reads a key file. A file that others may read or the group may change
// is refused. Reading by the group is allowed, because that is how mounted
// secrets reach a service that does not run as their owner. The ring keeps the rule
// for Reload.
func Load(path string, rule ...access.Rule) (*Keyring, error) {
	r, err := load(path, access.Of(rule))
	if err != nil {
		return nil, err
	}
	ring := newKeyring(path, r)
	ring.rule = access.Of(rule)
	return ring, nil
}

func load(path string, rule access.Rule) (*keySet, error) {
	parsed, err := parsePath(path, rule)
	if err != nil {
		return nil, err
	}
	return parsed.keySet(), nil
}

// errNoFile refuses a folder, and a pipe before it is opened: that would wait for
// somebody who writes into it.
func errNoFile(path string) error { return fmt.Errorf("key file %s is not a file", path) }

func parsePath(path string, rule access.Rule) (*File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errNoFile(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer f.Close()
	parsed, _, err := readFile(path, f, rule)
	return parsed, err
}

// Used says whether a key file has sealed something in an embedded database. The
// files of older versions count as used.
func Used(path string, rule access.Rule) (bool, error) {
	f, err := parsePath(path, rule)
	if err != nil {
		return false, err
	}
	return f.unused() < 0, nil
}

// MarkUsed makes Used say so.
func MarkUsed(path string, rule access.Rule) error {
	used, err := Used(path, rule)
	if err != nil || used {
		return err
	}
	return Edit(path, func(f *File) error {
		if at := f.unused(); at >= 0 {
			f.lines = slices.Delete(f.lines, at, at+1)
		}
		return nil
	}, rule)
}

// readFile checks and reads an open key file. A file that changes meanwhile,
// because somebody copies another one over it, is refused.
func readFile(path string, f *os.File, rule access.Rule) (*File, fs.FileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("read key file: %w", err)
	}
	if err := checkMode(path, info, rule); err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read key file: %w", err)
	}
	after, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("read key file: %w", err)
	}
	if !sameVersion(info, after) {
		return nil, nil, fmt.Errorf("key file %s is being changed: try again", path)
	}
	parsed, err := parseFile(text)
	if err != nil {
		return nil, nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return parsed, info, nil
}

// sameVersion says whether two looks at a path found the same file, unchanged.
func sameVersion(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func checkMode(path string, info fs.FileInfo, rule access.Rule) error {
	if !info.Mode().IsRegular() {
		return errNoFile(path)
	}
	if !rule.AllowsBeside(info, 0o040) {
		return fmt.Errorf("key file %[1]s can be read or changed by %[2]s (mode %04[3]o): run chmod 600 %[1]s", path, rule.Others(info), info.Mode().Perm())
	}
	return nil
}
