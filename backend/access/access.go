// Package access judges which users of the machine may open a file.
//
// Files with secrets are for their owner only. Where several users share them by a
// group, as the volumes of Kubernetes do with fsGroup, the operator says so, and
// then the group counts like the owner: but only a group of this process, because
// any other would let others in. Everybody else is never accepted. On Windows, whose
// rights Go does not show, every file is.
package access

import (
	"io/fs"
	"runtime"
	"slices"
)

// Rule says who may open a file.
type Rule bool

// The rules.
const (
	Owner Rule = false
	Group Rule = true // of the file, if it is one of this process
)

// Of returns the rule that was given, Owner if none was.
func Of(given []Rule) Rule { return Rule(slices.Contains(given, Group)) }

// Mode is the mode of a new file.
func (r Rule) Mode() fs.FileMode {
	if r == Group {
		return 0o660
	}
	return 0o600
}

// Allows reports whether nobody may open a file but those that the rule names.
func (r Rule) Allows(info fs.FileInfo) bool { return r.AllowsBeside(info, 0) }

// AllowsBeside is Allows, and accepts some rights in any case, such as 0o040.
func (r Rule) AllowsBeside(info fs.FileInfo, rights fs.FileMode) bool {
	more := info.Mode().Perm() & 0o077 &^ rights
	return more == 0 || runtime.GOOS == "windows" || r == Group && more&0o007 == 0 && isOwnGroup(info)
}

// Others names those who may open a file and should not.
func (r Rule) Others(info fs.FileInfo) string {
	switch {
	case info.Mode().Perm()&0o007 != 0:
		return "other users of this machine"
	case r == Group:
		return "its group, to which this process does not belong"
	}
	return "its group"
}

// Shares reports whether the rule lets this process work with a file of another
// user.
func (r Rule) Shares(info fs.FileInfo) bool {
	return r == Group && info.Mode().Perm()&0o067 == 0o060 && isOwnGroup(info)
}
