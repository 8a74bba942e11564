package people_test

import (
	"errors"
	"fmt"
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
)

// brief is an event in a few words.
func brief(e audit.Event) string {
	facts, on := e.Facts(), "nobody"
	if e.AccountID != nil {
		on = fmt.Sprint(*e.AccountID)
	}
	text := fmt.Sprintf("%s of %s: %s %s", e.Kind, on, e.Actor, facts.By)
	for _, fact := range []struct{ name, value string }{{"group", facts.Group}, {"detail", facts.Detail}, {"reason", e.Reason}} {
		if fact.value != "" {
			text += fmt.Sprintf(", %s %s", fact.name, fact.value)
		}
	}
	if e.Count != 0 {
		text += fmt.Sprintf(", count %d", e.Count)
	}
	return text
}

// notices returns the notices of somebody, the newest first: kind, who acted, whom
// it is about, and its word.
func (h *kit) notices(id int64) (all []string) {
	h.Helper()
	var rows []notify.Notice
	h.must(h.db.Read(h.ctx).Where("account_id = ?", id).Order("id DESC").Find(&rows).Error)
	for _, n := range rows {
		all = append(all, strings.Join(strings.Fields(fmt.Sprint(n.Kind, " ", n.Actor, " ", n.Subject, " ", n.Detail)), " "))
	}
	return all
}

// addressed gives somebody a confirmed address for notices.
func (p *someone) addressed(address string) {
	p.Helper()
	p.must(p.db.InTx(p.ctx, func(tx *database.Tx) error {
		return tx.Exec("INSERT INTO notice_addresses (account_id, address, confirmed_at, language) VALUES (?, ?, ?, 'en')",
			p.id, address, p.clock.Now().UnixMilli()).Error
	}))
}

// mails returns what waits to be sent: kind, recipient and who acted.
func (h *kit) mails() (all []string) {
	h.Helper()
	var rows []struct{ Kind, Recipient, Actor string }
	h.must(h.db.Read(h.ctx).Raw("SELECT kind, recipient, actor FROM mails WHERE next_try_at > 0 ORDER BY id").Scan(&rows).Error)
	for _, row := range rows {
		all = append(all, strings.TrimSpace(row.Kind+" "+row.Recipient+" "+row.Actor))
	}
	return all
}

