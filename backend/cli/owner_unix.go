//go:build unix

package cli

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// checkOwner refuses a data folder of another user: files that we create in it
// would belong to the wrong user. A folder that does not exist yet will be ours.
func checkOwner(dir string) error { return checkOwnerOf("data folder", dir) }

// checkKeyFileOwner refuses to change the key file of another user: the new file
// would be ours, and that user could not read it.
func checkKeyFileOwner(path string) error { return checkOwnerOf("key file", path) }

func checkOwnerOf(what, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // opening it reports the error
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int64(owner.Uid) == int64(os.Geteuid()) {
		return nil
	}
	name := userName(owner.Uid)
	return fmt.Errorf("the %s %s belongs to user %s: run this command as that user, for example with sudo -u %s", what, path, name, name)
}

// userName returns the name of a user, or its number in the form sudo accepts.
func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if known, err := user.LookupId(id); err == nil {
		return known.Username
	}
	return "#" + id
}
