package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
)

// examine runs the doctor and returns its findings, by what they are about.
func (s *kit) examine(args ...string) (map[string]string, outcome) {
	s.Helper()
	return findings(s.T, s.cmd(append([]string{"doctor"}, args...)...))
}

func findings(t *testing.T, c call) (map[string]string, outcome) {
	t.Helper()
	o := c.run(t)
	found := map[string]string{}
	for line := range strings.Lines(o.stdout) {
		what := strings.TrimSpace(line[8:23])
		if found[what] != "" {
			t.Errorf("there are two lines about %s:\n%s", what, o.stdout)
		}
		found[what] = strings.TrimSpace(line[:8]) + ": " + strings.TrimSpace(line[23:])
	}
	return found, o
}

// finds checks that the doctor names a problem and that there is no other.
func (s *kit) finds(what, want string, args ...string) {
	s.Helper()
	found, o := s.tells("problem", what, want, args...)
	for other, text := range found {
		if other != what && strings.HasPrefix(text, "problem") {
			s.Errorf("%s: also %s: %s", what, other, text)
		}
	}
	if ExitCode(o.err) != 1 || o.err.Error() != "1 problem was found" {
		s.Errorf("%s: ends with code %d: %v", what, ExitCode(o.err), o.err)
	}
}

// warns checks that the doctor names a warning and no problem.
func (s *kit) warns(what, want string, args ...string) {
	s.Helper()
	_, o := s.tells("warning", what, want, args...)
	if o.err != nil {
		s.Errorf("%s: %v\n%s", what, o.err, o.stdout)
	}
}

func (s *kit) tells(state, what, want string, args ...string) (map[string]string, outcome) {
	s.Helper()
	found, o := s.examine(args...)
	if !strings.HasPrefix(found[what], state+": ") || !strings.Contains(found[what], want) {
		s.Errorf("%s: %q, want a %s with %q", what, found[what], state, want)
	}
	return found, o
}

func (s *kit) isWell(args ...string) map[string]string {
	s.Helper()
	found, o := s.examine(args...)
	warnings := 0
	if s.options.DSN != "" { // the database server of these tests waits for no disk
		warnings = 1
	}
	if o.err != nil || strings.Contains(o.stdout, "problem") || strings.Count(o.stdout, "warning") != warnings {
		s.Errorf("%v\n%s", o.err, o.stdout)
	}
	return found
}

func TestDoctorFindsNoProblem(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna")
		found := s.isWell()
		want := map[string]string{
			"data folder": "ok: " + s.options.DataDir + " and its files", "key file": "ok: " + s.keyFile + " holds " + s.ring().CurrentID(),
			"housekeeping": "ok: has not run yet", "tables": "ok: rows: ", "database": "ok: SQLite 3.", "schema": "ok: version ", "keys": "ok: fit the database: " + s.ring().CurrentID() + " seals 1",
			"accounts": "ok: every", "passkeys": "ok: none of another host than localhost", "clock": "-: the embedded", "address": "ok: http://localhost:8080", "proxies": "ok: none", "mail": "-: not configured",
			"retention": "ok: the clock has not jumped", "free space": "ok: ", "instances": "-: no server has written a heartbeat within 30 seconds",
		}
		if s.options.DSN != "" {
			want["data folder"], want["database"], want["clock"] = "-: not used", "warning: MariaDB ", "ok: agrees"
			want["free space"] = "-: the database server"
		}
		for what, text := range want {
			if !strings.HasPrefix(found[what], text) {
				s.Errorf("%s: %q, want %q", what, found[what], text)
			}
		}
		if len(found) != len(want) {
			s.Errorf("%d lines, want %d: %v", len(found), len(want), found)
		}
	})
}

// Only an instance that was alive in the last 30 seconds is named.
func TestDoctorNamesRunningInstances(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna")
		db := testdb.Open(t, s.options)
		for host, age := range map[string]time.Duration{"one": 10 * time.Second, "two": 31 * time.Second} {
			if err := db.Beat(t.Context(), database.NewInstance(host), time.Now().Add(-age)); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.isWell()["instances"]; got != "ok: running on one" {
			t.Errorf("instances: %q", got)
		}
	})
}

