package people_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

func atSignIn(d *auth.Deps) { d.PublicURL = "https://login.example.org" }

// everybody is the rule that lets in who is signed in with both factors.
var everybody = people.ApplicationRule{Path: "/", Methods: people.AllMethods, Who: app.Everybody, Factor: app.TwoFactors}

// applicationAt is one with a rule for everybody.
func applicationAt(name string, addresses ...string) people.Application {
	return people.Application{Name: name, Addresses: addresses, Rules: []people.ApplicationRule{everybody}}
}

// planned is a plan in a few words.
func planned(p people.Plan) string {
	var words []string
	for _, part := range []struct {
		mark string
		of   []people.Application
	}{{"+", p.Added}, {"-", p.Deleted}, {"=", p.Unchanged}} {
		for _, a := range part.of {
			words = append(words, part.mark+a.Name)
		}
	}
	for _, c := range p.Changed {
		words = append(words, fmt.Sprintf("~%s%v%d>%v%d", c.Before.Name, c.Before.Addresses, len(c.Before.Rules), c.After.Addresses, len(c.After.Rules)))
	}
	return strings.Join(words, " ")
}

func (h *kit) apply(set ...people.Application) string {
	h.Helper()
	plan, err := h.ApplyApplications(h.ctx, auth.Operator, set, true)
	h.must(err)
	return planned(plan)
}

// stored returns all applications as an export has them.
func (h *kit) stored() string {
	h.Helper()
	all, err := h.Applications(h.ctx, auth.Operator)
	h.must(err)
	text, err := json.Marshal(all)
	h.must(err)
	return string(text)
}

func (h *kit) wantPlan(got, want string) {
	h.Helper()
	if got != want {
		h.Errorf("the plan is\n%s\nwant\n%s", got, want)
	}
}

func TestApplyApplications(t *testing.T) {
	each(t, func(h *kit) {
		boss := h.protected("boss", account.Administrator)
		h.must(second(h.CreateGroup(h.ctx, auth.Operator, "staff", "")))
		h.must(second(h.CreateGroup(h.ctx, auth.Operator, "crew", "")))
		wiki, files, old := applicationAt("Wiki", "https://wiki.example.org"), applicationAt("Files", "https://files.example.org"), applicationAt("Old", "http://localhost:3000")
		h.wantPlan(h.apply(wiki, files, old), "+Wiki +Files +Old")

		told := len(boss.notices(boss.id))
		before := testdb.Dump(h, h.db)
		h.wantPlan(h.apply(old, wiki, files), "=Files =Old =Wiki")
		if string(testdb.Dump(h, h.db)) != string(before) {
			h.Error("a set that changes nothing changes something")
		}

		// Spaces, letters of an address, and the order of groups make no difference.
		files.Rules = append([]people.ApplicationRule{{Path: "/shared", Methods: people.Reading, Who: app.Groups, Groups: []string{"staff", "crew"}, Factor: app.Password, MaxAgeMinutes: 60,
			Origins: []string{"https://wiki.example.org"}}}, files.Rules...)
		h.wantPlan(h.apply(files, wiki), "-Old =Wiki ~Files[https://files.example.org]1>[https://files.example.org]2")
		again := applicationAt(" Files ", " HTTPS://Files.Example.org:443/ ")
		again.Rules = slices.Clone(files.Rules)
		again.Rules[0].Groups, again.Rules[0].Origins = []string{"crew", "staff", "crew"}, []string{"https://WIKI.example.org", "https://wiki.example.org"}
		h.wantPlan(h.apply(again, wiki), "=Files =Wiki")

		if got := strings.Join(boss.notices(boss.id)[:len(boss.notices(boss.id))-told], "; "); got != "application_changed Files; application_deleted Old" {
			h.Errorf("the notices are %s", got)
		}
		var events []string
		h.must(audit.Export(h.ctx, h.db.Read(h.ctx), h.clock.Now().AddDate(-1, 0, 0), func(e audit.Event) error {
			if strings.HasPrefix(string(e.Kind), "application_") {
				events = append(events, fmt.Sprint(e.Kind, " ", e.Facts().Detail))
			}
			return nil
		}))
		if got := strings.Join(events, "; "); got != "application_added Wiki; application_added Files; application_added Old; application_deleted Old; application_changed Files" {
			h.Errorf("the events are %s", got)
		}
		if got := h.stored(); got != `[{"name":"Files","addresses":["https://files.example.org"],"rules":[`+
			`{"path":"/shared","methods":"reading","who":"groups","groups":["crew","staff"],"factor":"password","max_age_minutes":60,"origins":["https://wiki.example.org"]},`+
			`{"path":"/","methods":"all","who":"everybody","groups":[],"factor":"two","max_age_minutes":0,"origins":[]}]},`+
			`{"name":"Wiki","addresses":["https://wiki.example.org"],"rules":[{"path":"/","methods":"all","who":"everybody","groups":[],"factor":"two","max_age_minutes":0,"origins":[]}]}]` {
			h.Errorf("stored is %s", got)
		}
		h.wantPlan(h.apply(), "-Files -Wiki")
	}, atSignIn)
}

