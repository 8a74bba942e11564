package people

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
)

// Limits of an import in the browser.
const (
	MaxImport      = 1000      // people
	MaxImportBytes = 256 << 10 // of the table
	MaxFaults      = 200       // told at once of each kind: of the table, names that are taken, and missing groups
)

// Invitee is a person of a table that is to be imported.
type Invitee struct {
	Line                         int // in the table, the header is 1
	Username, DisplayName, Email string
	Groups                       []string
	names                        account.Account // what was parsed
	faulty                       bool            // has a fault
}

// Fault says what is wrong with a table. Line 0 is the table as a whole. A group that
// does not exist is one fault, however many lines name it.
type Fault struct {
	Line      int
	Field     string // file, username, name, email or groups
	Reason    string
	Value     string // what the cell holds, or its part
	MoreLines int    // that have this fault, too
}

// columns are the header of a table, in any order. Only the first must be there.
var columns = []string{"username", "name", "email", "groups"}

// Limits are how much of a table is taken.
type Limits struct {
	People int
	Bytes  int // 0 = any number
}

// InBrowser are the limits of an import in the browser.
var InBrowser = Limits{MaxImport, MaxImportBytes}

// parseTable reads a table in CSV (RFC 4180), with comma or semicolon, with or
// without a byte order mark. It returns all people whose lines can be read, and the
// faults.
func parseTable(table []byte, most Limits) ([]Invitee, []Fault) {
	if most.Bytes != 0 && len(table) > most.Bytes {
		return nil, []Fault{{Field: "file", Reason: "too_large"}}
	}
	table = bytes.TrimPrefix(table, []byte(ByteOrderMark))
	if !utf8.Valid(table) || bytes.ContainsRune(table, 0) {
		return nil, []Fault{{Field: "file", Reason: "encoding"}}
	}
	reader := csv.NewReader(bytes.NewReader(table))
	reader.FieldsPerRecord, reader.Comma = -1, separatorOf(table)
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, []Fault{{Field: "file", Reason: "no_rows"}}
	}
	if err != nil {
		return nil, []Fault{{Line: lineOf(err), Field: "file", Reason: "not_csv"}}
	}
	position, fault := positions(header)
	if fault != nil {
		return nil, []Fault{*fault}
	}
	t := tableReader{reader: reader, position: position, width: len(header), seen: map[string]bool{}}
	t.read(most.People)
	if len(t.people)+len(t.faults) == 0 {
		t.faults = []Fault{{Field: "file", Reason: "no_rows"}}
	}
	return t.people, t.faults
}

// separatorOf is a semicolon where the header has one: some programs write it in
// countries where the comma stands in numbers.
func separatorOf(table []byte) rune {
	header, _, _ := bytes.Cut(table, []byte("\n"))
	if bytes.ContainsRune(header, ';') {
		return ';'
	}
	return ','
}

// positions says where the columns stand, or what is wrong with the header.
func positions(header []string) (map[string]int, *Fault) {
	position := map[string]int{}
	for i, cell := range header {
		name := strings.ToLower(strings.TrimSpace(cell))
		if _, twice := position[name]; twice || !slices.Contains(columns, name) {
			return nil, &Fault{Line: 1, Field: "file", Reason: "no_header", Value: cutCell(cell)}
		}
		position[name] = i
	}
	if _, has := position["username"]; !has {
		return nil, &Fault{Line: 1, Field: "file", Reason: "no_header"}
	}
	return position, nil
}

func lineOf(err error) int {
	var at *csv.ParseError
	if errors.As(err, &at) {
		return at.StartLine
	}
	return 0
}

// tableReader collects the people and the faults of a table.
type tableReader struct {
	reader   *csv.Reader
	position map[string]int
	width    int
	seen     map[string]bool // names and addresses of the lines before
	people   []Invitee
	faults   []Fault
	rows     int
}

func (t *tableReader) read(most int) {
	for len(t.faults) < MaxFaults {
		record, err := t.reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.faults = append(t.faults, Fault{Line: lineOf(err), Field: "file", Reason: "not_csv"})
			return
		}
		line, _ := t.reader.FieldPos(0)
		switch {
		case isEmpty(record):
			continue
		case len(record) != t.width:
			t.faults = append(t.faults, Fault{Line: line, Field: "file", Reason: "columns"})
			continue
		}
		if t.rows++; t.rows > most {
			t.faults = append(t.faults, Fault{Line: line, Field: "file", Reason: "too_many"})
			return
		}
		t.add(line, record)
	}
}

