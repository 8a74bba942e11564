package people_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/people"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

const why = "Lost on the train; I called back on the number that we have."

// helped is a person who has lost the phone, a helper, and the code that the helper gave.
type helped struct {
	*kit
	root, helga *someone
	anna        *someone // signed in where the phone was last used
	code        string
}

// giveHelp lets a helper give anna a help code.
func giveHelp(h *kit) *helped {
	h.Helper()
	g := &helped{kit: h, root: h.protected("root", account.Administrator), helga: h.protected("helga", account.Helper), anna: h.protected("anna", account.Person)}
	g.give()
	return g
}

func (g *helped) give() {
	g.Helper()
	g.helga.prove()
	given, err := g.GiveHelpCode(g.ctx, g.helga.by(), g.anna.id, why, 15*time.Minute)
	g.must(err)
	g.code = given.Code
}

// lost is the person at a browser that is new, who has given the password.
func (g *helped) lost() *someone {
	g.Helper()
	p := g.at("anna", g.anna.id)
	if next, err := p.trySignIn(goodPassword); err != nil || next != auth.NextSecondFactor {
		g.Fatalf("next is %q, %v", next, err)
	}
	return p
}

func (p *someone) useHelp(code string) error {
	p.Helper()
	r, err := p.UseHelpCode(p.ctx, p.caller(), code)
	p.keep(r.Issued)
	return err
}

// From the request to the new phone: the former factors work until the new one is
// confirmed, and then no more.
func TestAHelpCodeLeadsToANewPhone(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		codes, err := g.ReplaceBackupCodes(g.ctx, g.anna.caller(), noPaper)
		g.must(err)
		p := g.lost()
		spaced := strings.ToLower(strings.ReplaceAll(g.code, "-", " "))
		events := g.eventsOf(func() { g.must(p.useHelp(spaced)) })
		if !slices.ContainsFunc(events, func(e audit.Event) bool {
			return e.Kind == audit.HelpCodeUsed && e.Factor == "help" && e.Facts().By == "helga" && e.Facts().Detail == why
		}) {
			t.Errorf("the use is recorded as %+v", events)
		}
		c := p.caller()
		if c.State != auth.SignedIn || c.Next != auth.NextSetUp || !c.Session.Recovery || c.Session.Level != session.LevelPassword {
			t.Fatalf("the caller is %+v", c.Session)
		}
		if view, err := g.TwoFactor(g.ctx, c); err != nil || view.Key != auth.KeyNone || view.NoticeAddress != "" {
			t.Errorf("the recovery session sees %+v, %v", view, err)
		}
		// Until then the former ones work.
		other := g.anna.elsewhere()
		if n := other.detail().CodesLeft; n != 10 {
			t.Errorf("%d codes before", n)
		}
		p.setUp()
		c = p.caller()
		if c.Session.Recovery || c.Session.Level != session.LevelTwo || c.Next != auth.NextDone || c.Session.OverallEnd().Sub(c.Session.Created()) != 24*time.Hour {
			t.Errorf("after it the session is %+v", c.Session)
		}
		if d := p.detail(); d.CodesLeft != 0 || d.Codes != nil || d.Help != nil {
			t.Errorf("codes %d, help %v", d.CodesLeft, d.Help)
		}
		if c := other.caller(); c.State != auth.Anonymous {
			t.Error("another session goes on")
		}
		late := g.lost()
		g.refused(late.verify(codes.Codes[0]), apperr.CodeWrong)
		late.secret = g.anna.secret
		g.refused(late.verify(late.code()), apperr.CodeWrong)
		late.secret = p.secret
		g.must(late.verify(late.code()))
	})
}

