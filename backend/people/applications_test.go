package people_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

// The acts on applications have the grids of acts on groups.
func init() {
	acts = append(acts,
		&act{name: "list applications", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.Service.Applications(h.ctx, by))
		}},
		&act{name: "find an application", grid: administratorsRead, reads: true, ready: (*someone).withWiki, on: func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.Application(h.ctx, by, h.appNamed("Wiki").ID))
		}},
		&act{name: "try a request", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, p *someone) error {
			return second(h.Try(h.ctx, by, "https://wiki.example.com/", "GET", p.name))
		}},
		&act{name: "create an application", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.CreateApplication(h.ctx, by, application(h.fresh("app"))))
		}},
		&act{name: "change an application", grid: nobodysAccount, ready: (*someone).withWiki, on: func(h *kit, by auth.Actor, _ *someone) error {
			return second(h.ChangeApplication(h.ctx, by, h.appNamed("Wiki")))
		}},
		&act{name: "delete an application", grid: nobodysAccount, ready: (*someone).withWiki, on: func(h *kit, by auth.Actor, _ *someone) error {
			return h.DeleteApplication(h.ctx, by, h.appNamed("Wiki").ID)
		}})
}

// application is one that everybody may open, at an address made of its name.
func application(name string, rules ...people.ApplicationRule) people.Application {
	if rules == nil {
		rules = []people.ApplicationRule{{Path: "/", Methods: people.AllMethods, Who: app.Everybody, Groups: []string{}, Factor: app.Password, Origins: []string{}}}
	}
	return people.Application{Name: name, Addresses: []string{"https://" + strings.ToLower(name) + ".example.com"}, Rules: rules}
}

// forGroups is a rule for all methods.
func forGroups(path string, groups ...string) people.ApplicationRule {
	return people.ApplicationRule{Path: path, Methods: people.AllMethods, Who: app.Groups, Groups: groups, Factor: app.Password, Origins: []string{}}
}

func (h *kit) mustCreate(a people.Application) people.Application {
	h.Helper()
	created, err := h.CreateApplication(h.ctx, auth.Operator, a)
	h.must(err)
	return created
}

// appNamed is the application of a name, zero = there is none.
func (h *kit) appNamed(name string) people.Application {
	h.Helper()
	all, err := h.Service.Applications(h.ctx, auth.Operator)
	h.must(err)
	if i := slices.IndexFunc(all, func(a people.Application) bool { return a.Name == name }); i >= 0 {
		return all[i]
	}
	return people.Application{}
}

// withWiki lets the application Wiki be there.
func (p *someone) withWiki() {
	p.Helper()
	if p.appNamed("Wiki").ID == 0 {
		p.mustCreate(application("Wiki"))
	}
}

// atLogin gives the sign-in an address.
func atLogin(d *auth.Deps) { d.PublicURL = "https://login.example.com" }

