package auth

import (
	"errors"
	"net/mail"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"imagemaster/backend/apperr"
)

// FuzzNoticeAddress: an accepted address names one mailbox and nothing else, is
// safe in a header and in a command to the mail server, and is parsed to itself.
func FuzzNoticeAddress(f *testing.F) {
	for _, seed := range []string{"ada@example.org", " ada@example.org ", "Ada <ada@example.org>", `"a b"@example.org`, "a@[192.0.2.1]",
		"a@b\r\nBcc: c@d", "ü@exämple.org", "a@b,c@d", "a@b\u202e", "a@b(c)", "\xff@b", "a\u00a0b@c", "a@b..c", strings.Repeat("a", 250) + "@b.c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, err := parseAddress(typed)
		if err != nil {
			var told *apperr.Error
			if !errors.As(err, &told) || told.Code != apperr.Invalid || len(told.Fields) != 1 || told.Fields[0].Name != "email" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if address == "" {
			if strings.TrimSpace(typed) != "" {
				t.Fatalf("%q counts as none", typed)
			}
			return
		}
		if len(address) > maxNoticeAddress || !utf8.ValidString(address) {
			t.Errorf("%q is accepted", address)
		}
		if strings.ContainsAny(address, "<>(),;:\\\"") || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
			t.Errorf("%q is accepted", address)
		}
		if again, err := parseAddress(address); err != nil || again != address {
			t.Errorf("%q is parsed to %q, %v", address, again, err)
		}
		list, err := mail.ParseAddressList((&mail.Address{Address: address}).String())
		if err != nil || len(list) != 1 || list[0].Address != address {
			t.Errorf("in a header %q is %v, %v", address, list, err)
		}
	})
}