// The recovery session can enrol and nothing else.
func TestARecoverySessionOnlyEnrols(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		p := g.lost()
		g.must(p.useHelp(g.code))
		pw, code, name := goodPassword, "123456", "Another"
		en := "en"
		for what, err := range map[string]error{
			"codes":       second(g.ReplaceBackupCodes(g.ctx, p.caller(), noPaper)),
			"pause":       second(g.Pause(g.ctx, p.caller(), time.Hour)),
			"remove":      second(g.RemoveFactors(g.ctx, p.caller())),
			"sessions":    second(g.Sessions(g.ctx, p.caller())),
			"end others":  g.EndOtherSessions(g.ctx, p.caller()),
			"password":    second(g.ChangePassword(g.ctx, p.caller(), pw, newPassword)),
			"application": second(g.OpenApplication(g.ctx, p.caller(), "https://wiki.example", "/", "")),
			"address":     g.SetNoticeAddress(g.ctx, p.caller(), auth.AddressInput{Email: "a@example.org", Language: "en"}),
			"name":        second(g.ChangeProfile(g.ctx, p.caller(), auth.ProfileInput{DisplayName: &name})),
			"not me":      g.RefuseHelp(g.ctx, p.caller()),
			"people":      p.by().Require(account.Person),
		} {
			if apperr.CodeOf(err) != apperr.SetUpOwed {
				t.Errorf("%s: %v", what, err)
			}
		}
		g.refused(second(g.StepUp(g.ctx, p.caller(), auth.StepUpInput{Password: &pw, Code: &code})), apperr.WrongState)
		g.must(second(g.ChangeProfile(g.ctx, p.caller(), auth.ProfileInput{Language: &en})))
		if notices, err := g.Notices(g.ctx, p.caller()); err != nil || len(notices) != 0 {
			t.Errorf("it sees %v, %v", notices, err)
		}
		if help, err := g.Help(g.ctx, p.caller()); err != nil || help != nil {
			t.Errorf("it sees %v, %v", help, err)
		}
		// After five minutes it takes the password again, and nothing else.
		g.clock.move(5*time.Minute + time.Second)
		if e := g.refused(second(g.BeginEnrollment(g.ctx, p.caller())), apperr.StepUpOwed); !slices.Equal(e.Need, []apperr.Need{apperr.NeedPassword}) {
			t.Errorf("it needs %v", e.Need)
		}
		i, err := g.StepUp(g.ctx, p.caller(), auth.StepUpInput{Password: &pw})
		g.must(err)
		p.keep(i)
		g.must(second(g.BeginEnrollment(g.ctx, p.caller())))
		g.clock.move(10 * time.Minute)
		if c := p.caller(); c.State != auth.Anonymous {
			t.Errorf("after 15 minutes the state is %v", c.State)
		}
	})
}

// noPaper is the sheet of tests that do not look at it.
func noPaper(*account.Account, auth.NewCodes) ([]byte, error) { return []byte("%PDF"), nil }

// What ends a help code: then it is as wrong as any other.
func TestWhatEndsAHelpCode(t *testing.T) {
	cases := map[string]func(g *helped){
		"its time is over":      func(g *helped) { g.clock.move(15 * time.Minute) },
		"another one was given": func(g *helped) { g.give() },
		"the person is renamed": func(g *helped) {
			g.must(g.Rename(g.ctx, auth.Operator, g.anna.id, people.Names{Username: "anna", DisplayName: "A"}))
		},
		"the epoch is raised": func(g *helped) {
			g.must(g.anna.changePassword())
		},
		"the person has a role":   func(g *helped) { g.must(g.SetRole(g.ctx, auth.Operator, g.anna.id, account.Helper, false)) },
		"the giver has no role":   func(g *helped) { g.must(g.SetRole(g.ctx, auth.Operator, g.helga.id, account.Person, false)) },
		"the giver is disabled":   func(g *helped) { g.must(g.Disable(g.ctx, auth.Operator, g.helga.id)) },
		"the giver is deleted":    func(g *helped) { g.must(g.Delete(g.ctx, auth.Operator, g.helga.id, "helga", false)) },
		"the giver has no factor": func(g *helped) { g.must(g.RemoveSecondFactor(g.ctx, auth.Operator, g.helga.id, "lost")) },
		"the person is let in anew": func(g *helped) {
			g.must(g.Disable(g.ctx, auth.Operator, g.anna.id))
			g.must(g.Enable(g.ctx, auth.Operator, g.anna.id))
		},
		"the person refuses it": func(g *helped) { g.must(g.RefuseHelp(g.ctx, g.anna.caller())) },
	}
	for name, end := range cases {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				g := giveHelp(h)
				former := g.code
				end(g)
				p := g.at("anna", g.anna.id)
				if _, err := p.trySignIn(goodPassword); err != nil {
					g.must(second(p.trySignIn(newPassword)))
				}
				g.refused(p.useHelp(former), apperr.CodeWrong)
				if d := g.anna.detail(); name != "another one was given" && d.Help != nil {
					t.Errorf("the page still shows %+v", d.Help)
				}
			})
		})
	}
}