// Each act records its event with who acted and what it was about, and tells the
// person. ID stands for the account's id.
func TestActsAreRecordedAndTold(t *testing.T) {
	names := people.Names{Username: "anna", DisplayName: "Anna"}
	for _, c := range []struct {
		name   string
		before func(p *someone) // what makes the act possible
		act    func(h *kit, by auth.Actor, p *someone) error
		events []string // after who acted
		told   []string // ACTOR stands for who acted
	}{
		{"end a session", func(p *someone) { p.elsewhere() }, func(h *kit, by auth.Actor, p *someone) error {
			return h.Service.EndSession(h.ctx, by, p.id, p.caller().Session.ID)
		}, []string{"sessions_ended of ID: ACTOR, count 1"}, []string{"sessions_ended ACTOR"}},
		{"end all sessions", func(p *someone) { p.elsewhere() }, func(h *kit, by auth.Actor, p *someone) error {
			return h.EndSessions(h.ctx, by, p.id)
		}, []string{"sessions_ended of ID: ACTOR, count 2"}, []string{"sessions_ended ACTOR"}},
		{"password link", nil, func(h *kit, by auth.Actor, p *someone) error {
			return second(h.GivePasswordLink(h.ctx, by, p.id, "de"))
		}, []string{"password_link_given of ID: ACTOR"}, []string{"password_link_given ACTOR"}},
		{"disable", nil, func(h *kit, by auth.Actor, p *someone) error { return h.Disable(h.ctx, by, p.id) },
			[]string{"account_disabled of ID: ACTOR"}, []string{"operator_disabled ACTOR"}},
		{"enable", (*someone).keptOut, func(h *kit, by auth.Actor, p *someone) error { return h.Service.Enable(h.ctx, by, p.id) },
			[]string{"account_enabled of ID: ACTOR"}, []string{"operator_enabled ACTOR"}},
		{"remove second factor", nil, func(h *kit, by auth.Actor, p *someone) error {
			return h.RemoveSecondFactor(h.ctx, by, p.id, "  The phone is lost. ")
		}, []string{"key_removed of ID: ACTOR, detail The phone is lost."}, []string{"operator_reset ACTOR"}},
		{"rename", nil, func(h *kit, by auth.Actor, p *someone) error {
			return h.Rename(h.ctx, by, p.id, people.Names{Username: "Hannah"})
		}, []string{"renamed of ID: ACTOR, detail Hannah"}, []string{"renamed ACTOR Hannah"}},
		{"display name", nil, func(h *kit, by auth.Actor, p *someone) error { return h.Rename(h.ctx, by, p.id, names) },
			[]string{"renamed of ID: ACTOR, detail anna"}, nil},
		{"email", nil, func(h *kit, by auth.Actor, p *someone) error { return h.SetEmail(h.ctx, by, p.id, "Anna@Example.org") },
			[]string{"email_changed of ID: ACTOR, detail Anna@Example.org"}, []string{"email_changed ACTOR Anna@Example.org"}},
		{"role", nil, func(h *kit, by auth.Actor, p *someone) error {
			return h.SetRole(h.ctx, by, p.id, account.Helper, false)
		},
			[]string{"role_changed of ID: ACTOR, detail helper"}, []string{"role_changed ACTOR helper"}},
		{"groups", func(p *someone) { p.inStaff() }, func(h *kit, by auth.Actor, p *someone) error {
			return h.SetGroups(h.ctx, by, p.id, []string{"crew"})
		}, []string{"group_left of ID: ACTOR, group staff", "group_joined of ID: ACTOR, group crew"}, nil},
		{"delete", nil, func(h *kit, by auth.Actor, p *someone) error { return h.Service.Delete(h.ctx, by, p.id, "ANNA", false) },
			[]string{"account_deleted of ID: ACTOR"}, nil},
		{"join", nil, func(h *kit, by auth.Actor, p *someone) error {
			return second(h.Join(h.ctx, by, h.groupID("crew"), []string{"ANNA"}))
		}, []string{"group_joined of ID: ACTOR, group crew"}, nil},
		{"leave", func(p *someone) { p.inStaff() }, func(h *kit, by auth.Actor, p *someone) error {
			return h.Leave(h.ctx, by, h.groupID("staff"), p.id)
		}, []string{"group_left of ID: ACTOR, group staff"}, nil},
		{"create a group", nil, func(h *kit, by auth.Actor, _ *someone) error { return second(h.CreateGroup(h.ctx, by, "new", "")) },
			[]string{"group_created of nobody: ACTOR, group new"}, nil},
		{"change a group", nil, func(h *kit, by auth.Actor, _ *someone) error {
			return h.ChangeGroup(h.ctx, by, h.groupID("staff"), "team", "")
		}, []string{"group_changed of nobody: ACTOR, group staff, detail team"}, nil},
		{"change nothing of a group", nil, func(h *kit, by auth.Actor, _ *someone) error {
			return h.ChangeGroup(h.ctx, by, h.groupID("staff"), "staff", "")
		}, nil, nil},
		{"delete a group", func(p *someone) { p.inStaff() }, func(h *kit, by auth.Actor, _ *someone) error {
			return h.DeleteGroup(h.ctx, by, h.groupID("staff"))
		}, []string{"group_deleted of nobody: ACTOR, group staff"}, nil},
		{"export", nil, func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.Export(h.ctx, by, "csv", people.Query{Search: "anna"}))
		}, []string{"people_exported of nobody: ACTOR, count 1"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(h *kit) {
				root := h.protected("root", account.Administrator)
				for by, who := range map[string]func() auth.Actor{"administrator root": root.by, "operator root": func() auth.Actor { return auth.Operator }} {
					for _, group := range []string{"staff", "crew"} {
						h.mustHaveGroup(group)
					}
					p := h.protected("anna", account.Person)
					if c.before != nil {
						c.before(p)
					}
					root.prove()
					earlier := len(h.notices(p.id))
					got := h.eventsOf(func() { h.must(c.act(h, who(), p)) })
					var said []string
					for _, e := range got {
						said = append(said, strings.ReplaceAll(brief(e), fmt.Sprintf(" of %d:", p.id), " of ID:"))
						h.checkEvent(e, by, root)
					}
					if want := replaced(c.events, by); !slices.Equal(said, want) {
						t.Errorf("by %s the events are %q, want %q", by, said, want)
					}
					if c.name == "delete" {
						h.resetNames()
						continue
					}
					actor := strings.TrimPrefix(by, "administrator ")
					if by == "operator root" {
						actor = "" // what the system user is called stands in the events only
					}
					told := h.notices(p.id)
					if want := replaced(c.told, actor); !slices.Equal(told[:len(told)-earlier], want) {
						t.Errorf("by %s the person is told %q, want %q", by, told[:len(told)-earlier], want)
					}
					h.must(h.Service.Delete(h.ctx, auth.Operator, p.id, p.account().Username, true))
					h.resetNames()
				}
			})
		})
	}
}

