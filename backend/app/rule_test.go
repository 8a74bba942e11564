package app_test

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/app"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const staff, crew = 7, 8 // ids of groups

// outcome is a decision in a word: yes, no, or what is needed first.
func outcome(d app.Decision) string {
	switch {
	case d.Allowed && d.Needs == nil:
		return "yes"
	case !d.Allowed && d.Needs == nil:
		return "no"
	case d.Allowed:
		return "allowed with needs"
	}
	var needs []string
	for _, n := range d.Needs {
		needs = append(needs, string(n))
	}
	return strings.Join(needs, "+")
}

// at is a time some minutes before monday, as stored.
func at(minutes int) int64 { return monday.Add(-time.Duration(minutes) * time.Minute).UnixMilli() }

// persons are those that the tables are about. The old ones gave their factors six
// minutes ago.
func persons() map[string]app.Person {
	return map[string]app.Person{
		"nobody":      {},
		"without":     {SignedIn: true, PasswordAt: at(0)},
		"paused":      {SignedIn: true, HasFactor: true, PasswordAt: at(0)},
		"both":        {SignedIn: true, HasFactor: true, TwoFactors: true, PasswordAt: at(0), CodeAt: at(0)},
		"old-without": {SignedIn: true, PasswordAt: at(6)},
		"old-paused":  {SignedIn: true, HasFactor: true, PasswordAt: at(6)},
		"old":         {SignedIn: true, HasFactor: true, TwoFactors: true, PasswordAt: at(6), CodeAt: at(6)},
		"old-code":    {SignedIn: true, HasFactor: true, TwoFactors: true, PasswordAt: at(0), CodeAt: at(6)},
		"old-word":    {SignedIn: true, HasFactor: true, TwoFactors: true, PasswordAt: at(6), CodeAt: at(0)},
		"new-key":     {SignedIn: true, HasFactor: true, HasKey: true, TwoFactors: true, PasswordAt: at(0), CodeAt: at(0)}, // or the session gave a code
		"key":         {SignedIn: true, HasFactor: true, HasKey: true, TwoFactors: true, PasswordAt: at(0), CodeAt: at(0), ResistantAt: at(0)},
		"old-key":     {SignedIn: true, HasFactor: true, HasKey: true, TwoFactors: true, PasswordAt: at(0), CodeAt: at(0), ResistantAt: at(6)},
		"gone-key":    {SignedIn: true, HasFactor: true, TwoFactors: true, PasswordAt: at(0), CodeAt: at(0), ResistantAt: at(0)}, // was removed
		"owing":       {HasFactor: true, TwoFactors: true, PasswordAt: at(0), CodeAt: at(0)},                                     // signed in, but something is owed first
	}
}

const demands = `
               nobody  owing   without old-without     paused old-paused      both   old             old-code old-word        new-key key old-key gone-key
none           yes     yes     yes     yes             yes    yes             yes    yes             yes      yes             yes     yes yes     yes
password       sign_in sign_in yes     yes             yes    yes             yes    yes             yes      yes             yes     yes yes     yes
two            sign_in sign_in set_up  set_up          code   code            yes    yes             yes      yes             yes     yes yes     yes
resistant      sign_in sign_in set_up  set_up          set_up set_up          set_up set_up          set_up   set_up          key     yes yes     set_up
password-5     sign_in sign_in yes     password        yes    password        yes    password        yes      password        yes     yes yes     yes
two-5          sign_in sign_in set_up  password+set_up code   password+code   yes    password+code   code     password        yes     yes yes     yes
resistant-5    sign_in sign_in set_up  password+set_up set_up password+set_up set_up password+set_up set_up   password+set_up key     yes key     set_up
`

var demanded = map[string]app.Rule{
	"none":        {Path: "/", Who: app.Public, Factor: app.NoFactor},
	"password":    {Path: "/", Factor: app.Password},
	"two":         {Path: "/", Factor: app.TwoFactors},
	"resistant":   {Path: "/", Factor: app.Resistant},
	"password-5":  {Path: "/", Factor: app.Password, MaxAgeMinutes: 5},
	"two-5":       {Path: "/", Factor: app.TwoFactors, MaxAgeMinutes: 5},
	"resistant-5": {Path: "/", Factor: app.Resistant, MaxAgeMinutes: 5},
}

