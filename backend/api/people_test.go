package api

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/people"
	"imagemaster/backend/policy"
)

// The columns say who calls: a person and a helper with a second factor; an
// administrator without one (bare), with a session that the password alone has opened
// during a pause (paused), with factors given too long ago (stale), and with fresh
// factors. Package people has the whole matrix; this is what HTTP makes of it.
const callers = `
                     person     helper        bare         paused        stale         fresh
listPeople           role_owed  200           factor_owed  step_up_owed  200           200
exportPeople         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
invitePerson         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
checkTable           role_owed  role_owed     factor_owed  step_up_owed  200           200
importTable          role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
getPerson            role_owed  200           factor_owed  step_up_owed  200           200
listPersonActivity   role_owed  200           factor_owed  step_up_owed  200           200
endPersonSession     role_owed  204           factor_owed  step_up_owed  step_up_owed  204
endPersonSessions    role_owed  204           factor_owed  step_up_owed  step_up_owed  204
givePasswordLink     role_owed  200           factor_owed  step_up_owed  step_up_owed  200
renewInvitation      role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
disablePerson        role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
enablePerson         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
removePersonFactor   role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
renamePerson         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
setPersonEmail       role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
setPersonRole        role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
setPersonGroups      role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
deletePerson         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
giveHelpCode         role_owed  200           factor_owed  step_up_owed  step_up_owed  200
giveException        role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
endException         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
listGroups           role_owed  200           factor_owed  step_up_owed  200           200
createGroup          role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
changeGroup          role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
deleteGroup          role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
listMembers          role_owed  200           factor_owed  step_up_owed  200           200
joinGroup            role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
leaveGroup           role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
listApplications     role_owed  role_owed     factor_owed  step_up_owed  200           200
createApplication    role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
getApplication       role_owed  role_owed     factor_owed  step_up_owed  200           200
changeApplication    role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
deleteApplication    role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
tryApplication       role_owed  role_owed     factor_owed  step_up_owed  200           200
getProxySettings     role_owed  role_owed     factor_owed  step_up_owed  200           200
listPolicies         role_owed  role_owed     factor_owed  step_up_owed  200           200
createPolicy         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
tryPolicy            role_owed  role_owed     factor_owed  step_up_owed  200           200
changePolicy         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
deletePolicy         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  204
listEvents           role_owed  role_owed     factor_owed  step_up_owed  200           200
exportEvents         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
getReport            role_owed  role_owed     factor_owed  step_up_owed  200           200
exportReport         role_owed  role_owed     factor_owed  step_up_owed  step_up_owed  200
`

// office is a server with somebody of each kind, and what they work on.
type office struct {
	*kit
	who  map[string]*person // by column
	home map[string]*browser
	made int
	seen map[string]map[string]bool // codes by operation
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{kit: sqlite(t), who: map[string]*person{}, home: map[string]*browser{}, seen: map[string]map[string]bool{}}
	o.addUser("bare")
	o.home["bare"] = o.browser()
	o.home["bare"].signIn("bare")
	for column, role := range map[string]account.Role{"person": account.Person, "helper": account.Helper, "stale": account.Administrator,
		"fresh": account.Administrator, "paused": account.Administrator} {
		p := o.personAt(column, enabled)
		if column == "paused" {
			p.pause("open")
		}
		if role != account.Person {
			o.makes(column, role)
		}
		o.who[column], o.home[column] = p, p.home
	}
	o.home["paused"] = o.browser()
	o.home["paused"].signIn("paused")
	return o
}

// as is the browser of a column, with fresh factors except in one.
func (o *office) as(column string) *browser {
	o.t.Helper()
	p, b := o.who[column], o.home[column]
	if b.load()["state"] == "anonymous" {
		b.signIn(column)
		if p != nil && column != "paused" {
			b.verify(p.secret)
		}
	}
	if p != nil && column != "paused" {
		b.stepUp("password", rightPassword, "code", p.appCode())
	} else {
		b.stepUp("password", rightPassword)
	}
	if column == "stale" {
		o.clock.move(5*time.Minute + time.Second)
	}
	return b
}

