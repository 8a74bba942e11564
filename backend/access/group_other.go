//go:build !unix

package access

import "io/fs"

// isOwnGroup reports false on systems whose files have no group.
func isOwnGroup(fs.FileInfo) bool { return false }
