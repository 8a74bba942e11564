package evidence

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the page instead of comparing it")

const root = "../.."

// marks are all lines there are: the first letter of a section's text belongs
// to its line 1, M for a MUST and S for a SHOULD.
var marks = map[string]string{
	"A": "MMMMMMMMMMSMMSSMS",
	"B": "MMMMMMSMMMSMMSS",
	"C": "MMSMMMMMMSMMMS",
	"D": "MMMMMMMMMMMMMMMMM",
	"E": "MMMMMMMSMMMMM",
	"F": "MMMSMSMMMMMMMMM",
	"G": "MMMMMSMMMMMMMMMMMMMMM",
	"H": "MMMMMSMMMSMMMM",
	"I": "MMMMMMMMMMMMMMMMS",
	"J": "MMMMSSM",
	"K": "MMMMSMM",
}

// required returns the mark of every line by its id.
func required() map[string]string {
	all := map[string]string{}
	for section, text := range marks {
		for i, m := range text {
			all[fmt.Sprint(section, i+1)] = string(m)
		}
	}
	return all
}

func TestEveryLineIsThereOnce(t *testing.T) {
	want, seen := required(), map[string]bool{}
	var order []string
	for _, l := range table {
		switch {
		case want[l.ID] == "":
			t.Errorf("%s is no line of the checklist", l.ID)
		case seen[l.ID]:
			t.Errorf("%s stands there twice", l.ID)
		case want[l.ID] != mark(l):
			t.Errorf("%s is a %s, not a %s", l.ID, want[l.ID], mark(l))
		}
		seen[l.ID] = true
		order = append(order, l.ID)
	}
	for id := range want {
		if !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
	if !slices.IsSortedFunc(order, compareIDs) {
		t.Error("the lines are not in order")
	}
}

func compareIDs(a, b string) int {
	number := func(id string) int { n, _ := strconv.Atoi(id[1:]); return n }
	if a[0] != b[0] {
		return int(a[0]) - int(b[0])
	}
	return number(a) - number(b)
}

// The checklist itself lies beside the project where it is developed.
func TestLinesAreThoseOfTheChecklist(t *testing.T) {
	text, err := os.ReadFile(root + "/../shared/standards.md")
	if err != nil {
		t.Log("not compared, the checklist is not here")
		return
	}
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^- ([A-K]\d+) ([MS]) `).FindAllSubmatch(text, -1) {
		found[string(m[1])] = string(m[2])
	}
	want := required()
	for id, m := range found {
		if want[id] != m {
			t.Errorf("the checklist has %s (%s), the project %q", id, m, want[id])
		}
	}
	for id := range want {
		if found[id] == "" {
			t.Errorf("%s is not in the checklist", id)
		}
	}
}

func TestEveryLineSaysSomething(t *testing.T) {
	for _, l := range table {
		if l.Status() == Contradicted {
			t.Errorf("%s says nothing, or two things", l.ID)
		}
		for what, text := range map[string]string{"Asks": l.Asks, "Deviation": l.Deviation, "Elsewhere": l.Elsewhere, "Open": l.Open} {
			if text == "" && what != "Asks" {
				continue
			}
			if len(text) < 15 {
				t.Errorf("%s: %s is only %q", l.ID, what, text)
			}
		}
		seen := map[Test]bool{}
		for _, test := range l.Shown {
			if seen[test] {
				t.Errorf("%s names %s twice", l.ID, test.Name)
			}
			seen[test] = true
		}
	}
	for _, c := range []struct {
		line Line
		want Status
	}{
		{Line{}, Contradicted},
		{Line{Shown: in("x", "TestX")}, Shown},
		{Line{Shown: in("x", "TestX"), Deviation: "d"}, Deviates},
		{Line{Deviation: "d"}, Deviates},
		{Line{Elsewhere: "e"}, NotHere},
		{Line{Elsewhere: "e", Shown: in("x", "TestX")}, Contradicted},
		{Line{Open: "o", Shown: in("x", "TestX")}, StillOpen},
		{Line{Open: "o", Deviation: "d"}, Contradicted},
	} {
		if got := c.line.Status(); got != c.want {
			t.Errorf("%+v stands as %q, want %q", c.line, got, c.want)
		}
	}
}

// What the project has decided to do otherwise is said, and nothing of it is
// claimed as shown.
func TestStatedDeviations(t *testing.T) {
	for _, id := range []string{"A5", "D3", "D7", "D9", "E3", "E10", "F5", "G2", "H2", "H9"} {
		if l := line(t, id); l.Status() != Deviates {
			t.Errorf("%s stands as %q", id, l.Status())
		}
	}
	for _, id := range []string{"D17", "F15", "G17", "G18"} {
		if l := line(t, id); l.Status() != NotHere {
			t.Errorf("%s stands as %q", id, l.Status())
		}
	}
}

func line(t *testing.T, id string) Line {
	t.Helper()
	i := slices.IndexFunc(table, func(l Line) bool { return l.ID == id })
	if i < 0 {
		t.Fatalf("there is no line %s", id)
	}
	return table[i]
}

// library holds every test of the project: the file it stands in, and for Go
// tests the function.
type library struct {
	files     map[Test]string
	functions map[Test]*ast.FuncDecl
}

func readTests(t *testing.T) library {
	t.Helper()
	l := library{map[Test]string{}, map[Test]*ast.FuncDecl{}}
	for _, folder := range []string{"backend", "frontend/e2e", "frontend/src"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return l.read(name)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := l.read(filepath.Join(root, "main_test.go")); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l library) read(name string) error {
	place, err := filepath.Rel(root, name)
	if err != nil {
		return err
	}
	place = filepath.ToSlash(place)
	switch {
	case strings.HasSuffix(place, "_test.go"):
		return l.readGo(name, place)
	case strings.HasSuffix(place, ".spec.ts"), strings.HasSuffix(place, ".test.ts"):
		text, err := os.ReadFile(name)
		for _, title := range titles(string(text)) {
			l.files[Test{place, title}] = place
		}
		return err
	}
	return nil
}

func (l library) readGo(name, place string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !isTest(f) {
			continue
		}
		test := Test{filepath.ToSlash(filepath.Dir(place)), f.Name.Name}
		l.files[test], l.functions[test] = place, f
	}
	return nil
}

// isTest reports functions that go test runs. One that begins by skipping runs
// and shows nothing.
func isTest(f *ast.FuncDecl) bool {
	name, ok := strings.CutPrefix(f.Name.Name, "Test")
	if !ok {
		if name, ok = strings.CutPrefix(f.Name.Name, "Fuzz"); !ok {
			return false
		}
	}
	if name == "Main" || name == "" || 'a' <= name[0] && name[0] <= 'z' || len(f.Type.Params.List) != 1 || len(f.Body.List) == 0 {
		return false
	}
	first, ok := f.Body.List[0].(*ast.ExprStmt)
	if !ok {
		return true
	}
	call, ok := first.X.(*ast.CallExpr)
	if !ok {
		return true
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	return !ok || !strings.HasPrefix(selector.Sel.Name, "Skip")
}

var title = regexp.MustCompile(`(?m)^\s*test(?:\.each\((?s:.*?)\))?\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|` + "`([^`]*)`" + `)`)

// titles returns what the tests of a TypeScript file are called. test.skip and
// test.fixme are no tests.
func titles(text string) (all []string) {
	for _, m := range title.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.NewReplacer(`\'`, `'`, `\"`, `"`, `\\`, `\`).Replace(m[1]+m[2]+m[3]))
	}
	return all
}

// file returns where a test stands, "" when there is none. Of a case of a Go
// test only its name can be looked for: as a text in the function.
func (l library) file(test Test) string {
	if strings.HasSuffix(test.Place, ".ts") {
		return l.files[test]
	}
	name, part, cases := strings.Cut(test.Name, "/")
	top := Test{test.Place, name}
	if cases && l.functions[top] != nil && !says(l.functions[top], part) {
		return ""
	}
	return l.files[top]
}

func says(f *ast.FuncDecl, text string) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			value, err := strconv.Unquote(literal.Value)
			found = found || err == nil && value == text
		}
		return !found
	})
	return found
}

func TestEveryNamedTestExists(t *testing.T) {
	tests := readTests(t)
	named := 0
	for _, l := range table {
		for _, test := range l.Shown {
			named++
			if tests.file(test) == "" {
				t.Errorf("%s: there is no test %q in %s", l.ID, test.Name, test.Place)
			}
		}
	}
	if named < 300 {
		t.Errorf("only %d tests are named", named)
	}
	for _, missing := range []Test{
		{"backend/totp", "TestNothing"}, {"backend/api", "TestHOTPVectors"}, {"backend/api", "TestProtocol/no such case"},
		{"backend/totp", "TestMain"}, {"backend/totp", "BenchmarkMatch"}, {"frontend/e2e/sign-in.spec.ts", "signs in"}, {"frontend/e2e/none.spec.ts", ""},
	} {
		if file := tests.file(missing); file != "" {
			t.Errorf("%q was found in %s", missing.Name, file)
		}
	}
	for _, there := range []Test{{"backend/totp", "TestHOTPVectors"}, {"backend/totp", "FuzzParseCode"}, {"backend/api", "TestProtocol/TRACE"}, {".", "TestTakenPort"}} {
		if tests.file(there) == "" {
			t.Errorf("%q was not found", there.Name)
		}
	}
}

func TestTitles(t *testing.T) {
	const text = `
test('one', async () => {
  test('it\'s "two"', () => {})
test.skip('skipped', () => {})
test.fixme('broken', () => {})
test.describe('no test', () => {
test(` + "`three ${x}`" + `, () => {})
test.each([
  ['a', 'b'],
])('four', () => {})
test.each(words(/x/gm))(` + "`${y}: five`" + `, () => {})
  test(
    'six',
  // test('not here')
const x = 'test("nor here")'
`
	want := []string{"one", `it's "two"`, "three ${x}", "four", "${y}: five", "six"}
	if got := titles(text); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

const page = "evidence.md"

// The page is what people read. To bring it up to date: npm run generate, or
// go test ./backend/evidence -run TestPage -update
func TestPageIsCommitted(t *testing.T) {
	got := Page(table, readTests(t).file)
	path := filepath.Join(root, filepath.FromSlash(pageFolder), page)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error(pageFolder + "/" + page + " is out of date: npm run generate")
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, []byte("("+pageFolder+"/"+page+")")) {
		t.Error("README.md has no link to the page")
	}
}

func TestPageShowsEveryState(t *testing.T) {
	got := string(Page([]Line{
		{ID: "A1", Asks: "this | that", Shown: append(in("totp", "TestX"), inBrowser("scan", "it's <b>")...), Note: "note"},
		{ID: "B2", Should: true, Asks: "less", Deviation: "half of it", Shown: inMain("TestY")},
		{ID: "K7", Asks: "gate", Elsewhere: "no gate"},
		{ID: "K8", Asks: "more", Open: "a test"},
	}, func(test Test) string { return test.Place + "/file" }))
	for _, want := range []string{
		"| of 4 lines | | |\n", "| shown | 1 |  |\n", "| deviation | 1 | B2 |\n", "| not applicable | 1 | K7 |\n", "| open | 1 | K8 |\n",
		"| A1&nbsp;(M) | this \\| that | [totp.TestX](../../backend/totp/file), [“it's &lt;b>”](../../frontend/e2e/scan.spec.ts/file)<br>note |\n",
		"| B2&nbsp;(S) | less | **Deviation:** half of it<br>[TestY](../.././file) |\n",
		"| K7&nbsp;(M) | gate | **Not applicable:** no gate |\n", "| K8&nbsp;(M) | more | **Open:** a test |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}
