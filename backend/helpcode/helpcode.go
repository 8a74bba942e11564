// Package helpcode is the code that a helper gives to a person who has lost the phone
// and has no backup codes.
//
// A code is HELP- and 16 random symbols of Crockford's base32 in groups of four (80
// bits, above the 64 that NIST SP 800-63B-4 section 4.2.1.2 wants of issued recovery
// codes). It works once, for 15 minutes unless its giver says otherwise, and only
// together with the password. It opens a session that can only enrol a new second factor.
//
// This file is the rule; store.go keeps one code per account, never in the clear: as an
// Argon2id key with a random salt of its own (section 3.1.2.2). Package people gives codes,
// package auth takes them.
//
// What an attacker could try, and what prevents it:
//   - Guess: hopeless at 80 bits, and tries are counted all the same.
//   - Use a code twice or in parallel: one conditional update has one winner.
//   - Talk a helper into giving one: the password is needed as well, the person gets a
//     mail and sees in every live session *Not me*, which ends the code.
//   - Keep a code for later: it ends with its time, and with each raise of the epoch.
package helpcode

import (
	"crypto/subtle"
	"strings"
	"time"

	"imagemaster/backend/crockford"
)

// Lifetimes.
const (
	DefaultLifetime = 15 * time.Minute
	MinLifetime     = 5 * time.Minute
	MaxLifetime     = 24 * time.Hour
)

// SaltSize is the length of a salt in bytes.
const SaltSize = 16

const (
	prefix  = "HELP"
	symbols = 16
	// clockTolerance is how far ahead a code may have been given: more means that the
	// clock was wrong then, and it would work for too long.
	clockTolerance = 5 * time.Minute
)

// Generate returns a new code as it is shown.
func Generate() string { return prefix + "-" + crockford.Format(crockford.Random(symbols)) }

// Parse reads a typed or pasted code and returns its 16 symbols in upper case, without
// HELP. Case, spaces and dashes of any script do not matter; O is read as 0, I and L as
// 1. What does not begin with HELP is no help code: a backup code has 16 symbols, too.
func Parse(input string) (canonical string, ok bool) {
	all, ok := crockford.Parse(input, len(prefix)+symbols)
	canonical, found := strings.CutPrefix(all, "HE1P") // L is read as 1
	if !ok || !found {
		return "", false
	}
	return canonical, true
}

// Code is one row of help_codes: the one help code of an account. Times are Unix
// milliseconds.
type Code struct {
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	CodeHash  []byte
	Salt      []byte
	Epoch     int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
	UsedAt    int64 // 0 = it was not used
	GivenBy   int64 // account of its giver, 0 = the operator
	Reason    string
}

// TableName implements gorm's naming.
func (Code) TableName() string { return "help_codes" }

// Open says whether the code can still be used, or the session that it has opened may
// still enrol.
func (c *Code) Open(epoch int64, now time.Time) bool {
	return c.Epoch == epoch && now.UnixMilli() < c.ExpiresAt && c.CreatedAt <= now.Add(clockTolerance).UnixMilli()
}

// Is says whether a hash is that of the code, in constant time.
func (c *Code) Is(hash []byte) bool { return subtle.ConstantTimeCompare(c.CodeHash, hash) == 1 }

// Given returns when the code was given.
func (c *Code) Given() time.Time { return time.UnixMilli(c.CreatedAt).UTC() }

// Ends returns when the code, or the time to enrol, ends.
func (c *Code) Ends() time.Time { return time.UnixMilli(c.ExpiresAt).UTC() }
