package app

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"imagemaster/backend/apperr"
)

// parsePrefix checks the path of a rule, and returns it without a slash at its end. It
// has only characters that every application reads in the same way.
func parsePrefix(field, typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if len(typed) > MaxPath {
		return "", apperr.InvalidField(field, "too_long", "A path has at most 200 characters.")
	}
	if !strings.HasPrefix(typed, "/") || strings.Trim(typed, prefixCharacters) != "" {
		return "", apperr.InvalidField(field, "not_allowed", "A path begins with a slash and has letters a to z, digits, slashes and - . _ ~ ! $ & ' ( ) + , = : @ only. There are no wildcards: /admin is for everything below it.")
	}
	if (Target{Path: typed}).IsReserved() {
		return "", apperr.InvalidField(field, "not_allowed", "Paths below /.imagemaster belong to the gate.")
	}
	if isAmbiguous(typed) {
		return "", apperr.InvalidField(field, "ambiguous", "A path has no empty part and no part of one or two dots.")
	}
	if typed == "/" {
		return typed, nil
	}
	return strings.TrimSuffix(typed, "/"), nil
}

// prefixCharacters are those of RFC 3986 section 3.3 but the semicolon, the percent sign
// and the asterisk, which people would take for a wildcard.
const prefixCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~!$&'()+,=:@"

// isAmbiguous says whether applications may read a raw path in different ways: it has an
// empty or a dot segment, a backslash, a semicolon, a space, a control or non-ASCII
// character, an encoded one of / . \ % ; or control characters, or an encoding that is
// not valid. An encoded space is an ordinary character of a name.
func isAmbiguous(raw string) bool {
	if raw == "" || raw[0] != '/' {
		return true
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(raw[1:], "/"), "/") {
		if segment == "." || segment == ".." || segment == "" && raw != "/" {
			return true
		}
	}
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == ' ' || isOdd(c) || c == '#' || c == '?':
			return true
		case c != '%':
		case i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]):
			return true
		default:
			decoded := unhex(raw[i+1])<<4 | unhex(raw[i+2])
			if decoded == '/' || decoded == '.' || decoded == '%' || decoded < utf8.RuneSelf && isOdd(decoded) {
				return true
			}
			i += 2
		}
	}
	return false
}

// isOdd finds characters that no path has unencoded, or that some applications cut a
// path at.
func isOdd(c byte) bool { return c < ' ' || c >= 0x7f || c == '\\' || c == ';' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// path is the raw path of a request, and how applications may read it.
type path struct {
	raw, decoded string
	ambiguous    bool
}

func newPath(raw string) path {
	p := path{raw: raw, decoded: raw, ambiguous: isAmbiguous(raw)}
	if p.ambiguous || !strings.Contains(raw, "%") {
		return p
	}
	decoded, err := url.PathUnescape(raw)
	p.decoded, p.ambiguous = decoded, err != nil || !utf8.ValidString(decoded)
	return p
}

// below says whether a path is below the prefix of a rule, and whether it is sure: an
// application that decodes the path, or ignores case, must come to the same answer.
func (p path) below(prefix string) (below, sure bool) {
	below = hasPrefix(p.raw, prefix, func(a, b string) bool { return a == b })
	loose := hasPrefix(p.decoded, prefix, equalWithoutCase)
	return below, below == loose
}

// toASCII has all other letters that become ASCII ones where an application changes their
// case or folds them (Unicode 16: UnicodeData, SpecialCasing, CaseFolding).
var toASCII = strings.NewReplacer("\u212a", "k", "ſ", "s", "ı", "i", "İ", "i", "ß", "ss", "ẞ", "ss",
	"ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")

// equalWithoutCase compares the segment of a rule with that of a path.
func equalWithoutCase(want, got string) bool {
	return strings.EqualFold(want, got) || strings.EqualFold(want, toASCII.Replace(got))
}

// hasPrefix compares whole segments, one by one: characters of different length can be
// equal without case.
func hasPrefix(path, prefix string, equal func(a, b string) bool) bool {
	if prefix == "/" {
		return true
	}
	for {
		want, wantRest, more := strings.Cut(prefix[1:], "/")
		if path == "" {
			return false
		}
		got, rest, further := strings.Cut(path[1:], "/")
		if !equal(want, got) {
			return false
		}
		if !more {
			return true
		}
		if !further {
			return false
		}
		prefix, path = "/"+wantRest, "/"+rest
	}
}
