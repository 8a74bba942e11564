// Package crockford writes and reads codes that people copy by hand, in
// Crockford's base32: digits and letters without I, L, O and U.
//
// Backup codes and the codes that confirm an e-mail address use it.
package crockford

import (
	"crypto/rand"
	"strings"
	"unicode"
)

// Alphabet holds the symbols in the order of their values.
const Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	groupSize  = 4
	symbolBits = 5
)

// Random returns n random symbols. Each comes from one random byte; 256 is a
// multiple of 32, so all symbols are equally likely.
func Random(n int) string {
	symbols := make([]byte, n)
	rand.Read(symbols) // never fails: the process ends first
	for i, b := range symbols {
		symbols[i] = Alphabet[int(b)%len(Alphabet)]
	}
	return string(symbols)
}

// Encode returns n symbols for the first bytes of from, five bits for a symbol.
// from must be long enough.
func Encode(from []byte, n int) string {
	symbols := make([]byte, n)
	for i := range symbols {
		v := 0
		for bit := i * symbolBits; bit < (i+1)*symbolBits; bit++ {
			v = v<<1 | int(from[bit/8]>>(7-bit%8))&1
		}
		symbols[i] = Alphabet[v]
	}
	return string(symbols)
}

// Format puts dashes between groups of four.
func Format(symbols string) string {
	var b strings.Builder
	for i := range len(symbols) {
		if i > 0 && i%groupSize == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(symbols[i])
	}
	return b.String()
}

// Parse reads exactly n typed or pasted symbols and returns them in upper case.
// Case, spaces and dashes of any script do not matter, nor which script a digit
// is of; O is read as 0, I and L as 1.
func Parse(input string, n int) (symbols string, ok bool) {
	var b strings.Builder
	for _, r := range Plain(input) {
		if isSeparator(r) {
			continue
		}
		i := Value(r)
		if i < 0 || b.Len() == n {
			return "", false
		}
		b.WriteByte(Alphabet[i])
	}
	if b.Len() != n {
		return "", false
	}
	return b.String(), true
}

// isSeparator reports spaces, dashes, the minus sign, and format characters such
// as zero-width spaces, which are copied together with a code.
func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || r == '\u2212' || unicode.In(r, unicode.Z, unicode.Pd, unicode.Cf)
}

// Value returns the number a symbol stands for, or -1.
func Value(r rune) int {
	if 'a' <= r && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	return strings.IndexRune(Alphabet, r)
}