// policy makes a policy that is far ahead, and returns its id.
func (o *office) policy() int64 {
	o.t.Helper()
	all, err := o.deps.People.Policies(o.t.Context(), auth.Operator)
	if err != nil || len(all) > 0 {
		return all[0].ID
	}
	id, err := o.deps.People.CreatePolicy(o.t.Context(), auth.Operator, people.Policy{Audience: policy.Everybody, Minimum: policy.AnyFactor, StartsAt: o.clock.now().AddDate(1, 0, 0), GraceDays: 365})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// does calls an operation on somebody who is ready for it, and returns the answer.
func (o *office) does(b *browser, id string) answer {
	o.t.Helper()
	o.made++
	name := fmt.Sprintf("target-%d", o.made)
	var target, session int64
	switch id {
	case "renewInvitation":
		o.invite(name)
		target = o.id(name)
	case "endPersonSession", "endPersonSessions", "givePasswordLink", "giveHelpCode", "removePersonFactor", "setPersonRole":
		p := o.personAt(name, enabled)
		target = o.id(name)
		session = int64(p.home.want(200, "GET", "/api/sessions", "").json["sessions"].([]any)[0].(map[string]any)["id"].(float64))
	default:
		o.addPerson(name)
		target = o.id(name)
	}
	if id == "enablePerson" {
		if err := o.deps.People.Disable(o.t.Context(), auth.Operator, target); err != nil {
			o.t.Fatal(err)
		}
	}
	if id == "endException" {
		if err := o.deps.People.GiveException(o.t.Context(), auth.Operator, target, "On leave.", o.clock.now().AddDate(0, 0, 30)); err != nil {
			o.t.Fatal(err)
		}
	}
	group := o.group(name+"-group", name)
	if id == "joinGroup" {
		group = o.group(name + "-other")
	}
	var wiki int64
	if strings.Contains(id, "Application") || id == "getProxySettings" { // there may be 200
		wiki = o.application(name)
	}
	if b != o.home["stale"] && b.load()["level"] == 2.0 { // all this took its time
		for column, home := range o.home {
			if home == b {
				o.as(column)
			}
		}
	}
	body := map[string]string{
		"exportPeople":       object("format", "csv", "search", name, "filter", "", "group", 0),
		"exportEvents":       object("format", "csv", "by", "", "person", name, "kind", "", "address", "", "since", "2026-11-01T00:00:00Z", "until", ""),
		"exportReport":       object("format", "csv", "days", 1),
		"invitePerson":       invitation(name + "-guest"),
		"checkTable":         object("csv", "username\n"+name+"-row\n"),
		"importTable":        object("csv", "username\n"+name+"-row\n", "hours", 720, "language", "de"),
		"givePasswordLink":   object("language", "en"),
		"renewInvitation":    object("hours", 1, "language", "en"),
		"removePersonFactor": object("reason", "The phone is lost."),
		"renamePerson":       object("username", name+"-new", "display_name", ""),
		"setPersonEmail":     object("email", name+"@example.org"),
		"setPersonRole":      object("role", "helper"),
		"setPersonGroups":    object("groups", []string{}),
		"deletePerson":       object("username", name),
		"createGroup":        object("name", name+"-made", "description", ""),
		"createApplication":  application(name+"-made", 0),
		"changeApplication":  application(name+"-changed", 1),
		"tryApplication":     object("address", "https://"+name+".example/", "method", "POST", "username", name),
		"giveHelpCode":       object("reason", "The phone is lost.", "minutes", 15),
		"giveException":      object("reason", "On leave.", "ends_at", stamp(o.clock.now().AddDate(0, 0, 30))),
		"createPolicy":       aPolicy(30),
		"changePolicy":       aPolicy(20),
		"tryPolicy":          aPolicy(10, "id", 0),
		"changeGroup":        object("name", name+"-changed", "description", "Those who work here"),
		"joinGroup":          object("usernames", []string{name}),
	}[id]
	return o.call(b, id, map[string]int64{"{session}": session, "{account}": target, "person": target, "group": group, "application": wiki, "policy": o.policy()}, body)
}

// call calls an operation by its id and keeps the code of its answer. ids stand for the
// parts of the path; {id} is a person, a group or an application.
func (o *office) call(b *browser, id string, ids map[string]int64, body string) answer {
	o.t.Helper()
	method, path := routeOf(o.t, id)
	what := "person"
	switch {
	case strings.HasPrefix(path, "/api/groups"):
		what = "group"
	case strings.HasPrefix(path, "/api/applications"):
		what = "application"
	case strings.HasPrefix(path, "/api/policies"):
		what = "policy"
	}
	path = strings.ReplaceAll(path, "{id}", fmt.Sprint(ids[what]))
	for _, part := range []string{"{session}", "{account}"} {
		path = strings.ReplaceAll(path, part, fmt.Sprint(ids[part]))
	}
	a := b.send(method, path, body)
	if o.seen[id] == nil {
		o.seen[id] = map[string]bool{}
	}
	if code, ok := a.json["code"].(string); ok && a.status >= 400 {
		o.seen[id][code] = true
	}
	return a
}

func routeOf(t testing.TB, id string) (method, path string) {
	t.Helper()
	for _, route := range routesIn(t) {
		if operation(route.method, route.path).OperationID == id {
			return route.method, route.path
		}
	}
	t.Fatalf("there is no operation %s", id)
	return "", ""
}

// TestRoles calls every route of helpers and administrators as each of them, then
// makes the mistakes that are possible there. Every code that the document names for
// such a route has come once.
func TestRoles(t *testing.T) {
	o := newOffice(t)
	lines := strings.Split(strings.Trim(callers, "\n"), "\n")
	columns, listed := strings.Fields(lines[0]), map[string]bool{}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		listed[fields[0]] = true
		for i, want := range fields[1:] {
			a := o.does(o.as(columns[i]), fields[0])
			if got := fmt.Sprint(a.status); got != want && a.json["code"] != want {
				t.Errorf("%s as %s: %s, want %s", fields[0], columns[i], a.body, want)
			}
		}
	}
	for _, route := range routesIn(t) {
		id := operation(route.method, route.path).OperationID
		if ours := regexp.MustCompile("^/api/(people|groups|applications|policies|events|report)").MatchString(route.path); ours != listed[id] {
			t.Errorf("%s is in the table: %v", id, listed[id])
		}
	}
	o.mistakes()
	o.checkCodes(listed)
}

