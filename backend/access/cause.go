package access

import (
	"errors"
	"io/fs"
)

// Cause drops operation and path from a file error, for sentences that name them
// already.
func Cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
