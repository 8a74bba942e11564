package people

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// reportHeader are the columns of a report in CSV. Each row is one fact of a section:
// report, people, coverage, account, exception, lock_out, recovery or key.
var reportHeader = []string{"section", "time", "person", "group", "item", "value", "by", "reason", "until"}

// fact is one row. Members that are not used are empty.
type fact struct {
	section     string
	at          *time.Time
	person      string
	group       string
	item, value string
	by, reason  string
	until       *time.Time
}

func (f *fact) cells() []string {
	return []string{f.section, cellTime(f.at), f.person, f.group, f.item, f.value, f.by, f.reason, cellTime(f.until)}
}

func cellTime(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// rows writes the report as a table.
func (w *WholeReport) rows(t *table) {
	add := func(f fact) { t.add(f.cells()...) }
	add(fact{section: "report", at: &w.MadeAt, item: "made_at"})
	add(fact{section: "report", at: &w.Since, item: "since"})
	w.People.facts(add)
	for _, c := range w.Coverage {
		c.facts(add)
	}
	for i := range w.Accounts {
		w.Accounts[i].facts(add)
	}
	for i := range w.Exceptions {
		e := &w.Exceptions[i]
		add(fact{section: "exception", at: &e.GivenAt, person: e.Username, item: "exception", by: e.GivenBy, reason: e.Reason, until: &e.EndsAt})
	}
	w.LockOuts.facts(add)
	for i := range w.Recoveries {
		e := &w.Recoveries[i]
		person := e.Username
		if person == "" && e.AccountID != nil {
			person = fmt.Sprintf("account %d", *e.AccountID)
		}
		add(fact{section: "recovery", at: &e.At, person: person, item: string(e.Kind), value: e.Actor, by: e.By, reason: e.Reason})
	}
	w.Keys.facts(add)
}

func (n *PeopleNumbers) facts(add func(fact)) {
	for _, one := range []struct {
		item  string
		value int
	}{
		{"total", n.Total}, {"enabled", n.Enabled}, {"invited", n.Invited}, {"disabled", n.Disabled}, {"with_factor", n.WithFactor},
		{"without_factor", n.WithoutFactor}, {"paused", n.Paused}, {"with_app", n.WithApp}, {"with_passkey", n.WithPasskey},
		{"with_hardware_key", n.WithHardwareKey}, {"dead", n.Dead}, {"unreadable", n.Unreadable}, {"elsewhere", n.Elsewhere},
		{"without_codes", n.WithoutCodes}, {"never_signed_in", n.NeverSignedIn},
	} {
		add(fact{section: "people", item: one.item, value: strconv.Itoa(one.value)})
	}
}

func (c *Coverage) facts(add func(fact)) {
	whose := fact{section: "coverage", group: c.Group}
	row := func(item, value string) {
		whose.item, whose.value = c.Audience+"_"+item, value
		add(whose)
	}
	row("members", strconv.Itoa(c.Members))
	row("with_factor", strconv.Itoa(c.WithFactor))
	if c.Percent != nil {
		row("percent", strconv.FormatFloat(*c.Percent, 'f', 1, 64))
	}
}

func (p *ReportPerson) facts(add func(fact)) {
	about := func(item, value string, at *time.Time) {
		add(fact{section: "account", at: at, person: p.Username, item: item, value: value})
	}
	about("state", string(p.State), nil)
	about("role", string(p.Role), nil)
	about("groups", strings.Join(p.Groups, " "), nil)
	about("two_factor", string(p.TwoFactor), p.FactorSince)
	about("factors", p.Factors.String(), nil)
	about("factor_last_used", "", p.FactorUsedAt)
	about("backup_codes_left", strconv.Itoa(p.BackupCodesLeft), nil)
	about("last_sign_in", "", p.LastSignInAt)
	if p.ExceptionUntil != nil {
		add(fact{section: "account", person: p.Username, item: "exception", until: p.ExceptionUntil})
	}
}

func (l *LockOuts) facts(add func(fact)) {
	for _, one := range l.Now {
		add(fact{section: "lock_out", person: one.Username, item: "stopped_now_" + one.Lane, value: one.Method})
	}
	add(fact{section: "lock_out", item: "held_back", value: strconv.FormatInt(l.HeldBack, 10)})
	for i := range l.Events {
		e := &l.Events[i]
		add(fact{section: "lock_out", at: &e.At, person: e.Username, item: string(e.Kind), value: strconv.Itoa(e.Tries), reason: e.Reason})
	}
}

func (k *KeyReport) facts(add func(fact)) {
	for _, one := range k.Present {
		item := "present"
		if one.Seals {
			item = "seals"
		}
		add(fact{section: "key", item: item, value: one.ID})
		add(fact{section: "key", item: "sealed_by_" + one.ID, value: strconv.FormatInt(one.Sealed, 10)})
	}
	for i := range k.Events {
		e := &k.Events[i]
		add(fact{section: "key", at: &e.At, item: string(e.Kind), value: e.Key, by: e.By})
	}
}
