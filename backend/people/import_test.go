package people_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// table is an import of people with such names, of whom each third is in staff and each
// fifth in crew.
func table(name string, count int) string {
	var text strings.Builder
	text.WriteString("username,name,email,groups\n")
	for i := range count {
		var groups []string
		if i%3 == 0 {
			groups = append(groups, "staff")
		}
		if i%5 == 0 {
			groups = append(groups, "crew")
		}
		fmt.Fprintf(&text, "%s%d,\"%s, no. %d\",%s%d@example.org,%s\n", name, i, name, i, name, i, strings.Join(groups, " "))
	}
	return text.String()
}

func (h *kit) importing(by auth.Actor, text string) (people.Imported, error) {
	return h.Import(h.ctx, by, []byte(text), people.InBrowser, oneWeek, "en")
}

func (h *kit) twoGroups() {
	h.Helper()
	h.mustHaveGroup("staff")
	h.mustHaveGroup("crew")
}

// A thousand people come in in less than 10 seconds, each with a link that works, in
// their groups since now.
func TestImport(t *testing.T) {
	each(t, func(h *kit) {
		h.twoGroups()
		root := h.protected("root", account.Administrator)
		h.clock.move(time.Second)
		root.prove()
		began := time.Now()
		done, err := h.importing(root.by(), table("guest", 1000))
		h.must(err)
		took := time.Since(began)
		t.Logf("%d people in %v on %s", len(done.People), took, h.db.Engine())
		if took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		h.checkImported(done, "guest")
		counts := map[string]int{}
		for _, e := range h.events() {
			if e.Actor == "administrator" {
				counts[string(e.Kind)]++
				if e.Kind == "people_imported" && (e.Count != 1000 || e.AccountID != nil) {
					t.Errorf("the event is %+v", e)
				}
			}
		}
		if counts["invited"] != 1000 || counts["people_imported"] != 1 || counts["group_joined"] != 334+200 {
			t.Errorf("the events are %v", counts)
		}
	})
}

// checkImported checks the accounts, groups, words and links of an import of a table.
func (h *kit) checkImported(done people.Imported, name string) {
	h.Helper()
	if len(done.People) != len(done.Links) {
		h.Fatalf("%d people, %d links", len(done.People), len(done.Links))
	}
	tokens := map[string]bool{}
	for i, link := range done.Links {
		tokens[link.Token] = true
		if done.People[i].Username != fmt.Sprint(name, i) || link.Kind != account.Invitation || !link.EndsAt.Equal(h.clock.Now().Add(oneWeek)) {
			h.Errorf("row %d is %+v with the link %+v", i, done.People[i], link)
		}
	}
	if len(tokens) != len(done.People) {
		h.Errorf("%d links for %d people", len(tokens), len(done.People))
	}
	for _, i := range []int{0, 1, 3, len(done.Links)/2 + 1, len(done.Links) - 1} {
		w, err := h.LookAtLink(h.ctx, done.Links[i].Token)
		h.must(err)
		if w.Username != fmt.Sprint(name, i) || w.DisplayName != fmt.Sprintf("%s, no. %d", name, i) {
			h.Errorf("the link of row %d is %+v", i, w)
		}
		a, err := account.ByFoldedName(h.ctx, h.db.Read(h.ctx), w.Username)
		h.must(err)
		memberships, err := group.Of(h.ctx, h.db.Read(h.ctx), a.ID)
		h.must(err)
		var in []string
		for _, m := range memberships {
			in = append(in, m.Name)
			if m.JoinedAt != h.clock.Now().UnixMilli() {
				h.Errorf("row %d joined at %d", i, m.JoinedAt)
			}
		}
		var want []string
		if i%5 == 0 {
			want = append(want, "crew")
		}
		if i%3 == 0 {
			want = append(want, "staff")
		}
		if !slices.Equal(in, want) {
			h.Errorf("row %d is in %q, want %q", i, in, want)
		}
		found, err := h.List(h.ctx, auth.Operator, people.Query{Search: a.Email})
		h.must(err)
		if len(found.People) != 1 || found.People[0].ID != a.ID || found.People[0].State != people.Invited {
			h.Errorf("the search for row %d finds %+v", i, found.People)
		}
		p := h.at(a.Username, a.ID)
		h.must(p.useLink(done.Links[i].Token, goodPassword))
		h.must(second(h.at(a.Username, a.ID).trySignIn(goodPassword)))
	}
	var budgets, accounts int64
	h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(*) FROM accounts WHERE username_folded LIKE ?", name+"%").Scan(&accounts).Error)
	h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(DISTINCT b.account_id) FROM code_budgets b JOIN accounts a ON a.id = b.account_id WHERE a.username_folded LIKE ?",
		name+"%").Scan(&budgets).Error)
	if accounts != int64(len(done.People)) || budgets != accounts {
		h.Errorf("%d accounts, %d with budgets, %d people", accounts, budgets, len(done.People))
	}
}

