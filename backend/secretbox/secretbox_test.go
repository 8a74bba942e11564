package secretbox

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"
)

// line returns a line of a key file for key n.
func line(n byte) string {
	return fmt.Sprintf("%016x %s\n", n, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 32)))
}

// ring returns a key ring with the keys numbered so, the first one current.
func ring(t *testing.T, numbers ...byte) *Keyring {
	t.Helper()
	text := ""
	for _, n := range numbers {
		text += line(n)
	}
	k, err := parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func parse(text []byte) (*Keyring, error) {
	f, err := parseFile(text)
	if err != nil {
		return nil, err
	}
	return f.Keyring(), nil
}

// held returns the keys of a ring.
func (k *Keyring) held() []ringKey { return k.current.Load().keys }

var (
	label   = []byte("imagemaster/totp-seed/v1")
	account = []byte{0, 0, 0, 0, 0, 0, 0, 17}
	keyID   = []byte("0123456789abcdef")
	seed    = []byte("12345678901234567890")
)

func TestSealAndOpen(t *testing.T) {
	k := ring(t, 1)
	for _, plain := range [][]byte{seed, {}, []byte("x"), bytes.Repeat([]byte("long"), 1000)} {
		sealed := k.Seal(plain, label, account, keyID)
		got, err := k.Open(sealed, label, account, keyID)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", len(plain), err)
		}
		if len(plain) > 4 && bytes.Contains(sealed, plain[:4]) {
			t.Error("the sealed value shows the plain one")
		}
		if want := len(plain) + 8 + 12 + 16; len(sealed) != want {
			t.Errorf("sealed %d bytes, want %d", len(sealed), want)
		}
		if again := k.Seal(plain, label, account, keyID); bytes.Equal(again, sealed) {
			t.Error("the same value was sealed twice with one nonce")
		}
	}
}

func TestSealedValueBelongsToItsPlace(t *testing.T) {
	k := ring(t, 1)
	sealed := k.Seal(seed, label, account, keyID)
	other := []byte{0, 0, 0, 0, 0, 0, 0, 18}
	for name, ad := range map[string][][]byte{
		"another account":    {label, other, keyID},
		"another key":        {label, account, []byte("0123456789abcdeF")},
		"another label":      {[]byte("imagemaster/canary/v1"), account, keyID},
		"another version":    {[]byte("imagemaster/totp-seed/v2"), account, keyID},
		"parts exchanged":    {label, keyID, account},
		"part missing":       {label, account},
		"part added":         {label, account, keyID, {}},
		"parts joined":       {label, append(append([]byte{}, account...), keyID...)},
		"border moved":       {label, account[:7], append(append([]byte{}, account[7:]...), keyID...)},
		"label joined":       {append(append([]byte{}, label...), account...), keyID},
		"label alone":        {label},
		"empty label":        {nil, account, keyID},
		"nothing":            nil,
		"length as a part":   {label, {0, 0, 0, 0, 0, 0, 0, 8}, account, keyID},
		"id written by hand": {label, k.held()[0].id[:], account, keyID},
	} {
		if plain, err := k.Open(sealed, ad...); !errors.Is(err, ErrUnreadable) || plain != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryChangedByteIsNoticed(t *testing.T) {
	k := ring(t, 1)
	sealed := k.Seal(seed, label, account, keyID)
	for i := range sealed {
		for bit := range 8 {
			damaged := bytes.Clone(sealed)
			damaged[i] ^= 1 << bit
			want := ErrUnreadable
			if i < idSize {
				want = ErrUnknownKey
			}
			if plain, err := k.Open(damaged, label, account, keyID); !errors.Is(err, want) || plain != nil {
				t.Fatalf("byte %d, bit %d: %v", i, bit, err)
			}
		}
	}
	for length := range len(sealed) {
		if _, err := k.Open(sealed[:length], label, account, keyID); !errors.Is(err, ErrUnreadable) {
			t.Fatalf("cut to %d bytes: %v", length, err)
		}
	}
	if _, err := k.Open(append(bytes.Clone(sealed), 0), label, account, keyID); !errors.Is(err, ErrUnreadable) {
		t.Errorf("one byte more: %v", err)
	}
}

// The id of a key in the ring does not help: it is part of what is bound, and
// the keys differ.
func TestIDOfAnotherKeyOfTheRing(t *testing.T) {
	k := ring(t, 1, 2)
	sealed := k.Seal(seed, label, account, keyID)
	copy(sealed, k.held()[1].id[:])
	if _, err := k.Open(sealed, label, account, keyID); !errors.Is(err, ErrUnreadable) {
		t.Error(err)
	}
	same, err := parse([]byte(line(1) + "00000000000000aa " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))))
	if err != nil {
		t.Fatal(err)
	}
	copy(sealed, same.held()[1].id[:])
	if _, err := same.Open(sealed, label, account, keyID); !errors.Is(err, ErrUnreadable) {
		t.Errorf("the key with another id: %v", err)
	}
}

