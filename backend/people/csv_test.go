package people_test

import (
	"slices"
	"testing"

	"imagemaster/backend/people"
)

// A quotation mark in the wrong place is a fault with its line.
func TestAStrayQuotationMarkIsAFault(t *testing.T) {
	for table, line := range map[string]int{"username\not\"to\n": 2, "username,name\notto,\"Ot\nto": 2, "user\"name\n": 1, "username\nanna\n\"": 3} {
		_, faults := people.ParseTable([]byte(table), people.InBrowser)
		if want := []people.Fault{{Line: line, Field: "file", Reason: "not_csv"}}; !slices.Equal(faults, want) {
			t.Errorf("%q: the faults are %+v, want %+v", table, faults, want)
		}
	}
}
