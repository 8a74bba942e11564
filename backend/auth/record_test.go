package auth_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/totp"
)

// events returns all events there are, the oldest first.
func (h *kit) events() (all []audit.Event) {
	h.Helper()
	h.must(audit.Export(h.ctx, h.db.Read(h.ctx), time.Time{}, func(e audit.Event) error {
		all = append(all, e)
		return nil
	}))
	return all
}

// briefs are events in a few words: kind, outcome, reason and factor.
func briefs(events []audit.Event) []string {
	all := make([]string, len(events))
	for i, e := range events {
		all[i] = strings.Join(strings.Fields(fmt.Sprint(e.Kind, " ", e.Outcome, " ", e.Reason, " ", e.Factor)), " ")
	}
	return all
}

// recordEverything does everything that has to be recorded (H11), except
// what has a test of its own: mails (TestDeliveriesAreEvents) and the key ring
// (TestRingEvents).
func recordEverything(h *kit) {
	h.Helper()
	h.must(h.RecordServer(h.ctx, audit.ServerStarted, nil))
	h.must(h.setUpAdministrator(h.setupToken(), "root", goodPassword))
	b := signedInAnna(h)
	p, codes := b.recordSetUp()
	h.recordUnknownBrowser(p)
	b.recordChanges(p, codes)
	b.recordOperator()
	h.must(h.RecordServer(h.ctx, audit.ServerStopped, nil))
}

// recordSetUp sets up the second factor, with mistakes, and signs out.
func (b *browser) recordSetUp() (*phone, auth.NewCodes) {
	h := b.kit
	h.Helper()
	_, err := h.browser().trySignIn("nobody", "not the right password")
	h.refused(err, apperr.CredentialsWrong)
	_, err = h.browser().trySignIn("anna", "not the right password")
	h.refused(err, apperr.CredentialsWrong)

	b.begin()
	h.must(h.CancelEnrollment(h.ctx, b.caller()))
	p := b.begin()
	h.refused(b.confirm(p.wrong()), apperr.CodeWrong)
	h.must(b.confirm(p.code(0)))
	codes := b.generate()
	h.must(h.ConfirmBackupCodes(h.ctx, b.caller(), 1))
	_, err = h.CheckBackupCode(h.ctx, b.caller(), codes.Codes[0])
	h.must(err)
	h.must(h.RenamePhone(h.ctx, b.caller(), "blue"))
	h.refused(b.stepUp("wrong", ""), apperr.PasswordWrong)
	h.clock.move(time.Minute)
	h.must(b.stepUp(goodPassword, p.code(0)))
	h.must(b.setAddress("anna@example.org"))
	name := "Anna"
	_, err = h.ChangeProfile(h.ctx, b.caller(), auth.ProfileInput{DisplayName: &name})
	h.must(err)
	b.signOut()
	return p, codes
}

// recordUnknownBrowser guesses codes with the right password, then gives up.
func (h *kit) recordUnknownBrowser(p *phone) {
	h.Helper()
	other := h.unknownBrowser(1)
	other.signIn("anna", goodPassword)
	h.must(h.ExtendPending(h.ctx, other.caller()))
	h.refused(other.verify(p.code(0)), apperr.CodeUsed)
	for range 4 {
		h.refused(other.verify(p.wrong()), apperr.CodeWrong)
	}
	h.refused(other.verify(p.wrong()), apperr.CodeWait)
	_, err := h.CancelPending(h.ctx, other.caller())
	h.must(err)
	h.must(h.RecordRefusal(h.ctx, h.unknownBrowser(2).caller(), string(apperr.CrossSite)))
}

