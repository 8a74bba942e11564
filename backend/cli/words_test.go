package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// What Kubernetes and Docker set beside a service called imagemaster is no option.
func TestVariablesOfAServiceAreSkipped(t *testing.T) {
	environ := []string{
		"IMAGEMASTER_SERVICE_HOST=10.0.0.1", "IMAGEMASTER_SERVICE_PORT=8080", "IMAGEMASTER_SERVICE_PORT_HTTP=8080",
		"IMAGEMASTER_PORT=tcp://10.0.0.1:8080", "IMAGEMASTER_PORT_8080_TCP=tcp://10.0.0.1:8080", "IMAGEMASTER_PORT_8080_TCP_PROTO=tcp",
		"IMAGEMASTER_PORT_8080_TCP_PORT=8080", "IMAGEMASTER_PORT_8080_TCP_ADDR=10.0.0.1", "IMAGEMASTER_PORT_53_UDP=udp://10.0.0.1:53",
		"IMAGEMASTER_WEB_SERVICE_HOST=10.0.0.1", "IMAGEMASTER_WEB_PORT=tcp://10.0.0.1:80", "IMAGEMASTER_SMTP_PORT=tcp://10.0.0.1:25",
		"IMAGEMASTER_NAME=/web/imagemaster", "IMAGEMASTER_ENV_PATH=/bin", "IMAGEMASTER_WEB_NAME=/app/imagemaster_web", "IMAGEMASTER_WEB_ENV_PATH=/bin",
		"IMAGEMASTER_PORT_8080_TCP_START=tcp://10.0.0.1:8080", "IMAGEMASTER_PORT_9_SCTP=sctp://10.0.0.1:9",
	}
	if o := (call{environ: environ}).succeeds(t); o.served == nil || o.served.Listen != "127.0.0.1:8080" {
		t.Errorf("serves %+v", o.served)
	}
	for _, wrong := range []string{"IMAGEMASTER_PORT=8080", "IMAGEMASTER_SERVICE=x", "IMAGEMASTER_HOST=tcp://10.0.0.1:1", "IMAGEMASTER_NAME=x", "IMAGEMASTER_PORT_HTTP=1"} {
		name, _, _ := strings.Cut(wrong, "=")
		call{environ: []string{wrong}}.fails(t, 2, "no option has the variable "+name)
	}
}

// All mistakes are told in one answer, whichever kind they are.
func TestEveryKindOfMistakeAtOnce(t *testing.T) {
	for _, command := range []string{"serve", "doctor", ""} {
		c := call{args: []string{"--nix", "--brand-name=a:b", "--no-such=1"}, environ: []string{"IMAGEMASTER_NOPE=1", "IMAGEMASTER_PUBLIC_URL=http://x.org"}}
		if command != "" {
			c.args = append([]string{command}, c.args...)
		}
		for _, want := range []string{"these mistakes were found:", "unknown flag --nix", "unknown flag --no-such", "no option has the variable IMAGEMASTER_NOPE",
			"--brand-name: ", "--public-url: must begin with https"} {
			c.fails(t, 2, want)
		}
	}
	users := call{args: []string{"user", "disable", "--nix", "anna"}, environ: []string{"IMAGEMASTER_NOPE=1", "IMAGEMASTER_BRAND_NAME=a:b"}}
	for _, want := range []string{"--nix", "IMAGEMASTER_NOPE", "--brand-name: "} {
		users.fails(t, 2, want)
	}
	for _, c := range []struct {
		call
		want string
	}{
		{call{args: []string{"user", "disable", "--nix"}}, "unknown flag --nix (try imagemaster --help)"},
		{call{args: []string{"user", "disable"}, environ: []string{"IMAGEMASTER_NOPE=1"}}, "these mistakes were found:\n  expected \"<name>\" (try imagemaster --help)\n  no option has the variable IMAGEMASTER_NOPE"},
		{call{args: []string{"serve", "--log", "xml", "--nix", "--log-level=loud"}}, "unknown flag --nix (try imagemaster --help)\n  --log: \"xml\" is neither text nor json\n  --log-level: \"loud\" is none of"},
		{call{args: []string{"--nix", "--lisen", "x", "-y"}}, "unknown flag --nix\n  unknown flag --lisen, did you mean \"--listen\"?\n  unknown flag -y, did you mean"},
		{call{args: []string{"user", "list", "--listen", ":1", "--admin"}}, "unknown flag --listen\n  unknown flag --admin (try imagemaster --help)"},
		{call{environ: []string{"IMAGEMASTER_REQUIRE_TWO_FACTOR=maybe", "IMAGEMASTER_DATA_GROUP=perhaps"}}, "\"perhaps\""},
		{call{environ: []string{"IMAGEMASTER_REQUIRE_TWO_FACTOR=maybe", "IMAGEMASTER_DATA_GROUP=perhaps"}}, "\"maybe\""},
		{call{args: []string{"user", "add", "a", "b", "c", "--nix=1"}}, "these mistakes were found:\n  user add takes no argument after <name>\n  unknown flag --nix (try"},
		{call{args: []string{"key", "add", "--nix", "--data="}}, "--data: name a folder"},
		{call{args: []string{"backup", "file", "--nix", "--data="}}, "--data: name a folder"},
		{call{args: []string{"restore", "file", "--nix", "--data="}}, "--data: name a folder"},
		{call{args: []string{"key", "lost", "x", "--nix", "--data="}}, "--data: name a folder"},
		{call{args: []string{"audit", "export", "--nix", "--since=x", "--data="}}, "--since: \"x\""},
		{call{args: []string{"audit", "export", "--nix", "--since=x", "--data="}}, "--data: name a folder"},
		{call{args: []string{"user"}, environ: []string{"IMAGEMASTER_NOPE=1"}}, "user needs a command: add, list, "},
		{call{args: []string{"serve", "--nix", "--help"}}, "unknown flag --nix"},
		{call{args: []string{"help", "usr"}}, "there is no command \"usr\""},
	} {
		c.call.fails(t, 2, c.want)
	}
	if o := (call{args: []string{"user", "password", "anna", "hunter2-as-an-argument"}}).run(t); strings.Contains(o.err.Error(), "hunter2") {
		t.Errorf("what may be a password is repeated: %v", o.err)
	}
}