func TestRotation(t *testing.T) {
	old, both, fresh := ring(t, 1), ring(t, 2, 1), ring(t, 2)
	sealed := old.Seal(seed, label, account, keyID)
	if plain, err := both.Open(sealed, label, account, keyID); err != nil || !bytes.Equal(plain, seed) {
		t.Errorf("the old key does not open: %v", err)
	}
	again := both.Seal(seed, label, account, keyID)
	if _, err := fresh.Open(again, label, account, keyID); err != nil {
		t.Errorf("the new key did not seal: %v", err)
	}
	if _, err := old.Open(again, label, account, keyID); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("opened without the new key: %v", err)
	}
	if _, err := fresh.Open(sealed, label, account, keyID); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("opened without the old key: %v", err)
	}
	if got := fmt.Sprint(both.CurrentID(), " ", both.IDs()); got != "0000000000000002 [0000000000000002 0000000000000001]" {
		t.Errorf("ids %s", got)
	}
}

func TestSubkey(t *testing.T) {
	k := ring(t, 1, 2)
	csrf, name := k.Subkey("imagemaster/csrf/v1"), k.Subkey("imagemaster/name/v1")
	if csrf == name || csrf == k.held()[0].secret || csrf == [32]byte{} {
		t.Error("keys of two purposes are not independent")
	}
	if k.Subkey("imagemaster/csrf/v1") != csrf || ring(t, 1).Subkey("imagemaster/csrf/v1") != csrf {
		t.Error("a subkey is not always the same")
	}
	if ring(t, 2, 1).Subkey("imagemaster/csrf/v1") == csrf {
		t.Error("another ring key gives the same subkey")
	}
}

// The values were computed with another implementation of HKDF-SHA-256, without
// salt: a change of the derivation would end all sessions' CSRF tokens.
func TestDerivationStaysTheSame(t *testing.T) {
	root := rootWord + " " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32)) + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"from the first key": {line(1), "b399d0d150469d551881b67bd02a18010b0179490b6bdb67b9927828c5df2642"},
		"from its own line":  {line(1) + root, "8281bfe7a2c27318419219f0aaf04defd41042903490c295d6008e562130638c"},
		"line in front":      {root + line(2) + line(1), "8281bfe7a2c27318419219f0aaf04defd41042903490c295d6008e562130638c"},
	} {
		k, err := parse([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := k.Subkey("imagemaster/csrf/v1"); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("%s: Subkey = %x", name, got)
		}
	}
}

func TestSealedBy(t *testing.T) {
	sealed := ring(t, 7, 1).Seal(seed, label)
	if got := SealedBy(sealed); got != "0000000000000007" {
		t.Errorf("sealed by %q", got)
	}
	for _, other := range [][]byte{nil, sealed[:8+12+16-1]} {
		if got := SealedBy(other); got != "" {
			t.Errorf("%d bytes were sealed by %q", len(other), got)
		}
	}
}

// sealedElsewhere is seed, sealed by another implementation of HKDF and AES-GCM
// from the description in the package comment.
const sealedElsewhere = "0000000000000001424242424242424242424242" + // ring key id and nonce
	"4812438029a32d1fb2da59661c5b0c9b590b42f56294bfc324e60a087c77bac9fabb18a7"

// Values of earlier builds must open.
func TestFormatStaysTheSame(t *testing.T) {
	sealed, err := hex.DecodeString(sealedElsewhere)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ring(t, 1).Open(sealed, label, account, keyID)
	if err != nil || !bytes.Equal(plain, seed) {
		t.Errorf("%q, %v", plain, err)
	}
}

func TestMistakesOfTheProgramPanic(t *testing.T) {
	k := ring(t, 1)
	for name, call := range map[string]func(){
		"Seal without label":   func() { k.Seal(seed) },
		"Seal, empty label":    func() { k.Seal(seed, nil, account) },
		"Subkey without label": func() { k.Subkey("") },
		"Subkey of sealing":    func() { k.Subkey(sealLabel) },
		"Subkey of the root":   func() { k.Subkey(rootLabel) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			call()
		}()
	}
}

func FuzzOpen(f *testing.F) {
	k, err := parse([]byte(line(1)))
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := hex.DecodeString(sealedElsewhere)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, account)
	f.Add(sealed[:idSize], account)
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, value, place []byte) {
		plain, err := k.Open(value, label, place, keyID)
		if err == nil && (!bytes.Equal(value, sealed) || !bytes.Equal(place, account) || !bytes.Equal(plain, seed)) {
			t.Error("opened a value nobody sealed")
		}
		if err != nil && !errors.Is(err, ErrUnknownKey) && !errors.Is(err, ErrUnreadable) {
			t.Errorf("another error: %v", err)
		}
	})
}