// A cluster numbers its rows in steps of its own.
func TestImportInAClusterOfThree(t *testing.T) {
	server := testdb.NewServer(t, "--auto-increment-increment=3", "--auto-increment-offset=2")
	db := testdb.Open(t, server.Options())
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := newKit(t, db)
	h.twoGroups()
	done, err := h.importing(auth.Operator, table("guest", 700))
	h.must(err)
	h.checkImported(done, "guest")
	var steps []int64
	h.must(db.Read(h.ctx).Raw("SELECT DISTINCT id % 3 FROM accounts").Scan(&steps).Error)
	if !slices.Equal(steps, []int64{2}) {
		t.Errorf("the ids are in steps of %v: this tests nothing", steps)
	}
}

// The table of links is what a spreadsheet opens: by name, and safe from formulas.
func TestTheTableOfLinks(t *testing.T) {
	for _, mail := range []bool{false, true} {
		each(t, func(h *kit) {
			done, err := h.importing(auth.Operator, "username;name;email\nanna;=1+1;anna@example.org\nbert;\"Bert \"\"B\"\" O'Hara\";\n")
			h.must(err)
			text := done.Table(func(token string) string { return "https://sign-in.example/welcome#" + token })
			reader := csv.NewReader(strings.NewReader(text))
			reader.Comma = ';' // as in the table that was imported
			rows, err := reader.ReadAll()
			h.must(err)
			anna := "https://sign-in.example/welcome#" + done.Links[0].Token
			if mail {
				anna = ""
			}
			ends := h.clock.Now().Add(oneWeek).Format(time.RFC3339)
			want := [][]string{{"username", "name", "email", "link", "valid_until"}, {"anna", "'=1+1", "anna@example.org", anna, ends},
				{"bert", `Bert "B" O'Hara`, "", "https://sign-in.example/welcome#" + done.Links[1].Token, ends}}
			if !slices.EqualFunc(rows, want, slices.Equal) {
				t.Errorf("the table is %q, want %q", rows, want)
			}
			if got := done.Mailed(); got != map[bool]int{true: 1}[mail] {
				t.Errorf("%d are mailed", got)
			}
		}, func(d *auth.Deps) { d.Mail = mail })
	}
}

