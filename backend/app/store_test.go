package app_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// What is stored comes back as it is, and only that application is changed.
func TestApplications(t *testing.T) {
	each(t, func(k *kit) {
		crewID, staffID := k.group("crew"), k.group("staff")
		files := app.Application{Name: "Files <✓>", Addresses: []string{"https://files.example.com:8443", "http://localhost", "https://files.example.com"}, Rules: []app.Rule{
			{Path: "/z", Reading: true, Who: app.Groups, Groups: []int64{crewID, staffID}, Factor: app.Password, MaxAgeMinutes: 1440, Origins: []string{"https://b.example.com", "https://a.example.com"}},
			{Path: "/", Who: app.Public, Factor: app.NoFactor},
			{Path: "/a", Who: app.Groups, Groups: []int64{crewID}, Factor: app.Resistant},
		}}
		if err := k.tryCreate(&files); err != nil || files.ID == 0 || files.Revision != 1 {
			t.Fatalf("%+v, %v", files, err)
		}
		blog := k.create("Blog", "https://blog.example.com")
		normal := func(a app.Application) app.Application {
			for i := range a.Rules {
				if a.Rules[i].Origins == nil {
					a.Rules[i].Origins = []string{}
				}
			}
			return a
		}
		want := func(what string, all ...app.Application) {
			t.Helper()
			if got := k.list(); !reflect.DeepEqual(got, all) {
				t.Errorf("%s:\n%+v\nwant\n%+v", what, got, all)
			}
			for _, a := range all {
				if got, err := app.Find(t.Context(), k.db.Read(t.Context()), a.ID); err != nil || !reflect.DeepEqual(*got, a) {
					t.Errorf("%s: %+v, %v, want %+v", what, got, err, a)
				}
			}
		}
		want("created", blog, normal(files))
		changed := app.Application{ID: files.ID, Revision: 1, Name: "A", Addresses: []string{"https://files.example.com"}, Rules: []app.Rule{{Path: "/", Who: app.Groups, Groups: []int64{staffID}, Factor: app.TwoFactors, Origins: []string{}}}}
		if err := k.tryReplace(changed); err != nil {
			t.Fatal(err)
		}
		changed.Revision = 2
		want("replaced", changed, blog)
		blog.Rules = []app.Rule{{Path: "/", Who: app.Everybody, Factor: app.Password, Origins: []string{}}}
		if err := k.tryReplace(blog); err != nil {
			t.Fatal(err)
		}
		changed.Rules = nil // refuses everybody
		if err := k.tryReplace(changed); err != nil {
			t.Fatal(err)
		}
		blog.Revision, changed.Revision = 2, 3
		want("replaced again", changed, blog)
		if err := k.tryDelete(changed.ID); err != nil {
			t.Fatal(err)
		}
		want("deleted", blog)
		if _, err := app.Find(t.Context(), k.db.Read(t.Context()), changed.ID); !errors.Is(err, app.ErrNotFound) {
			t.Errorf("a deleted one is found: %v", err)
		}
		if err := k.tryDelete(changed.ID); !errors.Is(err, app.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		again := k.create("A", "https://files.example.com") // both are free again
		if again.ID == changed.ID {
			t.Error("the id of a deleted application is used again")
		}
	})
}

// A host belongs to one application, whatever the port and the scheme. A name is taken
// once.
func TestWhatAnotherApplicationHas(t *testing.T) {
	each(t, func(k *kit) {
		k.create("Wiki", "https://wiki.example.com:8443")
		local := k.create("Local", "http://localhost:3000")
		for address, want := range map[string]string{
			"https://wiki.example.com:8443": "addresses/1 taken", "https://wiki.example.com": "addresses/1 taken", "https://wiki.example.com:1": "addresses/1 taken", "https://localhost": "addresses/1 taken",
			"https://a.wiki.example.com": "", "https://example.com": "", "http://127.0.0.1": "", "http://a.localhost:3000": "",
		} {
			other := app.Application{Name: "Other", Addresses: []string{"https://other.example.com", address}}
			err := k.tryCreate(&other)
			if refusal(err) != want {
				t.Errorf("%s is created: %q, want %q", address, refusal(err), want)
			}
			if err == nil {
				err = k.tryDelete(other.ID)
			} else {
				other = k.create("Other", "https://other.example.com")
				other.Addresses = append(other.Addresses, address)
				if err := k.tryReplace(other); refusal(err) != want {
					t.Errorf("%s is added: %q, want %q", address, refusal(err), want)
				}
				if found := k.list()[1]; found.Revision != 1 || len(found.Addresses) != 1 {
					t.Errorf("refused, and changed to %+v", found)
				}
				err = k.tryDelete(other.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		other := app.Application{Name: "Wiki", Addresses: []string{"https://other.example.com"}}
		if err := k.tryCreate(&other); refusal(err) != "name taken" {
			t.Errorf("a name is created twice: %v", err)
		}
		local.Name = "Wiki"
		if err := k.tryReplace(local); refusal(err) != "name taken" {
			t.Errorf("a name is taken in a change: %v", err)
		}
		local.Name, local.Addresses = "wiki", []string{"https://localhost:3000", "http://localhost:3000", "http://localhost"} // its own host
		if err := k.tryReplace(local); err != nil {
			t.Error(err)
		}
	})
}

func TestAHostIsTakenOnceByTwoProcesses(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sum := testdb.Race(t, o, "create", "wiki.example.com"); sum.Won != 1 || sum.Lost != testdb.All()-1 {
			t.Errorf("%d won, %d lost", sum.Won, sum.Lost)
		}
		if all, err := app.List(t.Context(), db.Read(t.Context())); err != nil || len(all) != 1 {
			t.Errorf("%v, %v", all, err)
		}
	})
}

// Of two changes to what both have read, one is refused and changes nothing.
func TestARevisionIsReplacedOnce(t *testing.T) {
	each(t, func(k *kit) {
		a := k.create("Wiki", wiki, app.Rule{Path: "/", Who: app.Everybody, Factor: app.Password})
		one, two := a, a
		one.Name, two.Name, two.Rules = "One", "Two", nil
		if err := k.tryReplace(one); err != nil {
			t.Fatal(err)
		}
		before := testdb.Dump(t, k.db)
		for _, revision := range []int64{0, 1, 3, -1} {
			two.Revision = revision
			if err := k.tryReplace(two); apperr.CodeOf(err) != apperr.WrongState {
				t.Errorf("revision %d: %v", revision, err)
			}
		}
		two.ID, two.Revision, two.Addresses = a.ID+7, 1, []string{"https://other.example.com"}
		if err := k.tryReplace(two); apperr.CodeOf(err) != apperr.WrongState {
			t.Errorf("one that is not there: %v", err)
		}
		if !slices.Equal(before, testdb.Dump(t, k.db)) {
			t.Error("a refused change has changed something")
		}
	})
}

func TestThereAreTwoHundredApplications(t *testing.T) {
	each(t, func(k *kit) {
		k.in(func(_ context.Context, tx *database.Tx) error {
			var rows []string
			for i := range 199 {
				rows = append(rows, fmt.Sprintf("('a%d', 1)", i))
			}
			return tx.Exec("INSERT INTO applications (name, revision) VALUES " + strings.Join(rows, ", ")).Error
		})
		last := k.create("last", wiki)
		more := app.Application{Name: "more", Addresses: []string{"https://more.example.com"}}
		if err := k.tryCreate(&more); refusal(err) != "name too_many" {
			t.Errorf("the 201st: %v", err)
		}
		if err := k.tryDelete(last.ID); err != nil {
			t.Fatal(err)
		}
		if err := k.tryCreate(&more); err != nil {
			t.Error(err)
		}
	})
}

// A group that rules name cannot be deleted, and its name does not matter.
func TestGroupsOfRules(t *testing.T) {
	each(t, func(k *kit) {
		crewID, staffID := k.group("crew"), k.group("staff")
		forCrew := app.Rule{Path: "/", Who: app.Groups, Groups: []int64{crewID}, Factor: app.Password}
		wikiApp := k.create("Wiki", wiki, forCrew, forCrew)
		k.create("Blog", "https://blog.example.com", app.Rule{Path: "/", Who: app.Groups, Groups: []int64{crewID, staffID}, Factor: app.Password})
		naming := func(id int64, want ...string) {
			t.Helper()
			if got, err := app.NamingGroup(t.Context(), k.db.Read(t.Context()), id); err != nil || !slices.Equal(got, want) {
				t.Errorf("group %d is named by %q, %v, want %q", id, got, err, want)
			}
		}
		naming(crewID, "Blog", "Wiki")
		naming(staffID, "Blog")
		naming(crewID + staffID)
		tries := 0
		err := k.try(func(ctx context.Context, tx *database.Tx) error {
			if tries++; tries > 1 {
				return group.ErrNotFound // the transaction has found out
			}
			return group.Delete(ctx, tx, crewID)
		})
		if !errors.Is(err, group.ErrNotFound) || tries != 2 {
			t.Errorf("a group of rules is deleted: %v, tried %d times", err, tries)
		}
		k.in(func(ctx context.Context, tx *database.Tx) error {
			return group.Set(ctx, tx, &group.Group{ID: crewID, Name: "sailors"})
		})
		naming(crewID, "Blog", "Wiki")
		wikiApp.Rules = nil
		if err := k.tryReplace(wikiApp); err != nil {
			t.Fatal(err)
		}
		naming(crewID, "Blog")
		if err := k.tryDelete(k.list()[0].ID); err != nil {
			t.Fatal(err)
		}
		naming(crewID)
		k.in(func(ctx context.Context, tx *database.Tx) error { return group.Delete(ctx, tx, crewID) })
		tries = 0
		err = k.locked(func(ctx context.Context, tx *database.Tx) error { // a rule for a group that was deleted meanwhile
			if tries++; tries > 1 {
				return group.ErrNotFound
			}
			return app.Create(ctx, tx, &app.Application{Name: "Late", Addresses: []string{"https://late.example.com"}, Rules: []app.Rule{forCrew}})
		})
		if !errors.Is(err, group.ErrNotFound) || tries != 2 {
			t.Errorf("a rule for a deleted group: %v, tried %d times", err, tries)
		}
	})
}

// Each change makes the version grow, so that every instance reads again.
func TestTheVersionGrows(t *testing.T) {
	each(t, func(k *kit) {
		last := int64(0)
		grown := func(what string, want bool) {
			t.Helper()
			version, err := app.Version(t.Context(), k.db.Read(t.Context()))
			if err != nil || version == 0 || (version > last) != want {
				t.Errorf("%s: version %d after %d, %v", what, version, last, err)
			}
			last = version
		}
		grown("new", true)
		a := k.create("Wiki", wiki)
		grown("created", true)
		if err := k.tryReplace(a); err != nil {
			t.Fatal(err)
		}
		grown("replaced", true)
		if err := k.tryReplace(a); err == nil {
			t.Fatal("replaced twice")
		}
		grown("refused", false)
		k.in(func(ctx context.Context, tx *database.Tx) error { return app.MarkOpened(ctx, tx, a.ID, monday) })
		grown("opened", false)
		if err := k.tryDelete(a.ID); err != nil {
			t.Fatal(err)
		}
		grown("deleted", true)
		k.in(func(_ context.Context, tx *database.Tx) error {
			return tx.Exec("DELETE FROM applications_guard").Error
		})
		if _, err := app.Version(t.Context(), k.db.Read(t.Context())); err == nil {
			t.Error("without the row there is a version")
		}
		if err := k.tryCreate(&app.Application{Name: "x", Addresses: []string{wiki}}); err == nil {
			t.Error("without the row applications are changed")
		}
	})
}

// The time of the last opening is stored at most once a minute, and never goes back.
func TestTheTimeOfOpening(t *testing.T) {
	each(t, func(k *kit) {
		a, other := k.create("Wiki", wiki), k.create("Other", "https://other.example.com")
		for _, c := range []struct{ after, want time.Duration }{{0, 0}, {59999 * time.Millisecond, 0}, {-time.Hour, 0}, {time.Minute, time.Minute}, {90 * time.Second, time.Minute}, {time.Hour, time.Hour}} {
			k.in(func(ctx context.Context, tx *database.Tx) error {
				return app.MarkOpened(ctx, tx, a.ID, monday.Add(c.after))
			})
			if all := k.list(); !all[1].Opened().Equal(monday.Add(c.want)) || all[0].ID != other.ID || all[0].OpenedAt != 0 {
				t.Errorf("opened after %v: %v and %v", c.after, all[1].Opened(), all[0].Opened())
			}
		}
		if err := k.tryReplace(a); err != nil { // does not touch it
			t.Fatal(err)
		}
		if all := k.list(); !all[1].Opened().Equal(monday.Add(time.Hour)) {
			t.Errorf("after a change it was opened at %v", all[1].Opened())
		}
	})
}

// What belongs to a session, an account or an application ends with it.
func TestWhatEndsTicketsAndApplicationSessions(t *testing.T) {
	for what, end := range map[string]func(ctx context.Context, k *kit, tx *database.Tx, sessionID, appID int64) error{
		"the session": func(ctx context.Context, k *kit, tx *database.Tx, sessionID, _ int64) error {
			return session.End(ctx, tx, k.anna, sessionID)
		},
		"the account": func(ctx context.Context, k *kit, tx *database.Tx, _, _ int64) error {
			a, err := account.Find(ctx, tx, k.anna)
			if err != nil {
				return err
			}
			return account.Delete(ctx, tx, a)
		},
		"the application": func(ctx context.Context, _ *kit, tx *database.Tx, _, appID int64) error {
			return app.Delete(ctx, tx, appID)
		},
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(k *kit) {
				a, s := k.create("Wiki", wiki), k.session()
				k.issue(s, a.ID, monday)
				if _, err := k.open(s, a.ID, "wiki.example.com"); err != nil {
					t.Fatal(err)
				}
				if k.count("app_tickets") != 1 || k.count("app_sessions") != 1 {
					t.Fatal("nothing is there that could end")
				}
				k.in(func(ctx context.Context, tx *database.Tx) error { return end(ctx, k, tx, s, a.ID) })
				if tickets, sessions := k.count("app_tickets"), k.count("app_sessions"); tickets != 0 || sessions != 0 {
					t.Errorf("%d tickets and %d sessions are left", tickets, sessions)
				}
			})
		})
	}
}
