package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagemaster/backend/testdb"
)

const (
	atSignIn = "--public-url=https://login.example.org"

	ruleForAll = `{"path":"/","methods":"all","who":"everybody","factor":"two"}`
	wikiJSON   = `{"name":"Wiki","addresses":["https://wiki.example.org","https://wiki.example.org:8443"],"rules":[
	  {"path":"/public","methods":"reading","who":"public","groups":[],"factor":"none","max_age_minutes":0,"origins":[]},
	  {"path":"/","methods":"all","who":"groups","groups":["staff","crew"],"factor":"password","max_age_minutes":30,"origins":["https://files.example.org"]}]}`
	filesJSON = `{"name":"Files & <more>","addresses":["https://files.example.org"],"rules":[` + ruleForAll + `]}`
)

func setOf(applications ...string) string {
	return `{"applications":[` + strings.Join(applications, ",") + `]}`
}

// applying is a call of apply with a set on standard input.
func (s *kit) applying(set string, args ...string) call {
	c := s.cmd(append([]string{"app", "apply", "-", atSignIn}, args...)...)
	c.stdin = set
	return c
}

func (s *kit) prints(want string, args ...string) {
	s.Helper()
	if got := s.cmd(args...).succeeds(s.T).stdout; got != want {
		s.Errorf("%q prints\n%s\nwant\n%s", args, got, want)
	}
}

func TestApplications(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.prints("APPLICATION  ADDRESS  WHO  FACTOR  LAST OPENED\n", "app", "list")
		s.prints("", "app", "list", "--json")
		s.prints("{\n  \"applications\": []\n}\n", "app", "export")
		s.cmd("group", "add", "staff").succeeds(t)
		s.cmd("group", "add", "crew").succeeds(t)

		// First only the plan.
		want := `Added: Wiki
  + address https://wiki.example.org
  + address https://wiki.example.org:8443
  + rule /public: reading only, public
  + rule /: all methods, groups crew, staff, password, not older than 30 minutes, also from https://files.example.org
Added: Files & <more>
  + address https://files.example.org
  + rule /: all methods, everybody, two factors
`
		before := testdb.Dump(t, s.db)
		if got := s.applying(setOf(wikiJSON, filesJSON)).succeeds(t).stdout; got != want+"Added: 2, changed: 0, deleted: 0, unchanged: 0. Nothing was stored: repeat the command with --yes to store it.\n" {
			t.Errorf("the plan is\n%s", got)
		}
		if string(testdb.Dump(t, s.db)) != string(before) {
			t.Error("a plan changes something")
		}
		if got := s.applying(setOf(wikiJSON, filesJSON), "--yes").succeeds(t).stdout; got != want+"Stored. Added: 2, changed: 0, deleted: 0, unchanged: 0.\n" {
			t.Errorf("it prints\n%s", got)
		}
		testdb.Exec(t, s.options, "UPDATE applications SET opened_at = 1700000000000 WHERE name = 'Wiki'")

		s.prints("APPLICATION     ADDRESS                    WHO                  FACTOR          LAST OPENED\n"+
			"Files & <more>  https://files.example.org  everybody            two             never\n"+
			"Wiki            https://wiki.example.org   public, crew, staff  none, password  2023-11-14\n", "app", "list")
		s.prints(`Wiki
Last opened: 2023-11-14T22:13:20Z

address https://wiki.example.org
address https://wiki.example.org:8443
rule /public: reading only, public
rule /: all methods, groups crew, staff, password, not older than 30 minutes, also from https://files.example.org
what fits no rule is refused
`, "app", "show", "Wiki")
		var shown map[string]any
		if err := json.Unmarshal([]byte(s.cmd("app", "show", "Wiki", "--json").succeeds(t).stdout), &shown); err != nil || shown["last_opened_at"] != "2023-11-14T22:13:20Z" {
			t.Errorf("show prints %v, %v", shown, err)
		}
		if got := s.cmd("app", "list", "--json").succeeds(t).stdout; strings.Count(got, "\n") != 2 || !strings.Contains(got, `{"name":"Files & <more>",`) || !strings.Contains(got, `"last_opened_at":null}`) {
			t.Errorf("the lines are\n%s", got)
		}

		// What is exported changes nothing, from a file and from standard input.
		exported := s.cmd("app", "export").succeeds(t).stdout
		s.prints(exported, "app", "export", "-")
		file := filepath.Join(t.TempDir(), "applications.json")
		s.prints("Wrote "+file+": applications: 2.\n", "app", "export", file)
		if text, err := os.ReadFile(file); err != nil || string(text) != exported {
			t.Errorf("the file holds %q, %v", text, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file has the mode %v, %v", info.Mode(), err)
		}
		s.cmd("app", "export", file).fails(t, 1, "cannot write "+file+": file exists")
		s.cmd("app", "export", filepath.Join(file, "x")).fails(t, 1, "not a directory")
		s.prints("Unchanged: Files & <more>, Wiki\nThe applications are as in the file: nothing to do.\n", "app", "apply", file, "--yes", atSignIn)

		// A host moves, a rule goes, an application goes.
		moved := setOf(`{"name":"Wiki","addresses":["https://files.example.org"],"rules":[`+ruleForAll+`,{"path":"/public","methods":"reading","who":"public","factor":"none"}]}`,
			`{"name":"New","addresses":["https://w.example.org"],"rules":[]}`)
		if got := s.applying("\ufeff"+moved+"\n", "--yes").succeeds(t).stdout; got != `Added: New
  + address https://w.example.org
Changed: Wiki
  - address https://wiki.example.org
  - address https://wiki.example.org:8443
  + address https://files.example.org
  + rule /: all methods, everybody, two factors
  - rule /: all methods, groups crew, staff, password, not older than 30 minutes, also from https://files.example.org
Deleted: Files & <more>
  - address https://files.example.org
  - rule /: all methods, everybody, two factors
Stored. Added: 1, changed: 1, deleted: 1, unchanged: 0.
` {
			t.Errorf("it prints\n%s", got)
		}
		s.prints("New\nLast opened: never\n\naddress https://w.example.org\nwhat fits no rule is refused\n", "app", "show", "New")
		s.prints("APPLICATION  ADDRESS                    WHO                FACTOR     LAST OPENED\n"+
			"New          https://w.example.org      nobody             none       never\n"+
			"Wiki         https://files.example.org  everybody, public  two, none  2023-11-14\n", "app", "list")

		counts := map[string]int{}
		for line := range strings.Lines(s.cmd("audit", "export").succeeds(t).stdout) {
			for _, kind := range []string{"application_added", "application_changed", "application_deleted"} {
				if strings.Contains(line, `"`+kind+`"`) {
					counts[kind]++
				}
			}
		}
		if got := fmt.Sprint(counts); got != "map[application_added:3 application_changed:1 application_deleted:1]" {
			t.Errorf("the events are %s", got)
		}
	})
}

