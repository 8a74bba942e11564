package people_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
	"imagemaster/backend/policy"
	"imagemaster/backend/testdb"
)

// The matrix: who may do what to whom. The rows say who acts: the role, the second
// factor of the session (none; paused: the session was opened by the password alone;
// full: it has given the factor) and whether all factors of the account were given
// in the last five minutes. The columns say whose account it is. The words are the
// codes of errors.
var words = map[string]apperr.Code{"ok": "", "role": "role_owed", "factor": "factor_owed", "step-up": "step_up_owed", "own": "own_account",
	"state": "wrong_state", "lacks": "factor_missing"}

const helpersRead = `
                            person   helper   administrator  self
person none fresh           role     role     role           role
person none stale           role     role     role           role
person paused fresh         role     role     role           role
person paused stale         role     role     role           role
person full fresh           role     role     role           role
person full stale           role     role     role           role
helper none fresh           factor   factor   factor         factor
helper none stale           factor   factor   factor         factor
helper paused fresh         step-up  step-up  step-up        step-up
helper paused stale         step-up  step-up  step-up        step-up
helper full fresh           ok       ok       ok             ok
helper full stale           ok       ok       ok             ok
administrator none fresh    factor   factor   factor         factor
administrator none stale    factor   factor   factor         factor
administrator paused fresh  step-up  step-up  step-up        step-up
administrator paused stale  step-up  step-up  step-up        step-up
administrator full fresh    ok       ok       ok             ok
administrator full stale    ok       ok       ok             ok
operator                    ok       ok       ok             -
`

const helpersAct = `
                            person   helper   administrator  self
person none fresh           role     role     role           role
person none stale           role     role     role           role
person paused fresh         role     role     role           role
person paused stale         role     role     role           role
person full fresh           role     role     role           role
person full stale           role     role     role           role
helper none fresh           factor   factor   factor         factor
helper none stale           factor   factor   factor         factor
helper paused fresh         step-up  step-up  step-up        step-up
helper paused stale         step-up  step-up  step-up        step-up
helper full fresh           ok       role     role           own
helper full stale           step-up  step-up  step-up        step-up
administrator none fresh    factor   factor   factor         factor
administrator none stale    factor   factor   factor         factor
administrator paused fresh  step-up  step-up  step-up        step-up
administrator paused stale  step-up  step-up  step-up        step-up
administrator full fresh    ok       ok       ok             own
administrator full stale    step-up  step-up  step-up        step-up
operator                    ok       ok       ok             -
`

const administratorsAct = `
                            person   helper   administrator  self
person none fresh           role     role     role           role
person none stale           role     role     role           role
person paused fresh         role     role     role           role
person paused stale         role     role     role           role
person full fresh           role     role     role           role
person full stale           role     role     role           role
helper none fresh           factor   factor   factor         factor
helper none stale           factor   factor   factor         factor
helper paused fresh         step-up  step-up  step-up        step-up
helper paused stale         step-up  step-up  step-up        step-up
helper full fresh           role     role     role           own
helper full stale           step-up  step-up  step-up        step-up
administrator none fresh    factor   factor   factor         factor
administrator none stale    factor   factor   factor         factor
administrator paused fresh  step-up  step-up  step-up        step-up
administrator paused stale  step-up  step-up  step-up        step-up
administrator full fresh    ok       ok       ok             own
administrator full stale    step-up  step-up  step-up        step-up
operator                    ok       ok       ok             -
`

// A helper or an administrator has chosen a password and can be invited no more.
const administratorsInviteAgain = `
                            person   helper   administrator  self
person none fresh           role     role     role           role
person none stale           role     role     role           role
person paused fresh         role     role     role           role
person paused stale         role     role     role           role
person full fresh           role     role     role           role
person full stale           role     role     role           role
helper none fresh           factor   factor   factor         factor
helper none stale           factor   factor   factor         factor
helper paused fresh         step-up  step-up  step-up        step-up
helper paused stale         step-up  step-up  step-up        step-up
helper full fresh           role     role     role           own
helper full stale           step-up  step-up  step-up        step-up
administrator none fresh    factor   factor   factor         factor
administrator none stale    factor   factor   factor         factor
administrator paused fresh  step-up  step-up  step-up        step-up
administrator paused stale  step-up  step-up  step-up        step-up
administrator full fresh    ok       state    state          own
administrator full stale    step-up  step-up  step-up        step-up
operator                    ok       state    state          -
`

