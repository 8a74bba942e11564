package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// person returns what the list says of the one account that a search finds.
func (s *kit) person(search string) (p people.Exported) {
	s.Helper()
	line := s.cmd("user", "list", "--json", "--search", search).succeeds(s.T).stdout
	if err := json.Unmarshal([]byte(line), &p); err != nil {
		s.Fatalf("%v in %q", err, line)
	}
	return p
}

// unchanged checks that a command is refused and that the list and the events stay.
func (s *kit) unchanged(code int, want string, args ...string) {
	s.Helper()
	before := testdb.Dump(s.T, s.db)
	s.cmd(args...).fails(s.T, code, want)
	if string(testdb.Dump(s.T, s.db)) != string(before) {
		s.Errorf("%q is refused, and changes something", args)
	}
}

// A new name counts at once, the former one is nobody's, and a link under it ends.
func TestRename(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.cmd("user", "add", "berta", "--display-name", "Berta B.").succeeds(t)
		token := tokenOf(t, s.cmd("user", "password-link", "berta", atURL).succeeds(t).stdout)
		if got := s.cmd("user", "rename", "BERTA", "bea").succeeds(t).stdout; !strings.Contains(got, "is called bea now") {
			t.Errorf("it prints %q", got)
		}
		if p := s.person("bea"); p.Username != "bea" || p.DisplayName != "Berta B." {
			t.Errorf("the account is %+v", p)
		}
		if err := s.use(token); err == nil {
			t.Error("the link works under the former name")
		}
		s.unchanged(1, "taken before", "user", "invite", "berta")
		s.unchanged(1, "taken before", "user", "rename", "anna", "Berta")
		s.unchanged(1, "taken", "user", "rename", "anna", "BEA")
		s.unchanged(1, "There is no account of that name.", "user", "rename", "berta", "x")
		s.unchanged(1, "no spaces", "user", "rename", "bea", "two words")
		s.unchanged(1, "Enter a user name.", "user", "rename", "bea", "")
		s.unchanged(1, "too long", "user", "rename", "bea", "bea", "--display-name", strings.Repeat("x", 101))
		s.unchanged(2, "<new-name>", "user", "rename", "bea")
		s.cmd("user", "rename", "bea", "Bea", "--display-name", "Bea Ä.").succeeds(t)
		if p := s.person("bea"); p.Username != "Bea" || p.DisplayName != "Bea Ä." {
			t.Errorf("the account is %+v", p)
		}
		s.cmd("user", "rename", "bea", "berta", "--display-name=").succeeds(t) // the own former name
		if p := s.person("berta"); p.Username != "berta" || p.DisplayName != "" {
			t.Errorf("the account is %+v", p)
		}
	})
}

func TestEmail(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.cmd("user", "invite", "jonas", "--email", "jonas@example.org").succeeds(t)
		if got := s.cmd("user", "email", "anna", "Anna@example.org").succeeds(t).stdout; got != "The e-mail address of anna is changed.\n" {
			t.Errorf("it prints %q", got)
		}
		if p := s.person("anna"); p.Email != "Anna@example.org" {
			t.Errorf("the account is %+v", p)
		}
		s.unchanged(1, "Another account has that e-mail address.", "user", "email", "anna", "JONAS@example.org")
		s.unchanged(1, "not an e-mail address", "user", "email", "anna", "anna")
		s.unchanged(1, "not an e-mail address", "user", "email", "anna", "Anna <anna@example.org>")
		s.unchanged(1, "There is no account of that name.", "user", "email", "nobody", "x@example.org")
		s.unchanged(2, "takes no argument after", "user", "email", "anna", "x@example.org", "y@example.org")
		if got := s.cmd("user", "email", "anna").succeeds(t).stdout; got != "anna has no e-mail address any more.\n" {
			t.Errorf("it prints %q", got)
		}
		if p := s.person("anna"); p.Email != "" {
			t.Errorf("the account is %+v", p)
		}
	})
}

