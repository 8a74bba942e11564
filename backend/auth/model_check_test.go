package auth_test

import (
	"bytes"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// memory is what the database said after the step before.
type memory struct {
	latest   time.Time // the highest time there was
	keyID    []byte
	lastStep int64
	used     map[int64]bool // ids of used backup codes
	epoch    int64
	bound    bool // a key gave its first code in this step
}

func (m *memory) reset() { *m = memory{used: map[int64]bool{}} }

// look checks what must hold after every step: what each visitor is and sees,
// that replaced tokens are dead, and the tables.
func (w *model) look() {
	if w.now().After(w.memory.latest) {
		w.memory.latest = w.now()
	}
	for _, v := range w.visitors {
		w.settleDoubts(v)
		at := w.instances[v.at]
		c, err := at.Resolve(w.ctx(), v.client, v.tokens, true)
		w.must(err)
		w.seePause(v)
		w.compare(v, c)
		w.lookAtHelp(v, at, c)
		w.lookAtWays(v, at, c)
		if c.State == auth.SignedIn && w.nextIn(v.session) != auth.NextChangePassword {
			view, err := at.TwoFactor(w.ctx(), c)
			w.must(err)
			w.lookAt(v, view)
		}
	}
	w.lookAtRetired()
	w.lookAtKey()
	w.lookAtOwnKeys()
	w.lookAtCodes()
	w.lookAtEpochs()
	w.lookAtNotices()
	w.lookAtLink()
	w.lookAtHelper()
	w.memory.bound = false
	w.noteTimes()
}

func (w *model) lookAt(v *visitor, view auth.TwoFactorView) {
	w.lookAtOffer(v, view.PendingEnds)
	if v.session.recovery {
		if view.Key != auth.KeyNone || view.Enabled || view.Codes != nil || view.PhoneName != "" || view.HasFactor || len(view.Keys) > 0 {
			w.fail("%s sees the former factors: %+v", v.name, view)
		}
		return
	}
	w.lookAtObligation(v, view.Obligation)
	if view.Enabled != (w.owes() == session.LevelTwo) || view.Paused != w.paused() || w.paused() && !view.PausedUntil.Equal(w.pauseEnds()) {
		w.fail("%s sees enabled %v, paused %v until %v", v.name, view.Enabled, view.Paused, view.PausedUntil)
	}
	if view.HasFactor != w.any() || len(view.Keys) != len(w.keys) {
		w.fail("%s sees %d keys, and a factor: %v", v.name, len(view.Keys), view.HasFactor)
	}
	if want := w.keyState(); view.Key != want {
		w.fail("%s sees the key %q, the model says %q", v.name, view.Key, want)
	}
	w.lookAtSet(v, view.Codes)
}

func (w *model) lookAtOffer(v *visitor, seen time.Time) {
	ends := time.Time{}
	if offer := w.offered(v.session); offer != nil {
		ends = offer.ends
	}
	if !seen.Equal(ends) {
		w.fail("%s sees a set-up that ends at %v, the model says %v", v.name, seen, ends)
	}
}

func (w *model) lookAtSet(v *visitor, seen *auth.BackupCodesView) {
	switch {
	case (seen == nil) != (w.set == nil):
		w.fail("%s sees a set: %v", v.name, seen != nil)
	case seen == nil:
	case seen.Left != len(w.sheet):
		w.fail("%s sees %d codes, the model says %d", v.name, seen.Left, len(w.sheet))
	case seen.Dead != w.dead(throttle.BackupCode):
		w.fail("%s sees dead codes: %v", v.name, seen.Dead)
	case seen.Number != w.set.number || !seen.ConfirmedAt.Equal(w.set.confirmed) || !seen.CheckedAt.Equal(w.set.checked):
		w.fail("%s sees the set %+v, the model says %+v", v.name, *seen, *w.set)
	}
}

func (w *model) keyState() auth.KeyState {
	switch {
	case w.key == nil:
		return auth.KeyNone
	case w.key.lost:
		return auth.KeyUnreadable
	case w.dead(throttle.App):
		return auth.KeyDead
	}
	return auth.KeyLive
}

func (w *model) lookAtRetired() {
	for _, tokens := range w.retired {
		c, err := w.operator().Resolve(w.ctx(), w.visitors[0].client, tokens, true)
		w.must(err)
		if c.Session != nil || c.Pending != nil || c.Device != nil {
			w.fail("a token that was replaced counts again: session %v, pending %v, device %v", c.Session != nil, c.Pending != nil, c.Device != nil)
		}
	}
}

// lookAtKey: never two keys, a new one only with its first code, no step
// accepted before one that was.
func (w *model) lookAtKey() {
	var rows []struct {
		KeyID    []byte
		LastStep int64
	}
	w.must(w.operator().db.Read(w.ctx()).Raw("SELECT key_id, last_step FROM totp_keys WHERE account_id = ?", w.id).Scan(&rows).Error)
	if len(rows) > 1 || (len(rows) == 1) != (w.key != nil) {
		w.fail("there are %d keys, the model has one: %v", len(rows), w.key != nil)
	}
	m := &w.memory
	if len(rows) == 0 {
		m.keyID, m.lastStep = nil, 0
		return
	}
	row := rows[0]
	switch same := bytes.Equal(row.KeyID, m.keyID); {
	case !same && !m.bound:
		w.fail("a key is live that has given no code")
	case same && row.LastStep < m.lastStep:
		w.fail("the last step went from %d to %d", m.lastStep, row.LastStep)
	}
	if row.LastStep != w.key.spent {
		w.fail("the last step is %d, the model says %d", row.LastStep, w.key.spent)
	}
	m.keyID, m.lastStep = row.KeyID, row.LastStep
}

// lookAtCodes: what was used stays used, and one set is live.
func (w *model) lookAtCodes() {
	var rows []struct{ ID, UsedAt, ReplacedAt, SetNumber int64 }
	w.must(w.operator().db.Read(w.ctx()).Raw("SELECT id, used_at, replaced_at, set_number FROM backup_codes WHERE account_id = ?", w.id).Scan(&rows).Error)
	unused, sets := 0, map[int64]bool{}
	for _, row := range rows {
		if w.memory.used[row.ID] && row.UsedAt == 0 {
			w.fail("a used backup code is unused again")
		}
		if row.UsedAt != 0 {
			w.memory.used[row.ID] = true
		}
		if row.ReplacedAt != 0 {
			continue
		}
		sets[row.SetNumber] = true
		if row.UsedAt == 0 {
			unused++
		}
	}
	if unused != len(w.sheet) || len(sets) > 1 {
		w.fail("%d unused codes in %d live sets, the model says %d", unused, len(sets), len(w.sheet))
	}
}

// lookAtEpochs: the epoch never goes back, and what it has ended is gone. The last
// sign-in that was completed is kept.
func (w *model) lookAtEpochs() {
	read := w.operator().db.Read(w.ctx())
	var row struct{ Epoch, LastSignInAt int64 }
	w.must(read.Raw("SELECT epoch, last_sign_in_at FROM accounts WHERE id = ?", w.id).Scan(&row).Error)
	if want := max(w.lastSignIn.UnixMilli(), 0); row.LastSignInAt != want {
		w.fail("the last sign-in is of %d, the model says %d", row.LastSignInAt, want)
	}
	epoch := row.Epoch
	if epoch < w.memory.epoch {
		w.fail("the epoch went from %d to %d", w.memory.epoch, epoch)
	}
	w.memory.epoch = epoch
	for _, table := range []string{"sessions", "pending_sign_ins", "devices"} {
		var stale int
		w.must(read.Raw("SELECT COUNT(*) FROM "+table+" WHERE account_id = ? AND epoch <> ?", w.id, epoch).Scan(&stale).Error)
		if stale > 0 {
			w.fail("%d rows of an ended epoch in %s", stale, table)
		}
	}
}
