package account

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"imagemaster/backend/apperr"
)

// maxEmail is the longest address of RFC 5321 section 4.5.3.1.3, without its
// brackets.
const maxEmail = 254

// domains maps a domain to its form in ASCII, so that two spellings compare equal (RFC
// 5891, UTS #46). Names in local networks may have underscores, and some names have
// hyphens where only those in ASCII form should.
var domains = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.CheckHyphens(false))

// ParseEmail checks an e-mail address, "" = none, and returns it with the folded form
// under which it is unique, nil = none: without case, width, and the ways to compose
// a letter, the domain in ASCII. Another spelling is another mailbox to few servers, but
// the same person to most applications.
func ParseEmail(typed string) (address string, key *string, err error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil, nil
	}
	parsed, err := mail.ParseAddress(typed)
	if err != nil || parsed.Address != typed || len(typed) > maxEmail || strings.ContainsFunc(typed, notInAddress) {
		return "", nil, apperr.InvalidField("email", "not_allowed", "That is not an e-mail address.")
	}
	at := strings.LastIndexByte(typed, '@')
	domain, err := domains.ToASCII(typed[at+1:])
	folded := strings.ToLower(cases.Fold().String(norm.NFKC.String(typed[:at]))) + "@" + domain
	emptyLabel := strings.Contains("."+domain+".", "..")
	if err != nil || emptyLabel || utf8.RuneCountInString(folded) > maxEmail {
		return "", nil, apperr.InvalidField("email", "not_allowed", "That is not an e-mail address.")
	}
	return typed, &folded, nil
}

// notInAddress finds characters that could make an address look like another
// one, or like two.
func notInAddress(r rune) bool {
	invisible := unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	return r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsGraphic(r) || invisible || strings.ContainsRune(`<>(),;:"\`, r)
}
