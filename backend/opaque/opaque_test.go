package opaque_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"imagemaster/backend/opaque"
)

// A token is 32 random bytes.
func TestTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, hash := opaque.NewToken()
		if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 || len(hash) != 32 || seen[token] || !bytes.Equal(hash, opaque.HashToken(token)) {
			t.Fatalf("%q, %x, %v", token, hash, err)
		}
		seen[token] = true
	}
}

// Only 32 bytes in base64url have the form of a token.
func TestFormOfTokens(t *testing.T) {
	token, _ := opaque.NewToken()
	if !opaque.IsToken(token) {
		t.Errorf("%q is no token", token)
	}
	for _, text := range []string{"", token[:42], token + "A", token[:42] + "=", token[:42] + "+", token[:42] + "!", token[:42] + "\n"} {
		if opaque.IsToken(text) {
			t.Errorf("%q is a token", text)
		}
	}
}
