// Package password decides which passwords are acceptable and computes and
// checks their Argon2id hashes.
//
// What is stored: a PHC string with its own 16-byte salt, made with m=19456
// KiB, t=2, p=1 (OWASP's minimum), so that a stolen table costs about 40 ms and
// 19 MiB a guess. Rules for new passwords follow NIST SP 800-63B-4 section
// 3.1.1.2: at least 15 code points, at least 64 accepted (here 256), every
// character allowed, no composition rules, and a list of passwords that are
// too common. Normalisation to NFC is the one change made to what was typed.
//
// What an attacker could try: guessing (tries are counted by package
// throttle; Check keeps away what would be guessed first), telling from the
// time taken whether a name exists (VerifyNobody does the same work), a damaged
// or forged stored hash that asks for gigabytes (bounds are checked before
// anything is computed), and sending so many sign-ins that hashing uses up the
// memory. Against the last, every Argon2id run of a server happens in one of a
// few slots, which Hasher hands out; see Enter.
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
// Keyboards and systems type the same letter in different byte sequences; NFC
// makes them one.
func Normalize(pw string) string {
	return norm.NFC.String(pw)
}

// Check says whether pw may become somebody's password. context holds words an
// attacker would try first: user name, display name, brand. The error is
// apperr.Invalid for the field "password" with the reason too_short, too_long,
// contains_name or common.
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
