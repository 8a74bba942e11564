//go:build !unix

package testdb

import "syscall"

// ownGroup changes nothing where MariaDB's tools do not run anyway.
func ownGroup() *syscall.SysProcAttr { return nil }