// recordChanges goes through the changes of a person who has a second factor,
// until the session ends with wrong passwords.
func (b *browser) recordChanges(p *phone, codes auth.NewCodes) {
	h := b.kit
	h.Helper()
	b.signIn("anna", goodPassword)
	h.must(b.verify(codes.Codes[1]))
	b.signOut()
	h.clock.move(time.Minute)
	b.signIn("anna", goodPassword)
	h.must(b.verify(p.code(0)))
	h.must(b.changePassword(goodPassword, newPassword))
	other := h.browser()
	other.signIn("anna", newPassword)
	h.clock.move(time.Minute)
	h.must(other.verify(p.code(0)))
	h.must(h.EndSession(h.ctx, b.caller(), other.caller().Session.ID))
	h.browser().signIn("anna", newPassword)
	h.must(h.EndOtherSessions(h.ctx, b.caller()))
	h.must(b.pause(time.Hour))
	h.clock.move(time.Minute)
	h.must(b.enable(p.code(0)))
	fresh := b.begin()
	h.must(b.confirm(fresh.code(0)))
	h.must(h.damageSeed(b.caller()))
	other.signIn("anna", newPassword)
	h.refused(other.verify(fresh.code(0)), apperr.KeyUnreadable)
	h.must(b.removeKey())
	for range 5 {
		_ = b.stepUp("wrong", "")
	}
}

// recordOperator helps a person who is locked out, until the person is back.
func (b *browser) recordOperator() {
	h := b.kit
	h.Helper()
	h.must(second(h.SetPassword(h.ctx, "anna", goodPassword)))
	h.must(second(h.DisableAccount(h.ctx, "anna", false)))
	_, err := h.browser().trySignIn("anna", goodPassword)
	h.refused(err, apperr.CredentialsWrong)
	h.must(second(h.EnableAccount(h.ctx, "anna")))
	h.clock.move(2 * time.Hour)
	h.must(h.Housekeep(h.ctx))
	b.signIn("anna", goodPassword)
	h.must(b.changePassword(goodPassword, newPassword))
	b.setUp()
	h.must(second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{})))
	b.signIn("anna", newPassword)
}

// damageSeed changes one bit of the seed stored for the account of a caller.
func (h *kit) damageSeed(c *auth.Caller) error {
	return h.db.InTx(h.ctx, func(tx *database.Tx) error {
		k, err := totp.Find(h.ctx, tx, c.Account.ID)
		if err != nil {
			return err
		}
		k.SealedSeed[len(k.SealedSeed)-1] ^= 1
		return tx.Exec("UPDATE totp_keys SET sealed_seed = ? WHERE account_id = ?", k.SealedSeed, c.Account.ID).Error
	})
}

// Everything that has to be recorded is (H11), and nothing else.
func TestEveryEventIsRecorded(t *testing.T) {
	want := []string{
		"setup_completed ok", "account_created ok by the operator", "server_started ok", "server_stopped ok",
		"password failed unknown_name password", "password failed wrong password", "password failed account_disabled password",
		"password ok password", "sign_in ok", "sign_out ok", "sign_in_extended ok", "sign_in_cancelled ok",
		"second_factor ok totp", "second_factor ok backup", "second_factor failed wrong totp", "second_factor failed replayed totp",
		"second_factor denied wait totp", "second_factor denied unreadable totp", "password_known ok",
		"enrollment_begun ok", "enrollment_cancelled ok", "enrollment_code failed wrong totp", "key_bound ok", "key_moved ok", "key_removed ok",
		"paused ok", "resumed ok", "phone_renamed ok", "codes_generated ok", "codes_confirmed ok", "code_checked ok valid backup",
		"step_up_password failed wrong password", "step_up_password ok password", "step_up_code ok totp", "password_changed ok",
		"session_ended ok", "session_ended ok expired", "session_ended ok too_many", "other_sessions_ended ok", "notice_address_changed ok", "profile_changed ok",
		"account_disabled ok by the operator", "account_enabled ok by the operator", "password_changed ok by the operator",
		"key_removed ok by the operator", "refused denied cross_site",
	}
	each(t, func(h *kit) {
		recordEverything(h)
		events := h.events()
		got := briefs(events)
		for i, e := range events {
			if e.Actor == audit.Operator {
				got[i] += " by the operator"
			}
		}
		for _, brief := range want {
			if !slices.Contains(got, brief) {
				t.Errorf("no event %q", brief)
			}
		}
		for _, brief := range got {
			if !slices.Contains(want, brief) {
				t.Errorf("the event %q is in no list", brief)
			}
		}
	})
}