// mistakes makes those that have nothing to do with the role.
func (o *office) mistakes() {
	o.t.Helper()
	b := o.as("fresh")
	own := o.id("fresh")
	o.personAt("anna", enabled)
	o.personAt("bert", off)
	o.invite("carl")
	o.as("fresh")
	refused := func(status int, code, id string, ids map[string]int64, body string) {
		o.t.Helper()
		o.call(b, id, ids, body).isProblem(o.t, status, code)
	}
	for id, body := range map[string]string{"endPersonSession": "", "endPersonSessions": "", "givePasswordLink": object("language", "en"),
		"renewInvitation": object("hours", 1, "language", "en"), "disablePerson": "", "enablePerson": "", "removePersonFactor": object("reason", "x"),
		"renamePerson": object("username", "x", "display_name", ""), "setPersonEmail": object("email", ""), "setPersonRole": object("role", "person"),
		"setPersonGroups": object("groups", []string{}), "deletePerson": object("username", "fresh"), "giveHelpCode": object("reason", "x", "minutes", 15),
		"giveException": object("reason", "x", "ends_at", stamp(o.clock.now().AddDate(0, 0, 1))), "endException": ""} {
		refused(409, "own_account", id, map[string]int64{"person": own, "{session}": 1}, body)
		refused(404, "not_found", id, map[string]int64{"person": 1 << 40, "{session}": 1}, body)
	}
	for _, id := range []string{"getPerson", "listPersonActivity"} {
		refused(404, "not_found", id, map[string]int64{"person": 1 << 40}, "")
	}
	staff := o.group("staff", "fresh")
	for id, body := range map[string]string{"changeGroup": object("name", "x", "description", ""), "deleteGroup": "", "listMembers": "",
		"joinGroup": object("usernames", []string{"anna"}), "leaveGroup": ""} {
		refused(404, "not_found", id, map[string]int64{"group": 1 << 40, "{account}": o.id("anna")}, body)
	}
	refused(404, "not_found", "leaveGroup", map[string]int64{"group": staff, "{account}": o.id("anna")}, "") // not in it
	refused(409, "own_account", "leaveGroup", map[string]int64{"group": staff, "{account}": own}, "")
	refused(409, "own_account", "joinGroup", map[string]int64{"group": o.group("crew")}, object("usernames", []string{"anna", "Fresh"}))
	refused(409, "own_account", "changeGroup", map[string]int64{"group": staff}, object("name", "x", "description", ""))
	refused(409, "own_account", "deleteGroup", map[string]int64{"group": staff}, "")
	for id, body := range map[string]string{"getApplication": "", "changeApplication": application("X", 1), "deleteApplication": "", "getProxySettings": ""} {
		refused(404, "not_found", id, map[string]int64{"application": 1 << 40}, body)
	}
	wiki := o.application("wiki")
	refused(409, "wrong_state", "changeApplication", map[string]int64{"application": wiki}, application("X", 7))
	named := strings.NewReplacer(`"everybody"`, `"groups"`, `"groups":[]`, `"groups":["team"]`).Replace(application("X", 1))
	team := o.group("team")
	o.call(b, "changeApplication", map[string]int64{"application": wiki}, named)
	refused(409, "group_in_use", "deleteGroup", map[string]int64{"group": team}, "")

	for id, body := range map[string]string{"changePolicy": aPolicy(1), "deletePolicy": "", "tryPolicy": aPolicy(1, "id", 1<<40)} {
		refused(404, "not_found", id, map[string]int64{"policy": 1 << 40}, body)
	}

	for range 49 { // there is one
		if a := o.call(b, "createPolicy", nil, aPolicy(365)); a.status != 200 {
			o.t.Fatal(a.body)
		}
	}
	refused(409, "wrong_state", "createPolicy", nil, aPolicy(365))

	anna, bert, carl := map[string]int64{"person": o.id("anna")}, map[string]int64{"person": o.id("bert")}, map[string]int64{"person": o.id("carl")}
	refused(409, "wrong_state", "enablePerson", anna, "")
	refused(409, "wrong_state", "removePersonFactor", bert, object("reason", "x"))
	refused(409, "wrong_state", "givePasswordLink", carl, object("language", "en"))
	refused(409, "wrong_state", "renewInvitation", anna, object("hours", 1, "language", "en"))
	refused(409, "wrong_state", "setPersonRole", anna, object("role", "person"))
	refused(409, "factor_missing", "setPersonRole", bert, object("role", "helper"))
	refused(409, "wrong_state", "endException", anna, "")
	refused(409, "wrong_state", "giveHelpCode", bert, object("reason", "x", "minutes", 15))
	o.call(b, "givePasswordLink", anna, object("language", "en"))
	late := o.call(b, "removePersonFactor", anna, object("reason", "x"))
	late.isProblem(o.t, 403, "acted_lately")
	if late.json["wait_seconds"] != 86400.0 {
		o.t.Errorf("wait %v", late.json["wait_seconds"])
	}
	refused(403, "acted_lately", "setPersonEmail", anna, object("email", ""))
	refused(403, "acted_lately", "giveHelpCode", anna, object("reason", "x", "minutes", 15))
	o.call(b, "setPersonEmail", bert, object("email", "bert@example.org"))
	refused(403, "acted_lately", "givePasswordLink", bert, object("language", "en"))
	if a := o.call(b, "disablePerson", bert, ""); a.status != 204 {
		o.t.Error(a.body)
	}
	refused(409, "wrong_state", "disablePerson", bert, "")
}