func isEmpty(record []string) bool {
	return !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// add reads one line.
func (t *tableReader) add(line int, record []string) {
	cell := func(column string) string {
		if i, ok := t.position[column]; ok {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	before := len(t.faults)
	p := Invitee{Line: line, Username: cell("username"), DisplayName: cell("name"), Email: cell("email"), Groups: groupsOf(cell("groups"))}
	fault := func(field, reason, value string) {
		t.faults = append(t.faults, Fault{Line: line, Field: field, Reason: reason, Value: cutCell(value)})
	}
	var err error
	if p.names.Username, p.names.UsernameFolded, err = account.ParseUsername(p.Username); err != nil {
		fault("username", reasonOf(err), p.Username)
	} else if t.twice("n " + p.names.UsernameFolded) {
		fault("username", "duplicate", p.Username)
	}
	if p.names.DisplayName, err = account.ParseText("name", p.DisplayName, account.MaxDisplayName); err != nil {
		fault("name", reasonOf(err), p.DisplayName)
	}
	if p.names.Email, p.names.EmailKey, err = account.ParseEmail(p.Email); err != nil {
		fault("email", reasonOf(err), p.Email)
	} else if p.names.EmailKey != nil && t.twice("e "+*p.names.EmailKey) {
		fault("email", "duplicate", p.Email)
	}
	p.faulty = len(t.faults) > before
	t.people = append(t.people, p)
}

// twice says whether a name or an address came before.
func (t *tableReader) twice(key string) bool {
	before := t.seen[key]
	t.seen[key] = true
	return before
}

func reasonOf(err error) string {
	var told *apperr.Error
	if errors.As(err, &told) && len(told.Fields) > 0 {
		return told.Fields[0].Reason
	}
	return "not_allowed"
}

// groupsOf reads the names of groups in one cell: they are separated by white space,
// commas, semicolons or bars.
func groupsOf(cell string) []string {
	names := strings.FieldsFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;|", r) })
	slices.Sort(names)
	return slices.Compact(names)
}

// cutCell shortens what a fault repeats of a cell.
func cutCell(cell string) string {
	const most = 80
	if utf8.RuneCountInString(cell) <= most {
		return cell
	}
	return string([]rune(cell)[:most]) + "…"
}

// ByteOrderMark begins a table in a file: without it Excel does not read UTF-8.
const ByteOrderMark = "\ufeff"

// WriteTable writes a table in CSV that no spreadsheet takes for formulas.
func WriteTable(separator rune, header []string, rows [][]string) string {
	t := newTable(separator, header)
	for _, row := range rows {
		t.add(row...)
	}
	return t.String()
}

// table is a table that is being written.
type table struct {
	text strings.Builder
	csv  *csv.Writer
}

func newTable(separator rune, header []string) *table {
	t := &table{}
	t.csv = csv.NewWriter(&t.text)
	t.csv.Comma, t.csv.UseCRLF = separator, true
	t.add(header...)
	return t
}

// add writes a row.
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = withoutFormula(cell)
	}
	_ = t.csv.Write(row) // a Builder takes everything
}

// String is the table as far as it is written.
func (t *table) String() string {
	t.csv.Flush()
	return t.text.String()
}

// formula finds where a spreadsheet begins to calculate: at the beginning of a cell, and
// after each separator or quote, for a spreadsheet with another separator. It also
// begins at signs of full width, and at white space before a sign.
var formula = regexp.MustCompile(`(^|[;,|"\t\r\n])(\s*[=+\-@＝＋－＠]|^[\t\r\n])`)

// withoutFormula puts an apostrophe before what a spreadsheet would calculate (OWASP,
// CSV Injection).
func withoutFormula(cell string) string {
	return formula.ReplaceAllString(cell, "$1'$2")
}

// faultTexts are what faults mean, by field and reason, for the command line.
var faultTexts = map[string]string{
	"file encoding": "this is not text in UTF-8", "file not_csv": "this is not CSV", "file no_header": "the first line must name username, and no other columns than name, email and groups",
	"file no_rows": "there is nobody in the table", "file too_many": "there are too many people", "file too_large": "the table is too large",
	"file columns":   "this line has more or fewer columns than the first one",
	"username empty": "the user name is missing", "username too_long": "the user name has more than 64 characters",
	"username not_allowed": "a user name has letters, digits and signs, and no spaces", "username taken": "the user name is taken, or was taken before",
	"username duplicate": "the user name stands in an earlier line, too",
	"name too_long":      "the name has more than 100 characters", "name not_allowed": "the name has a character that cannot be used",
	"email not_allowed": "this is not an e-mail address", "email taken": "another account has this e-mail address",
	"email duplicate": "the e-mail address stands in an earlier line, too", "groups unknown": "there is no group of that name",
}

// Sentence says in English what is wrong, and where.
func (f Fault) Sentence() string {
	text := faultTexts[f.Field+" "+f.Reason]
	if text == "" {
		text = f.Field + ": " + f.Reason
	}
	if f.Value != "" {
		text += fmt.Sprintf(": %q", f.Value)
	}
	switch {
	case f.Line == 0:
		return text
	case f.MoreLines > 0:
		return fmt.Sprintf("line %d and %d more: %s", f.Line, f.MoreLines, text)
	}
	return fmt.Sprintf("line %d: %s", f.Line, text)
}
