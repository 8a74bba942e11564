package auth_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
)

// Thousands of tries that were held back become one event an hour.
func TestHeldBackTriesAreOneEventAnHour(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		for range 5 {
			h.refused(intruder.verify(p.wrong()), apperr.CodeWrong)
		}
		for range 50 {
			h.refused(intruder.verify(p.wrong()), apperr.CodeWait)
		}
		h.must(h.Housekeep(h.ctx))
		h.clock.move(time.Hour)
		h.must(h.Housekeep(h.ctx))
		h.must(h.Housekeep(h.ctx))
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		events, _, err := h.Activity(h.ctx, own.caller(), 0)
		h.must(err)
		var held []audit.Event
		for _, e := range events {
			if e.Outcome == audit.Denied {
				held = append(held, e)
			}
		}
		if len(held) != 1 || held[0].Count != 50 || held[0].Reason != audit.ReasonWait {
			t.Errorf("events are %+v", held)
		}
	})
}

func TestHousekeepingEndsOverdueRecords(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		b.begin()
		h.clock.move(24 * time.Hour)
		h.must(h.Housekeep(h.ctx))
		b.signIn("anna", goodPassword)
		events, _, err := h.Activity(h.ctx, b.caller(), 0)
		h.must(err)
		want := []audit.Kind{audit.SignIn, audit.SessionEnded, audit.EnrollmentCancelled}
		var kinds []audit.Kind
		for _, e := range events[:min(len(want), len(events))] {
			kinds = append(kinds, e.Kind)
		}
		if !slices.Equal(kinds, want) {
			h.Errorf("the newest events are %v, want %v", kinds, want)
		}
	})
}

// Keys and sessions that nobody ends are recorded when they end: by their time, by
// the last try, or because a new one takes the place. Two instances record it once.
func TestAutomaticEndingsAreRecorded(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("anna")
		b := h.browser()
		b.signIn("anna", goodPassword)
		read := len(h.events())
		news := func(want ...string) {
			h.Helper()
			all := h.events()
			got := slices.DeleteFunc(briefs(all[read:]), func(brief string) bool {
				return !strings.HasPrefix(brief, "enrollment_") && !strings.HasPrefix(brief, "session_")
			})
			if !slices.Equal(got, want) {
				t.Errorf("got the events %q, want %q", got, want)
			}
			for _, e := range all[read:] {
				if e.Actor == audit.System && (e.AccountID == nil || e.SessionID == 0) {
					t.Errorf("event %+v does not say of whom", e)
				}
			}
			read = len(all)
		}
		b.begin()
		h.clock.move(10 * time.Minute)
		h.must(h.Housekeep(h.ctx))
		h.must(h.Housekeep(h.ctx))
		news("enrollment_begun ok", "enrollment_cancelled ok expired")

		h.must(b.stepUp(goodPassword, ""))
		b.begin()
		h.clock.move(10 * time.Minute)
		h.must(b.stepUp(goodPassword, ""))
		b.begin()
		h.must(h.Housekeep(h.ctx))
		news("enrollment_begun ok", "enrollment_cancelled ok expired", "enrollment_begun ok")

		p := b.begin()
		for range 10 {
			_ = b.confirm(p.wrong())
		}
		read = len(h.events())
		b.begin()
		news("enrollment_cancelled ok too_many", "enrollment_begun ok")

		h.must(h.CancelEnrollment(h.ctx, b.caller()))
		h.clock.move(time.Hour)
		read = len(h.events())
		h.must(h.Housekeep(h.ctx))
		h.must(h.Housekeep(h.ctx))
		news("session_ended ok expired")

		for range 20 {
			h.browser().signIn("anna", goodPassword)
		}
		news()
		h.browser().signIn("anna", goodPassword)
		news("session_ended ok evicted")

		h.clock.move(time.Hour)
		h.browser().signIn("anna", goodPassword)
		news(slices.Repeat([]string{"session_ended ok expired"}, 20)...)
	})
}
