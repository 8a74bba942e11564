package people_test

import (
	"context"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
)

// doings are acts by their names.
type doings map[string]func(h *kit, by auth.Actor, p *someone) error

// What happens to somebody between the moment when the request is read and the one
// when it is carried out counts: each act is judged again under the lock.
func TestWhatHappensToTheActorCounts(t *testing.T) {
	onAnother := doings{
		"password link": takeovers["password link"],
		"end sessions":  func(h *kit, by auth.Actor, p *someone) error { return h.EndSessions(h.ctx, by, p.id) },
	}
	forAdministrators := doings{
		"disable": func(h *kit, by auth.Actor, p *someone) error { return h.Disable(h.ctx, by, p.id) },
		"role": func(h *kit, by auth.Actor, p *someone) error {
			return h.SetRole(h.ctx, by, p.id, account.Administrator, false)
		},
		"groups": func(h *kit, by auth.Actor, p *someone) error { return h.SetGroups(h.ctx, by, p.id, []string{"staff"}) },
		"join": func(h *kit, by auth.Actor, p *someone) error {
			return second(h.Join(h.ctx, by, h.groupID("staff"), []string{p.name}))
		},
		"create a group": func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.CreateGroup(h.ctx, by, h.fresh("group"), ""))
		},
		"invite": func(h *kit, by auth.Actor, _ *someone) error {
			_, _, err := h.Invite(h.ctx, by, people.Invitation{Username: h.fresh("guest"), Lifetime: oneWeek, Language: "en"})
			return err
		},
		"import": func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.Import(h.ctx, by, []byte("username\n"+h.fresh("row")+"\n"), people.InBrowser, oneWeek, "en"))
		},
		"create an application": func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.CreateApplication(h.ctx, by, application(h.fresh("app"))))
		},
		"export": func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.Export(h.ctx, by, "json", people.Query{}))
		},
	}
	for _, c := range []struct {
		what string
		role account.Role
		acts []doings
		do   func(actor *someone)
		want apperr.Code
	}{
		{"the role is taken away from a helper", account.Helper, []doings{onAnother}, func(a *someone) {
			a.must(a.SetRole(a.ctx, auth.Operator, a.id, account.Person, false))
		}, apperr.RoleOwed},
		{"an administrator becomes a helper", account.Administrator, []doings{forAdministrators}, func(a *someone) {
			a.must(a.SetRole(a.ctx, auth.Operator, a.id, account.Helper, false))
		}, apperr.RoleOwed},
		{"an administrator becomes a person", account.Administrator, []doings{onAnother, forAdministrators}, func(a *someone) {
			a.must(a.SetRole(a.ctx, auth.Operator, a.id, account.Person, false))
		}, apperr.RoleOwed},
		{"disabled", account.Administrator, []doings{onAnother, forAdministrators}, func(a *someone) {
			a.must(a.Disable(a.ctx, auth.Operator, a.id))
		}, apperr.SignedOut},
		{"deleted", account.Administrator, []doings{onAnother, forAdministrators}, func(a *someone) {
			a.must(a.Service.Delete(a.ctx, auth.Operator, a.id, a.name, false))
		}, apperr.SignedOut},
		{"the second factor is removed", account.Administrator, []doings{onAnother, forAdministrators}, func(a *someone) {
			a.must(a.RemoveSecondFactor(a.ctx, auth.Operator, a.id, "lost"))
		}, apperr.SignedOut},
		{"the session ends", account.Administrator, []doings{onAnother, forAdministrators}, func(a *someone) {
			a.must(second(a.SignOut(a.ctx, a.caller())))
		}, apperr.SignedOut},
		{"somebody ends the session", account.Helper, []doings{onAnother}, func(a *someone) {
			a.must(a.EndSessions(a.ctx, auth.Operator, a.id))
		}, apperr.SignedOut},
		{"the epoch rises", account.Administrator, []doings{onAnother, forAdministrators}, func(a *someone) {
			a.must(second(a.SetPassword(a.ctx, a.name, newPassword)))
		}, apperr.SignedOut},
		{"five minutes pass", account.Administrator, []doings{onAnother, forAdministrators}, func(a *someone) {
			a.clock.move(5*time.Minute + time.Second)
		}, apperr.StepUpOwed},
	} {
		t.Run(c.what, func(t *testing.T) {
			each(t, func(h *kit) {
				h.protected("root", account.Administrator)
				h.mustHaveGroup("staff")
				p := h.protected("anna", account.Person)
				for _, acts := range c.acts {
					for name, act := range acts {
						actor := h.protected(h.fresh("actor"), c.role)
						by := actor.by()
						c.do(actor)
						before := h.dump()
						if got := codeOf(act(h, by, p)); got != c.want {
							t.Errorf("%s: %q, want %q", name, got, c.want)
						}
						h.unchanged(before)
					}
				}
			})
		})
	}
}

