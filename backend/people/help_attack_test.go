package people_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
)

// binds tries to bind a new key in the person's session.
func (p *someone) binds() error {
	p.Helper()
	e, err := p.BeginEnrollment(p.ctx, p.caller())
	if err != nil {
		return err
	}
	p.secret = e.Secret
	return second(p.ConfirmEnrollment(p.ctx, p.caller(), p.code(), ""))
}

// A thief causes so many wrong codes that the next sign-in must change the password. The
// person still sees the help code in a live session, and can refuse it.
func TestWrongCodesDoNotHideNotMe(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		thief := g.lost()
		for wrong := 0; wrong < 20; h.clock.move(5 * time.Minute) {
			for _, code := range []string{"000000", "0000-0000-0000-0000"} {
				if apperr.CodeOf(thief.verify(code)) == apperr.CodeWrong {
					wrong++
				}
			}
			g.anna.caller() // goes on working
			if thief.caller().State != auth.PendingSecondFactor {
				h.must(second(thief.trySignIn(goodPassword)))
			}
		}
		g.helga.enter()
		g.give()
		h.must(second(thief.trySignIn(goodPassword)))
		g.must(thief.useHelp(g.code))
		if c := g.anna.caller(); c.Next != auth.NextChangePassword {
			t.Fatalf("the thief has not got far: next %s", c.Next)
		}
		if help, err := g.Help(g.ctx, g.anna.caller()); err != nil || help == nil {
			t.Errorf("the person sees %v, %v", help, err)
		}
		g.must(g.RefuseHelp(g.ctx, g.anna.caller()))
		g.refused(thief.binds(), apperr.SignedOut)
	})
}

// What ends a help code also ends what was begun with it: nobody binds a key after that.
func TestWhatEndsARecovery(t *testing.T) {
	for name, act := range map[string]func(g *helped) error{
		"renamed": func(g *helped) error {
			return g.Rename(g.ctx, auth.Operator, g.anna.id, people.Names{Username: "anna", DisplayName: "A"})
		},
		"e-mail":           func(g *helped) error { return g.SetEmail(g.ctx, auth.Operator, g.anna.id, "x@example.org") },
		"administrator":    func(g *helped) error { return g.SetRole(g.ctx, auth.Operator, g.anna.id, account.Administrator, false) },
		"giver disabled":   func(g *helped) error { return g.Disable(g.ctx, auth.Operator, g.helga.id) },
		"giver demoted":    func(g *helped) error { return g.SetRole(g.ctx, auth.Operator, g.helga.id, account.Person, false) },
		"giver is deleted": func(g *helped) error { return g.Delete(g.ctx, auth.Operator, g.helga.id, "helga", false) },
		"another code":     func(g *helped) error { return second(g.GiveHelpCode(g.ctx, auth.Operator, g.anna.id, why, time.Hour)) },
		"own act": func(g *helped) error {
			g.anna.prove()
			return g.ChooseEmail(g.ctx, g.anna.caller(), false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				g := giveHelp(h)
				g.must(g.db.InTx(g.ctx, func(tx *database.Tx) error {
					return tx.Exec("UPDATE accounts SET email = 'anna@example.org', email_own = 1 WHERE id = ?", g.anna.id).Error
				}))
				p := g.lost()
				g.must(p.useHelp(g.code))
				key := string(totpOf(g.anna))
				g.must(act(g))
				g.refused(p.binds(), apperr.SignedOut)
				if string(totpOf(g.anna)) != key {
					t.Error("the key has changed")
				}
			})
		})
	}
}

// Tries that are left do not tell that a code was given.
func TestTriesLeftDoNotTellOfAHelpCode(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		p := g.lost()
		left := func() int { return *g.refused(p.useHelp("HELP-0000-0000-0000-0000"), apperr.CodeWrong).TriesLeft }
		before := left()
		g.give()
		if after := left(); after != before-1 {
			t.Errorf("%d tries left, then %d", before, after)
		}
		// A lane that was stopped works again with a new code.
		g.must(g.db.InTx(g.ctx, func(tx *database.Tx) error {
			return tx.Exec("UPDATE code_budgets SET failures = 60 WHERE account_id = ? AND method = 'help'", g.anna.id).Error
		}))
		g.refused(p.useHelp(g.code), apperr.KeyDead)
		g.give()
		g.must(p.useHelp(g.code))
	})
}