// A code is for one account, and works once.
func TestAHelpCodeWorksOnce(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		g.protected("otto", account.Person)
		otto := g.at("otto", 0)
		if _, err := otto.trySignIn(goodPassword); err != nil {
			t.Fatal(err)
		}
		g.refused(otto.useHelp(g.code), apperr.CodeWrong)
		first, again := g.lost(), g.lost()
		for _, malformed := range []string{"", "HELP", g.code[:20], g.code + "7", strings.TrimPrefix(g.code, "HELP-"), "123456"} {
			before := g.dump()
			g.refusedField(first.useHelp(malformed), "code", "malformed")
			g.unchanged(before)
		}
		g.must(first.useHelp(g.code))
		if e := g.refused(again.useHelp(g.code), apperr.CodeUsed); e.TriesLeft == nil || *e.TriesLeft != 4 {
			t.Errorf("tries left: %v", e.TriesLeft)
		}
		// The budget is its own: the code of the app still has all its tries.
		again.secret = g.anna.secret
		g.must(again.verify(again.code()))
	})
}

// Tries are counted like those of backup codes.
func TestHelpCodesHaveABudget(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		p := g.lost()
		for range 5 {
			g.refused(p.useHelp("HELP-0000-0000-0000-0000"), apperr.CodeWrong)
		}
		if e := g.refused(p.useHelp(g.code), apperr.CodeWait); e.Wait != 30*time.Second {
			t.Errorf("the wait is %v", e.Wait)
		}
		g.clock.move(30 * time.Second)
		g.must(p.useHelp(g.code))
	})
}

// Of all who use one code at the same time, in two processes and several browsers, one
// gets a session.
func TestParallelUsesOfAHelpCode(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		h, o := raceKit(t, engine)
		g := giveHelp(h)
		use := helpUse{Ring: h.ringPath, Code: g.code, Now: h.clock.Now()}
		for range 8 {
			use.Tokens = append(use.Tokens, g.lost().tokens)
		}
		arg, err := json.Marshal(use)
		h.must(err)
		if got := testdb.Race(t, o, "help", string(arg)); got.Won != 1 || got.Lost != testdb.All()-1 {
			t.Errorf("%d won and %d lost of %d", got.Won, got.Lost, testdb.All())
		}
		var recoveries int64
		g.must(g.db.Read(g.ctx).Raw("SELECT COUNT(*) FROM sessions WHERE recovery = 1").Scan(&recoveries).Error)
		if recoveries != 1 {
			t.Errorf("%d recovery sessions", recoveries)
		}
	})
}

// helpUse is what a racing process needs to use a help code.
type helpUse struct {
	Ring, Code string
	Tokens     []auth.Tokens // of pending sign-ins
	Now        time.Time
}

func (u helpUse) run(ctx context.Context, db *database.DB) error {
	s, err := serviceOf(db, u.Ring, u.Now)
	if err != nil {
		return err
	}
	c, err := s.Resolve(ctx, auth.Client{}, u.Tokens[rand.IntN(len(u.Tokens))], false)
	if err != nil {
		return err
	}
	_, err = s.UseHelpCode(ctx, c, u.Code)
	return err
}

// Who gives a code to whom.
func TestWhoGivesHelpCodes(t *testing.T) {
	each(t, func(h *kit) {
		root, helga := h.protected("root", account.Administrator), h.protected("helga", account.Helper)
		other, anna := h.protected("other", account.Helper), h.protected("anna", account.Person)
		bare := h.person("bare")
		give := func(by, to *someone) error {
			by.prove()
			return second(h.GiveHelpCode(h.ctx, by.by(), to.id, why, 15*time.Minute))
		}
		h.refused(give(helga, root), apperr.RoleOwed)
		h.refused(give(helga, other), apperr.RoleOwed)
		h.refused(give(helga, helga), apperr.OwnAccount)
		h.refused(give(anna, other), apperr.RoleOwed)
		h.refused(give(helga, bare), apperr.WrongState)
		h.must(give(root, other))
		h.must(give(helga, anna))
		h.refused(second(h.GivePasswordLink(h.ctx, helga.by(), anna.id, "en")), apperr.ActedLately)
		h.must(second(h.GivePasswordLink(h.ctx, root.by(), anna.id, "en")))
		h.refused(give(root, anna), apperr.ActedLately)
		h.refusedField(second(h.GiveHelpCode(h.ctx, auth.Operator, anna.id, " ", time.Hour)), "reason", "empty")
		for _, d := range []time.Duration{-time.Minute, 0, 5*time.Minute - 1, 24*time.Hour + 1} {
			h.refusedField(second(h.GiveHelpCode(h.ctx, auth.Operator, anna.id, why, d)), "minutes", "not_allowed")
		}
		h.must(h.Disable(h.ctx, auth.Operator, anna.id))
		h.refused(second(h.GiveHelpCode(h.ctx, auth.Operator, anna.id, why, time.Hour)), apperr.WrongState)
		h.clock.move(10 * time.Minute)
		h.refused(second(h.GiveHelpCode(h.ctx, helga.by(), anna.id, why, time.Hour)), apperr.StepUpOwed)
	})
}