// A start that would be refused because the database is gone is a problem.
func TestDoctorMissesTheDatabase(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	s.enroll("anna")
	if err := os.Rename(filepath.Join(s.options.DataDir, database.FileName), filepath.Join(t.TempDir(), "gone")); err != nil {
		t.Fatal(err)
	}
	found, o := s.examine()
	if ExitCode(o.err) != 1 || !strings.HasPrefix(found["database"], "problem: the database of "+s.options.DataDir+" is gone") {
		t.Errorf("%v: %v", o.err, found)
	}
}

// Keys of another host than that of the public URL are a problem, until their loss is
// accepted.
func TestDoctorOnKeysOfAnotherHost(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna", "bert")
		for i, host := range []string{"old.example", "older.example", "localhost"} {
			testdb.Exec(s.T, s.options, "INSERT INTO passkeys (account_id, rp_id, credential_id, public_key, sign_count, transports, aaguid, attachment, discoverable,"+
				" verified, backup_eligible, backup_state, name, made_in, created_at, resistant_at, last_used_at)"+
				" SELECT id, '"+host+fmt.Sprintf("', x'0%d', x'02', 0, '', x'00000000000000000000000000000000', '', 1, 1, 0, 0, '', 0, 0, 0, 0 FROM accounts WHERE username = 'bert'", i))
		}
		_, o := s.tells("problem", "passkeys", "1 account has passkeys or hardware keys of old.example, older.example, which do not work at localhost.")
		if ExitCode(o.err) != 1 {
			s.Errorf("ended with %v", o.err)
		}
		s.tells("problem", "passkeys", "with --accept-passkey-loss 1, not 3:", "--accept-passkey-loss", "3")
		s.tells("warning", "passkeys", "those of old.example, older.example do not work at localhost: the next start gives them up", "--accept-passkey-loss", "1")
		testdb.Exec(s.T, s.options, "UPDATE passkeys SET given_up_at = 1 WHERE rp_id <> 'localhost'")
		s.tells("ok", "passkeys", "all of localhost, but for those that were given up. Accounts with such keys: 1")
	})
}