// elsewhere are documented codes that cannot come here.
var elsewhere = map[string]string{
	"last_administrator": "who acts is an administrator who stays; the pages know the answer all the same",
	"password_known":     "TestNoFactorIsRemovedWhilePasswordIsKnown (package people)",
	"help_stopped":       "TestNotMe (package people)",
	"policy_not_met":     "TestPolicyNeedsItsAuthor (package people)",
	"mail_wait":          "mail is not set up here (package people)",
	"busy":               "two exports at the same moment",
	"keys_impossible":    "the address has a host name here (package people)",
}

// checkCodes compares the codes that came with those that the document names beside
// those that each route has.
func (o *office) checkCodes(listed map[string]bool) {
	o.t.Helper()
	common := slices.Concat(always, changes, notSignedIn, owed)
	for id := range listed {
		method, path := routeOf(o.t, id)
		for status, response := range operation(method, path).Responses {
			if status < "400" {
				continue
			}
			for line := range strings.Lines(response.Description) {
				code, _, _ := strings.Cut(line, ":")
				if _, known := elsewhere[code]; !known && !slices.Contains(common, apperr.Code(code)) && !o.seen[id][code] {
					o.t.Errorf("%s: %s is documented and never comes", id, code)
				}
			}
		}
	}
}

// TestPersonView: what the page of one person gets, and which acts it offers.
func TestPersonView(t *testing.T) {
	o := newOffice(t)
	o.personAt("anna", enabled)
	o.group("staff", "anna")
	o.invite("carl")
	fresh, helper := o.as("fresh"), o.as("helper")
	path := fmt.Sprintf("/api/people/%d", o.id("anna"))
	v := fresh.want(200, "GET", path, "").json
	for member, want := range map[string]any{"username": "anna", "role": "person", "state": "enabled", "second_factor": "enabled", "backup_codes_left": 10.0,
		"email": "", "email_own": false, "must_change_password": false, "disabled_at": nil, "paused_until": nil, "link": nil, "own": false} {
		if v[member] != want {
			t.Errorf("%s is %v, want %v", member, v[member], want)
		}
	}
	if fmt.Sprint(v["groups"]) != "[staff]" || len(v["memberships"].([]any)) != 1 || len(v["sessions"].([]any)) != 1 || len(v["factors"].([]any)) != 1 {
		t.Errorf("the person is %v", v)
	}
	if set := v["codes"].(map[string]any); set["left"] != 10.0 || set["number"] != 1.0 || set["confirmed_at"] != nil {
		t.Errorf("the codes are %v", set)
	}
	for who, c := range map[string]struct {
		by   *browser
		of   string
		want string
	}{
		"administrator":       {fresh, "anna", "end_sessions password_link help_code disable remove_second_factor role exception rename email groups delete"},
		"helper":              {helper, "anna", "end_sessions password_link help_code"},
		"of an invited one":   {fresh, "carl", "invitation disable exception rename email groups delete"},
		"helper of one":       {helper, "carl", ""},
		"of an administrator": {fresh, "stale", "end_sessions password_link help_code disable remove_second_factor role exception rename email groups delete"},
		"helper of such":      {helper, "stale", ""},
		"own":                 {fresh, "fresh", ""},
		"helper of own":       {helper, "helper", ""},
	} {
		got := c.by.want(200, "GET", fmt.Sprintf("/api/people/%d", o.id(c.of)), "").json
		if may := strings.Trim(fmt.Sprint(got["may"]), "[]"); may != c.want || got["own"] != (strings.HasSuffix(who, "own")) {
			t.Errorf("%s may %q, want %q; own %v", who, may, c.want, got["own"])
		}
	}
	link := fresh.want(200, "POST", path+"/password-link", object("language", "en")).json
	if link["kind"] != "password" || link["mailed_to"] != "" || link["expires_at"] != stamp(o.clock.now().Add(time.Hour)) ||
		!strings.HasPrefix(link["url"].(string), publicURL+"/welcome#") {
		t.Errorf("the link is %v", link)
	}
	shown := fresh.want(200, "GET", path, "")
	if open := shown.json["link"].(map[string]any); open["kind"] != "password" || open["by"] != "fresh" || strings.Contains(shown.body, link["url"].(string)) {
		t.Errorf("the open link is %v", open)
	}
}