func TestRole(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.enroll("berta")
		s.unchanged(1, "This account has no second factor yet.", "user", "role", "anna", "helper")
		s.unchanged(1, "This account has no second factor yet.", "user", "role", "anna", "administrator")
		s.unchanged(1, "has that role already", "user", "role", "anna", "person")
		s.unchanged(1, "There is no account of that name.", "user", "role", "nobody", "helper")
		s.unchanged(2, "must be one of", "user", "role", "berta", "king")
		s.unchanged(2, "must be one of", "user", "role", "berta", "Helper")
		s.unchanged(2, "<role>", "user", "role", "berta")
		for _, role := range []string{"helper", "administrator"} {
			if got := s.cmd("user", "role", "berta", role).succeeds(t).stdout; got != "The role of berta is "+role+" now. All administrators are told.\n" {
				t.Errorf("it prints %q", got)
			}
			if p := s.person("berta"); string(p.Role) != role {
				t.Errorf("the account is %+v", p)
			}
		}
	})
}

// The last administrator with a second factor stays, unless the operator insists.
func TestTheLastAdministratorStays(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.enroll("root", "berta")
		s.cmd("user", "role", "root", "administrator").succeeds(t)
		testdb.Exec(t, s.options, "UPDATE accounts SET admin = 1 WHERE username = 'anna'") // who has no second factor
		s.cmd("user", "role", "berta", "administrator").succeeds(t)
		s.cmd("user", "disable", "berta").succeeds(t)
		for _, args := range [][]string{{"user", "role", "root", "person"}, {"user", "role", "root", "helper"}, {"user", "disable", "root"}, {"user", "delete", "root", "--yes"}} {
			s.unchanged(1, "No other enabled administrator has a second factor.", args...)
		}
		s.cmd("user", "role", "anna", "person").succeeds(t) // is not the last
		s.cmd("user", "role", "root", "helper", "--even-last").succeeds(t)
		s.cmd("user", "role", "root", "administrator").succeeds(t)
		s.cmd("user", "delete", "root", "--yes", "--even-last").succeeds(t)
		s.cmd("user", "enable", "berta").succeeds(t)
		s.unchanged(1, "No other enabled administrator has a second factor.", "user", "delete", "berta", "--yes")
		s.enroll("anna")
		s.cmd("user", "role", "anna", "administrator").succeeds(t)
		s.cmd("user", "delete", "berta", "--yes").succeeds(t)
	})
}

// An account that is deleted leaves its name and its events.
func TestDelete(t *testing.T) {
	t.Setenv("SUDO_USER", "gerda")
	eachKit(t, func(s *kit) {
		t := s.T
		token := tokenOf(t, s.cmd("user", "invite", "jonas", atURL).succeeds(t).stdout)
		s.unchanged(2, "there is nobody to ask: add --yes", "user", "delete", "jonas") // a script gives no name
		s.unchanged(1, "There is no account of that name.", "user", "delete", "nobody", "--yes")
		s.unchanged(2, "<name>", "user", "delete", "--yes")
		if got := s.cmd("user", "delete", "JONAS", "--yes").succeeds(t).stdout; got != "JONAS is deleted. Nobody else gets that user name.\n" {
			t.Errorf("it prints %q", got)
		}
		if err := s.use(token); err == nil {
			t.Error("the link of a deleted account works")
		}
		s.unchanged(1, "taken before", "user", "invite", "Jonas")
		s.unchanged(1, "There is no account of that name.", "user", "delete", "jonas", "--yes")
		events := s.cmd("audit", "export").succeeds(t).stdout
		for _, kind := range []string{`"invited"`, `"account_deleted"`} {
			_, rest, found := strings.Cut(events, kind)
			line, _, _ := strings.Cut(rest, "\n")
			if !found || !strings.Contains(line, `"actor":"operator"`) || !strings.Contains(line, `(gerda)`) {
				t.Errorf("%s is missing, or does not name the operator, in\n%s", kind, events)
			}
		}
	})
}
