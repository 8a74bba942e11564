package audit

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Record stores events, in the transaction of what they tell about. At most perHour
// alike events are kept in an hour.
func Record(ctx context.Context, tx *gorm.DB, events ...Event) error {
	var kept []Event
	for _, e := range events {
		keep, err := countRepeat(ctx, tx, &e)
		if err != nil {
			return err
		}
		if keep {
			kept = append(kept, e)
		}
		tellAfterCommit(ctx, tx, e, !keep)
	}
	return store(ctx, tx, kept...)
}

func store(ctx context.Context, tx *gorm.DB, events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	for i := range events {
		if events[i].Details == "" {
			events[i].Details = "{}"
		}
	}
	if err := tx.WithContext(ctx).CreateInBatches(events, insertBatch).Error; err != nil {
		return fmt.Errorf("record event: %w", err)
	}
	return nil
}

// insertBatch is how many rows one statement inserts.
const insertBatch = 200

// storeSum stores an event that sums up others.
func storeSum(ctx context.Context, tx *gorm.DB, e Event) error {
	logAfterCommit(ctx, tx, e)
	return store(ctx, tx, e)
}

// List returns up to limit events of an account, the newest first, older than
// the event with the id before; 0 = from the newest.
func List(ctx context.Context, tx *gorm.DB, accountID, before int64, limit int) ([]Event, error) {
	q := tx.WithContext(ctx).Where("account_id = ?", accountID)
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	var events []Event
	if err := q.Order("id DESC").Limit(limit).Find(&events).Error; err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return events, nil
}

// throttled is one row of audit_throttled.
type throttled struct {
	Hour      int64 // Unix ms of its beginning
	AccountID int64 // 0 = no such account
	Kind      Kind
	Factor    string
	Reason    string
	Tries     int
}

func (throttled) TableName() string { return "audit_throttled" }

// in finds the stored row.
func (t *throttled) in(tx *gorm.DB) *gorm.DB {
	return tx.Model(&throttled{}).Where(t, "Hour", "AccountID", "Kind", "Factor", "Reason")
}

// CountThrottled counts a try that was held back. A guesser makes thousands of
// them: those of one hour become one event when the hour is over.
func CountThrottled(ctx context.Context, tx *gorm.DB, e Event) error {
	row := throttled{Hour: e.Time().Truncate(time.Hour).UnixMilli(), Kind: e.Kind, Factor: e.Factor, Reason: e.Reason, Tries: 1}
	if e.AccountID != nil {
		row.AccountID = *e.AccountID
	}
	// The same statements, whether or not there is a row: what they cost must not
	// tell whether a name exists (E11).
	err := tx.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "hour"}, {Name: "account_id"}, {Name: "kind"}, {Name: "factor"}, {Name: "reason"}},
		DoUpdates: clause.Assignments(map[string]any{"tries": gorm.Expr("tries + 1")}),
	}).Create(&row).Error
	var tries int
	if err == nil {
		err = row.in(tx.WithContext(ctx)).Pluck("tries", &tries).Error
	}
	if err != nil {
		return fmt.Errorf("count held back try: %w", err)
	}
	tellAfterCommit(ctx, tx, e, tries > perHour)
	return nil
}

// FlushThrottled turns up to limit counts of hours that are over into events,
// and returns how many. The instance that deletes a count records it.
func FlushThrottled(ctx context.Context, tx *gorm.DB, like Event, limit int) (int, error) {
	var rows []throttled
	hour := like.Time().Truncate(time.Hour).UnixMilli()
	err := tx.WithContext(ctx).Where("hour < ?", hour).Order("hour").Limit(limit).Find(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("list held back tries: %w", err)
	}
	for _, row := range rows {
		done := row.in(tx.WithContext(ctx)).Delete(&throttled{})
		if done.Error != nil {
			return 0, fmt.Errorf("take held back tries: %w", done.Error)
		}
		if done.RowsAffected != 1 {
			continue
		}
		if err := storeSum(ctx, tx, row.event(like)); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// event sums up the tries held back in an hour, dated its last millisecond.
func (t throttled) event(like Event) Event {
	e := Event{At: t.Hour + time.Hour.Milliseconds() - 1, Kind: t.Kind, Outcome: Denied, Reason: t.Reason, Factor: t.Factor,
		Actor: Person, Version: like.Version, Host: like.Host, Count: t.Tries}
	if t.AccountID != 0 {
		e.AccountID = &t.AccountID
	}
	return e
}

// Prune deletes up to limit events from before a time, and returns how many.
// It is the only thing that ever takes an event away.
func Prune(ctx context.Context, tx *gorm.DB, before time.Time, limit int) (int64, error) {
	var ids []int64
	err := tx.WithContext(ctx).Model(&Event{}).Where("at < ?", before.UnixMilli()).Order("at").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	done := tx.WithContext(ctx).Where("id IN ?", ids).Delete(&Event{})
	if done.Error != nil {
		return 0, fmt.Errorf("prune events: %w", done.Error)
	}
	return done.RowsAffected, nil
}

// Export calls write with every event since a time, the oldest first.
func Export(ctx context.Context, db *gorm.DB, since time.Time, write func(Event) error) error {
	return ExportFitting(ctx, db, Filter{Since: since.UnixMilli()}, write)
}

// ExportFitting is Export for those events that fit. It reads all of the time in batches,
// each in its own statement so that nobody waits for a long transaction.
func ExportFitting(ctx context.Context, db *gorm.DB, f Filter, write func(Event) error) error {
	last := Event{At: f.Since}
	for {
		q := db.WithContext(ctx).Where("at > ? OR at = ? AND id > ?", last.At, last.At, last.ID)
		if f.Until != 0 {
			q = q.Where("at < ?", f.Until)
		}
		var events []Event
		if err := q.Order("at, id").Limit(exportBatch).Find(&events).Error; err != nil {
			return fmt.Errorf("export events: %w", err)
		}
		for _, last = range events {
			if !f.fits(&last) {
				continue
			}
			if err := write(last); err != nil {
				return err
			}
		}
		if len(events) < exportBatch {
			return nil
		}
	}
}

// exportBatch is how many events are in memory at once.
const exportBatch = 500
