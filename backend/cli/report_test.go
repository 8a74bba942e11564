package cli

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

func TestReport(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("berta")
		s.cmd("user", "reset-two-factor", "berta").succeeds(s.T)
		table := s.cmd("report").succeeds(s.T).stdout
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, people.ByteOrderMark))).ReadAll()
		if err != nil || strings.Join(rows[0], " ") != "section time person group item value by reason until" {
			s.Fatalf("%v, %v", rows, err)
		}
		for _, want := range []string{"people,,,,total,2,", "berta,,key_removed,operator,", "account,,anna,,two_factor,none,"} {
			if !strings.Contains(table, want) {
				s.Errorf("%q is missing in\n%s", want, table)
			}
		}
		text := s.cmd("report", "--format", "json", "--days", "1").succeeds(s.T).stdout
		var whole people.WholeReport
		if err := json.Unmarshal([]byte(text), &whole); err != nil || len(whole.Accounts) != 2 || len(whole.Recoveries) != 1 || !strings.HasPrefix(text, "{\n  \"") {
			s.Errorf("%v: %s", err, text)
		}
		if n := len(s.exported("--kind", "report_exported")); n != 2 {
			s.Errorf("%d reports were recorded", n)
		}
	})
}

func TestReportMistakes(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	for _, days := range []string{"0", "-1", "401"} {
		s.cmd("report", "--days="+days).fails(t, 2, "--days: "+days+" is not between 1 and 400")
	}
	s.cmd("report", "--days", "many").fails(t, 2, "--days")
	s.cmd("report", "--format", "xml").fails(t, 2, "--format")
	call{args: []string{"report", "--data", t.TempDir()}}.fails(t, 1, "there is no database")
}

// The filters of the export choose among all events, and need no key file either.
func TestExportFilters(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("berta")
		s.cmd("user", "disable", "anna").succeeds(s.T)
		s.cmd("user", "rename", "anna", "annika").succeeds(s.T)
		testdb.Exec(s.T, s.options, `INSERT INTO audit_events (at, kind, outcome, account_id, actor, address) VALUES (1000, 'sign_in', 'ok', 999999, 'person', '192.0.2.7')`)
		all := len(s.exported())
		for _, c := range []struct {
			args string
			want int
		}{
			{"--person annika", 3}, {"--person anna", 3}, {"--person 999999", 1}, {"--kind account_disabled", 1}, {"--kind nothing", 0},
			{"--address 192.0.2.7", 1}, {"--address 192.0.0.0/16", 1}, {"--address 192.0.2.8", 0}, {"--until 1970-01-02", 1}, {"--since 1970-01-02", all - 1},
			{"--person annika --kind renamed --since 2000-01-01 --until 2100-01-01", 1}, {"--until 1970-01-01", 0},
		} {
			if n := len(s.exported(strings.Fields(c.args)...)); n != c.want {
				s.Errorf("%s: %d events, want %d", c.args, n, c.want)
			}
		}
		s.cmd("audit", "export", "--person", "nobody").fails(s.T, 1, "no account of that name")
		s.cmd("audit", "export", "--address", "x").fails(s.T, 1, "Name an address like 192.0.2.7")
		s.cmd("audit", "export", "--until", "x", "--since", "y").fails(s.T, 2, "--until: \"x\"")
	})
}
