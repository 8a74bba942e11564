package system

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"imagemaster/backend/access"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

// MayBegin refuses to make a new embedded database where there was one: a folder
// that a server has used, or a key file that has sealed something. Otherwise a lost
// database would start as a new system, with a link that makes an administrator.
func MayBegin(store config.Store) error {
	if _, err := os.Stat(filepath.Join(store.DataDir, database.FileName)); !errors.Is(err, fs.ErrNotExist) {
		return nil // opening it reports any error
	}
	var there []string
	mark := filepath.Join(store.DataDir, database.ServerLockName)
	if _, err := os.Stat(mark); err == nil {
		there = append(there, mark)
	}
	// An unreadable key file is reported where it is loaded.
	if used, err := secretbox.Used(store.KeyFile, store.Rule); err == nil && used {
		there = append(there, store.KeyFile)
	}
	if len(there) == 0 {
		return nil
	}
	names := there[0]
	if len(there) == 2 {
		names += " and " + there[1]
	}
	return fmt.Errorf("the database of %s is gone: there was one, as %s shows. Name the right folder with --data, restore a backup with `imagemaster restore FILE`, "+
		"or, to begin anew, move %s away", store.DataDir, names, names)
}

// markUsed notes in the key file that it belongs to a database now. A file that
// this user cannot change stays as it is: MayBegin has another mark in the folder.
func markUsed(store config.Store) {
	if store.DSN == "" && access.CheckOwner("key file", store.KeyFile, store.Rule) == nil {
		_ = secretbox.MarkUsed(store.KeyFile, store.Rule)
	}
}