// TestPersonActivity: the events say who acted, of what, and how many. The person does
// not see from where somebody else acted; helpers and administrators do.
func TestPersonActivity(t *testing.T) {
	o := newOffice(t)
	anna := o.personAt("anna", enabled)
	id := o.id("anna")
	path := fmt.Sprintf("/api/people/%d", id)
	o.group("staff")
	fresh := o.as("fresh")
	fresh.want(204, "PUT", path+"/groups", object("groups", []string{"staff"}))
	fresh.want(204, "PUT", path+"/email", object("email", "anna@example.org"))
	fresh.want(204, "PUT", path+"/role", object("role", "helper"))
	fresh.want(204, "PUT", path+"/name", object("username", "hannah", "display_name", ""))
	o.makes("hannah", account.Person)
	helper := o.as("helper")
	helper.want(204, "DELETE", path+"/sessions", "")

	want := []struct{ kind, actor, by, group, detail string }{
		{"sessions_ended", "helper", "helper", "", ""}, {"role_changed", "operator", "", "", "person"}, {"renamed", "administrator", "fresh", "", "hannah"},
		{"role_changed", "administrator", "fresh", "", "helper"}, {"email_changed", "administrator", "fresh", "", "anna@example.org"},
		{"group_joined", "administrator", "fresh", "staff", ""},
	}
	check := func(who string, events []any, address string) {
		t.Helper()
		for i, w := range want {
			e := events[i].(map[string]any)
			if e["kind"] != w.kind || e["actor"] != w.actor || e["by"] != w.by || e["group"] != w.group || e["detail"] != w.detail {
				t.Errorf("%s: event %d is %v, want %v", who, i, e, w)
			}
			from := address
			if w.actor == "operator" {
				from = ""
			}
			if e["address"] != from || (e["client"].(map[string]any)["browser"] == "Firefox") != (from != "") {
				t.Errorf("%s: event %d came from %v %v", who, i, e["address"], e["client"])
			}
		}
	}
	check("helper", helper.want(200, "GET", path+"/activity", "").json["events"].([]any), "0.0.0.0")
	if n := helper.want(200, "GET", path+"/activity", "").json["events"].([]any)[0].(map[string]any)["count"]; n != 1.0 {
		t.Errorf("%v sessions ended", n)
	}
	anna.name = "hannah"
	anna.enter(anna.home)
	own := anna.home.want(200, "GET", "/api/activity", "").json["events"].([]any)
	check("the person", slices.DeleteFunc(own, func(e any) bool { return e.(map[string]any)["actor"] == "person" }), "")
	for _, n := range anna.home.load()["notices"].([]any) {
		notice := n.(map[string]any)
		if notice["kind"] == "role_changed" && notice["detail"] == "helper" && notice["actor"] != "fresh" {
			t.Errorf("the notice is %v", notice)
		}
	}
	if role := anna.home.load()["account"].(map[string]any)["role"]; role != "person" {
		t.Errorf("the role is %v", role)
	}
	// A page has 50 events and tells where the next one begins.
	for range 60 {
		if err := o.deps.People.SetRole(t.Context(), auth.Operator, id, account.Helper, false); err != nil {
			t.Fatal(err)
		}
		o.makes("hannah", account.Person)
	}
	helper = o.as("helper")
	page := helper.want(200, "GET", path+"/activity", "").json
	next := helper.want(200, "GET", path+"/activity?before="+number(page["before"]), "").json["events"].([]any)
	if len(page["events"].([]any)) != 50 || len(next) != 50 || next[0].(map[string]any)["id"].(float64) >= page["before"].(float64) {
		t.Errorf("%d events before %v, then %d", len(page["events"].([]any)), page["before"], len(next))
	}
}