// Every event says when, who, in which session, from where and by which server
// (H12).
func TestEveryEventSaysWhoAndWhere(t *testing.T) {
	outside := []audit.Kind{audit.SetupCompleted, audit.Password, audit.SecondFactor, audit.SignInExtended, audit.SignInCancelled,
		audit.PasswordKnown, audit.Refused} // what happens where there is no session
	each(t, func(h *kit) {
		began := h.clock.Now()
		recordEverything(h)
		actors := map[string]bool{}
		for _, e := range h.events() {
			actors[e.Actor] = true
			if e.Time().Before(began) || e.Time().After(h.clock.Now()) || e.Version != "test" || e.Host != "test" {
				t.Errorf("event %+v", e)
			}
			summed := e.Outcome == audit.Denied && e.Count != 0
			unfinished := e.Kind == audit.PasswordKnown && e.RequestID == "" // seen in no request, but when the sign-in ended
			if e.Actor == audit.Person && !summed && (e.Address == "" || e.UserAgent == "" || e.RequestID == "" && !unfinished) {
				t.Errorf("event %+v does not say from where", e)
			}
			if e.Actor == audit.Person && !summed && !slices.Contains(outside, e.Kind) && e.SessionID == 0 {
				t.Errorf("event %+v does not say in which session", e)
			}
			about := e.Kind != audit.ServerStarted && e.Kind != audit.ServerStopped && e.Kind != audit.Refused && e.Reason != audit.ReasonUnknown
			if about != (e.AccountID != nil) {
				t.Errorf("event %+v is about %v", e, e.AccountID)
			}
		}
		if len(actors) != 3 || !actors[audit.Person] || !actors[audit.Operator] || !actors[audit.System] {
			t.Errorf("actors are %v", actors)
		}
	})
}

// Whatever happens afterwards, an event stays as it was recorded.
func TestNothingChangesAnEvent(t *testing.T) {
	each(t, func(h *kit) {
		h.addUser("bert")
		b := h.browser()
		b.signIn("bert", goodPassword)
		b.setUp()
		before := h.events()
		recordEverything(h)
		h.must(second(h.ResetTwoFactor(h.ctx, "bert", auth.Reset{})))
		h.must(second(h.DisableAccount(h.ctx, "bert", false)))
		h.must(h.Housekeep(h.ctx))
		after := h.events()
		if len(before) < 5 || len(after) < len(before) {
			t.Fatalf("%d events, then %d", len(before), len(after))
		}
		for i, e := range before {
			if fmt.Sprintf("%+v", value(e)) != fmt.Sprintf("%+v", value(after[i])) {
				t.Errorf("event %+v has become %+v", e, after[i])
			}
		}
	})
}

// value is an event without the pointer in it.
func value(e audit.Event) audit.Event {
	if e.AccountID != nil {
		e.SessionID += *e.AccountID << 32
		e.AccountID = nil
	}
	return e
}

// Binding, moving, pausing, enabling and removing are recorded with their time
// and address, and every other session shows a notice (D5, D6).
func TestChangesOfAKeyNotifyAndAreRecorded(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		began := h.clock.Now()
		b.client.Address, b.client.UserAgent = netip.MustParseAddr("203.0.113.5"), "Safari on iPhone"
		p := b.setUp()
		b.generate()
		p = b.setUp()
		h.must(b.pause(time.Hour))
		h.must(b.enable(p.code(0)))
		h.must(b.removeKey())
		want := "key_removed resumed paused key_moved codes_generated key_bound"
		var recorded []string
		for _, e := range h.events() {
			if !strings.Contains(want, string(e.Kind)) {
				continue
			}
			recorded = append([]string{string(e.Kind)}, recorded...)
			if e.Time().Before(began) || e.Time().After(h.clock.Now()) || e.Address != "203.0.113.5" || e.UserAgent != "Safari on iPhone" || e.SessionID == 0 {
				t.Errorf("event %+v", e)
			}
		}
		if got := strings.Join(recorded, " "); got != want {
			t.Errorf("recorded %s", got)
		}
		later := h.browser()
		later.signIn("anna", goodPassword)
		if got := strings.Join(later.noticeKinds(), " "); !strings.HasPrefix(got, want) {
			t.Errorf("the notices are %s", got)
		}
		notices, err := h.Notices(h.ctx, later.caller())
		h.must(err)
		if n := notices[0]; n.Address != "203.0.113.5" || n.UserAgent != "Safari on iPhone" || !n.Time().Equal(h.clock.Now()) {
			t.Errorf("notice %+v", n)
		}
	})
}