// One fault anywhere refuses the whole table.
func TestImportIsAllOrNothing(t *testing.T) {
	each(t, func(h *kit) {
		h.twoGroups()
		anna := h.person("anna")
		h.must(h.SetEmail(h.ctx, auth.Operator, anna.id, "anna@example.org"))
		h.must(h.Rename(h.ctx, auth.Operator, anna.id, people.Names{Username: "hannah"}))
		whole := table("guest", 999)
		for what, last := range map[string]string{
			"a name that is taken":             "HANNAH,,,",
			"a name that was taken before":     "Anna,,,",
			"a name twice":                     "Guest0,,,",
			"an address that is taken":         "new,,ANNA@example.org,",
			"an address twice":                 "new,,Guest0@example.org,",
			"no name":                          ",New,,",
			"a name that is too long":          strings.Repeat("a", 65) + ",,,",
			"a display name that is too long":  "new," + strings.Repeat("a", 101) + ",,",
			"no address":                       "new,,anna,",
			"a group that does not exist":      "new,,,staff crew others",
			"a column too many":                "new,,,,",
			"quotes that do not end":           "new,\"New,,",
			"a name with a character not seen": "ne\u200bw,,,",
			"one person too many":              "new,,,\nnewer,,,",
		} {
			before := h.dump()
			h.refusedField(second(h.importing(auth.Operator, whole+last+"\n")), "csv", "faults")
			h.unchanged(before)
			good, faults, err := h.Check(h.ctx, auth.Operator, []byte(whole+last+"\n"), people.InBrowser)
			h.must(err)
			if len(faults) != 1 || faults[0].Line < 1000 {
				t.Errorf("%s: the faults are %+v", what, faults)
			}
			if slices.ContainsFunc(good, func(p people.Invitee) bool { return p.Line == faults[0].Line }) {
				t.Errorf("%s: the person counts as good", what)
			}
		}
		h.must(second(h.importing(auth.Operator, whole+"new,,,\n")))
	})
}

// What happens between the check of a table and its import counts.
func TestWhatHappensAfterTheCheckCounts(t *testing.T) {
	for what, do := range map[string]func(h *kit){
		"a name is taken": func(h *kit) { h.invited("guest7") },
		"a name is taken and given up": func(h *kit) {
			p, _ := h.invited("guest7")
			h.must(h.Service.Delete(h.ctx, auth.Operator, p.id, "guest7", false))
		},
		"an address is taken": func(h *kit) {
			p := h.person("anna")
			h.must(h.SetEmail(h.ctx, auth.Operator, p.id, "guest9@example.org"))
		},
		"a group is deleted":     func(h *kit) { h.must(h.DeleteGroup(h.ctx, auth.Operator, h.groupID("crew"))) },
		"a group is renamed":     func(h *kit) { h.must(h.ChangeGroup(h.ctx, auth.Operator, h.groupID("crew"), "team", "")) },
		"it was imported before": func(h *kit) { h.must(second(h.importing(auth.Operator, table("guest", 10)))) },
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *kit) {
				h.twoGroups()
				_, faults, err := h.Check(h.ctx, auth.Operator, []byte(table("guest", 20)), people.InBrowser)
				h.must(err)
				if len(faults) != 0 {
					t.Fatalf("the faults are %+v", faults)
				}
				do(h)
				before := h.dump()
				h.refusedField(second(h.importing(auth.Operator, table("guest", 20))), "csv", "faults")
				h.unchanged(before)
			})
		})
	}
}

// Two instances import the same names at the same moment: one does it, the other is
// told of the faults.
func TestTwoImportsAtOnce(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		h, o := raceKit(t, engine)
		h.twoGroups()
		handles := [2]*people.Service{h.Service, h.on(testdb.Open(t, o))}
		for round := range 10 {
			text := []byte(table(fmt.Sprintf("round%d-", round), 300))
			var errs [2]error
			var all sync.WaitGroup
			begin := make(chan struct{})
			for who := range 2 {
				all.Go(func() {
					<-begin
					errs[who] = second(handles[who].Import(h.ctx, auth.Operator, text, people.InBrowser, oneWeek, "en"))
				})
			}
			close(begin)
			all.Wait()
			slices.SortFunc(errs[:], func(a, b error) int { return strings.Compare(fmt.Sprint(a == nil), fmt.Sprint(b == nil)) })
			if errs[1] != nil {
				t.Fatalf("nobody has imported: %v", errs)
			}
			h.refusedField(errs[0], "csv", "faults")
			if n := h.countRows("accounts"); n != int64(300*(round+1)) {
				t.Fatalf("%d accounts after round %d", n, round)
			}
		}
	})
}

// importing is what a process needs that imports without end, until it is killed.
type importingLife struct {
	Database database.Options
	Ring     string
	Now      time.Time
	Round    int
}

const (
	crashVariable = "IMAGEMASTER_TEST_CRASH"
	crashRounds   = 20
	crashPeople   = 150
)

