package people_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// coverage writes down a coverage: group or audience, with factor of members, percent.
func coverage(c people.Coverage) string {
	percent := "-"
	if c.Percent != nil {
		percent = fmt.Sprint(*c.Percent)
	}
	return fmt.Sprintf("%s%s %d/%d %s", c.Audience, c.Group, c.WithFactor, c.Members, percent)
}

// A report counts each person once, in each of the groups, and only those who can sign in
// count for the second factor.
func TestReportCountsPeople(t *testing.T) {
	each(t, func(h *kit) {
		h.twoGroups()
		h.protected("ada", account.Administrator)
		h.protected("helga", account.Helper)
		paused, dead, unreadable := h.protected("paula", account.Person), h.protected("dora", account.Person), h.protected("uwe", account.Person)
		h.person("none")
		h.invited("new")
		off := h.protected("off", account.Person)
		h.must(h.Disable(h.ctx, auth.Operator, off.id))
		paused.keep(first(h.Pause(h.ctx, paused.caller(), 0)))
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
			if err := tx.Exec("UPDATE totp_keys SET sealed_seed = ? WHERE account_id = ?", []byte("damaged"), unreadable.id).Error; err != nil {
				return err
			}
			return tx.Exec("UPDATE code_budgets SET failures = 60 WHERE account_id = ? AND method = 'totp'", dead.id).Error
		}))
		for _, name := range []string{"ada", "none", "paula", "off", "new"} {
			h.must(second(h.Join(h.ctx, auth.Operator, h.groupID("staff"), []string{name})))
		}

		r, err := h.Report(h.ctx, auth.Operator, 90)
		h.must(err)
		want := people.PeopleNumbers{Total: 8, Enabled: 6, Invited: 1, Disabled: 1, WithFactor: 4, WithoutFactor: 1, Paused: 1, WithApp: 5, Dead: 1, Unreadable: 1,
			WithoutCodes: 5, NeverSignedIn: 0}
		if r.People != want {
			h.Errorf("people: %+v, want %+v", r.People, want)
		}
		var covered []string
		for _, c := range r.Coverage {
			covered = append(covered, coverage(c))
		}
		if got := strings.Join(covered, ", "); got != "everybody 4/6 66.6, staff 2/2 100, groupcrew 0/0 -, groupstaff 1/3 33.3" {
			h.Errorf("coverage: %s", got)
		}
		if now := r.LockOuts.Now; len(now) != 2 || now[0] != (people.StoppedCodes{Username: "dora", Method: "totp", Lane: "known"}) || now[1].Lane != "unknown" {
			h.Errorf("stopped now: %+v", now)
		}
		if k := r.Keys.Present; len(k) != 1 || !k[0].Seals || k[0].Sealed != 6 || k[0].ID != h.ring.CurrentID() {
			h.Errorf("keys: %+v", k)
		}
		h.refusedField(second(h.Report(h.ctx, auth.Operator, 0)), "days", "not_allowed")
		h.refusedField(second(h.Report(h.ctx, auth.Operator, 401)), "days", "not_allowed")
	})
}

// A report lists who was helped back in and why, the newest first, and no older events.
func TestReportListsRecoveries(t *testing.T) {
	each(t, func(h *kit) {
		ada, otto, ida := h.protected("ada", account.Administrator), h.protected("otto", account.Person), h.protected("ida", account.Person)
		old := h.protected("old", account.Person)
		h.must(h.RemoveSecondFactor(h.ctx, auth.Operator, old.id, "Long ago."))
		h.clock.move(50 * time.Hour)
		ada.enter()
		ada.prove()
		h.must(h.RemoveSecondFactor(h.ctx, ada.by(), otto.id, "The phone is lost."))
		h.clock.move(time.Second)
		link := first(h.GivePasswordLink(h.ctx, ada.by(), ida.id, "en"))
		h.must(ida.useLink(link.Token, newPassword))
		h.clock.move(time.Second)
		h.must(second(h.SetPassword(h.ctx, "otto", newPassword)))
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
			at := h.clock.Now().UnixMilli()
			return tx.Create([]audit.Event{{At: at, Kind: audit.SecondFactor, Outcome: audit.Denied, Reason: audit.ReasonWait, AccountID: &ida.id, Count: 7, Details: "{}"},
				{At: at - 1, Kind: audit.Password, Outcome: audit.Denied, Reason: audit.ReasonStopped, Details: "{}"},
				{At: at, Kind: audit.RingKeyAdded, Outcome: audit.OK, Actor: audit.Operator, Details: `{"ring_key_id":"abc","operator":"root"}`}}).Error
		}))
		r, err := h.Report(h.ctx, auth.Operator, 1)
		h.must(err)
		var got []string
		for _, e := range r.Recoveries {
			got = append(got, strings.Join([]string{string(e.Kind), e.Username, e.Actor, e.By, e.Reason}, "|"))
		}
		slices.Sort(got)
		want := "key_removed|otto|administrator|ada|The phone is lost., link_used|ida|person||, password_changed|otto|operator|root|, password_link_given|ida|administrator|ada|"
		if strings.Join(got, ", ") != want {
			h.Errorf("recoveries: %s", strings.Join(got, ", "))
		}
		if r.Recoveries[0].Kind != audit.PasswordChanged || r.Shortened {
			h.Errorf("the newest comes first: %+v", r.Recoveries[0])
		}
		if l := r.LockOuts; l.HeldBack != 8 || len(l.Events) != 2 || l.Events[0].Tries != 7 || l.Events[0].Username != "ida" || l.Events[1].Username != "" {
			h.Errorf("lock-outs: %+v", l)
		}
		if e := r.Keys.Events; len(e) != 1 || e[0].Key != "abc" || e[0].By != "root" {
			h.Errorf("keys: %+v", e)
		}
		if r, err = h.Report(h.ctx, auth.Operator, 5); err != nil || len(r.Recoveries) != 5 || len(r.Exceptions) != 0 {
			h.Errorf("in five days: %d recoveries, %v", len(r.Recoveries), err)
		}
	})
}

