//go:build unix

package testdb

import "syscall"

// ownGroup puts a child into its own process group, so that an interrupt at the
// terminal does not reach it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
