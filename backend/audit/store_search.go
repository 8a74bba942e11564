package audit

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"gorm.io/gorm"
)

// Filter says which events are wanted. A zero value narrows nothing.
type Filter struct {
	AccountID int64
	ActorID   int64 // only what this helper or administrator did
	Kind      Kind
	Reason    string
	Address   netip.Prefix // of a whole length = exactly this address
	Since     int64        // Unix ms, the first one
	Until     int64        // Unix ms, the first one that is too late
	ByOther   bool         // only what somebody other than the account's own person did
}

// Place is an event in the list of all events. The zero Place is before the newest.
type Place struct{ At, ID int64 }

// IsZero says whether it is the beginning, or the end.
func (p Place) IsZero() bool { return p == Place{} }

// How many events one query looks at where a filter may drop most: by time they lie
// beside each other, by another index they have to be fetched one by one.
const (
	windowByTime = 1000
	window       = 250
)

// Search returns up to limit events that fit, the newest first, behind a place, and the
// place behind which to go on; zero = these are the last ones. Each query reads one range
// of an index in its order, so its work is bounded. Where more than one filter is given it
// may find few: after that much time the answer is short, and the place says where
// to go on.
func Search(ctx context.Context, tx *gorm.DB, f Filter, after Place, limit int, within time.Duration) ([]Event, Place, error) {
	var found []int64
	began := time.Now()
	for {
		rows, whole, err := f.rowsAfter(ctx, tx, after, limit+1)
		if err != nil {
			return nil, Place{}, err
		}
		for i := range rows {
			if !f.fits(&rows[i]) {
				after = rows[i].place()
				continue
			}
			if len(found) == limit {
				events, err := withIDs(ctx, tx, found)
				return events, after, err
			}
			found, after = append(found, rows[i].ID), rows[i].place()
		}
		if whole {
			after = Place{}
		}
		if whole || time.Since(began) > within {
			events, err := withIDs(ctx, tx, found)
			return events, after, err
		}
	}
}

func (e *Event) place() Place { return Place{e.At, e.ID} }

// rowsAfter reads the next events in the order of one index, and says whether there are no
// more behind them. They hold only what place and fits need. Only the first filter chooses
// the index; fits judges all others.
func (f *Filter) rowsAfter(ctx context.Context, tx *gorm.DB, after Place, wanted int) (rows []Event, whole bool, err error) {
	index, value, alone := f.index()
	switch {
	case alone:
	case index == byTime:
		wanted = max(windowByTime, wanted)
	default:
		wanted = max(window, wanted)
	}
	q := tx.WithContext(ctx).Table("audit_events"+forced(tx, index)).Select("id", "at", "kind", "reason", "account_id", "actor_id", "address", "actor")
	if index != byTime {
		q = q.Where(index+" = ?", value)
	}
	if f.Since != 0 {
		q = q.Where("at >= ?", f.Since)
	}
	if f.Until != 0 {
		q = q.Where("at < ?", f.Until)
	}
	if !after.IsZero() {
		// The first part is what the index is searched by.
		q = q.Where("at <= ? AND (at < ? OR id < ?)", after.At, after.At, after.ID)
	}
	if err := q.Order("at DESC, id DESC").Limit(wanted).Find(&rows).Error; err != nil {
		return nil, false, fmt.Errorf("search events: %w", err)
	}
	return rows, len(rows) < wanted, nil
}

// byTime is the index without another column.
const byTime = ""

// index says by which column the events are read, with which value, and whether no other
// filter but the time is given.
func (f *Filter) index() (column string, value any, alone bool) {
	given := 0
	for _, one := range []struct {
		column string
		value  any
		given  bool
	}{
		{"account_id", f.AccountID, f.AccountID != 0}, {"actor_id", f.ActorID, f.ActorID != 0}, {"reason", f.Reason, f.Reason != ""},
		{"address", f.Address.Addr().String(), f.exactAddress()}, {"kind", f.Kind, f.Kind != ""},
		{byTime, nil, f.ByOther}, {byTime, nil, f.Address.IsValid() && !f.exactAddress()},
	} {
		if !one.given {
			continue
		}
		if given++; given == 1 {
			column, value = one.column, one.value
		}
		alone = one.column != byTime
	}
	return column, value, given == 0 || given == 1 && alone
}

// forced makes MariaDB read that index in its order: it would rather sort all that fits.
func forced(tx *gorm.DB, column string) string {
	if tx.Dialector.Name() != "mysql" {
		return ""
	}
	if column != byTime {
		column += "_"
	}
	return " FORCE INDEX (audit_events_" + column + "at)"
}

func (f *Filter) exactAddress() bool { return f.Address.IsValid() && f.Address.IsSingleIP() }

// fits judges an event by all filters but the time.
func (f *Filter) fits(e *Event) bool {
	switch {
	case f.AccountID != 0 && (e.AccountID == nil || *e.AccountID != f.AccountID),
		f.ActorID != 0 && e.ActorID != f.ActorID,
		f.Kind != "" && e.Kind != f.Kind,
		f.Reason != "" && e.Reason != f.Reason,
		f.exactAddress() && e.Address != f.Address.Addr().String(),
		f.ByOther && !e.ByOther():
		return false
	}
	return !f.Address.IsValid() || f.exactAddress() || isWithin(e.Address, f.Address)
}

// isWithin says whether an address is in a network. An event that sums up others has a
// network in place of an address.
func isWithin(address string, network netip.Prefix) bool {
	if one, err := netip.ParseAddr(address); err == nil {
		return network.Contains(one.Unmap().WithZone(""))
	}
	all, err := netip.ParsePrefix(address)
	return err == nil && network.Bits() <= all.Bits() && network.Contains(all.Addr())
}

// withIDs reads events in the order of their ids.
func withIDs(ctx context.Context, tx *gorm.DB, ids []int64) ([]Event, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var found []Event
	if err := tx.WithContext(ctx).Where("id IN ?", ids).Order("at DESC, id DESC").Find(&found).Error; err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	return found, nil
}

// CountWithReason returns how many tries stand behind the events of a time that have one of
// some reasons.
func CountWithReason(ctx context.Context, tx *gorm.DB, reasons []string, since time.Time) (tries int64, err error) {
	err = tx.WithContext(ctx).Model(&Event{}).Where("reason IN ? AND at >= ?", reasons, since.UnixMilli()).
		Select("COALESCE(SUM(CASE WHEN count > 0 THEN count ELSE 1 END), 0)").Scan(&tries).Error
	if err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	return tries, nil
}