func replaced(all []string, actor string) []string {
	var done []string
	for _, one := range all {
		done = append(done, strings.Join(strings.Fields(strings.ReplaceAll(one, "ACTOR", actor)), " "))
	}
	for i := range done {
		done[i] = strings.ReplaceAll(done[i], " ,", ",")
	}
	return done
}

// resetNames lets the next round use the same names and groups.
func (h *kit) resetNames() {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		if err := tx.Exec("DELETE FROM user_groups").Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM former_names").Error
	}))
}

// checkEvent checks where an act came from: the session of who acted, or the command
// line.
func (h *kit) checkEvent(e audit.Event, by string, root *someone) {
	h.Helper()
	switch {
	case e.Outcome != audit.OK, e.Version != "test", e.Host != "test":
		h.Errorf("the event is %+v", e)
	case by == "operator root" && (e.Address != "" || e.UserAgent != "" || e.SessionID != 0):
		h.Errorf("the event of the operator is %+v", e)
	case by != "operator root" && (e.Address != "192.0.2.7" || e.UserAgent != "Firefox" || e.SessionID != root.caller().Session.ID || e.RequestID != "r"):
		h.Errorf("the event of a person is %+v", e)
	case !e.ByOther():
		h.Errorf("%s looks like an act of the person", brief(e))
	}
}

// Acts of one hour are never one event: each says who did it.
func TestActsAreNeverSummedUp(t *testing.T) {
	each(t, func(h *kit) {
		helper := h.protected("helper", account.Helper)
		p := h.protected("anna", account.Person)
		events := h.eventsOf(func() {
			for range 30 {
				h.must(second(h.GivePasswordLink(h.ctx, helper.by(), p.id, "en")))
			}
			h.clock.move(2 * time.Hour)
			h.must(h.Housekeep(h.ctx))
		})
		given := 0
		for _, e := range events {
			if e.Kind == audit.LinkGiven && e.Count == 0 && e.Facts().By == "helper" {
				given++
			}
		}
		if given != 30 {
			t.Errorf("%d events, want 30", given)
		}
	})
}

// A change of a role is told to the person and to all enabled administrators, also to
// the one who made it, in other sessions.
func TestRolesAreToldToAllAdministrators(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator)
		ada := h.protected("ada", account.Administrator)
		gone := h.protected("gone", account.Administrator)
		h.must(h.Disable(h.ctx, auth.Operator, gone.id))
		helper := h.protected("helper", account.Helper)
		anna := h.protected("anna", account.Person)
		root.prove()
		h.must(h.SetRole(h.ctx, root.by(), anna.id, account.Administrator, false))
		for _, c := range []struct {
			who  *someone
			want []string
		}{
			{root, []string{"role_of_other root anna administrator"}},
			{ada, []string{"role_of_other root anna administrator"}},
			{gone, nil}, {helper, nil},
			{anna, []string{"role_changed root administrator"}},
		} {
			var about []string
			for _, n := range h.notices(c.who.id) {
				if strings.Contains(n, "root") {
					about = append(about, n)
				}
			}
			if !slices.Equal(about, c.want) {
				t.Errorf("%s is told %q, want %q", c.who.name, about, c.want)
			}
		}
		h.clock.move(time.Second)
		for who, want := range map[*someone]int{root: 0, root.elsewhere(): 1} {
			shown, err := h.Notices(h.ctx, who.caller())
			h.must(err)
			count := 0
			for _, n := range shown {
				if n.Kind == notify.RoleOfOther && n.Subject == "anna" {
					count++
				}
			}
			if count != want {
				t.Errorf("%d notices in a session of the one who did it, want %d", count, want)
			}
		}
		h.must(h.SetRole(h.ctx, auth.Operator, anna.id, account.Person, false))
		if got := h.notices(anna.id)[0]; got != "role_changed person" {
			t.Errorf("the person is told %q", got)
		}
		if got := h.notices(root.id)[0]; got != "role_of_other anna person" {
			t.Errorf("an administrator is told %q", got)
		}
	})
}