// TestListOfPeople: search, filters, groups and pages, and what is refused.
func TestListOfPeople(t *testing.T) {
	o := newOffice(t)
	var table strings.Builder
	table.WriteString("username,name\n")
	for i := range 120 {
		fmt.Fprintf(&table, "guest%03d,Guest No %03d\n", i, i)
	}
	o.importAll(table.String())
	staff := o.group("staff", "guest001", "guest002")
	b := o.as("helper")
	names := func(query string) (all []string) {
		for after := ""; ; {
			a := b.want(200, "GET", "/api/people?"+query+after, "").json
			for _, p := range a["people"].([]any) {
				all = append(all, p.(map[string]any)["username"].(string))
			}
			if a["after"] == nil {
				return all
			}
			after = "&after=" + a["after"].(string)
		}
	}
	if all := names("search=guest"); len(all) != 120 || !slices.IsSorted(all) || all[0] != "guest000" {
		t.Errorf("%d guests, the first is %v", len(all), all[:1])
	}
	if all := names(""); len(all) != 126 {
		t.Errorf("%d people", len(all))
	}
	if got := fmt.Sprint(names(fmt.Sprintf("group=%d", staff))); got != "[guest001 guest002]" {
		t.Errorf("staff is %s", got)
	}
	if got := fmt.Sprint(names("search=GUEST00&group=0"), names("filter=disabled"), names("search=nobody")); got != "[guest000 guest001 guest002 guest003 guest004 guest005 guest006 guest007 guest008 guest009] [] []" {
		t.Error(got)
	}
	if got := names("filter=no_second_factor&search=b"); fmt.Sprint(got) != "[bare]" {
		t.Errorf("without a second factor: %v", got)
	}
	for _, wrong := range []string{"filter=all", "filter=Disabled", "group=-1", "group=x", "after=x", "after=!!", "search=" + strings.Repeat("a", 201), "after=" + strings.Repeat("a", 1001)} {
		b.refused(422, "invalid", "GET", "/api/people?"+wrong, "")
	}
	for _, wrong := range []string{"0", "-1", "x", "1e3", "9223372036854775808", "%2e%2e"} {
		b.refused(404, "not_found", "GET", "/api/people/"+wrong, "")
		b.refused(404, "not_found", "GET", "/api/groups/"+wrong+"/members", "")
	}
	fresh := o.as("fresh")
	begins := map[string]string{"csv": "\ufeffusername,name,email,", "json": "[{"}
	for format, kind := range map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"} {
		e := fresh.want(200, "POST", "/api/people/export", object("format", format, "search", "guest00", "filter", "", "group", 0)).json
		if e["type"] != kind || !strings.HasPrefix(e["content"].(string), begins[format]) || e["filename"] != "people-2026-11-23."+format || strings.Count(e["content"].(string), "guest00") < 10 || strings.Contains(e["content"].(string), "guest010") {
			t.Errorf("the export is %v", e)
		}
	}
	fresh.refused(422, "invalid", "POST", "/api/people/export", object("format", "xml", "search", "", "filter", "", "group", 0))
}

