package account

import (
	"errors"
	"net/mail"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"imagemaster/backend/apperr"
)

func TestParseEmail(t *testing.T) {
	for typed, want := range map[string][2]string{
		"ada@example.org": {"ada@example.org", "ada@example.org"}, "  ADA@Example.ORG\t": {"ADA@Example.ORG", "ada@example.org"},
		"ada+news@example.org": {"ada+news@example.org", "ada+news@example.org"}, "J\u00fcrgen@exämple.org": {"J\u00fcrgen@exämple.org", "j\u00fcrgen@xn--exmple-cua.org"},
		"ada@EXÄMPLE.org": {"ada@EXÄMPLE.org", "ada@xn--exmple-cua.org"}, "ada@XN--EXMPLE-CUA.org": {"ada@XN--EXMPLE-CUA.org", "ada@xn--exmple-cua.org"},
		"ada@straße.example": {"ada@straße.example", "ada@xn--strae-oqa.example"}, "ada@strasse.example": {"ada@strasse.example", "ada@strasse.example"},
		"ada@my_host": {"ada@my_host", "ada@my_host"}, "ada@r3---sn.example": {"ada@r3---sn.example", "ada@r3---sn.example"}, "ada@example\u3002org": {"ada@example\u3002org", "ada@example.org"}, "ada@[192.0.2.1]": {"ada@[192.0.2.1]", "ada@[192.0.2.1]"},
		"JU\u0308RGEN@example.org": {"JU\u0308RGEN@example.org", "j\u00fcrgen@example.org"}, "ａda@example.org": {"ａda@example.org", "ada@example.org"},
		"Ꮤ@example.org": {"Ꮤ@example.org", "ꮤ@example.org"}, "ꮤ@example.org": {"ꮤ@example.org", "ꮤ@example.org"},
		strings.Repeat("a", 64) + "@" + strings.Repeat("b", 185) + ".org": {strings.Repeat("a", 64) + "@" + strings.Repeat("b", 185) + ".org", strings.Repeat("a", 64) + "@" + strings.Repeat("b", 185) + ".org"},
	} {
		address, key, err := ParseEmail(typed)
		if err != nil || address != want[0] || key == nil || *key != want[1] {
			t.Errorf("%q is parsed to %q, %v, %v; want %q", typed, address, key, err, want)
		}
	}
	for _, none := range []string{"", " ", "\t\n"} {
		if address, key, err := ParseEmail(none); address != "" || key != nil || err != nil {
			t.Errorf("%q is parsed to %q, %v, %v; want none", none, address, key, err)
		}
	}
	for _, typed := range []string{"ada", "@example.org", "ada@", "ada@example.org, eve@example.org", "Ada <ada@example.org>", "<ada@example.org>", "ada @example.org", `"a b"@example.org`,
		"ada@example.org\r\nBcc: eve@example.org", "ada@example.org\x00", "ada\u202e@example.org", "a@b@example.org", "ada@example.org;eve@example.org", "\xff@example.org", "ada@xn--a", "ada@xn--zzzzzz-.org", "ada@example.org\u3002", "ada@example\u3002\u3002org", "ada@\u3002", "a(c)@example.org",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b", 186) + ".org", // 255
	} {
		_, _, err := ParseEmail(typed)
		wantReason(t, typed, err, "email", "not_allowed")
	}
}

// FuzzParseEmail: an accepted address names one mailbox and nothing else, is
// safe in a header and in a command to the mail server, and is parsed to itself.
func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"ada@example.org", " ada@example.org ", "Ada <ada@example.org>", `"a b"@example.org`, "a@[192.0.2.1]",
		"a@b\r\nBcc: c@d", "ü@exämple.org", "a@b,c@d", "a@b\u202e", "a@b(c)", "\xff@b", "a\u00a0b@c", "a@b..c", strings.Repeat("a", 250) + "@b.c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, key, err := ParseEmail(typed)
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
			if key != nil {
				t.Fatalf("none has the key %q", *key)
			}
			return
		}
		if len(address) > maxEmail || !utf8.ValidString(address) {
			t.Errorf("%q is accepted", address)
		}
		if strings.ContainsAny(address, "<>(),;:\\\"") || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
			t.Errorf("%q is accepted", address)
		}
		if again, same, err := ParseEmail(address); err != nil || again != address || *same != *key {
			t.Errorf("%q is parsed to %q, %v", address, again, err)
		}
		list, err := mail.ParseAddressList((&mail.Address{Address: address}).String())
		if err != nil || len(list) != 1 || list[0].Address != address {
			t.Errorf("in a header %q is %v, %v", address, list, err)
		}
	})
}