// A role other than person needs a second factor.
func TestRolesNeedASecondFactor(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator)
		bare := h.person("bare")
		invited, _ := h.invited("invited")
		root.prove()
		for _, by := range []auth.Actor{root.by(), auth.Operator} {
			for _, p := range []*someone{bare, invited} {
				for _, role := range []account.Role{account.Helper, account.Administrator} {
					h.refused(h.SetRole(h.ctx, by, p.id, role, false), apperr.FactorMissing)
				}
				h.refused(h.SetRole(h.ctx, by, p.id, account.Person, false), apperr.WrongState) // it is one
			}
			for _, role := range []account.Role{"", "root", "Administrator"} {
				h.refusedField(h.SetRole(h.ctx, by, bare.id, role, false), "role", "not_allowed")
			}
			h.refused(h.SetRole(h.ctx, by, 1<<40, account.Helper, false), apperr.NotFound)
		}
		// Who lost the factor loses what the role allows, and keeps the role.
		helper := h.protected("helper", account.Helper)
		h.must(h.RemoveSecondFactor(h.ctx, auth.Operator, helper.id, "lost"))
		helper.secret = ""
		helper.enter()
		h.refused(second(h.List(h.ctx, helper.by(), people.Query{})), apperr.FactorOwed)
		h.must(h.SetRole(h.ctx, auth.Operator, helper.id, account.Person, false))
		h.refused(second(h.List(h.ctx, helper.by(), people.Query{})), apperr.RoleOwed)
	})
}

// takeovers are the acts of which one person may do only one for an account in 24
// hours: with two of them one could sign in as the person.
var takeovers = doings{
	"password link": func(h *kit, by auth.Actor, p *someone) error {
		return second(h.GivePasswordLink(h.ctx, by, p.id, "en"))
	},
	"remove second factor": func(h *kit, by auth.Actor, p *someone) error {
		return h.RemoveSecondFactor(h.ctx, by, p.id, "The phone is lost.")
	},
	"email": func(h *kit, by auth.Actor, p *someone) error {
		return h.SetEmail(h.ctx, by, p.id, h.fresh("mail")+"@example.org")
	},
}

func TestNobodyTakesAnAccountOverAlone(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator)
		for one, do := range takeovers {
			for other, also := range takeovers {
				if one == other {
					continue
				}
				p := h.protected(h.fresh("anna"), account.Person)
				root.enter()
				h.must(do(h, root.by(), p))
				began := h.clock.Now()
				h.clock.move(time.Minute)
				if e := h.refused(also(h, root.by(), p), apperr.ActedLately); e.Wait != 24*time.Hour-time.Minute {
					t.Errorf("%s after %s: wait %v", other, one, e.Wait)
				}
				root.enterAt(began.Add(24*time.Hour - time.Millisecond))
				h.refused(also(h, root.by(), p), apperr.ActedLately) // a refused try has moved nothing
				h.clock.move(time.Millisecond)
				if err := also(h, root.by(), p); err != nil {
					t.Errorf("%s a day after %s: %v", other, one, err)
				}
			}
		}
	})
}

