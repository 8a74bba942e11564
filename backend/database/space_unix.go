//go:build darwin || linux

package database

import (
	"fmt"
	"syscall"
)

func freeSpace(dir string) (free uint64, known bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false, fmt.Errorf("ask how much space is free: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), true, nil
}
