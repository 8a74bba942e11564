package group_test

import (
	"strings"
	"testing"

	"imagemaster/backend/group"
)

func TestParseName(t *testing.T) {
	for typed, want := range map[string]string{
		"staff": "staff", " staff\t": "staff", "a": "a", "0": "0", "it.support_2-nd": "it.support_2-nd", "..": "..",
		strings.Repeat("g", 64): strings.Repeat("g", 64),
	} {
		if name, err := group.ParseName(typed); err != nil || name != want {
			t.Errorf("%q: %q, %v", typed, name, err)
		}
	}
	for _, typed := range []string{"", "  ", "Staff", "st aff", "stäff", "staff\n-", "st/aff", "staff;", "ѕtaff", strings.Repeat("g", 65), "=staff", "st\x00aff"} {
		if name, err := group.ParseName(typed); err == nil || name != "" {
			t.Errorf("%q is the group %q", typed, name)
		}
	}
}