func (l importingLife) live(ctx context.Context) error {
	db, err := database.Open(ctx, l.Database)
	if err != nil {
		return err
	}
	s, err := serviceOf(db, l.Ring, l.Now)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for n := 0; ; n++ {
		text := table(fmt.Sprintf("r%d-%d-", l.Round, n), crashPeople)
		if _, err := s.Import(ctx, auth.Operator, []byte(text), people.InBrowser, oneWeek, "en"); err != nil {
			return err
		}
	}
}

// countRowsAtOnce counts the rows of several tables by one statement.
func (h *kit) countRowsAtOnce(tables ...string) map[string]int64 {
	h.Helper()
	var parts []string
	for _, table := range tables {
		parts = append(parts, "SELECT '"+table+"' AS name, COUNT(*) AS n FROM "+table)
	}
	var found []struct {
		Name string
		N    int64
	}
	h.must(h.db.Read(h.ctx).Raw(strings.Join(parts, " UNION ALL ")).Scan(&found).Error)
	rows := map[string]int64{}
	for _, row := range found {
		rows[row.Name] = row.N
	}
	return rows
}

// Killed at any moment, an import has made all people with their links and groups, or
// nobody.
func TestImportKilledAtAnyMoment(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		h, o := raceKit(t, engine)
		h.twoGroups()
		whole := int64(0)
		for round := range crashRounds {
			h.killedImport(importingLife{Database: o, Ring: h.ringPath, Now: h.clock.Now(), Round: round})
			// One statement sees one state: a server may still commit what it got before the kill.
			each := map[string]int64{"account_links": 150, "group_members": 50 + 30, "code_budgets": 150 * 6, "audit_events": 150 + 50 + 30 + 1}
			rows := h.countRowsAtOnce(append(slices.Collect(maps.Keys(each)), "accounts")...)
			accounts := rows["accounts"]
			if accounts%crashPeople != 0 || accounts < whole {
				t.Fatalf("%d accounts", accounts)
			}
			whole = accounts
			for table, each := range each {
				made := rows[table]
				if table == "audit_events" {
					made -= 2 // of the groups
				}
				if made != whole/crashPeople*each {
					t.Errorf("%d rows in %s for %d accounts", made, table, whole)
				}
			}
		}
		t.Logf("%d imports were whole", whole/crashPeople)
		if whole == 0 {
			t.Error("no import was done")
		}
		h.must(second(h.importing(auth.Operator, table("after", 10))))
	})
}

// killedImport runs a process that imports and kills it at a random moment.
func (h *kit) killedImport(l importingLife) {
	h.Helper()
	text, err := json.Marshal(l)
	h.must(err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	h.must(err)
	h.must(cmd.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		h.Fatalf("the importing process said %q", lines.Text())
	}
	timer := time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		h.Fatalf("the importing process ended by itself: %v", err)
	}
}

// Nobody imports who may not, also not an empty table, and not more than the limits
// allow.
func TestImportLimits(t *testing.T) {
	each(t, func(h *kit) {
		h.twoGroups()
		before := h.dump()
		for what, text := range map[string]string{
			"nothing": "", "only a header": "username,name\n", "no header": "anna,Anna\n", "empty rows": "username\n\n , \n",
			"a person too many":   table("g", 1001),
			"a table too large":   "username\nanna\n" + strings.Repeat("\n", 256<<10),
			"no UTF-8":            "username\nann\xe4\n",
			"a NUL":               "username\nanna\x00\n",
			"an unknown column":   "username,role\nanna,administrator\n",
			"a column twice":      "username,username\nanna,anna\n",
			"no user name column": "name,email\nAnna,anna@example.org\n",
		} {
			if err := second(h.importing(auth.Operator, text)); codeOf(err) != apperr.Invalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		h.unchanged(before)
		h.must(second(h.Import(h.ctx, auth.Operator, []byte(table("g", 1001)), people.Limits{People: 100000}, oneWeek, "en"))) // at the command line
	})
}