// Without the second factor the password alone opens the account, so a password that
// somebody else has had is changed first.
func TestNoFactorIsRemovedWhilePasswordIsKnown(t *testing.T) {
	each(t, func(h *kit) {
		root, ada := h.protected("root", account.Administrator), h.protected("ada", account.Administrator)
		anna := h.protected("anna", account.Person)
		thief := h.at("anna", anna.id)
		h.must(second(thief.trySignIn(goodPassword)))
		h.refused(thief.verify("000000"), apperr.CodeWrong)
		root.prove()
		before := h.dump()
		h.refused(h.RemoveSecondFactor(h.ctx, root.by(), anna.id, "lost"), apperr.PasswordKnown)
		h.unchanged(before)
		ada.prove()
		link, err := h.GivePasswordLink(h.ctx, ada.by(), anna.id, "en")
		h.must(err)
		h.must(anna.useLink(link.Token, newPassword))
		root.prove()
		h.must(h.RemoveSecondFactor(h.ctx, root.by(), anna.id, "lost"))
	})
}

// enterAt signs in at a later moment. The phone's next code takes 30 seconds.
func (p *someone) enterAt(at time.Time) {
	p.Helper()
	p.clock.move(at.Add(-30 * time.Second).Sub(p.clock.Now()))
	p.enter()
}

// What holds one person back holds back neither another one nor the operator, and the
// same act again gives no further power.
func TestOthersMayHelpToo(t *testing.T) {
	each(t, func(h *kit) {
		root, ada, helper := h.protected("root", account.Administrator), h.protected("ada", account.Administrator), h.protected("helper", account.Helper)
		anna, bert := h.protected("anna", account.Person), h.protected("bert", account.Person)
		for _, p := range []*someone{root, ada, helper} {
			p.prove()
		}
		h.must(takeovers["password link"](h, helper.by(), anna))
		h.must(takeovers["password link"](h, root.by(), anna))
		h.must(takeovers["password link"](h, root.by(), anna))
		h.refused(takeovers["email"](h, root.by(), anna), apperr.ActedLately)
		h.must(takeovers["email"](h, root.by(), bert)) // another account
		h.must(takeovers["email"](h, auth.Operator, anna))
		h.must(takeovers["remove second factor"](h, ada.by(), anna))
		h.refused(takeovers["password link"](h, ada.by(), anna), apperr.ActedLately)
		h.must(takeovers["password link"](h, auth.Operator, anna))
		// What fails is no act: there is nothing to remove any more.
		h.refused(takeovers["remove second factor"](h, auth.Operator, anna), apperr.WrongState)
		eva := h.person("eva")
		h.refused(takeovers["remove second factor"](h, ada.by(), eva), apperr.WrongState)
		h.must(takeovers["password link"](h, ada.by(), eva))
		// Other acts neither count nor are held back.
		h.must(h.Disable(h.ctx, ada.by(), eva.id))
		h.must(h.Service.Enable(h.ctx, ada.by(), eva.id))
		h.must(h.Rename(h.ctx, ada.by(), eva.id, people.Names{Username: "eve"}))
		h.must(takeovers["password link"](h, ada.by(), eva))
	})
}

// The memory of these acts is deleted when they hold nothing back any more, no
// earlier.
func TestHousekeepingKeepsWhatHoldsBack(t *testing.T) {
	each(t, func(h *kit) {
		root, p := h.protected("root", account.Administrator), h.protected("anna", account.Person)
		root.prove()
		h.must(takeovers["password link"](h, root.by(), p))
		h.clock.move(24*time.Hour - time.Millisecond)
		h.must(h.Housekeep(h.ctx))
		if got := h.countRows("takeovers"); got != 1 {
			t.Errorf("before a day is over there are %d", got)
		}
		h.clock.move(time.Millisecond)
		h.must(h.Housekeep(h.ctx))
		if got := h.countRows("takeovers"); got != 0 {
			t.Errorf("after a day there are %d", got)
		}
	})
}

func (h *kit) countRows(table string) (n int64) {
	h.Helper()
	h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(*) FROM " + table).Scan(&n).Error)
	return n
}