func (o *office) importAll(table string) {
	o.t.Helper()
	if _, err := o.deps.People.Import(o.t.Context(), auth.Operator, []byte(table), people.InBrowser, time.Hour, "en"); err != nil {
		o.t.Fatal(err)
	}
}

// TestPersonWithKeys: the page of a person names each factor, with what it is called,
// since when and whether it works. The list has the kinds.
func TestPersonWithKeys(t *testing.T) {
	o := newOffice(t)
	p := o.personAt("anna", enabled)
	at := o.clock.now()
	for i, host := range []string{"sign-in.example", "old.example"} {
		key := passkey.Key{AccountID: o.id("anna"), RPID: host, CredentialID: []byte{byte(i)}, PublicKey: []byte{1}, AAGUID: make([]byte, 16), Name: host,
			Discoverable: i == 0, Verified: i == 0, CreatedAt: at.UnixMilli(), LastUsedAt: int64(i) * at.UnixMilli()}
		if err := o.db.InTx(t.Context(), func(tx *database.Tx) error { return passkey.Create(t.Context(), tx, &key) }); err != nil {
			t.Fatal(err)
		}
	}
	v := o.as("helper").want(200, "GET", fmt.Sprintf("/api/people/%d", o.id("anna")), "").json
	var got []string
	for _, one := range v["factors"].([]any) {
		f := one.(map[string]any)
		got = append(got, fmt.Sprint(f["kind"], " ", f["name"], " ", f["works"], " ", f["last_used_at"] != nil))
	}
	if list := strings.Join(got, ", "); list != "app  true true, passkey sign-in.example true false, hardware_key old.example false true" {
		t.Errorf("the factors of %s are %s", p.name, list)
	}
	if v["second_factor"] != "enabled" || fmt.Sprint(v["factor_kinds"]) != "[app passkey hardware_key]" {
		t.Errorf("%v, %v", v["second_factor"], v["factor_kinds"])
	}
}
