//go:build unix

package access

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// CheckOwner refuses what belongs to another user: files that we create in a data
// folder would belong to the wrong user, and a key file that we replace would be
// ours, so that the other user could not read it. What does not exist yet will be ours.
func CheckOwner(what, path string, rule Rule) error {
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
	case rule == Group:
		return fmt.Errorf("the %s %s belongs to user %s and is not shared with a group of this process (mode %04o): run this command as that user or in that group",
			what, path, name, info.Mode().Perm())
	case Group.Shares(info):
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
