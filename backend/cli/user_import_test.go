package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
)

// importing is the command that imports a table, by its name in a folder.
func (s *kit) importing(table string, options ...string) call {
	s.Helper()
	file := filepath.Join(s.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
		s.Fatal(err)
	}
	return s.cmd(append([]string{"user", "import", file}, options...)...)
}

// linkRows returns the rows that an import prints, with the separator of its table.
func linkRows(t *testing.T, printed string, separator rune) [][]string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(printed))
	reader.Comma = separator
	rows, err := reader.ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != "username,name,email,link,valid_until" {
		t.Fatalf("%v: it prints\n%.500s", err, printed)
	}
	return rows[1:]
}

// A thousand people come in in less than 10 seconds, each with a link that works.
func TestImportOfAThousand(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.cmd("group", "add", "staff").succeeds(t)
		var table strings.Builder
		table.WriteString("username,name,email,groups\n")
		for i := range 1000 {
			fmt.Fprintf(&table, "person%d,\"Person, no. %[1]d\",person%[1]d@example.org,staff\n", i)
		}
		checked := s.importing(table.String(), "--check").succeeds(t)
		if checked.stdout != "" || checked.stderr != "People who can be imported: 1000. Nothing was imported.\n" {
			t.Errorf("the check prints %q and says %q", checked.stdout, checked.stderr)
		}
		if got := s.listed(); len(got) != 1 {
			t.Fatalf("the check makes %d accounts", len(got)-1)
		}
		began := time.Now()
		o := s.importing(table.String(), atURL).succeeds(t)
		took := time.Since(began)
		t.Logf("1,000 people in %v", took)
		if took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		for _, want := range []string{"Accounts made: 1000. Their links work once, until ", "Links in the table, which is shown only now: 1000. "} {
			if !strings.Contains(o.stderr, want) {
				t.Errorf("it says %q, without %q", o.stderr, want)
			}
		}
		checkUntil(t, o.stderr, began, 168*time.Hour)
		rows := linkRows(t, o.stdout, ',')
		if len(rows) != 1000 {
			t.Fatalf("it prints %d rows", len(rows))
		}
		for _, i := range []int{0, 499, 999} {
			row := rows[i]
			if row[0] != fmt.Sprint("person", i) || row[1] != fmt.Sprint("Person, no. ", i) || row[2] != row[0]+"@example.org" || !strings.Contains(o.stderr, row[4]) {
				t.Errorf("row %d is %q", i, row)
			}
			if err := s.use(tokenOf(t, row[3])); err != nil {
				t.Errorf("row %d: the link does not work: %v", i, err)
			}
			if err := s.use(tokenOf(t, row[3])); err == nil {
				t.Errorf("row %d: the link works twice", i)
			}
		}
		if got := s.listed("--group=staff"); len(got) != 1000 {
			t.Errorf("%d people are in the group", len(got))
		}
		s.importing(table.String()).fails(t, 1, "the table has faults: nothing was imported")
	})
}

// Tables of spreadsheets begin with a byte order mark, have semicolons, and end lines as
// on Windows.
func TestImportOfASpreadsheet(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		c := s.cmd("user", "import", "-", atURL, "--hours=2")
		c.stdin = "\ufeffUserName;email;name\r\notto;otto@example.org;\"Otto; Ä.\"\r\n\r\n=cmd;;\"=1+1\"\r\n"
		began := time.Now()
		o := c.succeeds(t)
		checkUntil(t, o.stderr, began, 2*time.Hour)
		rows := linkRows(t, o.stdout, ';')
		if len(rows) != 2 || strings.Join(rows[0][:3], "|") != "otto|Otto; Ä.|otto@example.org" || strings.Join(rows[1][:3], "|") != "'=cmd|'=1+1|" {
			t.Errorf("the rows are %q", rows)
		}
		if got := strings.Join(s.listed(), " "); got != "=cmd anna otto" {
			t.Errorf("there are %s", got)
		}
	})
}

