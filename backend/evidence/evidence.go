// Package evidence says how the product meets the requirements it was built
// from: one table (table.go) has a line for each of them with the tests that
// show it, or the deviation and its reason. The requirements are those of
// NIST SP 800-63B-4, OWASP ASVS 5.0, the RFCs and WCAG 2.2 that the project has
// made its checklist, A1 to K7; they stand here in words of our own.
//
// A claim counts only while something would notice that it is broken. So the
// test of this package fails when a line is missing, when a line names a test
// that does not exist, and when the page made from the table is out of date.
//
// The product does not use this package; no binary holds it.
package evidence

import "path"

// Line is one requirement and what there is to say for it. It is shown by
// tests, or a deviation, or does not apply here, or is open; a deviation names
// the tests of what is done instead.
type Line struct {
	ID     string // "A1": section and number
	Should bool   // a SHOULD; all others are a MUST
	Asks   string // what it asks for
	Shown  []Test
	Note   string // what the tests do not say by themselves

	Deviation string // how far it is not met, and why
	Elsewhere string // why it does not apply here
	Open      string // what is missing
}

// Status is how a line stands.
type Status string

// The states of a line.
const (
	Shown        Status = "shown"
	Deviates     Status = "deviation"
	NotHere      Status = "not applicable"
	StillOpen    Status = "open"
	Contradicted Status = "" // says two things, or nothing
)

// Status returns how the line stands.
func (l Line) Status() Status {
	said := 0
	status := Contradicted
	for s, text := range map[Status]string{Deviates: l.Deviation, NotHere: l.Elsewhere, StillOpen: l.Open} {
		if text != "" {
			said++
			status = s
		}
	}
	switch {
	case said > 1, said == 0 && len(l.Shown) == 0, status == NotHere && len(l.Shown) > 0:
		return Contradicted
	case said == 0:
		return Shown
	}
	return status
}

// Test names one test. Place is a folder with Go files or a file of front-end
// tests, from the root of the project; Name is a Go function, also with a case
// it runs ("TestProtocol/TRACE"), or the title of a front-end test.
type Test struct{ Place, Name string }

// in names Go tests of a package in backend/; "" is that folder itself.
func in(pkg string, names ...string) []Test { return at(path.Join("backend", pkg), names) }

// inMain names tests of the whole program.
func inMain(names ...string) []Test { return at(".", names) }

// inBrowser names tests of a file in frontend/e2e/ by their titles.
func inBrowser(file string, titles ...string) []Test {
	return at("frontend/e2e/"+file+".spec.ts", titles)
}

// inPage names tests of a file in frontend/src/lib/ by their titles.
func inPage(file string, titles ...string) []Test {
	return at("frontend/src/lib/"+file+".test.ts", titles)
}

func at(place string, names []string) []Test {
	tests := make([]Test, len(names))
	for i, name := range names {
		tests[i] = Test{place, name}
	}
	return tests
}