// What a rule demands × the person × for whom the rule is. A member of one of the groups
// is judged as everybody is, anybody else has no right, whatever was given.
func TestWhatARuleDemands(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(demands), "\n")
	names, all := strings.Fields(lines[0]), persons()
	if len(names) != len(all) || len(lines)-1 != len(demanded) {
		t.Fatal("the table is not complete")
	}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		for i, name := range names {
			person, rule, want := all[name], demanded[cells[0]], cells[i+1]
			judge := func(what string, who app.Who, groups, memberOf []int64, want string) {
				t.Helper()
				if rule.Who != app.Public {
					rule.Who, rule.Groups = who, groups
				}
				person.Groups = memberOf
				a := &app.Application{Rules: []app.Rule{rule}}
				d := a.Decide("GET", "/page", &person, monday)
				if got := outcome(d); got != want || d.Rule != 1 || d.Ambiguous || d.Public != (cells[0] == "none") {
					t.Errorf("%s, %s, %s: %+v, want %s by rule 1", cells[0], name, what, d, want)
				}
			}
			outside := want
			if cells[0] != "none" && person.SignedIn {
				outside = "no"
			}
			judge("for everybody", app.Everybody, nil, nil, want)
			judge("a member", app.Groups, []int64{staff, crew}, []int64{3, crew}, want)
			judge("a member of another group", app.Groups, []int64{staff, crew}, []int64{3, 9}, outside)
			judge("in no group", app.Groups, []int64{staff}, nil, outside)
		}
	}
}

// Factors count for exactly N minutes. Those of the future, and those never given, do
// not.
func TestHowOldFactorsMayBe(t *testing.T) {
	for _, minutes := range []int{1, 5, 1440} {
		limit := time.Duration(minutes) * time.Minute
		for _, c := range []struct {
			age   time.Duration
			fresh bool
		}{{0, true}, {time.Millisecond, true}, {limit - time.Millisecond, true}, {limit, true}, {limit + time.Millisecond, false}, {24*time.Hour + time.Minute, false},
			{-time.Millisecond, false}, {-limit, false}, {-24 * time.Hour, false}} {
			given := monday.Add(-c.age).UnixMilli()
			rule := app.Rule{Path: "/", Who: app.Everybody, Factor: app.TwoFactors, MaxAgeMinutes: minutes}
			judge := func(password, code int64) string {
				person := &app.Person{SignedIn: true, HasFactor: true, TwoFactors: true, PasswordAt: password, CodeAt: code}
				return outcome((&app.Application{Rules: []app.Rule{rule}}).Decide("GET", "/", person, monday))
			}
			want := [3]string{"password", "code", "password+code"}
			if c.fresh {
				want = [3]string{"yes", "yes", "yes"}
			}
			got := [3]string{judge(given, monday.UnixMilli()), judge(monday.UnixMilli(), given), judge(given, given)}
			if got != want {
				t.Errorf("given %v ago, %d minutes allowed: %q, want %q", c.age, minutes, got, want)
			}
			if got := judge(0, 0); got != "password+code" {
				t.Errorf("never given: %s", got)
			}
			rule.MaxAgeMinutes = 0
			if got := judge(given, given); got != "yes" {
				t.Errorf("given %v ago, as old as the session: %s", c.age, got)
			}
		}
	}
}

// A prefix is for whole segments.
func TestPrefixes(t *testing.T) {
	for _, c := range []struct{ prefix, path, want string }{
		{"/", "/", "yes"}, {"/", "/a/b", "yes"},
		{"/wiki", "/wiki", "yes"}, {"/wiki", "/wiki/", "yes"}, {"/wiki", "/wiki/a/b.html", "yes"},
		{"/wiki", "/", "no"}, {"/wiki", "/wik", "no"}, {"/wiki", "/wikis", "no"}, {"/wiki", "/wiki.html", "no"}, {"/wiki", "/a/wiki", "no"},
		{"/wiki", "/wiki%20b", "no"},
		{"/a/b", "/a/b", "yes"}, {"/a/b", "/a/b/c", "yes"}, {"/a/b", "/a", "no"}, {"/a/b", "/a/", "no"}, {"/a/b", "/a/bc", "no"}, {"/a/b", "/ab", "no"},
	} {
		a := &app.Application{Rules: []app.Rule{{Path: c.prefix, Who: app.Public}}}
		d := a.Decide("GET", c.path, &app.Person{}, monday)
		if got := outcome(d); got != c.want || d.Ambiguous || d.Rule != map[string]int{"yes": 1, "no": 0}[c.want] {
			t.Errorf("%s, a rule for %s: %+v, want %s", c.path, c.prefix, d, c.want)
		}
	}
}

