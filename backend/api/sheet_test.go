package api

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

var printedCode = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// printedLine is what a person selects who copies one code with its box and number.
var printedLine = regexp.MustCompile(`(?:□\s*)?\d+\.\s*` + printedCode.String())

// TestSheet reads the PDF with another program.
func TestSheet(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	b.enroll()
	for _, c := range []struct{ paper, language, size, title string }{
		{"a4", "en", "(A4)", "Backup codes"},
		{"letter", "de", "(letter)", "Backup-Codes"},
	} {
		set := b.want(200, "POST", codesPath, object("paper", c.paper, "language", c.language)).json
		pdf, err := base64.StdEncoding.DecodeString(set["pdf"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Fatalf("begins with %q", pdf[:8])
		}
		text := runTool(t, pdf, "pdftotext", "-raw", "FILE", "-")
		var shown []string
		for _, code := range set["codes"].([]any) {
			shown = append(shown, code.(string))
		}
		if got := printedCode.FindAllString(text, -1); !slices.Equal(got, shown) {
			t.Errorf("the sheet has %v, the page %v", got, shown)
		}
		lines := printedLine.FindAllString(text, -1)
		if len(lines) != 10 {
			t.Fatalf("%d lines with a code: %s", len(lines), text)
		}
		for i, line := range lines {
			if code, ok := backupcode.Parse(line); !ok || backupcode.Format(code) != shown[i] {
				t.Errorf("%q, copied from the sheet, is read as %q", line, code)
			}
		}
		for _, want := range []string{c.title, "ada", publicURL, "help@sign-in.example", set["check_word"].(string), number(set["number"])} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not on the sheet: %s", want, text)
			}
		}
		if info := runTool(t, pdf, "pdfinfo", "FILE"); !strings.Contains(info, c.size) {
			t.Errorf("not on %s: %s", c.paper, info)
		}
	}
}

// runTool runs a program on a document in place of the argument FILE.
func runTool(t *testing.T, document []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		reason := name + " is not installed"
		if os.Getenv(testdb.RequireMariaDB) == "1" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	file := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	args[slices.Index(args, "FILE")] = file
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// TestSheetIsNeverStored: codes and sheet come in one answer that no cache may
// keep. Neither is in a file or in the database afterwards, and neither holds
// another secret.
func TestSheetIsNeverStored(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		temporary := t.TempDir()
		t.Setenv("TMPDIR", temporary)
		options := testdb.Options(t, engine)
		db := testdb.Open(t, options)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		w := newKit(t, db)
		w.addUser("ada")
		b := w.browser()
		b.signIn("ada")
		secret := b.enroll()
		before := filesIn(t, options.DataDir, temporary)
		a := b.want(200, "POST", codesPath, object("paper", "a4", "language", "en"))
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
		if after := filesIn(t, options.DataDir, temporary); !slices.Equal(after, before) {
			t.Errorf("files before %v, after %v", before, after)
		}
		pdf, err := base64.StdEncoding.DecodeString(a.json["pdf"].(string))
		if err != nil {
			t.Fatal(err)
		}
		for _, kept := range []string{"%PDF-", a.json["codes"].([]any)[0].(string)} {
			if strings.Contains(everyValue(t, db), kept) {
				t.Errorf("the database holds %q", kept)
			}
		}
		text := runTool(t, pdf, "pdftotext", "-raw", "FILE", "-")
		for _, secret := range []string{secret, secret[:8], rightPassword, b.csrf, b.cookies["__Host-im_session"], "otpauth", "#"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands on the sheet", secret)
			}
		}
		for _, link := range regexp.MustCompile(`https?://\S+`).FindAllString(text, -1) {
			if link != publicURL {
				t.Errorf("the sheet leads to %s", link)
			}
		}
	})
}

// filesIn lists the files below folders, except the side files of an open
// database.
func filesIn(t *testing.T, folders ...string) (names []string) {
	t.Helper()
	for _, folder := range folders {
		if folder == "" {
			continue
		}
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasSuffix(path, "-wal") && !strings.HasSuffix(path, "-shm") {
				names = append(names, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// everyValue is the content of all tables, as text.
func everyValue(t *testing.T, db *database.DB) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"accounts", "sessions", "backup_sets", "backup_codes", "notices", "mails", "audit_events"} {
		var rows []map[string]any
		if err := db.Read(t.Context()).Table(table).Find(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for name, value := range row {
				fmt.Fprintf(&all, "%s=%s\n", name, value)
			}
		}
	}
	if !strings.Contains(all.String(), "codes_generated") {
		t.Fatal("the tables cannot be read")
	}
	return all.String()
}