// So does what happens to the other account: it is read once more under the lock.
func TestWhatHappensToTheTargetCounts(t *testing.T) {
	for what, c := range map[string]struct {
		do   func(p *someone)
		want apperr.Code
	}{
		"it becomes a helper's":         {func(p *someone) { p.must(p.SetRole(p.ctx, auth.Operator, p.id, account.Helper, false)) }, apperr.RoleOwed},
		"it becomes an administrator's": {func(p *someone) { p.must(p.SetRole(p.ctx, auth.Operator, p.id, account.Administrator, false)) }, apperr.RoleOwed},
		"it is deleted":                 {func(p *someone) { p.must(p.Service.Delete(p.ctx, auth.Operator, p.id, p.name, false)) }, apperr.NotFound},
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *kit) {
				p, helper := h.protected("anna", account.Person), h.protected("helper", account.Helper)
				by := helper.by()
				f, err := h.Target(h.ctx, p.id)
				h.must(err)
				c.do(p)
				before, done := h.dump(), false
				h.refused(second(h.ChangeFor(h.ctx, by, f, auth.Change{Helper: true, Events: []audit.Kind{audit.SessionsEnded},
					Do: func(context.Context, *database.Tx) error { done = true; return nil }})), c.want)
				h.unchanged(before)
				if done {
					t.Error("the change was made")
				}
			})
		})
	}
}

// Somebody is renamed between the moment when another rename reads the name and the one
// when it locks the account. No change of the user name remains untold.
func TestRenamedMeanwhile(t *testing.T) {
	for what, c := range map[string]struct {
		meanwhile, names people.Names
		want             apperr.Code // "" = nothing is left to do
	}{
		"the former name comes back":         {people.Names{Username: "emil"}, people.Names{Username: "anna", DisplayName: "Anna"}, apperr.WrongState},
		"only the display name would change": {people.Names{Username: "emil"}, people.Names{Username: "emil", DisplayName: "Emil"}, apperr.WrongState},
		"both want the same":                 {people.Names{Username: "emil"}, people.Names{Username: "emil"}, ""},
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *kit) {
				root, anna := h.protected("root", account.Administrator), h.protected("anna", account.Administrator)
				var before []byte
				h.must(h.db.Read(h.ctx).Callback().Row().After("gorm:row").Register("meanwhile", func(*database.Tx) {
					if before != nil {
						return // the other rename's own statements
					}
					before = []byte{}
					h.must(h.Rename(h.ctx, auth.Operator, anna.id, c.meanwhile))
					before = h.dump()
				}))
				err := h.Rename(h.ctx, auth.Operator, anna.id, c.names)
				if got := codeOf(err); got != c.want {
					t.Errorf("the answer is %v, want %q", err, c.want)
				}
				h.unchanged(before)
				if told := h.notices(root.id)[0]; told != "administrator_changed anna renamed" {
					t.Errorf("an administrator is told %q", told)
				}
				if told := h.notices(anna.id)[0]; told != "renamed emil" {
					t.Errorf("the person is told %q", told)
				}
			})
		})
	}
}

// An account that does not exist, and one that did.
func TestNobodysAccount(t *testing.T) {
	each(t, func(h *kit) {
		root, gone := h.protected("root", account.Administrator), h.protected("gone", account.Person)
		h.must(h.Service.Delete(h.ctx, auth.Operator, gone.id, "gone", false))
		root.prove()
		before := h.dump()
		for _, id := range []int64{0, -1, gone.id, 1 << 62} {
			p := h.at("gone", id)
			for name, act := range map[string]error{
				"find":     second(h.Find(h.ctx, root.by(), id)),
				"disable":  h.Disable(h.ctx, root.by(), id),
				"link":     takeovers["password link"](h, root.by(), p),
				"email":    takeovers["email"](h, root.by(), p),
				"role":     h.SetRole(h.ctx, root.by(), id, account.Person, false),
				"rename":   h.Rename(h.ctx, root.by(), id, people.Names{Username: "new"}),
				"groups":   h.SetGroups(h.ctx, root.by(), id, nil),
				"session":  h.Service.EndSession(h.ctx, root.by(), id, 1),
				"delete":   h.Service.Delete(h.ctx, root.by(), id, "gone", false),
				"reinvite": second(h.Reinvite(h.ctx, root.by(), id, oneWeek, "en")),
			} {
				if got := codeOf(act); got != apperr.NotFound {
					t.Errorf("%s of %d: %q", name, id, got)
				}
			}
			_, _, err := h.Service.Activity(h.ctx, root.by(), id, 0)
			h.refused(err, apperr.NotFound)
		}
		h.unchanged(before)
		// Nobody ends the session of another account by its id.
		anna, bert := h.person("anna"), h.person("bert")
		h.refused(h.Service.EndSession(h.ctx, root.by(), anna.id, bert.caller().Session.ID), apperr.NotFound)
		if bert.caller().State != auth.SignedIn {
			t.Error("the session of somebody else has ended")
		}
	})
}
