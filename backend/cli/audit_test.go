package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
)

// exported runs the command and returns its lines.
func (s *kit) exported(args ...string) []map[string]any {
	s.Helper()
	out := s.cmd(append([]string{"audit", "export"}, args...)...).succeeds(s.T).stdout
	var events []map[string]any
	for line := range strings.Lines(out) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			s.Fatalf("%v: %s", err, line)
		}
		events = append(events, event)
	}
	return events
}

func TestExport(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.cmd("user", "disable", "anna").succeeds(s.T)
		s.cmd("user", "enable", "anna").succeeds(s.T)
		testdb.Exec(s.T, s.options, `INSERT INTO audit_events (at, kind, outcome, account_id, actor) VALUES (1000, 'password', 'failed', 999999, 'person')`)
		events := s.exported()
		kinds := make([]string, len(events))
		for i, e := range events {
			kinds[i] = e["kind"].(string)
		}
		if got := strings.Join(kinds, " "); got != "password account_created account_disabled account_enabled" {
			s.Fatalf("exported %s", got)
		}
		if e := events[0]; e["time"] != "1970-01-01T00:00:01.000Z" || e["account"] != "" || e["account_id"] != 999999.0 {
			s.Errorf("an event of an account that is gone: %v", e)
		}
		if e := events[2]; e["account"] != "anna" || e["actor"] != "operator" || e["version"] != "1.2.3" || e["outcome"] != "ok" {
			s.Errorf("event: %v", e)
		}
		at, err := time.Parse(time.RFC3339, events[2]["time"].(string))
		if err != nil || time.Since(at).Abs() > time.Minute {
			s.Errorf("time: %v, %v", at, err)
		}
		for since, want := range map[string]int{"1970-01-01": 4, "1970-01-02": 3, "1970-01-01T00:00:01Z": 4, "1970-01-01T01:00:01+01:00": 4, "1970-01-01T00:00:02Z": 3, "2100-01-01": 0} {
			if n := len(s.exported("--since", since)); n != want {
				s.Errorf("since %s: %d events, want %d", since, n, want)
			}
		}
	})
}

// Events are needed most after a loss, which may be that of the key file.
func TestExportNeedsNoKeyFile(t *testing.T) {
	eachKit(t, func(s *kit) {
		if err := os.Remove(s.keyFile); err != nil {
			s.Fatal(err)
		}
		if len(s.exported()) == 0 {
			s.Error("nothing was exported")
		}
		if s.options.DSN != "" {
			s.place = s.place[:2]
			if len(s.exported()) == 0 {
				s.Error("nothing was exported without --key-file")
			}
		}
	})
}

func TestExportMistakes(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	for _, since := range []string{"yesterday", "2026-13-01", "23.11.2026", "2026-11-23 14:00"} {
		s.cmd("audit", "export", "--since", since).fails(t, 2, "--since")
	}
	call{args: []string{"audit", "export", "--data", t.TempDir()}}.fails(t, 1, "there is no database")
	call{environ: []string{"IMAGEMASTER_SINCE=2026-11-23"}}.fails(t, 2, "IMAGEMASTER_SINCE")
}

type fullDisk struct{}

var errFull = errors.New("no space left")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// An export that breaks off must not look complete.
func TestExportThatCannotBeWritten(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	err := Run(t.Context(), Process{Args: append([]string{"audit", "export"}, s.place...), Stdout: fullDisk{}, Stderr: &bytes.Buffer{}, Now: time.Now})
	if !errors.Is(err, errFull) || ExitCode(err) != 1 {
		t.Errorf("got %v", err)
	}
}
