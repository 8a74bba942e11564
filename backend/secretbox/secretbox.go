// Package secretbox seals what the database must keep but must not be able to
// read, above all the seeds of authenticator keys, and derives the keys of
// other purposes.
//
// The key ring is one text file outside the database, one key a line; the
// first key seals, all of them open, so a new key is put in front and the old
// one stays until nothing is sealed with it. A ring key is used for nothing
// but HKDF-SHA-256 (RFC 5869): sealing and every other purpose each get their
// own key by label.
//
// Sealing is AES-256-GCM with a fresh random nonce (good for 2^32 seals a key,
// SP 800-38D section 8.3). A sealed value is
//
//	ring key id (8 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
//
// and is bound to its place by associated data: a label with a version, the
// ring key id, and what the caller names, such as account id and key id, each
// with its length in front. Someone who can write to the database but has no
// key file can neither read a value nor move it to another account, swap parts
// of two values or change a byte unnoticed. Someone who has the key file alone
// has nothing either: back it up apart from the database. Losing it loses
// every seed.
//
// A value that does not open is an error and never means "no value": callers
// deny. Callers are totp's store, the key check at start, and whatever needs a
// purpose key.
package secretbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

const (
	keySize   = 32
	idSize    = 8
	nonceSize = 12
	tagSize   = 16

	// sealLabel names the purpose of the key a ring key seals with. It is not
	// open to callers of Subkey.
	sealLabel = "imagemaster/seal/v1"
)

var (
	// ErrUnknownKey means that the value was sealed with a key the ring does
	// not hold: a wrong or incomplete key file.
	ErrUnknownKey = errors.New("secretbox: sealed with a key that is not in the key file")

	// ErrUnreadable means that the value is damaged or stands where it does
	// not belong.
	ErrUnreadable = errors.New("secretbox: sealed value cannot be opened")
)

// Keyring holds the keys of one key file. It is safe for concurrent use.
type Keyring struct {
	keys []ringKey // the first one seals
}

type ringKey struct {
	id     [idSize]byte
	secret [keySize]byte
	aead   cipher.AEAD
}

func newRingKey(id [idSize]byte, secret [keySize]byte) (ringKey, error) {
	sealKey, err := derive(secret, sealLabel)
	if err != nil {
		return ringKey{}, err
	}
	block, err := aes.NewCipher(sealKey[:])
	if err != nil {
		return ringKey{}, fmt.Errorf("secretbox: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return ringKey{}, fmt.Errorf("secretbox: %w", err)
	}
	return ringKey{id: id, secret: secret, aead: aead}, nil
}

// CurrentID returns the id of the key that seals, 16 hexadecimal digits.
func (k *Keyring) CurrentID() string {
	return hex.EncodeToString(k.keys[0].id[:])
}

// IDs returns the ids of all keys, the current one first.
func (k *Keyring) IDs() []string {
	ids := make([]string, len(k.keys))
	for i, key := range k.keys {
		ids[i] = hex.EncodeToString(key.id[:])
	}
	return ids
}

// Seal encrypts plain with the current key. ad is what the value is bound to:
// first a label with a version, such as "imagemaster/totp-seed/v1", then the
// parts that name its place. Open wants the same. Seal panics without a label,
// which is a mistake in the program.
func (k *Keyring) Seal(plain []byte, ad ...[]byte) []byte {
	if len(ad) == 0 || len(ad[0]) == 0 {
		panic("secretbox: Seal needs a label")
	}
	key := &k.keys[0]
	sealed := make([]byte, idSize, idSize+nonceSize+len(plain)+tagSize)
	copy(sealed, key.id[:])
	return key.aead.Seal(sealed, nil, plain, associatedData(key.id, ad))
}

// Open decrypts what Seal returned for the same ad. The error is ErrUnknownKey
// or ErrUnreadable.
func (k *Keyring) Open(sealed []byte, ad ...[]byte) ([]byte, error) {
	if len(sealed) < idSize+nonceSize+tagSize || len(ad) == 0 {
		return nil, ErrUnreadable
	}
	id := [idSize]byte(sealed)
	for i := range k.keys {
		if key := &k.keys[i]; key.id == id {
			plain, err := key.aead.Open(nil, nil, sealed[idSize:], associatedData(id, ad))
			if err != nil {
				return nil, ErrUnreadable
			}
			return plain, nil
		}
	}
	return nil, ErrUnknownKey
}

// Subkey derives the key of another purpose from the current ring key. Labels
// in use: imagemaster/csrf/v1, imagemaster/name/v1. A new ring key in front of
// the file gives new subkeys. Subkey panics for the label of sealing.
func (k *Keyring) Subkey(label string) [keySize]byte {
	if label == "" || label == sealLabel {
		panic("secretbox: Subkey needs a label of its own")
	}
	key, err := derive(k.keys[0].secret, label)
	if err != nil {
		panic(err) // only for an output longer than HKDF can give
	}
	return key
}

func derive(secret [keySize]byte, label string) (key [keySize]byte, err error) {
	out, err := hkdf.Key(sha256.New, secret[:], nil, label, keySize)
	if err != nil {
		return key, fmt.Errorf("secretbox: derive key: %w", err)
	}
	return [keySize]byte(out), nil
}

// associatedData joins label, ring key id and the other parts. Each has its
// length in front, so that no two lists of parts give the same bytes.
func associatedData(id [idSize]byte, ad [][]byte) []byte {
	var out []byte
	add := func(part []byte) {
		out = binary.BigEndian.AppendUint64(out, uint64(len(part)))
		out = append(out, part...)
	}
	add(ad[0])
	add(id[:])
	for _, part := range ad[1:] {
		add(part)
	}
	return out
}
