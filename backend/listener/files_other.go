//go:build !unix

package listener

// MostFiles returns 0: this system has no such limit.
func MostFiles() uint64 { return 0 }
