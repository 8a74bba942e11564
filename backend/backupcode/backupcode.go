// Package backupcode is the factor on paper: ten codes printed together as a
// set, each good for one sign-in.
//
// A code is 16 symbols of Crockford's base32 in groups of four, such as
// 7K2M-Q9XA-4TBD-R8WC. 15 symbols are random (75 bits, above the 64 NIST SP
// 800-63B-4 section 4.2.1.1 wants of saved codes); the last is a check symbol
// (Luhn mod 32), so that a slip of the pen or the finger is told at once and
// costs no try. The check symbol is computed from the others and adds nothing
// an attacker could use.
//
// This file is the rule: making codes and reading them. store.go keeps them,
// never in the clear: as Argon2id keys with one random salt per account, so
// that one run finds a code in any set, and with codes of replaced sets as dead
// rows. Under 112 bits a password hash is required (section 3.1.2.2). A code
// is spent by one conditional update; it replaces the second factor and never
// the password.
//
// What an attacker could try: guessing (hopeless at 75 bits, and tries are
// counted all the same), using a code twice or in parallel (the update has one
// winner), and stealing the table (each guess costs an Argon2id run).
package backupcode

import (
	"crypto/rand"
	"strings"
	"unicode"
)

const (
	// SetSize is how many codes are generated together.
	SetSize = 10

	// Symbols is the length of a code in its canonical form.
	Symbols = 16

	checkWordSymbols = 4
	groupSize        = 4

	// alphabet is Crockford's: without I, L, O and U.
	alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	base     = len(alphabet)
)

// Generate returns the codes of a new set as they are shown and printed, in
// groups of four. Parse gives their canonical form.
func Generate() []string {
	codes := make([]string, SetSize)
	for i := range codes {
		payload := randomSymbols(Symbols - 1)
		codes[i] = Format(payload + string(alphabet[checkSymbol(payload)]))
	}
	return codes
}

// CheckWord returns four random symbols that tell one printed sheet from
// another. It is no secret.
func CheckWord() string {
	return randomSymbols(checkWordSymbols)
}

// Format returns a canonical code in groups of four with dashes.
func Format(canonical string) string {
	var b strings.Builder
	for i := range len(canonical) {
		if i > 0 && i%groupSize == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(canonical[i])
	}
	return b.String()
}

// Parse reads a typed or pasted code and returns its 16 symbols in upper case.
// Case, spaces and dashes of any script do not matter; O is read as 0, I and L
// as 1. An entry that is not ok has the wrong length, a sign no code contains
// or a wrong check symbol: it is malformed and costs no try.
func Parse(input string) (canonical string, ok bool) {
	var b strings.Builder
	for _, r := range input {
		if isSeparator(r) {
			continue
		}
		i := value(r)
		if i < 0 || b.Len() == Symbols {
			return "", false
		}
		b.WriteByte(alphabet[i])
	}
	code := b.String()
	if len(code) != Symbols || checkSymbol(code[:Symbols-1]) != value(rune(code[Symbols-1])) {
		return "", false
	}
	return code, true
}

// isSeparator reports spaces, dashes (the minus sign too) and format
// characters such as zero-width spaces, which travel along when a code is
// copied.
func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || r == '\u2212' || unicode.In(r, unicode.Z, unicode.Pd, unicode.Cf)
}

// value returns the number a symbol stands for, or -1.
func value(r rune) int {
	if 'a' <= r && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	return strings.IndexRune(alphabet, r)
}

// checkSymbol is Luhn's algorithm modulo 32. It notices every wrong symbol,
// and every exchange of neighbours but that of 0 and Z.
func checkSymbol(payload string) int {
	sum := 0
	for i := range len(payload) {
		v := value(rune(payload[i]))
		if (len(payload)-i)%2 == 1 { // every second one, the last included
			v *= 2
			v = v/base + v%base
		}
		sum += v
	}
	return (base - sum%base) % base
}

// randomSymbols draws each symbol from one random byte: 256 is a multiple of
// 32, so that all symbols are equally likely.
func randomSymbols(n int) string {
	symbols := make([]byte, n)
	rand.Read(symbols) // never fails: the process ends first
	for i, b := range symbols {
		symbols[i] = alphabet[int(b)%base]
	}
	return string(symbols)
}