// *Not me* ends the code and the session that it has opened, and stops all help for a day.
func TestNotMe(t *testing.T) {
	for name, used := range map[string]bool{"before it is used": false, "after it was used": true} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				g := giveHelp(h)
				thief := g.lost()
				if used {
					g.must(thief.useHelp(g.code))
					thief.secret = first(g.BeginEnrollment(g.ctx, thief.caller())).Secret
				}
				seen, err := g.Help(g.ctx, g.anna.caller())
				if err != nil || seen == nil || seen.By != "helga" || (seen.UsedAt != 0) != used {
					t.Fatalf("the person sees %+v, %v", seen, err)
				}
				before := totpOf(g.anna)
				g.must(g.RefuseHelp(g.ctx, g.anna.caller()))
				if used {
					g.refused(second(g.ConfirmEnrollment(g.ctx, thief.caller(), thief.code(), "")), apperr.SignedOut)
				} else {
					g.refused(thief.useHelp(g.code), apperr.CodeWrong)
				}
				if after := totpOf(g.anna); string(after) != string(before) {
					t.Error("the key has changed")
				}
				g.refused(g.RefuseHelp(g.ctx, g.anna.caller()), apperr.WrongState)
				for _, reader := range []*someone{g.root, g.helga} {
					g.wantNotice(reader, notify.HelpRefused)
				}
				for what, err := range map[string]error{
					"another code": second(g.GiveHelpCode(g.ctx, g.root.proven(), g.anna.id, why, time.Hour)),
					"a link":       second(g.GivePasswordLink(g.ctx, g.root.proven(), g.anna.id, "en")),
					"removal":      g.RemoveSecondFactor(g.ctx, g.root.proven(), g.anna.id, why),
					"an address":   g.SetEmail(g.ctx, g.root.proven(), g.anna.id, "x@example.org"),
					"the operator": second(g.GiveHelpCode(g.ctx, auth.Operator, g.anna.id, why, time.Hour)),
				} {
					if e := g.refused(err, apperr.HelpStopped); e.Wait <= 23*time.Hour || e.Wait > 24*time.Hour {
						t.Errorf("%s: the wait is %v", what, e.Wait)
					}
				}
				g.clock.move(24 * time.Hour)
				g.root.enter()
				g.must(second(g.GiveHelpCode(g.ctx, g.root.by(), g.anna.id, why, time.Hour)))
			})
		})
	}
}

func (p *someone) proven() auth.Actor {
	p.Helper()
	p.prove()
	return p.by()
}

func (p *someone) changePassword() error {
	p.Helper()
	p.prove()
	i, err := p.ChangePassword(p.ctx, p.caller(), goodPassword, newPassword)
	p.keep(i)
	return err
}

func totpOf(p *someone) []byte {
	p.Helper()
	k, err := totp.Find(p.ctx, p.db.Read(p.ctx), p.id)
	p.must(err)
	return k.KeyID
}

// wantNotice checks that somebody has an open notice of a kind.
func (h *kit) wantNotice(reader *someone, kind notify.Kind) {
	h.Helper()
	var count int64
	h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(*) FROM notices WHERE account_id = ? AND kind = ? AND dismissed_at = 0", reader.id, kind).Scan(&count).Error)
	if count == 0 {
		h.Errorf("%s has no notice of %s", reader.name, kind)
	}
}

// Links and help codes of a restored database do not work.
func TestARestoreEndsHelpCodes(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		p := g.lost()
		g.must(g.EndRestored(g.ctx, auth.Restored{BackupAt: g.clock.Now()}))
		g.refused(p.useHelp(g.code), apperr.PendingEnded)
		g.refused(g.lost().useHelp(g.code), apperr.CodeWrong)
		var left int64
		g.must(g.db.Read(g.ctx).Raw("SELECT COUNT(*) FROM help_codes").Scan(&left).Error)
		if left != 0 {
			t.Errorf("%d codes are left", left)
		}
	})
}