// The last enabled administrator with a second factor stays. Administrators who are
// disabled, or whose second factor is missing or cannot be read, do not count.
func TestTheLastAdministratorStays(t *testing.T) {
	taking := map[string]func(h *kit, id int64, name string, evenLast bool) error{
		"disable": func(h *kit, id int64, _ string, _ bool) error { return h.Disable(h.ctx, auth.Operator, id) },
		"make a person": func(h *kit, id int64, _ string, evenLast bool) error {
			return h.SetRole(h.ctx, auth.Operator, id, account.Person, evenLast)
		},
		"make a helper": func(h *kit, id int64, _ string, evenLast bool) error {
			return h.SetRole(h.ctx, auth.Operator, id, account.Helper, evenLast)
		},
		"remove second factor": func(h *kit, id int64, _ string, _ bool) error {
			return h.RemoveSecondFactor(h.ctx, auth.Operator, id, "lost")
		},
		"delete": func(h *kit, id int64, name string, evenLast bool) error {
			return h.Service.Delete(h.ctx, auth.Operator, id, name, evenLast)
		},
	}
	for name, take := range taking {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *kit) {
				root := h.protected("root", account.Administrator)
				h.protected("helper", account.Helper)
				gone := h.protected("gone", account.Administrator)
				h.must(h.Disable(h.ctx, auth.Operator, gone.id))
				bare := h.protected("bare", account.Administrator)
				h.must(h.RemoveSecondFactor(h.ctx, auth.Operator, bare.id, "lost"))
				damaged, dead := h.protected("damaged", account.Administrator), h.protected("dead", account.Administrator)
				h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
					return errors.Join(tx.Exec("UPDATE totp_keys SET sealed_seed = ? WHERE account_id = ?", []byte("damaged"), damaged.id).Error,
						tx.Exec("UPDATE code_budgets SET failures = 1000 WHERE account_id = ?", dead.id).Error)
				}))
				before := h.dump()
				h.refused(take(h, root.id, "root", false), apperr.LastAdministrator)
				h.unchanged(before)
				// Another one with a second factor, even a paused one, makes room.
				ada := h.protected("ada", account.Administrator)
				ada.keep(first(h.Pause(h.ctx, ada.caller(), 0)))
				h.must(take(h, root.id, "root", false))
				// And is the last one then.
				before = h.dump()
				h.refused(take(h, ada.id, "ada", false), apperr.LastAdministrator)
				h.unchanged(before)
				if name != "disable" && name != "remove second factor" { // the operator insists
					h.must(take(h, ada.id, "ada", true))
				}
			})
		})
	}
}

// An administrator whose app is dead may still have backup codes: one without a second
// factor does not stand in.
func TestADeadFactorIsBetterThanNone(t *testing.T) {
	each(t, func(h *kit) {
		root, bare := h.protected("root", account.Administrator), h.protected("bare", account.Administrator)
		h.must(h.RemoveSecondFactor(h.ctx, auth.Operator, bare.id, "lost"))
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
			return tx.Exec("UPDATE code_budgets SET failures = 1000 WHERE account_id = ?", root.id).Error
		}))
		h.refused(h.Disable(h.ctx, auth.Operator, root.id), apperr.LastAdministrator)
		h.must(h.Disable(h.ctx, auth.Operator, bare.id))
	})
}

// Without any second factor one administrator after the other can go, but the last.
func TestTheLastBareAdministratorStays(t *testing.T) {
	each(t, func(h *kit) {
		root, ada := h.person("root"), h.person("ada")
		for _, a := range []*someone{root, ada} {
			h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
				return account.SetRole(h.ctx, tx, &account.Account{ID: a.id}, account.Administrator, h.Now())
			}))
		}
		h.must(h.Disable(h.ctx, auth.Operator, ada.id))
		h.refused(h.Disable(h.ctx, auth.Operator, root.id), apperr.LastAdministrator)
		h.refused(h.SetRole(h.ctx, auth.Operator, root.id, account.Person, false), apperr.LastAdministrator)
		h.refused(h.Service.Delete(h.ctx, auth.Operator, root.id, "root", false), apperr.LastAdministrator)
		h.must(h.SetRole(h.ctx, auth.Operator, root.id, account.Person, true))
	})
}

