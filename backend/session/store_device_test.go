package session_test

import (
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

func (h *kit) keepDevice(known *session.Device, at time.Time) (token string) {
	h.Helper()
	h.in(func(tx *database.Tx) (err error) {
		token, _, err = session.KeepDevice(h.ctx, tx, known, h.id, 1, at)
		return err
	})
	return token
}

func (h *kit) findDevice(token string, at time.Time) (*session.Device, error) {
	return session.FindDevice(h.ctx, h.db.Read(h.ctx), token, at)
}

func (h *kit) mustFindDevice(token string, at time.Time) *session.Device {
	h.Helper()
	d, err := h.findDevice(token, at)
	h.must(err)
	return d
}

func TestDevices(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		first := h.keepDevice(nil, noon)
		known := h.mustFindDevice(first, noon)
		h.in(func(tx *database.Tx) error { return session.CountDeviceFailure(h.ctx, tx, known.ID) })
		second := h.keepDevice(known, noon)
		_, err := h.findDevice(first, noon)
		h.wants(err, session.ErrNotFound)
		if rotated := h.mustFindDevice(second, noon); rotated.ID != known.ID || rotated.Failures != 0 {
			t.Errorf("device is %+v", rotated)
		}
		h.mustFindDevice(second, noon.Add(180*24*time.Hour-time.Millisecond))
		_, err = h.findDevice(second, noon.Add(180*24*time.Hour))
		h.wants(err, session.ErrNotFound)
		if stale := h.keepDevice(known, noon); stale == second { // the old token rotates nothing
			t.Error("a token was given twice")
		}
		for range 8 {
			h.keepDevice(nil, noon.Add(time.Second))
		}
		h.mustFindDevice(second, noon) // one of ten
		h.keepDevice(nil, noon.Add(time.Second))
		_, err = h.findDevice(second, noon)
		h.wants(err, session.ErrNotFound)
		var n int64
		h.must(db.Read(h.ctx).Raw("SELECT count(*) FROM devices").Scan(&n).Error)
		if n != 10 {
			t.Errorf("%d devices, want 10", n)
		}
	})
}

// A device of a former epoch is an unrecognised browser.
func TestADeviceOfAFormerEpochDoesNotCount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		token := h.keepDevice(nil, noon)
		h.mustFindDevice(token, noon)
		h.in(func(tx *database.Tx) error { return tx.Exec("UPDATE accounts SET epoch = 2").Error })
		_, err := h.findDevice(token, noon)
		h.wants(err, session.ErrNotFound)
	})
}

// The device of the acting session goes on under the raised epoch, with a new
// token and its count of failures.
func TestRenewDevice(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		old, other := h.keepDevice(nil, noon), h.keepDevice(nil, noon)
		d := h.mustFindDevice(old, noon)
		h.in(func(tx *database.Tx) error { return session.CountDeviceFailure(h.ctx, tx, d.ID) })
		renew := func(s session.Session) (token *string) {
			h.in(func(tx *database.Tx) (err error) { token, err = session.RenewDevice(h.ctx, tx, &s, 2); return err })
			return token
		}
		s := session.Session{AccountID: h.id, Epoch: 1, DeviceID: d.ID}
		for name, none := range map[string]session.Session{
			"no device":       {AccountID: h.id, Epoch: 1},
			"another account": {AccountID: h.id + 1, Epoch: 1, DeviceID: d.ID},
			"another epoch":   {AccountID: h.id, Epoch: 3, DeviceID: d.ID},
			"a device gone":   {AccountID: h.id, Epoch: 1, DeviceID: d.ID + 100},
		} {
			if token := renew(none); token != nil {
				t.Errorf("%s: a new token", name)
			}
		}
		h.mustFindDevice(old, noon)
		fresh := renew(s)
		h.in(func(tx *database.Tx) error { return tx.Exec("UPDATE accounts SET epoch = 2").Error })
		if got := h.mustFindDevice(*fresh, noon); got.ID != d.ID || got.Epoch != 2 || got.Failures != 1 || got.LastUsedAt != d.LastUsedAt {
			t.Errorf("device is %+v", got)
		}
		for _, token := range []string{old, other} {
			_, err := h.findDevice(token, noon)
			h.wants(err, session.ErrNotFound)
		}
		if renew(s) != nil {
			t.Error("it was renewed twice")
		}
	})
}

// With its 40th wrong code a device is forgotten.
func TestADeviceIsForgottenAtFortyFailures(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := newKit(t, db)
		token, other := h.keepDevice(nil, noon), h.keepDevice(nil, noon)
		d := h.mustFindDevice(token, noon)
		for n := 1; n <= 40; n++ {
			found, err := h.findDevice(token, noon)
			if err != nil || found.Failures != n-1 {
				t.Fatalf("before failure %d: %+v, %v", n, found, err)
			}
			h.in(func(tx *database.Tx) error { return session.CountDeviceFailure(h.ctx, tx, d.ID) })
		}
		_, err := h.findDevice(token, noon)
		h.wants(err, session.ErrNotFound)
		if got := h.mustFindDevice(other, noon); got.Failures != 0 {
			t.Errorf("another device is %+v", got)
		}
	})
}