// What administrators write comes back with the names of groups.
func TestApplicationsAsTheyAreWritten(t *testing.T) {
	each(t, func(h *kit) {
		h.mustHaveGroup("staff")
		h.mustHaveGroup("crew")
		root := h.protected("root", account.Administrator)
		files := people.Application{Name: "  Files ", Addresses: []string{"https://FILES.example.com:443/", "http://localhost:3000"}, Rules: []people.ApplicationRule{
			{Path: "/Open/", Methods: people.Reading, Who: app.Public, Factor: app.NoFactor},
			{Path: "/", Methods: people.AllMethods, Who: app.Groups, Groups: []string{"staff", "crew", "staff"}, Factor: app.TwoFactors, MaxAgeMinutes: 1440, Origins: []string{"https://other.example.com"}},
		}}
		created, err := h.CreateApplication(h.ctx, root.by(), files)
		h.must(err)
		want := people.Application{ID: created.ID, Revision: 1, Name: "Files", Addresses: []string{"https://files.example.com", "http://localhost:3000"}, Rules: []people.ApplicationRule{
			{Path: "/Open", Methods: people.Reading, Who: app.Public, Groups: []string{}, Factor: app.NoFactor, Origins: []string{}},
			{Path: "/", Methods: people.AllMethods, Who: app.Groups, Groups: []string{"crew", "staff"}, Factor: app.TwoFactors, MaxAgeMinutes: 1440, Origins: []string{"https://other.example.com"}},
		}}
		h.mustCreate(application("Blog"))
		change := func(a people.Application) people.Application {
			t.Helper()
			changed, err := h.ChangeApplication(h.ctx, root.by(), a)
			h.must(err)
			return changed
		}
		same := func(what string, got people.Application) {
			t.Helper()
			if found, err := h.Application(h.ctx, root.by(), want.ID); err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(found, want) {
				t.Errorf("%s: %+v, found %+v, %v, want %+v", what, got, found, err, want)
			}
		}
		same("created", created)
		want.Revision = 2
		same("written back as it was read", change(created))
		want.Name, want.Rules = "Docs", []people.ApplicationRule{} // refuses everybody
		changed := change(want)
		want.Revision = 3
		same("changed", changed)
		all, err := h.Service.Applications(h.ctx, root.by())
		h.must(err)
		if len(all) != 2 || all[0].Name != "Blog" || !reflect.DeepEqual(all[1], want) {
			t.Errorf("listed: %+v", all)
		}
	}, atLogin)
}

// A change is recorded with who made it, and all administrators that are enabled are
// told, also the one who made it. Helpers and persons are not.
func TestChangesOfApplicationsAreRecordedAndTold(t *testing.T) {
	each(t, func(h *kit) {
		root, other := h.protected("root", account.Administrator), h.protected("other", account.Administrator)
		untold := []*someone{h.protected("helper", account.Helper), h.person("anna"), h.protected("off", account.Administrator)}
		h.must(h.Disable(h.ctx, auth.Operator, untold[2].id))
		for by, who := range map[string]func() auth.Actor{"administrator root": root.by, "operator root": func() auth.Actor { return auth.Operator }} {
			for _, c := range []struct {
				kind string
				act  func() error
				name string
			}{
				{"application_added", func() error { return second(h.CreateApplication(h.ctx, who(), application("Wiki"))) }, "Wiki"},
				{"application_changed", func() error {
					a := h.appNamed("Wiki")
					a.Name = "Docs"
					return second(h.ChangeApplication(h.ctx, who(), a))
				}, "Wiki → Docs"}, // the name that the readers know, and the new one
				{"application_deleted", func() error { return h.DeleteApplication(h.ctx, who(), h.appNamed("Docs").ID) }, "Docs"},
			} {
				root.prove()
				told := map[*someone]int{root: 0, other: 0}
				for p := range told {
					told[p] = len(h.notices(p.id))
				}
				quiet := 0
				for _, p := range untold {
					quiet += len(h.notices(p.id))
				}
				got := h.eventsOf(func() { h.must(c.act()) })
				if want := c.kind + " of nobody: " + by + ", detail " + c.name; len(got) != 1 || brief(got[0]) != replaced([]string{want}, "")[0] {
					t.Errorf("by %s: the events are %v, want %q", by, got, want)
					continue
				}
				h.checkEvent(got[0], by, root)
				actor := map[bool]string{true: "root ", false: ""}[by == "administrator root"]
				for p, earlier := range told {
					if now := h.notices(p.id); len(now) != earlier+1 || now[0] != c.kind+" "+actor+c.name {
						t.Errorf("by %s: %s is told %q", by, p.name, now[:len(now)-earlier])
					}
				}
				for _, p := range untold {
					quiet -= len(h.notices(p.id))
				}
				if quiet != 0 {
					t.Errorf("by %s: %d others are told of %s", by, -quiet, c.kind)
				}
			}
		}
	}, atLogin)
}