// Every reason that is allowed fits into the event.
func TestLongReasonsFitIntoTheEvent(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		for _, sign := range []string{"<", "&", "\"", "\\", "😀", "ä", "\u200d"} {
			reason := "x" + strings.Repeat(sign, 198) + "x"
			g.helga.prove()
			events := g.eventsOf(func() {
				g.must(second(g.GiveHelpCode(g.ctx, g.helga.by(), g.anna.id, reason, 15*time.Minute)))
			})
			if last := events[len(events)-1]; last.Facts().Detail != reason {
				t.Errorf("%q is recorded as %q", reason, last.Details)
			}
			g.root.prove()
			g.must(g.GiveException(g.ctx, g.root.by(), g.anna.id, reason, h.clock.Now().Add(time.Hour)))
		}
	})
}

// A help code ends a pause: the sign-in asks for it. The password alone, from the pause,
// neither sees the code nor refuses it, and has to be given again before it enrols.
func TestAHelpCodeDuringAPause(t *testing.T) {
	each(t, func(h *kit) {
		g := &helped{kit: h, root: h.protected("root", account.Administrator), helga: h.protected("helga", account.Helper), anna: h.protected("anna", account.Person)}
		g.must(second(g.anna.keepIssued(g.Pause(g.ctx, g.anna.caller(), 0))))
		p := g.at("anna", g.anna.id)
		g.must(second(p.trySignIn(goodPassword)))
		g.refused(g.RefuseHelp(g.ctx, p.caller()), apperr.StepUpOwed)
		events := g.eventsOf(g.give)
		ended := slices.ContainsFunc(events, func(e audit.Event) bool {
			return e.Kind == audit.Resumed && e.Reason == audit.ReasonHelpCode && e.Facts().By == "helga"
		})
		if !ended || g.anna.account().PausedAt != 0 {
			t.Errorf("the end of the pause is among %+v", events)
		}
		if c := p.caller(); c.State != auth.PendingSecondFactor {
			t.Errorf("the session of the pause is %v", c.State)
		}
		g.must(p.useHelp(g.code))
		g.refused(p.binds(), apperr.StepUpOwed)
		pw := goodPassword
		g.must(second(p.keepIssued(g.StepUp(g.ctx, p.caller(), auth.StepUpInput{Password: &pw}))))
		g.must(p.binds())
	})
}

// *Not me* ends the link of another helper, too.
func TestNotMeEndsAPasswordLink(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		harry := g.protected("harry", account.Helper)
		link := first(g.GivePasswordLink(g.ctx, harry.by(), g.anna.id, "en"))
		g.must(g.RefuseHelp(g.ctx, g.anna.caller()))
		g.refused(g.at("anna", g.anna.id).useLink(link.Token, newPassword), apperr.LinkEnded)
	})
}

// An account that an instance of an older version has made has no budget for help codes.
func TestAMissingBudgetIsMade(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		g.must(g.db.InTx(g.ctx, func(tx *database.Tx) error {
			return tx.Exec("DELETE FROM code_budgets WHERE account_id = ? AND method = 'help'", g.anna.id).Error
		}))
		p := g.lost()
		if e := g.refused(p.useHelp("HELP-0000-0000-0000-0000"), apperr.CodeWrong); *e.TriesLeft != 4 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		g.must(p.useHelp(g.code))
	})
}

// Who gave an exception or a code is not taken for the operator after the account is gone.
func TestADeletedGiverIsNotTheOperator(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		g.root.prove()
		g.must(g.GiveException(g.ctx, g.root.by(), g.anna.id, "x", h.clock.Now().Add(time.Hour)))
		g.must(g.Delete(g.ctx, auth.Operator, g.root.id, "root", true))
		if e := g.anna.detail().Exception; e == nil || !strings.HasPrefix(e.GivenBy, "#") {
			t.Errorf("the exception is %+v", e)
		}
		g.must(g.lost().useHelp(g.code))
		g.must(g.Delete(g.ctx, auth.Operator, g.helga.id, "helga", false))
		if help := g.anna.detail().Help; help == nil || !strings.HasPrefix(help.By, "#") {
			t.Errorf("the code is %+v", help)
		}
	})
}