// These acts are for administrators alone, so a helper hears of the role at once.
const membersChange = `
                            person   helper   administrator  self
person none fresh           role     role     role           role
person none stale           role     role     role           role
person paused fresh         role     role     role           role
person paused stale         role     role     role           role
person full fresh           role     role     role           role
person full stale           role     role     role           role
helper none fresh           role     role     role           role
helper none stale           role     role     role           role
helper paused fresh         role     role     role           role
helper paused stale         role     role     role           role
helper full fresh           role     role     role           role
helper full stale           role     role     role           role
administrator none fresh    factor   factor   factor         factor
administrator none stale    factor   factor   factor         factor
administrator paused fresh  step-up  step-up  step-up        step-up
administrator paused stale  step-up  step-up  step-up        step-up
administrator full fresh    ok       ok       ok             own
administrator full stale    step-up  step-up  step-up        step-up
operator                    ok       ok       ok             -
`

// nobodysAccount are acts on no account that exists.
const nobodysAccount = `
                            anything
person none fresh           role
person none stale           role
person paused fresh         role
person paused stale         role
person full fresh           role
person full stale           role
helper none fresh           role
helper none stale           role
helper paused fresh         role
helper paused stale         role
helper full fresh           role
helper full stale           role
administrator none fresh    factor
administrator none stale    factor
administrator paused fresh  step-up
administrator paused stale  step-up
administrator full fresh    ok
administrator full stale    step-up
operator                    ok
`

const administratorsRead = `
                            anything
person none fresh           role
person none stale           role
person paused fresh         role
person paused stale         role
person full fresh           role
person full stale           role
helper none fresh           role
helper none stale           role
helper paused fresh         role
helper paused stale         role
helper full fresh           role
helper full stale           role
administrator none fresh    factor
administrator none stale    factor
administrator paused fresh  step-up
administrator paused stale  step-up
administrator full fresh    ok
administrator full stale    ok
operator                    ok
`

// act is something that somebody does. ready brings the account of a person into a
// state in which it is possible.
type act struct {
	name  string
	grid  string
	reads bool // changes nothing
	ready func(p *someone)
	on    func(h *kit, by auth.Actor, target *someone) error
}

