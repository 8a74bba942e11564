package totp

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The longest issuer and account name in a key URI, in percent-encoded bytes:
// with them the URI has at most 194 bytes and its QR code 57 modules.
const (
	maxIssuer = 24
	maxLabel  = 48
)

// KeyURI returns the otpauth URI an authenticator app scans (Key URI Format).
// The issuer stands in front of the label and as a parameter, equal. label is
// what Label returned when the key was made. Every byte outside the unreserved
// set of RFC 3986 is percent-encoded, in each part by itself: apps read a raw
// & or + differently, and some read + as a space. The URI holds the seed, so
// it is never logged and never part of another address.
func KeyURI(issuer, label string, seed []byte) string {
	issuer = escape(Issuer(issuer))
	return "otpauth://totp/" + issuer + ":" + escape(withoutColon(label)) +
		"?secret=" + Secret(seed) + "&issuer=" + issuer +
		fmt.Sprintf("&algorithm=%s&digits=%d&period=%d", Algorithm, Digits, Period)
}

// Issuer returns the brand as the app will show it: without a colon, which
// separates issuer and account, and short enough for the URI.
func Issuer(brand string) string {
	return cut(withoutColon(brand), maxIssuer)
}

// Label returns the account name the app shows for a key: NAME for the first
// key of an account, NAME (2, 2026-11-23) for a later one. Some apps replace
// an entry with the same issuer and label, so no two labels may be equal. A
// user name holds no space; a label with something added to the name therefore
// never equals another name. If the label is too long, the date goes first,
// then the end of the name, and then the account's id keeps it apart from
// other long names. The same goes for a name with a colon, which is replaced.
func Label(username string, number int, date time.Time, accountID int64) string {
	name := withoutColon(username)
	long, short := "", ""
	if number > 1 {
		long = fmt.Sprintf(" (%d, %s)", number, date.UTC().Format(time.DateOnly))
		short = fmt.Sprintf(" (%d)", number)
	}
	id := ""
	if name != username {
		id = fmt.Sprintf(" #%d", accountID)
	}
	for _, suffix := range []string{long, short} {
		if label := name + id + suffix; len(escape(label)) <= maxLabel {
			return label
		}
	}
	suffix := fmt.Sprintf(" #%d", accountID) + short
	return cut(name, maxLabel-len(escape(suffix))) + suffix
}

// withoutColon also replaces bytes that are not UTF-8, which no app could show.
func withoutColon(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), ":", "-")
}

// cut returns the longest beginning of s that has at most limit bytes when
// escaped, never half a character.
func cut(s string, limit int) string {
	used := 0
	for i, r := range s {
		size := utf8.RuneLen(r)
		if size > 1 || !isUnreserved(s[i]) {
			size *= len("%XX")
		}
		if used += size; used > limit {
			return s[:i]
		}
	}
	return s
}

// escape percent-encodes every byte outside RFC 3986 section 2.3. The encoders
// of net/url leave some of the others as they are.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if isUnreserved(s[i]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