// The first rule that fits decides, also where a later one says something else. A rule
// for reading fits GET and HEAD only. What no rule fits is refused.
func TestTheFirstRuleDecides(t *testing.T) {
	a := &app.Application{Rules: []app.Rule{
		{Path: "/open/secret", Who: app.Groups, Groups: []int64{staff}, Factor: app.Password},
		{Path: "/open", Reading: true, Who: app.Public, Factor: app.NoFactor},
		{Path: "/open", Who: app.Groups, Groups: []int64{crew}, Factor: app.Password},
		{Path: "/docs", Reading: true, Who: app.Everybody, Factor: app.Password},
		{Path: "/open/late", Who: app.Public, Factor: app.NoFactor},
	}}
	member := &app.Person{SignedIn: true, PasswordAt: at(0), Groups: []int64{crew}}
	for _, c := range []struct {
		methods, path string
		person        *app.Person
		want          string
		rule          int
	}{
		{"GET HEAD", "/open", &app.Person{}, "yes", 2},
		{"GET HEAD", "/open/late", &app.Person{}, "yes", 2},
		{"GET HEAD POST", "/open/secret/x", &app.Person{}, "sign_in", 1},
		{"GET HEAD POST", "/open/secret", member, "no", 1}, // rule 2 and 3 would let them in
		{"POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND get head Get X", "/open", &app.Person{}, "sign_in", 3},
		{"POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND get head Get X", "/open/late", member, "yes", 3},
		{"GET HEAD", "/docs/a", member, "yes", 4},
		{"GET HEAD", "/docs/a", &app.Person{}, "sign_in", 4},
		{"POST PUT OPTIONS get", "/docs/a", member, "no", 0},
		{"GET HEAD POST", "/", member, "no", 0},
		{"GET HEAD POST", "/other", &app.Person{}, "no", 0},
	} {
		for method := range strings.FieldsSeq(c.methods) {
			if d := a.Decide(method, c.path, c.person, monday); outcome(d) != c.want || d.Rule != c.rule || d.Ambiguous {
				t.Errorf("%s %s: %+v, want %s by rule %d", method, c.path, d, c.want, c.rule)
			}
		}
	}
	if d := (&app.Application{}).Decide("GET", "/", member, monday); outcome(d) != "no" || d.Rule != 0 || d.Public {
		t.Errorf("without rules: %+v", d)
	}
}

// A person begins at a page that opens for this person: the root before others, and
// never one that an earlier rule refuses.
func TestWhereAPersonBegins(t *testing.T) {
	forCrew := func(path string) app.Rule {
		return app.Rule{Path: path, Who: app.Groups, Groups: []int64{crew}, Factor: app.TwoFactors, MaxAgeMinutes: 1}
	}
	forStaff := func(path string) app.Rule {
		return app.Rule{Path: path, Reading: true, Who: app.Groups, Groups: []int64{staff}, Factor: app.Password}
	}
	everybody := func(path string) app.Rule {
		return app.Rule{Path: path, Who: app.Everybody, Factor: app.TwoFactors}
	}
	for what, c := range map[string]struct {
		rules         []app.Rule
		others, crews string // where somebody in no group begins, and a member of the crew
	}{
		"no rules":                {nil, "", ""},
		"everybody":               {[]app.Rule{everybody("/")}, "/", "/"},
		"public":                  {[]app.Rule{{Path: "/", Reading: true, Who: app.Public}}, "/", "/"},
		"a group":                 {[]app.Rule{forCrew("/")}, "", "/"},
		"another group":           {[]app.Rule{forStaff("/")}, "", ""},
		"phishing-resistant":      {[]app.Rule{{Path: "/", Who: app.Everybody, Factor: app.Resistant, MaxAgeMinutes: 1}}, "/", "/"},
		"a part":                  {[]app.Rule{everybody("/wiki")}, "/wiki", "/wiki"},
		"the first part":          {[]app.Rule{forCrew("/ship"), everybody("/wiki"), everybody("/blog")}, "/wiki", "/ship"},
		"the root goes before":    {[]app.Rule{everybody("/wiki"), forCrew("/")}, "/wiki", "/"},
		"the first root decides":  {[]app.Rule{forCrew("/"), everybody("/")}, "", "/"},
		"behind a root":           {[]app.Rule{forCrew("/"), everybody("/wiki")}, "", "/"},
		"behind a wider rule":     {[]app.Rule{forCrew("/docs"), everybody("/docs/open")}, "", "/docs"},
		"behind the same rule":    {[]app.Rule{forCrew("/docs"), everybody("/docs")}, "", "/docs"},
		"behind one in capitals":  {[]app.Rule{forCrew("/Docs"), everybody("/docs")}, "", "/Docs"},
		"behind one for a group":  {[]app.Rule{forStaff("/docs"), everybody("/docs/open"), everybody("/blog")}, "/blog", "/blog"},
		"before the wider one":    {[]app.Rule{everybody("/docs/open"), forCrew("/docs")}, "/docs/open", "/docs/open"},
		"a name that begins so":   {[]app.Rule{forCrew("/doc"), everybody("/docs")}, "/docs", "/doc"},
		"only parts for somebody": {[]app.Rule{forStaff("/a"), forStaff("/b")}, "", ""},
	} {
		a := &app.Application{Rules: c.rules}
		if got := a.StartFor(nil); got != c.others {
			t.Errorf("%s: begins at %q, want %q", what, got, c.others)
		}
		if got := a.StartFor([]int64{3, crew}); got != c.crews {
			t.Errorf("%s: a member begins at %q, want %q", what, got, c.crews)
		}
	}
}
