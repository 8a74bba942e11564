package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// listed returns the user names that a list holds, in the order of the alphabet.
func (s *kit) listed(options ...string) []string {
	s.Helper()
	var names []string
	for line := range strings.Lines(s.cmd(append([]string{"user", "list", "--json"}, options...)...).succeeds(s.T).stdout) {
		var u people.Exported
		if err := json.Unmarshal([]byte(line), &u); err != nil {
			s.Fatal(err)
		}
		names = append(names, u.Username)
	}
	slices.Sort(names)
	return names
}

// Each option narrows the list, and all of them together narrow it further.
func TestListOfSomeUsers(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.enroll("berta", "carla", "dora")
		testdb.Exec(t, s.options,
			"INSERT INTO backup_codes (account_id, set_number, code_hash) SELECT id, 1, "+hex32("a1")+" FROM accounts WHERE username = 'berta'",
			"UPDATE accounts SET last_sign_in_at = 1700000000000 WHERE username IN ('anna', 'carla')")
		s.cmd("user", "disable", "dora").succeeds(t)
		s.cmd("user", "rename", "carla", "carla", "--display-name", "Čárla Stone").succeeds(t)
		s.cmd("user", "email", "anna", "stone@example.org").succeeds(t)
		s.cmd("group", "add", "staff").succeeds(t)
		s.cmd("group", "add", "nobody").succeeds(t)
		s.cmd("group", "join", "staff", "anna", "carla", "dora").succeeds(t)
		for options, want := range map[string]string{
			"":                                "anna berta carla dora",
			"--filter=":                       "anna berta carla dora",
			"--filter=no-second-factor":       "anna",
			"--filter=no-codes":               "carla dora",
			"--filter=never-signed-in":        "berta dora",
			"--filter=disabled":               "dora",
			"--group=staff":                   "anna carla dora",
			"--group=nobody":                  "",
			"--search=STONE":                  "anna carla",
			"--search=carla":                  "carla",
			"--search=tone":                   "",
			"--search=%":                      "",
			"--group=staff --filter=no-codes": "carla dora",
			"--group=staff --filter=no-codes --search=ston":  "carla",
			"--group=staff --filter=disabled --search=carla": "",
		} {
			if got := strings.Join(s.listed(strings.Fields(options)...), " "); got != want {
				t.Errorf("%q lists %q, want %q", options, got, want)
			}
		}
		table := s.cmd("user", "list", "--filter", "disabled").succeeds(t).stdout
		if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "dora ") {
			t.Errorf("the table is\n%s", table)
		}
		s.cmd("user", "list", "--filter", "no_codes").fails(t, 2, "--filter must be one of")
		s.cmd("user", "list", "--filter", "everybody").fails(t, 2, "--filter must be one of")
		s.cmd("user", "list", "--group", "crew").fails(t, 1, "There is no group of that name.")
		s.cmd("user", "list", "--group", "1").fails(t, 1, "There is no group of that name.")
		s.cmd("user", "list", "--group", "Staff").fails(t, 1, "There is no group of that name.")
	})
}
