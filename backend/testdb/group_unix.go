//go:build unix

package testdb

import "syscall"

// ownGroup keeps an interrupt at the terminal away from a child.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
