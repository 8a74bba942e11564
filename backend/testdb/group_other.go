//go:build !unix

package testdb

import "syscall"

// ownGroup changes nothing on systems without process groups.
func ownGroup() *syscall.SysProcAttr { return nil }