// What is refused changes, records and tells nothing, and says what is wrong.
func TestRefusedChangesOfApplications(t *testing.T) {
	each(t, func(h *kit) {
		h.mustHaveGroup("crew")
		root := h.protected("root", account.Administrator)
		wiki, blog := h.mustCreate(application("Wiki")), h.mustCreate(application("Blog"))
		for what, c := range map[string]struct {
			change        func(a *people.Application)
			field, reason string
		}{
			"no name":             {func(a *people.Application) { a.Name = " " }, "name", "empty"},
			"a long name":         {func(a *people.Application) { a.Name = strings.Repeat("é", 61) }, "name", "too_long"},
			"a control in a name": {func(a *people.Application) { a.Name = "a\x00b" }, "name", "not_allowed"},
			"a name that is used": {func(a *people.Application) { a.Name = "Wiki" }, "name", "taken"},
			"no address":          {func(a *people.Application) { a.Addresses = nil }, "addresses", "count"},
			"a path":              {func(a *people.Application) { a.Addresses[0] += "/x" }, "addresses/0", "not_allowed"},
			"the sign-in":         {func(a *people.Application) { a.Addresses = append(a.Addresses, "https://login.example.com:444") }, "addresses/1", "own_host"},
			"a host that is used": {func(a *people.Application) { a.Addresses = append(a.Addresses, "https://wiki.example.com:444") }, "addresses/1", "taken"},
			"no methods":          {func(a *people.Application) { a.Rules[0].Methods = "" }, "rules/0/methods", "not_allowed"},
			"a method":            {func(a *people.Application) { a.Rules[0].Methods = "GET" }, "rules/0/methods", "not_allowed"},
			"no such group":       {func(a *people.Application) { a.Rules = append(a.Rules, forGroups("/", "crew", "staff")) }, "rules/1/groups/1", "unknown"},
			"a group in capitals": {func(a *people.Application) { a.Rules[0] = forGroups("/", "Crew") }, "rules/0/groups/0", "unknown"},
			"a group, everybody":  {func(a *people.Application) { a.Rules[0].Groups = []string{"crew"} }, "rules/0/groups", "count"},
			"a bad path":          {func(a *people.Application) { a.Rules = append(a.Rules, forGroups("/a//b", "crew")) }, "rules/1/path", "ambiguous"},
			"a bad origin":        {func(a *people.Application) { a.Rules[0].Origins = []string{"https://*.example.com"} }, "rules/0/origins/0", "not_allowed"},
		} {
			root.prove()
			before := h.dump()
			for _, by := range []auth.Actor{root.by(), auth.Operator} {
				created := application("New")
				c.change(&created)
				changed := h.appNamed("Blog")
				c.change(&changed)
				for _, err := range []error{second(h.CreateApplication(h.ctx, by, created)), second(h.ChangeApplication(h.ctx, by, changed))} {
					if codeOf(err) != apperr.Invalid {
						t.Fatalf("%s: %v", what, err)
					}
					h.refusedField(err, c.field, c.reason)
				}
			}
			h.unchanged(before)
		}
		gone := h.mustCreate(application("Gone"))
		h.must(h.DeleteApplication(h.ctx, auth.Operator, gone.ID))
		old := wiki
		wiki, err := h.ChangeApplication(h.ctx, auth.Operator, wiki)
		h.must(err)
		root.prove()
		before := h.dump()
		for what, c := range map[string]struct {
			err  error
			want apperr.Code
		}{
			"an old revision":          {second(h.ChangeApplication(h.ctx, root.by(), old)), apperr.WrongState},
			"a revision of the future": {second(h.ChangeApplication(h.ctx, root.by(), people.Application{ID: wiki.ID, Revision: wiki.Revision + 1, Name: "Wiki", Addresses: wiki.Addresses})), apperr.WrongState},
			"no revision":              {second(h.ChangeApplication(h.ctx, root.by(), people.Application{ID: blog.ID, Name: "Blog", Addresses: blog.Addresses})), apperr.WrongState},
			"changed, and deleted":     {second(h.ChangeApplication(h.ctx, root.by(), gone)), apperr.NotFound},
			"found, and deleted":       {second(h.Application(h.ctx, root.by(), gone.ID)), apperr.NotFound},
			"deleted twice":            {h.DeleteApplication(h.ctx, root.by(), gone.ID), apperr.NotFound},
			"never there":              {h.DeleteApplication(h.ctx, auth.Operator, 0), apperr.NotFound},
		} {
			if got := codeOf(c.err); got != c.want {
				t.Errorf("%s: %v, want %s", what, c.err, c.want)
			}
		}
		h.unchanged(before)
	}, atLogin)
}