// Without a commit nothing changes, and the plan and the refusals are the same.
func TestApplyApplicationsOnlyPlans(t *testing.T) {
	each(t, func(h *kit) {
		h.protected("boss", account.Administrator)
		h.apply(applicationAt("A", "https://a.example.org"), applicationAt("B", "https://b.example.org"), applicationAt("C", "https://c.example.org"))
		set := []people.Application{applicationAt("B", "https://a.example.org"), applicationAt("C", "https://c.example.org"), applicationAt("D", "https://b.example.org")}
		before := testdb.Dump(h, h.db)
		plan, err := h.ApplyApplications(h.ctx, auth.Operator, set, false)
		h.must(err)
		h.wantPlan(planned(plan), "+D -A =C ~B[https://b.example.org]1>[https://a.example.org]1")
		set[2].Rules[0].Groups = []string{"nobody"}
		_, err = h.ApplyApplications(h.ctx, auth.Operator, set, false)
		h.refusedField(err, "applications/2/rules/0/groups/0", "unknown")
		if string(testdb.Dump(h, h.db)) != string(before) {
			h.Error("a plan changes something")
		}
	}, atSignIn)
}

// Hosts move between applications in one go, where the end is valid.
func TestApplyApplicationsMovesHosts(t *testing.T) {
	each(t, func(h *kit) {
		const a, b, c = "https://a.example.org", "https://b.example.org", "https://c.example.org"
		h.apply(applicationAt("A", a), applicationAt("B", b), applicationAt("C", c))
		ids := func() (ids []int64) {
			for _, one := range first(h.Applications(h.ctx, auth.Operator)) {
				ids = append(ids, one.ID)
			}
			return ids
		}
		before := ids()
		h.wantPlan(h.apply(applicationAt("A", b), applicationAt("B", c), applicationAt("C", a)),
			"~A[https://a.example.org]1>[https://b.example.org]1 ~B[https://b.example.org]1>[https://c.example.org]1 ~C[https://c.example.org]1>[https://a.example.org]1")
		if !slices.Equal(ids(), before) {
			h.Error("they were made anew")
		}
		// Another port of a host that is given up, by a new one and by a deleted one.
		h.wantPlan(h.apply(applicationAt("A", "https://c.example.org:8443", b), applicationAt("D", a)),
			"+D -B -C ~A[https://b.example.org]1>[https://c.example.org:8443 https://b.example.org]1")
		h.wantPlan(h.apply(applicationAt("D", b), applicationAt("A", a)), "~A[https://c.example.org:8443 https://b.example.org]1>[https://a.example.org]1 ~D[https://a.example.org]1>[https://b.example.org]1")
	}, atSignIn)
}