var acts = []*act{
	{name: "list", grid: helpersRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.List(h.ctx, by, people.Query{}))
	}},
	{name: "find", grid: helpersRead, reads: true, on: func(h *kit, by auth.Actor, p *someone) error {
		return second(h.Find(h.ctx, by, p.id))
	}},
	{name: "activity", grid: helpersRead, reads: true, on: func(h *kit, by auth.Actor, p *someone) error {
		_, _, err := h.Service.Activity(h.ctx, by, p.id, 0)
		return err
	}},
	{name: "list groups", grid: helpersRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Groups(h.ctx, by))
	}},
	{name: "list members", grid: helpersRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Members(h.ctx, by, h.groupID("staff"), ""))
	}},

	{name: "end a session", grid: helpersAct, ready: (*someone).present, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.Service.EndSession(h.ctx, by, p.id, p.sessionID())
	}},
	{name: "end all sessions", grid: helpersAct, ready: (*someone).present, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.EndSessions(h.ctx, by, p.id)
	}},
	{name: "password link", grid: helpersAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return second(h.GivePasswordLink(h.ctx, by, p.id, "en"))
	}},
	{name: "help code", grid: helpersAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return second(h.GiveHelpCode(h.ctx, by, p.id, "The phone is lost.", time.Hour))
	}},

	{name: "disable", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.Disable(h.ctx, by, p.id)
	}},
	{name: "enable", grid: administratorsAct, ready: (*someone).keptOut, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.Service.Enable(h.ctx, by, p.id)
	}},
	{name: "remove second factor", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.RemoveSecondFactor(h.ctx, by, p.id, "The phone is lost.")
	}},
	{name: "email", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.SetEmail(h.ctx, by, p.id, h.fresh("mail")+"@example.org")
	}},
	{name: "rename", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.Rename(h.ctx, by, p.id, people.Names{Username: h.fresh("renamed")})
	}},
	{name: "role", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.SetRole(h.ctx, by, p.id, map[account.Role]account.Role{account.Person: account.Administrator, account.Helper: account.Person,
			account.Administrator: account.Helper}[p.account().Role()], false)
	}},
	{name: "groups", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.SetGroups(h.ctx, by, p.id, []string{"crew"})
	}},
	{name: "except", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.GiveException(h.ctx, by, p.id, "On leave.", h.clock.Now().Add(time.Hour))
	}},
	{name: "end an exception", grid: administratorsAct, ready: (*someone).excepted, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.EndException(h.ctx, by, p.id)
	}},
	{name: "delete", grid: administratorsAct, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.Service.Delete(h.ctx, by, p.id, p.name, false)
	}},
	{name: "invite again", grid: administratorsInviteAgain, on: func(h *kit, by auth.Actor, p *someone) error {
		return second(h.Reinvite(h.ctx, by, p.id, oneWeek, "en"))
	}},

	{name: "join", grid: membersChange, on: func(h *kit, by auth.Actor, p *someone) error {
		return second(h.Join(h.ctx, by, h.groupID("crew"), []string{p.name}))
	}},
	{name: "leave", grid: membersChange, ready: (*someone).inStaff, on: func(h *kit, by auth.Actor, p *someone) error {
		return h.Leave(h.ctx, by, h.groupID("staff"), p.id)
	}},

	{name: "invite", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		_, _, err := h.Invite(h.ctx, by, people.Invitation{Username: h.fresh("guest"), Lifetime: oneWeek, Language: "en"})
		return err
	}},
	{name: "import", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Import(h.ctx, by, []byte("username\n"+h.fresh("row")+"\n"), people.InBrowser, oneWeek, "en"))
	}},
	{name: "create a group", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.CreateGroup(h.ctx, by, h.fresh("group"), ""))
	}},
	{name: "change a group", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return h.ChangeGroup(h.ctx, by, h.groupID("staff"), "staff", h.fresh("changed"))
	}},
	{name: "delete a group", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return h.DeleteGroup(h.ctx, by, h.groupID("crew"))
	}},
	{name: "export", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Export(h.ctx, by, "json", people.Query{}))
	}},
	{name: "add a policy", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.CreatePolicy(h.ctx, by, h.farPolicy()))
	}},
	{name: "change a policy", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		p := h.farPolicy()
		p.ID, p.GraceDays = h.policyID(), 1+h.made%300
		h.made++
		return h.ChangePolicy(h.ctx, by, p)
	}},
	{name: "delete a policy", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return h.DeletePolicy(h.ctx, by, h.policyID())
	}},
	{name: "list policies", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Policies(h.ctx, by))
	}},
	{name: "list exceptions", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Exceptions(h.ctx, by))
	}},
	{name: "try a policy", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.TryPolicy(h.ctx, by, h.farPolicy()))
	}},
	{name: "export events", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.ExportEvents(h.ctx, by, "csv", people.EventQuery{}))
	}},
	{name: "export the report", grid: nobodysAccount, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.ExportReport(h.ctx, by, "json", 90))
	}},
	{name: "events", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Events(h.ctx, by, people.EventQuery{}))
	}},
	{name: "report", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		return second(h.Report(h.ctx, by, 90))
	}},
	{name: "check a table", grid: administratorsRead, reads: true, on: func(h *kit, by auth.Actor, _ *someone) error {
		_, _, err := h.Check(h.ctx, by, []byte("username\nnew\n"), people.InBrowser)
		return err
	}},
}

func (h *kit) groupID(name string) int64 {
	h.Helper()
	g, err := h.GroupNamed(h.ctx, auth.Operator, name)
	h.must(err)
	return g.ID
}

func (h *kit) mustHaveGroup(name string) {
	h.Helper()
	err := second(h.CreateGroup(h.ctx, auth.Operator, name, ""))
	if apperr.CodeOf(err) != apperr.Invalid { // taken
		h.must(err)
	}
}

func (p *someone) keptOut() {
	p.Helper()
	if !p.account().Disabled() {
		p.must(p.Disable(p.ctx, auth.Operator, p.id))
	}
}