func TestHelpOfACommand(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"help", "audit"}, {"help user", "reset-two-factor"}, {"user", "reset-two-factor"}, {"key", "reseal"}, {"audit", "export"},
		{"help user add", "--display-name"}, {"help serve", "--public-url"}, {"user --help", "reset-two-factor"},
		{"group", "leave"}, {"help user invite", "Default: 168."}, {"help user password-link", "$IMAGEMASTER_PUBLIC_URL"}, {"help group join", "<user> ..."},
	} {
		o := call{args: strings.Fields(c.args)}.succeeds(t)
		if !strings.Contains(o.stdout, c.want) || o.served != nil {
			t.Errorf("%q prints\n%s", c.args, o.stdout)
		}
	}
	call{args: []string{"user", "ad"}}.fails(t, 2, "there is no command \"user ad\": the commands are add, list, ")
	call{args: []string{"user", "list", "anna"}}.fails(t, 2, "user list takes options only")
}

// A byte order mark in front of a password, a DSN or a key is no part of it.
func TestByteOrderMarks(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	const mark = "\ufeff"
	marked := s.cmd("user", "add", "mark")
	marked.stdin = mark + good + "\r\n"
	marked.succeeds(t)
	plain, err := os.ReadFile(s.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.keyFile, append([]byte(mark), plain...), 0o600); err != nil {
		t.Fatal(err)
	}
	s.cmd("user", "list").succeeds(t)
	s.cmd("key", "add").succeeds(t)

	var hashes []string
	if err := s.db.Read(t.Context()).Table("accounts").Order("id").Pluck("password_hash", &hashes).Error; err != nil || len(hashes) != 2 {
		t.Fatalf("%v, %v", hashes, err)
	}
	wide := s.cmd("user", "password", "anna")
	wide.stdin = "\xff\xfeg\x00r\x00e\x00"
	wide.fails(t, 1, "standard input is in UTF-16: save it as UTF-8")
	file := filepath.Join(t.TempDir(), "dsn")
	for content, want := range map[string]string{mark + "user:pass@tcp(db:3306)/im\n": "", "\xfe\xff\x00u": "is in UTF-16"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c := call{args: []string{"--database-file", file, "--key-file", "k"}}
		if want != "" {
			c.fails(t, 2, want)
		} else if o := c.succeeds(t); o.served.DSN != "user:pass@tcp(db:3306)/im" {
			t.Errorf("the DSN is %q", o.served.DSN)
		}
	}
}

// A file with a secret that every user may open is refused.
func TestSecretFilesThatEverybodyMayOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	for mode, refused := range map[os.FileMode]bool{0o644: true, 0o604: true, 0o602: true, 0o640: false, 0o600: false} {
		if err := os.WriteFile(file, []byte("user:pass@tcp(db:3306)/im"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"--database-file", file, "--key-file", "k"}, {"--smtp-host", "localhost", "--smtp-user", "u", "--smtp-from", "a@example.org", "--smtp-password-file", file}} {
			c := call{args: args}
			if refused {
				c.fails(t, 2, "run chmod 600 "+file)
			} else {
				c.succeeds(t)
			}
		}
	}
}

