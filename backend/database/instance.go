package database

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm/clause"
)

// forgotten is how long after its last beat an instance is forgotten.
const forgotten = time.Hour

// Instance is one running server.
type Instance struct {
	ID     string // 32 hexadecimal digits, new at each start
	Host   string // of the machine
	BeatAt int64  // Unix ms: when it last wrote this row
}

// TableName implements gorm's naming.
func (Instance) TableName() string { return "instances" }

// NewInstance returns an Instance with a new id.
func NewInstance(host string) Instance {
	id := make([]byte, 16)
	rand.Read(id)
	return Instance{ID: hex.EncodeToString(id), Host: host}
}

// Beat stores that the instance is alive, which shows that the database can be
// written, and forgets those that have not been for an hour. It also keeps the
// reserve for a full disk.
func (d *DB) Beat(ctx context.Context, i Instance, now time.Time) error {
	d.KeepReserve()
	i.BeatAt = now.UnixMilli()
	return d.InTx(ctx, func(tx *Tx) error {
		done := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns([]string{"beat_at"})}).Create(&i)
		if done.Error == nil {
			done = tx.Where("beat_at < ?", now.Add(-forgotten).UnixMilli()).Delete(&Instance{})
		}
		if done.Error != nil {
			return fmt.Errorf("write the heartbeat: %w", done.Error)
		}
		return nil
	})
}

// Leave deletes the row of an instance that stops.
func (d *DB) Leave(ctx context.Context, i Instance) error {
	return d.InTx(ctx, func(tx *Tx) error { return tx.Where("id = ?", i.ID).Delete(&Instance{}).Error })
}

// Alive lists the instances that have written since a time.
func (d *DB) Alive(ctx context.Context, since time.Time) ([]Instance, error) {
	var found []Instance
	err := d.Read(ctx).Where("beat_at >= ?", since.UnixMilli()).Order("host, id").Find(&found).Error
	return found, err
}