// present lets the person be signed in.
func (p *someone) present() {
	p.Helper()
	if len(p.detail().Sessions) == 0 {
		p.enter()
	}
}

func (p *someone) excepted() {
	p.Helper()
	p.must(p.GiveException(p.ctx, auth.Operator, p.id, "On leave.", p.clock.Now().Add(day)))
}

// farPolicy is a policy that asks nothing of anybody for years.
func (h *kit) farPolicy() people.Policy {
	return people.Policy{Audience: policy.Everybody, Minimum: policy.AnyFactor, StartsAt: h.clock.Now().AddDate(2, 0, 0), GraceDays: 365}
}

// policyID is that of a policy that exists.
func (h *kit) policyID() int64 {
	h.Helper()
	all, err := h.Policies(h.ctx, auth.Operator)
	h.must(err)
	if len(all) > 0 {
		return all[0].ID
	}
	id, err := h.CreatePolicy(h.ctx, auth.Operator, h.farPolicy())
	h.must(err)
	return id
}

func (p *someone) inStaff() {
	p.Helper()
	p.must(second(p.Join(p.ctx, auth.Operator, p.groupID("staff"), []string{p.name})))
}

// sessionID is a live session of the person, one that does not exist where there is
// none.
func (p *someone) sessionID() int64 {
	p.Helper()
	for _, s := range p.detail().Sessions {
		return s.ID
	}
	return 1 << 40
}

// cells reads a grid: what is expected by row and column.
func cells(t testing.TB, grid string) map[string]map[string]string {
	t.Helper()
	lines := strings.Split(strings.Trim(grid, "\n"), "\n")
	columns := strings.Fields(lines[0])
	read := map[string]map[string]string{}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		at := len(fields) - len(columns)
		row := map[string]string{}
		for i, column := range columns {
			word := fields[at+i]
			if _, known := words[word]; !known && word != "-" {
				t.Fatalf("%q is no word of the grid", word)
			}
			row[column] = word
		}
		read[strings.Join(fields[:at], " ")] = row
	}
	if len(read) != 3*3*2+1 {
		t.Fatalf("the grid has %d rows", len(read))
	}
	return read
}

// matrix runs the cells of all acts on one database.
type matrix struct {
	*kit
	commits *testdb.Commits
	targets map[string]*someone // by act and column; an act that succeeds uses one up
}

func (m *matrix) protect(role account.Role) *someone {
	m.Helper()
	return m.protected(m.fresh(string(role)), role)
}

// target is somebody of a role on whose account the act is possible.
func (m *matrix) target(a *act, column string) *someone {
	m.Helper()
	key := a.name + column
	if column == "anything" || a.reads {
		key = column
	}
	role := account.Role(column)
	if column == "anything" {
		role = account.Person
	}
	switch {
	case m.targets[key] != nil:
	case a.name == "invite again" && role == account.Person:
		m.targets[key], _ = m.invited(m.fresh("invited"))
	default:
		m.targets[key] = m.protect(role)
	}
	if a.ready != nil {
		a.ready(m.targets[key])
	}
	return m.targets[key]
}

// actor is somebody in the state that a row names, nil = the operator.
func (m *matrix) actor(row string) *someone {
	m.Helper()
	fields := strings.Fields(row)
	if fields[0] == "operator" {
		return nil
	}
	p := m.protect(account.Role(fields[0]))
	switch fields[1] {
	case "none":
		m.must(second(m.ResetTwoFactor(m.ctx, p.name, auth.Reset{KeepPassword: true})))
		p.secret = ""
		p.enter()
	case "paused":
		p.keep(first(m.Pause(m.ctx, p.caller(), 0)))
		p.elsewhereOnly()
	}
	return p
}

// elsewhereOnly leaves the session and signs in anew.
func (p *someone) elsewhereOnly() {
	p.Helper()
	i, err := p.SignOut(p.ctx, p.caller())
	p.must(err)
	p.keep(i)
	p.enter()
}

