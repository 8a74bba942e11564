package auth_test

import (
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
)

// A restored database ends everything that was open at the time of the backup. Codes
// up to now count as spent, backup codes work, and an unrecognised browser that had
// the password is reported.
func TestEndRestored(t *testing.T) {
	each(t, func(h *kit) {
		own, p, codes := withCodes(h)
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		otto.begin()
		h.clock.move(time.Hour) // between the backup and the restore
		backupAt := h.clock.Now().Add(-time.Hour)
		h.must(h.EndRestored(h.ctx, auth.Restored{BackupAt: backupAt, Version: "1.2.3", Engine: "sqlite"}))
		for name, b := range map[string]*browser{"anna": own, "an intruder": intruder, "otto": otto} {
			if c := b.caller(); c.State != auth.Anonymous || c.Device != nil {
				t.Errorf("%s is in the state %v", name, c.State)
			}
		}
		for _, table := range []string{"sessions", "pending_sign_ins", "devices", "pending_keys", "setup_tokens"} {
			var left int64
			h.must(h.db.Read(h.ctx).Table(table).Count(&left).Error)
			if left != 0 {
				t.Errorf("%s has %d rows", table, left)
			}
		}
		own.tokens = auth.Tokens{}
		own.signIn("anna", goodPassword)
		h.refused(own.verify(p.code(0)), apperr.CodeUsed)
		h.must(own.verify(codes.Codes[0]))
		if n := count(own.noticeKinds(), "password_known"); n != 1 {
			t.Errorf("%d notices of the intruder's pending sign-in, want 1", n)
		}
		h.clock.move(30 * time.Second)
		again := h.browser()
		again.signIn("anna", goodPassword)
		h.must(again.verify(p.code(0)))
		var found []audit.Event
		for _, e := range h.events() {
			if e.Kind == "database_restored" {
				found = append(found, e)
			}
		}
		want := `{"backup_at":"` + backupAt.UTC().Format(time.RFC3339) + `","engine":"sqlite","version":"1.2.3"}`
		if len(found) != 1 || found[0].Actor != "operator" || found[0].Details != want {
			t.Errorf("the events are %+v, want one with %s", found, want)
		}
	})
}

// A key that has spent a later step than now keeps it.
func TestEndRestoredLowersNoStep(t *testing.T) {
	each(t, func(h *kit) {
		withKey(h)
		step := func() (last int64) {
			h.must(h.db.Read(h.ctx).Table("totp_keys").Select("last_step").Scan(&last).Error)
			return last
		}
		before := step()
		h.clock.move(-time.Hour)
		h.must(h.EndRestored(h.ctx, auth.Restored{}))
		if got := step(); got != before {
			t.Errorf("last step was %d and is %d", before, got)
		}
	})
}

// Restored keys work, although the counters of hardware keys are those of before. What was
// asked of a key before the restore is answered by nobody.
func TestKeysAfterARestore(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.HardwareKey)
		k.Counter = 7
		h.clock.move(time.Minute)
		b.enterKey(k)
		b.signIn("anna", goodPassword)
		late := b.answer(k)
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error { return tx.Exec("UPDATE passkeys SET sign_count = 3").Error })) // that of the backup
		h.must(h.EndRestored(h.ctx, auth.Restored{}))
		h.refused(b.sendVerify(late), apperr.PendingEnded)
		if len(h.keys()) != 1 {
			t.Fatalf("%d keys are left", len(h.keys()))
		}
		again := h.browser()
		k.Counter = 8
		again.enterKey(k)
		if count := h.keys()[0].SignCount; count != 8 {
			t.Errorf("the counter is %d, want 8", count)
		}
	})
}
