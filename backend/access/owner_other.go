//go:build !unix

package access

// CheckOwner accepts everything on systems whose files have no numeric owner.
func CheckOwner(what, path string, rule Rule) error { return nil }
