//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package secretbox

import (
	"io/fs"
	"os"
	"syscall"
)

// lock waits until no other process holds the file. The lock ends with f.
func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			return err
		}
	}
}

// keepGroup gives a new file the group of the one it replaces, which may be how
// a service reads it.
func keepGroup(path string, was fs.FileInfo) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	old, oldKnown := was.Sys().(*syscall.Stat_t)
	fresh, freshKnown := info.Sys().(*syscall.Stat_t)
	if !oldKnown || !freshKnown || old.Gid == fresh.Gid {
		return nil
	}
	return os.Chown(path, -1, int(old.Gid))
}