// Every act by everybody on everybody. Where it is refused nothing is written, and
// nothing is changed.
func TestMatrix(t *testing.T) {
	tried := map[string]int{}
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m := &matrix{kit: newKit(t, db), targets: map[string]*someone{}}
		m.protect(account.Administrator) // one who always stays
		m.mustHaveGroup("staff")
		m.mustHaveGroup("crew")
		m.policyID()
		m.commits = testdb.WatchCommits(t, db)
		for _, row := range rowsOf(t) {
			m.refusals(row)
			m.successes(row, tried)
		}
	})
	for _, a := range acts {
		if !a.reads && tried[a.name] < 2*2 { // by an administrator and the operator, on both engines
			t.Errorf("%s was done %d times", a.name, tried[a.name])
		}
	}
}

func rowsOf(t *testing.T) []string {
	var rows []string
	for row := range cells(t, helpersAct) {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return rows
}

// byOf is the actor of a row now. stale moves the clock, so that no factor is fresh.
func (m *matrix) byOf(p *someone, row string) auth.Actor {
	m.Helper()
	if p == nil {
		return auth.Operator
	}
	switch {
	case p.caller().State == auth.Anonymous:
		p.enter()
	case strings.Contains(row, "paused"):
		p.elsewhereOnly()
	default:
		p.prove()
	}
	if strings.HasSuffix(row, "stale") {
		m.clock.move(5*time.Minute + time.Second)
	}
	return p.by()
}

// cell is one act on one account, and what is expected of it.
type cell struct {
	*act
	column, word string
	target       *someone
}

// cellsOf prepares the cells of a row, those that succeed or the others.
func (m *matrix) cellsOf(row string, p *someone, choose func(a *act, column, word string) bool) (chosen []cell) {
	m.Helper()
	for _, a := range acts {
		for column, word := range cells(m.TB, a.grid)[row] {
			if !choose(a, column, word) {
				continue
			}
			c := cell{a, column, word, p}
			if column != "self" {
				c.target = m.target(a, column)
			}
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// refusals tries all that the row's actor may not do, and all that changes nothing.
func (m *matrix) refusals(row string) {
	m.Helper()
	p := m.actor(row)
	chosen := m.cellsOf(row, p, func(a *act, _, word string) bool { return word != "-" && (word != "ok" || a.reads) })
	by := m.byOf(p, row)
	before := m.dump()
	for _, c := range chosen {
		written := m.commits.Of(func() {
			if got := codeOf(c.on(m.kit, by, c.target)); got != words[c.word] {
				m.Errorf("%s by %s on %s: %q, want %q", c.name, row, c.column, got, words[c.word])
			}
		})
		if written != 0 {
			m.Errorf("%s by %s on %s writes %d times", c.name, row, c.column, written)
		}
	}
	if changed := difference(before, m.dump()); changed != "" {
		m.Errorf("what %s may not do has changed something:\n%s", row, changed)
	}
}

// codeOf is the code of a refusal, "" = it was none.
func codeOf(err error) apperr.Code {
	if err == nil {
		return ""
	}
	return apperr.CodeOf(err)
}

// difference returns the lines that only one of two dumps has.
func difference(before, after []byte) string {
	var all []string
	for mark, pair := range map[string][2][]byte{"- ": {before, after}, "+ ": {after, before}} {
		other := map[string]bool{}
		for line := range bytes.Lines(pair[1]) {
			other[string(line)] = true
		}
		for line := range bytes.Lines(pair[0]) {
			if !other[string(line)] {
				all = append(all, mark+string(line))
			}
		}
	}
	return strings.Join(all, "")
}

// successes does all that the row's actor may do, each on an account of its own.
func (m *matrix) successes(row string, tried map[string]int) {
	m.Helper()
	chosen := m.cellsOf(row, nil, func(a *act, column, word string) bool { return word == "ok" && !a.reads })
	if len(chosen) == 0 {
		return
	}
	p := m.actor(row)
	for _, c := range chosen {
		m.mustHaveGroup("crew") // the cell before may have deleted it
		m.policyID()
		if c.ready != nil {
			c.ready(c.target)
		}
		by := m.byOf(p, row)
		before := m.dump()
		if err := c.on(m.kit, by, c.target); err != nil {
			m.Errorf("%s by %s on %s: %v", c.name, row, c.column, err)
		}
		if difference(before, m.dump()) == "" {
			m.Errorf("%s by %s on %s changes nothing", c.name, row, c.column)
		}
		tried[c.name]++
		delete(m.targets, c.name+c.column)
	}
}
