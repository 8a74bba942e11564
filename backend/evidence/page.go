package evidence

import (
	"fmt"
	"path"
	"strings"
)

// sections are the headings of the page, by the letter of their lines.
var sections = []struct{ letter, title string }{
	{"A", "One-time codes"},
	{"B", "Key address and QR code"},
	{"C", "Backup codes"},
	{"D", "Binding, moving, recovery"},
	{"E", "Passwords"},
	{"F", "Sessions and cookies"},
	{"G", "Web security"},
	{"H", "Secrets at rest, logs, audit trail"},
	{"I", "Accessibility and forms"},
	{"J", "The sheet of backup codes"},
	{"K", "The JSON interface"},
}

// pageFolder is where the page lies, from the root of the project.
const pageFolder = "frontend/docs"

// Page renders the table as Markdown. file returns the file a test stands in,
// from the root of the project.
func Page(lines []Line, file func(Test) string) []byte {
	var b strings.Builder
	b.WriteString("# What shows that it holds\n\n" +
		"<!-- Made from backend/evidence/table.go: npm run generate -->\n\n" +
		"Every requirement of the project's checklist, in a few words, with the tests that fail when it is broken, or the\n" +
		"deviation and its reason. The bar is NIST SP 800-63B-4, OWASP ASVS 5.0, WCAG 2.2 AA and the RFCs. (M) is a MUST,\n" +
		"(S) a SHOULD. A test of the project holds this page to its word: it fails when a line is missing or a test named\n" +
		"here does not exist.\n\n")
	writeCounts(&b, lines)
	for _, section := range sections {
		fmt.Fprintf(&b, "\n## %s. %s\n\n| | asks for | holds |\n|---|---|---|\n", section.letter, section.title)
		for _, l := range lines {
			if strings.HasPrefix(l.ID, section.letter) {
				fmt.Fprintf(&b, "| %s&nbsp;(%s) | %s | %s |\n", l.ID, mark(l), cell(l.Asks), evidence(l, file))
			}
		}
	}
	return []byte(b.String())
}

func mark(l Line) string {
	if l.Should {
		return "S"
	}
	return "M"
}

// writeCounts says how the lines stand, and which of them are not simply shown.
func writeCounts(b *strings.Builder, lines []Line) {
	ids := map[Status][]string{}
	for _, l := range lines {
		ids[l.Status()] = append(ids[l.Status()], l.ID)
	}
	fmt.Fprintf(b, "| of %d lines | | |\n|---|--:|---|\n", len(lines))
	for _, s := range []Status{Shown, Deviates, NotHere, StillOpen} {
		which := ""
		if s != Shown {
			which = strings.Join(ids[s], ", ")
		}
		fmt.Fprintf(b, "| %s | %d | %s |\n", s, len(ids[s]), which)
	}
}

// evidence is the last column: deviation first, then tests, then the note.
func evidence(l Line, file func(Test) string) string {
	var parts []string
	switch l.Status() {
	case Deviates:
		parts = append(parts, "**Deviation:** "+cell(l.Deviation))
	case NotHere:
		parts = append(parts, "**Not applicable:** "+cell(l.Elsewhere))
	case StillOpen:
		parts = append(parts, "**Open:** "+cell(l.Open))
	}
	if len(l.Shown) > 0 {
		parts = append(parts, strings.Join(links(l.Shown, file), ", "))
	}
	if l.Note != "" {
		parts = append(parts, cell(l.Note))
	}
	return strings.Join(parts, "<br>")
}

// links name tests with the package or file they stand in, each once.
func links(tests []Test, file func(Test) string) []string {
	var all []string
	for _, t := range tests {
		text := "“" + t.Name + "”"
		if !strings.HasSuffix(t.Place, ".ts") {
			text = strings.TrimPrefix(path.Base(t.Place)+".", "..") + t.Name
		}
		all = append(all, fmt.Sprintf("[%s](../../%s)", cell(text), file(t)))
	}
	return all
}

// cell escapes what Markdown would take for its own inside a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "\\", `\\`).Replace(text)
}
