package cli

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestPolicies(t *testing.T) {
	eachKit(t, func(s *kit) {
		prints := func(want string, args ...string) {
			s.Helper()
			if got := s.cmd(args...).succeeds(s.T).stdout; !regexp.MustCompile("^" + want + "$").MatchString(got) {
				s.Errorf("%q prints %q, want %q", args, got, want)
			}
		}
		ahead := func(days int) string { return time.Now().AddDate(0, 0, days).UTC().Format(time.DateOnly) }
		start, until := ahead(60), ahead(80)
		s.cmd("group", "add", "staff").succeeds(s.T)
		s.cmd("group", "join", "staff", "anna").succeeds(s.T)
		prints(`Nothing was changed\. The policy for everybody would affect 1 people: 1 without a second factor, 0 with a pause, 0 without backup codes, 1 never signed in, 0 excepted\.\nanna\tby .*\n`,
			"policy", "add", "--everybody", "--dry-run")
		prints("", "policy", "list", "--json")
		prints("Added policy 1 for groups staff. All administrators are told\\.\n", "policy", "add", "--group", "staff", "--start", start, "--grace", "3")
		prints(`{"id":1,"audience":"groups","minimum":"any","groups":\["staff"\],"starts_at":"`+start+`T00:00:00Z","grace_days":3,"changed_at":".*"}\n`, "policy", "list", "--json")
		prints(`Nothing was changed\. The policy .*: 1 without a second factor, 0 with one but without a passkey or hardware key, 0 with a pause, .*\nanna\tby .*\n`,
			"policy", "change", "1", "--minimum", "resistant", "--dry-run")
		prints("Policy 1 is changed\\. .*\n", "policy", "change", "1", "--minimum", "resistant")
		prints(`{"id":1,"audience":"groups","minimum":"resistant",.*}\n`, "policy", "list", "--json")
		prints("Policy 1 is changed\\. .*\n", "policy", "change", "1", "--minimum", "any")
		prints(`Nothing was changed\. (.|\n)*anna\tby `+ahead(70)+`T00:00:00Z\n`, "policy", "change", "1", "--grace", "10", "--dry-run")
		prints("Policy 1 is changed\\. .*\n", "policy", "change", "1", "--staff", "--grace", "0")
		prints("(?s)ID +FOR +MINIMUM .*1 +helpers and administrators +any +"+start+" +0 .*", "policy", "list")
		prints("No policy asks for a second factor of anna until "+ahead(81)+"T00:00:00Z\\.\n", "policy", "except", "anna", "--reason", "on leave", "--until", until)
		prints("(?s)USER .*anna +"+ahead(81)+"T00:00:00Z +the operator +on leave\n", "policy", "exceptions")
		prints("The policies hold for anna again\\.\n", "policy", "end-exception", "anna")
		prints("Policy 1 is deleted\\. .*\n", "policy", "delete", "1")
		for _, c := range []struct {
			code int
			want string
			args string
		}{
			{2, "say whom it is for: --everybody, --staff, or --group NAME", "add"},
			{2, "a policy is for one of these", "add --everybody --staff"},
			{2, "--start: \"soon\" is neither a day", "add --everybody --start soon"},
			{2, "--minimum must be one of", "add --everybody --minimum cats"},
			{1, "There is no group of that name.", "add --group cats"},
			{1, "0 to 365", "add --everybody --grace 366"},
			{1, "three years ahead", "add --everybody --start 2099-01-01"},
			{2, "say what to change", "change 1"},
			{1, "there is no policy 1. imagemaster policy list shows them", "change 1 --staff"},
			{1, "there is no policy 7", "delete 7"},
			{2, "--reason", "except anna --until " + until},
			{1, "An exception ends within 90 days.", "except anna --reason x --until 2099-01-01"},
			{1, "An exception ends within 90 days.", "except anna --reason x --until 2020-01-01"},
			{2, "--until: \"x\" is neither a day", "except anna --reason x --until x"},
			{1, "The person has no exception. Nothing was changed.", "end-exception anna"},
			{1, "There is no account of that name.", "end-exception nobody"},
		} {
			s.unchanged(c.code, c.want, append([]string{"policy"}, strings.Fields(c.args)...)...)
		}
	})
}

func TestHelpCode(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.unchanged(1, "A help code is for an enabled account with a password and a second factor.", "user", "help-code", "anna", "--reason", "lost")
		s.enroll("anna")
		o := s.cmd("user", "help-code", "anna", "--reason", "lost").succeeds(s.T)
		if !regexp.MustCompile(`^HELP(-[0-9A-HJKMNP-TV-Z]{4}){4}\n$`).MatchString(o.stdout) || !strings.Contains(o.stderr, "It is shown only now, and works once, until ") {
			s.Errorf("it prints %q and says %q", o.stdout, o.stderr)
		}
		events := s.exported()
		last := events[len(events)-1]
		if details := last["details"].(map[string]any); last["kind"] != "help_code_given" || details["detail"] != "lost" || last["actor"] != "operator" {
			s.Errorf("the event is %v", last)
		}
		if code := strings.TrimSpace(o.stdout); strings.Contains(s.cmd("audit", "export").succeeds(s.T).stdout, code[5:]) {
			s.Error("the code is in the events")
		}
		for _, c := range []struct {
			code int
			want string
			args string
		}{
			{2, "--reason", "anna"},
			{1, "Say why the help code is given", "anna --reason="},
			{1, "5 minutes to 24 hours", "anna --reason x --minutes 4"},
			{1, "5 minutes to 24 hours", "anna --reason x --minutes 1441"},
			{1, "There is no account of that name.", "nobody --reason x"},
		} {
			s.unchanged(c.code, c.want, append([]string{"user", "help-code"}, strings.Fields(c.args)...)...)
		}
	})
}
