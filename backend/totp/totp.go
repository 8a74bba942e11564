// Package totp is the authenticator-app factor: seeds, the key URI an app
// scans, and the question which 30-second step a typed code belongs to
// (RFC 6238 over RFC 4226; profile fixed to SHA-1, 6 digits, 30 s, T0 = 0,
// because several apps silently compute wrong codes for anything else).
//
// This file and uri.go are the rule: pure functions of a seed, a code and the
// server's clock; a time sent by a client is never used. store.go keeps the
// sealed seed and the last accepted step, and spends a step in one conditional
// update. A match is therefore not yet an accepted code: the caller of Match must
// spend the step that it names, at sign-in, step-up and set-up alike, or an
// observed code could be used twice (RFC 6238 section 5.2; NIST SP 800-63B-4
// section 3.1.4.2). Only package auth calls it, in the transaction that has
// judged the budget of tries.
//
// What an attacker could try: guessing (three of a million codes are right at
// any moment, so tries are counted by package throttle), replaying a code,
// measuring how far a comparison got (every step is computed and compared in
// constant time), and a damaged row with an empty seed, for which an
// unsuspecting library would accept codes (short seeds are refused).
package totp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"imagemaster/backend/crockford"
)

// The profile. A change of any of them makes every key already scanned wrong.
const (
	Algorithm = "SHA1"
	Digits    = 6
	Period    = 30 // seconds

	// SeedSize is the length of a new seed in bytes: the output length of
	// HMAC-SHA-1 (RFC 6238 section 5.1).
	SeedSize = 20

	// minSeedSize is the shortest seed RFC 4226 section 4 (R6) allows.
	minSeedSize = 16

	// window is how many steps before and after the current one count.
	window = 1
)

// ErrShortSeed is returned for a seed that is empty or too short to be one of
// ours. The caller denies; it never means that the account has no key.
var ErrShortSeed = errors.New("totp: seed is too short")

var base32NoPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSeed returns 20 bytes from the operating system's random source.
func NewSeed() []byte {
	seed := make([]byte, SeedSize)
	rand.Read(seed) // never fails: the process ends first
	return seed
}

// Secret returns the seed as apps and people take it: upper-case base32
// without padding, 32 letters for 20 bytes.
func Secret(seed []byte) string {
	return base32NoPadding.EncodeToString(seed)
}

// ParseCode reads a typed or pasted code. Spaces, dashes and invisible
// characters of any script are dropped; what remains must be exactly six digits,
// of any script. An entry that is not ok is a malformed one and costs no try.
func ParseCode(input string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range crockford.Plain(input) {
		switch {
		case isSeparator(r):
		case r < '0' || r > '9' || b.Len() == Digits:
			return "", false
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), b.Len() == Digits
}

// isSeparator reports spaces, dashes (the minus sign too) and format
// characters such as zero-width spaces and direction marks, which travel along
// when a code is copied.
func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || r == '\u2212' || unicode.In(r, unicode.Z, unicode.Pd, unicode.Cf)
}

// Step returns the counter value T of RFC 6238 for a moment.
func Step(t time.Time) int64 {
	seconds := t.Unix()
	step := seconds / Period
	if seconds%Period < 0 {
		step-- // towards the past, also before 1970
	}
	return step
}

// Match reports which of the steps T-1, T, T+1 code belongs to. All three are
// computed and compared in constant time before it answers. Should one code
// belong to two of them, the later step is returned, so that the caller spends
// both. err is ErrShortSeed or an unusable seed.
func Match(seed []byte, code string, now time.Time) (step int64, ok bool, err error) {
	current := Step(now)
	for candidate := current - window; candidate <= current+window; candidate++ {
		same, err := matches(seed, code, candidate)
		if err != nil {
			return 0, false, err
		}
		if same {
			step, ok = candidate, true
		}
	}
	return step, ok, nil
}

// Offset tells by how many steps the clock of the phone that made a wrong code
// differs from ours: negative when the phone is slow. It looks at the steps
// outside the window, back to now-past and ahead to now+future, and names the
// nearest. It only explains a failure and never accepts: at sign-in future
// must be 0, since naming a future step would hand out a code still to come.
func Offset(seed []byte, code string, now time.Time, past, future time.Duration) (steps int64, ok bool) {
	current := Step(now)
	back, ahead := Step(now.Add(-past))-current, Step(now.Add(future))-current
	for offset := back; offset <= ahead; offset++ {
		if -window <= offset && offset <= window {
			continue
		}
		same, err := matches(seed, code, current+offset)
		if err != nil {
			return 0, false
		}
		if same && (!ok || abs(offset) < abs(steps)) {
			steps, ok = offset, true
		}
	}
	return steps, ok
}

func matches(seed []byte, code string, step int64) (bool, error) {
	want, err := generate(seed, step, Digits, otp.AlgorithmSHA1)
	if err != nil {
		return false, err
	}
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1, nil
}

// generate computes the code of one step. Digits and algorithm are arguments
// only for the vectors of RFC 6238 appendix B, which use others than ours. A
// step before 1970 has no code: the empty string.
func generate(seed []byte, step int64, digits otp.Digits, algorithm otp.Algorithm) (string, error) {
	if len(seed) < minSeedSize {
		return "", ErrShortSeed
	}
	if step < 0 {
		return "", nil
	}
	return hotp.GenerateCodeCustom(Secret(seed), uint64(step), hotp.ValidateOpts{Digits: digits, Algorithm: algorithm})
}

func abs(n int64) int64 {
	return max(n, -n)
}
