package cli

import (
	"fmt"
	"strings"
	"testing"
)

func TestGroups(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		prints := func(want string, args ...string) {
			t.Helper()
			if got := s.cmd(args...).succeeds(t).stdout; got != want {
				t.Errorf("%q prints %q, want %q", args, got, want)
			}
		}
		prints("GROUP  MEMBERS  DESCRIPTION\n", "group", "list")
		prints("", "group", "list", "--json")
		prints("Added the group staff.\n", "group", "add", "staff", "--description", "Everybody, \"all\"")
		prints("Added the group crew-2.x_.\n", "group", "add", "crew-2.x_")
		s.cmd("user", "invite", "berta").succeeds(t)
		prints("People who joined the group staff: 2.\n", "group", "join", "staff", "ANNA", "berta", "anna")
		prints("People who joined the group staff: 0.\n", "group", "join", "staff", "anna")
		prints("GROUP      MEMBERS  DESCRIPTION\ncrew-2.x_  0        \nstaff      2        Everybody, \"all\"\n", "group", "list")
		prints(`{"name":"crew-2.x_","description":"","members":0}`+"\n"+`{"name":"staff","description":"Everybody, \"all\"","members":2}`+"\n", "group", "list", "--json")
		prints("berta is no longer in the group staff.\n", "group", "leave", "staff", "berta")
		prints("The group team is changed.\n", "group", "change", "staff", "--name", "team")
		prints("The group team is changed.\n", "group", "change", "team", "--description=")
		prints("The group crew-2.x_ is deleted.\n", "group", "delete", "crew-2.x_")
		prints(`{"name":"team","description":"","members":1}`+"\n", "group", "list", "--json")
		if got := strings.Join(s.listed("--group=team"), " "); got != "anna" {
			t.Errorf("the members are %s", got)
		}
		counts := map[string]int{}
		for line := range strings.Lines(s.cmd("audit", "export").succeeds(t).stdout) {
			for _, kind := range []string{"group_created", "group_changed", "group_deleted", "group_joined", "group_left"} {
				if strings.Contains(line, `"`+kind+`"`) {
					counts[kind]++
				}
			}
		}
		if got := fmt.Sprint(counts); got != "map[group_changed:2 group_created:2 group_deleted:1 group_joined:2 group_left:1]" {
			t.Errorf("the events are %s", got)
		}
	})
}

// What is refused changes nothing.
func TestGroupsAreRefused(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.cmd("group", "add", "staff").succeeds(s.T)
		s.cmd("group", "add", "crew").succeeds(s.T)
		s.cmd("group", "join", "crew", "anna").succeeds(s.T)
		for _, c := range []struct {
			code int
			want string
			args string
		}{
			{1, "There is a group of that name.", "add staff"},
			{1, "small letters", "add Staff"},
			{1, "small letters", "add stäff"},
			{1, "small letters", "add " + strings.Repeat("x", 65)},
			{1, "too long", "add x --description " + strings.Repeat("x", 201)},
			{2, "<name>", "add"},
			{1, "There is a group of that name.", "change staff --name crew"},
			{1, "small letters", "change staff --name Crew"},
			{1, "Enter a name for the group.", "change staff --name="},
			{1, "There is no group of that name.", "change nobody --name x"},
			{2, "say what to change: --name or --description", "change staff"},
			{2, "these mistakes were found:\n  unknown flag --nix (try imagemaster --help)\n  --brand-name: ", "change staff --nix --brand-name=a:b"},
			{1, "There is no group of that name.", "delete nobody"},
			{1, "There is no group of that name.", "delete STAFF"},
			{2, "<group>", "delete"},
			{1, "there is no account of these names: nobody, nix. Nobody joined", "join staff anna nobody nix"},
			{1, "There is no group of that name.", "join nobody anna"},
			{1, "Name 1 to 100 people at once.", "join staff" + strings.Repeat(" anna", 101)},
			{2, "<user>", "join staff"},
			{1, "That person is not in the group.", "leave staff anna"},
			{1, "There is no account of that name.", "leave crew nobody"},
			{1, "There is no group of that name.", "leave nobody anna"},
			{2, "<user>", "leave crew"},
			{2, "takes no argument after", "leave crew anna berta"},
			{2, "there is no command \"group nix\": the commands are list, add, change, delete, join, leave", "nix"},
			{2, "takes options only", "list staff"},
		} {
			s.unchanged(c.code, c.want, append([]string{"group"}, strings.Fields(c.args)...)...)
		}
		if got := strings.Join(s.listed("--group=crew"), " "); got != "anna" {
			s.Errorf("the members are %s", got)
		}
	})
}
