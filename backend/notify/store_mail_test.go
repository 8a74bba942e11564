package notify

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
)

func TestLanguageOfMails(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("ada@example.org", German)
		for reader, want := range map[string]string{"": German, English: English, German: German, "xx": German} {
			o.tx(func(tx *database.Tx) error {
				return Notify(o.Context(), tx, Notice{AccountID: o.ada.ID, Kind: KeyBound, At: start.UnixMilli()}, Reader{"ada", reader})
			})
			if got := o.last().Language; got != want {
				t.Errorf("%q: mailed in %q, want %q", reader, got, want)
			}
		}
	})
}

// A person gets at most one mail an hour and four a day about a known password,
// and as many copies, of other kinds 20 an hour.
func TestMailsAboutAKnownPasswordAreLimited(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("old@example.org", "")
		o.confirm("ada@example.org", "")
		mailed := func() int {
			before := len(o.mails())
			o.notify(PasswordKnown)
			return len(o.mails()) - before
		}
		for hour, want := range []int{2, 2, 2, 2, 0, 0} {
			if got := mailed(); got != want {
				t.Errorf("hour %d: %d mails, want %d", hour, got, want)
			}
			o.clock.move(59 * time.Minute)
			if got := mailed(); got != 0 {
				t.Errorf("hour %d: %d further mails", hour, got)
			}
			o.clock.move(time.Minute)
		}
		o.clock.move(18 * time.Hour)
		if got := mailed(); got != 2 {
			t.Errorf("the next day: %d mails", got)
		}
		before := len(o.mails())
		o.notify(KeyBound)
		o.clock.move(time.Second)
		o.notify(KeyBound)
		if got := len(o.mails()) - before; got != 4 {
			t.Errorf("%d mails about other things, want 4", got)
		}
		for range 30 {
			o.clock.move(time.Second)
			o.notify(KeyBound)
		}
		if got := len(o.mails()) - before; got != 2*20 {
			t.Errorf("%d mails in an hour, want 40", got)
		}
		o.clock.move(time.Hour)
		o.notify(KeyBound)
		if got := len(o.mails()) - before; got != 2*21 {
			t.Errorf("%d mails with one of the next hour, want 42", got)
		}
	})
}

// The database holds no code, and so no backup of it does.
func TestNoCodeAtRest(t *testing.T) {
	each(t, func(o *kit) {
		o.request("ada@example.org", "")
		code := o.rightCode()
		var rows []map[string]any
		o.must(o.db.Read(o.Context()).Table("mails").Find(&rows).Error)
		var addresses []map[string]any
		o.must(o.db.Read(o.Context()).Table("notice_addresses").Find(&addresses).Error)
		text, err := json.Marshal(append(rows, addresses...))
		o.must(err)
		if len(rows) != 1 || len(addresses) != 1 || strings.Contains(string(text), code) || strings.Contains(string(text), code[:4]+"-") {
			t.Errorf("%s is in %s", code, text)
		}
	})
}

// Prune deletes by the times it is given, whatever the clock says.
func TestPrune(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("old@example.org", "")
		o.confirm("ada@example.org", "")
		for range 5 {
			o.notify(KeyBound)
		}
		prune := func(mailsBefore, copiesBefore time.Time, limit int) (n int64) {
			o.tx(func(tx *database.Tx) (err error) {
				n, err = Prune(o.Context(), tx, mailsBefore, copiesBefore, limit)
				return err
			})
			return n
		}
		formers := func() (n int64) {
			o.must(o.db.Read(o.Context()).Model(&former{}).Count(&n).Error)
			return n
		}
		all := len(o.mails())
		o.clock.move(2 * 365 * 24 * time.Hour)
		ends := start.Add(7 * 24 * time.Hour)
		if n := prune(start, ends.Add(-time.Millisecond), 100); n != 0 || len(o.mails()) != all || formers() != 1 {
			t.Errorf("%d rows were deleted before their time", n)
		}
		if n := prune(start, ends, 100); n != 1 || len(o.mails()) != all || formers() != 0 {
			t.Errorf("%d rows were deleted, want only the former address", n)
		}
		if n := prune(start.Add(time.Millisecond), ends, 3); n != 3 {
			t.Errorf("%d mails were deleted in a batch of 3", n)
		}
		if n := prune(start.Add(time.Millisecond), ends, 100); int(n) != all-3 || len(o.mails()) != 0 {
			t.Errorf("%d mails were deleted, %d are left", n, len(o.mails()))
		}
	})
}

func TestMailRetention(t *testing.T) {
	if MailRetention != 30*24*time.Hour {
		t.Errorf("mails are kept for %v", MailRetention)
	}
}
