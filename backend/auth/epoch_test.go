package auth_test

import (
	"fmt"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/totp"
)

// What was obtained before a factor changed must not count after it.
func TestActivationEndsEverythingElse(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		other := h.browser()
		other.signIn("anna", goodPassword)
		elsewhere := other.begin()
		b.setUp()
		if c := other.caller(); c.State != auth.Anonymous || c.Device != nil {
			t.Errorf("the other browser is %+v", c)
		}
		h.refused(other.confirm(elsewhere.code(0)), apperr.SignedOut)
		if c := b.caller(); c.State != auth.SignedIn || c.Device == nil {
			t.Error("the acting session and its device must go on")
		}
		notices, err := h.Notices(h.ctx, b.caller())
		h.must(err)
		for _, n := range notices {
			if n.Kind == "key_bound" {
				t.Error("the acting session shows a notice of its own change")
			}
		}
	})
}

// A pause and a removal end every other session and leave the acting one.
func TestPauseAndRemovalEndOtherSessions(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		for _, weaken := range []func() error{
			func() error { return b.pause(time.Hour) },
			func() error { return b.removeKey() },
		} {
			h.clock.move(time.Minute)
			other := h.browser()
			if other.signIn("anna", goodPassword) == auth.NextSecondFactor {
				h.must(other.verify(p.code(0)))
			}
			h.must(weaken())
			if c := other.caller(); c.State != auth.Anonymous {
				t.Errorf("the other session is in the state %v", c.State)
			}
			if c := b.caller(); c.State != auth.SignedIn {
				t.Errorf("the acting session is in the state %v", c.State)
			}
		}
	})
}

// change is an act that changes what an account owes, in a session that has just
// given both factors.
type change struct {
	name    string
	prepare func(b *browser, p *phone) // before the tokens are copied, nil = nothing
	act     func(b *browser, p *phone) error
}

func pauseForAnHour(b *browser, _ *phone) { b.must(b.pause(time.Hour)) }

var changes = []change{
	{"change of password", nil, func(b *browser, _ *phone) error { return b.changePassword(goodPassword, newPassword) }},
	{"pause", nil, func(b *browser, _ *phone) error { return b.pause(time.Hour) }},
	{"change of a pause's end", pauseForAnHour, func(b *browser, _ *phone) error { return b.pause(0) }},
	{"enable", pauseForAnHour, func(b *browser, p *phone) error { return b.enable(p.code(1)) }},
	{"move", nil, func(b *browser, _ *phone) error { return b.confirm(b.begin().code(0)) }},
	{"remove", nil, func(b *browser, _ *phone) error { return b.removeKey() }},
	{"first set-up", func(b *browser, _ *phone) { b.must(b.removeKey()) },
		func(b *browser, _ *phone) error { return b.confirm(b.begin().code(0)) }},
}

// After a change, copies of the acting session's tokens are dead. The person goes on
// with new ones, in the same session.
func TestAChangeEndsCopiedTokens(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(h *kit) {
				b, p, _ := withCodes(h)
				b.signOut()
				b.signIn("anna", goodPassword)
				h.must(b.verify(p.code(0)))
				b.mustEndCopies(c, p)
			})
		})
	}
}

// The same goes for a session that a backup code has opened, which keeps its token
// in a step-up.
func TestAChangeEndsCopiedTokensOfABackupSession(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(h *kit) {
				b, p, codes := withCodes(h)
				b.signOut()
				b.signIn("anna", goodPassword)
				h.must(b.verify(codes.Codes[0]))
				b.mustEndCopies(c, p)
			})
		})
	}
}

