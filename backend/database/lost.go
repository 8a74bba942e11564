package database

import (
	"errors"

	"gorm.io/gorm"
)

// lostKey names the conflict that has ended a transaction in its settings.
const lostKey = "imagemaster:lost"

// stopAfterConflict makes every statement fail that follows a conflict in a
// transaction. MySQL has rolled the transaction back at a deadlock, so a statement that
// follows on the connection would commit alone.
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
	var errs []error
	on := db.Callback()
	for _, statement := range all(on.Create(), on.Query(), on.Update(), on.Delete(), on.Row(), on.Raw()) {
		errs = append(errs, statement.Before("*").Register("imagemaster:lost", before), statement.After("*").Register("imagemaster:lose", after))
	}
	return errors.Join(errs...)
}

// all makes a slice of values whose type gorm does not export.
func all[T any](values ...T) []T { return values }

func lostOf(tx *gorm.DB) *error {
	if lost, in := tx.Get(lostKey); in {
		return lost.(*error)
	}
	return nil
}
