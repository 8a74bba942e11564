//go:build unix

package listener

import "syscall"

// MostFiles returns how many files the process may have open, 0 = unknown. The Go
// runtime has raised the soft limit to the hard one.
func MostFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur)
}
