// Package backupcode is the factor on paper: ten codes printed together as a
// set, each accepted once, at a sign-in or a step-up.
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
	"regexp"

	"imagemaster/backend/crockford"
)

const (
	// SetSize is how many codes are generated together.
	SetSize = 10

	// Symbols is the length of a code in its canonical form.
	Symbols = 16

	checkWordSymbols = 4

	alphabet = crockford.Alphabet
	base     = len(alphabet)
)

// Generate returns the codes of a new set as they are shown and printed, in
// groups of four. Parse gives their canonical form.
func Generate() []string {
	codes := make([]string, SetSize)
	for i := range codes {
		payload := crockford.Random(Symbols - 1)
		codes[i] = Format(payload + string(alphabet[checkSymbol(payload)]))
	}
	return codes
}

// CheckWord returns four random symbols that tell one printed sheet from
// another. It is no secret.
func CheckWord() string {
	return crockford.Random(checkWordSymbols)
}

// Format returns a canonical code in groups of four with dashes.
func Format(canonical string) string { return crockford.Format(canonical) }

// Parse reads a typed or pasted code and returns its 16 symbols in upper case.
// Case, spaces and dashes of any script do not matter; O is read as 0, I and L
// as 1. The number before a code of our own sheet is skipped. An entry that is not
// ok has the wrong length, a sign no code contains or a wrong check symbol: it is
// malformed and costs no try.
func Parse(input string) (canonical string, ok bool) {
	code, ok := crockford.Parse(ofSheet.ReplaceAllString(input, ""), Symbols)
	if !ok || checkSymbol(code[:Symbols-1]) != crockford.Value(rune(code[Symbols-1])) {
		return "", false
	}
	return code, true
}

// ofSheet is what stands before a code on our own sheet and in our text file: a
// box to tick, and the number of the line.
var ofSheet = regexp.MustCompile(`^[\s\p{Z}\p{Cf}\x{2610}\x{25A1}\[\]]*(?:\p{Nd}{1,2}[\s\p{Z}\p{Cf}]*[.)．）][\s\p{Z}\p{Cf}]+)?`)

// checkSymbol is Luhn's algorithm modulo 32. It notices every wrong symbol,
// and every exchange of neighbours but that of 0 and Z.
func checkSymbol(payload string) int {
	sum := 0
	for i := range len(payload) {
		v := crockford.Value(rune(payload[i]))
		if (len(payload)-i)%2 == 1 { // every second one, the last included
			v *= 2
			v = v/base + v%base
		}
		sum += v
	}
	return (base - sum%base) % base
}
