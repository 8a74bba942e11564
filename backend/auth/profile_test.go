package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

func TestActivityShowsOwnEventsInPages(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.addUser("otto")
		for range 50 {
			h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
			h.must(b.stepUp(goodPassword, ""))
			h.clock.move(3 * time.Minute) // of what is alike 20 events are kept in an hour
		}
		seen, before := 0, int64(0)
		for {
			events, more, err := h.Activity(h.ctx, b.caller(), before)
			h.must(err)
			for _, e := range events {
				if *e.AccountID != b.caller().Account.ID || before != 0 && e.ID >= before {
					t.Fatalf("event is %+v", e)
				}
				before = e.ID
			}
			seen += len(events)
			if !more {
				break
			}
		}
		if seen <= 2*50 {
			t.Errorf("%d events", seen)
		}
	})
}

func TestProfileAndAddress(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		name, german, odd := "Anna Ölmüller", "de", "xx"
		a, err := h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{DisplayName: &name, Language: &german})
		h.must(err)
		if a.DisplayName != name || a.Language != german || a.Theme != "" {
			t.Errorf("account is %+v", a)
		}
		_, err = h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{Theme: &odd})
		h.refused(err, apperr.Invalid)
		for _, address := range []string{"x", "a b@example.com", "Anna <a@example.com>", "a@example.com\r\nBcc: b@example.com"} {
			h.refused(h.SetNoticeAddress(h.ctx, b.caller(), auth.AddressInput{Email: address}), apperr.Invalid)
		}
		h.must(h.SetNoticeAddress(h.ctx, b.caller(), auth.AddressInput{Email: " a@example.com "}))
		h.clock.move(5*time.Minute + time.Second)
		h.refused(h.SetNoticeAddress(h.ctx, b.caller(), auth.AddressInput{}), apperr.StepUpOwed)
	})
}