// What is refused changes nothing, and the place of the mistake is named.
func TestApplicationsAreRefused(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.cmd("group", "add", "staff").succeeds(s.T)
		s.cmd("group", "add", "crew").succeeds(s.T)
		s.applying(setOf(filesJSON), "--yes").succeeds(s.T)
		before := testdb.Dump(s.T, s.db)
		in := func(from, to string) string { return setOf(filesJSON, strings.Replace(wikiJSON, from, to, 1)) }
		for _, c := range []struct{ set, want string }{
			{"", "standard input: line 1: this is no JSON. Nothing was stored"},
			{"null", "line 1: must be an object"},
			{"[]", "line 1: must be an object"},
			{"{}", `line 1: the member "applications" is missing`},
			{`{"applications":null}`, "line 1, applications: must be a list"},
			{`{"applications":[],"Applications":[]}`, `there is no member "Applications"`},
			{`{"applications":[],"applications":[]}`, `the member "applications" is there twice`},
			{setOf() + "{}", "something follows after the end"},
			{setOf() + "]", "something follows after the end"},
			{setOf("null"), "applications/0: must be an object"},
			{setOf(filesJSON) + "\x00", "something follows after the end"},
			{setOf(filesJSON)[:60], "this is no JSON"},
			{setOf(filesJSON + "\xff"), "is not in UTF-8"},
			{"\xff\xfe{\x00", "is in UTF-16"},
			{in(`"name"`, `"Name"`), `applications/1: there is no member "Name"`},
			{in(`"name":"Wiki"`, `"name":"Wiki","name":"Other"`), `applications/1: the member "name" is there twice`},
			{in(`"name":"Wiki",`, ``), `applications/1: the member "name" is missing`},
			{in(`"name":"Wiki"`, `"name":7`), "applications/1/name: must be a text"},
			{in(`"reading"`, `"reading","nix":1`), `line 2, applications/1/rules/0: there is no member "nix"`},
			{in(`"methods":"reading",`, ``), `applications/1/rules/0: the member "methods" is missing`},
			{in(`"max_age_minutes":30`, `"max_age_minutes":30.5`), "line 3, applications/1/rules/1/max_age_minutes: must be a whole number"},
			{in(`"max_age_minutes":30`, `"max_age_minutes":"30"`), "applications/1/rules/1/max_age_minutes: must be a whole number"},
			{in(`"max_age_minutes":30`, `"max_age_minutes":99999999999999999999`), "applications/1/rules/1/max_age_minutes: must be a whole number"},
			{in(`["staff","crew"]`, `null`), "applications/1/rules/1/groups: must be a list"},
			{in(`["staff","crew"]`, `["staff",["crew"]]`), "applications/1/rules/1/groups/1: must be a text"},

			{in("crew", "nobody"), "applications/1/rules/1/groups/1: There is no group nobody. Nothing was stored"},
			{in(`"public"`, `"everyone"`), "applications/1/rules/0/who: A rule is for everybody, for groups, or public."},
			{in("wiki.example.org:8443", "login.example.org"), "applications/1/addresses/1: That is the host of the sign-in itself."},
			{setOf(filesJSON, strings.Replace(filesJSON, "Files & <more>", "Other", 1)), "applications/1/addresses/0: That host belongs to another application."},
			{setOf(filesJSON, filesJSON), "applications/1/name: That name is there twice."},
		} {
			for _, yes := range [][]string{nil, {"--yes"}} {
				s.applying(c.set, yes...).fails(s.T, 1, c.want)
			}
		}
		for _, c := range []struct {
			code int
			want string
			args string
		}{
			{1, "cannot open no-such-file: no such file or directory", "apply no-such-file"},
			{1, "is a directory", "apply ."},
			{2, "<file>", "apply"},
			{2, "--public-url: must begin with https", "apply x --public-url http://login.example.org"},
			{1, "there is no application of that name", "show files"},
			{2, "<name>", "show"},
			{2, "takes options only", "list Wiki"},
			{2, "there is no command \"app nix\": the commands are list, show, export, apply", "nix"},
		} {
			s.cmd(append([]string{"app"}, strings.Fields(c.args)...)...).fails(s.T, c.code, c.want)
		}
		if string(testdb.Dump(s.T, s.db)) != string(before) {
			s.Error("something was stored")
		}
	})
}

