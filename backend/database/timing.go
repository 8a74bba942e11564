package database

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"imagemaster/backend/metrics"
)

const beganKey = "imagemaster:began"

// measureReads counts the statements outside transactions, and how long they take.
func measureReads(db *gorm.DB) error {
	begin := func(tx *gorm.DB) {
		if _, in := tx.Statement.ConnPool.(gorm.TxCommitter); !in {
			tx.Statement.Settings.Store(beganKey, time.Now())
		}
	}
	end := func(tx *gorm.DB) {
		if began, ok := tx.Statement.Settings.LoadAndDelete(beganKey); ok {
			metrics.Database("read", time.Since(began.(time.Time)), tx.Error == nil || errors.Is(tx.Error, gorm.ErrRecordNotFound))
		}
	}
	on := db.Callback()
	return errors.Join(
		on.Query().Before("gorm:query").Register("imagemaster:begin", begin), on.Query().After("gorm:query").Register("imagemaster:end", end),
		on.Row().Before("gorm:row").Register("imagemaster:begin", begin), on.Row().After("gorm:row").Register("imagemaster:end", end))
}