// A set with one mistake changes nothing, and the error names its place.
func TestApplyApplicationsIsRefused(t *testing.T) {
	each(t, func(h *kit) {
		h.apply(applicationAt("A", "https://a.example.org"))
		good := applicationAt("A", "https://new.example.org")
		before := testdb.Dump(h, h.db)
		with := func(change func(r *people.ApplicationRule)) people.Application {
			a := applicationAt("B", "https://b.example.org")
			a.Rules = append(a.Rules, everybody)
			change(&a.Rules[1])
			return a
		}
		for _, c := range []struct {
			bad           people.Application
			field, reason string
		}{
			{applicationAt("A", "https://b.example.org"), "applications/1/name", "duplicate"},
			{applicationAt(" A ", "https://b.example.org"), "applications/1/name", "duplicate"},
			{applicationAt("", "https://b.example.org"), "applications/1/name", "empty"},
			{applicationAt("a\nb", "https://b.example.org"), "applications/1/name", "not_allowed"},
			{applicationAt(strings.Repeat("x", 61), "https://b.example.org"), "applications/1/name", "too_long"},
			{applicationAt("B"), "applications/1/addresses", "count"},
			{applicationAt("B", "https://b.example.org", "b.example.org"), "applications/1/addresses/1", "not_allowed"},
			{applicationAt("B", "https://login.example.org:8443"), "applications/1/addresses/0", "own_host"},
			{applicationAt("B", "https://b.example.org", "https://NEW.example.org:444"), "applications/1/addresses/1", "taken"},
			{with(func(r *people.ApplicationRule) { r.Path = "x" }), "applications/1/rules/1/path", "not_allowed"},
			{with(func(r *people.ApplicationRule) { r.Methods = "" }), "applications/1/rules/1/methods", "not_allowed"},
			{with(func(r *people.ApplicationRule) { r.Who = "nobody" }), "applications/1/rules/1/who", "not_allowed"},
			{with(func(r *people.ApplicationRule) { r.Factor = app.NoFactor }), "applications/1/rules/1/factor", "not_allowed"},
			{with(func(r *people.ApplicationRule) { r.Groups = []string{"nobody"} }), "applications/1/rules/1/groups/0", "unknown"},
			{with(func(r *people.ApplicationRule) { r.Who = app.Groups }), "applications/1/rules/1/groups", "count"},
			{with(func(r *people.ApplicationRule) { r.MaxAgeMinutes = 1441 }), "applications/1/rules/1/max_age_minutes", "not_allowed"},
			{with(func(r *people.ApplicationRule) { r.Origins = []string{"x"} }), "applications/1/rules/1/origins/0", "not_allowed"},
		} {
			for _, commit := range []bool{true, false} {
				plan, err := h.ApplyApplications(h.ctx, auth.Operator, []people.Application{good, c.bad}, commit)
				h.refusedField(err, c.field, c.reason)
				if !plan.Empty() || len(plan.Unchanged) > 0 {
					h.Errorf("%s: refused with the plan %s", c.field, planned(plan))
				}
			}
		}
		many := make([]people.Application, 201)
		for i := range many {
			many[i] = applicationAt(fmt.Sprint("N", i), fmt.Sprintf("https://n%d.example.org", i))
		}
		_, err := h.ApplyApplications(h.ctx, auth.Operator, many, true)
		h.refusedField(err, "applications", "too_many")
		if string(testdb.Dump(h, h.db)) != string(before) {
			h.Error("something was stored")
		}
		h.apply(many[:200]...)
		h.apply(many[1:]...) // one goes, one comes
	}, atSignIn)
}

// Only administrators who have just proved themselves change applications.
func TestWhoAppliesApplications(t *testing.T) {
	each(t, func(h *kit) {
		boss, helper := h.protected("boss", account.Administrator), h.protected("helper", account.Helper)
		set := []people.Application{applicationAt("A", "https://a.example.org")}
		for _, commit := range []bool{true, false} {
			_, err := h.ApplyApplications(h.ctx, helper.by(), set, commit)
			h.refused(err, apperr.RoleOwed)
			_, err = h.ApplyApplications(h.ctx, boss.by(), set, commit)
			h.must(err)
		}
		h.clock.move(6 * time.Minute)
		_, err := h.ApplyApplications(h.ctx, boss.by(), set, true)
		h.refused(err, apperr.StepUpOwed)
	}, atSignIn)
}

// Two sets at once: one is stored after the other, never a part of each.
func TestApplyApplicationsAtOnce(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db, atSignIn)
		h.protected("boss", account.Administrator)
		other := h.on(testdb.Open(t, o), atSignIn)
		const a, b, c = "https://a.example.org", "https://b.example.org", "https://c.example.org"
		one := []people.Application{applicationAt("A", a), applicationAt("B", b), applicationAt("C", c)}
		two := []people.Application{applicationAt("A", c), applicationAt("C", b), applicationAt("D", a)}
		for range 5 {
			var both sync.WaitGroup
			var errs [2]error
			both.Go(func() { _, errs[0] = h.ApplyApplications(h.ctx, auth.Operator, one, true) })
			both.Go(func() { _, errs[1] = other.ApplyApplications(h.ctx, auth.Operator, two, true) })
			both.Wait()
			h.must(errors.Join(errs[:]...))
			same := 0
			for _, set := range [][]people.Application{one, two} {
				plan, err := h.ApplyApplications(h.ctx, auth.Operator, set, false)
				h.must(err)
				if plan.Empty() {
					same++
				}
			}
			if same != 1 {
				h.Fatalf("stored is %s", h.stored())
			}
		}
	})
}
