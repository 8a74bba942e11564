package database

import (
	"errors"

	"gorm.io/gorm"
)

// lostKey names the conflict that has ended a transaction in its settings.
const lostKey = "imagemaster:lost"

// stopAfterConflict lets a transaction do nothing more once it has lost against another
// one. MySQL rolls back at a deadlock, and each statement that follows on the
// connection would commit alone.
func stopAfterConflict(db *gorm.DB) error {
	before := func(tx *gorm.DB) {
		if lost := lostOf(tx); lost != nil && *lost != nil {
			_ = tx.AddError(*lost)
		}
	}
	after := func(tx *gorm.DB) {
		if lost := lostOf(tx); lost != nil && *lost == nil && isConflict(tx.Error) {
			*lost = tx.Error
		}
	}
	on := db.Callback()
	return errors.Join(
		on.Create().Before("*").Register("imagemaster:lost", before), on.Create().After("*").Register("imagemaster:lose", after),
		on.Query().Before("*").Register("imagemaster:lost", before), on.Query().After("*").Register("imagemaster:lose", after),
		on.Update().Before("*").Register("imagemaster:lost", before), on.Update().After("*").Register("imagemaster:lose", after),
		on.Delete().Before("*").Register("imagemaster:lost", before), on.Delete().After("*").Register("imagemaster:lose", after),
		on.Row().Before("*").Register("imagemaster:lost", before), on.Row().After("*").Register("imagemaster:lose", after),
		on.Raw().Before("*").Register("imagemaster:lost", before), on.Raw().After("*").Register("imagemaster:lose", after))
}

func lostOf(tx *gorm.DB) *error {
	if lost, in := tx.Get(lostKey); in {
		return lost.(*error)
	}
	return nil
}