// Every fault is told, by line, and then nobody is imported.
func TestImportTellsEveryFault(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.cmd("user", "email", "anna", "anna@example.org").succeeds(t)
		table := "\ufeffusername;name;email;groups\r\n" +
			"otto;Otto;otto@example.org;\r\n" +
			"two words;;no address;nobody\r\n" +
			"OTTO;;Otto@example.org;\r\n" +
			"ANNA;;ANNA@example.org;crew nobody\r\n" +
			"\"\";Nameless;;\r\n" +
			"short;row\r\n" +
			"good;;;\r\n" +
			strings.Repeat("x", 65) + ";" + strings.Repeat("y", 101) + ";;\r\n"
		wanted := []string{
			`line 3: a user name has letters, digits and signs, and no spaces: "two words"`,
			`line 3: this is not an e-mail address: "no address"`,
			`line 3 and 1 more: there is no group of that name: "nobody"`,
			`line 4: the user name stands in an earlier line, too: "OTTO"`,
			`line 4: the e-mail address stands in an earlier line, too: "Otto@example.org"`,
			`line 5: the user name is taken, or was taken before: "ANNA"`,
			`line 5: another account has this e-mail address: "ANNA@example.org"`,
			`line 5: there is no group of that name: "crew"`,
			`line 6: the user name is missing`,
			`line 7: this line has more or fewer columns than the first one`,
			`line 9: the user name has more than 64 characters: "` + strings.Repeat("x", 65) + `"`,
			`line 9: the name has more than 100 characters: "` + strings.Repeat("y", 80) + `…"`,
		}
		for _, options := range [][]string{nil, {"--check"}, {"--mail"}} {
			o := s.importing(table, options...).run(t)
			if ExitCode(o.err) != 1 || o.err.Error() != "the table has faults: nothing was imported" || o.stdout != "" {
				t.Errorf("%q ends with %v and prints %q", options, o.err, o.stdout)
			}
			if want := strings.Join(wanted, "\n") + "\n"; o.stderr != want {
				t.Errorf("%q says\n%s\nwant\n%s", options, o.stderr, want)
			}
		}
		if got := strings.Join(s.listed(), " "); got != "anna" {
			t.Errorf("there are %s", got)
		}
	})
}

