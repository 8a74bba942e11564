//go:build unix

package cli

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// checkOwner refuses to work in a data folder of another user: files made there
// would belong to the wrong one. A folder that does not exist yet will be ours.
func checkOwner(dir string) error { return checkOwnerOf("data folder", dir) }

// checkKeyFileOwner refuses to replace a key file of another user by one of
// ours, which that user could not read.
func checkKeyFileOwner(path string) error { return checkOwnerOf("key file", path) }

func checkOwnerOf(what, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // opening it says what is wrong
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int64(owner.Uid) == int64(os.Geteuid()) {
		return nil
	}
	name := userName(owner.Uid)
	return fmt.Errorf("the %s %s belongs to user %s: run this command as that user, for example with sudo -u %s", what, path, name, name)
}

// userName returns the name of a user, or what sudo takes instead.
func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if known, err := user.LookupId(id); err == nil {
		return known.Username
	}
	return "#" + id
}
