package cli

import (
	"strings"
	"testing"

	"imagemaster/backend/testdb"
)

func TestPeopleAreInvitedHelpedAndDeleted(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.cmd("group", "add", "staff", "--description", "Everybody").succeeds(t)
		s.cmd("group", "add", "Staff").fails(t, 1, "small letters")
		s.cmd("user", "invite", "jonas", "--group", "nobody").fails(t, 1, "There is no group of that name.")
		s.cmd("user", "invite", "jonas", "--mail").fails(t, 2, "--mail: needs")
		s.cmd("user", "invite", "jonas", "--hours", "721").fails(t, 1, "1 hour to 30 days")
		s.cmd("user", "invite", "jonas", "--public-url", "ftp://x").fails(t, 2, "public-url")
		invited := s.cmd("user", "invite", "jonas", "--display-name", "Jonas Huber", "--email", "jonas@example.org", "--group", "staff", atURL).succeeds(t)
		if !strings.Contains(invited.stderr, "shown only now") {
			t.Errorf("it says %q", invited.stderr)
		}
		again := s.cmd("user", "password-link", "jonas", atURL).succeeds(t).stdout // another invitation
		if err := s.use(tokenOf(t, invited.stdout)); err == nil {
			t.Error("the former invitation still works")
		}
		if err := s.use(tokenOf(t, again)); err != nil {
			t.Errorf("the invitation does not work: %v", err)
		}
		forgot := s.cmd("user", "password-link", "jonas", atURL).succeeds(t).stdout
		s.cmd("user", "rename", "jonas", "jonas.huber").succeeds(t)
		if err := s.use(tokenOf(t, forgot)); err == nil {
			t.Error("the link works under the former name")
		}
		s.cmd("user", "rename", "nobody", "x").fails(t, 1, "There is no account of that name.")
		s.cmd("user", "email", "jonas.huber", "no address").fails(t, 1, "not an e-mail address")
		s.cmd("user", "email", "jonas.huber").succeeds(t)
		s.cmd("user", "role", "jonas.huber", "helper").fails(t, 1, "no second factor yet")
		s.cmd("user", "role", "jonas.huber", "king").fails(t, 2, "role")
		line := s.cmd("user", "list", "--json").succeeds(t).stdout
		for _, want := range []string{`"username":"jonas.huber"`, `"display_name":"Jonas Huber"`, `"email":""`, `"state":"enabled"`, `"groups":["staff"]`} {
			if !strings.Contains(line, want) {
				t.Errorf("no %s in %s", want, line)
			}
		}
		s.cmd("group", "leave", "staff", "jonas.huber").succeeds(t)
		s.cmd("group", "leave", "staff", "jonas.huber").fails(t, 1, "")
		s.cmd("group", "join", "staff", "jonas.huber", "nobody").fails(t, 1, "There is no account of that name.")
		s.cmd("group", "join", "staff", "jonas.huber").succeeds(t)
		s.cmd("group", "change", "staff", "--name", "team").succeeds(t)
		if list := s.cmd("group", "list").succeeds(t).stdout; !strings.Contains(list, "team   1        Everybody") {
			t.Errorf("the list is\n%s", list)
		}
		s.cmd("group", "delete", "team").succeeds(t)
		s.cmd("user", "delete", "jonas.huber").fails(t, 2, "add --yes")
		s.cmd("user", "delete", "jonas.huber", "--yes").succeeds(t)
		for _, name := range []string{"jonas", "jonas.huber"} {
			s.cmd("user", "invite", name).fails(t, 1, "taken before")
		}
	})
}

// The last administrator with a second factor stays, unless the operator insists.
func TestTheLastAdministratorStays(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("root")
		testdb.Exec(t, s.options, "UPDATE accounts SET admin = 1")
		for _, args := range [][]string{{"user", "role", "root", "person"}, {"user", "disable", "root"}, {"user", "delete", "root", "--yes"}} {
			s.cmd(args...).fails(t, 1, "No other enabled administrator has a second factor.")
		}
		s.cmd("user", "role", "root", "helper", "--even-last").succeeds(t)
		s.cmd("user", "role", "root", "administrator").succeeds(t)
		s.cmd("user", "delete", "root", "--yes", "--even-last").succeeds(t)
	})
}