// A group that rules name cannot be deleted, and the answer names the applications. A
// rename leaves the rules as they are.
func TestGroupsInRules(t *testing.T) {
	each(t, func(h *kit) {
		h.mustHaveGroup("crew")
		anna := h.person("anna")
		h.must(second(h.Join(h.ctx, auth.Operator, h.groupID("crew"), []string{"anna"})))
		wiki := h.mustCreate(application("Wiki", forGroups("/a", "crew"), forGroups("/", "crew")))
		blog := h.mustCreate(application("Blog", forGroups("/", "crew")))
		inUse := func(group string, names string) {
			t.Helper()
			before := h.dump()
			e := h.refused(h.DeleteGroup(h.ctx, auth.Operator, h.groupID(group)), apperr.GroupInUse)
			if !strings.Contains(e.Message, ": "+names+".") {
				t.Errorf("the answer is %q", e.Message)
			}
			h.unchanged(before)
		}
		inUse("crew", "Blog, Wiki")
		h.must(h.ChangeGroup(h.ctx, auth.Operator, h.groupID("crew"), "sailors", ""))
		if got := h.appNamed("Wiki").Rules[1].Groups; !slices.Equal(got, []string{"sailors"}) {
			t.Errorf("the rule names %q", got)
		}
		if trial, err := h.Try(h.ctx, auth.Operator, "https://wiki.example.com/", "GET", anna.name); err != nil || !trial.Allowed || trial.Rule != 2 {
			t.Errorf("a member after the rename: %+v, %v", trial, err)
		}
		h.must(h.DeleteApplication(h.ctx, auth.Operator, blog.ID))
		inUse("sailors", "Wiki")
		wiki.Rules = []people.ApplicationRule{forGroups("/", "crew")} // the former name
		h.refusedField(second(h.ChangeApplication(h.ctx, auth.Operator, wiki)), "rules/0/groups/0", "unknown")
		wiki.Rules = nil
		h.must(second(h.ChangeApplication(h.ctx, auth.Operator, wiki)))
		h.must(h.DeleteGroup(h.ctx, auth.Operator, h.groupID("sailors")))
	})
}

// The event of a change says which parts are different now.
func TestTheEventOfAChangeSaysWhatChanged(t *testing.T) {
	each(t, func(h *kit) {
		h.mustHaveGroup("crew")
		wiki := h.mustCreate(application("Wiki"))
		for _, c := range []struct {
			change func(a *people.Application)
			want   string
		}{
			{func(*people.Application) {}, `{"detail":"Wiki","operator":"root"}`},
			{func(a *people.Application) { a.Name = "Pages" }, `{"changed":["name"],"detail":"Wiki → Pages","operator":"root"}`},
			{func(a *people.Application) { a.Addresses = append(a.Addresses, "https://pages.example") }, `{"changed":["addresses"],"detail":"Pages","operator":"root"}`},
			{func(a *people.Application) {
				a.Name, a.Rules = "Wiki", []people.ApplicationRule{forGroups("/", "crew")}
			}, `{"changed":["name","rules"],"detail":"Pages → Wiki","operator":"root"}`},
		} {
			c.change(&wiki)
			events := h.eventsOf(func() {
				var err error
				wiki, err = h.ChangeApplication(h.ctx, auth.Operator, wiki)
				h.must(err)
			})
			if len(events) != 1 || events[0].Kind != audit.ApplicationChanged || events[0].Details != c.want {
				t.Errorf("%+v, want %s", events, c.want)
			}
		}
	}, atLogin)
}
