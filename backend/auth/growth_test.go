package auth_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
)

// rows counts the rows of all tables that grow with what people and strangers do.
func (h *kit) rows() (n int64) {
	h.Helper()
	sizes, err := h.db.TableSizes(h.ctx)
	h.must(err)
	for _, s := range sizes {
		n += s.Rows
	}
	return n
}

// Requests that change nothing record nothing.
func TestWhatChangesNothingRecordsNothing(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		name, empty := "Anna", ""
		h.must(second(h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{DisplayName: &name})))
		h.must(h.RenamePhone(h.ctx, b.caller(), "blue"))
		h.must(b.setAddress("anna@example.org"))
		before := h.rows()
		for range 3 {
			h.must(second(h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{})))
			h.must(second(h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{DisplayName: &name, Theme: &empty})))
			h.must(h.RenamePhone(h.ctx, b.caller(), "blue"))
			h.must(b.setAddress("anna@example.org"))
			h.must(h.EndOtherSessions(h.ctx, b.caller()))
			h.must(h.CancelEnrollment(h.ctx, b.caller()))
		}
		if after := h.rows(); after != before {
			t.Errorf("%d rows were added", after-before)
		}
		other := h.unknownBrowser(1) // owes a code, so it has no session to be counted
		other.signIn("anna", goodPassword)
		events := len(h.events())
		h.must(h.EndOtherSessions(h.ctx, b.caller()))
		if len(h.events()) == events {
			t.Error("a pending sign-in was ended, and no event tells it")
		}
		h.refused(other.verify(p.code(1)), apperr.PendingEnded)
	})
}

// However often a person does what may be done often, the tables grow by what one
// hour may add.
func TestAnAccountCannotFillTheTables(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		b.setUp()
		before := h.rows()
		for i := range 100 {
			name := fmt.Sprint("Anna ", i)
			h.must(second(h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{DisplayName: &name})))
			h.must(h.RenamePhone(h.ctx, b.caller(), name))
			h.must(b.setAddress(fmt.Sprintf("anna%d@example.org", i)))
			h.must(b.stepUp(goodPassword, ""))
			h.must(b.pause(time.Hour))
			b.generate()
		}
		// Seven kinds of events and three of notices, 20 of each, their counts, and 20
		// sets with 10 codes.
		if grown := h.rows() - before; grown < 100 || grown > (7+3)*20+7+20*11 {
			t.Errorf("%d rows were added", grown)
		}
		h.clock.move(time.Hour)
		h.must(h.Housekeep(h.ctx))
		sums := map[audit.Kind]int{}
		for _, e := range h.events() {
			sums[e.Kind] += max(e.Count, 1)
		}
		for kind, want := range map[audit.Kind]int{audit.ProfileChanged: 100, audit.PhoneRenamed: 100, audit.AddressChanged: 100, audit.Paused: 100, audit.CodesGenerated: 100} {
			if sums[kind] != want {
				t.Errorf("%s: %d are told, want %d", kind, sums[kind], want)
			}
		}
	})
}

// Somebody who has a site of IPv6 and many names adds a bounded number of rows: the
// tries of 16 addresses, and 20 events.
func TestASiteCannotFillTheTables(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		refused, held := 0, 0
		events := len(h.events())
		for i := range 600 {
			b := h.browser()
			b.client.Address = netip.MustParseAddr(fmt.Sprintf("2001:db8:7:%x::1", i))
			switch _, err := b.trySignIn(fmt.Sprint("nobody", i), "not the right password"); apperr.CodeOf(err) {
			case apperr.CredentialsWrong:
				refused++
			case apperr.SignInWait:
				held++
			default:
				t.Fatal(err)
			}
		}
		if refused != 480 || held != 120 {
			t.Errorf("%d passwords were compared and %d held back, want 480 and 120", refused, held)
		}
		if n := len(h.events()) - events; n != 20 {
			t.Errorf("%d events are kept, want 20", n)
		}
		h.clock.move(time.Hour)
		h.must(h.Housekeep(h.ctx))
		var compared, waited int
		for _, e := range h.events() {
			if e.Kind == audit.Password && e.AccountID == nil {
				if e.Reason == audit.ReasonWait {
					waited += e.Count
				} else {
					compared += max(e.Count, 1)
				}
				if e.Count == 460 && e.Address != "2001:db8:7::/48" {
					t.Errorf("the sum is of %q", e.Address)
				}
			}
		}
		if compared != 480 || waited != 120 {
			t.Errorf("%d refused and %d held back passwords are told, want 480 and 120", compared, waited)
		}
	})
}