// Without the address of the sign-in its host is not known.
func TestApplyAsksForThePublicURL(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	c := s.cmd("app", "apply", "-")
	c.stdin = setOf(filesJSON)
	if got := c.succeeds(t).stderr; !strings.Contains(got, "Give the address of your sign-in with --public-url") {
		t.Errorf("it warns %q", got)
	}
	if got := s.applying(setOf(filesJSON)).succeeds(t).stderr; got != "" {
		t.Errorf("it warns %q", got)
	}
}

func TestDifferences(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "", ""},
		{"a b c", "a b c", ""},
		{"", "a b", "+a +b"},
		{"a b", "", "-a -b"},
		{"a b c", "a x c", "-b +x"},
		{"a b c", "x a b c", "+x"},
		{"a b c", "b c", "-a"},
		{"a b", "b a", "-a +a"},
	} {
		got := strings.Join(differences(strings.Fields(c.before), strings.Fields(c.after)), " ")
		if got = strings.Join(strings.Fields(strings.NewReplacer("- ", "-", "+ ", "+").Replace(got)), " "); got != c.want {
			t.Errorf("%q to %q: %q, want %q", c.before, c.after, got, c.want)
		}
	}
}

// FuzzStrictJSON: what is taken is one value that reads the same after it was written.
func FuzzStrictJSON(f *testing.F) {
	for _, seed := range []string{setOf(wikiJSON, filesJSON), setOf(), "{}", `{"applications":[{"name":"\ud800"}]}`, "[[[[", `{"applications":[,]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var set applicationSet
		if err := strictJSON(text, &set, "groups", "max_age_minutes", "origins"); err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is refused in several lines: %v", text, err)
			}
			return
		}
		written, err := json.Marshal(set)
		if err != nil || !json.Valid(text) && !strings.HasPrefix(string(text), "\ufeff") {
			t.Fatalf("%q is taken: %v", text, err)
		}
		var again applicationSet
		if err := json.Unmarshal(written, &again); err != nil || fmt.Sprint(again) != fmt.Sprint(set) {
			t.Errorf("%q is read again as %v, %v", text, again, err)
		}
	})
}

// A rule that asks for a passkey or hardware key is applied, shown and exported.
func TestARuleForKeys(t *testing.T) {
	eachKit(t, func(s *kit) {
		rule := `{"path":"/vault","methods":"all","who":"everybody","factor":"resistant"}`
		set := setOf(`{"name":"Wiki","addresses":["https://wiki.example.org"],"rules":[` + rule + `]}`)
		if got := s.applying(set, "--yes").succeeds(s.T).stdout; !strings.Contains(got, "  + rule /vault: all methods, everybody, phishing-resistant second factor\n") {
			s.Errorf("it prints\n%s", got)
		}
		for _, args := range []string{"list", "export", "show Wiki"} {
			if got := s.cmd(append([]string{"app"}, strings.Fields(args)...)...).succeeds(s.T).stdout; !strings.Contains(got, "resistant") {
				s.Errorf("%s prints\n%s", args, got)
			}
		}
	})
}
