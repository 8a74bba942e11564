//go:build !unix

package cli

// checkOwner has nothing to compare where files have no numeric owner.
func checkOwner(string) error { return nil }

// checkKeyFileOwner likewise.
func checkKeyFileOwner(string) error { return nil }
