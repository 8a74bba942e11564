package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/config"
	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) != "" {
		os.Exit(runStalling())
	}
	testdb.Main(m)
}

func TestServeIsTheDefault(t *testing.T) {
	for _, args := range [][]string{{"serve", "--listen", "[::1]:9", "--require-two-factor"}, {"--listen", "[::1]:9", "--require-two-factor"}} {
		o := call{args: args}.succeeds(t)
		if o.served == nil || o.served.Listen != "[::1]:9" || !o.served.RequireTwoFactor || o.served.PublicURL != "http://localhost:8080" {
			t.Errorf("%q serves %+v", args, o.served)
		}
	}
	if o := (call{}).succeeds(t); o.served == nil || o.served.Listen != "127.0.0.1:8080" || o.served.RequireTwoFactor {
		t.Errorf("no arguments serve %+v", o.served)
	}
}

func TestVariables(t *testing.T) {
	environ := []string{
		"IMAGEMASTER_LISTEN=127.0.0.1:9", "IMAGEMASTER_PUBLIC_URL=https://login.example.org", "IMAGEMASTER_DATA=/srv/im",
		"IMAGEMASTER_KEY_FILE=/srv/key", "IMAGEMASTER_TRUSTED_PROXIES=10.0.0.0/8,::1", "IMAGEMASTER_BRAND_NAME=Acme = 1",
		"IMAGEMASTER_APP_URL=https://app.example.org/", "IMAGEMASTER_HELP_CONTACT=Room 3", "IMAGEMASTER_REQUIRE_TWO_FACTOR=true",
		"PATH=/bin", "LISTEN=x", "imagemaster_listen=x", "IMAGEMASTER=x",
	}
	got := call{environ: environ}.succeeds(t).served
	want := &config.Serve{
		Store:  config.Store{DataDir: "/srv/im", KeyFile: "/srv/key", MakeKeyFile: true},
		Listen: "127.0.0.1:9", PublicURL: "https://login.example.org", TrustedProxies: got.TrustedProxies,
		BrandName: "Acme = 1", AppURL: "https://app.example.org/", HelpContact: "Room 3", RequireTwoFactor: true,
		SessionIdle: time.Hour, SessionLifetime: 24 * time.Hour,
	}
	if !reflect.DeepEqual(got, want) || len(got.TrustedProxies) != 2 {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if o := (call{args: []string{"--listen", "127.0.0.1:10"}, environ: environ}).succeeds(t); o.served.Listen != "127.0.0.1:10" {
		t.Errorf("the variable overrides the command line: %s", o.served.Listen)
	}
	if o := (call{environ: []string{"IMAGEMASTER_LISTEN=", "IMAGEMASTER_DATABASE=", "IMAGEMASTER_REQUIRE_TWO_FACTOR="}}).succeeds(t); o.served.Listen != "127.0.0.1:8080" {
		t.Errorf("an empty variable counts: %s", o.served.Listen)
	}
	if o := (call{environ: []string{"IMAGEMASTER_REQUIRE_TWO_FACTOR=false"}}).succeeds(t); o.served.RequireTwoFactor {
		t.Error("false is true")
	}
}

func TestDatabaseFromFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(file, []byte("user:pass@tcp(db:3306)/im\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []call{
		{args: []string{"--database-file", file, "--key-file", "k"}},
		{environ: []string{"IMAGEMASTER_DATABASE_FILE=" + file, "IMAGEMASTER_KEY_FILE=k"}},
		{environ: []string{"IMAGEMASTER_DATABASE=user:pass@tcp(db:3306)/im", "IMAGEMASTER_KEY_FILE=k"}},
	} {
		if o := c.succeeds(t); o.served.DSN != "user:pass@tcp(db:3306)/im" || o.served.MakeKeyFile {
			t.Errorf("%+v serves %+v", c, o.served.Store)
		}
	}
	call{args: []string{"--database", "user:pass@/im"}, environ: []string{"IMAGEMASTER_DATABASE_FILE=" + file}}.fails(t, 2, "--database-file: not together")
	call{environ: []string{"IMAGEMASTER_DATABASE_FILE=" + file}}.fails(t, 2, "--key-file: needed")
}

func TestMisuse(t *testing.T) {
	for _, c := range []struct {
		call
		want string
	}{
		{call{args: []string{"--lisen", "x"}}, "unknown flag --lisen"},
		{call{args: []string{"serve", "x"}}, "serve takes options only"},
		{call{args: []string{"servee"}}, `there is no command "servee": the commands are version, serve, user,`},
		{call{args: []string{"--listen"}}, "--listen"},
		{call{args: []string{"--require-two-factor=maybe"}}, "maybe"},
		{call{args: []string{"user", "add"}}, "<name>"},
		{call{args: []string{"user", "remove", "x"}}, `there is no command "user remove": the commands are add, list, `},
		{call{args: []string{"user", "add", "a", "b"}}, "user add takes no argument after <name>"},
		{call{args: []string{"user", "list", "--listen", ":1"}}, "unknown flag --listen"},
		{call{args: []string{"user", "list", "--admin"}}, "unknown flag --admin"},
		{call{args: []string{"user", "list", "--brand-name", "a:b", "--data", "/"}}, "--brand-name: must not contain a colon"},
		{call{args: []string{"user", "password", "x", "secret"}}, "user password takes no argument after <name>"},
		{call{args: []string{"key", "new"}}, "<file>"},
		{call{args: []string{"key", "lost"}}, "<id>"},
		{call{environ: []string{"IMAGEMASTER_REQUIRE_TWO_FACTOR=maybe"}}, "maybe"},
		{call{environ: []string{"IMAGEMASTER_LISTN=x", "IMAGEMASTER_A=y"}}, "no option has the variable IMAGEMASTER_A, IMAGEMASTER_LISTN"},
		{call{args: []string{"user", "list"}, environ: []string{"IMAGEMASTER_LISTN=x"}}, "IMAGEMASTER_LISTN"},
		{call{environ: []string{"IMAGEMASTER_ADMIN=true"}}, "IMAGEMASTER_ADMIN"},
		{call{environ: []string{"IMAGEMASTER_HELP=true"}}, "IMAGEMASTER_HELP"},
		{call{environ: []string{"IMAGEMASTER_VERSION=true"}}, "IMAGEMASTER_VERSION"},
		{call{environ: []string{"IMAGEMASTER_KEY_FILE_FILE=x"}}, "IMAGEMASTER_KEY_FILE_FILE"},
		{call{args: []string{"--listen", "x", "--public-url", "y"}}, "these mistakes were found:\n  --listen: "},
	} {
		c.call.fails(t, 2, c.want)
	}
}

// The variables of the server often stand in the environment of every command.
func TestVariablesOfOtherCommandsAreKnown(t *testing.T) {
	call{args: []string{"user", "list", "--data", t.TempDir()}, environ: []string{"IMAGEMASTER_LISTEN=:1"}}.fails(t, 1, "there is no database")
}

func TestUnknownVariableIsNamedWithoutItsValue(t *testing.T) {
	o := call{environ: []string{"IMAGEMASTER_DATABSE=user:hunter2@/x"}}.run(t)
	if o.err == nil || strings.Contains(o.err.Error(), "hunter2") {
		t.Errorf("got %v", o.err)
	}
}

func TestHelpNamesEverything(t *testing.T) {
	text := call{args: []string{"serve", "--help"}}.succeeds(t).stdout
	flat := strings.Join(strings.Fields(text), " ")
	for _, name := range []string{"listen", "public-url", "data", "database", "database-file", "key-file", "trusted-proxies", "brand-name", "brand-logo", "app-url", "help-contact", "require-two-factor"} {
		variable := "($IMAGEMASTER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + ")"
		if !strings.Contains(flat, "--"+name) || !strings.Contains(flat, variable) {
			t.Errorf("--%s or %s is missing in\n%s", name, variable, text)
		}
	}
	for _, value := range []string{"Default: 127.0.0.1:8080.", "Default: http://localhost:8080.", "Default: ./data.", "Default: ImageMaster."} {
		if !strings.Contains(flat, value) {
			t.Errorf("%q is missing in\n%s", value, text)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 100 {
			t.Errorf("line is too long: %q", line)
		}
	}
	top := call{args: []string{"--help"}}.succeeds(t).stdout
	users := call{args: []string{"user", "--help"}}.succeeds(t).stdout
	for want, text := range map[string]string{"serve": top, "user <command>": top, "key <command>": top, "user reset-two-factor <name>": users, "user add <name>": users} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, arg := range []string{"--version", "version"} {
		o := call{args: []string{arg}}.succeeds(t)
		if o.stdout == "imagemaster 1.2.3 (commit 0123)\n" && o.served == nil {
			continue
		}
		t.Errorf("printed %q, served %v", o.stdout, o.served)
	}
}

func TestServerErrorsAreNotUsage(t *testing.T) {
	fault := errors.New("port taken")
	err := Run(t.Context(), Process{Serve: func(context.Context, config.Serve) error { return fault }})
	if !errors.Is(err, fault) || ExitCode(err) != 1 {
		t.Errorf("got %v, code %d", err, ExitCode(err))
	}
	if ExitCode(nil) != 0 {
		t.Error("success has an exit code")
	}
}

func TestPanicsAreNotSwallowed(t *testing.T) {
	defer func() {
		if recover() != "fault" {
			t.Error("the panic is gone")
		}
	}()
	_ = Run(t.Context(), Process{Serve: func(context.Context, config.Serve) error { panic("fault") }})
}

func TestPasswordFromStandardInput(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	add := func(name, stdin string) call {
		return call{args: []string{"user", "add", name, "--data", data}, stdin: stdin}
	}
	for _, c := range []struct{ stdin, want string }{
		{"", "no password was given"},
		{"\n", "no password was given"},
		{"\r\n" + good, "no password was given"},
		{strings.Repeat("x", maxPasswordLine+1), "too long"},
		{"gr\xfcne-Leiter-singt-42\n", "not in UTF-8"},
		{"short\n", "15"},
		{"passwordpassword\n", "common"},
		{"anna-anna-anna-anna\n", ""},
	} {
		add("anna", c.stdin).fails(t, 1, c.want)
	}
	for name, stdin := range map[string]string{"anna": good, "bert": good + "\n", "carl": good + "\r\n", "dora": good + "\nmore\n"} {
		o := add(name, stdin).succeeds(t)
		if strings.Contains(o.stdout+o.stderr, good) {
			t.Errorf("the password was printed: %s%s", o.stdout, o.stderr)
		}
	}
	add("ANNA", good).fails(t, 1, "")
	add(strings.Repeat("x", 65), good).fails(t, 1, "")
	add("a b", good).fails(t, 1, "")

	list := call{args: []string{"user", "list", "--data", data}}.succeeds(t).stdout
	if lines := strings.Split(strings.TrimSpace(list), "\n"); len(lines) != 5 {
		t.Errorf("list prints\n%s", list)
	}
}

func TestCommandsOnBothEngines(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		place := []string{"--data", o.DataDir}
		if o.DSN != "" {
			key := filepath.Join(t.TempDir(), "key")
			place = []string{"--database", o.DSN, "--key-file", key}
			call{args: append([]string{"user", "list"}, place...)}.fails(t, 1, "imagemaster key new "+key)
			call{args: []string{"key", "new", key}}.succeeds(t)
		}
		cmd := func(args ...string) call { return call{args: append(args, place...), stdin: good} }
		cmd("user", "add", "--admin", "--display-name", "Anna Ä.", "anna").succeeds(t)
		list := cmd("user", "list").succeeds(t).stdout
		for _, want := range []string{"anna", "administrator", "enabled", "Anna Ä.", time.Now().UTC().Format(time.DateOnly)} {
			if !strings.Contains(list, want) {
				t.Errorf("%q is missing in\n%s", want, list)
			}
		}
		cmd("user", "disable", "anna").fails(t, 1, "--even-last")
		cmd("user", "disable", "anna", "--even-last").succeeds(t)
		if list := cmd("user", "list").succeeds(t).stdout; !strings.Contains(list, "disabled") {
			t.Errorf("list prints\n%s", list)
		}
		cmd("user", "disable", "anna").fails(t, 1, "already")
		cmd("user", "enable", "Anna").succeeds(t)
		cmd("user", "password", "anna").succeeds(t)
		cmd("user", "reset-two-factor", "anna").succeeds(t)
		for _, command := range []string{"disable", "enable", "password", "reset-two-factor"} {
			cmd("user", command, "nobody").fails(t, 1, "no account of that name")
		}
		early := cmd("user", "password", "nobody") // refused before a password is read
		early.stdin = ""
		early.fails(t, 1, "no account of that name")
		cmd("key", "lost", "0123456789abcdef").fails(t, 1, "No key of that id")
		cmd("key", "lost", "'; DROP TABLE accounts; --").fails(t, 1, "No key of that id")
	})
}

// A command for existing accounts must not leave a new database behind.
func TestNoDatabaseIsMadeByMistake(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, args := range [][]string{{"user", "list"}, {"user", "password", "x"}, {"user", "disable", "x"}, {"key", "lost", "x"}} {
		call{args: append(args, "--data", data), stdin: good}.fails(t, 1, "there is no database in "+data)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestNewKeyNeverOverwrites(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	call{args: []string{"key", "new", file}}.succeeds(t)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	call{args: []string{"key", "new", file}}.fails(t, 1, "was left as it is")
	call{args: []string{"key", "new", filepath.Join(file, "below")}}.fails(t, 1, "not a directory")
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Error("the key file has changed")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
}
