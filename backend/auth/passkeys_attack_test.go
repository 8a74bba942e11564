package auth_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// What somebody may try who knows the password and has had one code.

// A person who was phished has typed password and code into somebody else's page. With both
// just given, the thief can change nothing of what guards the account.
func TestAPhishedCodeChangesNoFactor(t *testing.T) {
	each(t, func(h *kit) {
		thief, p, k, _ := appAndKey(h)
		if c := thief.caller(); c.Session.Level != session.LevelTwo || !c.Session.PasswordFresh(h.clock.Now()) || !c.Session.FactorFresh(h.clock.Now()) {
			t.Fatalf("the session is %+v", c.Session)
		}
		h.clock.move(time.Minute)
		thief.caller() // which keeps when the session was last used
		for round := range 2 {
			for _, g := range guarded {
				before := testdb.Dump(t, h.db)
				err := g.act(thief, k)
				if e := h.refused(err, apperr.StepUpOwed); fmt.Sprint(e.Need) != "[key]" {
					t.Errorf("%s needs %v", g.name, e.Need)
				}
				if !bytes.Equal(testdb.Dump(t, h.db), before) {
					t.Errorf("%s, which was refused, has changed something", g.name)
				}
			}
			if round == 0 { // one more code of the same person is no more
				h.must(thief.stepUp(goodPassword, p.code(0)))
			}
		}
		h.must(h.RenameKey(h.ctx, thief.caller(), k.id, "harmless"))
	})
}

// With a key that counts a code of the app changes no password, which would shut the owner
// out. Beside the app a new key does not either.
func TestAPhishedCodeChangesNoPassword(t *testing.T) {
	each(t, func(h *kit) {
		owner := signedInAnna(h)
		p := owner.setUp()
		k := owner.add(passkey.Passkey)
		thief := h.browser()
		thief.enterKey(k)
		h.owes(thief.changePassword(goodPassword, newPassword), apperr.NeedAppCode)
		h.clock.move(72 * time.Hour)
		thief.enterCode(p)
		owner.enterKey(k)
		h.owes(thief.changePassword(goodPassword, newPassword), apperr.NeedKey)
		if in := signedIn(owner, thief); !slices.Equal(in, []int{0, 1}) {
			t.Errorf("signed in: %v", in)
		}
		h.must(owner.changePassword(goodPassword, newPassword))
		// Not even where a new password is demanded.
		h.must(second(h.SetPassword(h.ctx, "anna", goodPassword)))
		h.clock.move(time.Minute)
		thief.signIn("anna", goodPassword)
		h.must(thief.verify(p.code(0)))
		h.owes(thief.changePassword(goodPassword, newPassword), apperr.NeedKey)
	})
}

// A key whose making was begun with a code is not added once another one counts.
func TestAKeyThatWasBegunBeforeAnotherCounts(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		p := b.setUp()
		b.add(passkey.Passkey)
		h.clock.move(72*time.Hour - 2*time.Minute)
		thief := h.browser()
		thief.enterCode(p)
		answer, err := thief.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.clock.move(2 * time.Minute)
		_, err = thief.sendMade(answer)
		h.refused(err, apperr.CeremonyEnded)
		if n := len(h.keys()); n != 1 {
			t.Errorf("there are %d keys", n)
		}
	})
}

// A session that a new key has opened dismisses no notice: the person would not learn of it.
func TestANewKeyHidesNoNotice(t *testing.T) {
	each(t, func(h *kit) {
		owner := signedInAnna(h)
		p := owner.setUp()
		thief := h.browser()
		thief.enterCode(p)
		planted := thief.add(passkey.Passkey)
		h.clock.move(time.Minute)
		second := h.browser()
		second.enterKey(planted)
		shown, err := h.Notices(h.ctx, second.caller())
		h.must(err)
		if len(shown) == 0 {
			t.Fatal("no notice is shown")
		}
		h.owes(h.DismissNotice(h.ctx, second.caller(), shown[0].ID), apperr.NeedAppCode)
		if n := h.noticesOf(notify.PasskeyAdded); n != 1 {
			t.Errorf("%d notices are open", n)
		}
		h.clock.move(time.Minute)
		h.must(second.stepUp("", p.code(0)))
		h.must(h.DismissNotice(h.ctx, second.caller(), shown[0].ID))
	})
}

// A request that is in flight when its session ends changes no key.
func TestAKeyRequestOfAnEndedSessionChangesNothing(t *testing.T) {
	each(t, func(h *kit) {
		owner, k := keysOnly(h, passkey.Passkey)
		b := h.browser()
		b.enterKey(k)
		spare := b.add(passkey.HardwareKey)
		used, madeBy := b.answer(k), b.caller()
		late := *madeBy
		made, err := b.make(newOwnKey(passkey.Passkey))
		h.must(err)
		h.must(h.EndOtherSessions(h.ctx, owner.caller()))
		before := testdb.Dump(t, h.db)
		for name, err := range map[string]error{
			"ask":     second(h.AskKey(h.ctx, &late, passkey.Passkey, false)),
			"step up": second(h.StepUp(h.ctx, &late, auth.StepUpInput{Key: []byte(used)})),
			"make":    second(h.MakeKey(h.ctx, &late, passkey.Passkey)),
			"add":     second(h.AddKey(h.ctx, &late, []byte(made))),
			"rename":  h.RenameKey(h.ctx, &late, k.id, "late"),
			"remove":  second(h.RemoveKey(h.ctx, &late, spare.id)),
			"not me":  second(h.RefuseKey(h.ctx, &late, k.id)),
		} {
			if apperr.CodeOf(err) != apperr.SignedOut {
				t.Errorf("%s: got %v, want %s", name, err, apperr.SignedOut)
			}
		}
		if !bytes.Equal(testdb.Dump(t, h.db), before) {
			t.Error("something was changed")
		}
	})
}