// Where the public URL has an IP address nobody has a key, so nothing may demand one.
func TestDoctorOnKeysThatNobodyCanHave(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	s.enroll("anna")
	s.cmd("policy", "add", "--everybody", "--start", time.Now().AddDate(0, 1, 0).Format(time.DateOnly), "--minimum", "resistant").succeeds(t)
	set := filepath.Join(t.TempDir(), "applications.json")
	if err := os.WriteFile(set, []byte(`{"applications":[{"name":"Books","addresses":["https://books.example.org"],`+
		`"rules":[{"path":"/","methods":"all","who":"everybody","factor":"resistant"}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.cmd("app", "apply", set, "--yes", "--public-url", "https://login.example.org").succeeds(t)
	s.tells("ok", "passkeys", "none of another host than login.example.org", "--public-url", "https://login.example.org", "--trusted-proxies", "127.0.0.1")
	s.tells("warning", "passkeys", "192.0.2.1 is an IP address, where nobody can use passkeys or hardware keys, but they are demanded by policy 1, application Books.",
		"--public-url", "https://192.0.2.1", "--trusted-proxies", "127.0.0.1")
}

func TestDoctorNamesUnreadableAccounts(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna")
		s.cmd("key", "use", s.add()).succeeds(s.T)
		s.enroll("bert")
		testdb.Exec(s.T, s.options, "UPDATE totp_keys SET sealed_seed = x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627' WHERE label = 'anna'")
		old := s.ring().IDs()[1]
		s.warns("accounts", "cannot be opened: anna (sealed by "+old+").")

		s.cmd("key", "reseal").run(s.T)
		err := secretbox.Edit(s.keyFile, func(f *secretbox.File) error { return f.Remove(old) })
		if err != nil {
			s.Fatal(err)
		}
		found, o := s.examine()
		if !strings.Contains(found["keys"], "problem: the key file does not hold the key "+old) || o.err == nil || o.err.Error() != "1 problem was found" {
			s.Errorf("%v: %v", o.err, found)
		}
		s.cmd("key", "lost", old).succeeds(s.T)
		s.warns("accounts", "anna (sealed by "+old+", declared lost).")
	})
}

func TestDoctorOnAWrongKeyFile(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna")
		right, err := os.ReadFile(s.keyFile)
		if err != nil {
			s.Fatal(err)
		}
		if err := os.Remove(s.keyFile); err != nil {
			s.Fatal(err)
		}
		s.finds("key file", "the key file "+s.keyFile+" is missing, and the database uses the key")
		s.write([]byte("nonsense"))
		s.finds("key file", "line 1")
		s.write(right)
		if err := os.Chmod(s.keyFile, 0o644); err != nil {
			s.Fatal(err)
		}
		s.finds("key file", "chmod 600")
		if err := os.Remove(s.keyFile); err != nil {
			s.Fatal(err)
		}
		if err := secretbox.NewKeyFile(s.keyFile); err != nil {
			s.Fatal(err)
		}
		found, _ := s.examine()
		if !strings.HasPrefix(found["keys"], "problem: ") || !strings.Contains(found["accounts"], "anna") {
			s.Errorf("found %v", found)
		}
		text, err := os.ReadFile(s.keyFile)
		if err != nil {
			s.Fatal(err)
		}
		_, o := s.examine()
		for line := range bytes.Lines(text) {
			if fields := strings.Fields(string(line)); len(fields) == 2 && strings.Contains(o.stdout, fields[1]) {
				s.Error("the doctor prints a key")
			}
		}
	})
}

func TestDoctorOnTheDataFolder(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	file := filepath.Join(s.options.DataDir, database.FileName)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	s.warns("data folder", file+" (mode 0640)")
	if err := os.Chmod(s.options.DataDir, 0o755); err != nil {
		t.Fatal(err)
	}
	found, _ := s.examine()
	if !strings.Contains(found["data folder"], s.options.DataDir+" (mode 0755)") || !strings.HasPrefix(found["database"], "problem: ") ||
		!strings.HasPrefix(found["schema"], "-: ") || !strings.HasPrefix(found["keys"], "-: ") || !strings.HasPrefix(found["accounts"], "-: ") {
		t.Errorf("found %v", found)
	}
}

// Before the first start there is nothing, and the doctor makes nothing.
func TestDoctorBeforeTheFirstStart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	found, o := findings(t, call{args: []string{"doctor", "--data", data}})
	if o.err != nil || !strings.Contains(found["data folder"], "warning: "+data+" does not exist") || !strings.HasPrefix(found["database"], "warning: there is no database") ||
		!strings.HasPrefix(found["key file"], "warning: "+filepath.Join(data, "imagemaster.key")+" does not exist: the first start makes it") {
		t.Errorf("%v: %v", o.err, found)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestDoctorOnTheSchema(t *testing.T) {
	eachKit(t, func(s *kit) {
		testdb.Exec(s.T, s.options, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
		s.finds("schema", "99999 was made by a newer program")
		testdb.Exec(s.T, s.options, "DELETE FROM goose_db_version WHERE version_id > 110")
		found, _ := s.examine()
		if !strings.Contains(found["schema"], "warning: version 110") || !strings.HasPrefix(found["keys"], "-: ") {
			s.Errorf("found %v", found)
		}
		testdb.Exec(s.T, s.options, "DELETE FROM goose_db_version", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (30, 1)")
		s.finds("schema", "from before its present baseline and cannot be upgraded")
	})
}

func TestDoctorOnAnUnreachableDatabase(t *testing.T) {
	s := newKit(t, testdb.MariaDB)
	s.place = []string{"--database", "anna:canary-secret@tcp(127.0.0.1:1)/x", "--key-file", s.keyFile}
	s.finds("database", "cannot reach the database server at 127.0.0.1:1")
	if _, o := s.examine(); strings.Contains(o.stdout+o.err.Error(), "canary-secret") {
		t.Error("the doctor prints the password")
	}
}

func TestDoctorOnTheClock(t *testing.T) {
	s := newKit(t, testdb.MariaDB)
	for offset, want := range map[time.Duration]string{3 * time.Second: "behind of this machine's by 3", -time.Hour: "ahead of this machine's by 1h0m", time.Second: ""} {
		var stdout bytes.Buffer
		err := Run(t.Context(), Process{Args: append([]string{"doctor"}, s.place...), Stdout: &stdout, Now: func() time.Time { return time.Now().Add(offset) }})
		if err != nil || !strings.Contains(stdout.String(), want) || strings.Contains(stdout.String(), "warning clock") != (want != "") {
			t.Errorf("%v: %v\n%s", offset, err, stdout.String())
		}
	}
}

func TestDoctorOnAddressesAndProxies(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	https := []string{"--public-url", "https://sign-in.example.org"}
	for _, c := range []struct {
		args       []string
		what, want string
	}{
		{[]string{"--listen", "127.0.0.1:9000"}, "address", "people open port 8080, the server listens on 9000"},
		{[]string{"--listen", "192.0.2.1:8080"}, "address", "no client on it reaches"},
		{[]string{"--listen", "0.0.0.0:8080"}, "address", "others can connect to 0.0.0.0:8080 too, without encryption"},
		{[]string{"--listen", ":8080"}, "address", "others can connect to :8080 too"},
		{append(https, "--trusted-proxies", "10.0.0.0/8"), "proxies", "add 127.0.0.1"},
		{append(https, "--trusted-proxies", "::1"), "proxies", "add 127.0.0.1"},
		{append(https, "--listen", "[::1]:8080", "--trusted-proxies", "127.0.0.1"), "proxies", "add ::1"},
	} {
		s.warns(c.what, c.want, c.args...)
	}
	for _, args := range [][]string{
		append(https, "--trusted-proxies", "127.0.0.1"),
		append(https, "--trusted-proxies", "127.0.0.0/8,::1"),
		append(https, "--listen", "localhost:8080", "--trusted-proxies", "::1"),
		append(https, "--listen", ":8080", "--trusted-proxies", "10.0.0.0/8"),
		append(https, "--listen", "sign-in.internal:8080", "--trusted-proxies", "10.0.0.0/8"),
		append(https, "--listen", "192.0.2.1:8080", "--trusted-proxies", "192.0.2.7"),
		{"--listen", "127.0.0.1:9000", "--trusted-proxies", "127.0.0.1"}, // a proxy in front for trying it out
		{"--public-url", "http://localhost", "--listen", "127.0.0.1:80"},
	} {
		s.isWell(args...)
	}
}

func TestDoctorOnMail(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	server := testmail.Start(t, testmail.Options{NoTLS: true, User: "anna", Password: "canary-secret"})
	mail := func(port int, password string) []string {
		return []string{"--smtp-host", "127.0.0.1", "--smtp-port", fmt.Sprint(port), "--smtp-user", "anna", "--smtp-password", password, "--smtp-from", "im@example.org"}
	}
	if found := s.isWell(mail(server.Port, "canary-secret")...); !strings.HasPrefix(found["mail"], "ok: 127.0.0.1 takes mails") {
		t.Errorf("mail: %s", found["mail"])
	}
	if n := len(server.Mails()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	s.warns("mail", "127.0.0.1 port 1", mail(1, "x")...)
	s.warns("mail", "535", mail(server.Port, "canary-other")...)
	if _, o := s.examine(mail(server.Port, "canary-other")...); strings.Contains(o.stdout, "canary") {
		t.Error("the doctor prints the password")
	}
}

func TestDoctorRefusesWrongOptions(t *testing.T) {
	call{args: []string{"doctor", "--listen", "x"}}.fails(t, 2, "--listen")
	call{args: []string{"doctor", "x"}}.fails(t, 2, "doctor takes options only")
}
