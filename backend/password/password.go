// Package password decides which passwords are acceptable and computes and
// checks their Argon2id hashes.
//
// Stored is a PHC string with its own 16-byte salt, made with m=19456 KiB, t=2,
// p=1 (OWASP's minimum), so that a guess against a stolen table costs about 40
// ms and 19 MiB. Rules for new passwords follow NIST SP 800-63B-4 section
// 3.1.1.2: at least 15 code points, at most 256 (the standard wants at least
// 64), every character allowed, no composition rules, and no common passwords.
// The password is normalised to NFC and not changed otherwise.
//
// An attacker could
//   - guess: package throttle counts tries, and Check refuses the passwords that
//     would be guessed first;
//   - measure the time to find out whether a name exists: VerifyNobody does the
//     same work for a name that does not;
//   - forge a stored hash that asks for gigabytes: the bounds are checked before
//     anything is computed;
//   - send so many sign-ins that hashing uses up the memory: every Argon2id run
//     of a server takes one of a few slots, see Enter.
package password

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"imagemaster/backend/apperr"
)

// The length of a password in code points after NFC.
const (
	MinLength = 15
	MaxLength = 256
)

// Normalize returns the form in which a password is checked and hashed.
// Keyboards and systems send the same letter as different bytes; NFC makes them
// equal.
func Normalize(pw string) string {
	return norm.NFC.String(pw)
}

// Check checks a new password. context holds words that an attacker would try
// first: user name, display name, brand. The error is apperr.Invalid for the
// field "password" with the reason too_short, too_long, contains_name or common.
func Check(pw string, context ...string) error {
	pw = Normalize(pw)
	switch length := utf8.RuneCountInString(pw); {
	case length < MinLength:
		return refuse("too_short", fmt.Sprintf("The password is too short. Use at least %d characters, for example four words.", MinLength))
	case length > MaxLength:
		return refuse("too_long", fmt.Sprintf("The password is too long. Use at most %d characters.", MaxLength))
	case isAboutNames(pw, context):
		return refuse("contains_name", "The password is little more than your name or the name of this service. Use words that have nothing to do with them.")
	case isCommon(pw):
		return refuse("common", "The password is one of those that are tried first: a common one, a repetition or a sequence. Use several words that do not belong together.")
	}
	return nil
}

func refuse(reason, message string) error {
	return apperr.InvalidField("password", reason, message)
}