// mustEndCopies makes a change and checks the tokens from before and after it.
func (b *browser) mustEndCopies(c change, p *phone) {
	b.Helper()
	if c.prepare != nil {
		c.prepare(b, p)
	}
	copied, id := *b, b.caller().Session.ID
	if copied.caller().Device == nil {
		b.Fatal("the browser is not known before the change")
	}
	b.must(c.act(b, p))
	if got := copied.caller(); got.State != auth.Anonymous || got.Session != nil || got.Device != nil {
		b.Errorf("the copies lead to the state %v, session %v, device %v", got.State, got.Session, got.Device)
	}
	if got := b.caller(); got.State != auth.SignedIn || got.Session.ID != id || got.Device == nil {
		b.Errorf("the person is in the state %v", got.State)
	}
}

// A change ends every pending key, also that of the acting session. No sealed seed of
// one is left.
func TestAChangeEndsPendingKeys(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		h.must(b.verify(p.code(0)))
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(other.verify(p.code(1)))
		other.begin()
		mine := b.begin()
		h.must(b.changePassword(goodPassword, newPassword))
		h.refused(b.confirm(mine.code(0)), apperr.PendingKeyEnded)
		var left int64
		h.must(h.db.Read(h.ctx).Model(&totp.Pending{}).Count(&left).Error)
		if left != 0 {
			t.Errorf("%d pending keys are left", left)
		}
	})
}

// A refused change leaves the tokens as they are: its answer brings no new ones.
func TestARefusedChangeKeepsTheTokens(t *testing.T) {
	each(t, func(h *kit) {
		b, p, _ := withCodes(h)
		h.must(b.pause(time.Hour))
		before := b.tokens
		h.refused(b.changePassword("wrong", newPassword), apperr.PasswordWrong)
		h.refused(b.enable(p.wrong()), apperr.CodeWrong)
		b.begin()
		h.refused(b.confirm(p.wrong()), apperr.CodeWrong)
		h.clock.move(5*time.Minute + time.Second)
		h.refused(b.pause(0), apperr.StepUpOwed)
		h.refused(b.removeKey(), apperr.StepUpOwed)
		if c := b.caller(); b.tokens != before || c.State != auth.SignedIn || c.Device == nil {
			t.Errorf("the browser is in the state %v", c.State)
		}
	})
}

// After an older copy of the database was restored, its sessions, pending sign-ins
// and devices count again until the operator ends them all.
func TestEndAllSessions(t *testing.T) {
	each(t, func(h *kit) {
		own, p := withKey(h)
		h.must(own.verify(p.code(0)))
		intruder := h.unknownBrowser(1)
		intruder.signIn("anna", goodPassword)
		h.addUser("otto")
		otto := h.browser()
		otto.signIn("otto", goodPassword)
		h.addAccounts(250) // more than one batch
		ended, err := h.EndAllSessions(h.ctx)
		h.must(err)
		if ended != 252 {
			t.Errorf("%d accounts, want 252", ended)
		}
		for name, b := range map[string]*browser{"anna": own, "an intruder": intruder, "otto": otto} {
			if c := b.caller(); c.State != auth.Anonymous || c.Device != nil {
				t.Errorf("%s is in the state %v", name, c.State)
			}
		}
		otto.signIn("otto", goodPassword)
		h.clock.move(time.Minute)
		own.signIn("anna", goodPassword)
		h.must(own.verify(p.code(0)))
		if n := count(own.noticeKinds(), "password_known"); n != 1 {
			t.Errorf("%d notices of the intruder's pending sign-in", n)
		}
		recorded := 0
		for _, e := range h.events() {
			if e.Kind == audit.AllEnded && e.Actor == audit.Operator {
				recorded++
			}
		}
		if recorded != 252 {
			t.Errorf("%d events, want 252", recorded)
		}
	})
}

// addAccounts makes accounts that nobody uses.
func (h *kit) addAccounts(n int) {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		for i := range n {
			a := account.New{Username: fmt.Sprint("user", i), PasswordHash: "x"}
			if _, err := account.Create(h.ctx, tx, a, h.clock.Now()); err != nil {
				return err
			}
		}
		return nil
	}))
}
