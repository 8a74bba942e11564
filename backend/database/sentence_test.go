package database

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// coded is an error with one of SQLite's numbers, for those that no test can bring
// about on this machine.
type coded int

func (c coded) Error() string { return fmt.Sprintf("something (%d)", int(c)) }
func (c coded) Code() int     { return int(c) }

func TestEachKindOfTroubleHasItsSentence(t *testing.T) {
	const path = "/data/imagemaster.db"
	for code, want := range map[int]string{
		3: "this user must own it", 5: "another process has kept", 6: "another process has kept", 7: "not enough memory",
		8: "read-only", 264: "read-only", 520: "read-only", 1032: "was moved", 1288: "make and delete files in their folder",
		10: "cannot be read or written", 266: "cannot be read or written", 778: "cannot be read or written", 2570: "make and delete files in their folder",
		4618: "no shared memory", 4874: "no shared memory", 5130: "no shared memory", 5386: "no shared memory",
		11: "is damaged", 267: "is damaged", 13: "is full", 14: "this user must own it", 1038: "this user must own it", 15: "another process has kept", 26: "is not a database",
	} {
		text := explain(path, fmt.Errorf("read: %w", coded(code))).Error()
		if !strings.Contains(text, want) || strings.Contains(text, fmt.Sprintf("(%d)", code)) || (code != 7 && !strings.Contains(text, path)) {
			t.Errorf("%d: %q does not say %q", code, text, want)
		}
	}
	for _, err := range []error{nil, io.EOF, coded(1), coded(2067)} { // such as a missing table, or a key that is there already
		if got := explain(path, err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}