// Who is no administrator any more does not count as one: the operator may disable or
// delete helpers, people, and administrators who are disabled.
func TestOnlyAnAdministratorCanBeTheLast(t *testing.T) {
	each(t, func(h *kit) {
		gone := h.protected("gone", account.Administrator)
		root := h.protected("root", account.Administrator)
		h.must(h.Disable(h.ctx, auth.Operator, gone.id))
		h.must(h.Service.Delete(h.ctx, auth.Operator, gone.id, "gone", false))
		helper := h.protected("helper", account.Helper)
		h.must(h.Disable(h.ctx, auth.Operator, helper.id))
		h.must(h.Service.Delete(h.ctx, auth.Operator, helper.id, "helper", false))
		h.refused(h.Service.Delete(h.ctx, auth.Operator, root.id, "root", false), apperr.LastAdministrator)
	})
}

// Deleting asks for the user name, mails the person, and leaves only the events and
// the name, which nobody else gets.
func TestDelete(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator)
		anna := h.protected("anna", account.Person)
		anna.addressed("anna@example.org")
		anna.inStaffOf("staff")
		h.must(h.SetEmail(h.ctx, auth.Operator, anna.id, "anna@work.example"))
		h.must(second(h.GivePasswordLink(h.ctx, auth.Operator, anna.id, "en")))
		root.prove()
		h.must(takeovers["password link"](h, root.by(), anna))
		before := h.dump()
		for _, wrong := range []string{"", "ann", "anna@work.example", "root", "anna anna"} {
			h.refusedField(h.Service.Delete(h.ctx, root.by(), anna.id, wrong, false), "username", "different")
		}
		h.unchanged(before)
		events := 0
		for _, e := range h.events() {
			if e.AccountID != nil && *e.AccountID == anna.id {
				events++
			}
		}
		mails := h.mails()
		h.must(h.Service.Delete(h.ctx, root.by(), anna.id, " Anna ", false))
		if got := h.mails()[len(mails):]; !slices.Equal(got, []string{"account_deleted anna@example.org root"}) {
			t.Errorf("mailed %q", got)
		}
		left := 0
		for _, e := range h.events() {
			if e.AccountID != nil && *e.AccountID == anna.id {
				left++
			}
		}
		if left != events+1 {
			t.Errorf("%d events of the account, want %d", left, events+1)
		}
		for _, table := range []string{"sessions", "devices", "totp_keys", "code_budgets", "notices", "notice_addresses", "account_links", "account_words",
			"group_members", "takeovers"} {
			var rows int
			h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(*) FROM "+table+" WHERE account_id = ?", anna.id).Scan(&rows).Error)
			if rows != 0 {
				t.Errorf("%d rows in %s", rows, table)
			}
		}
		if anna.caller().State != auth.Anonymous {
			t.Error("the person is still signed in")
		}
		h.refused(second(anna.trySignIn(goodPassword)), apperr.CredentialsWrong)
		for _, name := range []string{"anna", "ANNA"} {
			_, _, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: name, Lifetime: oneWeek, Language: "en"})
			h.refusedField(err, "username", "taken")
		}
		_, _, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "other", Email: "anna@work.example", Lifetime: oneWeek, Language: "en"})
		h.must(err) // the address is free again
		h.refused(h.Service.Delete(h.ctx, root.by(), anna.id, "anna", false), apperr.NotFound)
	})
}

func (p *someone) inStaffOf(group string) {
	p.Helper()
	p.mustHaveGroup(group)
	p.must(second(p.Join(p.ctx, auth.Operator, p.groupID(group), []string{p.name})))
}

// Reasons of removing a second factor are required text.
func TestReasons(t *testing.T) {
	each(t, func(h *kit) {
		root, p := h.protected("root", account.Administrator), h.protected("anna", account.Person)
		root.prove()
		before := h.dump()
		for reason, why := range map[string]string{"": "empty", " \t ": "empty", strings.Repeat("ä", 201): "too_long", "a\x00b": "not_allowed", "a\u202eb": "not_allowed"} {
			h.refusedField(h.RemoveSecondFactor(h.ctx, root.by(), p.id, reason), "reason", why)
		}
		h.unchanged(before)
		h.must(h.RemoveSecondFactor(h.ctx, root.by(), p.id, strings.Repeat("ä", 200)))
	})
}