// The list says what an account has to prove itself with.
func TestListTellsOfTheSecondFactor(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("berta", "carla", "dora", "emil", "fritz")
		budget := func(name, lane, failures string) string {
			return "INSERT INTO code_budgets (account_id, method, lane, failures) SELECT id, 'totp', '" + lane + "', " + failures + " FROM accounts WHERE username = '" + name + "'"
		}
		testdb.Exec(s.T, s.options,
			budget("dora", "known", "40"), budget("dora", "unknown", "60"), budget("fritz", "known", "39"), budget("fritz", "unknown", "60"),
			"UPDATE totp_keys SET sealed_seed = x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627' WHERE label = 'emil'",
			"UPDATE accounts SET paused_at = 1 WHERE username = 'carla'",
			"UPDATE accounts SET password_hash = 'x'",
			"INSERT INTO backup_codes (account_id, set_number, code_hash, used_at, replaced_at) SELECT id, 1, "+hex32("a1")+", 0, 0 FROM accounts WHERE username = 'berta'",
			"INSERT INTO backup_codes (account_id, set_number, code_hash, used_at, replaced_at) SELECT id, 1, "+hex32("a2")+", 7, 0 FROM accounts WHERE username = 'berta'",
			"INSERT INTO backup_codes (account_id, set_number, code_hash, used_at, replaced_at) SELECT id, 0, "+hex32("a3")+", 0, 7 FROM accounts WHERE username = 'berta'",
			"UPDATE accounts SET last_sign_in_at = 1700000000000 WHERE username = 'berta'")
		var got []string
		for line := range strings.Lines(s.cmd("user", "list", "--json").succeeds(s.T).stdout) {
			var u people.Exported
			if err := json.Unmarshal([]byte(line), &u); err != nil {
				s.Fatal(err)
			}
			last := "never"
			if u.LastSignInAt != nil {
				last = u.LastSignInAt.Format("2006-01-02T15:04:05Z")
			}
			got = append(got, strings.Join([]string{u.Username, string(u.Role), string(u.State), string(u.TwoFactor), string(rune('0' + u.BackupCodesLeft)), last}, " "))
		}
		want := "anna person enabled none 0 never\nberta person enabled enabled 1 2023-11-14T22:13:20Z\ncarla person enabled paused 0 never" +
			"\ndora person enabled dead 0 never\nemil person enabled unreadable 0 never\nfritz person enabled enabled 0 never"
		if strings.Join(got, "\n") != want {
			s.Errorf("the list is\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
		table := s.cmd("user", "list").succeeds(s.T).stdout
		for _, word := range []string{"TWO-FACTOR", "paused", "2023-11-14", "never"} {
			if !strings.Contains(table, word) {
				s.Errorf("%q is missing in\n%s", word, table)
			}
		}
	})
}

// hex32 is a value of 32 bytes, the last one as given, in the words of both engines.
func hex32(last string) string { return "X'" + strings.Repeat("00", 31) + last + "'" }

// A recovery that has nothing to recover changes nothing, and says so.
func TestNothingToReset(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("berta")
		if got := s.cmd("user", "reset-two-factor", "berta").succeeds(s.T).stdout; !strings.Contains(got, "is removed") {
			s.Errorf("prints %q", got)
		}
		before := s.cmd("audit", "export").succeeds(s.T).stdout
		for _, name := range []string{"berta", "anna"} {
			if got := s.cmd("user", "reset-two-factor", name).succeeds(s.T).stdout; got != name+" has no second factor. Nothing was changed.\n" {
				s.Errorf("prints %q", got)
			}
		}
		if after := s.cmd("audit", "export").succeeds(s.T).stdout; after != before {
			s.Errorf("something was recorded:\n%s", strings.TrimPrefix(after, before))
		}
	})
}

// The events say which system user ran a command.
func TestEventsNameTheOperator(t *testing.T) {
	t.Setenv("SUDO_USER", "gerda")
	eachKit(t, func(s *kit) {
		s.cmd("user", "disable", "anna").succeeds(s.T)
		s.cmd("key", "add").succeeds(s.T)
		var named int
		for line := range strings.Lines(s.cmd("audit", "export").succeeds(s.T).stdout) {
			if strings.Contains(line, `"actor":"operator"`) && strings.Contains(line, `(gerda)"`) {
				named++
			}
		}
		if named != 3 { // added, disabled, key added
			s.Errorf("%d events name the operator", named)
		}
	})
}