func TestTablesThatAreNone(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	many := "username\n" + strings.Repeat("two words\n", 300)
	for table, want := range map[string]string{
		"":                             "there is nobody in the table\n",
		"\ufeff":                       "there is nobody in the table\n",
		"username,name\n\n,\n":         "there is nobody in the table\n",
		"anna,Anna\n":                  `line 1: the first line must name username, and no other columns than name, email and groups: "anna"` + "\n",
		"name,email\nAnna,\n":          `line 1: the first line must name username, and no other columns than name, email and groups` + "\n",
		"username,username\notto,x\n":  `line 1: the first line must name username, and no other columns than name, email and groups: "username"` + "\n",
		"username,phone\notto,1\n":     `line 1: the first line must name username, and no other columns than name, email and groups: "phone"` + "\n",
		"username\not\"to\n":           "line 2: this is not CSV\n",
		"username\nK\xf6nig\n":         "this is not text in UTF-8\n",
		"\xff\xfeu\x00s\x00e\x00r\x00": "this is not text in UTF-8\n",
	} {
		o := s.importing(table).run(t)
		if ExitCode(o.err) != 1 || o.stdout != "" || o.stderr != want {
			t.Errorf("%q: ends with %v, prints %q, says %q, want %q", table, o.err, o.stdout, o.stderr, want)
		}
	}
	o := s.importing(many).run(t)
	if lines := strings.Split(strings.TrimSpace(o.stderr), "\n"); len(lines) != 201 || lines[200] != "There may be more faults. Correct these, then check again." {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
	var tooMany strings.Builder
	tooMany.WriteString("username\n")
	for i := range 100_001 {
		fmt.Fprintf(&tooMany, "person%d\n", i)
	}
	if o := s.importing(tooMany.String(), "--check").run(t); o.stderr != "line 100002: there are too many people\n" {
		t.Errorf("it says %q", o.stderr)
	}
	folder := t.TempDir()
	s.cmd("user", "import", filepath.Join(folder, "missing")).fails(t, 1, "cannot open "+filepath.Join(folder, "missing")+": no such file")
	s.cmd("user", "import", folder).fails(t, 1, "cannot read the table: is a directory")
	s.importing("username\notto\n", "--hours=0").fails(t, 1, "1 hour to 30 days")
	s.importing("username\notto\n", "--hours=5124097").fails(t, 1, "1 hour to 30 days")
	s.importing("username\notto\n", "--language=fr").fails(t, 2, "--language must be one of")
	s.importing("username\notto\n", "--public-url=x").fails(t, 2, "--public-url: ")
	s.cmd("user", "import").fails(t, 2, "<file>")
	if got := strings.Join(s.listed(), " "); got != "anna" {
		t.Errorf("there are %s", got)
	}
}

// noOutput takes nothing.
type noOutput struct{}

func (noOutput) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// The accounts are there when their links cannot be written: the message says how to go on.
func TestImportThatCannotPrint(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	c := s.importing("username\notto\n")
	err := Run(t.Context(), Process{Args: c.args, Stdin: strings.NewReader(""), Stdout: noOutput{}, Stderr: noOutput{}, Now: time.Now})
	if err == nil || !strings.Contains(err.Error(), "the accounts are made, but their links were not written: give each person another one with `imagemaster user password-link`") {
		t.Errorf("got %v", err)
	}
	if err := s.use(tokenOf(t, s.cmd("user", "password-link", "otto", atURL).succeeds(t).stdout)); err != nil {
		t.Errorf("the other link does not work: %v", err)
	}
}

// untilRead tells that somebody reads, and gives nothing.
type untilRead struct{ begun chan struct{} }

func (r untilRead) Read([]byte) (int, error) {
	close(r.begun)
	select {}
}

// A signal ends the wait for a table that nobody sends.
func TestSignalWhileWaitingForATable(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	ctx, stop := context.WithCancel(t.Context())
	in := untilRead{make(chan struct{})}
	go func() {
		<-in.begun
		stop()
	}()
	err := Run(ctx, Process{Args: s.cmd("user", "import", "-").args, Stdin: in, Stdout: io.Discard, Stderr: io.Discard, Now: time.Now})
	if err == nil || err.Error() != "stopped: nothing was changed" {
		t.Errorf("got %v", err)
	}
}

// With --mail the table has the links of people without an address only.
func TestImportMailsLinks(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	eachKit(t, func(s *kit) {
		t := s.T
		came := len(server.Mails())
		s.post(server)
		o := s.importing("username,email\notto,otto@example.org\nberta,\n", "--mail", "--language=de", atURL).succeeds(t)
		for _, want := range []string{"Links that a running server mails: 1.\n", "Links in the table, which is shown only now: 1. "} {
			if !strings.Contains(o.stderr, want) {
				t.Errorf("it says %q, without %q", o.stderr, want)
			}
		}
		rows := linkRows(t, o.stdout, ',')
		if len(rows) != 2 || rows[0][3] != "" || rows[1][0] != "berta" {
			t.Fatalf("the rows are %q", rows)
		}
		m := server.WaitMails(came + 1)[came]
		if m.To != "otto@example.org" || !strings.Contains(m.Subject, "Ihr Konto ist bereit") {
			t.Errorf("the mail to %s has the subject %q", m.To, m.Subject)
		}
		for _, link := range []string{mailedLink.FindString(m.Text), rows[1][3]} {
			if err := s.use(tokenOf(t, link)); err != nil {
				t.Errorf("the link does not work: %v", err)
			}
		}
	})
}