// An exported report tells of everybody, is recorded, and no cell is a formula.
func TestExportOfTheReport(t *testing.T) {
	each(t, func(h *kit) {
		ada, otto := h.protected("ada", account.Administrator), h.protected("otto", account.Person)
		h.must(h.RemoveSecondFactor(h.ctx, ada.by(), otto.id, "=1+1"))
		ada.prove()
		var e people.Export
		recorded := h.eventsOf(func() { e = first(h.ExportReport(h.ctx, ada.by(), "csv", 90)) })
		if len(recorded) != 1 || recorded[0].Kind != "report_exported" || recorded[0].Count != 2 || recorded[0].Facts().By != "ada" {
			h.Errorf("recorded %+v", recorded)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(e.Content, people.ByteOrderMark))).ReadAll()
		h.must(err)
		if got := strings.Join(rows[0], " "); got != "section time person group item value by reason until" {
			h.Errorf("the columns are %s", got)
		}
		for _, want := range []string{"people,,,,total,2,", "coverage,,,,everybody_percent,50.0,", ",ada,,two_factor,enabled,", "account,,otto,,two_factor,none,",
			",otto,,key_removed,administrator,ada,'=1+1,", "key,,,,seals," + h.ring.CurrentID()} {
			if !strings.Contains(e.Content, want) {
				h.Errorf("%q is missing in\n%s", want, e.Content)
			}
		}
		e, err = h.ExportReport(h.ctx, ada.by(), "json", 90)
		h.must(err)
		var whole people.WholeReport
		h.must(json.Unmarshal([]byte(e.Content), &whole))
		if len(whole.Accounts) != 2 || whole.Accounts[0].Username != "ada" || whole.Accounts[0].FactorSince == nil || whole.Accounts[1].FactorSince != nil || e.Filename != "report-2026-11-23.json" {
			h.Errorf("%s: %+v", e.Filename, whole.Accounts)
		}
		h.refusedField(second(h.ExportReport(h.ctx, ada.by(), "xml", 90)), "format", "not_allowed")
	})
}

// A report of more people than it reads at once counts all of them.
func TestReportOfManyPeople(t *testing.T) {
	h := newKit(t, testdb.New(t, testdb.SQLite))
	all := newCrowd(h, 1200, describe)
	var whole people.WholeReport
	e, err := h.ExportReport(h.ctx, auth.Operator, "json", 90)
	h.must(err)
	h.must(json.Unmarshal([]byte(e.Content), &whole))
	invited, disabled := 0, 0
	for _, m := range all {
		if m.disabled {
			disabled++
		} else {
			invited++
		}
	}
	if n := whole.People; n.Total != 1200 || len(whole.Accounts) != 1200 || n.Invited != invited || n.Disabled != disabled || disabled == 0 {
		h.Errorf("%+v, want %d and %d", n, invited, disabled)
	}
}

// Help codes and exceptions stand in the report, with who gave them and why.
func TestReportListsHelpAndExceptions(t *testing.T) {
	each(t, func(h *kit) {
		g := giveHelp(h)
		p := g.lost()
		g.must(p.useHelp(g.code))
		g.must(g.RefuseHelp(g.ctx, g.anna.caller()))
		until := g.clock.Now().Add(40 * day).Truncate(time.Second)
		g.root.prove()
		g.must(g.GiveException(g.ctx, g.root.by(), g.anna.id, "on leave", until))
		r, err := g.Report(g.ctx, auth.Operator, 1)
		g.must(err)
		var got []string
		for _, e := range r.Recoveries {
			got = append(got, strings.Join([]string{string(e.Kind), e.Username, e.By, e.Reason}, "|"))
		}
		slices.Sort(got)
		if want := []string{"help_code_given|anna|helga|" + why, "help_code_used|anna|helga|" + why, "help_refused|anna|helga|"}; !slices.Equal(got, want) {
			t.Errorf("recoveries: %q", got)
		}
		if len(r.Exceptions) != 1 || r.Exceptions[0].Username != "anna" || r.Exceptions[0].GivenBy != "root" || r.Exceptions[0].Reason != "on leave" || !r.Exceptions[0].EndsAt.Equal(until) {
			t.Errorf("exceptions: %+v", r.Exceptions)
		}
		var whole struct {
			Accounts []people.ReportPerson `json:"accounts"`
		}
		g.must(json.Unmarshal([]byte(first(g.ExportReport(g.ctx, auth.Operator, "json", 1)).Content), &whole))
		for _, a := range whole.Accounts {
			if (a.Username == "anna") != (a.ExceptionUntil != nil) || a.ExceptionUntil != nil && !a.ExceptionUntil.Equal(until) {
				t.Errorf("%s is excepted until %v", a.Username, a.ExceptionUntil)
			}
		}
	})
}
