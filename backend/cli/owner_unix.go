//go:build unix

package cli

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"imagemaster/backend/access"
)

// checkOwner refuses a data folder of another user: files that we create in it
// would belong to the wrong user. A folder that does not exist yet will be ours.
func checkOwner(dir string, rule access.Rule) error { return checkOwnerOf("data folder", dir, rule) }

// checkKeyFileOwner refuses to change the key file of another user: the new file
// would be ours, and that user could not read it.
func checkKeyFileOwner(path string, rule access.Rule) error {
	return checkOwnerOf("key file", path, rule)
}

func checkOwnerOf(what, path string, rule access.Rule) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // opening it reports the error
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int64(owner.Uid) == int64(os.Geteuid()) || rule.Shares(info) {
		return nil
	}
	name := userName(owner.Uid)
	switch {
	case rule == access.Group:
		return fmt.Errorf("the %s %s belongs to user %s and is not shared with a group of this process (mode %04o): run this command as that user or in that group",
			what, path, name, info.Mode().Perm())
	case access.Group.Shares(info):
		return fmt.Errorf("the %s %s belongs to user %s: run this command as that user, or if its group shall work with it, use --data-group", what, path, name)
	}
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
