package crockford

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Plain returns an entry as somebody with a keyboard of ASCII would have typed it:
// decimal digits of any script and full-width letters become those of ASCII.
func Plain(input string) string {
	return strings.Map(func(r rune) rune {
		if digit := decimal(r); digit >= 0 {
			return '0' + digit
		}
		return r
	}, width.Fold.String(input))
}

// decimal returns the value of a decimal digit (general category Nd), or -1. In
// Unicode the ten digits of a script follow each other, and every range of the
// table begins with a zero.
func decimal(r rune) rune {
	for _, of := range unicode.Nd.R16 {
		if low := rune(of.Lo); low <= r && r <= rune(of.Hi) {
			return (r - low) % 10
		}
	}
	for _, of := range unicode.Nd.R32 {
		if low := rune(of.Lo); low <= r && r <= rune(of.Hi) {
			return (r - low) % 10
		}
	}
	return -1
}
