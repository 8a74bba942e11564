// Package opaque makes the random tokens of cookies, tickets and links. A token says
// nothing; the database holds only its SHA-256 (ASVS 7.2.3, 11.5.1).
package opaque

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// NewToken returns 32 random bytes in base64url, and the hash for the database.
func NewToken() (token string, hash []byte) {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails: the runtime aborts the process instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, HashToken(token)
}

// HashToken returns the SHA-256 of a token as it was sent.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// IsToken says whether a text has the form of a token.
func IsToken(text string) bool {
	var raw [33]byte
	if len(text) != 43 {
		return false
	}
	n, err := base64.RawURLEncoding.Decode(raw[:], []byte(text))
	return err == nil && n == 32
}
