package notify

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/width"

	"imagemaster/backend/crockford"
	"imagemaster/backend/secretbox"
)

func TestCodesFollowFromEverything(t *testing.T) {
	salt := []byte("0123456789abcdef")
	a := testCodes()
	seen := map[string]bool{}
	for _, code := range []string{
		a.code(1, "ada@example.org", salt), a.code(2, "ada@example.org", salt), a.code(1, "eve@example.org", salt),
		a.code(1, "ada@example.org", []byte("0123456789abcdeg")), Codes{}.code(1, "ada@example.org", salt),
		a.code(1, "", []byte("0123456789abcdefada@example.org")),
	} {
		if len(code) != codeSymbols || seen[code] {
			t.Errorf("%q, seen before: %v", code, seen[code])
		}
		seen[code] = true
		if parsed, ok := ParseCode(" " + strings.ToLower(code[:4]) + "-" + code[4:]); !ok || parsed != code {
			t.Errorf("%q is read as %q", code, parsed)
		}
	}
	if a.code(1, "ada@example.org", salt) != a.code(1, "ada@example.org", salt) {
		t.Error("the code that is mailed is not the one that is compared")
	}
}

// A token depends on the account, the salt and the key file, and on nothing else.
func TestTokensFollowFromEverything(t *testing.T) {
	salt := []byte("0123456789abcdef")
	seen := map[string]bool{}
	for _, token := range []string{testLinks().Token(1, salt), testLinks().Token(2, salt), testLinks().Token(1, []byte("0123456789abcdeg")), Links{}.Token(1, salt)} {
		if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 || seen[token] {
			t.Errorf("%q has %d bytes, %v; seen before: %v", token, len(raw), err, seen[token])
		}
		seen[token] = true
	}
	if testLinks().Token(1, salt) != testLinks().Token(1, salt) {
		t.Error("the token that is mailed is not the one whose hash is stored")
	}
	if a, b := NewSalt(), NewSalt(); len(a) != 16 || bytes.Equal(a, b) {
		t.Errorf("the salts are %x and %x", a, b)
	}
}

// A code of another key file confirms nothing, and its tokens are others.
func TestAnotherKeyAnotherCode(t *testing.T) {
	codes, tokens := make(map[string]bool), make(map[string]bool)
	for range 2 {
		path := t.TempDir() + "/key"
		if err := secretbox.NewKeyFile(path); err != nil {
			t.Fatal(err)
		}
		ring, err := secretbox.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		codes[NewCodes(ring).code(1, "ada@example.org", make([]byte, saltSize))] = true
		tokens[NewLinks(ring).Token(1, make([]byte, saltSize))] = true
	}
	if len(codes) != 2 || len(tokens) != 2 {
		t.Errorf("two keys give %d codes and %d tokens", len(codes), len(tokens))
	}
}

// FuzzParseCode: a code matches however it is typed, and no other account,
// address or salt has it.
func FuzzParseCode(f *testing.F) {
	f.Add("7k2m-q9xa", int64(1), "ada@example.org", []byte("salt of this one"))
	f.Add("", int64(-1), "", []byte{})
	f.Add("OIL0-oil1", int64(7), "\xff@", []byte{0, 0})
	f.Fuzz(func(t *testing.T, typed string, accountID int64, address string, salt []byte) {
		c := testCodes()
		a := &Address{AccountID: accountID, PendingAddress: address, CodeSalt: salt}
		mailed := crockford.Format(c.code(accountID, address, salt))
		for _, way := range []string{mailed, strings.ToLower(mailed), " " + strings.ReplaceAll(mailed, "-", " \u2013 ") + "\u200b", width.Widen.String(mailed)} {
			if code, ok := ParseCode(way); !ok || !c.matches(a, code) {
				t.Errorf("%q, typed as %q, is not right", mailed, way)
			}
		}
		if code, ok := ParseCode(typed); c.matches(a, code) && (!ok || crockford.Format(code) != mailed) {
			t.Errorf("%q is right where %q was mailed", typed, mailed)
		}
		for name, other := range map[string]Address{
			"account": {AccountID: accountID + 1, PendingAddress: address, CodeSalt: salt},
			"address": {AccountID: accountID, PendingAddress: address + "a", CodeSalt: salt},
			"salt":    {AccountID: accountID, PendingAddress: address, CodeSalt: append([]byte{1}, salt...)},
			"border":  {AccountID: accountID, PendingAddress: "a" + address, CodeSalt: append(append([]byte{}, salt...), 'a')},
		} {
			if code, _ := ParseCode(mailed); c.matches(&other, code) {
				t.Errorf("another %s has the same code", name)
			}
		}
	})
}
