package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// perHour is how many events that are alike are kept in an hour. Further ones are
// counted, and become one event when the hour is over: neither an account nor a
// network can fill the disk with what it does again and again. What somebody
// else does to an account is always kept, and so is what concerns neither an account nor a network.
const perHour = 20

// repeat is one row of audit_repeats: events of an hour that are alike.
type repeat struct {
	Hour      int64 // Unix ms of its beginning
	AccountID int64 // 0 = of no account
	Network   string
	Kind      Kind
	Outcome   Outcome
	Factor    string
	Reason    string
	Lane      string
	Actor     string
	Events    int   // all of them
	Summed    int   // what those that were not kept stand for
	LastAt    int64 // when the last of these happened, Unix ms
}

func (repeat) TableName() string { return "audit_repeats" }

// repeatKey are the columns that events have in common which are alike.
var repeatKey = []string{"hour", "account_id", "network", "kind", "outcome", "factor", "reason", "lane"}

// perHourFromAll is how many sign-ins of one account are kept in an hour, from all
// networks together.
const perHourFromAll = 10 * perHour

// counter is a row that counts events, and how many of these are kept.
type counter struct {
	row  repeat
	most int
}

// alike returns what counts an event, each if those before keep it, and the row that sums it up once there are too
// many. A refused password is counted by the network it comes from, whether or not
// its name exists: both then cost the same (E11). It is summed for the account, so
// that the person learns of each. A sign-in is counted by account and network, so
// that those from elsewhere are kept, however often the owner signs in.
func (e *Event) alike() (counters []counter, sum repeat) {
	sum = repeat{Hour: e.Time().Truncate(time.Hour).UnixMilli(), Kind: e.Kind, Outcome: e.Outcome, Factor: e.Factor,
		Reason: e.Reason, Lane: e.Lane, Actor: e.Actor, LastAt: e.At}
	if e.AccountID != nil {
		sum.AccountID = *e.AccountID
	} else {
		sum.Network = e.Network
	}
	switch {
	case e.Network == "":
		return []counter{{sum, perHour}}, sum
	case e.Outcome != OK:
		return []counter{{sum.from(e.Network, 0), perHour}}, sum
	}
	return []counter{{sum.from(e.Network, sum.AccountID), perHour}, {sum, perHourFromAll}}, sum
}

// from is a row that only counts what comes from a network.
func (r repeat) from(network string, account int64) repeat {
	return repeat{Hour: r.Hour, AccountID: account, Network: network, Kind: r.Kind, Outcome: r.Outcome, Actor: r.Actor, LastAt: r.LastAt}
}

// countRepeat counts an event among those that are alike, and says whether it is
// to be kept.
func countRepeat(ctx context.Context, tx *gorm.DB, e *Event) (keep bool, err error) {
	if e.ByOther() || e.AccountID == nil && e.Network == "" {
		return true, nil
	}
	counters, sum := e.alike()
	keep = true
	for i := 0; keep && i < len(counters); i++ {
		events, err := counters[i].add(ctx, tx)
		if err != nil {
			return false, err
		}
		keep = events <= counters[i].most
	}
	if keep {
		return true, nil
	}
	sum.Summed = max(e.Count, 1)
	return false, addRepeat(ctx, tx, sum, map[string]any{"summed": gorm.Expr("summed + ?", sum.Summed), "last_at": e.At})
}

// add counts one more event, and returns how many there are.
func (c *counter) add(ctx context.Context, tx *gorm.DB) (events int, err error) {
	c.row.Events = 1
	if err := addRepeat(ctx, tx, c.row, map[string]any{"events": gorm.Expr("events + 1")}); err != nil {
		return 0, err
	}
	if err := c.row.row(tx.WithContext(ctx)).Pluck("events", &events).Error; err != nil {
		return 0, fmt.Errorf("count repeated event: %w", err)
	}
	return events, nil
}

// addRepeat makes a row, or changes the one that is there.
func addRepeat(ctx context.Context, tx *gorm.DB, row repeat, change map[string]any) error {
	columns := make([]clause.Column, len(repeatKey))
	for i, name := range repeatKey {
		columns[i].Name = name
	}
	err := tx.WithContext(ctx).Clauses(clause.OnConflict{Columns: columns, DoUpdates: clause.Assignments(change)}).Create(&row).Error
	if err != nil {
		return fmt.Errorf("count repeated event: %w", err)
	}
	return nil
}

// row finds the stored row.
func (r *repeat) row(tx *gorm.DB) *gorm.DB {
	return tx.Model(&repeat{}).Where("hour = ? AND account_id = ? AND network = ? AND kind = ? AND outcome = ? AND factor = ? AND reason = ? AND lane = ?",
		r.Hour, r.AccountID, r.Network, r.Kind, r.Outcome, r.Factor, r.Reason, r.Lane)
}

// FlushRepeats deletes up to limit counts of hours that are over, turns what they
// sum up into events, and returns how many counts it found. The instance that
// deletes a count records it.
func FlushRepeats(ctx context.Context, tx *gorm.DB, like Event, limit int) (int, error) {
	tx = tx.WithContext(ctx)
	var rows []repeat
	hour := like.Time().Truncate(time.Hour).UnixMilli()
	if err := tx.Where("hour < ?", hour).Order("hour").Limit(limit).Find(&rows).Error; err != nil {
		return 0, fmt.Errorf("list repeated events: %w", err)
	}
	for _, row := range rows {
		done := row.row(tx).Delete(&repeat{})
		if done.Error != nil {
			return 0, fmt.Errorf("take repeated events: %w", done.Error)
		}
		if done.RowsAffected != 1 || row.Summed == 0 {
			continue
		}
		if err := storeSum(ctx, tx, row.event(like)); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// event sums up repeated events, dated as the last of them.
func (r *repeat) event(like Event) Event {
	e := Event{At: r.LastAt, Kind: r.Kind, Outcome: r.Outcome, Reason: r.Reason, Factor: r.Factor, Lane: r.Lane,
		Actor: r.Actor, Address: r.Network, Version: like.Version, Host: like.Host, Count: r.Summed}
	if r.AccountID != 0 {
		e.AccountID = &r.AccountID
	}
	return e
}

// NthUnknownFailure returns when the nth newest wrong code was tried from a browser
// the account does not know, at its sign-in or in a session, zero where there were
// fewer since a time. Tries that were summed up count as made at the last of them.
func NthUnknownFailure(ctx context.Context, tx *gorm.DB, accountID int64, n int, since time.Time) (time.Time, error) {
	tx = tx.WithContext(ctx)
	const failures = "account_id = ? AND kind IN ? AND outcome = ? AND lane = ? AND "
	values := []any{accountID, []Kind{SecondFactor, StepUpCode, Resumed}, Failed, "unknown", since.UnixMilli()}
	type tries struct {
		At    int64
		Count int
	}
	var kept, summed []tries
	err := tx.Model(&Event{}).Select("at", "count").Where(failures+"at >= ?", values...).Order("at DESC").Limit(n).Find(&kept).Error
	if err == nil {
		err = tx.Model(&repeat{}).Select("last_at AS at", "summed AS count").Where(failures+"last_at >= ? AND summed > 0", values...).Find(&summed).Error
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("find wrong codes: %w", err)
	}
	all := append(kept, summed...)
	slices.SortFunc(all, func(a, b tries) int { return cmp.Compare(b.At, a.At) })
	for _, t := range all {
		if n -= max(t.Count, 1); n <= 0 {
			return time.UnixMilli(t.At), nil
		}
	}
	return time.Time{}, nil
}
