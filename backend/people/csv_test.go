package people

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzTable: a table is read without a panic, each fault has a sentence, and people
// without a fault are the same when they are written and read again.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{
		"", "\ufeff", "username", "username\n\"", "username\not\"to\n", "username\n\"otto\"x\n", "username;name\notto;\"a;\n", "\"user\nname\"\notto",
		"username,name,email,groups\nanna,Anna Ä.,anna@example.org,a b|c;d\n", "\ufeffusername;email\r\notto;otto@example.org\r\n\r\n;\r\n",
		"username\n=cmd\n@x\n", "username,name\nx\ny,z,w\n", "username\nA\na\n", "\xff\xfe", "username\n\x00", "username,groups\n0,+\n", "username,groups\n0,\v0 0\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, table string) {
		rows, faults := parseTable([]byte(table), InBrowser)
		if len(rows)+len(faults) == 0 {
			t.Errorf("%q is neither taken nor refused", table)
		}
		for _, fault := range faults {
			if known := faultTexts[fault.Field+" "+fault.Reason]; known == "" || fault.Line < 0 || fault.Line > strings.Count(table, "\n")+strings.Count(table, "\r")+1 {
				t.Errorf("%q has the fault %+v", table, fault)
			}
		}
		var again [][]string
		for i := range rows {
			p := &rows[i]
			if p.faulty {
				continue
			}
			if p.names.Username == "" || !utf8.ValidString(p.names.Username) || strings.ContainsAny(p.names.Username+p.names.DisplayName, "\r\n\x00") {
				t.Errorf("%q holds %+v", table, p)
			}
			row := []string{p.Username, p.DisplayName, p.Email, strings.Join(p.Groups, " ")}
			if !slices.ContainsFunc(row, func(cell string) bool { return withoutFormula(cell) != cell }) {
				again = append(again, row)
			}
		}
		if len(again) == 0 {
			return
		}
		read, wrong := parseTable([]byte(WriteTable(',', columns, again)), Limits{People: MaxImport})
		if len(wrong) > 0 || len(read) != len(again) {
			t.Fatalf("%q is written with %d rows, and read with %d and %+v", table, len(again), len(read), wrong)
		}
		for i, p := range read {
			if got := []string{p.Username, p.DisplayName, p.Email, strings.Join(p.Groups, " ")}; strings.Join(got, "\n") != strings.Join(again[i], "\n") {
				t.Errorf("%q is read again as %q", again[i], got)
			}
		}
	})
}
