package notify

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/database"
)

func TestFiveTries(t *testing.T) {
	each(t, func(o *kit) {
		o.request("ada@example.org", "")
		for left := 4; left >= 0; left-- {
			if got := o.spend(o.wrongCode()); got != (CodeResult{TriesLeft: left}) {
				t.Errorf("a wrong code: %+v, want %d tries left", got, left)
			}
		}
		if got := o.spend(o.rightCode()); got != (CodeResult{Ended: true}) {
			t.Errorf("a sixth try with the right code: %+v", got)
		}
		o.request("ada@example.org", "")
		for range 4 {
			o.spend(o.wrongCode())
		}
		if got := o.spend(o.rightCode()); !got.Right {
			t.Errorf("the right code of a new mail at the fifth try: %+v", got)
		}
	})
}

func TestCodeEnds(t *testing.T) {
	each(t, func(o *kit) {
		if got := o.spend("00000000"); !got.Ended {
			t.Errorf("without an address: %+v", got)
		}
		o.request("ada@example.org", "")
		code := o.rightCode()
		o.clock.move(30 * time.Minute)
		if got := o.spend(code); !got.Ended {
			t.Errorf("after half an hour: %+v", got)
		}
		o.clock.move(-time.Second)
		if got := o.spend(code); !got.Right {
			t.Errorf("a second before: %+v", got)
		}
		if got := o.spend(code); !got.Ended {
			t.Errorf("the same code again: %+v", got)
		}
	})
}

// A code confirms the address it was mailed to and no other.
func TestNewerCodeEndsTheOlder(t *testing.T) {
	each(t, func(o *kit) {
		o.request("ada@example.org", "")
		old := o.rightCode()
		o.request("eve@example.org", "")
		if got := o.spend(old); got.Right || got.Ended {
			t.Errorf("the code for another address: %+v", got)
		}
		if got := o.unsent(); !slices.Equal(got, []string{"eve@example.org"}) {
			t.Errorf("mails wait for %v", got)
		}
	})
}

func TestCodeMailsAreLimited(t *testing.T) {
	each(t, func(o *kit) {
		for range 5 {
			o.request("ada@example.org", "")
			o.clock.move(time.Minute)
		}
		code := o.rightCode()
		if wait := o.tryRequest("eve@example.org", ""); wait != 55*time.Minute {
			t.Fatalf("a sixth code: wait %v", wait)
		}
		if got := o.rightCode(); got != code || len(o.mails()) != 5 {
			t.Errorf("a refused request changed the code, or mailed one of %d", len(o.mails()))
		}
		o.clock.move(55 * time.Minute)
		o.request("ada@example.org", "")
		if wait := o.tryRequest("ada@example.org", ""); wait != time.Minute {
			t.Errorf("one more: wait %v", wait)
		}
	})
}

// An account with ten former addresses waits until the first of them gets no more
// copies.
func TestTenFormerAddresses(t *testing.T) {
	each(t, func(o *kit) {
		for n := range 11 {
			o.confirm(fmt.Sprintf("a%d@example.org", n), "")
			o.clock.move(time.Hour)
		}
		week := 7 * 24 * time.Hour
		if wait := o.tryRequest("next@example.org", ""); wait != week-10*time.Hour {
			t.Errorf("with ten former addresses the wait is %v", wait)
		}
		o.clock.move(week - 10*time.Hour)
		o.request("next@example.org", "")
	})
}

func TestEndRequest(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("ada@example.org", "")
		o.request("eve@example.org", "")
		code := o.rightCode()
		o.tx(func(tx *database.Tx) error { return EndRequest(o.Context(), tx, o.ada.ID) })
		if got := o.spend(code); !got.Ended || len(o.unsent()) != 0 {
			t.Errorf("got %+v, mails wait for %v", got, o.unsent())
		}
		o.notify(KeyBound)
		if got := o.unsent(); !slices.Equal(got, []string{"ada@example.org"}) {
			t.Errorf("mails wait for %v", got)
		}
	})
}

// Only a confirmed address gets notices.
func TestUnconfirmedAddressGetsNothing(t *testing.T) {
	each(t, func(o *kit) {
		o.notify(KeyBound)
		o.request("ada@example.org", "")
		o.notify(KeyMoved)
		o.set("kept@example.org")
		o.notify(KeyRemoved)
		for _, m := range o.mails() {
			if m.Kind != AddressCode {
				t.Errorf("%s is mailed to %s", m.Kind, m.Recipient)
			}
		}
		if got := o.unsent(); len(got) != 0 {
			t.Errorf("mails wait for %v", got)
		}
	})
}

// Every former address gets copies for a week, also after several changes in a
// row, and none afterwards.
func TestFormerAddressesGetCopies(t *testing.T) {
	each(t, func(o *kit) {
		mailed := func(kind Kind) (to []string) {
			before := len(o.mails())
			o.notify(kind)
			for _, m := range o.mails()[before:] {
				to = append(to, m.Recipient)
			}
			return to
		}
		check := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: mailed to %v, want %v", what, got, want)
			}
		}
		o.confirm("a@example.org", "")
		check("first", mailed(AddressChanged), "a@example.org")
		o.confirm("b@example.org", "")
		check("replaced", mailed(AddressChanged), "b@example.org", "a@example.org")
		o.clock.move(24 * time.Hour)
		o.confirm("c@example.org", "")
		check("replaced twice", mailed(AddressChanged), "c@example.org", "a@example.org", "b@example.org")
		o.clock.move(6*24*time.Hour - time.Second)
		check("a week later", mailed(KeyBound), "c@example.org", "a@example.org", "b@example.org")
		o.clock.move(time.Second)
		check("after a week", mailed(KeyBound), "c@example.org", "b@example.org")
		o.set("")
		check("cleared", mailed(AddressChanged), "b@example.org", "c@example.org")
		o.confirm("c@example.org", "")
		check("back again", mailed(AddressChanged), "c@example.org", "b@example.org")
		o.clock.move(7 * 24 * time.Hour)
		check("long after", mailed(KeyBound), "c@example.org")
	})
}
