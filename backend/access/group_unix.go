//go:build unix

package access

import (
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// isOwnGroup reports whether this process belongs to the group of a file.
func isOwnGroup(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	more, err := os.Getgroups()
	gid := int(owner.Gid)
	return gid == os.Getegid() || err == nil && slices.Contains(more, gid)
}
